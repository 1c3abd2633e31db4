// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// One client of a server, from its first byte to its last: a `websocket<role::server>` over a transport, in the loop. What it is
/// for, a derived class says: it has a function for each event.
#pragma once

#include "outbox.hpp"
#include "server_loop.hpp"
#include "transport.hpp"

#include <sockless/http/head_storage.hpp>
#include <sockless/keep_alive.hpp>
#include <sockless/websocket.hpp>
#include <sockless/with_heap.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace example {

struct session_options {
    std::size_t max_message = sockless::limits{}.message_bytes;
    std::size_t max_output = std::size_t{4} << 20;  ///< of its own: answers, pongs, a page
    std::size_t max_waiting = std::size_t{8} << 20; ///< payload of shared messages: who is further behind is too slow
    sockless::keep_alive_options<ticks> times{
        .handshake_timeout = 10'000, .ping_interval = 20'000, .pong_timeout = 20'000, .closing_timeout = 10'000};
};

class websocket_session : public loop_client {
public:
    websocket_session(server_loop& loop, transport peer, const session_options& options, ticks now);

    void on_ready(readiness ready, std::span<std::byte> buffer, ticks now) final;
    void drop() final;
    void on_tick(ticks now) override;
    /// Close code 1001, or status 503.
    void go_away(ticks now) override;
    void flush(ticks now) final;

    [[nodiscard]] int socket() const noexcept final { return peer_.socket(); }
    [[nodiscard]] readiness needs() const noexcept final
    {
        return peer_.needs(!input_ended_, !out_.empty() || end_waits_);
    }
    [[nodiscard]] bool is_over() const noexcept final { return over_; }

    /// Sends a message that others get, too. A peer that does not take what it is sent is closed with 1013 (try again later), and what
    /// it has missed until then it will never get.
    void send(const shared_message_ptr& message);
    /// As of a browser's WebSocket: payload bytes of messages that have not left.
    [[nodiscard]] std::uint64_t buffered_amount() const noexcept
    {
        return ws_.buffered_amount() + out_.waiting_payload();
    }

protected:
    using websocket_type = sockless::websocket<sockless::role::server>;

    virtual void on_request() { report(ws_.accept()); }
    virtual void on_plain_request() { report(ws_.reject(426)); }
    virtual void on_open() {}
    virtual void on_message(const sockless::event&) {}
    /// Somebody else's message did not fit any more; the peer is closed.
    virtual void on_too_slow() {}
    virtual void on_error(const sockless::event&) {}
    virtual void on_close(const sockless::event&) {}

    [[nodiscard]] websocket_type& ws() noexcept { return ws_; }
    [[nodiscard]] const websocket_type& ws() const noexcept { return ws_; }
    [[nodiscard]] const transport& peer() const noexcept { return peer_; }
    [[nodiscard]] ticks now() const noexcept { return now_; }
    [[nodiscard]] std::uint64_t bytes_received() const noexcept { return bytes_received_; }
    /// Something is to be sent, and this is not inside of one of the functions above.
    void touch() { loop_->touch(*this); }
    /// Starts the closing handshake.
    void close(sockless::close_code code, std::string_view reason = {});
    /// What could not be sent for want of memory cannot be left out: the connection ends.
    void report(sockless::error e);
    /// The transport goes, without a word.
    void abandon() noexcept { doomed_ = true; }
    /// The request waits for its answer; not for longer than this.
    void hold(ticks limit);

private:
    friend struct session_events;

    void read(std::span<std::byte> buffer);
    void write();
    void take_events(std::span<std::byte> in);
    void end_stream();
    void finish();

    server_loop* loop_;
    transport peer_;
    std::uint64_t max_waiting_;
    sockless::head_storage<4096, 48> head_;
    sockless::growing_byte_queue output_;
    sockless::growing_byte_queue message_;
    websocket_type ws_;
    outbox out_;
    sockless::keep_alive<ticks> alive_;
    ticks now_;
    ticks last_heard_;
    std::uint64_t bytes_received_ = 0;
    bool doomed_ = false;      ///< the transport has to go
    bool full_ = false;        ///< the socket took no more
    bool input_ended_ = false; ///< the peer's stream has ended
    bool ended_ = false;       ///< ours has
    bool end_waits_ = false;   ///< for the socket to take the end of our stream
    bool over_ = false;
};

} // namespace example
