// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "tcp_connection.hpp"

#include <algorithm>
#include <utility>

namespace network {

bool tcp_connection::connect(const ip_addr_t& address, std::uint16_t port) noexcept
{
    tcp_pcb* const pcb = tcp_new();
    if (pcb == nullptr)
        return false;
    attach(pcb);
    state_ = state::connecting;
    if (tcp_connect(pcb, &address, port, on_connected) == ERR_OK)
        return true;
    abort();
    return false;
}

void tcp_connection::adopt(tcp_pcb* pcb) noexcept
{
    attach(pcb);
    state_ = state::open;
}

std::span<std::byte> tcp_connection::readable() noexcept
{
    return waiting_ == nullptr ? std::span<std::byte>{}
                               : std::span{static_cast<std::byte*>(waiting_->payload), waiting_->len};
}

void tcp_connection::consume(std::size_t count) noexcept
{
    if (count == 0)
        return;
    waiting_ = pbuf_free_header(waiting_, static_cast<u16_t>(count));
    if (pcb_ != nullptr)
        tcp_recved(pcb_, static_cast<u16_t>(count));
}

std::size_t tcp_connection::write(std::span<const std::byte> bytes) noexcept
{
    if (state_ != state::open || is_shut_down_)
        return 0;
    const auto size = static_cast<u16_t>(std::min<std::size_t>(bytes.size(), tcp_sndbuf(pcb_)));
    if (size == 0 || tcp_write(pcb_, bytes.data(), size, TCP_WRITE_FLAG_COPY) != ERR_OK)
        return 0;
    tcp_output(pcb_);
    return size;
}

void tcp_connection::shut_down_write() noexcept
{
    if (state_ == state::open && !is_shut_down_)
        is_shut_down_ = tcp_shutdown(pcb_, 0, 1) == ERR_OK;
}

void tcp_connection::close(std::uint32_t now) noexcept
{
    if (state_ != state::open)
        return abort();
    state_ = state::closing;
    closed_at_ = now;
    drop_input(); // otherwise tcp_close resets the connection, which could overtake the last bytes
    poll(now);
}

void tcp_connection::poll(std::uint32_t now) noexcept
{
    if (state_ != state::closing)
        return;
    if (tcp_sndqueuelen(pcb_) != 0 && now - closed_at_ < closing_timeout)
        return;
    if (tcp_sndqueuelen(pcb_) != 0)
        return abort();
    tcp_pcb* const pcb = pcb_;
    forget();
    tcp_setprio(pcb, TCP_PRIO_MIN); // a new connection can have its place
    if (tcp_close(pcb) != ERR_OK)
        tcp_abort(pcb);
}

void tcp_connection::abort() noexcept
{
    drop_input();
    tcp_pcb* const pcb = pcb_;
    forget();
    if (pcb != nullptr)
        tcp_abort(pcb);
}

err_t tcp_connection::on_connected(void* self, tcp_pcb*, err_t) noexcept
{
    static_cast<tcp_connection*>(self)->state_ = state::open;
    return ERR_OK;
}

/// While input waits, the next packet is refused: lwIP keeps it, offers it again, and drops further ones. So a peer that sends one byte
/// per packet cannot use up the packet buffers of all connections.
err_t tcp_connection::on_received(void* self, tcp_pcb* pcb, pbuf* packet, err_t) noexcept
{
    tcp_connection& one = *static_cast<tcp_connection*>(self);
    if (packet == nullptr) {
        one.ended_ = true;
    } else if (one.state_ == state::closing) {
        tcp_recved(pcb, packet->tot_len);
        pbuf_free(packet);
    } else if (one.waiting_ != nullptr) {
        return ERR_MEM;
    } else {
        one.waiting_ = packet;
    }
    return ERR_OK;
}

/// lwIP has freed its part of the connection.
void tcp_connection::on_error(void* self, err_t) noexcept
{
    tcp_connection& one = *static_cast<tcp_connection*>(self);
    one.pcb_ = nullptr;
    if (one.state_ == state::closing)
        one.forget();
    else
        one.state_ = state::failed;
}

void tcp_connection::attach(tcp_pcb* pcb) noexcept
{
    pcb_ = pcb;
    tcp_nagle_disable(pcb); // whole messages are written at once
    tcp_arg(pcb, this);
    tcp_recv(pcb, on_received);
    tcp_err(pcb, on_error);
}

void tcp_connection::forget() noexcept
{
    if (pcb_ != nullptr) {
        tcp_arg(pcb_, nullptr);
        tcp_recv(pcb_, nullptr);
        tcp_err(pcb_, nullptr); // otherwise called by tcp_abort
    }
    pcb_ = nullptr;
    state_ = state::unused;
    ended_ = is_shut_down_ = false;
}

void tcp_connection::drop_input() noexcept
{
    if (waiting_ == nullptr)
        return;
    pbuf* const packet = std::exchange(waiting_, nullptr);
    if (pcb_ != nullptr)
        tcp_recved(pcb_, packet->tot_len);
    pbuf_free(packet);
}

} // namespace network
