// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "session.hpp"

#include "../support/plain_request.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <new>
#include <utility>

namespace example {

namespace {

/// Above this much pending output the session neither reads nor polls; it resumes below the low mark.
constexpr std::size_t high_water = std::size_t{256} << 10;
constexpr std::size_t low_water = high_water / 4;
/// Space for headers, pongs and close frames in addition to the marks.
constexpr std::size_t slack = std::size_t{4} << 10;
/// A message buffer up to this size is kept until the session is idle.
constexpr std::size_t max_retained_message = std::size_t{64} << 10;
/// Time without input after which a session releases spare memory.
constexpr ticks idle_before_release = 1'000;
/// Calls of `send` per turn.
constexpr int max_sends = 4;
/// Approximate memory of OpenSSL for one connection.
constexpr std::size_t tls_memory = std::size_t{40} << 10;

sockless::limits limits_for(const echo_options& options) noexcept
{
    return {.frame_bytes = max_deflated_size(options.deflate, options.max_message),
            .message_bytes = options.max_message,
            .fragments = options.max_fragments};
}

} // namespace

shared_deflate::shared_deflate(const deflate_options& options)
{
    if (!options.wanted())
        return;
    inflated.resize(std::size_t{16} << 10);
    if (options.sending.shared &&
        !compressor.emplace(options.compression).open(make_deflate_policy(options).server_max_window_bits))
        throw std::bad_alloc{};
}

session::session(transport peer, const echo_options& options, statistics& counts, shared_deflate& shared,
                 const memory_budget& budget, ticks now)
    : peer_{std::move(peer)},
      options_{&options},
      statistics_{&counts},
      shared_{&shared},
      budget_{&budget},
      connection_{limits_for(options)},
      message_{options.max_message},
      tx_{high_water + max_deflated_size(options.deflate, options.max_message) + options.page.size() + slack},
      alive_{options.times, now},
      last_data_{now},
      last_input_{now}
{
    ++statistics_->connections;
}

std::size_t session::memory() const noexcept
{
    return sizeof *this + (handshake_ ? sizeof *handshake_ : 0) + message_.capacity() + tx_.capacity() +
           deferred_input_.capacity() + (codec_ ? codec_memory(options_->deflate) : 0) +
           (peer_.is_secure() ? tls_memory : 0);
}

void session::on_ready(readiness ready, const turn& share)
{
    const bool readable = peer_.can_receive(ready);
    if (peer_.can_send(ready) && wants_to_write())
        write(share.now);
    if (readable && wants_to_read() && !is_finished())
        read(share);
}

void session::resume(const turn& share)
{
    std::vector<std::byte> deferred = std::exchange(deferred_input_, {});
    std::span<std::byte> in{deferred};
    process_frames(in, share);
    write(share.now);
}

void session::read(const turn& share)
{
    const io_result got = peer_.receive(share.buffer);
    switch (got.status) {
    case io_status::would_block: return;
    case io_status::failed: return drop();
    case io_status::ended: end_input(share.now); break;
    case io_status::done:
        last_input_ = share.now;
        statistics_->wire_in += got.count;
        alive_.received(share.now);
        process_input(share.buffer.first(got.count), share);
        break;
    }
    write(share.now);
}

/// Ends the connection without a response; with TLS, close_notify is attempted once.
void session::shut_down_and_drop()
{
    static_cast<void>(peer_.end());
    drop();
}

void session::drop() noexcept
{
    phase_ = phase::over;
}

void session::end_input(ticks now)
{
    input_ended_ = true;
    if (phase_ == phase::waiting_for_eof)
        return drop(); // both streams have ended in order
    // Reports an error event if no close frame was received; a server with a log would record it.
    static_cast<void>(connection_.end_of_input());
    begin_shutdown(now);
}

void session::process_input(std::span<std::byte> in, const turn& share)
{
    if (phase_ == phase::opening)
        process_handshake(in, share.now);
    if (phase_ == phase::open) // not "else": frames may follow the request in the same read
        process_frames(in, share);
}

void session::process_handshake(std::span<std::byte>& in, ticks now)
{
    if (!handshake_)
        handshake_ = std::make_unique<handshake_state>();
    sockless::server_handshake& handshake = handshake_->handshake;
    switch (handshake.poll(in, tx_)) {
    case sockless::server_handshake_result::need_input: return;
    case sockless::server_handshake_result::request:
    case sockless::server_handshake_result::plain_request:
        if (failed(respond_to_request(handshake)))
            drop(); // memory is exhausted
        break;
    case sockless::server_handshake_result::rejected:
    case sockless::server_handshake_result::open: break;
    }
    if (handshake.is_open()) {
        phase_ = phase::open;
        alive_.on_open(now);
        last_data_ = now;
    } else {
        begin_shutdown(now);
    }
    handshake_.reset();
}

sockless::error session::respond_to_request(sockless::server_handshake& handshake)
{
    const sockless::upgrade_request& request = handshake.request();
    if (budget_->is_low())
        return handshake.respond(tx_, 503);
    const bool is_upgrade = !failed(handshake.failure());
    if (const std::uint16_t status = is_upgrade ? 0 : status_without_page(request); status != 0)
        return handshake.respond(tx_, status, allowed_methods);
    if (request.path != "/")
        return handshake.respond(tx_, 404);
    if (!is_upgrade)
        return respond_with_page(handshake);
    // RFC 6455 10.2: a page of another site can open a WebSocket to this server with the cookies of its visitor.
    // Clients that are no browsers send no Origin.
    if (!options_->origins.empty() && request.has_origin &&
        !sockless::is_origin_allowed(request.origin, options_->origins))
        return handshake.respond(tx_, 403);
    sockless::accept_options choice;
    choice.subprotocol = sockless::choose_subprotocol(request.subprotocols(), options_->subprotocols);
    sockless::deflate_text<1> extension;
    negotiate_deflate(request.extensions(), extension);
    choice.extensions = extension.view();
    return handshake.accept(tx_, choice);
}

/// Enables permessage-deflate if it is configured, the client's offer is acceptable and memory is available.
void session::negotiate_deflate(sockless::extension_cursor offers, sockless::deflate_text<1>& respond_to_request)
{
    sockless::negotiated_deflate negotiated;
    if (!options_->deflate.wanted() ||
        failed(accept_deflate_offer(offers, make_deflate_policy(options_->deflate), respond_to_request, negotiated)) ||
        !negotiated.in_use())
        return;
    codec_ = std::make_unique<deflate_codec>(options_->deflate.compression, options_->deflate.sending);
    deflater* const compressor = shared_->compressor ? &*shared_->compressor : nullptr;
    if (!codec_->open(negotiated, sockless::role::server, compressor)) {
        respond_to_request = {};
        return;
    }
    connection_ = decltype(connection_){
        {.limits = limits_for(*options_), .decoder = codec_->decoder(shared_->inflated), .encoder = codec_->encoder()}};
}

sockless::error session::respond_with_page(sockless::server_handshake& handshake)
{
    const std::array<sockless::field, 3> fields{
        {{"Content-Type", options_->page_type}, {"X-Content-Type-Options", "nosniff"}, {"Cache-Control", "no-cache"}}};
    return handshake.respond(tx_, 200, fields, options_->page);
}

/// Polls until the input is consumed, the turn is over, or pending output reaches the high mark. What remains is continued by `resume`.
void session::process_frames(std::span<std::byte>& in, const turn& share)
{
    sockless::message_assembler assembler{message_};
    poll_again_ = false;
    while (phase_ == phase::open) {
        paused_ = tx_.size() >= high_water;
        poll_again_ = paused_ || share.is_over();
        if (poll_again_)
            break;
        if (echoing_) {
            echo_next_part(share.now);
            continue;
        }
        const sockless::event piece = connection_.poll(in, tx_);
        if (piece.kind() == sockless::event_kind::need_input)
            break;
        if (piece.kind() == sockless::event_kind::message)
            last_data_ = share.now; // a message that takes longer than the idle timeout is activity, too
        else if (piece.kind() == sockless::event_kind::pong)
            alive_.on_pong(piece.payload(), share.now);
        const sockless::event event = assembler.add(piece);
        if (event.kind() == sockless::event_kind::message)
            echo(event, share.now);
        else if (event.kind() == sockless::event_kind::error && piece.kind() == sockless::event_kind::message)
            return close_without_memory(share.now);
    }
    if (poll_again_ && !in.empty())
        deferred_input_.assign(in.begin(), in.end());
    if (connection_.finished() && !echoing_)
        begin_shutdown(share.now);
}

void session::echo(const sockless::event& message, ticks now)
{
    if (!connection_.is_open())
        return; // our close frame was sent; no message may follow it
    ++statistics_->messages;
    statistics_->bytes += message.payload().size();
    const bool large = message.payload().size() > max_retained_message;
    if (large && codec_ != nullptr) {
        // Compressing a large message takes longer than a turn, so it is sent in fragments. Its payload is in `message_`.
        echoing_ = !failed(message.is_text() ? connection_.begin_message(sockless::assume_utf8{})
                                             : connection_.begin_message(sockless::opcode::binary));
        echoed_ = 0;
        return echoing_ ? void() : drop();
    }
    const sockless::error e = message.is_text() ? connection_.send_text(tx_, message.text(), sockless::assume_utf8{})
                                                : connection_.send_binary(tx_, message.payload());
    if (failed(e))
        return close_without_memory(now);
    message_.clear();
    if (large)
        release_message();
}

/// Sends the next fragment of a large message.
void session::echo_next_part(ticks now)
{
    const std::span<const std::byte> payload = message_.data().subspan(echoed_);
    const std::size_t size = std::min(payload.size(), max_retained_message);
    echoing_ = size < payload.size();
    const sockless::error e =
        echoing_ ? connection_.send_fragment(tx_, payload.first(size)) : connection_.end_message(tx_, payload);
    echoed_ += size;
    if (e == sockless::error::not_open) // the connection was closed meanwhile
        echoing_ = false;
    else if (failed(e))
        return close_without_memory(now);
    if (!echoing_) {
        message_.clear();
        release_message();
    }
}

void session::release_message() noexcept
{
    message_.shrink();
    release_output_ = true;
}

/// The capacity of the queues allows for every message, so their memory could not be allocated.
void session::close_without_memory(ticks now)
{
    echoing_ = poll_again_ = false;
    message_.clear();
    message_.shrink();
    static_cast<void>(connection_.close(tx_, sockless::close_code::try_again_later, "out of memory"));
    begin_shutdown(now);
}

/// Calls `send` a limited number of times: a peer that reads fast cannot occupy the loop.
void session::write(ticks now)
{
    for (int sends = 0; phase_ != phase::over && !tx_.empty(); ++sends) {
        if (sends == max_sends)
            return;
        const io_result sent = peer_.send(tx_.data());
        if (sent.status == io_status::would_block) {
            send_blocked_ = true;
            break;
        }
        if (sent.status != io_status::done)
            return drop();
        tx_.consume(sent.count);
        statistics_->wire_out += sent.count;
        if (std::exchange(send_blocked_, false)) // the peer has acknowledged data, so it is alive
            alive_.received(now);
    }
    if (tx_.size() <= low_water)
        paused_ = false; // `resume` follows; it also polls for a reply that had no space
    if (phase_ == phase::over || !tx_.empty())
        return;
    if (std::exchange(release_output_, false))
        tx_.shrink();
    if (phase_ == phase::flushing)
        shut_down_output();
}

/// Shuts down the sending direction.
void session::shut_down_output()
{
    shutdown_blocked_ = !peer_.end();
    if (!shutdown_blocked_)
        phase_ = input_ended_ ? phase::over : phase::waiting_for_eof;
}

/// No further output is queued. `write` sends what is in `tx_` and ends our stream; the client then has some time to end its
/// own: see transport::end.
void session::begin_shutdown(ticks now)
{
    if (phase_ == phase::over)
        return;
    phase_ = phase::flushing;
    paused_ = poll_again_ = false;
    alive_.on_closing(now);
}

void session::close(sockless::close_code code, std::string_view reason, ticks now)
{
    if (!connection_.is_open())
        return;
    if (failed(connection_.close(tx_, code, sockless::close_payload::truncated_reason(reason))))
        return drop();
    alive_.on_closing(now);
    write(now);
}

void session::refuse(std::uint16_t status, ticks now)
{
    if (!handshake_ || failed(handshake_->handshake.respond(tx_, status)))
        return shut_down_and_drop(); // no request was received
    handshake_.reset();
    begin_shutdown(now);
    write(now);
}

void session::on_shutdown(ticks now)
{
    if (phase_ == phase::opening)
        refuse(503, now);
    else if (phase_ == phase::open)
        close(sockless::close_code::going_away, "the server is shutting down", now);
}

void session::on_memory_exceeded()
{
    if (phase_ == phase::opening && handshake_)
        static_cast<void>(handshake_->handshake.respond(tx_, 503));
    else if (phase_ == phase::open)
        static_cast<void>(connection_.close(tx_, sockless::close_code::try_again_later, "out of memory"));
    write(last_input_);
    drop();
}

void session::on_tick(ticks now)
{
    switch (alive_.poll(now).result) {
    case sockless::keep_alive_result::wait: break;
    case sockless::keep_alive_result::ping:
        // Also counted if the queue has no space for it: a peer that reads nothing is silent, too.
        static_cast<void>(connection_.ping(tx_, alive_.ping_payload()));
        alive_.on_ping_sent(now);
        write(now);
        break;
    case sockless::keep_alive_result::give_up:
        if (phase_ == phase::opening)
            return refuse(408, now);
        static_cast<void>(connection_.end_of_input());
        return drop();
    }
    if (phase_ == phase::open && options_->idle != 0 && now - last_data_ >= options_->idle)
        close(sockless::close_code::going_away, "idle", now);
    if (now - last_input_ >= idle_before_release)
        release_memory();
}

void session::release_memory() noexcept
{
    tx_.shrink();
    message_.shrink();
}

} // namespace example
