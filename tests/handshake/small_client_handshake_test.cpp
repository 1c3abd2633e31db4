// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// What only the small handshake does. That it judges as the other one does is asked of every head in client_handshake_test.cpp.
#include "feed_head.hpp"
#include "support/catch.hpp"
#include "support/exact_block.hpp"

#include <sockless/handshake/small_client_handshake.hpp>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace {

using heads::fixed_random;
using heads::rfc_response;
using sockless::client_handshake_result;
using sockless::connect_options;
using sockless::error;
using sockless::small_client_handshake;
using sockless::static_byte_queue;

constexpr std::array<std::string_view, 2> subprotocols{"chat", "superchat"};
constexpr connect_options sample{.where = {.host = "server.example.com", .path = "/chat"},
                                 .subprotocols = subprotocols};

/// A client that has read all of a response, with `Room` octets for it and nothing behind them.
template <std::size_t Room = 64>
struct answered_once {
    explicit answered_once(std::string_view text, const connect_options& request = sample)
        : block{support::text(text)}, in{block.bytes()}
    {
        fixed_random random;
        REQUIRE(handshake.start(tx, request, random) == error::none);
        outcome = handshake.poll(in);
    }

    support::exact_block room{std::vector<std::byte>(Room)};
    small_client_handshake handshake{{reinterpret_cast<char*>(room.bytes().data()), Room}};
    heads::wide_queue tx;
    support::exact_block block;
    std::span<const std::byte> in;
    client_handshake_result outcome{};
};

TEST_CASE("6455 4.1: status and subprotocol are kept", "[6455-4.1-29]")
{
    answered_once<> one{rfc_response.text() + "frames"};
    REQUIRE(one.outcome == client_handshake_result::open);
    CHECK(one.handshake.is_open());
    CHECK(one.handshake.status() == 101);
    CHECK(one.handshake.subprotocol() == "chat");
    CHECK(one.handshake.subprotocol().data() == subprotocols[0].data()); // the caller's own
    CHECK(one.handshake.failure() == error::none);
    CHECK(one.in.size() == 6);
    CHECK(one.handshake.poll(one.in) == client_handshake_result::open); // and never anything else
    CHECK(one.in.size() == 6);

    answered_once<> other{"HTTP/1.1 503 Service Unavailable\r\n\r\nbody"};
    REQUIRE(other.outcome == client_handshake_result::refused);
    CHECK(other.handshake.status() == 503);
    CHECK(other.handshake.failure() == error::status_not_101);
    CHECK(other.handshake.poll(other.in) == client_handshake_result::refused);
    CHECK(other.in.size() == 4);
}

TEST_CASE("6455 10.4: what no rule is about may be longer than the room; what matters fails", "[6455-10.4-03][HS-2]")
{
    const std::string large(3000, 'c');
    CHECK(answered_once<28>{rfc_response.line("HTTP/1.1 101 " + large).with("Set-Cookie", large).text()}.outcome ==
          client_handshake_result::open);
    answered_once<28> long_field{rfc_response.set("Upgrade", large).text() + "frames"};
    CHECK(long_field.outcome == client_handshake_result::failed);
    CHECK(long_field.handshake.failure() == error::head_too_large);
    CHECK(long_field.in.empty());
    CHECK(answered_once<27>{rfc_response.text()}.handshake.failure() ==
          error::head_too_large); // an accept value has 28
}

TEST_CASE("6455 4.1: every attempt has its own key and begins afresh", "[6455-4.1-18]")
{
    answered_once<> one{rfc_response.set("Upgrade", "h2c").text()};
    REQUIRE(one.outcome == client_handshake_result::failed);
    CHECK(one.handshake.failure() == error::upgrade_not_websocket);
    CHECK(one.handshake.poll(one.in) == client_handshake_result::need_input); // told once

    one.tx.clear();
    fixed_random silent{.works = false};
    CHECK(one.handshake.start(one.tx, sample, silent) == error::no_random);
    CHECK(one.tx.empty());
    static_byte_queue<20> narrow;
    fixed_random random;
    CHECK(one.handshake.start(narrow, sample, random) == error::no_space);
    CHECK(narrow.empty());
    connect_options bad = sample;
    bad.where.host = "a b";
    CHECK(one.handshake.start(one.tx, bad, random) == error::host_not_sendable);
    CHECK(one.tx.empty());

    REQUIRE(one.handshake.start(one.tx, sample, random) == error::none);
    CHECK(support::to_string(one.tx.data()).find("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n") !=
          std::string::npos);
    const std::vector<std::byte> text = support::text(rfc_response.text());
    std::span<const std::byte> in{text};
    CHECK(one.handshake.poll(in) == client_handshake_result::open);
}

TEST_CASE("6455 4.1: fields that only a request has mean nothing in a response", "[6455-4.1-29]")
{
    std::string text = rfc_response.text();
    for (const std::string_view name : {"Expect", "Host", "Origin", "Sec-WebSocket-Key", "Sec-WebSocket-Version"})
        text.insert(text.size() - 2, std::string{name} + ": x\r\n");
    CHECK(answered_once<>{text}.outcome == client_handshake_result::open);
}

TEST_CASE("WHATWG: a subprotocol that is required has to come", "[WHATWG-handshake-03]")
{
    connect_options request = sample;
    request.subprotocol_required = true;
    CHECK(answered_once<>{rfc_response.text(), request}.outcome == client_handshake_result::open);
    CHECK(answered_once<>{rfc_response.without("Sec-WebSocket-Protocol").text(), request}.handshake.failure() ==
          error::subprotocol_missing);
    // An interim response before it changes nothing of what was asked for.
    const std::string interim = "HTTP/1.1 103 x\r\nSec-WebSocket-Protocol: other\r\n\r\n";
    CHECK(
        answered_once<>{interim + rfc_response.without("Sec-WebSocket-Protocol").text(), request}.handshake.failure() ==
        error::subprotocol_missing);
    CHECK(answered_once<>{interim + rfc_response.text(), request}.handshake.subprotocol() == "chat");
}

} // namespace
