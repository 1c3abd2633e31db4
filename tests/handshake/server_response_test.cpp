// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "feed_head.hpp"
#include "support/catch.hpp"

#include <sockless/handshake/server_response.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using heads::head_text;
using heads::rfc_request;
using sockless::accept_options;
using sockless::error;
using sockless::field;
using sockless::upgrade_request;
using sockless::write_accept;
using sockless::write_error_response;
using sockless::write_response;
using sockless::write_response_head;
using support::spelling_of;

/// A validated request, with the memory that its views refer to.
struct validated_request {
    explicit validated_request(head_text changed) : text{std::move(changed)}, fields{text.fields()}
    {
        REQUIRE(check_upgrade({"GET", "/chat", {}, fields}, request) == error::none);
    }
    validated_request(const validated_request&) = delete;
    validated_request& operator=(const validated_request&) = delete;

    head_text text;
    std::vector<field> fields;
    upgrade_request request;
};

/// What is written, or the name of the error; an error that writes something fails the test.
std::string accepted(const upgrade_request& request, const accept_options& choice = {})
{
    heads::wide_queue tx;
    const error e = write_accept(tx, request, choice);
    if (failed(e)) {
        CHECK(tx.empty());
        return std::string{support::spelling_of(e)};
    }
    return support::to_string(tx.data());
}

TEST_CASE("6455 1.3: the sample response",
          "[6455-4.2.2-14][6455-4.2.2-15][6455-4.2.2-16][9110-7.8-04][9110-7.8-05][7230-6.7-01]")
{
    const validated_request sample{rfc_request};
    CHECK(accepted(sample.request, {.subprotocol = "chat"}) ==
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\r\n");
}

TEST_CASE("6455 4.2.2: fields without a negotiated value are omitted, never empty",
          "[6455-4.2.2-10][6455-4.2.2-13][9112-6.1-01][HS-15]")
{
    const validated_request sample{rfc_request};
    CHECK(accepted(sample.request) ==
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
}

TEST_CASE("6455 4.2.2: the subprotocol is one of the client's, exactly",
          "[6455-4.2.2-09][6455-4.2.2-11][7936-2-01][6455-1.9-01][HS-12][HS-15]")
{
    const validated_request sample{rfc_request};
    const validated_request without{rfc_request.without("Sec-WebSocket-Protocol")};
    const validated_request spread{rfc_request.with("Sec-WebSocket-Protocol", "third")};
    const auto choose = [](const validated_request& of, std::string_view name) {
        return accepted(of.request, {.subprotocol = name});
    };
    CHECK(choose(sample, "superchat").find("\r\nSec-WebSocket-Protocol: superchat\r\n") != std::string::npos);
    CHECK(choose(spread, "third").find("\r\nSec-WebSocket-Protocol: third\r\n") != std::string::npos);
    CHECK(choose(sample, "Chat") == spelling_of(error::subprotocol_not_requested));
    CHECK(choose(sample, "cha") == spelling_of(error::subprotocol_not_requested));
    CHECK(choose(sample, "other") == spelling_of(error::subprotocol_not_requested));
    CHECK(choose(without, "chat") == spelling_of(error::subprotocol_not_requested));
    for (const std::string_view bad : {"chat, superchat", "chat\r\nX: y", "chat ", "a/b", "\xC3\xA9", " "})
        CHECK(choose(sample, bad) == spelling_of(error::subprotocol_not_sendable));
}

TEST_CASE("6455 9.1: the extensions are among those of the client",
          "[6455-4.2.2-12][6455-9-01][6455-9-02][6455-9-03][6455-5.8-01][HS-12][HS-15]")
{
    const validated_request sample{
        rfc_request.with("Sec-WebSocket-Extensions", "foo; x=1").with("Sec-WebSocket-Extensions", "bar")};
    const validated_request without{rfc_request};
    const auto choose = [](const validated_request& of, std::string_view value) {
        return accepted(of.request, {.extensions = value});
    };
    CHECK(choose(sample, "bar; a=b, foo").find("\r\nSec-WebSocket-Extensions: bar; a=b, foo\r\n") != std::string::npos);
    CHECK(choose(sample, "foo, baz") == spelling_of(error::extension_not_requested));
    CHECK(choose(sample, "Foo") == spelling_of(error::extension_not_requested));
    CHECK(choose(without, "foo") == spelling_of(error::extension_not_requested));
    for (const std::string_view bad : {"foo,", "foo;", " foo", "foo\r\nX: y", ",", "foo; a=\"b c\""})
        CHECK(choose(sample, bad) == spelling_of(error::extensions_not_sendable));
}

TEST_CASE("6455 4.2.2: further fields are added, several cookies too", "[6455-4.1-42][9110-5.3-01][HS-12]")
{
    const validated_request sample{rfc_request};
    const std::array<field, 3> fields{{{"Set-Cookie", "a=1"}, {"Set-Cookie", "b=2"}, {"Server", "x"}}};
    CHECK(accepted(sample.request, {.fields = fields})
              .find("xOo=\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nServer: x\r\n\r\n") != std::string::npos);
    const std::array<field, 1> injected{{{"X", "a\r\nSet-Cookie: evil"}}};
    CHECK(accepted(sample.request, {.fields = injected}) == spelling_of(error::field_not_sendable));
    const std::array<field, 1> length{{{"Content-Length", "0"}}};
    CHECK(accepted(sample.request, {.fields = length}) == spelling_of(error::field_reserved));
}

TEST_CASE("6455 erratum 3150: the accept value is computed from the key as received", "[6455-4.2.2-17][6455e-3150-02]")
{
    const validated_request sample{rfc_request.set("Sec-WebSocket-Key", "AQIDBAUGBwgJCgsMDQ4PEC==")};
    CHECK(accepted(sample.request).find("OfS0wDaT5NoxF2gqm7Zj2YtetzM=") != std::string::npos);
}

TEST_CASE("9110 7.8: where the client expects it, a 100 precedes the 101", "[9110-7.8-07]")
{
    const validated_request sample{rfc_request.with("Expect", "100-continue")};
    CHECK(accepted(sample.request).starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 "));
}

TEST_CASE("No response is written in part")
{
    const validated_request sample{rfc_request};
    const std::string whole = accepted(sample.request);
    sockless::static_byte_queue<2048> tx; // so short that each consumed byte is free at once
    REQUIRE(tx.append(std::string(tx.limit() - whole.size() + 1, 'q')));
    const std::size_t before = tx.size();
    CHECK(write_accept(tx, sample.request) == error::no_space);
    CHECK(tx.size() == before);
    tx.consume(1);
    CHECK(write_accept(tx, sample.request) == error::none);
    CHECK(tx.free_space() == 0);
    CHECK(write_response(tx, 404) == error::no_space);
    CHECK(write_error_response(tx, error::key_missing) == error::no_space);
    CHECK(write_response_head(tx, 200, {}, 5) == error::no_space);
    CHECK(tx.free_space() == 0);
}

std::string refused(error reason)
{
    heads::wide_queue tx;
    REQUIRE(write_error_response(tx, reason) == error::none);
    return support::to_string(tx.data());
}

TEST_CASE("9110 15.5: the complete text of each error response",
          "[6455-4.2.2-07][6455-4.4-02][9110-15.5.22-01][9112-4-02][6455-4.2.1-01]")
{
    CHECK(refused(error::key_missing) == "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    CHECK(refused(error::method_not_get) ==
          "HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\nContent-Length: 0\r\nAllow: GET\r\n\r\n");
    CHECK(refused(error::request_target_too_long) ==
          "HTTP/1.1 414 URI Too Long\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    CHECK(
        refused(error::version_unsupported) ==
        "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Version: 13\r\n"
        "Content-Length: 0\r\n\r\n");
    CHECK(refused(error::upgrade_missing) == refused(error::version_unsupported));
    CHECK(refused(error::head_too_large) ==
          "HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    CHECK(refused(error::http_version_unsupported) ==
          "HTTP/1.1 505 HTTP Version Not Supported\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
}

std::string responded(std::uint16_t status, std::span<const field> fields = {}, std::string_view body = {})
{
    heads::wide_queue tx;
    const error e = write_response(tx, status, fields, body);
    if (failed(e)) {
        CHECK(tx.empty());
        return std::string{support::spelling_of(e)};
    }
    return support::to_string(tx.data());
}

TEST_CASE("6455 4.2.2: any other response, with fields and a body",
          "[6455-4.2.2-02][6455-4.2.2-03][6455-4.2.2-05][6455-4.2.2-08][6455-10.2-02][9112-4-02][9112-6.1-01]")
{
    const std::array<field, 1> challenge{{{"WWW-Authenticate", "Basic realm=\"x\""}}};
    CHECK(responded(401, challenge, "who?") == "HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 4\r\n"
                                               "WWW-Authenticate: Basic realm=\"x\"\r\n\r\nwho?");
    const std::array<field, 1> elsewhere{{{"Location", "https://example.com/"}}};
    CHECK(responded(307, elsewhere) == "HTTP/1.1 307 Temporary Redirect\r\nConnection: close\r\nContent-Length: 0\r\n"
                                       "Location: https://example.com/\r\n\r\n");
    CHECK(responded(403) == "HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    CHECK(responded(404) == "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    CHECK(responded(299) ==
          "HTTP/1.1 299 \r\nConnection: close\r\nContent-Length: 0\r\n\r\n"); // a space, and no phrase
    CHECK(responded(204) == "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    CHECK(responded(304) == "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n");
    CHECK(responded(426).find("\r\nSec-WebSocket-Version: 13\r\n") != std::string::npos);

    heads::wide_queue tx;
    const std::array<field, 1> type{{{"Content-Type", "text/html"}}};
    REQUIRE(write_response(tx, 200, type, support::bytes_of("00 ff")) == error::none);
    CHECK(
        support::to_string(tx.data()) ==
        std::string{
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\nContent-Type: text/html\r\n\r\n\0\xFF", 84});
    tx.clear();
    REQUIRE(write_response_head(tx, 200, type, 5000000000) == error::none);
    CHECK(support::to_string(tx.data()) ==
          "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5000000000\r\nContent-Type: text/html\r\n\r\n");
}

TEST_CASE("6455 4.2.2: a status that is not final cannot be written, nor a body where none is allowed",
          "[9112-2.2-04][HS-12]")
{
    for (const std::uint16_t status : {std::uint16_t{0}, std::uint16_t{99}, std::uint16_t{100}, std::uint16_t{101},
                                       std::uint16_t{199}, std::uint16_t{600}, std::uint16_t{1000}})
        CHECK(responded(status) == spelling_of(error::status_not_sendable));
    CHECK(responded(200).starts_with("HTTP/1.1 200 "));
    CHECK(responded(599).starts_with("HTTP/1.1 599 \r\n"));
    for (const std::uint16_t status : {std::uint16_t{204}, std::uint16_t{205}, std::uint16_t{304}})
        CHECK(responded(status, {}, "x") == spelling_of(error::status_not_sendable));
    const std::array<field, 1> injected{{{"Location", "/\r\nSet-Cookie: evil"}}};
    CHECK(responded(302, injected) == spelling_of(error::field_not_sendable));
    const std::array<field, 1> reserved{{{"connection", "keep-alive"}}};
    CHECK(responded(302, reserved) == spelling_of(error::field_reserved));
    heads::wide_queue tx;
    CHECK(write_response(tx, 101, {}, std::span<const std::byte>{}) == error::status_not_sendable);
    CHECK(write_response_head(tx, 101, {}, 0) == error::status_not_sendable);
    CHECK(tx.empty());
}

TEST_CASE("9112 4: a common status has a phrase, any other has none")
{
    using sockless::detail::reason_phrase;
    CHECK(reason_phrase(200) == "OK");
    std::vector<std::string_view> phrases;
    for (std::uint16_t status = 100; status < 600; ++status)
        if (const std::string_view phrase = reason_phrase(status); !phrase.empty())
            phrases.push_back(phrase);
    CHECK(phrases.size() == 26);
    std::sort(phrases.begin(), phrases.end());
    CHECK(std::adjacent_find(phrases.begin(), phrases.end()) == phrases.end());
}

TEST_CASE("A response whose body does not fit is not begun")
{
    sockless::static_byte_queue<80> tx;
    const std::array<std::byte, 40> body{};
    CHECK(write_response(tx, 404, {}, std::span{body}) == error::no_space);
    CHECK(tx.empty());
    CHECK(write_response(tx, 404, {}, std::span{body}.first(1)) == error::none);
}

} // namespace
