// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The server device over lwIP: four connections on port 80. Time-outs, keep-alive and back-pressure are those of `websocket`.
#include "../board/board.hpp"
#include "../server_websocket.hpp"
#include "exchange.hpp"
#include "network.hpp"
#include "tcp_connection.hpp"

#include <lwip/tcp.h>

namespace {

struct client {
    network::tcp_connection tcp;
    firmware::server_websocket device;
};

client clients[4];

err_t on_accepted(void*, tcp_pcb* pcb, err_t problem) noexcept
{
    if (problem != ERR_OK || pcb == nullptr)
        return ERR_VAL;
    for (client& one : clients) {
        if (!one.tcp.in_use()) {
            one.device.reset();
            one.tcp.adopt(pcb);
            return ERR_OK;
        }
    }
    tcp_abort(pcb); // all places are in use
    return ERR_ABRT;
}

void serve(client& one, std::uint32_t now) noexcept
{
    if (one.tcp.is_closing())
        one.tcp.poll(now);
    else if (one.tcp.in_use() && firmware::exchange(one.device, one.tcp, now))
        one.tcp.close(now);
}

[[nodiscard]] bool start_listening() noexcept
{
    tcp_pcb* pcb = tcp_new();
    if (pcb == nullptr || tcp_bind(pcb, IP_ADDR_ANY, 80) != ERR_OK)
        return false;
    pcb = tcp_listen(pcb);
    if (pcb != nullptr)
        tcp_accept(pcb, on_accepted);
    return pcb != nullptr;
}

} // namespace

std::uint32_t run()
{
    network::start();
    if (!start_listening())
        return 1;
    for (;;) {
        bool received = true;
        while (received) {
            // One frame at a time, so that the packet buffers of lwIP are free again before the next one.
            received = network::poll();
            for (client& one : clients)
                serve(one, board::milliseconds());
        }
        board::wait_for_interrupt(); // at most one millisecond
    }
}
