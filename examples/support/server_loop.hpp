// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Event loop of the example servers: one thread, epoll, one receive buffer for all clients, and a periodic tick.
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

/// Milliseconds of a steady clock. The value wraps around after 49 days; only differences are meaningful.
using ticks = std::uint32_t;

[[nodiscard]] ticks now_in_ticks() noexcept;

/// Interface between the loop and one client connection.
class loop_client {
public:
    loop_client() = default;
    loop_client(const loop_client&) = delete;
    loop_client& operator=(const loop_client&) = delete;
    virtual ~loop_client() = default;

    /// Called when the socket is ready.
    ///
    /// @param ready   the directions that are ready
    /// @param buffer  receive buffer shared by all clients; data that is needed after the call has to be copied
    /// @param now     current time
    virtual void on_ready(readiness ready, std::span<std::byte> buffer, ticks now) = 0;
    /// Called after a transport error. The client has to be finished afterwards.
    virtual void drop() = 0;
    /// Called every 100 ms for everything that depends on time.
    virtual void on_tick(ticks now) = 0;
    /// Called once when the server shuts down: the client starts its closing handshake.
    virtual void on_shutdown(ticks now) = 0;
    /// Sends queued output after `server_loop::request_flush`.
    virtual void flush(ticks) {}

    [[nodiscard]] virtual int socket() const noexcept = 0;
    [[nodiscard]] virtual readiness needs() const noexcept = 0;
    /// @return whether the client can be destroyed
    [[nodiscard]] virtual bool is_finished() const noexcept = 0;

private:
    friend class server_loop;
    readiness interest_;
    bool flush_requested_ = false;
};

/// Address, port and TLS files of a server.
struct loop_options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8080;
    std::string certificates; ///< PEM file; empty: no TLS
    std::string key;
};

class server_loop {
public:
    using client_factory = std::function<std::unique_ptr<loop_client>(server_loop&, transport, ticks)>;

    /// Starts listening. Blocks SIGTERM and SIGINT for this thread; the loop reads them from a signalfd.
    ///
    /// @param options  address, port and TLS files
    /// @param make     creates a client for each accepted connection
    server_loop(const loop_options& options, client_factory make);

    /// @return the address with the bound port, for example "wss://127.0.0.1:8080/"
    [[nodiscard]] std::string url() const;
    /// Serves until SIGTERM or SIGINT arrives, then until all clients have closed or the shutdown timeout has passed.
    void run();
    /// Schedules `client.flush()` and an update of its epoll events before the loop waits again. The cost is constant, so a
    /// broadcast may call it once per message and recipient: the messages leave in one write.
    void request_flush(loop_client& client);

private:
    void watch(int fd, readiness wanted, int operation);
    void dispatch_events(int timeout);
    void accept_all(ticks now);
    void resume_accept();
    void flush_clients(ticks now);
    void update_interest(loop_client& client);
    void tick(ticks now);
    void stop(ticks now);
    [[nodiscard]] int poll_timeout(ticks now) const;

    client_factory make_;
    std::unique_ptr<tls_context> tls_;
    descriptor epoll_;
    descriptor listener_;
    descriptor signals_;
    std::unordered_map<int, std::unique_ptr<loop_client>> clients_;
    std::vector<int> flush_queue_;
    ticks last_tick_ = 0;
    ticks stopped_at_ = 0;
    bool stopping_ = false;
    bool accept_paused_ = false; ///< no free descriptor: new connections stay in the listen queue
    std::array<std::byte, std::size_t{64} << 10> buffer_;
};

/// Raises the soft limit of open descriptors to the hard limit: each connection needs one, and the usual soft limit is 1024.
void raise_descriptor_limit() noexcept;

} // namespace example
