// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "feed_head.hpp"
#include "support/catch.hpp"

#include <sockless/handshake/client_request.hpp>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace {

using sockless::connect_options;
using sockless::error;
using sockless::field;
using sockless::uri;
using support::spelling_of;

sockless::key_value sample_key()
{
    heads::fixed_random random;
    sockless::key_value key;
    REQUIRE(make_key(random, key) == error::none);
    return key;
}

connect_options to(std::string_view text)
{
    connect_options result;
    REQUIRE(parse_uri(text, result.where) == error::none);
    return result;
}

/// What is written, or the name of the error; an error that writes something fails the test.
std::string written(const connect_options& request)
{
    heads::wide_queue tx;
    const error e = write_request(tx, request, sample_key());
    if (failed(e)) {
        CHECK(tx.empty());
        return std::string{support::spelling_of(e)};
    }
    return support::to_string(tx.data());
}

std::string line_of(const std::string& text, std::string_view name)
{
    const std::size_t begin = text.find("\r\n" + std::string{name} + ": ");
    return begin == std::string::npos ? "" : text.substr(begin + 2, text.find('\r', begin + 2) - begin - 2);
}

TEST_CASE(
    "6455 1.3: the sample request",
    "[6455-4.1-11][6455-4.1-12][6455-4.1-13][6455-4.1-14][6455-4.1-15][6455-4.1-16][6455-4.1-17][6455-4.1-21][6455-4.1-23]"
    "[6455-4.1-20][6455-4.1-19][9112-3.2-02][9112-3.2.1-01][9110-7.8-05][WHATWG-handshake-05]")
{
    const std::array<std::string_view, 2> subprotocols{"chat", "superchat"};
    connect_options request = to("ws://server.example.com/chat");
    request.subprotocols = subprotocols;
    request.origin = "http://example.com";
    CHECK(written(request) ==
          "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          "Sec-WebSocket-Version: 13\r\nOrigin: http://example.com\r\nSec-WebSocket-Protocol: chat, superchat\r\n"
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
}

TEST_CASE("A server accepts the request that a client writes", "[6455-4.1-11][6455-4.1-26][6455-9-01][6455-10.5-01]")
{
    const std::array<std::string_view, 1> subprotocols{"chat"};
    const std::array<field, 2> fields{{{"Cookie", "a=b; c=d"}, {"Authorization", "Basic eA=="}}};
    connect_options request = to("wss://[::1]:8443/a?b=c");
    request.subprotocols = subprotocols;
    request.extensions = "permessage-deflate; client_max_window_bits, foo";
    request.fields = fields;
    const std::string text = written(request);
    sockless::head_storage<> storage;
    sockless::detail::request_reader reader{storage};
    std::span<const std::byte> in = sockless::as_bytes(text);
    REQUIRE(reader.poll(in) == sockless::detail::head_result::complete);
    CHECK(in.empty());
    sockless::upgrade_request received;
    REQUIRE(check_upgrade(reader.head(), received) == error::none);
    CHECK(received.host == "[::1]");
    CHECK(received.port == 8443);
    CHECK(received.path == "/a");
    CHECK(received.query == "b=c");
    CHECK(received.key == "dGhlIHNhbXBsZSBub25jZQ==");
    CHECK_FALSE(received.has_origin);
    CHECK(received.subprotocols().contains("chat"));
    CHECK(received.extensions().contains("foo"));
    CHECK(find_field(received.fields, "cookie") == "a=b; c=d");
}

TEST_CASE("6455 4.1: Host has the port unless it is the scheme's", "[6455-4.1-14][6455-3-04][6455-3-10]")
{
    CHECK(line_of(written(to("ws://h/")), "Host") == "Host: h");
    CHECK(line_of(written(to("ws://h:80/")), "Host") == "Host: h");
    CHECK(line_of(written(to("wss://h:443/")), "Host") == "Host: h");
    CHECK(line_of(written(to("wss://h:80/")), "Host") == "Host: h:80");
    CHECK(line_of(written(to("ws://h:443/")), "Host") == "Host: h:443");
    CHECK(line_of(written(to("ws://[2001:db8::1]/")), "Host") == "Host: [2001:db8::1]");
    CHECK(line_of(written(to("ws://[2001:db8::1]:65535/")), "Host") == "Host: [2001:db8::1]:65535");
}

TEST_CASE("9112 3.2: the target is the resource name, or an http URI for a proxy",
          "[6455-4.1-13][9112-3.2.1-01][9112-3.2.2-01][WHATWG-handshake-01]")
{
    CHECK(written(to("ws://h")).starts_with("GET / HTTP/1.1\r\n"));
    CHECK(written(to("ws://h?x=1")).starts_with("GET /?x=1 HTTP/1.1\r\n"));
    CHECK(written(to("ws://h/p?")).starts_with("GET /p HTTP/1.1\r\n"));
    connect_options request = to("ws://h:81/p?q");
    request.form = connect_options::target_form::absolute;
    CHECK(written(request).starts_with("GET http://h:81/p?q HTTP/1.1\r\nHost: h:81\r\n"));
    request = to("wss://h");
    request.form = connect_options::target_form::absolute;
    CHECK(written(request).starts_with("GET https://h/ HTTP/1.1\r\nHost: h\r\n"));
}

TEST_CASE("Fields without a value are omitted")
{
    const std::string text = written(to("ws://h/"));
    CHECK(text.find("Origin") == std::string::npos);
    CHECK(text.find("Sec-WebSocket-Protocol") == std::string::npos);
    CHECK(text.find("Sec-WebSocket-Extensions") == std::string::npos);
    CHECK(text.ends_with("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
}

TEST_CASE("CVE-2026-47072, CVE-2026-1527: no argument of the program can end a line",
          "[HS-12][6455-4.1-02][6455-4.1-27][6455-3-11][9112-2.2-04][9112-11.1-01][9112-5.2-01]")
{
    const std::string_view broken[] = {"a\r\nX: y", "a\rb", "a\nb", "a\r\n b", " a",
                                       "a ",        "a b",  "\r\n", "\x7F",    "a\xC3\xA9\r"};
    for (const std::string_view bad : broken) {
        CAPTURE(bad);
        connect_options request = to("ws://h/");
        request.where.host = bad;
        CHECK(written(request) == spelling_of(error::host_not_sendable));
        request = to("ws://h/");
        const std::string path = std::string{"/"}.append(bad);
        request.where.path = path;
        CHECK(written(request) == spelling_of(error::target_not_sendable));
        request = to("ws://h/");
        request.where.query = bad;
        CHECK(written(request) == spelling_of(error::target_not_sendable));
        request = to("ws://h/");
        const std::array<std::string_view, 2> subprotocols{"chat", bad};
        request.subprotocols = subprotocols;
        CHECK(written(request) == spelling_of(error::subprotocol_not_sendable));
        request = to("ws://h/");
        request.extensions = bad;
        CHECK(written(request) == spelling_of(error::extensions_not_sendable));
        request = to("ws://h/");
        const std::array<field, 1> name{{{bad, "value"}}};
        request.fields = name;
        CHECK(written(request) == spelling_of(error::field_not_sendable));
        if (bad == "a b")
            continue; // a value may have that
        request = to("ws://h/");
        request.origin = bad;
        CHECK(written(request) == spelling_of(error::field_not_sendable));
        request = to("ws://h/");
        const std::array<field, 1> value{{{"X", bad}}};
        request.fields = value;
        CHECK(written(request) == spelling_of(error::field_not_sendable));
    }
    const std::string_view zero{"a\0b", 3};
    connect_options request = to("ws://h/");
    request.where.host = zero;
    CHECK(written(request) == spelling_of(error::host_not_sendable));
    request = to("ws://h/");
    request.origin = zero;
    CHECK(written(request) == spelling_of(error::field_not_sendable));
}

TEST_CASE("6455 4.1: an invalid host or resource name writes nothing", "[6455-4.1-02][6455-11.1.1-01]")
{
    for (const std::string_view bad : {"", "u@h", "h:80", "[::1", "::1",
                                       "b\xC3\xBC"
                                       "cher"}) {
        connect_options request;
        request.where.host = bad;
        CHECK(written(request) == spelling_of(error::host_not_sendable));
    }
    for (const std::string_view bad : {"", "chat", "?x", "http://h/", "/a?b", "/a#b", "/%zz", "/\xC3\xA9"}) {
        connect_options request = to("ws://h/");
        request.where.path = bad;
        CHECK(written(request) == spelling_of(error::target_not_sendable));
    }
}

TEST_CASE("Of several invalid options the first in the order of the request is reported", "[6455-4.1-02]")
{
    const std::array<std::string_view, 2> subprotocols{"a", "a"};
    const std::array<field, 2> fields{{{"Host", "x"}, {"X", "\n"}}};
    connect_options request;
    request.where = {.host = "a b", .path = ""};
    request.subprotocols = subprotocols;
    request.extensions = "a,";
    request.origin = " ";
    request.fields = fields;
    CHECK(written(request) == spelling_of(error::host_not_sendable));
    request.where.host = "h";
    CHECK(written(request) == spelling_of(error::target_not_sendable));
    request.where.path = "/";
    CHECK(written(request) == spelling_of(error::subprotocol_not_sendable));
    request.subprotocols = {};
    CHECK(written(request) == spelling_of(error::extensions_not_sendable));
    request.extensions = "a;b=\"";
    CHECK(written(request) == spelling_of(error::extensions_not_sendable));
    request.extensions = {};
    CHECK(written(request) == spelling_of(error::field_not_sendable));
    request.origin = {};
    CHECK(written(request) == spelling_of(error::field_reserved));
    request.fields = std::span{fields}.last(1);
    CHECK(written(request) == spelling_of(error::field_not_sendable));
}

TEST_CASE("6455 4.1: subprotocols are different tokens", "[6455-4.1-24][6455-4.1-25][7936-2-01]")
{
    for (const std::string_view bad : {"", "a b", "a,b", "a/b", "caf\xC3\xA9", "(x)"}) {
        const std::array<std::string_view, 1> names{bad};
        connect_options request = to("ws://h/");
        request.subprotocols = names;
        CHECK(written(request) == spelling_of(error::subprotocol_not_sendable));
    }
    const std::array<std::string_view, 3> twice{"chat", "x", "chat"};
    connect_options request = to("ws://h/");
    request.subprotocols = twice;
    CHECK(written(request) == spelling_of(error::subprotocol_not_sendable));
    const std::array<std::string_view, 2> other_case{"chat", "Chat"};
    request.subprotocols = other_case;
    CHECK(line_of(written(request), "Sec-WebSocket-Protocol") == "Sec-WebSocket-Protocol: chat, Chat");
}

TEST_CASE("6455 4.1: a program cannot add the fields of the handshake", "[6455-4.1-27][9110-5.3-01]")
{
    for (const std::string_view name :
         {"host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Protocol",
          "Sec-WebSocket-Extensions", "Origin", "Content-Length", "Transfer-Encoding"}) {
        const std::array<field, 1> fields{{{name, "x"}}};
        connect_options request = to("ws://h/");
        request.fields = fields;
        CHECK(written(request) == spelling_of(error::field_reserved));
    }
}

TEST_CASE("A request is written completely or not at all")
{
    const connect_options request = to("ws://h/");
    const std::string text = written(request);
    for (std::size_t room = 0; room < text.size(); ++room) {
        std::vector<std::byte> storage(room);
        sockless::byte_queue tx{storage};
        REQUIRE(write_request(tx, request, sample_key()) == error::no_space);
        REQUIRE(tx.empty());
    }
    std::vector<std::byte> storage(text.size());
    sockless::byte_queue tx{storage};
    CHECK(write_request(tx, request, sample_key()) == error::none);
    CHECK(support::to_string(tx.data()) == text);
}

} // namespace
