// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "feed_head.hpp"
#include "support/catch.hpp"

#include <sockless/handshake/upgrade_request.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace {

using heads::head_text;
using heads::rfc_request;
using sockless::check_upgrade;
using sockless::error;
using sockless::field;
using sockless::request_head;
using sockless::upgrade_request;
using support::spelling_of;

struct start_line {
    std::string_view method = "GET";
    std::string_view target = "/chat";
    sockless::http_version version = {};
};

/// The fields as another parser passes them.
error verdict(const head_text& text, const start_line& start = {})
{
    const std::vector<field> fields = text.fields();
    upgrade_request out;
    return check_upgrade({start.method, start.target, start.version, fields}, out);
}

constexpr std::array<field, 5> least{{{"host", "h"},
                                      {"upgrade", "WebSocket"},
                                      {"connection", "upgrade"},
                                      {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="},
                                      {"sec-websocket-version", "13"}}};
constexpr bool used_by_the_compiler()
{
    upgrade_request out;
    return check_upgrade({"GET", "/a?b", {}, least}, out) == error::none && out.path == "/a" && out.query == "b" &&
           out.host == "h" && !out.has_origin;
}
static_assert(used_by_the_compiler());

TEST_CASE("6455 1.2: the sample request is valid, and all its parts are returned", "[6455-4.2.1-11][6455-4.2.2-04]")
{
    const std::vector<field> fields = rfc_request.fields();
    upgrade_request out;
    REQUIRE(check_upgrade({"GET", "/chat", {}, fields}, out) == error::none);
    CHECK(out.target == "/chat");
    CHECK(out.path == "/chat");
    CHECK(out.query.empty());
    CHECK(out.host == "server.example.com");
    CHECK(out.port == 0);
    CHECK(out.key == "dGhlIHNhbXBsZSBub25jZQ==");
    CHECK(out.has_origin);
    CHECK(out.origin == "http://example.com");
    CHECK_FALSE(out.expects_continue);
    auto subprotocols = out.subprotocols();
    std::string_view name;
    REQUIRE(subprotocols.next(name));
    CHECK(name == "chat");
    REQUIRE(subprotocols.next(name));
    CHECK(name == "superchat");
    CHECK_FALSE(subprotocols.next(name));
    auto extensions = out.extensions();
    sockless::extension element;
    CHECK_FALSE(extensions.next(element));
    CHECK_FALSE(extensions.malformed());
}

TEST_CASE("6455 4.2.1: the order of the fields does not matter, and unknown fields are ignored",
          "[6455-4.2.1-02][6455-4.2.1-12][9110-5.1-01]")
{
    head_text text = rfc_request.with("X-Unknown", "\x80 anything; at=all").with("Sec-WebSocket-Unknown", "x");
    std::sort(text.lines.begin(), text.lines.end());
    std::size_t count = 0;
    do {
        if (verdict(text) != error::none)
            FAIL("permutation " << count);
    } while (++count < 20000 && std::next_permutation(text.lines.begin(), text.lines.end()));
    std::reverse(text.lines.begin(), text.lines.end());
    CHECK(verdict(text) == error::none);
}

TEST_CASE("6455 4.2.1: only GET and HTTP/1.1 or a later 1.x", "[6455-4.2.1-03][9110-7.8-06][9110-15.2-02][HS-10]")
{
    for (const std::string_view method : {"POST", "HEAD", "get", "Get", "OPTIONS", "CONNECT", "GETS", ""})
        CHECK(verdict(rfc_request, {.method = method}) == error::method_not_get);
    CHECK(verdict(rfc_request, {.version = {1, 0}}) == error::http_version_too_old);
    CHECK(verdict(rfc_request, {.version = {0, 9}}) == error::http_version_unsupported);
    CHECK(verdict(rfc_request, {.version = {2, 0}}) == error::http_version_unsupported);
    CHECK(verdict(rfc_request, {.version = {1, 2}}) == error::none);
    CHECK(sockless::http_status_for(error::method_not_get) == 405);
    CHECK(sockless::http_status_for(error::http_version_unsupported) == 505);
    CHECK(sockless::http_status_for(error::http_version_too_old) == 505);
}

TEST_CASE("6455 4.2.1: the target is a resource name or an http URI with one", "[6455-4.2.1-04][9112-3.2.2-02]")
{
    const std::vector<field> fields = rfc_request.fields();
    const auto resource = [&](std::string_view target) -> std::string {
        upgrade_request out;
        if (const error e = check_upgrade({"GET", target, {}, fields}, out); failed(e))
            return std::string{support::spelling_of(e)};
        return std::string{out.host} + "|" + std::to_string(out.port) + "|" + std::string{out.path} + "|" +
               std::string{out.query};
    };
    CHECK(resource("/chat?a=b?c") == "server.example.com|0|/chat|a=b?c");
    CHECK(resource("/chat?") == "server.example.com|0|/chat|");
    CHECK(resource("//a") == "server.example.com|0|//a|");
    CHECK(resource("/a|{}\"%zz") == "server.example.com|0|/a|{}\"%zz|"); // as browsers send it
    CHECK(resource("http://other.example:81/chat?a=b") == "other.example|81|/chat|a=b");
    CHECK(resource("https://other.example/chat") == "other.example|443|/chat|");
    CHECK(resource("HTTP://other.example?x") == "other.example|80|/|x");
    for (const std::string_view bad :
         {"", "*", "chat", "h:80", "ws://h/", "ftp://h/", "http:///", "http://", "http://u@h/", "/a#b", "http://h/#",
          "http://h:x/", "/a b", "/\xC3\xA9", "?x", "http://h/a|b"})
        CHECK(resource(bad) == spelling_of(error::request_target_invalid));
    upgrade_request out;
    const head_text hostless = rfc_request.without("Host");
    const std::vector<field> without_host = hostless.fields();
    CHECK(check_upgrade({"GET", "http://h/", {}, without_host}, out) == error::host_missing); // even so
}

TEST_CASE("9112 3.2, CVE-2026-61666: exactly one valid Host", "[6455-4.2.1-05][9112-3.2-03][HS-9][HS-18]")
{
    CHECK(verdict(rfc_request.without("Host")) == error::host_missing);
    CHECK(verdict(rfc_request.with("Host", "server.example.com")) == error::host_repeated);
    for (const std::string_view bad :
         {"", "[::", "a b", "a,b", "u@h", "h:x", "h:65536", "h/", "http://h", "\xC3\xA9", "a\tb"})
        CHECK((verdict(rfc_request.set("Host", bad)) == error::host_invalid) ==
              (bad != "a,b")); // a comma is valid in a name
    CHECK(verdict(rfc_request.set("Host", std::string(65536, '['))) == error::host_invalid);
    CHECK(verdict(rfc_request.set("Host", std::string(65536, 'a') + " ")) == error::host_invalid);
    CHECK(verdict(rfc_request.set("Host", "[::1]:8080")) == error::none);
    CHECK(verdict(rfc_request.set("Host", "h:")) == error::none);
}

TEST_CASE("6455 4.2.1, CVE-2020-7693: Upgrade has websocket as one of its elements",
          "[6455-4.2.1-06][6455-11.2-01][9110-7.8-01][9110-7.8-02][HS-10][6455-2.1-01]")
{
    for (const std::string_view fine : {"websocket", "WebSocket", "WEBSOCKET", "h2c, WebSocket", "websocket, HTTP/3.0",
                                        ", websocket,,", "HTTP/2.0,websocket"})
        CHECK(verdict(rfc_request.set("Upgrade", fine)) == error::none);
    CHECK(verdict(rfc_request.set("Upgrade", "h2c").with("upgrade", "websocket")) == error::none);
    for (const std::string_view bad :
         {"", ",", "websocketx", "xwebsocket", "websocket/13", "web socket", "websocket foo", "h2c", "websocket;q=1",
          "websoc\xE2\x84\xAA"
          "et",
          "websocket, a b", "websocket, h2c/", "websocket, /1", "websocket, a/b/c"})
        CHECK(verdict(rfc_request.set("Upgrade", bad)) == error::upgrade_not_websocket);
    CHECK(sockless::http_status_for(error::upgrade_not_websocket) == 426);
}

TEST_CASE("9110 7.8: a request without Upgrade differs from one with an invalid Upgrade", "[9110-7.8-03][6455-1.6-01]")
{
    const head_text page_text = rfc_request.without("Upgrade").without("Sec-WebSocket-Key");
    const std::vector<field> page = page_text.fields();
    upgrade_request out;
    const error e = check_upgrade({"GET", "/index.html?x", {}, page}, out);
    CHECK(e == error::upgrade_missing);
    CHECK(is_plain_request(e));
    CHECK(is_plain_request(error::upgrade_not_websocket));
    CHECK(out.path == "/index.html");
    CHECK(out.query == "x");
    CHECK(out.host == "server.example.com");
    CHECK(out.origin == "http://example.com");
    CHECK(out.fields.size() == page.size());
    CHECK_FALSE(is_plain_request(verdict(rfc_request.without("Connection"))));
    CHECK_FALSE(is_plain_request(verdict(rfc_request, {.method = "POST"})));
    CHECK_FALSE(is_plain_request(error::none));
}

TEST_CASE("6455 4.2.1, CVE-2026-59898: Connection has the option upgrade",
          "[6455-4.2.1-07][9110-7.6.1-01][9110-5.6.1-02][9110-7.8-05][HS-10]")
{
    for (const std::string_view fine : {"Upgrade", "upgrade", "UPGRADE", "keep-alive, Upgrade", "close, upgrade",
                                        ", Upgrade,,", "Upgrade,keep-alive", "Upgrade, HTTP2-Settings"})
        CHECK(verdict(rfc_request.set("Connection", fine)) == error::none);
    CHECK(verdict(rfc_request.set("Connection", "keep-alive").with("connection", "upgrade")) == error::none);
    CHECK(verdict(rfc_request.with("Connection", "keep-alive")) == error::none);
    for (const std::string_view bad : {"", ",", "notupgrade", "not-upgrade", "upgraded", "keep-alive",
                                       "keep-alive Upgrade", "upgrade;q=1", "Upgrade, a b", "\"upgrade\""})
        CHECK(verdict(rfc_request.set("Connection", bad)) == error::connection_not_upgrade);
    CHECK(verdict(rfc_request.without("Connection")) == error::connection_not_upgrade);
}

TEST_CASE("6455 4.2.1, 11.3.1: exactly one Sec-WebSocket-Key, of 16 bytes",
          "[6455-4.2.1-08][6455-11.3.1-01][6455e-3150-01][HS-8]")
{
    CHECK(verdict(rfc_request.without("Sec-WebSocket-Key")) == error::key_missing);
    CHECK(verdict(rfc_request.with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")) == error::key_repeated);
    for (const std::string& bad :
         {std::string{}, std::string{"dGhlIHNhbXBsZSBub25jZQ="}, std::string{"dGhlIHNhbXBsZSBub25jZQ=A"},
          std::string{"AAAAAAAAAAAAAAAAAAAA"}, std::string{"AAAAAAAAAAAAAAAAAAAAAAA="},
          std::string{"AAAAAAAAAAAAAAAAAAAAAAAA"}, std::string{"dGhlIHNhbXBs ZSBub25jZQ="}, std::string(23, 'A'),
          std::string(25, 'A'), std::string(64, 'A'), std::string(4096, 'A')})
        CHECK(verdict(rfc_request.set("Sec-WebSocket-Key", bad)) == error::key_invalid);
    CHECK(verdict(rfc_request.set("Sec-WebSocket-Key", "AQIDBAUGBwgJCgsMDQ4PEC==")) == error::none);
}

TEST_CASE("6455 4.2.1, 11.3.5: exactly one Sec-WebSocket-Version, and it is 13",
          "[6455-4.2.1-09][6455-4.2.2-07][6455-11.3.5-01][6455-4.1-22][6455-4.3-04][HS-10]")
{
    CHECK(verdict(rfc_request.without("Sec-WebSocket-Version")) == error::version_missing);
    CHECK(verdict(rfc_request.with("Sec-WebSocket-Version", "13")) == error::version_repeated);
    for (const std::string_view bad : {"", "013", "13a", "-1", "300", "256", "13, 8", "00", "1 3"})
        CHECK(verdict(rfc_request.set("Sec-WebSocket-Version", bad)) == error::version_invalid);
    for (const std::string_view other : {"0", "7", "8", "9", "10", "11", "12", "14", "25", "255"})
        CHECK(verdict(rfc_request.set("Sec-WebSocket-Version", other)) == error::version_unsupported);
    CHECK(sockless::http_status_for(error::version_unsupported) == 426);
    CHECK(sockless::http_status_for(error::version_invalid) == 400);
}

TEST_CASE("6455 4.2.1: a malformed list of subprotocols or extensions is rejected",
          "[6455-4.2.1-01][6455-9.1-01][6455-4.3-01][HS-4][HS-6][HS-7]")
{
    for (const std::string_view bad : {"", " , ,", "a b", "caf\xC3\xA9", "a/b"})
        CHECK(verdict(rfc_request.set("Sec-WebSocket-Protocol", bad)) == error::subprotocol_invalid);
    CHECK(verdict(rfc_request.with("Sec-WebSocket-Protocol", "chat")) == error::subprotocol_repeated_name);
    for (const std::string_view bad : {"", ",", "x;;y", "x; a=", "; a", ",;constructor", "x; a=\"b", "x y"})
        CHECK(verdict(rfc_request.with("Sec-WebSocket-Extensions", bad)) == error::extensions_invalid);
    CHECK(verdict(rfc_request.with("Sec-WebSocket-Extensions", "x").with("Sec-WebSocket-Extensions", "y; z")) ==
          error::none);
    CHECK(verdict(rfc_request.with("Sec-WebSocket-Extensions", "x").with("Sec-WebSocket-Extensions", "y;")) ==
          error::extensions_invalid);
    std::string endless = "a; b=\"";
    for (int i = 0; i < 32768; ++i)
        endless += "\\c";
    CHECK(verdict(rfc_request.with("Sec-WebSocket-Extensions", endless)) == error::extensions_invalid);
}

TEST_CASE("6454 7.3: at most one Origin; a missing field differs from an empty one", "[6455-4.2.1-10][HS-16]")
{
    CHECK(verdict(rfc_request.with("Origin", "http://example.com")) == error::origin_repeated);
    CHECK(verdict(rfc_request.without("Origin")) == error::none);
    const head_text with_empty = rfc_request.set("Origin", "");
    const std::vector<field> empty = with_empty.fields();
    upgrade_request out;
    REQUIRE(check_upgrade({"GET", "/", {}, empty}, out) == error::none);
    CHECK(out.has_origin);
    CHECK(out.origin.empty());
    const std::array<std::string_view, 1> allowed{"http://example.com"};
    CHECK_FALSE(sockless::is_origin_allowed(out.origin, allowed));
    const std::vector<field> usual = rfc_request.fields();
    REQUIRE(check_upgrade({"GET", "/", {}, usual}, out) == error::none);
    CHECK(sockless::is_origin_allowed(out.origin, allowed));
    const head_text without = rfc_request.without("Origin");
    const std::vector<field> none = without.fields();
    REQUIRE(check_upgrade({"GET", "/", {}, none}, out) == error::none);
    CHECK_FALSE(out.has_origin);
    CHECK_FALSE(sockless::is_origin_allowed(out.origin, allowed));
}

TEST_CASE("9112 6: an upgrade request that announces a body is rejected",
          "[9112-6.3-04][9112-6.3-02][9112-6.3-03][9112-6.1-02][HS-13]")
{
    for (const std::string_view bad : {"1", "5", "00001", "00", "99999999999999999999"})
        CHECK(verdict(rfc_request.with("Content-Length", bad)) == error::body_announced);
    CHECK(verdict(rfc_request.with("Content-Length", "0")) == error::none);
    for (const std::string_view bad : {"chunked", "gzip, chunked", "CHUNKED"})
        CHECK(verdict(rfc_request.with("Transfer-Encoding", bad)) == error::body_announced);
    CHECK(verdict(rfc_request.with("Content-Length", "5"), {.method = "POST"}) == error::body_announced);
}

TEST_CASE("A15: a request whose body has no length, or two of them, is malformed, whatever it asks for",
          "[9112-6.3-02][9112-6.3-03][9112-6.1-02][HS-13]")
{
    for (const head_text& request : {rfc_request, rfc_request.without("Upgrade")}) {
        for (const std::string_view method : {"GET", "POST"}) {
            const auto reported = [&](const head_text& text) { return verdict(text, {.method = method}); };
            for (const std::string_view bad : {"", "-1", "+0", "0, 5", "5, 5", "0, 0", "x", "0x0", "5 5"})
                CHECK(reported(request.with("Content-Length", bad)) == error::body_length_invalid);
            CHECK(reported(request.with("Content-Length", "0").with("Content-Length", "5")) ==
                  error::body_length_invalid);
            for (const std::string_view bad : {"identity", "gzip", "", "xchunked", "chunked, gzip", "chunked,,gzip,"})
                CHECK(reported(request.with("Transfer-Encoding", bad)) == error::body_length_invalid);
            CHECK(reported(request.with("Transfer-Encoding", "chunked").with("Transfer-Encoding", "gzip")) ==
                  error::body_length_invalid);
            CHECK(reported(request.with("Transfer-Encoding", "gzip").with("Transfer-Encoding", "chunked")) !=
                  error::body_length_invalid);
            CHECK(reported(request.with("Transfer-Encoding", "chunked").with("Transfer-Encoding", ",")) !=
                  error::body_length_invalid);
            for (const std::string_view length : {"0", "5"}) {
                CHECK(reported(request.with("Transfer-Encoding", "chunked").with("Content-Length", length)) ==
                      error::body_length_invalid);
                CHECK(reported(request.with("Content-Length", length).with("Transfer-Encoding", "chunked")) ==
                      error::body_length_invalid);
            }
        }
    }
}

TEST_CASE(
    "A15: a request is plain if its Upgrade field does not list websocket, whatever method, version and body it has",
    "[9110-9.1-01][9110-15.6.6-01][9110-7.8-03]")
{
    const head_text page = rfc_request.without("Upgrade");
    for (const head_text& text : {page, rfc_request.set("Upgrade", "h2c"), page.without("Connection"),
                                  page.without("Sec-WebSocket-Key").without("Sec-WebSocket-Version"),
                                  page.with("Content-Length", "5"), page.with("Transfer-Encoding", "chunked")}) {
        for (const std::string_view method : {"GET", "HEAD", "POST", "OPTIONS", "TRACE", "get", "BREW"}) {
            for (const sockless::http_version version : {sockless::http_version{1, 0}, {1, 1}, {1, 9}}) {
                const std::vector<field> fields = text.fields();
                upgrade_request out;
                CHECK(is_plain_request(check_upgrade({method, "/health?a", version, fields}, out)));
                CHECK(out.method == method);
                CHECK(out.path == "/health");
                CHECK(out.query == "a");
                CHECK(out.fields.size() == fields.size());
            }
            for (const sockless::http_version version : {sockless::http_version{0, 9}, {2, 0}, {3, 0}})
                CHECK(verdict(text, {.method = method, .version = version}) == error::http_version_unsupported);
        }
    }
    // One that asks for a WebSocket is no plain request.
    CHECK(verdict(rfc_request, {.method = "HEAD"}) == error::method_not_get);
    CHECK(verdict(rfc_request, {.method = "OPTIONS", .version = {1, 0}}) == error::method_not_get);
    CHECK(verdict(rfc_request.without("Host"), {.version = {1, 0}}) == error::http_version_too_old);
}

TEST_CASE("A15: a plain request needs one valid Host, of HTTP/1.0 at most one", "[9112-3.2-03][HS-10]")
{
    const head_text page = rfc_request.without("Upgrade");
    for (const std::string_view method : {"GET", "OPTIONS"}) {
        CHECK(verdict(page.without("Host"), {.method = method}) == error::host_missing);
        CHECK(is_plain_request(verdict(page.without("Host"), {.method = method, .version = {1, 0}})));
        for (const sockless::http_version version : {sockless::http_version{1, 0}, {1, 1}}) {
            CHECK(verdict(page.with("Host", "h"), {.method = method, .version = version}) == error::host_repeated);
            CHECK(verdict(page.set("Host", "a b"), {.method = method, .version = version}) == error::host_invalid);
        }
    }
}

TEST_CASE("A15: only a plain OPTIONS has the target *, and only a plain CONNECT a host and a port",
          "[9112-3.2-01][HS-10]")
{
    const head_text page_text = rfc_request.without("Upgrade");
    const std::vector<field> page = page_text.fields();
    const auto plain = [&](std::string_view method, std::string_view target) {
        upgrade_request out;
        const error e = check_upgrade({method, target, {}, page}, out);
        CHECK((e == error::request_target_invalid || (is_plain_request(e) && out.path.empty())));
        return is_plain_request(e) && out.target == target;
    };
    CHECK(plain("OPTIONS", "*"));
    CHECK(plain("CONNECT", "h:80"));
    CHECK(plain("CONNECT", "[::1]:80"));
    for (const std::string_view method : {"GET", "HEAD", "POST", "options"})
        CHECK_FALSE(plain(method, "*"));
    for (const std::string_view method : {"GET", "HEAD", "OPTIONS", "POST"})
        CHECK_FALSE(plain(method, "h:80"));
    for (const std::string_view target : {"u@h:80", "h:80/", "h:x", ""})
        CHECK_FALSE(plain("CONNECT", target));
    CHECK_FALSE(plain("OPTIONS", "**"));
    CHECK_FALSE(plain("POST", "/a#b"));
    CHECK(verdict(rfc_request, {.method = "OPTIONS", .target = "*"}) == error::method_not_get);
    CHECK(verdict(rfc_request, {.method = "CONNECT", .target = "h:80"}) == error::method_not_get);
}

TEST_CASE("9110 7.8: an expectation of 100-continue is reported", "[9110-7.8-07]")
{
    const auto expects = [](std::string_view value) {
        const head_text text = rfc_request.with("Expect", value);
        const std::vector<field> fields = text.fields();
        upgrade_request out;
        REQUIRE(check_upgrade({"GET", "/", {}, fields}, out) == error::none);
        return out.expects_continue;
    };
    CHECK(expects("100-continue"));
    CHECK(expects("100-Continue"));
    CHECK(expects("x, 100-continue"));
    CHECK_FALSE(expects("x"));
    CHECK_FALSE(expects(""));
}

TEST_CASE("Every error of a request is reported in the order of the enumerators")
{
    // Everything is invalid first; then one part after the other is corrected.
    head_text text{"",
                   {{"Content-Length", "1"},
                    {"Connection", "close"},
                    {"Sec-WebSocket-Protocol", ""},
                    {"Sec-WebSocket-Extensions", ""},
                    {"Origin", "a"},
                    {"Origin", "b"}}};
    start_line start{.method = "POST", .target = "*", .version = {0, 9}};
    CHECK(verdict(text, start) == error::request_target_invalid);
    start.target = "/";
    CHECK(verdict(text.set("Content-Length", "-1"), start) == error::body_length_invalid);
    CHECK(verdict(text, start) == error::http_version_unsupported);
    start.version = {1, 1};
    CHECK(verdict(text, start) == error::host_missing);
    text = text.with("Host", "h");
    start.version = {1, 0};
    CHECK(verdict(text, start) == error::upgrade_missing);
    text = text.with("Upgrade", "websocket");
    CHECK(verdict(text, start) == error::body_announced);
    text = text.without("Content-Length");
    CHECK(verdict(text, start) == error::method_not_get);
    start.method = "GET";
    CHECK(verdict(text, start) == error::http_version_too_old);
    start.version = {1, 1};
    CHECK(verdict(text, start) == error::connection_not_upgrade);
    text = text.set("Connection", "upgrade");
    CHECK(verdict(text, start) == error::key_missing);
    text = text.with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    CHECK(verdict(text, start) == error::version_missing);
    text = text.with("Sec-WebSocket-Version", "13");
    CHECK(verdict(text, start) == error::subprotocol_invalid);
    text = text.set("Sec-WebSocket-Protocol", "chat");
    CHECK(verdict(text, start) == error::extensions_invalid);
    text = text.set("Sec-WebSocket-Extensions", "x");
    CHECK(verdict(text, start) == error::origin_repeated);
    text = text.without("Origin");
    CHECK(verdict(text, start) == error::none);
}

TEST_CASE("Every rejection of a request has a status of its class", "[6455-4.2.1-01][6455-10.7-04]")
{
    for (std::size_t i = 0; i < sockless::detail::error_count; ++i) {
        const auto e = static_cast<error>(i);
        const sockless::condition group = condition_of(e);
        const bool head = group == sockless::condition::malformed_head ||
                          (group == sockless::condition::handshake_unacceptable && e < error::status_not_101) ||
                          e == error::request_target_too_long || e == error::head_too_large ||
                          e == error::too_many_fields || e == error::field_too_long || e == error::no_sha1 ||
                          e == error::timed_out || e == error::request_unanswered;
        const std::uint16_t status = sockless::http_status_for(e);
        CAPTURE(i);
        CHECK((head ? status >= 400 && status < 600 : status == 0));
    }
    CHECK(sockless::http_status_for(error::request_target_too_long) == 414);
    CHECK(sockless::http_status_for(error::head_too_large) == 431);
    CHECK(sockless::http_status_for(error::too_many_fields) == 431);
    CHECK(sockless::http_status_for(error::field_too_long) == 431);
}

} // namespace
