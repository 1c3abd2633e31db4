// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "websocket_session.hpp"

#include <array>
#include <exception>
#include <utility>

namespace example {

namespace {

/// Time without input after which a session releases spare memory.
constexpr ticks idle_before_release = 1'000;
/// The memory of a message up to this size is kept until the session is idle.
constexpr std::size_t max_retained_message = std::size_t{64} << 10;
/// The same for output, once all of it was sent.
constexpr std::size_t max_retained_output = std::size_t{256} << 10;
/// Calls of `send` per flush: a peer that reads fast cannot occupy the loop. What remains follows when the socket is ready.
constexpr int max_sends = 4;
/// Approximate memory of OpenSSL for one connection.
constexpr std::size_t tls_memory = std::size_t{40} << 10;

} // namespace

websocket_session::websocket_session(server_loop& loop, transport peer, const session_options& options, ticks now)
    : loop_{&loop},
      peer_{std::move(peer)},
      max_backlog_{options.max_backlog},
      high_water_{options.websocket.high_water},
      storage_{options.sizes},
      ws_{storage_, options.websocket},
      needs_{ws_.needs(now)},
      now_{now},
      last_input_{now}
{
}

std::size_t websocket_session::memory() const noexcept
{
    return sizeof *this + storage_.capacity() + (peer_.is_secure() ? tls_memory : 0);
}

void websocket_session::on_ready(readiness ready, const turn& share)
{
    now_ = share.now;
    const bool readable = peer_.can_receive(ready);
    if (peer_.can_send(ready))
        write();
    if (readable && needs_.read && !finished_ && !deferred_)
        read(share);
}

void websocket_session::resume(const turn& share)
{
    now_ = share.now;
    process(share);
}

void websocket_session::read(const turn& share)
{
    const io_result got = peer_.receive(share.buffer);
    switch (got.status) {
    case io_status::would_block: return;
    case io_status::failed: return drop();
    case io_status::ended: ws_.input_ended(now_); break; // queued output is still sent: see write()
    case io_status::done:
        bytes_received_ += got.count;
        last_input_ = now_;
        ws_.receive(share.buffer.first(got.count), now_);
        break;
    }
    process(share);
}

void websocket_session::process(const turn& share)
{
    do {
        if (sending_) {
            if (!can_send_more())
                break;
            on_send_more();
            continue;
        }
        const sockless::event event = ws_.poll();
        if (event.kind() == sockless::event_kind::need_input)
            break;
        if (event.kind() != sockless::event_kind::message) {
            dispatch(event);
            continue;
        }
        on_message(event);
        if (event.payload().size() > max_retained_message)
            ws_.shrink();
    } while (!drop_pending_ && !share.is_over());
    ws_.keep_input();
    update();
}

void websocket_session::update()
{
    needs_ = ws_.needs(now_);
    deferred_ = sending_ ? can_send_more() : needs_.wake_after == 0;
    if (drop_pending_)
        return drop();
    if (!needs_.close)
        return;
    shut_down_output();
    finish();
}

void websocket_session::dispatch(const sockless::event& event)
{
    using kind = sockless::event_kind;
    switch (event.kind()) {
    case kind::request: loop_->memory().is_low() ? report(ws_.reject(503)) : on_request(); break;
    case kind::plain_request: on_plain_request(); break;
    case kind::open: on_open(); break;
    case kind::error: on_error(event); break;
    case kind::close: report_close(event); break;
    case kind::ping:
    case kind::pong:
    case kind::body:    // of a client only
    case kind::message: // see `process`
    case kind::need_input: break;
    }
}

void websocket_session::flush(ticks now)
{
    now_ = now;
    write();
}

void websocket_session::write()
{
    if (drop_pending_)
        return drop();
    std::array<std::span<const std::byte>, 32> room;
    for (int sends = 0; !finished_ && ws_.unwritten() != 0; ++sends) {
        if (sends == max_sends)
            return;
        const io_result sent = peer_.send(ws_.write_buffers(room));
        if (sent.status == io_status::would_block)
            return ws_.written(0, now_);
        if (sent.status != io_status::done)
            return drop();
        bytes_sent_ += sent.count;
        ws_.written(sent.count, now_);
        if (ws_.unwritten() == 0 && storage_.capacity() > max_retained_output)
            ws_.shrink();
        update();
    }
    if (!finished_ && needs_.shut_down_write)
        shut_down_output();
}

/// All output was sent. The peer has some time to end its own stream: see transport::end.
void websocket_session::shut_down_output()
{
    if (output_shut_down_)
        return;
    shutdown_blocked_ = !peer_.end();
    output_shut_down_ = !shutdown_blocked_;
}

/// `on_close` is called once, and no other function afterwards. What was sent before is still written.
void websocket_session::report_close(const sockless::event& event)
{
    on_close_event(event);
    if (!std::exchange(closed_, true))
        on_close();
}

void websocket_session::drop() noexcept
{
    if (finished_)
        return;
    ws_.transport_failed(now_);
    try {
        for (sockless::event event = ws_.poll(); event.kind() != sockless::event_kind::need_input; event = ws_.poll()) {
            if (event.kind() == sockless::event_kind::error)
                on_error(event);
            if (event.kind() == sockless::event_kind::close)
                report_close(event);
        }
    } catch (const std::exception&) {
        // The connection ends in any case.
    }
    finish();
}

void websocket_session::finish() noexcept
{
    finished_ = true;
    if (!std::exchange(closed_, true))
        on_close();
}

void websocket_session::send(const shared_message_ptr& message) noexcept
{
    if (finished_ || drop_pending_ || ws_.ready_state() != sockless::ready_state::open)
        return;
    request_flush();
    try {
        if (ws_.unwritten() + message->size() <= max_backlog_ && !failed(ws_.send(*message)))
            return;
        ws_.discard_prepared();
        on_too_slow();
        close(sockless::close_code::try_again_later, "too slow");
    } catch (const std::exception&) {
        drop_pending_ = true;
    }
}

void websocket_session::close(sockless::close_code code, std::string_view reason)
{
    report(ws_.close(code, sockless::close_payload::truncated_reason(reason)));
    request_flush();
}

void websocket_session::report(sockless::error e)
{
    drop_pending_ = drop_pending_ || (failed(e) && e != sockless::error::not_open);
}

void websocket_session::on_tick(ticks now)
{
    now_ = now;
    update();
    if (now - last_input_ >= idle_before_release)
        release_memory();
    if (!closed_)
        on_time(now);
}

void websocket_session::on_shutdown(ticks now)
{
    now_ = now;
    if (ws_.ready_state() == sockless::ready_state::open)
        close(sockless::close_code::going_away, "the server is shutting down");
    else if (ws_.ready_state() == sockless::ready_state::connecting &&
             (bytes_received_ == 0 || failed(ws_.reject(503)))) {
        static_cast<void>(
            peer_.end()); // no request was received, so there is no response; TLS still sends close_notify
        drop();
    }
}

void websocket_session::on_memory_exceeded()
{
    ws_.discard_prepared();
    if (ws_.ready_state() == sockless::ready_state::open)
        close(sockless::close_code::try_again_later, "out of memory");
    else if (ws_.ready_state() == sockless::ready_state::connecting)
        report(ws_.reject(503));
    write();
    drop();
}

} // namespace example
