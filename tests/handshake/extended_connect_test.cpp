// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "feed_head.hpp"
#include "support/catch.hpp"
#include "support/mask_keys.hpp"

#include <sockless/handshake/extended_connect.hpp>
#include <sockless/websocket.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using heads::fault;
using heads::head_text;
using heads::rfc_request;
using sockless::check_connect_response;
using sockless::check_extended_connect;
using sockless::connect_head;
using sockless::error;
using sockless::expected_response;
using sockless::field;
using sockless::upgrade_request;
using sockless::upgrade_response;
using support::spelling_of;
using fields = std::vector<field>;

/// RFC 8441 5.1
const head_text sample{"",
                       {{":method", "CONNECT"},
                        {":protocol", "websocket"},
                        {":scheme", "https"},
                        {":path", "/chat"},
                        {":authority", "server.example.com"},
                        {"sec-websocket-protocol", "chat, superchat"},
                        {"sec-websocket-extensions", "permessage-deflate"},
                        {"sec-websocket-version", "13"},
                        {"origin", "http://www.example.com"}}};
const head_text sample_response{"", {{":status", "200"}, {"sec-websocket-protocol", "chat"}}};
constexpr std::array<std::string_view, 2> subprotocols{"chat", "superchat"};
const expected_response sample_expected{.subprotocols = subprotocols, .extensions = "permessage-deflate, foo"};

error verdict(const head_text& text)
{
    const fields all = text.fields();
    upgrade_request out;
    return check_extended_connect(connect_head::from(all), out);
}

error response_verdict(const head_text& text, const expected_response& expected = sample_expected)
{
    const fields all = text.fields();
    upgrade_response out;
    return check_connect_response(all, expected, out);
}

/// One line for each field.
std::string lines(std::span<const field> list)
{
    std::string result;
    for (const field& each : list)
        result += std::string{each.name} + " = " + std::string{each.value} + "\n";
    return result;
}

/// Returns the fields of the response to a valid request, or the error.
std::string accepted(const head_text& text, const sockless::accept_options& options, std::size_t room = 16)
{
    const fields all = text.fields();
    upgrade_request request;
    REQUIRE(check_extended_connect(connect_head::from(all), request) == error::none);
    std::vector<field> storage(room);
    std::span<field> out{storage};
    const error e = write_accept_fields(out, request, options);
    if (failed(e))
        CHECK(out.size() == room);
    return failed(e) ? std::string{spelling_of(e)} : lines(out);
}

std::string refusal(error reason)
{
    std::array<field, 2> storage;
    std::span<field> out{storage};
    REQUIRE(write_error_fields(out, reason) == error::none);
    return lines(out);
}

/// Returns the fields of a request, or the error.
std::string requested(const sockless::connect_options& options, std::size_t room = 16, std::size_t characters = 200)
{
    std::vector<field> storage(room);
    std::vector<char> text(characters);
    std::span<field> out{storage};
    const error e = write_connect_fields(out, text, options);
    if (failed(e))
        CHECK(out.size() == room);
    return failed(e) ? std::string{spelling_of(e)} : lines(out);
}

sockless::uri where(std::string_view text)
{
    sockless::uri result;
    REQUIRE(parse_uri(text, result) == error::none);
    return result;
}

constexpr std::array<field, 6> least{{{":method", "CONNECT"},
                                      {":protocol", "websocket"},
                                      {":scheme", "https"},
                                      {":path", "/a?b"},
                                      {":authority", "h:1"},
                                      {"sec-websocket-version", "13"}}};
/// Client and server, without an object: the request, its check, the response and its check.
constexpr bool used_by_the_compiler()
{
    constexpr std::array<std::string_view, 1> names{"chat"};
    std::array<field, 9> request_room{};
    std::array<char, 20> text{};
    std::span<field> sent{request_room};
    sockless::connect_options options{.subprotocols = names};
    if (failed(parse_uri("wss://h:1/a?b", options.where)) || failed(write_connect_fields(sent, text, options)))
        return false;
    upgrade_request request;
    if (failed(check_extended_connect(connect_head::from(sent), request)) || request.path != "/a" ||
        request.query != "b" || request.host != "h" || request.port != 1 || !request.subprotocols().contains("chat"))
        return false;
    std::array<field, 3> room{};
    std::span<field> answer{room};
    upgrade_response response;
    return !failed(write_accept_fields(answer, request, {.subprotocol = "chat"})) &&
           check_connect_response(answer, {.subprotocols = names}, response) == error::none &&
           response.subprotocol == "chat";
}
static_assert(used_by_the_compiler());
static_assert([] {
    upgrade_request out;
    return check_extended_connect(connect_head::from(least), out);
}() == error::none);

// --- the request, as a server reads it

TEST_CASE("8441 5.1: the sample request is valid, and all its parts are returned",
          "[8441-5-01][8441-5-02][8441-5-04][8441-5-06][8441-4-03]")
{
    const fields all = sample.fields();
    const connect_head head = connect_head::from(all);
    CHECK(head.method == "CONNECT");
    CHECK(head.protocol == "websocket");
    CHECK(head.scheme == "https");
    CHECK(head.path == "/chat");
    CHECK(head.authority == "server.example.com");
    CHECK(head.fields.size() == 4);
    upgrade_request out;
    REQUIRE(check_extended_connect(head, out) == error::none);
    CHECK(out.method == "CONNECT");
    CHECK(out.target == "/chat");
    CHECK(out.path == "/chat");
    CHECK(out.query.empty());
    CHECK(out.host == "server.example.com");
    CHECK(out.port == 0);
    CHECK(out.key.empty());
    CHECK(out.has_origin);
    CHECK(out.origin == "http://www.example.com");
    CHECK_FALSE(out.expects_continue);
    CHECK(out.fields.size() == 4);
    CHECK(out.subprotocols().contains("superchat"));
    CHECK(out.extensions().contains("permessage-deflate"));
}

TEST_CASE("8441 4: a request without :protocol is a plain request, and so is a CONNECT for a tunnel",
          "[8441-4-02][8441-4-03][8441-8-01][HS-10]")
{
    const auto plain = [](const head_text& text) -> std::string {
        const fields all = text.fields();
        upgrade_request out;
        const error e = check_extended_connect(connect_head::from(all), out);
        if (!is_plain_request(e))
            return std::string{spelling_of(e)};
        return std::string{out.method} + " " + std::string{out.target} + " " + std::string{out.path} + "?" +
               std::string{out.query} + " " + std::string{out.host} + " " + std::to_string(out.port);
    };
    const head_text page = sample.without(":protocol").set(":method", "GET").set(":path", "/index.html?a");
    CHECK(plain(page) == "GET /index.html?a /index.html?a server.example.com 0");
    CHECK(plain(page.set(":method", "POST").with("content-length", "5")).starts_with("POST /index"));
    CHECK(plain(page.without("sec-websocket-version")).starts_with("GET /index"));
    CHECK(plain(page.set(":method", "OPTIONS").set(":path", "*")) == "OPTIONS * ? server.example.com 0");
    CHECK(plain(page.set(":path", "*")) == "request_target_invalid");
    CHECK(plain(page.without(":path")) == "request_target_invalid");
    CHECK(plain(page.without(":scheme")) == "scheme_invalid");
    const head_text tunnel =
        sample.without(":protocol").without(":scheme").without(":path").set(":authority", "a.example:443");
    CHECK(plain(tunnel) == "CONNECT a.example:443 ? a.example 443");
    // With :scheme or :path but without :protocol it is what a server that does not know RFC 8441 receives.
    CHECK(plain(sample.without(":protocol")) == "pseudo_field_invalid");
    CHECK(plain(sample.without(":protocol").without(":path")) == "pseudo_field_invalid");
    CHECK(plain(sample.without(":protocol").without(":scheme")) == "pseudo_field_invalid");
    CHECK(plain(tunnel.without(":authority")) == "request_target_invalid");
    for (const std::string_view portless : {"a.example", "a.example:", "a.example:0", "[::1]", "*"})
        CHECK(plain(tunnel.set(":authority", portless)) == "request_target_invalid"); // RFC 9110 9.3.6
    CHECK(plain(page.set(":scheme", "coap+tcp")).starts_with("GET /index"));          // RFC 9113 8.3.1: for a gateway
    for (const std::string_view method : {"", "G T", "GET\r\n", " GET"})
        CHECK(plain(page.set(":method", method)) == "pseudo_field_invalid");
    CHECK(plain(page.without(":method")) == "pseudo_field_invalid");
    CHECK(refusal(error::protocol_missing) == ":status = 400\n");
}

TEST_CASE("9220 3: another protocol than websocket gets 501", "[9220-3-02][8441-4-01][8441-5-01][HS-10]")
{
    for (const std::string_view fine : {"websocket", "WebSocket"})
        CHECK(verdict(sample.set(":protocol", fine)) == error::none);
    for (const std::string_view other : {"connect-udp", "websocket2", "websocke", "websocket/13"})
        CHECK(verdict(sample.set(":protocol", other)) == error::protocol_unsupported);
    CHECK(verdict(sample.set(":protocol", "connect-udp").set(":scheme", "masque")) == error::protocol_unsupported);
    for (const std::string_view malformed : {"websocket, foo", " ", "websocket ", " websocket", "web\rsocket"})
        CHECK(verdict(sample.set(":protocol", malformed)) == error::pseudo_field_invalid);
    CHECK(sockless::http_status_for(error::protocol_unsupported) == 501);
    CHECK(refusal(error::protocol_unsupported) == ":status = 501\n");
}

TEST_CASE("8441 4: :protocol belongs to CONNECT, with :scheme and :path",
          "[8441-4-01][8441-4-02][8441-5-01][8441-5-02]")
{
    for (const std::string_view method : {"GET", "connect", "CONNECTS", "POST"})
        CHECK(verdict(sample.set(":method", method)) == error::method_not_connect);
    CHECK(verdict(sample.without(":method")) == error::pseudo_field_invalid);
    for (const std::string_view scheme : {"http", "https", "HTTPS"})
        CHECK(verdict(sample.set(":scheme", scheme)) == error::none);
    for (const std::string_view scheme : {"wss", "ws", "httpss", "ftp", "https:"})
        CHECK(verdict(sample.set(":scheme", scheme)) == error::scheme_invalid);
    CHECK(verdict(sample.without(":scheme")) == error::scheme_invalid);
    for (const std::string_view path : {"/", "/a?b", "//", "/?", "/a|b"})
        CHECK(verdict(sample.set(":path", path)) == error::none);
    for (const std::string_view path :
         {"*", "chat", "https://server.example.com/chat", "server.example.com:443", "/a b", "/a#b", "/\xC3\xA9", "?a"})
        CHECK(verdict(sample.set(":path", path)) == error::request_target_invalid);
    CHECK(verdict(sample.without(":path")) == error::request_target_invalid);
    CHECK(refusal(error::scheme_invalid) == ":status = 400\n");
}

TEST_CASE("9113 8.3: pseudo-header fields come first, once each, and are known", "[9113-8.3-01][8441-8-01][HS-10]")
{
    for (const std::string_view name :
         {":method", ":protocol", ":scheme", ":path", ":authority", ":status", ":unknown", ":", ":Method"}) {
        head_text late = sample.without(name);
        const std::string value = name == ":protocol" ? "websocket" : "x";
        late.lines.emplace_back(name, value);
        CHECK(verdict(late) == error::pseudo_field_invalid);
        head_text twice = sample;
        twice.lines.emplace(twice.lines.begin(), name, "CONNECT");
        CHECK(verdict(twice) == error::pseudo_field_invalid);
    }
    for (const std::string_view name : {":method", ":protocol", ":scheme", ":path", ":authority"})
        CHECK(verdict(sample.set(name, "")) == error::pseudo_field_invalid);
    head_text text = sample;
    std::sort(text.lines.begin(), text.lines.begin() + 5);
    std::size_t count = 0;
    do
        if (verdict(text) != error::none)
            FAIL("permutation " << count);
    while (++count < 120 && std::next_permutation(text.lines.begin(), text.lines.begin() + 5));
    CHECK(count == 120);
    CHECK(verdict({}) == error::pseudo_field_invalid); // there is nothing
}

TEST_CASE("9113 8.3.1: :authority names the host, and Host may repeat it but not contradict it",
          "[8441-5-04][9113-8.3.1-01][HS-9]")
{
    const auto host_of = [](const head_text& text) -> std::string {
        const fields all = text.fields();
        upgrade_request out;
        const error e = check_extended_connect(connect_head::from(all), out);
        return failed(e) ? std::string{spelling_of(e)} : std::string{out.host} + " " + std::to_string(out.port);
    };
    const std::string name = "server.example.com";
    CHECK(host_of(sample.set(":authority", "[::1]:8080")) == "[::1] 8080");
    CHECK(host_of(sample.with("host", name)) == name + " 0");
    CHECK(host_of(sample.with("host", "SERVER.example.com:443")) == name + " 0"); // 443 is the default of https
    CHECK(host_of(sample.set(":scheme", "http").with("host", name + ":80")) == name + " 0");
    for (const std::string& other : {name + ":80", std::string{"other.example.com"}, name + ".", std::string{"[::1]"}})
        CHECK(host_of(sample.with("host", other)) == "host_not_authority");
    CHECK(host_of(sample.set(":authority", name + ":1").with("host", name)) == "host_not_authority");
    CHECK(host_of(sample.with("host", name).with("host", name)) == "host_repeated");
    CHECK(host_of(sample.with("host", "a/b")) == "host_invalid");
    // RFC 9114 4.3.1: one of the two
    CHECK(host_of(sample.without(":authority").with("host", name + ":1")) == name + " 1");
    CHECK(host_of(sample.without(":authority")) == "host_missing");
    CHECK(host_of(sample.without(":authority").with("host", "")) == "host_invalid");
    for (const std::string_view bad :
         {"u@server.example.com", "h:x", "h:65536", "h/", "https://h", "[::", "a b", "\xC3\xA9"})
        CHECK(host_of(sample.set(":authority", bad)) == "host_invalid");
    CHECK(refusal(error::host_not_authority) == ":status = 400\n");
}

TEST_CASE("9113 8.2: names are in lower case, and values have neither control characters nor white space around them",
          "[9113-8.2-01][9113-8.2.1-01][8441-5-06]")
{
    const auto check = [](const head_text& good, const auto& verdict_of) {
        CHECK(verdict_of(good.with("x-y", "a \t b\x80").with("empty", "")) == error::none);
        for (const std::string_view name : {"Cookie", "cookiE", "X", "Sec-WebSocket-Version"})
            CHECK(verdict_of(good.with(name, "13")) == error::field_name_upper_case);
        for (const std::string_view name : {"", "a b", "a:", "a\x80", "a\x7F", "(a)"})
            CHECK(verdict_of(good.with(name, "x")) == error::field_name_invalid);
        for (const char c : {'\0', '\r', '\n', '\x01', '\x7F'})
            CHECK(verdict_of(good.with("x", std::string{'a', c, 'b'})) == error::field_value_invalid);
        for (const std::string_view value : {" a", "a ", "\ta", "a\t", " ", "\t"})
            CHECK(verdict_of(good.with("x", value)) == error::field_value_space);
    };
    check(sample, [](const head_text& text) { return verdict(text); });
    check(sample_response, [](const head_text& text) { return response_verdict(text); });
    CHECK(verdict(sample.set("sec-websocket-version", " 13")) == error::field_value_space);
}

TEST_CASE("9113 8.2.2: fields of a connection make a request or a response malformed",
          "[9113-8.2.2-01][8441-5-03][HS-10]")
{
    for (const auto& [name, value] :
         std::initializer_list<std::pair<std::string_view, std::string_view>>{{"connection", "upgrade"},
                                                                              {"connection", ""},
                                                                              {"upgrade", "websocket"},
                                                                              {"keep-alive", "timeout=5"},
                                                                              {"proxy-connection", "keep-alive"},
                                                                              {"transfer-encoding", "chunked"},
                                                                              {"te", "gzip"},
                                                                              {"te", "trailers, gzip"}}) {
        CHECK(verdict(sample.with(name, value)) == error::connection_field);
        CHECK(response_verdict(sample_response.with(name, value)) == error::connection_field);
    }
    for (const std::string_view te : {"trailers", "Trailers"})
        CHECK(verdict(sample.with("te", te)) == error::none);
    CHECK(verdict(sample.with("upgrades", "x").with("t", "x").with("keep-aliv", "")) == error::none);
}

TEST_CASE("8441 5: key and accept value are neither required nor checked", "[8441-5-05]")
{
    for (const std::string_view key : {"", "no key", "dGhlIHNhbXBsZSBub25jZQ=="})
        CHECK(verdict(sample.with("sec-websocket-key", key).with("sec-websocket-key", key)) == error::none);
    CHECK(verdict(sample.with("sec-websocket-accept", "x")) == error::none);
    for (const std::string_view accept : {"", "x", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="})
        CHECK(response_verdict(
                  sample_response.with("sec-websocket-accept", accept).with("sec-websocket-accept", accept)) ==
              error::none);
    CHECK(accepted(sample, {}) == ":status = 200\n");
    CHECK(requested({.where = where("wss://h/")}).find("key") == std::string::npos);
}

TEST_CASE("8441 5, 6455 4.4: version 13 is required, and another one gets 400 with the list of this library",
          "[8441-5-06]")
{
    CHECK(verdict(sample.without("sec-websocket-version")) == error::version_missing);
    CHECK(verdict(sample.with("sec-websocket-version", "13")) == error::version_repeated);
    CHECK(verdict(sample.set("sec-websocket-version", "013")) == error::version_invalid);
    CHECK(verdict(sample.set("sec-websocket-version", "8")) == error::version_unsupported);
    CHECK(refusal(error::version_unsupported) == ":status = 400\nsec-websocket-version = 13\n");
    CHECK(refusal(error::version_missing) == ":status = 400\n");
}

TEST_CASE("8441 5: the rules for origin, subprotocols, extensions and bodies are those of HTTP/1.1", "[8441-5-06]")
{
    CHECK(verdict(sample.with("origin", "x")) == error::origin_repeated);
    CHECK(verdict(sample.set("sec-websocket-protocol", "a b")) == error::subprotocol_invalid);
    CHECK(verdict(sample.with("sec-websocket-protocol", "chat")) == error::subprotocol_repeated_name);
    CHECK(verdict(sample.with("sec-websocket-extensions", "x;;")) == error::extensions_invalid);
    CHECK(verdict(sample.with("content-length", "5")) == error::body_announced);
    CHECK(verdict(sample.with("content-length", "0")) == error::none);
    CHECK(verdict(sample.with("content-length", "x")) == error::body_length_invalid);
    upgrade_request out;
    const head_text kept = sample.with("expect", "100-continue");
    const fields expecting = kept.fields();
    REQUIRE(check_extended_connect(connect_head::from(expecting), out) == error::none);
    CHECK(out.expects_continue);
}

TEST_CASE("8441: of several faults the first in the order of error is reported", "[9113-8.3-01]")
{
    using enum fault::how;
    const std::array<fault, 19> faults{{{error::pseudo_field_invalid, with, ":x", "x"},
                                        {error::request_target_invalid, set, ":path", "x"},
                                        {error::field_name_invalid, with, "a b", "x"},
                                        {error::field_value_invalid, with, "x1", "\x01"},
                                        {error::body_length_invalid, with, "content-length", "x"},
                                        {error::field_name_upper_case, with, "X", "x"},
                                        {error::field_value_space, with, "x2", " "},
                                        {error::connection_field, with, "upgrade", "websocket"},
                                        {error::scheme_invalid, set, ":scheme", "w s"},
                                        {error::host_not_authority, with, "host", "other"},
                                        {error::method_not_connect, set, ":method", "GET"},
                                        {error::host_invalid, set, ":authority", "a b"},
                                        {error::protocol_unsupported, set, ":protocol", "x"},
                                        {error::body_announced, with, "content-length", "1"},
                                        {error::version_missing, without, "sec-websocket-version"},
                                        {error::version_unsupported, set, "sec-websocket-version", "8"},
                                        {error::subprotocol_invalid, set, "sec-websocket-protocol", "a b"},
                                        {error::extensions_invalid, set, "sec-websocket-extensions", ";"},
                                        {error::origin_repeated, with, "origin", "x"}}};
    for (const fault& first : faults) {
        CHECK(verdict(first.in(sample)) == first.reported);
        for (const fault& second : faults) {
            const bool host = (first.name == "host" && second.name == ":authority") ||
                              (first.name == ":authority" && second.name == "host");
            if (!first.combines_with(second) || host) // there is nothing to compare a malformed authority with
                continue;
            CAPTURE(spelling_of(first.reported), spelling_of(second.reported));
            CHECK(verdict(second.in(first.in(sample))) == std::min(first.reported, second.reported));
        }
    }
}

// --- the same request over both

/// Returns a request of HTTP/1.1 as an intermediary passes it on over HTTP/2 (RFC 9113 8.2.2, 8.3.1; RFC 8441 5).
head_text to_http2(const head_text& text)
{
    const std::string target = text.start.substr(4, text.start.rfind(' ') - 4);
    head_text result{"", {{":method", "CONNECT"}, {":scheme", "https"}, {":path", target}}};
    std::vector<std::pair<std::string, std::string>> more;
    for (const auto& [name, value] : text.lines) {
        std::string lower = name;
        std::ranges::transform(lower, lower.begin(), sockless::detail::to_lower);
        if (lower == "host")
            result.lines.emplace_back(":authority", value);
        else if (lower == "upgrade")
            result.lines.emplace_back(":protocol", value);
        else if (lower != "connection" && lower != "sec-websocket-key")
            more.emplace_back(lower, value);
    }
    result.lines.insert(result.lines.end(), more.begin(), more.end());
    return result;
}

/// Returns the reverse.
head_text to_http1(const head_text& text)
{
    head_text result{"", {{"Connection", "Upgrade"}, {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}}};
    for (const auto& [name, value] : text.lines) {
        if (name == ":path")
            result.start = "GET " + value + " HTTP/1.1";
        else if (name == ":authority")
            result.lines.emplace_back("Host", value);
        else if (name == ":protocol")
            result.lines.emplace_back("Upgrade", value);
        else if (!name.starts_with(':'))
            result.lines.emplace_back(name, value);
    }
    return result;
}

std::pair<error, std::string> described(error e, const upgrade_request& request)
{
    std::string text;
    for (const std::string_view part : {request.path, request.query, request.host, request.origin})
        text += std::string{part} + "|";
    text += std::to_string(request.port) + (request.has_origin ? " origin" : "") +
            (request.expects_continue ? " expects" : "");
    auto list = request.subprotocols();
    for (std::string_view name; list.next(name);)
        text += " " + std::string{name};
    auto extensions = request.extensions();
    for (sockless::extension each; extensions.next(each);)
        text += " " + std::string{each.name} + ";" + std::string{each.parameter_text};
    return {e, failed(e) ? "" : text};
}

/// Checks a request over HTTP/1.1.
std::pair<error, std::string> over_http1(const head_text& text)
{
    const fields all = text.fields();
    upgrade_request out;
    const std::string target = text.start.substr(4, text.start.rfind(' ') - 4);
    const error e = check_upgrade({"GET", target, {}, all}, out);
    return described(e, out);
}

std::pair<error, std::string> over_http2(const head_text& text)
{
    const fields all = text.fields();
    upgrade_request out;
    const error e = check_extended_connect(connect_head::from(all), out);
    return described(e, out);
}

TEST_CASE("8441 5: a request is valid over HTTP/1.1 exactly if it is over HTTP/2, with the same error otherwise",
          "[8441-5-06][8441-5-04]")
{
    using strings = std::vector<std::string>;
    // The same line as an HTTP/1.1 parser and an HTTP/2 library pass it; each is replaced, left out or repeated.
    const std::vector<std::pair<std::string, strings>> changes{
        {"Origin", {"null", "", "http://a", "\x80"}},
        {"Sec-WebSocket-Version", {"13", "8", "013", "256", "", "13, 8", "x"}},
        {"Sec-WebSocket-Protocol", {"a", "a, b", "a,,b", ",", "", "a b", "a, a", "A, a"}},
        {"Sec-WebSocket-Extensions", {"x", "x; y=1, z", "", ";", "x y", "x; y=\"1\"", "x; y=\"", ","}},
        {"Content-Length", {"0", "00", "5", "x", "", "0, 0"}},
        {"Expect", {"100-continue", "100-Continue", "x", ""}},
        {"Host", {"h", "H:1", "[::1]:443", "h:", "u@h", "h:x", "a b", "\xC3\xA9", "h:65536"}},
        {"Cookie", {"a=b; c", ""}},
        {"Sec-WebSocket-Accept", {"x"}},
    };
    std::vector<head_text> requests;
    const head_text base = rfc_request.with("Sec-WebSocket-Extensions", "foo; bar, baz");
    const auto add_variants = [&](const head_text& from) {
        for (const auto& [name, values] : changes) {
            if (name != "Host")
                requests.push_back(from.without(name));
            for (const std::string& value : values) {
                requests.push_back(from.without(name).with(name, value));
                if (name != "Host")
                    requests.push_back(from.with(name, value));
            }
        }
    };
    add_variants(base);
    const std::vector<head_text> single = requests;
    for (const head_text& each : single)
        add_variants(each);
    for (const std::string_view target : {"/", "/a?b", "/?", "//x", "/a|b", "/a#b", "/a b", "/\xC3\xA9", "/%zz"})
        requests.push_back(base.line("GET " + std::string{target} + " HTTP/1.1"));
    std::size_t valid = 0;
    for (const head_text& request : requests) {
        CAPTURE(request.text());
        const auto first = over_http1(request);
        if (first != over_http2(to_http2(request)))
            CHECK(first == over_http2(to_http2(request)));
        const head_text back = to_http1(to_http2(request));
        if (first != over_http1(back))
            CHECK(first == over_http1(back));
        valid += failed(first.first) ? 0U : 1U;
    }
    CHECK(requests.size() > 5000);
    CHECK(valid > 500);
    CHECK(valid < requests.size() / 2);
}

// --- the response of a server

TEST_CASE("8441 5.1: the response is 200 and what the server agrees to, in lower case",
          "[8441-5-07][8441-5-03][8441-5-05][9113-8.2-01]")
{
    const std::array<field, 2> more{{{"set-cookie", "a=b"}, {"server", "x y"}}};
    CHECK(accepted(sample, {.subprotocol = "chat"}) == lines(sample_response.fields()));
    CHECK(accepted(sample, {.subprotocol = "superchat", .extensions = "permessage-deflate", .fields = more}) ==
          ":status = 200\nsec-websocket-protocol = superchat\nsec-websocket-extensions = permessage-deflate\n"
          "set-cookie = a=b\nserver = x y\n");
    CHECK(accepted(sample, {.subprotocol = "other"}) == "subprotocol_not_requested");
    CHECK(accepted(sample, {.subprotocol = "a b"}) == "subprotocol_not_sendable");
    CHECK(accepted(sample, {.extensions = "foo"}) == "extension_not_requested");
    CHECK(accepted(sample, {.extensions = ";"}) == "extensions_not_sendable");
    CHECK(accepted(sample, {.subprotocol = "chat", .fields = more}, 4) ==
          ":status = 200\nsec-websocket-protocol = chat\nset-cookie = a=b\nserver = x y\n");
    for (const std::size_t room : {0U, 1U, 2U, 3U})
        CHECK(accepted(sample, {.subprotocol = "chat", .fields = more}, room) == "no_space");
}

TEST_CASE("9113 8.2: a program cannot add a field that would make the message malformed",
          "[9113-8.2-01][9113-8.2.1-01][9113-8.2.2-01][9113-8.3-01][HS-12]")
{
    const auto check = [](const auto& written) {
        const auto reported = [&](std::string_view name, std::string_view value) {
            const std::array<field, 2> more{{{"x", "y"}, {name, value}}};
            return written(more);
        };
        for (const std::string_view name : {"Set-Cookie", "", ":status", ":path", "a b", "\xC3\xA9"})
            CHECK(reported(name, "x") == "field_not_sendable");
        for (const std::string_view value : {" a", "a ", "a\r\nb", "\x01"})
            CHECK(reported("x", value) == "field_not_sendable");
        for (const std::string_view name :
             {"connection", "upgrade", "keep-alive", "proxy-connection", "transfer-encoding", "te", "content-length",
              "host", "origin", "sec-websocket-protocol", "sec-websocket-version", "sec-websocket-key",
              "sec-websocket-accept"})
            CHECK(reported(name, "x") == "field_reserved");
        CHECK(reported("te", "trailers").ends_with("x = y\nte = trailers\n"));
    };
    check([](std::span<const field> more) { return accepted(sample, {.fields = more}); });
    check([](std::span<const field> more) { return requested({.where = where("ws://h/"), .fields = more}); });
}

TEST_CASE("8441: an error response has the status of the error, as text, but never 426", "[8441-5-07][9220-3-02]")
{
    for (std::size_t i = 0; i < sockless::detail::error_count; ++i) {
        const auto reason = static_cast<error>(i);
        const unsigned status = sockless::http_status_for(reason);
        if (status == 0)
            continue;
        CAPTURE(spelling_of(reason));
        CHECK(refusal(reason).starts_with(":status = " + std::to_string(status == 426 ? 400U : status) + "\n"));
    }
    std::array<field, 1> storage;
    std::span<field> out = std::span{storage}.first(0);
    CHECK(write_error_fields(out, error::host_missing) == error::no_space);
    out = storage;
    CHECK(write_error_fields(out, error::version_unsupported) == error::no_space);
    CHECK(out.size() == 1);
}

// --- the request of a client

TEST_CASE("8441 5.1: the client writes the sample request", "[8441-5-01][8441-5-02][8441-5-03][8441-5-04][8441-5-06]")
{
    const std::array<field, 1> more{{{"cookie", "a=b"}}};
    sockless::connect_options options{.where = where("wss://server.example.com/chat"),
                                      .subprotocols = subprotocols,
                                      .extensions = "permessage-deflate",
                                      .origin = "http://www.example.com"};
    CHECK(requested(options) == lines(sample.fields()));
    options.fields = more;
    CHECK(requested(options) == lines(sample.fields()) + "cookie = a=b\n");
    CHECK(requested(options, 10) == lines(sample.fields()) + "cookie = a=b\n");
    for (std::size_t room = 0; room < 10; ++room)
        CHECK(requested(options, room) == "no_space");
    const std::size_t needed = std::string_view{"server.example.com/chatchat, superchat"}.size();
    CHECK(requested(options, 10, needed) == lines(sample.fields()) + "cookie = a=b\n");
    for (std::size_t characters = 0; characters < needed; ++characters)
        CHECK(requested(options, 10, characters) == "no_space");
}

TEST_CASE("8441 5: scheme, authority and path are those of the URI", "[8441-5-02][8441-4-02]")
{
    const auto target = [](std::string_view text) {
        const std::string list = requested({.where = where(text)});
        const std::size_t begin = list.find(":scheme");
        return list.substr(begin, list.find("sec-") - begin);
    };
    CHECK(target("ws://h") == ":scheme = http\n:path = /\n:authority = h\n");
    CHECK(target("wss://h?") == ":scheme = https\n:path = /\n:authority = h\n");
    CHECK(target("wss://h:443/a?b=c") == ":scheme = https\n:path = /a?b=c\n:authority = h\n");
    CHECK(target("ws://[::1]:443/") == ":scheme = http\n:path = /\n:authority = [::1]:443\n");
    CHECK(
        requested({.where = where("ws://h")}) ==
        ":method = CONNECT\n:protocol = websocket\n:scheme = http\n:path = /\n:authority = h\nsec-websocket-version = 13\n");
}

TEST_CASE("8441 5: the client's own texts are checked as over HTTP/1.1", "[8441-5-06][9113-8.2.1-01]")
{
    const std::array<std::string_view, 2> same{"a", "a"};
    const std::array<std::string_view, 1> broken{"a b"};
    const sockless::uri good = where("ws://h/");
    const auto with = [&](auto change) {
        sockless::connect_options options{.where = good};
        change(options);
        return requested(options);
    };
    CHECK(with([](auto& o) { o.where.host = "a b"; }) == "host_not_sendable");
    CHECK(with([](auto& o) { o.where.host = "h:1"; }) == "host_not_sendable");
    CHECK(with([](auto& o) { o.where.path = "a"; }) == "target_not_sendable");
    CHECK(with([](auto& o) { o.where.query = "#"; }) == "target_not_sendable");
    CHECK(with([](auto& o) { o.origin = " x"; }) == "field_not_sendable");
    CHECK(with([](auto& o) { o.extensions = "x;"; }) == "extensions_not_sendable");
    CHECK(with([&](auto& o) { o.subprotocols = same; }) == "subprotocol_not_sendable");
    CHECK(with([&](auto& o) { o.subprotocols = broken; }) == "subprotocol_not_sendable");
}

// --- the response, as a client reads it

TEST_CASE("8441 5: a client accepts 2xx, and nothing else opens the connection", "[8441-5-07][HS-11]")
{
    const auto checked = [](const head_text& text, upgrade_response& out) {
        const fields all = text.fields();
        const error e = check_connect_response(all, sample_expected, out);
        CHECK(out.fields.size() + 1 == all.size());
        return e;
    };
    upgrade_response out;
    for (const std::string_view status : {"200", "204", "299"}) {
        const head_text text = sample_response.set(":status", status);
        CHECK(checked(text, out) == error::none);
        CHECK(out.subprotocol == "chat");
    }
    for (const std::string_view status : {"101", "100", "103", "300", "400", "403", "501", "999"}) {
        CHECK(checked(sample_response.set(":status", status).with("X", " ").with("upgrade", "x"), out) ==
              error::status_not_2xx);
        CHECK(out.subprotocol.empty());
    }
    for (const std::string_view status : {"", "20", "2000", "2x0", "+20", " 20"})
        CHECK(checked(sample_response.set(":status", status), out) == error::pseudo_field_invalid);
    CHECK(sockless::http_status_for(error::status_not_2xx) == 0);
    CHECK(condition_of(error::status_not_2xx) == sockless::condition::handshake_unacceptable);
}

TEST_CASE("9113 8.3.2: a response has :status first, once, and no other pseudo-header field", "[9113-8.3-01]")
{
    CHECK(response_verdict(sample_response.without(":status")) == error::pseudo_field_invalid);
    CHECK(response_verdict(sample_response.without(":status").with(":status", "200")) == error::pseudo_field_invalid);
    CHECK(response_verdict(sample_response.with(":status", "200")) == error::pseudo_field_invalid);
    CHECK(response_verdict(sample_response.with(":path", "/")) == error::pseudo_field_invalid);
    CHECK(response_verdict({}) == error::pseudo_field_invalid);
}

TEST_CASE("8441 5: subprotocol and extensions of a response have the rules of HTTP/1.1", "[8441-5-06]")
{
    CHECK(response_verdict(sample_response) == error::none);
    CHECK(response_verdict(sample_response.without("sec-websocket-protocol")) == error::none);
    CHECK(response_verdict(sample_response.set("sec-websocket-protocol", "other")) == error::subprotocol_not_offered);
    CHECK(response_verdict(sample_response.set("sec-websocket-protocol", "chat, superchat")) ==
          error::subprotocol_invalid);
    CHECK(response_verdict(sample_response.with("sec-websocket-protocol", "chat")) == error::subprotocol_repeated);
    CHECK(response_verdict(sample_response.with("sec-websocket-extensions", "foo; x")) == error::none);
    CHECK(response_verdict(sample_response.with("sec-websocket-extensions", "bar")) == error::extension_not_offered);
    CHECK(response_verdict(sample_response.with("sec-websocket-extensions", "")) == error::extensions_invalid);
    CHECK(response_verdict(sample_response.with("content-length", "7")) == error::none); // RFC 9110 9.3.6
    expected_response strict = sample_expected;
    strict.subprotocol_required = true;
    CHECK(response_verdict(sample_response, strict) == error::none);
    CHECK(response_verdict(sample_response.without("sec-websocket-protocol"), strict) == error::subprotocol_missing);
}

// --- the stream after the response

/// A handler that keeps what it receives.
struct receiver {
    void on_message(auto&, const sockless::event& e) { messages.emplace_back(e.text()); }
    void on_close(auto&, const sockless::event& e) { code = e.code(); }

    std::vector<std::string> messages;
    sockless::close_code code{};
};

/// Returns what one end writes, as DATA.
std::vector<std::uint8_t> data_of(auto& ws)
{
    std::vector<std::uint8_t> result;
    while (!ws.write_buffer().empty()) {
        const std::span<const std::byte> bytes = ws.write_buffer();
        for (const std::byte each : bytes)
            result.push_back(std::to_integer<std::uint8_t>(each));
        ws.written(bytes.size(), 0);
    }
    return result;
}

using storage = sockless::static_websocket_storage<sockless::websocket_sizes{.message = 1000}>;
using client = sockless::websocket<sockless::role::client, support::zero_keys>;
using server = sockless::websocket<sockless::role::server>;

TEST_CASE("8441 5: after the response the stream has the bytes that follow a 101, masked by the client", "[8441-5-08]")
{
    storage memory;
    storage other_memory;
    client from{memory};
    server to{other_memory};
    receiver events;
    REQUIRE(from.start_open() == error::none);
    REQUIRE(to.start_open("chat") == error::none);
    CHECK_FALSE(from.poll(events, 0).write);
    REQUIRE(from.send("hello") == error::none);
    const std::vector<std::uint8_t> data = data_of(from);
    CHECK(data == std::vector<std::uint8_t>{0x81, 0x85, 0, 0, 0, 0, 'h', 'e', 'l', 'l', 'o'});
    to.receive_copy(data, 0); // const, as an HTTP/2 library lends it
    CHECK(to.poll(events, 0).read);
    CHECK(events.messages == std::vector<std::string>{"hello"});
    REQUIRE(to.send("bye") == error::none);
    CHECK(data_of(to) == std::vector<std::uint8_t>{0x81, 3, 'b', 'y', 'e'});
}

TEST_CASE(
    "8441 5, 9220 3: END_STREAM is the end of the input, a reset is a loss, and both are 1006 without a close frame",
    "[8441-5-09][9220-3-04]")
{
    for (const bool reset : {false, true}) {
        storage memory;
        server ws{memory};
        receiver events;
        REQUIRE(ws.start_open() == error::none);
        REQUIRE(ws.send("unsent") == error::none);
        CHECK(ws.poll(events, 0).write);
        reset ? ws.transport_failed(0) : ws.input_ended(0);
        const sockless::websocket_needs needs = ws.poll(events, 0);
        CHECK(needs.write == !reset); // after END_STREAM the other direction still works
        CHECK(events.code == sockless::close_code::abnormal);
    }
    storage memory;
    server ws{memory};
    receiver events;
    REQUIRE(ws.start_open() == error::none);
    ws.receive_copy(std::array<std::uint8_t, 8>{0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE8}, 0);
    ws.input_ended(0);
    CHECK(ws.poll(events, 0).write);
    CHECK(data_of(ws) == std::vector<std::uint8_t>{0x88, 2, 0x03, 0xE8});
    CHECK(ws.poll(events, 0).close);
    CHECK(events.code == sockless::close_code::normal);
}

} // namespace
