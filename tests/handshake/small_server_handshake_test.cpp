// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// What only the small handshake does. That it answers as the other one does is asked of every head in server_handshake_test.cpp.
#include "feed_head.hpp"
#include "support/catch.hpp"
#include "support/exact_block.hpp"

#include <sockless/handshake/small_server_handshake.hpp>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace {

using heads::rfc_request;
using sockless::error;
using sockless::server_handshake_result;
using sockless::small_server_handshake;
using sockless::static_byte_queue;

constexpr bool used_by_the_compiler()
{
    constexpr std::string_view text =
        "GET /a?b HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n\x81";
    std::array<std::byte, text.size()> bytes{};
    for (std::size_t i = 0; i < text.size(); ++i)
        bytes[i] = static_cast<std::byte>(text[i]);
    std::array<char, 64> room{};
    small_server_handshake handshake{room};
    static_byte_queue<256> tx;
    std::span<const std::byte> in{bytes};
    return handshake.poll(in, tx) == server_handshake_result::request && handshake.target() == "/a?b" &&
           handshake.accept(tx) == error::none && in.size() == 1 && tx.size() == 129;
}
static_assert(used_by_the_compiler());

/// A server that has read all of a request, with `Room` octets for it and nothing behind them.
template <std::size_t Room = 128, std::size_t Output = 512>
struct served_once {
    explicit served_once(std::string_view text) : block{support::text(text)}, in{block.bytes()}
    {
        outcome = handshake.poll(in, tx);
    }

    [[nodiscard]] std::string sent() const { return support::to_string(tx.data()); }
    [[nodiscard]] std::vector<std::string> subprotocols() const
    {
        std::vector<std::string> result;
        sockless::list_cursor list = handshake.subprotocols();
        for (std::string_view name; list.next(name);)
            result.emplace_back(name);
        return result;
    }

    support::exact_block room{std::vector<std::byte>(Room)};
    small_server_handshake handshake{{reinterpret_cast<char*>(room.bytes().data()), Room}};
    static_byte_queue<Output> tx;
    support::exact_block block;
    std::span<const std::byte> in;
    server_handshake_result outcome{};
};

TEST_CASE("6455 4.2.2: target and subprotocols are kept, in as much room as they need", "[6455-4.2.2-05]")
{
    served_once<> one{rfc_request.with("Sec-WebSocket-Protocol", ", third ,fourth,").text()};
    REQUIRE(one.outcome == server_handshake_result::request);
    CHECK(one.handshake.target() == "/chat");
    CHECK(one.subprotocols() == std::vector<std::string>{"chat", "superchat", "third", "fourth"});
    CHECK(one.handshake.accept(one.tx, "second") == error::subprotocol_not_requested);
    CHECK(one.tx.empty());
    CHECK(one.handshake.accept(one.tx, "fourth") == error::none);
    CHECK(one.sent().ends_with("Sec-WebSocket-Protocol: fourth\r\n\r\n"));
    CHECK(one.handshake.accept(one.tx) == error::not_open); // once

    // "/chat" and "chat,superchat," are 20 octets; behind them the longest line that matters has to fit: 24 of the key.
    CHECK(served_once<20 + 24>{rfc_request.text()}.outcome == server_handshake_result::request);
    served_once<20 + 20> narrow{rfc_request.set("Sec-WebSocket-Version", "13").text()};
    CHECK(narrow.outcome == server_handshake_result::rejected);
    CHECK(narrow.handshake.failure() == error::head_too_large);
    CHECK(narrow.sent() == "HTTP/1.1 431 \r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
}

TEST_CASE("9112 3.2.2: of an absolute target the path is kept", "[9112-3.2.2-02]")
{
    const auto target = [](std::string_view text) {
        served_once<> one{rfc_request.line("GET " + std::string{text} + " HTTP/1.1").text()};
        return one.outcome == server_handshake_result::request
                   ? std::string{one.handshake.target()}
                   : std::string{support::spelling_of(one.handshake.failure())};
    };
    CHECK(target("http://h/chat") == "/chat");
    CHECK(target("HTTPS://[::1]:80/chat?x") == "/chat?x");
    CHECK(target("http://h") == "/");
    CHECK(target("http://h?x") == "/?x");
    CHECK(target("/a#b") == "request_target_invalid");
    for (const std::string_view bad : {"*", "h:80", "ftp://h/", "htt://h/", "httpss://h/", "http:/h/", "http:///",
                                       "http://u@h/", "http://h:99999/", "http://h/#", "http://h/`", "http://h/?%x"})
        CHECK(target(bad) == "request_target_invalid");
}

TEST_CASE("6455 10.4: what no rule is about may be longer than the room; what matters is refused",
          "[6455-10.4-03][HS-2]")
{
    const std::string large(3000, 'c');
    served_once<> one{rfc_request.with("Cookie", large).with("X-" + large.substr(0, 60), large).text()};
    CHECK(one.outcome == server_handshake_result::request);
    CHECK(served_once<>{rfc_request.with(large, "x").text()}.handshake.failure() == error::head_too_large);
    CHECK(served_once<>{rfc_request.set("Host", large).text()}.handshake.failure() == error::head_too_large);
    CHECK(served_once<>{rfc_request.line("GET /" + large + " HTTP/1.1").text()}.handshake.failure() ==
          error::request_target_too_long);
    CHECK(served_once<>{rfc_request.with("Cookie", large + large + large).text()}.handshake.failure() ==
          error::head_too_large);
    // "/chat" and "chat, superchat," have 21 octets: there is room for a name and the comma behind it, for the name alone, for neither.
    const auto named = [](std::size_t size) {
        return rfc_request.with("Sec-WebSocket-Protocol", std::string(size, 'p')).text();
    };
    CHECK(served_once<>{named(128 - 22)}.outcome == server_handshake_result::request);
    for (const std::size_t size : {std::size_t{128 - 21}, std::size_t{128 - 20}}) {
        served_once<> many{named(size)};
        CHECK(many.handshake.failure() == error::head_too_large);
        CHECK(many.sent().starts_with("HTTP/1.1 431 "));
    }
}

TEST_CASE("6455 4.2.2: the program refuses with the status it likes, once", "[6455-4.2.2-08]")
{
    served_once<> one{rfc_request.text() + "frames"};
    REQUIRE(one.outcome == server_handshake_result::request);
    CHECK(one.handshake.poll(one.in, one.tx) == server_handshake_result::request); // until it is answered
    CHECK(one.in.size() == 6);
    CHECK(one.handshake.respond(one.tx, 101) == error::status_not_sendable);
    CHECK(one.handshake.respond(one.tx, 600) == error::status_not_sendable);
    CHECK(one.tx.empty());
    CHECK(one.handshake.respond(one.tx, 404) == error::none);
    CHECK(one.sent() == "HTTP/1.1 404 \r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    CHECK(one.handshake.is_answered());
    CHECK(one.handshake.poll(one.in, one.tx) == server_handshake_result::need_input); // what follows is no WebSocket
    CHECK(one.in.empty());
    CHECK(one.handshake.respond(one.tx, 404) == error::not_open);
    CHECK(one.handshake.refuse(one.tx) == error::not_open);
    CHECK(one.handshake.accept(one.tx) == error::not_open);

    served_once<> early{"GET / HTTP/1.1\r\nHo"};
    REQUIRE(early.outcome == server_handshake_result::need_input);
    CHECK(early.handshake.accept(early.tx) == error::not_open);
    CHECK(early.handshake.refuse(early.tx) == error::not_open);
    CHECK(early.handshake.respond(early.tx, 408) == error::none);

    served_once<> good{rfc_request.text()};
    CHECK(good.handshake.refuse(good.tx) == error::none);
    CHECK(good.sent().starts_with("HTTP/1.1 400 "));
    served_once<> page{"GET /index.html HTTP/1.1\r\nHost: h\r\n\r\n"};
    REQUIRE(page.outcome == server_handshake_result::plain_request);
    CHECK(page.handshake.target() == "/index.html");
    CHECK(page.handshake.accept(page.tx) == error::not_open); // there is no key to answer
    CHECK(page.handshake.refuse(page.tx) == error::none);
    CHECK(page.sent().starts_with("HTTP/1.1 426 "));
}

TEST_CASE("9112 3: the reason of a broken request line", "[9112-3-01]")
{
    const auto failure = [](std::string_view line) {
        return served_once<>{rfc_request.line(std::string{line}).text()}.handshake.failure();
    };
    CHECK(failure("GET \x01/ HTTP/1.1") == error::request_target_invalid);
    CHECK(failure("GET / http/1.1") == error::http_version_invalid);
    CHECK(failure("POST a#b HTTP/1.1") == error::method_not_get); // whatever its target is
}

TEST_CASE("An expectation in any of several lines counts; what only a response has does not")
{
    served_once<> one{
        rfc_request.with("Expect", "100-continue").with("Expect", "x").with("Sec-WebSocket-Accept", "x").text()};
    REQUIRE(one.outcome == server_handshake_result::request);
    REQUIRE(one.handshake.accept(one.tx) == error::none);
    CHECK(one.sent().starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 "));
}

TEST_CASE("6455 4.3: of a name that is repeated and one that is no token the first one counts")
{
    const auto failure_of = [](std::string_view first, std::string_view second) {
        served_once<> one{rfc_request.without("Sec-WebSocket-Protocol")
                              .with("Sec-WebSocket-Protocol", first)
                              .with("Sec-WebSocket-Protocol", second)
                              .text()};
        return one.handshake.failure();
    };
    CHECK(failure_of("a, a", "(") == error::subprotocol_repeated_name);
    CHECK(failure_of("a, a, (", "b") == error::subprotocol_repeated_name);
    CHECK(failure_of("(, a", "a") == error::subprotocol_invalid);
}

TEST_CASE("An answer without room is not begun, and a refusal goes out once there is room", "[R5][R6]")
{
    served_once<128, 20> one{rfc_request.text()};
    REQUIRE(one.outcome == server_handshake_result::request);
    CHECK(one.handshake.accept(one.tx) == error::no_space);
    CHECK(one.handshake.respond(one.tx, 404) == error::no_space);
    CHECK(one.tx.empty());
    CHECK_FALSE(one.handshake.is_open());

    served_once<128, 20> bad{rfc_request.without("Host").text() + "frames"};
    REQUIRE(bad.outcome == server_handshake_result::rejected);
    CHECK(bad.in.empty());
    CHECK(bad.handshake.rejection_pending());
    static_byte_queue<200> wide;
    CHECK(bad.handshake.poll(bad.in, wide) == server_handshake_result::need_input);
    CHECK_FALSE(bad.handshake.rejection_pending());
    CHECK(bad.handshake.is_answered());
    const std::string refusal = support::to_string(wide.data());
    CHECK(refusal.starts_with("HTTP/1.1 400 "));
    CHECK(bad.handshake.poll(bad.in, wide) == server_handshake_result::need_input);
    CHECK(support::to_string(wide.data()) == refusal);
}

} // namespace
