// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "websocket_session.hpp"

#include <utility>

namespace example {

namespace {

/// Time without input after which a session releases spare memory.
constexpr ticks idle_before_release = 1'000;
/// A message buffer up to this size is kept until the session is idle.
constexpr std::size_t max_retained_message = std::size_t{64} << 10;

} // namespace

/// Event handler of the library; forwards each event to the session.
struct session_events {
    using websocket = sockless::websocket<sockless::role::server>;

    void on_request(websocket&) { session.on_request(); }
    void on_plain_request(websocket&) { session.on_plain_request(); }
    void on_open(websocket&)
    {
        session.alive_.on_open(session.now_);
        session.on_open();
    }
    void on_message(websocket&, const sockless::event& e)
    {
        session.on_message(e);
        if (e.payload().size() > max_retained_message) {
            session.message_.clear();
            session.message_.shrink();
        }
    }
    void on_pong(websocket&, const sockless::event& e) { session.alive_.on_pong(e.payload(), session.now_); }
    void on_error(websocket&, const sockless::event& e) { session.on_error(e); }
    void on_close(websocket&, const sockless::event& e)
    {
        session.finished_ = true;
        session.on_close(e);
    }

    websocket_session& session;
};

websocket_session::websocket_session(server_loop& loop, transport peer, const session_options& options, ticks now)
    : loop_{&loop},
      peer_{std::move(peer)},
      max_backlog_{options.max_backlog},
      output_{options.max_output},
      message_{options.max_message},
      ws_{{head_, output_, message_}, {.frame_bytes = options.max_message, .message_bytes = options.max_message}},
      alive_{options.times, now},
      now_{now},
      last_input_{now}
{
}

void websocket_session::on_ready(readiness ready, std::span<std::byte> buffer, ticks now)
{
    now_ = now;
    const bool readable = peer_.can_receive(ready);
    if (peer_.can_send(ready))
        write();
    if (readable && !input_ended_ && !finished_)
        read(buffer);
}

void websocket_session::read(std::span<std::byte> buffer)
{
    const io_result got = peer_.receive(buffer);
    switch (got.status) {
    case io_status::would_block: return;
    case io_status::failed: return drop();
    case io_status::ended: input_ended_ = true; break; // queued output is still sent: see write()
    case io_status::done:
        bytes_received_ += got.count;
        last_input_ = now_;
        alive_.received(now_);
        process_input(buffer.first(got.count));
        break;
    }
    if (drop_pending_)
        drop();
}

/// While a response is pending, input that follows the request is discarded: a client sends no frames before the 101 response,
/// and after any other response the transport is closed.
void websocket_session::process_input(std::span<std::byte> in)
{
    ws_.poll(in, session_events{*this});
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
    while (!finished_) {
        if (const std::size_t fresh = ws_.output().size() - out_.own_bytes(); fresh != 0)
            out_.add_own(fresh); // whole frames: the library appends nothing else
        if (out_.empty())
            break;
        outbox::pieces room;
        const io_result sent = peer_.send(out_.front(ws_.output(), room));
        if (sent.status == io_status::would_block) {
            send_blocked_ = true;
            return;
        }
        if (sent.status != io_status::done)
            return drop();
        if (std::exchange(send_blocked_, false)) // the peer has acknowledged data, so it is alive
            alive_.received(now_);
        ws_.sent(out_.consume(sent.count));
    }
    if (finished_)
        return;
    if (ws_.finished() || input_ended_)
        shut_down_output();
    if (input_ended_ && output_shut_down_)
        finish();
}

/// All output was sent. The peer has some time to end its own stream: see transport::end.
void websocket_session::shut_down_output()
{
    if (output_shut_down_)
        return;
    alive_.on_closing(now_);
    shutdown_blocked_ = !peer_.end();
    output_shut_down_ = !shutdown_blocked_;
}

/// Called when both streams have ended.
void websocket_session::finish()
{
    ws_.end_of_input();
    process_input({});
    finished_ = true;
}

void websocket_session::drop()
{
    if (finished_)
        return;
    input_ended_ = true;
    finish();
}

void websocket_session::send(const shared_message_ptr& message)
{
    if (ws_.ready_state() != sockless::ready_state::open)
        return;
    request_flush();
    if (buffered_amount() + message->payload.size() <= max_backlog_) {
        if (const std::size_t fresh = ws_.output().size() - out_.own_bytes(); fresh != 0)
            out_.add_own(fresh); // keeps the order: these bytes were queued earlier
        out_.add(message);
        return;
    }
    out_.drop_messages();
    on_too_slow();
    close(sockless::close_code::try_again_later, "too slow");
}

void websocket_session::close(sockless::close_code code, std::string_view reason)
{
    report(ws_.close(code, reason));
    alive_.on_closing(now_);
    request_flush();
}

void websocket_session::report(sockless::error e)
{
    drop_pending_ = drop_pending_ || (failed(e) && e != sockless::error::not_open);
}

void websocket_session::extend_request_timeout(ticks limit)
{
    alive_ = sockless::keep_alive<ticks>{{.handshake_timeout = limit, .closing_timeout = 10'000}, now_};
}

void websocket_session::on_tick(ticks now)
{
    now_ = now;
    switch (alive_.poll(now).result) {
    case sockless::keep_alive_result::wait: break;
    case sockless::keep_alive_result::ping:
        if (!failed(ws_.ping(alive_.ping_payload())))
            alive_.on_ping_sent(now);
        break;
    case sockless::keep_alive_result::give_up:
        if (ws_.ready_state() != sockless::ready_state::connecting || bytes_received_ == 0 || failed(ws_.reject(408)))
            return drop();
        alive_.on_closing(now);
        break;
    }
    if (now - last_input_ >= idle_before_release) {
        output_.shrink();
        message_.shrink();
        out_.release_memory();
    }
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

} // namespace example
