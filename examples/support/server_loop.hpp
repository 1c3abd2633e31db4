// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The event loop of the example servers: one thread, epoll, a buffer that all clients share, and a look at the clock.
#pragma once

#include "socket.hpp"
#include "tls.hpp"
#include "transport.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace example {

/// Milliseconds of a steady clock. They wrap around after 49 days: only differences are used.
using ticks = std::uint32_t;

[[nodiscard]] ticks clock_now() noexcept;

/// What the loop needs to know about a client.
class loop_client {
public:
    loop_client() = default;
    loop_client(const loop_client&) = delete;
    loop_client& operator=(const loop_client&) = delete;
    virtual ~loop_client() = default;

    /// Its socket is ready. `buffer` is scratch space that all clients share: what has to wait is copied out of it.
    virtual void on_ready(readiness ready, std::span<std::byte> buffer, ticks now) = 0;
    /// Its transport is gone.
    virtual void drop() = 0;
    /// Comes a few times per second: all that happens because of time.
    virtual void on_tick(ticks now) = 0;
    /// The server ends.
    virtual void go_away(ticks now) = 0;
    /// Sends what others have left for it: see server_loop::touch.
    virtual void flush(ticks) {}

    [[nodiscard]] virtual int socket() const noexcept = 0;
    [[nodiscard]] virtual readiness needs() const noexcept = 0;
    /// Nothing more to do: to be deleted.
    [[nodiscard]] virtual bool is_over() const noexcept = 0;

private:
    friend class server_loop;
    readiness watched_;
    bool touched_ = false;
};

/// Where to listen, and how.
struct loop_options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8080;
    std::string certificates; ///< a PEM file; empty: no TLS
    std::string key;
};

class server_loop {
public:
    using maker = std::function<std::unique_ptr<loop_client>(server_loop&, transport, ticks)>;

    /// Listens from here on. Takes over SIGTERM and SIGINT: both are blocked for this thread.
    ///
    /// `make` makes a client of every connection that comes
    server_loop(const loop_options& options, maker make);

    /// "wss://127.0.0.1:8080/"
    [[nodiscard]] std::string url() const;
    /// Serves until a signal comes, and then until all clients have left or their time is over.
    void run();
    /// Calls `client.flush()` before the loop waits again, and then looks at what `client` needs. It costs little, so that a
    /// program may do it for each message to each client: they leave together.
    void touch(loop_client& client);

private:
    void watch(int fd, readiness wanted, int operation);
    void serve_all(int timeout);
    void accept_all(ticks now);
    void listen_again();
    void settle_touched(ticks now);
    void settle(loop_client& client);
    void tick(ticks now);
    void stop(ticks now);
    [[nodiscard]] int patience(ticks now) const;

    maker make_;
    std::unique_ptr<tls_context> tls_;
    descriptor epoll_;
    descriptor listener_;
    descriptor signals_;
    std::unordered_map<int, std::unique_ptr<loop_client>> clients_;
    std::vector<int> touched_;
    ticks last_tick_ = 0;
    ticks stopped_at_ = 0;
    bool stopping_ = false;
    bool deaf_ = false; ///< new clients wait in the system's queue, for want of descriptors
    std::array<std::byte, std::size_t{64} << 10> buffer_;
};

/// Every connection is a descriptor, and the usual limit is 1024 of them.
void raise_descriptor_limit() noexcept;

} // namespace example
