// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "session.hpp"

#include <array>
#include <new>
#include <utility>

namespace example {

namespace {

/// Above this the client gets no further echo until it has taken some of those that wait.
constexpr std::size_t high_water = std::size_t{256} << 10;
constexpr std::size_t low_water = high_water / 4;
/// For headers, pongs and close frames on top of what the marks allow.
constexpr std::size_t slack = std::size_t{4} << 10;
/// Memory for a message up to this size is kept while a session is busy.
constexpr std::size_t small_message = std::size_t{64} << 10;
/// Without a byte for so long, a session gives its memory back.
constexpr ticks quiet = 1'000;

sockless::limits limits_for(const settings& options) noexcept
{
    return {.frame_bytes = room_when_deflated(options.deflate, options.max_message),
            .message_bytes = options.max_message};
}

} // namespace

shared_deflate::shared_deflate(const deflate_options& options)
{
    if (!options.wanted())
        return;
    inflated.resize(std::size_t{16} << 10);
    if (options.sending.shared &&
        !compressor.emplace(options.effort).open(deflate_policy_of(options).server_max_window_bits))
        throw std::bad_alloc{};
}

session::session(transport peer, const settings& options, figures& counts, shared_deflate& shared, ticks now)
    : peer_{std::move(peer)},
      options_{&options},
      counts_{&counts},
      shared_{&shared},
      connection_{limits_for(options)},
      message_{options.max_message},
      tx_{high_water + room_when_deflated(options.deflate, options.max_message) + options.page.size() + slack},
      alive_{options.times, now},
      last_message_{now},
      last_heard_{now}
{
    ++counts_->connections;
}

void session::on_ready(readiness ready, std::span<std::byte> buffer, ticks now)
{
    const bool readable = peer_.can_receive(ready);
    if (peer_.can_send(ready) && wants_to_write())
        write(now);
    if (readable && wants_to_read() && !is_over())
        read(buffer, now);
}

void session::read(std::span<std::byte> buffer, ticks now)
{
    const io_result got = peer_.receive(buffer);
    switch (got.status) {
    case io_status::would_block: return;
    case io_status::failed: return drop();
    case io_status::ended: end_input(now); break;
    case io_status::done:
        last_heard_ = now;
        counts_->wire_in += got.count;
        alive_.received(now);
        take(buffer.first(got.count), now);
        break;
    }
    write(now);
}

/// There is nothing to say, not even with TLS what would have to wait.
void session::leave()
{
    static_cast<void>(peer_.end());
    drop();
}

void session::drop()
{
    phase_ = phase::over;
}

void session::end_input(ticks now)
{
    input_ended_ = true;
    if (phase_ == phase::parting)
        return drop(); // both streams have ended, as they should
    // An error event if no close frame came, for servers that write down why connections end.
    static_cast<void>(connection_.end_of_input());
    end_writing(now);
}

void session::take(std::span<std::byte> in, ticks now)
{
    if (phase_ == phase::opening)
        shake_hands(in, now);
    if (phase_ == phase::open) // not "else": frames may stand right behind the request
        talk(in, now);
}

void session::shake_hands(std::span<std::byte>& in, ticks now)
{
    if (!opening_)
        opening_ = std::make_unique<opening_state>();
    sockless::server_handshake& handshake = opening_->handshake;
    switch (handshake.poll(in, tx_)) {
    case sockless::server_handshake_result::need_input: return;
    case sockless::server_handshake_result::request:
    case sockless::server_handshake_result::plain_request:
        if (failed(answer(handshake)))
            drop(); // no memory for an answer
        break;
    case sockless::server_handshake_result::rejected:
    case sockless::server_handshake_result::open: break;
    }
    if (handshake.is_open()) {
        phase_ = phase::open;
        alive_.on_open(now);
        last_message_ = now;
    } else {
        end_writing(now);
    }
    opening_.reset();
}

sockless::error session::answer(sockless::server_handshake& handshake)
{
    const sockless::upgrade_request& request = handshake.request();
    if (request.path != "/")
        return handshake.respond(tx_, 404);
    if (failed(handshake.failure())) // an ordinary request
        return answer_page(handshake);
    // RFC 6455 10.2: a page of another site may open a WebSocket to here, with the cookies that its visitor has for us.
    if (!options_->origins.empty() && !is_origin_allowed(request, options_->origins, sockless::missing_origin::allow))
        return handshake.respond(tx_, 403);
    sockless::accept_options choice;
    choice.subprotocol = sockless::choose_subprotocol(request.subprotocols(), options_->subprotocols);
    sockless::deflate_text<1> extension;
    agree(request.extensions(), extension);
    choice.extensions = extension.view();
    return handshake.accept(tx_, choice);
}

/// permessage-deflate, if we want it, the client offers it in a way that we can take, and there is memory for it.
void session::agree(sockless::extension_cursor offers, sockless::deflate_text<1>& answer)
{
    sockless::negotiated_deflate agreed;
    if (!options_->deflate.wanted() ||
        failed(accept_deflate_offer(offers, deflate_policy_of(options_->deflate), answer, agreed)) || !agreed.in_use())
        return;
    codec_ = std::make_unique<deflate_codec>(options_->deflate.effort, options_->deflate.sending);
    deflater* const compressor = shared_->compressor ? &*shared_->compressor : nullptr;
    if (!codec_->open(agreed, sockless::role::server, compressor)) {
        answer = {};
        return;
    }
    connection_ = decltype(connection_){
        {.limits = limits_for(*options_), .decoder = codec_->decoder(shared_->inflated), .encoder = codec_->encoder()}};
}

sockless::error session::answer_page(sockless::server_handshake& handshake)
{
    if (options_->page.empty())
        return handshake.refuse(tx_);
    const std::array<sockless::field, 3> fields{
        {{"Content-Type", options_->page_type}, {"X-Content-Type-Options", "nosniff"}, {"Cache-Control", "no-cache"}}};
    return handshake.respond(tx_, 200, fields, options_->page);
}

/// Polls until the input is eaten up, or until so much waits to be sent that the rest of the input has to wait as well.
void session::talk(std::span<std::byte>& in, ticks now)
{
    sockless::message_assembler whole{message_};
    while (true) {
        paused_ = tx_.size() >= high_water;
        if (paused_)
            break;
        const sockless::event event = connection_.poll(in, tx_, whole);
        if (event.kind() == sockless::event_kind::need_input)
            break;
        if (event.kind() == sockless::event_kind::message)
            echo(event, now);
        else if (event.kind() == sockless::event_kind::pong)
            alive_.on_pong(event.payload(), now);
    }
    if (paused_ && !in.empty())
        waiting_.assign(in.begin(), in.end());
    if (connection_.finished())
        end_writing(now);
}

void session::echo(const sockless::event& message, ticks now)
{
    last_message_ = now;
    if (!connection_.is_open())
        return; // our close frame is on its way; nothing can follow it
    ++counts_->messages;
    counts_->bytes += message.payload().size();
    const sockless::error e = message.is_text() ? connection_.send_text(tx_, message.text(), sockless::assume_utf8)
                                                : connection_.send_binary(tx_, message.payload());
    if (failed(e) && failed(connection_.close(tx_, sockless::close_code::try_again_later)))
        drop(); // the limit of `tx_` has room for both: the memory is out
    const bool large = message.payload().size() > small_message;
    message_.clear();
    if (large) {
        message_.shrink();
        tx_is_large_ = true;
    }
}

void session::write(ticks now)
{
    while (phase_ != phase::over) {
        while (!tx_.empty()) {
            const io_result sent = peer_.send(tx_.data());
            if (sent.status == io_status::would_block) {
                full_ = true;
                break;
            }
            if (sent.status != io_status::done)
                return drop();
            tx_.consume(sent.count);
            counts_->wire_out += sent.count;
            if (std::exchange(full_, false)) // and now there is room again: who takes bytes is alive
                alive_.received(now);
        }
        if (!paused_ || tx_.size() > low_water)
            break;
        // Poll once more, even if no input waits: an answer that found no room goes out with it.
        std::vector<std::byte> rest = std::exchange(waiting_, std::vector<std::byte>{});
        std::span<std::byte> in{rest};
        talk(in, now);
    }
    if (!tx_.empty())
        return;
    if (std::exchange(tx_is_large_, false))
        tx_.shrink();
    if (phase_ == phase::flushing)
        part();
}

/// Ends our stream.
void session::part()
{
    end_waits_ = !peer_.end();
    if (!end_waits_)
        phase_ = input_ended_ ? phase::over : phase::parting;
}

/// All is said. What waits in `tx_` still leaves; then `write` ends our stream, and the client has some time to end its own:
/// see transport::end.
void session::end_writing(ticks now)
{
    if (phase_ == phase::over)
        return;
    phase_ = phase::flushing;
    paused_ = false;
    alive_.on_closing(now);
}

void session::close(sockless::close_code code, std::string_view reason, ticks now)
{
    if (!connection_.is_open())
        return;
    if (failed(connection_.close(tx_, code, reason)))
        return drop();
    alive_.on_closing(now);
    write(now);
}

void session::refuse(std::uint16_t status, ticks now)
{
    if (!opening_ || failed(opening_->handshake.respond(tx_, status)))
        return leave(); // nothing was asked
    opening_.reset();
    end_writing(now);
    write(now);
}

void session::go_away(ticks now)
{
    if (phase_ == phase::opening)
        refuse(503, now);
    else if (phase_ == phase::open)
        close(sockless::close_code::going_away, "the server is shutting down", now);
}

void session::on_tick(ticks now)
{
    switch (alive_.poll(now).result) {
    case sockless::keep_alive_result::wait: break;
    case sockless::keep_alive_result::ping:
        if (!failed(connection_.ping(tx_, alive_.ping_payload()))) {
            alive_.on_ping_sent(now);
            write(now);
        }
        break;
    case sockless::keep_alive_result::give_up:
        if (phase_ == phase::opening)
            return refuse(408, now);
        static_cast<void>(connection_.end_of_input());
        return drop();
    }
    if (phase_ == phase::open && options_->idle != 0 && now - last_message_ >= options_->idle)
        close(sockless::close_code::going_away, "idle", now);
    if (now - last_heard_ >= quiet)
        give_memory_back();
}

void session::give_memory_back() noexcept
{
    tx_.shrink();
    message_.shrink();
}

} // namespace example
