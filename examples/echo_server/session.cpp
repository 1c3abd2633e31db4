// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "session.hpp"

#include "../support/plain_request.hpp"

#include <sockless/handshake/negotiation.hpp>
#include <sockless/message/message_assembler.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace example {

namespace {

/// Space for headers, pongs and close frames in addition to the high mark.
constexpr std::size_t slack = std::size_t{4} << 10;
/// The memory of a message up to this size is kept until the session is idle. A larger one is compressed in parts of this size.
constexpr std::size_t max_retained_message = std::size_t{64} << 10;

} // namespace

void echo_options::complete_sessions() noexcept
{
    const std::size_t max_frame = max_deflated_size(deflate, max_message);
    auto& websocket = sessions.websocket;
    websocket.limits.frame_bytes = max_frame;
    websocket.limits.message_bytes = max_message;
    websocket.high_water = std::size_t{256} << 10;
    websocket.low_water = websocket.high_water / 4;
    websocket.whole_messages = false;
    websocket.deflate = &deflate;
    sessions.sizes = {.output = websocket.high_water + max_frame + page.size() + slack};
}

statistics& statistics::operator+=(const statistics& other) noexcept
{
    connections += other.connections;
    messages += other.messages;
    bytes += other.bytes;
    wire_in += other.wire_in;
    wire_out += other.wire_out;
    return *this;
}

session::session(server_loop& loop, transport peer, const echo_options& options, statistics& counts, ticks now)
    : websocket_session{loop, std::move(peer), options.sessions, now},
      options_{&options},
      statistics_{&counts},
      message_{options.max_message},
      last_data_{now}
{
    ++statistics_->connections;
}

session::~session()
{
    statistics_->wire_in += bytes_received();
    statistics_->wire_out += bytes_sent();
}

std::size_t session::memory() const noexcept
{
    const std::size_t codec = compresses_ ? command_line_deflate::memory_needed(options_->deflate.codec) : 0;
    return websocket_session::memory() + message_.capacity() + codec;
}

void session::on_request()
{
    const sockless::upgrade_request& request = ws().request();
    if (request.path != "/")
        return report(ws().reject(404));
    // RFC 6455 10.2: a page of another site can open a WebSocket to this server with the cookies of its visitor.
    // Clients that are no browsers send no Origin.
    if (!options_->origins.empty() && request.has_origin &&
        !sockless::is_origin_allowed(request.origin, options_->origins))
        return report(ws().reject(403));
    report(ws().accept({.subprotocol = choose_subprotocol(request.subprotocols(), options_->subprotocols)}));
}

void session::on_plain_request()
{
    const sockless::upgrade_request& request = ws().request();
    if (budget().is_low())
        return report(ws().reject(503));
    if (const std::uint16_t status = status_without_page(request); status != 0)
        return report(ws().reject(status, allowed_methods));
    if (request.path != "/")
        return report(ws().reject(404));
    const std::array<sockless::field, 3> fields{
        {{"Content-Type", options_->page_type}, {"X-Content-Type-Options", "nosniff"}, {"Cache-Control", "no-cache"}}};
    report(ws().reject(200, fields, options_->page));
}

void session::on_open()
{
    last_data_ = now();
    compresses_ = ws().extension_encoder().reserved_bits() != 0;
}

void session::on_message(const sockless::event& fragment)
{
    last_data_ = now();
    sockless::event message = fragment;
    if (!fragment.first() || !fragment.last()) {
        message = sockless::message_assembler{message_}.add(fragment);
        if (message.kind() == sockless::event_kind::error)
            return close_without_memory();
        if (message.kind() != sockless::event_kind::message)
            return;
    }
    const std::span<const std::byte> payload = message.payload();
    ++statistics_->messages;
    statistics_->bytes += payload.size();
    const bool large = payload.size() > max_retained_message;
    if (large && compresses_) {
        // Compressing a large message takes longer than a turn, so it is sent in fragments. Its payload is in `message_`.
        echoed_ = 0;
        send_more(true);
        return report(ws().begin_message(message.type()));
    }
    if (failed(message.is_text() ? ws().send(message.text(), sockless::assume_utf8{}) : ws().send(payload)))
        return close_without_memory();
    message_.clear();
    if (large)
        message_.shrink();
}

/// Sends the next fragment of a large message.
void session::on_send_more()
{
    const std::span<const std::byte> payload = message_.data().subspan(echoed_);
    const std::size_t size = std::min(payload.size(), max_retained_message);
    const bool last = size == payload.size();
    const sockless::error e = last ? ws().end_message(payload) : ws().send_fragment(payload.first(size));
    echoed_ += size;
    if (failed(e) && e != sockless::error::not_open) // the connection was closed meanwhile
        return close_without_memory();
    if (!last && !failed(e))
        return;
    send_more(false);
    message_.clear();
    message_.shrink();
}

/// The capacity of the queues allows for every message, so their memory could not be allocated.
void session::close_without_memory()
{
    send_more(false);
    message_.clear();
    message_.shrink();
    close(sockless::close_code::try_again_later, "out of memory");
}

void session::on_time(ticks now)
{
    if (options_->idle != 0 && ws().ready_state() == sockless::ready_state::open && now - last_data_ >= options_->idle)
        close(sockless::close_code::going_away, "idle");
}

void session::release_memory() noexcept
{
    websocket_session::release_memory();
    message_.shrink();
}

} // namespace example
