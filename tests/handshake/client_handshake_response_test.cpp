// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "feed_head.hpp"
#include "support/catch.hpp"

#include <sockless/handshake/client_handshake.hpp>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace {

using heads::head_text;
using heads::rfc_response;
using sockless::check_response;
using sockless::error;
using sockless::expected_response;
using sockless::field;
using sockless::upgrade_response;

constexpr std::array<std::string_view, 2> subprotocols{"chat", "superchat"};
const expected_response sample{.accept = sockless::make_accept("dGhlIHNhbXBsZSBub25jZQ=="),
                               .subprotocols = subprotocols,
                               .extensions = "foo; x, bar"};

error verdict(const head_text& text, const expected_response& expected = sample, std::uint16_t status = 101,
              sockless::http_version version = {})
{
    const std::vector<field> fields = text.fields();
    upgrade_response out;
    return check_response({version, status, "", fields}, expected, out);
}

constexpr std::array<field, 3> least{
    {{"upgrade", "WebSocket"}, {"connection", "upgrade"}, {"sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="}}};
constexpr bool used_by_the_compiler()
{
    upgrade_response out;
    return check_response({.status = 101, .fields = least},
                          {.accept = sockless::make_accept("dGhlIHNhbXBsZSBub25jZQ==")}, out) == error::none;
}
static_assert(used_by_the_compiler());

TEST_CASE("6455 1.3: the sample response opens the connection", "[6455-4.1-33][6455-4.1-40][6455-4.1-42]")
{
    const head_text text = rfc_response.with("Set-Cookie", "a=1").with("Set-Cookie", "b=2");
    const std::vector<field> fields = text.fields();
    upgrade_response out;
    REQUIRE(check_response({.status = 101, .fields = fields}, sample, out) == error::none);
    CHECK(out.subprotocol == "chat");
    CHECK(out.fields.size() == 6);
    sockless::field_cursor cookies{out.fields, "set-cookie"};
    std::string_view cookie;
    CHECK(cookies.next(cookie));
    CHECK(cookies.next(cookie));
    CHECK(cookie == "b=2");
    head_text upper = rfc_response.without("Sec-WebSocket-Accept");
    CHECK(verdict(upper.with("SEC-WEBSOCKET-ACCEPT", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")) == error::none);
}

TEST_CASE("6455 4.1, CVE-2019-17567: any other status is a plain HTTP response",
          "[6455-4.1-29][HS-11][WHATWG-handshake-02]")
{
    for (const std::uint16_t status :
         {std::uint16_t{100}, std::uint16_t{200}, std::uint16_t{204}, std::uint16_t{301}, std::uint16_t{401},
          std::uint16_t{403}, std::uint16_t{426}, std::uint16_t{503}, std::uint16_t{999}, std::uint16_t{0}})
        CHECK(verdict(rfc_response, sample, status) == error::status_not_101);
    CHECK(verdict(rfc_response, sample, 101, {1, 0}) == error::http_version_unsupported);
    CHECK(verdict(rfc_response, sample, 101, {2, 0}) == error::http_version_unsupported);
    CHECK(verdict(rfc_response, sample, 200, {1, 0}) == error::status_not_101);
}

TEST_CASE("6455 4.1: Upgrade is exactly websocket", "[6455-4.1-31][6455-11.2-01][9110-7.8-02]")
{
    CHECK(verdict(rfc_response.set("Upgrade", "WEBSocket")) == error::none);
    CHECK(verdict(rfc_response.without("Upgrade")) == error::upgrade_missing);
    for (const std::string_view bad :
         {"", "websocket2", "h2c", "websocket, foo", "websocket,", "websocket/13", "\"websocket\"",
          "websoc\xE2\x84\xAA"
          "et"})
        CHECK(verdict(rfc_response.set("Upgrade", bad)) == error::upgrade_not_websocket);
    CHECK(verdict(rfc_response.with("Upgrade", "websocket")) == error::upgrade_not_websocket);
}

TEST_CASE("6455 4.1: Connection has the option upgrade", "[6455-4.1-32][9110-7.6.1-01]")
{
    for (const std::string_view fine : {"Upgrade", "keep-alive, upgrade", ",UPGRADE,"})
        CHECK(verdict(rfc_response.set("Connection", fine)) == error::none);
    for (const std::string_view bad : {"", "upgraded", "keep-alive", "keep-alive upgrade", "not-upgrade"})
        CHECK(verdict(rfc_response.set("Connection", bad)) == error::connection_not_upgrade);
    CHECK(verdict(rfc_response.without("Connection")) == error::connection_not_upgrade);
}

TEST_CASE("6455 4.1: exactly one accept value, compared case-sensitively",
          "[6455-4.1-33][6455-4.1-34][6455-4.1-35][6455-11.3.3-01][HS-11][HS-19]")
{
    CHECK(verdict(rfc_response.without("Sec-WebSocket-Accept")) == error::accept_missing);
    CHECK(verdict(rfc_response.with("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")) == error::accept_repeated);
    for (const std::string_view bad :
         {"", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo",
          "s3pPLMBiTxaQ9kYGzzhZRbK+xOo==", "S3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "s3pplmbitxaq9kygzzhzrbk+xoo=",
          "HSmrc0sMlYUkAGmm5OPpG2HaGWk=", "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=, x"})
        CHECK(verdict(rfc_response.set("Sec-WebSocket-Accept", bad)) == error::accept_mismatch);
    // SHA-1 over the 16 bytes of the key instead of its text
    sockless::sha1 hash;
    hash.update(heads::rfc_nonce);
    hash.update(sockless::detail::accept_guid);
    sockless::accept_value wrong;
    sockless::detail::base64_encode(hash.digest(), wrong.characters);
    CHECK(verdict(rfc_response.set("Sec-WebSocket-Accept", wrong.view())) == error::accept_mismatch);
}

TEST_CASE("6455 4.1: at most one subprotocol, one of those that were offered",
          "[6455-4.1-37][6455-4.1-38][6455-4.1-39][6455-11.3.4-02][6455-4.3-01][7936-2-01][HS-15]")
{
    CHECK(verdict(rfc_response.without("Sec-WebSocket-Protocol")) == error::none);
    CHECK(verdict(rfc_response.set("Sec-WebSocket-Protocol", "superchat")) == error::none);
    for (const std::string_view other : {"Chat", "CHAT", "other", "cha", "chatx"})
        CHECK(verdict(rfc_response.set("Sec-WebSocket-Protocol", other)) == error::subprotocol_not_offered);
    for (const std::string_view bad : {"", "chat, superchat", "chat,", "a b", "caf\xC3\xA9", "\"chat\""})
        CHECK(verdict(rfc_response.set("Sec-WebSocket-Protocol", bad)) == error::subprotocol_invalid);
    CHECK(verdict(rfc_response.with("Sec-WebSocket-Protocol", "chat")) == error::subprotocol_repeated);
    CHECK(verdict(rfc_response, {.accept = sample.accept}) == error::subprotocol_not_offered); // none was offered
}

TEST_CASE("WHATWG: a client may require one of its subprotocols", "[WHATWG-handshake-03]")
{
    expected_response strict = sample;
    strict.subprotocol_required = true;
    CHECK(verdict(rfc_response, strict) == error::none);
    CHECK(verdict(rfc_response.without("Sec-WebSocket-Protocol"), strict) == error::subprotocol_missing);
    CHECK(verdict(rfc_response.set("Sec-WebSocket-Protocol", ""), strict) == error::subprotocol_invalid);
    CHECK(verdict(rfc_response.set("Sec-WebSocket-Protocol", "a b"), strict) == error::subprotocol_invalid);
    strict.subprotocols = {};
    CHECK(verdict(rfc_response.without("Sec-WebSocket-Protocol"), strict) ==
          error::none); // there was nothing to insist on
}

TEST_CASE("6455 4.1, 9.1: only extensions that were offered, on any number of lines",
          "[6455-4.1-36][6455-9.1-01][6455-11.3.2-02][6455e-3433-01][6455-9.1-04][6455-9.1-05][HS-15]")
{
    const std::string_view name = "Sec-WebSocket-Extensions";
    CHECK(verdict(rfc_response.with(name, "foo")) == error::none);
    CHECK(verdict(rfc_response.with(name, "bar; y=1").with(name, "foo")) == error::none);
    CHECK(verdict(rfc_response.with(name, "baz")) == error::extension_not_offered);
    CHECK(verdict(rfc_response.with(name, "Foo")) == error::extension_not_offered);
    CHECK(verdict(rfc_response.with(name, "foo").with(name, "baz")) == error::extension_not_offered);
    CHECK(verdict(rfc_response.with(name, "foo"), {.accept = sample.accept, .subprotocols = subprotocols}) ==
          error::extension_not_offered);
    for (const std::string_view bad : {"", ",", "foo;", "foo;;x", "foo; x=", "foo bar", "foo; x=\"1"})
        CHECK(verdict(rfc_response.with(name, bad)) == error::extensions_invalid);
    CHECK(verdict(rfc_response.with(name, "foo").with(name, "bar;")) == error::extensions_invalid);

    upgrade_response out;
    const head_text text = rfc_response.with(name, "bar; y=1").with(name, "foo");
    const std::vector<field> kept = text.fields();
    REQUIRE(check_response({.status = 101, .fields = kept}, sample, out) == error::none);
    auto extensions = out.extensions();
    sockless::extension element;
    REQUIRE(extensions.next(element));
    CHECK(element.name == "bar");
    CHECK(element.parameter_text == "; y=1");
    REQUIRE(extensions.next(element));
    CHECK(element.name == "foo");
    CHECK_FALSE(extensions.next(element));
}

TEST_CASE("A13: a 101 opens the connection whatever body its fields announce (9112 6.3)",
          "[9112-6.1-01][9112-6.3-01][9112-6.3-03][HS-11]")
{
    CHECK(verdict(rfc_response.with("Content-Length", "5")) == error::none);
    CHECK(verdict(rfc_response.with("Content-Length", "x")) == error::none);
    CHECK(verdict(rfc_response.with("Transfer-Encoding", "chunked")) == error::none);
    CHECK(verdict(rfc_response.with("Content-Length", "0")) == error::none);
    CHECK(verdict(rfc_response.with("Content-Length", "5"), sample, 200) == error::status_not_101);
}

TEST_CASE("Every error of a response is reported in its order")
{
    head_text text{"", {{"Connection", "x"}, {"Sec-WebSocket-Protocol", "other"}, {"Sec-WebSocket-Extensions", "baz"}}};
    CHECK(verdict(text, sample, 200, {1, 0}) == error::status_not_101);
    CHECK(verdict(text, sample, 101, {1, 0}) == error::http_version_unsupported);
    CHECK(verdict(text) == error::upgrade_missing);
    text = text.with("Upgrade", "websocket");
    CHECK(verdict(text) == error::connection_not_upgrade);
    text = text.set("Connection", "upgrade");
    CHECK(verdict(text) == error::accept_missing);
    text = text.with("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    CHECK(verdict(text) == error::subprotocol_not_offered);
    text = text.set("Sec-WebSocket-Protocol", "chat");
    CHECK(verdict(text) == error::extension_not_offered);
    text = text.set("Sec-WebSocket-Extensions", "bar");
    CHECK(verdict(text) == error::none);
}

} // namespace
