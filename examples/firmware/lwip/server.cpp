// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The server device over lwIP's raw API: four connections on port 80 of 10.0.2.15.
///
/// Received data stays in lwIP's packet buffers until the device consumes it, and payload is unmasked there. The receive window
/// is opened afterwards (tcp_recved), which provides the back-pressure.
#include "../board/board.hpp"
#include "../server_device.hpp"
#include "lan9118.hpp"

#include <lwip/init.h>
#include <lwip/tcp.h>
#include <lwip/timeouts.h>
#include <netif/ethernet.h>

#include <new>

extern "C" {

u32_t sys_now(void)
{
    return board::milliseconds();
}

uint32_t random_for_lwip(void)
{
    std::byte bytes[4] = {};
    static_cast<void>(board::entropy{}.fill(bytes));
    return sockless::detail::load_big_endian<std::uint32_t>(bytes);
}

} // extern "C"

namespace {

struct client {
    firmware::server_device device;
    tcp_pcb* pcb = nullptr;
    pbuf* waiting = nullptr; ///< received but not yet consumed
};

client clients[4];

void reset_client(client& one) noexcept
{
    if (one.waiting != nullptr)
        pbuf_free(one.waiting);
    one.~client();
    new (&one) client;
}

/// Closes the transport. lwIP sends pending data and then FIN.
void close(client& one) noexcept
{
    tcp_pcb* pcb = one.pcb;
    tcp_arg(pcb, nullptr);
    tcp_recv(pcb, nullptr);
    tcp_sent(pcb, nullptr);
    tcp_err(pcb, nullptr);
    if (tcp_close(pcb) != ERR_OK)
        tcp_abort(pcb);
    reset_client(one);
}

/// Moves data in both directions until no progress is possible.
void pump(client& one) noexcept
{
    sockless::byte_queue& tx = one.device.output();
    for (bool moved = true; moved;) {
        moved = false;
        while (one.waiting != nullptr) {
            std::span<std::byte> in{static_cast<std::byte*>(one.waiting->payload), one.waiting->len};
            one.device.receive(in);
            const auto consumed = static_cast<u16_t>(one.waiting->len - in.size());
            if (consumed == 0)
                break;
            one.waiting = pbuf_free_header(one.waiting, consumed);
            tcp_recved(one.pcb, consumed);
            moved = true;
        }
        const std::size_t room = tcp_sndbuf(one.pcb);
        const auto size = static_cast<u16_t>(tx.size() < room ? tx.size() : room);
        if (size != 0 && tcp_write(one.pcb, tx.data().data(), size, TCP_WRITE_FLAG_COPY) == ERR_OK) {
            tx.consume(size);
            moved = true;
        }
    }
    tcp_output(one.pcb);
}

err_t on_received(void* argument, tcp_pcb*, pbuf* packet, err_t) noexcept
{
    client& one = *static_cast<client*>(argument);
    if (packet == nullptr) { // the peer has closed its side
        close(one);
        return ERR_OK;
    }
    if (one.waiting == nullptr)
        one.waiting = packet;
    else
        pbuf_cat(one.waiting, packet);
    pump(one);
    return ERR_OK;
}

err_t on_sent(void* argument, tcp_pcb*, u16_t) noexcept
{
    pump(*static_cast<client*>(argument));
    return ERR_OK;
}

/// lwIP has already freed the connection.
void on_error(void* argument, err_t) noexcept
{
    reset_client(*static_cast<client*>(argument));
}

err_t on_accepted(void*, tcp_pcb* pcb, err_t problem) noexcept
{
    if (problem != ERR_OK || pcb == nullptr)
        return ERR_VAL;
    for (client& one : clients) {
        if (one.pcb == nullptr) {
            one.pcb = pcb;
            tcp_arg(pcb, &one);
            tcp_recv(pcb, on_received);
            tcp_sent(pcb, on_sent);
            tcp_err(pcb, on_error);
            return ERR_OK;
        }
    }
    tcp_abort(pcb); // all slots are in use
    return ERR_ABRT;
}

} // namespace

std::uint32_t run()
{
    netif interface;
    ip4_addr_t own;
    ip4_addr_t mask;
    ip4_addr_t gateway;
    IP4_ADDR(&own, 10, 0, 2, 15);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    IP4_ADDR(&gateway, 10, 0, 2, 2);
    lwip_init();
    netif_add(&interface, &own, &mask, &gateway, nullptr, lan9118::start, ethernet_input);
    netif_set_default(&interface);
    netif_set_up(&interface);

    tcp_pcb* listener = tcp_new();
    if (listener == nullptr || tcp_bind(listener, IP_ADDR_ANY, 80) != ERR_OK)
        return 1;
    listener = tcp_listen(listener);
    if (listener == nullptr)
        return 2;
    tcp_accept(listener, on_accepted);

    for (;;) {
        lan9118::poll(&interface);
        sys_check_timeouts();
        for (client& one : clients)
            if (one.pcb != nullptr && one.device.finished() && one.device.output().empty())
                close(one);
        board::wait_for_interrupt(); // at most one millisecond
    }
}
