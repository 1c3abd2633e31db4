// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// permessage-deflate with Boost.Beast at the other end, which has its own implementation of DEFLATE: a handshake with any parameters, messages
/// in both directions, and finally any bytes as a compressed message to both.
#include "beast_stream.hpp"
#include "target.hpp"

#include "deflate/deflate_round_trip.hpp"
#include "deflate/zlib_backend.hpp"

#include <sockless/handshake/client_handshake.hpp>
#include <sockless/handshake/server_handshake.hpp>
#include <sockless/http/head_storage.hpp>

#include <sockless/core/error_string.hpp>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/zlib/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace deflate_test;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;
using fuzz::require;
using sockless::deflate_parameters;
using sockless::error;
using stream = websocket::stream<fuzz::memory_stream, true>;

struct no_entropy {
    constexpr bool fill(std::span<std::byte> out) noexcept
    {
        std::ranges::fill(out, std::byte{7});
        return true;
    }
};

/// Beast's limits: it compresses with at least 9 bits.
websocket::permessage_deflate their_options(choices& from)
{
    websocket::permessage_deflate result;
    result.server_enable = true;
    result.client_enable = true;
    result.server_max_window_bits = static_cast<int>(9 + from.below(7));
    result.client_max_window_bits = static_cast<int>(9 + from.below(7));
    result.server_no_context_takeover = from.coin();
    result.client_no_context_takeover = from.coin();
    result.compLevel = static_cast<int>(from.below(10));
    result.memLevel = static_cast<int>(1 + from.below(9));
    return result;
}

deflate_parameters our_terms(choices& from)
{
    const auto bits = [&] { return static_cast<std::uint8_t>(from.coin() ? 9 + from.below(7) : 0); };
    deflate_parameters result{.server_max_window_bits = bits(), .client_max_window_bits = bits()};
    result.server_no_context_takeover = from.coin();
    result.client_no_context_takeover = from.coin();
    return result;
}

/// This library's client, Beast's server.
negotiated_deflate connect(stream& ws, const deflate_parameters& terms)
{
    sockless::head_storage<> space;
    sockless::client_handshake handshake{space};
    sockless::static_byte_queue<2048> tx;
    sockless::deflate_text<1> offer;
    offer.add(terms, role::client);
    no_entropy random;
    require(handshake.start(tx, {.where = {.host = "localhost", .path = "/"}, .extensions = offer.view()}, random) ==
                error::none,
            "the request can be written");
    ws.next_layer().in = tx.data();
    ws.accept();
    std::span<const std::byte> in = ws.next_layer().out;
    require(handshake.poll(in) == sockless::client_handshake_result::open, "Beast's answer opens the connection");
    negotiated_deflate agreed;
    if (failed(check_deflate_answer(handshake.response().extensions(), {&terms, 1}, agreed)))
        throw fuzz::finding("to " + std::string{offer.view()} + " Beast answers\n" +
                            support::to_string(ws.next_layer().out));
    return agreed;
}

/// Beast's client, this library's server.
negotiated_deflate answer(stream& ws, const deflate_parameters& terms)
{
    negotiated_deflate agreed;
    ws.next_layer().answer = [&](std::span<const std::byte> request) {
        sockless::head_storage<> space;
        sockless::server_handshake handshake{space};
        sockless::static_byte_queue<2048> tx;
        require(handshake.poll(request, tx) == sockless::server_handshake_result::request,
                "Beast requests a WebSocket");
        const auto limit = [](std::uint8_t bits) { return bits == 0 ? sockless::max_window_bits : bits; };
        sockless::deflate_text<1> text;
        require(accept_deflate_offer(handshake.request().extensions(),
                                     {.server_max_window_bits = limit(terms.server_max_window_bits),
                                      .server_no_context_takeover = terms.server_no_context_takeover,
                                      .client_max_window_bits = limit(terms.client_max_window_bits),
                                      .client_no_context_takeover = terms.client_no_context_takeover},
                                     text, agreed) == error::none,
                "Beast's offer can be read");
        require(handshake.accept(tx, {.extensions = text.view()}) == error::none, "the answer can be written");
        return byte_vector{tx.data().begin(), tx.data().end()};
    };
    ws.handshake("localhost", "/");
    ws.next_layer().answer = nullptr;
    require(agreed.in_use(), "Beast's offer is accepted");
    return agreed;
}

/// Returns the result of Beast for these bytes: one message, or an error.
error_code read(stream& ws, std::span<const std::byte> bytes, byte_vector& message)
{
    boost::beast::flat_buffer buffer;
    error_code ec;
    ws.next_layer().in = bytes;
    ws.read(buffer, ec);
    const auto data = std::as_bytes(std::span{static_cast<const char*>(buffer.data().data()), buffer.size()});
    message.assign(data.begin(), data.end());
    return ec;
}

byte_vector write(stream& ws, std::span<const std::byte> message, choices& from)
{
    ws.next_layer().out.clear();
    ws.auto_fragment(from.coin());
    ws.binary(true);
    ws.write(boost::asio::buffer(message.data(), message.size()));
    return ws.next_layer().out;
}

template <role Self>
void converse(choices& from)
{
    const deflate_parameters terms = our_terms(from);
    stream ws;
    ws.set_option(their_options(from));
    const negotiated_deflate agreed = Self == role::client ? connect(ws, terms) : answer(ws, terms);
    ws.read_message_max(std::size_t{1} << 20U);
    end_point<zlib_backend, Self> ours{agreed, {}, 1 + from.below(5000), {.threshold = 16, .shared = from.coin()}};
    payload_check valid{agreed.sent_by(Self)};
    for (std::size_t count = 0; count < 6 && !(count > 0 && from.empty()); ++count) {
        const byte_vector message = chosen_message(from);
        if (from.coin()) {
            receive_all(ours, write(ws, message, from), message, from);
        } else {
            byte_vector heard;
            const byte_vector frames = send_somehow(ours.ws(), message, from);
            valid.check(frames, message);
            const error_code ec = read(ws, frames, heard);
            // Version 1.74 does not consider that output may remain after all input has been consumed.
            if (ec == websocket::error::partial_deflate_block)
                return;
            if (ec)
                throw fuzz::finding("of a message of " + std::to_string(message.size()) + " bytes Beast returns " +
                                    ec.message() + ": " + support::to_hex(frames));
            require(heard == message, "Beast receives the message");
        }
    }
}

/// Feeds any bytes as the first message to both implementations, because earlier messages would differ. The windows have the maximum size, because
/// the buffers determine where a smaller one is noticed.
template <role Self>
void compare(choices& from)
{
    stream ws;
    websocket::permessage_deflate options;
    options.server_enable = true;
    options.client_enable = true;
    ws.set_option(options);
    ws.read_message_max(std::size_t{1} << 20U);
    const negotiated_deflate agreed = Self == role::client ? connect(ws, {}) : answer(ws, {});
    end_point<zlib_backend, Self> ours{agreed, {}, 1 + from.below(5000), {.threshold = 16}};
    const std::span<const std::byte> payload = from.bytes(2000);
    byte_vector heard;
    const error_code ec = read(ws, support::frame_from(Self, 0xC2, payload), heard);
    byte_vector bytes = support::frame_to(Self, 0xC2, payload);
    std::span<std::byte> in{bytes};
    sockless::static_byte_queue<300> tx;
    sockless::growing_byte_queue whole{std::size_t{1} << 20U};
    sockless::message_assembler assembled{whole};
    const sockless::event e = ours.ws().poll(in, tx, assembled);
    const bool taken = e.kind() == sockless::event_kind::message;
    // RFC 7692 7.2.2: Beast accepts an end inside a block as the end of the message.
    if (ours.ws().failure() == error::extension_data_invalid && !ec)
        return;
    // RFC 7692 7.2.3.4: Beast regards a final block that ends in the tail as incomplete.
    if (taken && ec == boost::beast::zlib::error::end_of_stream)
        return;
    if (taken != !ec || (taken && !std::ranges::equal(e.payload(), heard)))
        throw fuzz::finding("to us " + support::to_hex(payload) + " is " +
                            (taken ? support::to_hex(e.payload()) : std::string{name_of(ours.ws().failure())}) +
                            ", to Beast " + (ec ? ec.message() : support::to_hex(heard)));
}

void body(std::span<const std::byte> input)
{
    choices from{input};
    if (from.coin()) {
        converse<role::server>(from);
        compare<role::server>(from);
    } else {
        converse<role::client>(from);
        compare<role::client>(from);
    }
}

const fuzz::target here{"deflate_beast", body};

} // namespace
