// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// One client of a server over its whole lifetime: a `websocket<role::server>` over a transport in the event loop. A derived
/// class overrides one function per event.
#pragma once

#include "deflate.hpp"
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
    using websocket_options = sockless::websocket_options<sockless::no_mask_keys, command_line_deflate>;

    /// `output` is for the session's own output: responses, pongs, pages.
    sockless::websocket_sizes sizes = {
        .message = sockless::limits{}.message_bytes, .output = std::size_t{4} << 20, .head = 4096, .fields = 48};
    websocket_options websocket = {.answer_timeout = 50'000, // longer than a long poll
                                   .high_water = std::size_t{2} << 20};
    std::size_t max_backlog = std::size_t{8}
                              << 20; ///< bytes that wait to be sent; a peer that exceeds it is closed as too slow
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
    [[nodiscard]] std::size_t memory() const noexcept override;
    [[nodiscard]] std::size_t shared_memory() const noexcept final { return ws_.unwritten(); }
    [[nodiscard]] bool is_finished() const noexcept final { return finished_; }

    /// Queues a message that is shared with other sessions. If the backlog would exceed its limit, the session is closed with
    /// 1013 (try again later) and the queued shared messages are dropped.
    ///
    /// Never throws: an exception would end the sender's connection instead of this one.
    void send(const shared_message_ptr& message) noexcept;
    /// Payload bytes that have not been sent, as `bufferedAmount` of a browser's WebSocket.
    [[nodiscard]] std::uint64_t buffered_amount() const noexcept { return ws_.buffered_amount(); }

protected:
    using websocket_type = sockless::websocket<sockless::role::server, sockless::no_mask_keys, command_line_deflate>;

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
    /// Called every 100 ms until the close event.
    virtual void on_time(ticks) {}
    /// Sends the next part of something large; called instead of polling while `send_more(true)` was the last such call.
    virtual void on_send_more() {}
    /// Releases memory; called when nothing was received for a second.
    virtual void release_memory() noexcept { ws_.shrink(); }

    [[nodiscard]] memory_budget& budget() noexcept { return loop_->memory(); }
    [[nodiscard]] std::uint64_t max_backlog() const noexcept { return max_backlog_; }
    [[nodiscard]] websocket_type& ws() noexcept { return ws_; }
    [[nodiscard]] const websocket_type& ws() const noexcept { return ws_; }
    [[nodiscard]] const transport& peer() const noexcept { return peer_; }
    [[nodiscard]] ticks now() const noexcept { return now_; }
    [[nodiscard]] std::uint64_t bytes_received() const noexcept { return bytes_received_; }
    [[nodiscard]] std::uint64_t bytes_sent() const noexcept { return bytes_sent_; }
    /// @param more  whether `on_send_more` has to be called, as often as the turns of this session and its unsent output allow
    void send_more(bool more) noexcept { sending_ = more; }
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
    /// Does what is due. Events that do not depend on input are polled in the next turn.
    void update();
    void dispatch(const sockless::event& event);
    void shut_down_output();
    void report_close(const sockless::event& event);
    void finish() noexcept;
    [[nodiscard]] bool can_send_more() const noexcept { return sending_ && ws_.unwritten() < high_water_; }

    server_loop* loop_;
    transport peer_;
    std::uint64_t max_backlog_;
    std::size_t high_water_;
    sockless::growing_websocket_storage storage_;
    websocket_type ws_;
    sockless::websocket_needs needs_;
    ticks now_;
    ticks last_input_;
    std::uint64_t bytes_received_ = 0;
    std::uint64_t bytes_sent_ = 0;
    bool deferred_ = false;         ///< there is more to do in the next turn
    bool sending_ = false;          ///< something large is being sent
    bool drop_pending_ = false;     ///< drop the transport after the current event
    bool output_shut_down_ = false; ///< our stream has ended
    bool shutdown_blocked_ = false; ///< the end of our stream waits for the socket
    bool closed_ = false;           ///< `on_close` was called
    bool finished_ = false;
};

} // namespace example
