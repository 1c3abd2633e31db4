// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// One client of a server over its whole lifetime: a `websocket<role::server>` over a transport in the event loop. A derived
/// class overrides one function per event.
#pragma once

#include "server_loop.hpp"
#include "shared_message.hpp"
#include "transport.hpp"

#include <sockless/websocket.hpp>
#include <sockless/with_heap.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace example {

struct session_options {
    std::size_t max_message = sockless::limits{}.message_bytes;
    std::uint32_t max_fragments = sockless::limits{}.fragments;
    std::size_t max_output = std::size_t{4} << 20; ///< the session's own output: responses, pongs, pages
    std::size_t max_backlog = std::size_t{8}
                              << 20; ///< bytes that wait to be sent; a peer that exceeds it is closed as too slow
    ticks handshake_timeout = 10'000;
    ticks answer_timeout = 50'000; ///< longer than a long poll
    ticks ping_interval = 20'000;
    ticks pong_timeout = 20'000;
    ticks closing_timeout = 10'000;
};

class websocket_session : public loop_client {
public:
    websocket_session(server_loop& loop, transport peer, const session_options& options, ticks now);

    void on_ready(readiness ready, const turn& share) final;
    void resume(const turn& share) final;
    void drop() noexcept final;
    void on_tick(ticks now) final;
    /// Sends close code 1001 or status 503.
    void on_shutdown(ticks now) final;
    /// Sends close code 1013 or status 503, if the socket accepts it.
    void on_memory_exceeded() final;
    void flush(ticks now) final;

    [[nodiscard]] int socket() const noexcept final { return peer_.socket(); }
    [[nodiscard]] readiness needs() const noexcept final
    {
        return peer_.needs(needs_.read && !deferred_, ws_.unwritten() != 0 || shutdown_blocked_);
    }
    [[nodiscard]] bool has_deferred_work() const noexcept final { return deferred_; }
    [[nodiscard]] std::size_t memory() const noexcept final;
    [[nodiscard]] bool is_finished() const noexcept final { return finished_; }

    /// Queues a message that is shared with other sessions. If the backlog would exceed its limit, the session is closed with
    /// 1013 (try again later) and the queued shared messages are dropped.
    ///
    /// Never throws: an exception would end the sender's connection instead of this one.
    void send(const shared_message_ptr& message) noexcept;
    /// Payload bytes that have not been sent, as `bufferedAmount` of a browser's WebSocket.
    [[nodiscard]] std::uint64_t buffered_amount() const noexcept { return ws_.buffered_amount(); }

protected:
    using websocket_type = sockless::websocket<sockless::role::server>;

    virtual void on_request() { report(ws_.accept()); }
    virtual void on_plain_request() { report(ws_.reject(426)); }
    virtual void on_open() {}
    virtual void on_message(const sockless::event&) {}
    /// Called when the backlog limit was exceeded; the session is being closed.
    virtual void on_too_slow() {}
    virtual void on_error(const sockless::event&) {}
    /// Called with the close event, before `on_close`. Must not throw.
    virtual void on_close_event(const sockless::event&) {}
    virtual void on_close() noexcept {}
    /// Called every 100 ms while the session is not finished.
    virtual void on_time(ticks) {}

    [[nodiscard]] memory_budget& budget() noexcept { return loop_->memory(); }
    [[nodiscard]] std::uint64_t max_backlog() const noexcept { return max_backlog_; }
    [[nodiscard]] websocket_type& ws() noexcept { return ws_; }
    [[nodiscard]] const websocket_type& ws() const noexcept { return ws_; }
    [[nodiscard]] const transport& peer() const noexcept { return peer_; }
    [[nodiscard]] ticks now() const noexcept { return now_; }
    [[nodiscard]] std::uint64_t bytes_received() const noexcept { return bytes_received_; }
    /// Has to be called after output was queued outside of an event function.
    void request_flush() { loop_->request_flush(*this); }
    /// Starts the closing handshake.
    void close(sockless::close_code code, std::string_view reason = {});
    /// Drops the connection if @p e reports that output could not be queued: a stream with missing frames cannot continue.
    void report(sockless::error e);
    /// Drops the transport without a closing handshake, after the current event.
    void request_drop() noexcept { drop_pending_ = true; }

private:
    void read(const turn& share);
    void write();
    /// Processes what has arrived, until nothing is left or the turn is over.
    void process(const turn& share);
    /// Does what is due, and reports the events that do not depend on input.
    void update();
    void dispatch(const sockless::event& event);
    void shut_down_output();
    void finish() noexcept;

    server_loop* loop_;
    transport peer_;
    std::uint64_t max_backlog_;
    sockless::growing_websocket_storage storage_;
    websocket_type ws_;
    sockless::websocket_needs needs_;
    ticks now_;
    ticks last_input_;
    std::uint64_t bytes_received_ = 0;
    bool deferred_ = false;         ///< not everything was polled, because the turn was over
    bool drop_pending_ = false;     ///< drop the transport after the current event
    bool output_shut_down_ = false; ///< our stream has ended
    bool shutdown_blocked_ = false; ///< the end of our stream waits for the socket
    bool finished_ = false;
};

} // namespace example
