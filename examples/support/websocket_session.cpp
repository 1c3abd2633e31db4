// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "websocket_session.hpp"

#include <utility>

namespace example {

namespace {

/// Without a byte for so long, a session gives its memory back.
constexpr ticks quiet = 1'000;
/// Memory for a message up to this size is kept while a session is busy.
constexpr std::size_t small_message = std::size_t{64} << 10;

} // namespace

/// What the library calls, passed on.
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
        if (e.payload().size() > small_message) {
            session.message_.clear();
            session.message_.shrink();
        }
    }
    void on_pong(websocket&, const sockless::event& e) { session.alive_.on_pong(e.payload(), session.now_); }
    void on_error(websocket&, const sockless::event& e) { session.on_error(e); }
    void on_close(websocket&, const sockless::event& e)
    {
        session.over_ = true;
        session.on_close(e);
    }

    websocket_session& session;
};

websocket_session::websocket_session(server_loop& loop, transport peer, const session_options& options, ticks now)
    : loop_{&loop},
      peer_{std::move(peer)},
      max_waiting_{options.max_waiting},
      output_{options.max_output},
      message_{options.max_message},
      ws_{{head_, output_, message_}, {.frame_bytes = options.max_message, .message_bytes = options.max_message}},
      alive_{options.times, now},
      now_{now},
      last_heard_{now}
{
}

void websocket_session::on_ready(readiness ready, std::span<std::byte> buffer, ticks now)
{
    now_ = now;
    const bool readable = peer_.can_receive(ready);
    if (peer_.can_send(ready))
        write();
    if (readable && !input_ended_ && !over_)
        read(buffer);
}

void websocket_session::read(std::span<std::byte> buffer)
{
    const io_result got = peer_.receive(buffer);
    switch (got.status) {
    case io_status::would_block: return;
    case io_status::failed: return drop();
    case io_status::ended: input_ended_ = true; break; // what waits may still leave: see write()
    case io_status::done:
        bytes_received_ += got.count;
        last_heard_ = now_;
        alive_.received(now_);
        take_events(buffer.first(got.count));
        break;
    }
    if (doomed_)
        drop();
}

/// While a request waits for its answer, what follows it is dropped: after any answer but 101 the transport is closed, and a client
/// sends no frames before it has the 101.
void websocket_session::take_events(std::span<std::byte> in)
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
    if (doomed_)
        return drop();
    while (!over_) {
        if (const std::size_t fresh = ws_.output().size() - out_.own_bytes(); fresh != 0)
            out_.add_own(fresh); // whole frames: the library appends nothing else
        if (out_.empty())
            break;
        outbox::pieces room;
        const io_result sent = peer_.send(out_.front(ws_.output(), room));
        if (sent.status == io_status::would_block) {
            full_ = true;
            return;
        }
        if (sent.status != io_status::done)
            return drop();
        if (std::exchange(full_, false)) // and now there is room again: who takes bytes is alive
            alive_.received(now_);
        ws_.sent(out_.consume(sent.count));
    }
    if (over_)
        return;
    if (ws_.finished() || input_ended_)
        end_stream();
    if (input_ended_ && ended_)
        finish();
}

/// All is said. The peer has some time to end its own stream: see transport::end.
void websocket_session::end_stream()
{
    if (ended_)
        return;
    alive_.on_closing(now_);
    end_waits_ = !peer_.end();
    ended_ = !end_waits_;
}

/// Both streams have ended.
void websocket_session::finish()
{
    ws_.end_of_input();
    take_events({});
    over_ = true;
}

void websocket_session::drop()
{
    if (over_)
        return;
    input_ended_ = true;
    finish();
}

void websocket_session::send(const shared_message_ptr& message)
{
    if (ws_.ready_state() != sockless::ready_state::open)
        return;
    touch();
    if (buffered_amount() + message->payload.size() <= max_waiting_) {
        if (const std::size_t fresh = ws_.output().size() - out_.own_bytes(); fresh != 0)
            out_.add_own(fresh); // was said before
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
    touch();
}

void websocket_session::report(sockless::error e)
{
    doomed_ = doomed_ || (failed(e) && e != sockless::error::not_open);
}

void websocket_session::hold(ticks limit)
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
    if (now - last_heard_ >= quiet) {
        output_.shrink();
        message_.shrink();
        out_.give_memory_back();
    }
}

void websocket_session::go_away(ticks now)
{
    now_ = now;
    if (ws_.ready_state() == sockless::ready_state::open)
        close(sockless::close_code::going_away, "the server is shutting down");
    else if (ws_.ready_state() == sockless::ready_state::connecting &&
             (bytes_received_ == 0 || failed(ws_.reject(503)))) {
        static_cast<void>(peer_.end()); // nothing was asked: there is nothing to say, but for the end of TLS
        drop();
    }
}

} // namespace example
