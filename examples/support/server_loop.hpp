// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Event loop of the example servers: one thread, epoll, one receive buffer for all clients, and a periodic tick. A process may have
/// several loops, one per thread, which share nothing: see `loop_options::shares_port` and loop_threads.hpp.
///
/// A client cannot harm the others: its share of each iteration is limited by time, an exception ends only its own connection, and
/// the memory of all clients together has a limit.
#pragma once

#include "memory_budget.hpp"
#include "socket.hpp"
#include "tls.hpp"
#include "transport.hpp"

#include <array>
#include <chrono>
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

/// The share of one client in one iteration of the loop.
struct turn {
    std::span<std::byte> buffer; ///< receive buffer shared by all clients; data that is needed later has to be copied
    ticks now;
    std::chrono::steady_clock::time_point end;

    /// @return whether the client should stop, and continue in `resume`; called after each event
    [[nodiscard]] bool is_over() const noexcept { return std::chrono::steady_clock::now() >= end; }
};

/// Interface between the loop and one client connection. The loop calls no function but `socket` and `memory` of a client that is
/// finished. If a function throws, the loop calls `drop`.
class loop_client {
public:
    loop_client() = default;
    loop_client(const loop_client&) = delete;
    loop_client& operator=(const loop_client&) = delete;
    virtual ~loop_client() = default;

    /// Called when the socket is ready in the directions @p ready.
    virtual void on_ready(readiness ready, const turn& share) = 0;
    /// Continues after a turn that was over, if `has_deferred_work`.
    virtual void resume(const turn& share) = 0;
    /// Called after a transport error or an exception. The client is finished afterwards.
    virtual void drop() noexcept = 0;
    /// Called every 100 ms for everything that depends on time.
    virtual void on_tick(ticks now) = 0;
    /// Called once when the server shuts down: the client starts its closing handshake.
    virtual void on_shutdown(ticks now) = 0;
    /// Called if the memory of all clients exceeds its limit and this client uses the most. The client is finished afterwards.
    virtual void on_memory_exceeded() = 0;
    /// Sends queued output after `server_loop::request_flush`.
    virtual void flush(ticks) {}

    [[nodiscard]] virtual int socket() const noexcept = 0;
    [[nodiscard]] virtual readiness needs() const noexcept = 0;
    [[nodiscard]] virtual bool has_deferred_work() const noexcept = 0;
    /// @return bytes in use, at least approximately
    [[nodiscard]] virtual std::size_t memory() const noexcept = 0;
    /// @return bytes that other clients may use as well, and that are not released before this client has sent them
    [[nodiscard]] virtual std::size_t shared_memory() const noexcept { return 0; }
    /// @return whether the client can be destroyed
    [[nodiscard]] virtual bool is_finished() const noexcept = 0;

private:
    friend class server_loop;
    std::size_t accounted_ = 0; ///< its part of the memory budget
    readiness interest_;
    bool flush_requested_ = false;
    bool resume_requested_ = false;
};

/// Descriptors of the program itself in the loop, for example connections to a database. None of its functions throws.
class loop_service {
public:
    loop_service() = default;
    loop_service(const loop_service&) = delete;
    loop_service& operator=(const loop_service&) = delete;
    virtual ~loop_service() = default;

    /// Called when a descriptor of `server_loop::watch_service` is ready; after a failure, in both directions.
    virtual void on_service_ready(int fd, readiness ready) noexcept = 0;
    /// Called every 100 ms.
    virtual void on_service_tick(ticks now) noexcept = 0;
    /// While it is busy, the loop does not end before the shutdown timeout.
    [[nodiscard]] virtual bool is_busy() const noexcept = 0;
    /// Called after the clients are destroyed; the service does not use the loop afterwards.
    virtual void on_loop_end() noexcept = 0;
};

/// Address, port and TLS files of a server.
struct loop_options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8080;
    std::string certificates; ///< PEM file; empty: no TLS
    std::string key;
    bool http_2 = false; ///< with TLS: offer HTTP/2, too
    /// One of several loops on the same port. It stops by `request_stop` instead of by signals, which the program has to block.
    bool shares_port = false;
};

class server_loop {
public:
    using client_factory = std::function<std::unique_ptr<loop_client>(server_loop&, transport, ticks)>;

    /// Starts listening. Without `shares_port` it blocks SIGTERM and SIGINT for this thread and reads them from a signalfd.
    ///
    /// @param options  address, port and TLS files
    /// @param budget   limits the memory of all clients; outlives the loop
    /// @param make     creates a client for each accepted connection
    server_loop(const loop_options& options, memory_budget& budget, client_factory make);
    /// Destroys the clients first; their destructors may use the loop.
    ~server_loop();
    server_loop(const server_loop&) = delete;
    server_loop& operator=(const server_loop&) = delete;

    [[nodiscard]] std::uint16_t port() const { return local_address(listener_.get()).port; }
    [[nodiscard]] bool is_secure() const noexcept { return tls_ != nullptr; }
    /// @return the address with the bound port, for example "wss://127.0.0.1:8080/"
    [[nodiscard]] std::string url() const;
    [[nodiscard]] memory_budget& memory() noexcept { return *budget_; }
    /// Serves until SIGTERM or SIGINT arrives, or `request_stop` is called, then until all clients have closed or the shutdown
    /// timeout has passed. The second of them ends it immediately.
    void run();
    /// Stops a loop with `shares_port`. The only function that another thread may call while the loop runs.
    void request_stop() const noexcept;
    /// Schedules `client.flush()` and an update of its epoll events before the loop waits again. The cost is constant, so a
    /// broadcast may call it once per message and recipient: the messages leave in one write. Never throws: the queue has space
    /// for every client.
    void request_flush(loop_client& client) noexcept;
    /// Adds the only service, which outlives the loop.
    void attach(loop_service& service) noexcept { service_ = &service; }
    /// Changes what the service waits for; without a direction @p fd is removed, which has to happen before it is closed.
    ///
    /// @par Errors  throws std::system_error
    void watch_service(int fd, readiness wanted);

private:
    using clock = std::chrono::steady_clock;

    void watch(int fd, readiness wanted, int operation);
    void dispatch_events(int timeout);
    void dispatch_event(int fd, readiness ready, const turn& share);
    void resume_clients(clock::duration share);
    void accept_all(ticks now);
    void accept_one(descriptor socket, ticks now);
    void resume_accept();
    void flush_clients(ticks now, clock::duration limit);
    template <class Callback>
    void call(loop_client& client, Callback callback) noexcept;
    void update_interest(loop_client& client) noexcept;
    void account(loop_client& client) noexcept;
    void destroy(loop_client& client) noexcept;
    void enforce_budget() noexcept;
    void clear_clients() noexcept;
    void tick(ticks now);
    void stop(ticks now);
    [[nodiscard]] turn make_turn(clock::duration share, ticks now) noexcept;
    [[nodiscard]] int poll_timeout(ticks now) const;
    [[nodiscard]] bool is_of_service(int fd) const noexcept;
    [[nodiscard]] bool is_done(ticks now) const noexcept;

    client_factory make_;
    memory_budget* budget_;
    loop_service* service_ = nullptr;
    std::vector<int> service_descriptors_;
    std::unique_ptr<tls_context> tls_;
    descriptor epoll_;
    descriptor listener_;
    descriptor signals_;           ///< a signalfd, or an eventfd that counts the calls of `request_stop`
    std::vector<int> flush_queue_; ///< capacity for every client, as the other queues
    std::vector<int> resume_queue_;
    std::vector<int> resuming_;
    std::size_t flushed_ = 0; ///< entries of `flush_queue_` that are done
    std::unordered_map<int, std::unique_ptr<loop_client>> clients_;
    ticks last_tick_ = 0;
    ticks stopped_at_ = 0;
    bool stopping_ = false;
    bool accept_paused_ = false; ///< no free descriptor: new connections stay in the listen queue
    std::array<std::byte, std::size_t{64} << 10> buffer_;
};

/// Raises the soft limit of open descriptors to the hard limit: each connection needs one, and the usual soft limit is 1024.
void raise_descriptor_limit() noexcept;

} // namespace example
