// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// One TCP connection over lwIP's raw API. lwIP's callbacks only record what has happened; the main loop handles it. So no callback
/// destroys the connection that lwIP is working on.
#pragma once

#include <lwip/tcp.h>

#include <cstddef>
#include <cstdint>
#include <span>

namespace network {

class tcp_connection {
public:
    tcp_connection() = default;
    ~tcp_connection() { abort(); }
    tcp_connection(const tcp_connection&) = delete;
    tcp_connection& operator=(const tcp_connection&) = delete;

    /// Begins to connect. @pre not in use @return false if lwIP has no memory
    [[nodiscard]] bool connect(const ip_addr_t& address, std::uint16_t port) noexcept;
    /// Takes a connection that was accepted. @pre not in use
    void adopt(tcp_pcb* pcb) noexcept;

    /// Returns whether there is a connection, until it was closed or aborted.
    [[nodiscard]] bool in_use() const noexcept { return state_ != state::unused; }
    /// Returns whether the program has closed it, and its last bytes are on their way.
    [[nodiscard]] bool is_closing() const noexcept { return state_ == state::closing; }
    /// Returns whether it was reset, or not accepted.
    [[nodiscard]] bool failed() const noexcept { return state_ == state::failed; }
    /// Returns whether the peer has ended its output, and all of it was consumed.
    [[nodiscard]] bool has_ended() const noexcept { return ended_ && waiting_ == nullptr; }

    /// Returns received bytes, oldest first, which stay in lwIP's packet buffers until `consume` and may be modified.
    [[nodiscard]] std::span<std::byte> readable() noexcept;
    /// Removes the oldest @p count bytes, which opens the receive window: that is the back-pressure.
    void consume(std::size_t count) noexcept;

    /// Copies bytes to lwIP's send buffer. @return as many as there is room for
    [[nodiscard]] std::size_t write(std::span<const std::byte> bytes) noexcept;
    /// Ends the output after what was written. Repeating it is harmless.
    void shut_down_write() noexcept;
    /// Closes the connection after what was written; `poll` ends it. A peer that does not confirm that holds no memory of lwIP's for more
    /// than `closing_timeout`. @p now is in milliseconds.
    void close(std::uint32_t now) noexcept;
    /// Continues with `close`.
    void poll(std::uint32_t now) noexcept;
    /// Resets the connection.
    void abort() noexcept;

    static constexpr std::uint32_t closing_timeout = 5000;

private:
    enum class state : std::uint8_t { unused, connecting, open, closing, failed };

    static err_t on_connected(void* self, tcp_pcb*, err_t) noexcept;
    static err_t on_received(void* self, tcp_pcb*, pbuf* packet, err_t) noexcept;
    static void on_error(void* self, err_t) noexcept;
    void attach(tcp_pcb* pcb) noexcept;
    void forget() noexcept;
    void drop_input() noexcept;

    tcp_pcb* pcb_ = nullptr;
    pbuf* waiting_ = nullptr; ///< received but not yet consumed
    std::uint32_t closed_at_ = 0;
    state state_ = state::unused;
    bool ended_ = false;
    bool is_shut_down_ = false;
};

} // namespace network
