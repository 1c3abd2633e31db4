// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Feeds any bytes to a connection and to Boost.Beast's websocket::stream over memory, and compares.
#include "beast_stream.hpp"
#include "example_handshake.hpp"
#include "peers.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;

using fuzz::our_outcome;
using fuzz::outcome;
using sockless::error;

/// Returns the code of the last event if it is a close frame.
unsigned code_of(const outcome& what)
{
    const std::string_view prefix = "close ";
    if (what.events.empty() || !what.events.back().starts_with(prefix))
        return 0;
    return static_cast<unsigned>(std::stoul(what.events.back().substr(prefix.size())));
}

/// Differences of version 1.74.
constexpr std::array known{
    fuzz::difference{"RFC 6455 5.5.1: the answer typically has the code that it answers", "no code is answered by 1000",
                     "01 8800",
                     [](const our_outcome& ours, const outcome& theirs) {
                         return ours.verdict() == "closed, close 1005" && theirs.verdict() == "closed, close 1000" &&
                                ours.events == theirs.events;
                     }},
    fuzz::difference{"RFC 6455 7.4.2: codes end at 4999", "codes from 5000 on are accepted", "01 88021388",
                     [](const our_outcome& ours, const outcome& theirs) {
                         return ours.reason == error::close_code_not_on_wire && code_of(theirs) >= 5000 &&
                                fuzz::same_beginning(ours.events, theirs.events);
                     }},
    fuzz::difference{"RFC 6455 11.7: the registry has 1014", "a code that was registered after the RFC is rejected",
                     "01 880203F6",
                     [](const our_outcome& ours, const outcome& theirs) {
                         return ours.verdict() == "closed, close 1014" && theirs.verdict() == "failed, close 1002" &&
                                fuzz::same_beginning(ours.events, theirs.events);
                     }},
    fuzz::difference{"RFC 6455 8.1, 7.4.1: 1007 for text that is not UTF-8",
                     "a reason that is not UTF-8 is answered by 1002", "01 880303E8FF",
                     [](const our_outcome& ours, const outcome& theirs) {
                         return ours.reason == error::close_reason_not_utf8 &&
                                theirs.verdict() == "failed, close 1002" && ours.events == theirs.events;
                     }},
    fuzz::difference{"RFC 6455 5.2: the most significant bit is 0", "a length of 2^63 or more is reported as too large",
                     "01 827F8000000000000000",
                     [](const our_outcome& ours, const outcome& theirs) {
                         return ours.reason == error::length_out_of_range && theirs.verdict() == "failed, close 1009" &&
                                ours.events == theirs.events;
                     }},
    fuzz::difference{"RFC 6455 8.1: a message is UTF-8 as a whole",
                     "a text that ends inside a sequence is accepted if its last frame is empty", "01 0101C3 8000",
                     [](const our_outcome& ours, const outcome& theirs) {
                         return ours.reason == error::text_not_utf8 &&
                                fuzz::same_beginning(ours.events, theirs.events) &&
                                theirs.events.size() > ours.events.size() &&
                                theirs.events[ours.events.size()].starts_with("text ");
                     }},
    fuzz::difference{"RFC 6455 7.4.1: servers do not send 1010", "a server's answer to 1010 is 1010",
                     "00 888200000000 03F2",
                     [](const our_outcome& ours, const outcome& theirs) {
                         return ours.verdict() == "closed, close 1000" && theirs.verdict() == "closed, close 1010" &&
                                ours.events == theirs.events;
                     }},
};

using stream = websocket::stream<fuzz::memory_stream, false>;

std::vector<std::byte> accept_anything(std::span<const std::byte> request)
{
    const std::string head = support::to_string(request);
    const std::string field = "Sec-WebSocket-Key: ";
    websocket::detail::sec_ws_accept_type accept;
    websocket::detail::make_sec_ws_accept(accept, head.substr(head.find(field) + field.size(), 24));
    return support::text("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                         "Sec-WebSocket-Accept: " +
                         std::string(accept.data(), accept.size()) + "\r\n\r\n");
}

void open(stream& ws, fuzz::role self)
{
    static const std::vector<std::byte> request = support::text(fuzz::example_request);
    fuzz::memory_stream& lower = ws.next_layer();
    if (self == fuzz::role::server) {
        lower.in = request;
        ws.accept();
    } else {
        lower.answer = &accept_anything;
        ws.handshake("localhost", "/");
        lower.answer = nullptr;
    }
    lower.out.clear();
}

/// Beast generates its masking keys itself: removes them.
std::vector<std::byte> unmasked(std::span<const std::byte> frames)
{
    std::vector<std::byte> result(frames.begin(), frames.end());
    for (std::size_t at = 0; at + 6 <= result.size() && (result[at + 1] & std::byte{0x80}) != std::byte{};) {
        const std::size_t length = std::to_integer<std::size_t>(result[at + 1]) % 128;
        for (std::size_t i = 0; i < length && at + 6 + i < result.size(); ++i)
            result[at + 6 + i] ^= result[at + 2 + i % 4];
        at += 6 + length;
    }
    return result;
}

fuzz::outcome hear(fuzz::role self, std::span<const std::byte> bytes)
{
    fuzz::outcome result;
    stream ws;
    open(ws, self);
    ws.read_message_max(static_cast<std::size_t>(fuzz::peer_limits.message_bytes));
    ws.control_callback([&result](websocket::frame_type kind, beast::string_view payload) {
        const auto data = std::as_bytes(std::span{payload.data(), payload.size()});
        if (kind == websocket::frame_type::ping)
            result.events.push_back(support::ping_line(data));
        else if (kind == websocket::frame_type::pong)
            result.events.push_back(support::pong_line(data));
    });
    ws.next_layer().in = bytes;
    beast::flat_buffer buffer;
    error_code ec;
    while (true) {
        buffer.clear();
        ws.read(buffer, ec);
        if (ec)
            break;
        const auto data = std::as_bytes(std::span{static_cast<const char*>(buffer.data().data()), buffer.size()});
        result.events.push_back(ws.got_text() ? support::text_line(data) : support::binary_line(data));
    }
    if (ec == websocket::error::closed) {
        const std::string_view reason{ws.reason().reason.data(), ws.reason().reason.size()};
        const unsigned code =
            ws.reason().code == websocket::close_code::none ? 1005U : static_cast<unsigned>(ws.reason().code);
        result.events.push_back(support::close_line(static_cast<std::uint16_t>(code), reason));
    }
    result.over = ec != net::error::eof;
    result.failed = result.over && ec != websocket::error::closed;
    result.read_answers(unmasked(ws.next_layer().out));
    return result;
}

void body(std::span<const std::byte> input)
{
    fuzz::compare(input, known, hear);
}

const fuzz::target here{"beast", body};

} // namespace
