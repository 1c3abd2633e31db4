// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The event loop of the echo server: one thread, epoll, a buffer that all sessions share, and a look at the clock.
#pragma once

#include "../support/socket.hpp"
#include "session.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

namespace example {

class server {
public:
    /// Listens from here on. Takes over SIGTERM and SIGINT: both are blocked for this thread.
    explicit server(const settings& options);

    /// "127.0.0.1:8080"
    [[nodiscard]] std::string address() const { return local_address(listener_); }
    /// Serves until a signal comes, and then until all clients have left or their time is over.
    void run();
    [[nodiscard]] const figures& counts() const noexcept { return counts_; }

private:
    struct client {
        session talk;
        std::uint32_t watched; ///< the events that epoll reports
    };
    using clients = std::unordered_map<int, std::unique_ptr<client>>;

    void watch(int fd, std::uint32_t events, int operation);
    void accept_all(ticks now);
    void listen_again();
    void serve(client& one, std::uint32_t events, ticks now);
    void settle(client& one);
    void tick(ticks now);
    void stop(ticks now);
    [[nodiscard]] int patience(ticks now) const;

    const settings* options_;
    descriptor epoll_;
    descriptor listener_;
    descriptor signals_;
    clients clients_;
    figures counts_;
    ticks last_tick_ = 0;
    ticks stopped_at_ = 0;
    bool stopping_ = false;
    bool deaf_ = false; ///< new clients wait in the system's queue, for want of descriptors
    std::array<std::byte, std::size_t{64} << 10> buffer_;
};

} // namespace example
