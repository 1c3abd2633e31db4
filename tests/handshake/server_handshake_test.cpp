// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "feed_head.hpp"
#include "support/catch.hpp"
#include "support/exact_block.hpp"

#include <sockless/handshake/server_handshake.hpp>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace {

using heads::failure_line;
using heads::head_text;
using heads::rfc_request;
using sockless::error;
using sockless::field;
using sockless::head_storage;
using sockless::server_handshake;
using sockless::server_handshake_result;
using sockless::static_byte_queue;
using sockless::streaming_server_handshake;
using strings = std::vector<std::string>;

const std::string accepted = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
const std::string refused_400 = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
const std::string refused_405 =
    "HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\nContent-Length: 0\r\nAllow: GET, HEAD\r\n\r\n";
const std::string refused_426 = "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n"
                                "Sec-WebSocket-Version: 13\r\nContent-Length: 0\r\n\r\n";
const std::string refused_431 =
    "HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// Few random ways: these inputs are cut at every place already.
constexpr support::feed_options few{.random_ways = 2};

strings served(std::string_view text)
{
    return heads::serve(text, few);
}

TEST_CASE("6455 4.2: a valid request is accepted, and the frames after it stay in the input",
          "[6455-4.2.2-14][6455-4.1-43][HS-14]")
{
    CHECK(served(rfc_request.text()) == strings{"request", accepted});
    const std::string frame = support::to_string(support::bytes_of("81 85 37 fa 21 3d 7f 9f 4d 51 58"));
    CHECK(served(rfc_request.text() + frame + frame) == strings{"request", accepted, "rest " + frame + frame});
    CHECK(served("\r\n" + rfc_request.text() + frame) == strings{"request", accepted, "rest " + frame});
}

TEST_CASE("6455 4.2.1: an invalid request is rejected once with its own error, and the input after it is discarded",
          "[6455-4.2.1-01][6455-1.6-01][6455-10.7-01][6455-10.7-04][9112-2.2-08][R6]")
{
    const std::string frame = support::to_string(support::bytes_of("81 85 37 fa 21 3d 7f 9f 4d 51 58"));
    CHECK(served(rfc_request.without("Sec-WebSocket-Key").text() + frame) ==
          strings{failure_line(error::key_missing, 0), refused_400});
    CHECK(served(rfc_request.without("Host").text() + frame) ==
          strings{failure_line(error::host_missing, 0), refused_400});
    CHECK(served(rfc_request.without("Sec-WebSocket-Version").text()) ==
          strings{failure_line(error::version_missing, 0), refused_400});
    CHECK(served(rfc_request.set("Sec-WebSocket-Version", "25").text()) ==
          strings{failure_line(error::version_unsupported, 0), refused_426});
    CHECK(served(rfc_request.set("Connection", "notupgrade").text()) ==
          strings{failure_line(error::connection_not_upgrade, 0), refused_400});
    CHECK(served(rfc_request.with("Sec-WebSocket-Extensions", "x;;y").text()) ==
          strings{failure_line(error::extensions_invalid, 0), refused_400});
    CHECK(served("GET / HTTP/1.1\r\nHost : a\r\n\r\n") ==
          strings{failure_line(error::field_name_space, 20), refused_400});
    CHECK(served(rfc_request.line("GET /chat HTTP/1.0").text()) ==
          strings{failure_line(error::http_version_too_old, 0),
                  "HTTP/1.1 505 HTTP Version Not Supported\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"});
    CHECK(served("\x16\x03\x01\x02") == strings{failure_line(error::request_line_invalid, 0), refused_400});
    CHECK(served("EHLO mail.example.com\r\nMAIL FROM:<a@b>\r\n") ==
          strings{failure_line(error::request_line_invalid, 21), refused_400});
}

TEST_CASE("6455 1.6: a cross-site form POST opens no WebSocket", "[6455-1.6-01][HS-13]")
{
    CHECK(served("POST /chat HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nGET / HTT") ==
          strings{"plain upgrade_missing", refused_405});
    CHECK(served("POST /chat HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n") ==
          strings{failure_line(error::method_not_get, 0),
                  "HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\nContent-Length: 0\r\nAllow: GET\r\n\r\n"});
}

TEST_CASE(
    "CVE-2018-12541: a request that announces a body is rejected at the end of the head, and the body is not stored",
    "[HS-13][9112-6.3-04]")
{
    const std::string body(10000, 'b');
    CHECK(served(rfc_request.with("Content-Length", "10000").text() + body) ==
          strings{failure_line(error::body_announced, 0), refused_400});
    CHECK(served(rfc_request.with("Transfer-Encoding", "chunked").text() + body) ==
          strings{failure_line(error::body_announced, 0), refused_400});
}

TEST_CASE("6455 10.4: endless heads are rejected at the limit", "[6455-10.4-03][HS-1][HS-2][9110-5.4-01][9112-3-04]")
{
    const support::feed_options short_cut{.random_cuts = 8, .random_ways = 2};
    const auto endless = [&](std::string_view text) { return heads::serve(text, short_cut); };
    CHECK(endless("GET / HTTP/1.1\r\nA: " + std::string(20000, 'a')) ==
          strings{failure_line(error::head_too_large, 8192), refused_431});
    CHECK(endless("GET /" + std::string(20000, 'a')) ==
          strings{failure_line(error::request_target_too_long, 8192),
                  "HTTP/1.1 414 URI Too Long\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"});
    std::string lines = "GET / HTTP/1.1\r\n";
    for (int i = 0; i < 200; ++i)
        lines += "A: b\r\n";
    CHECK(endless(lines) == strings{failure_line(error::too_many_fields, 616), refused_431});
    // CVE-2024-37890: fields of the handshake after the limit.
    CHECK(endless(lines + rfc_request.text().substr(rfc_request.start.size() + 2)) ==
          strings{failure_line(error::too_many_fields, 616), refused_431});
}

TEST_CASE("9110 5.3: no response is written before the head is complete", "[9110-5.3-03]")
{
    const std::string text = rfc_request.text();
    for (std::size_t size = 0; size < text.size(); ++size) {
        head_storage<> storage;
        server_handshake handshake{storage};
        static_byte_queue<512> tx;
        const support::exact_block block{support::text(text.substr(0, size))};
        std::span<const std::byte> in = block.bytes();
        REQUIRE(handshake.poll(in, tx) == server_handshake_result::need_input);
        REQUIRE(tx.empty());
        REQUIRE(handshake.accept(tx) == error::not_open);
        REQUIRE(handshake.refuse(tx) == error::not_open);
    }
}

/// A server that has read all of a request.
template <std::size_t Room = 4096>
struct served_once {
    explicit served_once(std::string_view text) : block{support::text(text)}, in{block.bytes()}
    {
        outcome = handshake.poll(in, tx);
    }

    [[nodiscard]] std::string sent() const { return support::to_string(tx.data()); }

    head_storage<> storage;
    server_handshake handshake{storage};
    static_byte_queue<Room> tx;
    support::exact_block block;
    std::span<const std::byte> in;
    server_handshake_result outcome{};
};

TEST_CASE("6455 4.2.2: the program decides about a valid request", "[6455-4.2.2-08][6455-4.2.2-02][6455-4.2.2-05]")
{
    served_once<> one{rfc_request.text() + "frames"};
    REQUIRE(one.outcome == server_handshake_result::request);
    CHECK(one.handshake.request().path == "/chat");
    CHECK(one.handshake.failure() == error::none);
    CHECK(one.in.size() == 6);
    CHECK(one.handshake.poll(one.in, one.tx) == server_handshake_result::request); // until it is answered
    CHECK(one.in.size() == 6);
    CHECK(one.tx.empty());

    // What cannot be written changes nothing.
    CHECK(one.handshake.accept(one.tx, {.subprotocol = "other"}) == error::subprotocol_not_requested);
    CHECK(one.handshake.respond(one.tx, 101) == error::status_not_sendable);
    CHECK(one.tx.empty());
    CHECK_FALSE(one.handshake.is_open());

    SECTION("accept")
    {
        CHECK(one.handshake.accept(one.tx, {.subprotocol = "superchat"}) == error::none);
        CHECK(one.handshake.is_open());
        CHECK(one.handshake.poll(one.in, one.tx) == server_handshake_result::open);
        CHECK(one.in.size() == 6);
        const std::string before = one.sent();
        CHECK(one.handshake.accept(one.tx) == error::not_open); // once
        CHECK(one.handshake.respond(one.tx, 404) == error::not_open);
        CHECK(one.handshake.refuse(one.tx) == error::not_open);
        CHECK(one.sent() == before);
    }
    SECTION("respond")
    {
        CHECK(one.handshake.respond(one.tx, 403) == error::none);
        CHECK(one.handshake.is_answered());
        CHECK_FALSE(one.handshake.is_open());
        const std::string before = one.sent();
        CHECK(before.starts_with("HTTP/1.1 403 Forbidden\r\n"));
        CHECK(one.handshake.poll(one.in, one.tx) ==
              server_handshake_result::need_input); // the bytes after it are not frames
        CHECK(one.in.empty());
        CHECK(one.handshake.accept(one.tx) == error::not_open);
        CHECK(one.handshake.respond(one.tx, 404, {}, support::bytes_of("00")) == error::not_open);
        CHECK(one.handshake.respond_head(one.tx, 404, {}, 1) == error::not_open);
        CHECK(one.sent() == before);
    }
    SECTION("refuse")
    {
        CHECK(one.handshake.refuse(one.tx) == error::none);
        CHECK(one.sent() == refused_400);
    }
}

TEST_CASE("9110 7.8: a plain request can be served or refused", "[9110-7.8-03][HS-10]")
{
    const std::string page = "GET /index.html HTTP/1.1\r\nHost: h\r\nCookie: a=b\r\n\r\n";
    CHECK(served(page) == strings{"plain upgrade_missing", refused_426});
    CHECK(served(rfc_request.set("Upgrade", "h2c").text()) == strings{"plain upgrade_not_websocket", refused_426});

    served_once<> one{page};
    REQUIRE(one.outcome == server_handshake_result::plain_request);
    CHECK(one.handshake.failure() == error::upgrade_missing);
    CHECK(one.handshake.request().path == "/index.html");
    CHECK(find_field(one.handshake.request().fields, "cookie") == "a=b");
    CHECK(one.handshake.poll(one.in, one.tx) == server_handshake_result::plain_request);
    CHECK(one.handshake.accept(one.tx) == error::not_open); // there is no key
    CHECK(one.tx.empty());
    const std::array<field, 1> type{{{"Content-Type", "text/html"}}};
    SECTION("with a page")
    {
        CHECK(one.handshake.respond(one.tx, 200, type, "<p>") == error::none);
        CHECK(one.sent() ==
              "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\nContent-Type: text/html\r\n\r\n<p>");
    }
    SECTION("with a page of bytes")
    {
        CHECK(one.handshake.respond(one.tx, 200, type, support::bytes_of("3c 70")) == error::none);
        CHECK(one.sent().ends_with("\r\n\r\n<p"));
    }
    SECTION("with a page that the program sends itself")
    {
        CHECK(one.handshake.respond_head(one.tx, 200, type, 1000000) == error::none);
        CHECK(one.sent().find("Content-Length: 1000000\r\n") != std::string::npos);
        CHECK(one.handshake.is_answered());
    }
    SECTION("with a page too large for now")
    {
        CHECK(one.handshake.respond(one.tx, 200, type, std::string(5000, 'a')) == error::no_space);
        CHECK(one.tx.empty());
        CHECK(one.handshake.respond(one.tx, 200, type, "<p>") == error::none);
    }
}

TEST_CASE("6455 4.2: a handshake begins again for another connection, in the same memory or in other",
          "[6455-4.2.1-01]")
{
    const auto check = [](auto& handshake, auto first, auto second) {
        static_byte_queue<1000> tx;
        for (const auto& memory : {first, second, second}) {
            tx.clear();
            std::vector<std::byte> bytes = support::text("GET / HTTP/1.1\r\n bad\r\n\r\n");
            std::span<std::byte> in{bytes};
            CHECK(handshake.poll(in, tx) == server_handshake_result::rejected);
            CHECK(handshake.failure() == error::field_folded);
            handshake.restart(memory);
            CHECK(handshake.failure() == error::none);
            tx.clear();
            bytes = support::text(rfc_request.text());
            in = bytes;
            CHECK(handshake.poll(in, tx) == server_handshake_result::request);
            CHECK(handshake.accept(tx) == error::none);
            CHECK(handshake.is_open());
            handshake.restart(memory);
            CHECK_FALSE(handshake.is_open());
        }
    };
    head_storage<> one;
    head_storage<> other;
    server_handshake whole{one};
    check(whole, one.space(), other.space());
    std::array<char, 256> characters{};
    std::array<char, 200> others{};
    streaming_server_handshake streamed{characters};
    check(streamed, std::span<char>{characters}, std::span<char>{others});
}

TEST_CASE("A15: the health checks of proxies are plain requests: any method, HTTP/1.0, and a body that is not read",
          "[9110-9.1-01][9110-9.3.2-01][9110-15.6.6-01][9112-6.3-06][HS-10]")
{
    struct check {
        std::string_view request; // S03-http10-get, S05-head, and others
        std::string_view method;
        bool is_page;
    };
    constexpr check checks[] = {
        {"GET / HTTP/1.0\r\n\r\n", "GET", true},
        {"HEAD / HTTP/1.1\r\nHost: 10.0.0.7\r\n\r\n", "HEAD", true},
        {"HEAD / HTTP/1.0\r\n\r\n", "HEAD", true},
        {"OPTIONS / HTTP/1.0\r\n\r\n", "OPTIONS", false},
        {"OPTIONS / HTTP/1.1\r\nHost: h\r\n\r\n", "OPTIONS", false},
        {"OPTIONS http://h/ HTTP/1.1\r\nHost: h\r\n\r\n", "OPTIONS", false},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody", "POST", false},
        {"PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n", "PUT", false},
        {"DELETE / HTTP/1.0\r\nContent-Length: 0\r\nUpgrade: h2c\r\n\r\n", "DELETE", false},
    };
    for (const auto& [request, method, is_page] : checks) {
        CAPTURE(request);
        const strings log = served(request);
        CHECK(log.front().starts_with("plain upgrade_"));
        CHECK(log.back() == (is_page ? refused_426 : refused_405));

        served_once<> one{request};
        REQUIRE(one.outcome == server_handshake_result::plain_request);
        CHECK(one.handshake.request().method == method);
        CHECK(one.handshake.request().path == "/");
        REQUIRE(one.handshake.respond(one.tx, 200, {}, "fine") == error::none);
        const std::string head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\n";
        CHECK(one.sent() == (method == "HEAD" ? head : head + "fine")); // RFC 9110 9.3.2
        CHECK(one.handshake.poll(one.in, one.tx) == server_handshake_result::need_input);
        CHECK(one.in.empty()); // the body is dropped

        served_once<80> narrow{request};
        REQUIRE(narrow.outcome == server_handshake_result::plain_request);
        REQUIRE(narrow.handshake.refuse(narrow.tx) == error::no_space);
        CHECK(narrow.handshake.respond(narrow.tx, 204) == error::none); // a refusal that does not fit changes nothing
    }
}

TEST_CASE("A15: a streamed head that names fields keeps the method, in a buffer of exactly its size",
          "[9110-9.1-01][HS-10]")
{
    using handshake = sockless::basic_server_handshake<sockless::streamed_head::with<"Cookie">>;
    const auto method_of = [](std::string_view request, std::size_t size) {
        std::vector<char> characters(size);
        std::array<field, 1> lines;
        handshake server{sockless::head_buffers{characters, lines}};
        static_byte_queue<256> tx;
        const support::exact_block block{support::text(request)};
        std::span<const std::byte> in = block.bytes();
        if (server.poll(in, tx) == server_handshake_result::rejected)
            return std::string{support::spelling_of(server.failure())};
        CHECK(server.target() == request.substr(request.find(' ') + 1, 2));
        CHECK(server.fields().size() == (request.find("Cookie") == std::string_view::npos ? 0U : 1U));
        return std::string{server.method()};
    };
    CHECK(method_of("OPTIONS /a HTTP/1.0\r\n\r\n", 11) == "OPTIONS"); // and target, and digits of the version
    CHECK(method_of("OPTIONS /a HTTP/1.1\r\nHost: h\r\n\r\n", 13) == "OPTIONS");
    CHECK(method_of("CONNECT a: HTTP/1.0\r\n\r\n", 11) == "CONNECT");
    CHECK(method_of("OPTIONS ** HTTP/1.0\r\n\r\n", 64) == "request_target_invalid");
    CHECK(method_of("OPTIONS /a HTTP/1.0\r\n\r\n", 10) == "request_target_too_long");
    CHECK(method_of("GET /a HTTP/1.0\r\nCookie: b\r\n\r\n", 9) == "GET"); // which takes no memory
    CHECK(method_of("HEAD /a HTTP/1.0\r\nCookie: b\r\n\r\n", 64) == "HEAD");

    sockless::head_storage<64, 1> memory;
    handshake server{memory};
    static_byte_queue<256> tx;
    const std::vector<std::byte> request = support::text("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n");
    std::span<const std::byte> in{request};
    REQUIRE(server.poll(in, tx) == server_handshake_result::plain_request);
    CHECK(server.target() == "*");
    CHECK(server.refuse(tx) == error::none);
    CHECK(support::to_string(tx.data()).ends_with("\r\nAllow: GET, HEAD\r\n\r\n"));
}

TEST_CASE("A15, 9110 9.3.6: CONNECT gets no 2xx, which would open a tunnel", "[9110-9.3.6-02][HS-10]")
{
    const std::vector<std::byte> request = support::text("CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n");
    head_storage<> storage;
    static_byte_queue<256> tx;

    server_handshake whole{storage};
    std::span<const std::byte> in{request};
    REQUIRE(whole.poll(in, tx) == server_handshake_result::plain_request);
    CHECK(whole.respond(tx, 200, {}, "page") == error::status_not_sendable);
    CHECK(whole.respond(tx, 299) == error::status_not_sendable);
    CHECK(whole.respond_head(tx, 200, {}, 4) == error::status_not_sendable);
    CHECK(tx.empty());
    CHECK(whole.respond(tx, 300) == error::none);

    sockless::basic_server_handshake<sockless::streamed_head::with<"Cookie">> named{storage};
    tx.clear();
    in = request;
    REQUIRE(named.poll(in, tx) == server_handshake_result::plain_request);
    CHECK(named.respond(tx, 200) == error::status_not_sendable);
    CHECK(tx.empty());
    CHECK(named.respond(tx, 404) == error::none);
}

TEST_CASE("A15: a malformed request is rejected with 400, whatever it asks for; one of HTTP/2 with 505",
          "[9112-6.3-03][9110-15.6.6-01][HS-13]")
{
    for (const std::string_view bad :
         {"HEAD /a b HTTP/1.1\r\nHost: h\r\n\r\n", "HEAD / HTTP/1.1\r\n\r\n", "OPTIONS a HTTP/1.0\r\n\r\n",
          "OPTIONS / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: h\r\nA : b\r\n\r\n"})
        CHECK(served(bad).back() == refused_400);
    for (const std::string_view method : {"GET", "HEAD", "PRI"})
        CHECK(served(std::string{method} + " / HTTP/2.0\r\nHost: h\r\n\r\n").back() ==
              "HTTP/1.1 505 HTTP Version Not Supported\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    // One that asks for a WebSocket is refused as before.
    CHECK(served(rfc_request.line("HEAD /chat HTTP/1.1").text()).back().ends_with("\r\nAllow: GET\r\n\r\n"));
    CHECK(served(rfc_request.line("GET /chat HTTP/1.0").text()).back().starts_with("HTTP/1.1 505 "));
    CHECK(served(rfc_request.line("GET * HTTP/1.1").text()).back() == refused_400);
}

TEST_CASE("A handshake that has read nothing has no failure")
{
    head_storage<> storage;
    CHECK(server_handshake{storage}.failure() == error::none);
}

TEST_CASE("6455 10.4: a request line that is longer than the buffer is rejected", "[6455-10.4-03]")
{
    std::array<char, 2> room{};
    streaming_server_handshake handshake{room};
    static_byte_queue<256> tx;
    const std::vector<std::byte> request = support::text(rfc_request.text());
    std::span<const std::byte> in{request};
    CHECK(handshake.poll(in, tx) == server_handshake_result::rejected);
    CHECK(handshake.failure() == error::request_target_too_long);
}

TEST_CASE("A program may answer before the head is complete, for example after a time-out")
{
    served_once<> one{"GET / HTTP/1.1\r\nHo"};
    REQUIRE(one.outcome == server_handshake_result::need_input);
    CHECK(one.handshake.respond(one.tx, 408) == error::none);
    CHECK(one.sent().starts_with("HTTP/1.1 408 Request Timeout\r\n"));
    const std::vector<std::byte> more = support::text("st: h\r\n\r\n");
    std::span<const std::byte> in{more};
    CHECK(one.handshake.poll(in, one.tx) == server_handshake_result::need_input);
    CHECK(in.empty());
}

TEST_CASE("A rejection that does not fit is pending and is written once", "[R5][R6]")
{
    served_once<70> one{rfc_request.without("Sec-WebSocket-Key").text() + "frames"};
    one.tx.clear();
    server_handshake handshake{one.storage};
    REQUIRE(one.tx.append(std::string_view{"waiting"}));
    const std::vector<std::byte> text = support::text(rfc_request.without("Sec-WebSocket-Key").text() + "frames");
    std::span<const std::byte> in{text};
    CHECK(handshake.poll(in, one.tx) == server_handshake_result::rejected);
    CHECK(in.empty());
    CHECK(handshake.failure() == error::key_missing);
    CHECK(handshake.rejection_pending());
    CHECK(one.tx.size() == 7);
    CHECK(handshake.respond(one.tx, 404) == error::not_open);
    in = std::span{text}.first(5);
    CHECK(handshake.poll(in, one.tx) == server_handshake_result::need_input); // still no space
    CHECK(in.empty());
    CHECK(one.tx.size() == 7);
    one.tx.clear();
    in = {};
    CHECK(handshake.poll(in, one.tx) == server_handshake_result::need_input);
    CHECK_FALSE(handshake.rejection_pending());
    CHECK(handshake.is_answered());
    CHECK(one.sent() == refused_400);
    CHECK(handshake.poll(in, one.tx) == server_handshake_result::need_input);
    CHECK(one.sent() == refused_400);
}

TEST_CASE("9110 7.8: a 100 is written together with the 101, before it", "[9110-7.8-07]")
{
    served_once<> one{rfc_request.with("Expect", "100-continue").text()};
    REQUIRE(one.outcome == server_handshake_result::request);
    CHECK(one.tx.empty());
    REQUIRE(one.handshake.accept(one.tx) == error::none);
    CHECK(one.sent() == "HTTP/1.1 100 Continue\r\n\r\n" + accepted);
}

TEST_CASE("of two faults of a request the first in the order of `check_upgrade` is reported", "[6455-4.2.1-01]")
{
    using how = heads::fault::how;
    constexpr heads::fault faults[] = {
        {error::request_target_invalid, how::line, "", "GET * HTTP/1.1"},
        {error::body_length_invalid, how::with, "Content-Length", "x"},
        {error::http_version_unsupported, how::line, "", "GET /chat HTTP/2.0"},
        {error::host_missing, how::without, "Host"},
        {error::host_repeated, how::with, "Host", "a"},
        {error::host_invalid, how::set, "Host", "a b"},
        {error::body_announced, how::with, "Content-Length", "5"},
        {error::method_not_get, how::line, "", "POST /chat HTTP/1.1"},
        {error::connection_not_upgrade, how::set, "Connection", "close"},
        {error::key_missing, how::without, "Sec-WebSocket-Key"},
        {error::key_repeated, how::with, "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
        {error::key_invalid, how::set, "Sec-WebSocket-Key", "x"},
        {error::version_missing, how::without, "Sec-WebSocket-Version"},
        {error::version_repeated, how::with, "Sec-WebSocket-Version", "13"},
        {error::version_invalid, how::set, "Sec-WebSocket-Version", "013"},
        {error::version_unsupported, how::set, "Sec-WebSocket-Version", "12"},
        {error::subprotocol_invalid, how::set, "Sec-WebSocket-Protocol", "a b"},
        {error::subprotocol_repeated_name, how::with, "Sec-WebSocket-Protocol", "chat"},
        {error::extensions_invalid, how::with, "Sec-WebSocket-Extensions", "foo;"},
        {error::origin_repeated, how::with, "Origin", "http://example.com"},
    };
    heads::check_faults(faults, rfc_request, served);
}

TEST_CASE("CVE-2017-16025: unusual heads are answered without a crash", "[HS-7][HS-8][HS-9][HS-18][HS-6]")
{
    const std::string_view names[] = {
        "Host",   "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Protocol",
        "Origin", "Cookie",  "Expect",     "Content-Length",    "Transfer-Encoding",     "Sec-WebSocket-Extensions"};
    const std::string values[] = {"",
                                  " ",
                                  "\t",
                                  ",",
                                  " , ,",
                                  ";",
                                  "=",
                                  "\"",
                                  "\\",
                                  "\x80",
                                  "\xFF\xFE",
                                  "[::",
                                  "constructor",
                                  std::string(4000, ' '),
                                  std::string(4000, ','),
                                  std::string(4000, 'a'),
                                  std::string(4000, '"'),
                                  std::string(4000, '\xFF')};
    constexpr support::feed_options seldom{.every_cut_up_to = 0, .random_cuts = 8, .random_ways = 2};
    for (const std::string_view name : names) {
        for (const std::string& value : values) {
            CAPTURE(name, value.size());
            const strings log = heads::serve(rfc_request.without(name).with(name, value).text(), seldom);
            REQUIRE(log.size() == 2); // one decision, one response, and no remaining input
            CHECK((log[1].starts_with("HTTP/1.1 4") || (log[0] == "request" && log[1] == accepted)));
        }
    }
}

/// A server with a streamed head and a buffer of exactly `Room` octets, which has read a request.
template <std::size_t Room = 128, std::size_t Output = 512>
struct streamed_once {
    explicit streamed_once(std::string_view text) : block{support::text(text)}, in{block.bytes()}
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
    streaming_server_handshake handshake{{reinterpret_cast<char*>(room.bytes().data()), Room}};
    static_byte_queue<Output> tx;
    support::exact_block block;
    std::span<const std::byte> in;
    server_handshake_result outcome{};
};

TEST_CASE("A15: a server that streams the head answers health checks", "[9110-9.1-01]")
{
    for (const std::string_view request :
         {"GET / HTTP/1.0\r\n\r\n", "HEAD / HTTP/1.1\r\nHost: 10.0.0.7\r\n\r\n", "OPTIONS / HTTP/1.0\r\n\r\n",
          "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody"}) {
        streamed_once<> one{request};
        REQUIRE(one.outcome == server_handshake_result::plain_request);
        CHECK(one.handshake.target() == "/");
        CHECK(one.handshake.respond(one.tx, 204) == error::none);
        CHECK(one.sent() == "HTTP/1.1 204 \r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    }
}

TEST_CASE("6455 4.2.2: target and subprotocols are kept, in a buffer of exactly their size", "[6455-4.2.2-05]")
{
    streamed_once<> one{rfc_request.with("Sec-WebSocket-Protocol", ", third ,fourth,").text()};
    REQUIRE(one.outcome == server_handshake_result::request);
    CHECK(one.handshake.target() == "/chat");
    CHECK(one.subprotocols() == std::vector<std::string>{"chat", "superchat", "third", "fourth"});
    CHECK(one.handshake.accept(one.tx, "second") == error::subprotocol_not_requested);
    CHECK(one.tx.empty());
    CHECK(one.handshake.accept(one.tx, "fourth") == error::none);
    CHECK(one.sent().ends_with("Sec-WebSocket-Protocol: fourth\r\n\r\n"));
    CHECK(one.handshake.accept(one.tx) == error::not_open); // once

    // "/chat" and "chat,superchat," are 20 octets; after them the longest relevant value has to fit: 24 octets of the key.
    CHECK(streamed_once<20 + 24>{rfc_request.text()}.outcome == server_handshake_result::request);
    streamed_once<20 + 20> narrow{rfc_request.set("Sec-WebSocket-Version", "13").text()};
    CHECK(narrow.outcome == server_handshake_result::rejected);
    CHECK(narrow.handshake.failure() == error::head_too_large);
    CHECK(narrow.sent() == "HTTP/1.1 431 \r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
}

TEST_CASE("9112 3.2.2: of an absolute target the path is kept", "[9112-3.2.2-02]")
{
    const auto target = [](std::string_view text) {
        streamed_once<> one{rfc_request.line("GET " + std::string{text} + " HTTP/1.1").text()};
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

TEST_CASE("6455 10.4: a field without a rule can be longer than the buffer; others are rejected",
          "[6455-10.4-03][HS-2]")
{
    const std::string large(3000, 'c');
    streamed_once<> one{rfc_request.with("Cookie", large).with("X-" + large.substr(0, 60), large).text()};
    CHECK(one.outcome == server_handshake_result::request);
    CHECK(streamed_once<>{rfc_request.with(large, "x").text()}.handshake.failure() == error::head_too_large);
    CHECK(streamed_once<>{rfc_request.set("Host", large).text()}.handshake.failure() == error::head_too_large);
    CHECK(streamed_once<>{rfc_request.line("GET /" + large + " HTTP/1.1").text()}.handshake.failure() ==
          error::request_target_too_long);
    CHECK(streamed_once<>{rfc_request.with("Cookie", large + large + large).text()}.handshake.failure() ==
          error::head_too_large);
    // "/chat" and "chat, superchat," have 21 octets: space for a name and the comma after it, for the name alone, for neither.
    const auto named = [](std::size_t size) {
        return rfc_request.with("Sec-WebSocket-Protocol", std::string(size, 'p')).text();
    };
    CHECK(streamed_once<>{named(128 - 22)}.outcome == server_handshake_result::request);
    for (const std::size_t size : {std::size_t{128 - 21}, std::size_t{128 - 20}}) {
        streamed_once<> many{named(size)};
        CHECK(many.handshake.failure() == error::head_too_large);
        CHECK(many.sent().starts_with("HTTP/1.1 431 "));
    }
}

TEST_CASE("6455 4.2.2: the program refuses with a status of its choice, once", "[6455-4.2.2-08]")
{
    streamed_once<> one{rfc_request.text() + "frames"};
    REQUIRE(one.outcome == server_handshake_result::request);
    CHECK(one.handshake.poll(one.in, one.tx) == server_handshake_result::request); // until it is answered
    CHECK(one.in.size() == 6);
    CHECK(one.handshake.respond(one.tx, 101) == error::status_not_sendable);
    CHECK(one.handshake.respond(one.tx, 600) == error::status_not_sendable);
    CHECK(one.tx.empty());
    CHECK(one.handshake.respond(one.tx, 404) == error::none);
    CHECK(one.sent() == "HTTP/1.1 404 \r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    CHECK(one.handshake.is_answered());
    CHECK(one.handshake.poll(one.in, one.tx) ==
          server_handshake_result::need_input); // the bytes after it are not frames
    CHECK(one.in.empty());
    CHECK(one.handshake.respond(one.tx, 404) == error::not_open);
    CHECK(one.handshake.refuse(one.tx) == error::not_open);
    CHECK(one.handshake.accept(one.tx) == error::not_open);

    streamed_once<> early{"GET / HTTP/1.1\r\nHo"};
    REQUIRE(early.outcome == server_handshake_result::need_input);
    CHECK(early.handshake.accept(early.tx) == error::not_open);
    CHECK(early.handshake.refuse(early.tx) == error::not_open);
    CHECK(early.handshake.respond(early.tx, 408) == error::none);

    streamed_once<> good{rfc_request.text()};
    CHECK(good.handshake.refuse(good.tx) == error::none);
    CHECK(good.sent().starts_with("HTTP/1.1 400 "));
    streamed_once<> page{"GET /index.html HTTP/1.1\r\nHost: h\r\n\r\n"};
    REQUIRE(page.outcome == server_handshake_result::plain_request);
    CHECK(page.handshake.target() == "/index.html");
    CHECK(page.handshake.accept(page.tx) == error::not_open); // there is no key
    CHECK(page.handshake.refuse(page.tx) == error::none);
    CHECK(page.sent().starts_with("HTTP/1.1 426 "));
}

TEST_CASE("9112 3: the error of a malformed request line", "[9112-3-01]")
{
    const auto failure = [](std::string_view line) {
        return streamed_once<>{rfc_request.line(std::string{line}).text()}.handshake.failure();
    };
    CHECK(failure("GET \x01/ HTTP/1.1") == error::request_target_invalid);
    CHECK(failure("GET / http/1.1") == error::http_version_invalid);
    CHECK(failure("POST a#b HTTP/1.1") == error::request_target_invalid);
}

TEST_CASE("An expectation in any of several lines is found; fields of responses are ignored")
{
    streamed_once<> one{
        rfc_request.with("Expect", "100-continue").with("Expect", "x").with("Sec-WebSocket-Accept", "x").text()};
    REQUIRE(one.outcome == server_handshake_result::request);
    REQUIRE(one.handshake.accept(one.tx) == error::none);
    CHECK(one.sent().starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 "));
}

TEST_CASE("6455 4.3: of a repeated name and an invalid token the first one is reported")
{
    const auto failure_of = [](std::string_view first, std::string_view second) {
        streamed_once<> one{rfc_request.without("Sec-WebSocket-Protocol")
                                .with("Sec-WebSocket-Protocol", first)
                                .with("Sec-WebSocket-Protocol", second)
                                .text()};
        return one.handshake.failure();
    };
    CHECK(failure_of("a, a", "(") == error::subprotocol_repeated_name);
    CHECK(failure_of("a, a, (", "b") == error::subprotocol_repeated_name);
    CHECK(failure_of("(, a", "a") == error::subprotocol_invalid);
}

TEST_CASE("A response that does not fit is not begun, and a rejection is written once it fits", "[R5][R6]")
{
    streamed_once<128, 20> one{rfc_request.text()};
    REQUIRE(one.outcome == server_handshake_result::request);
    CHECK(one.handshake.accept(one.tx) == error::no_space);
    CHECK(one.handshake.respond(one.tx, 404) == error::no_space);
    CHECK(one.tx.empty());
    CHECK_FALSE(one.handshake.is_open());

    streamed_once<128, 20> bad{rfc_request.without("Host").text() + "frames"};
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
