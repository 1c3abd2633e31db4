// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/print.hpp"

#include <sockless/http/uri.hpp>

#include <array>
#include <string>
#include <string_view>

namespace {

using sockless::error;
using sockless::parse_uri;
using sockless::uri;
using sockless::detail::authority;
using sockless::detail::is_host;
using sockless::detail::parse_authority;

error error_of(std::string_view text, uri::schemes schemes = uri::schemes::websocket)
{
    uri out;
    return parse_uri(text, out, schemes);
}

/// scheme's security, host, port and resource name in one line
std::string parsed(std::string_view text, uri::schemes schemes = uri::schemes::websocket)
{
    uri out;
    if (const error e = parse_uri(text, out, schemes); failed(e))
        return std::string{support::spelling_of(e)};
    return std::string{out.secure ? "secure " : "plain "} + std::string{out.host} + " " + std::to_string(out.port) +
           " " + std::string{out.path} + (out.query.empty() ? "" : std::string{"?"}.append(out.query));
}

constexpr bool used_by_the_compiler()
{
    uri out;
    return parse_uri("wss://example.com/chat?a=b", out) == error::none && out.secure && out.host == "example.com" &&
           out.port == 443 && out.path == "/chat" && out.query == "a=b";
}
static_assert(used_by_the_compiler());

TEST_CASE("6455 3: ws and wss, in any case, with a host", "[6455-3-01][6455-3-02][6455-4.1-10][WHATWG-ctor-02]")
{
    CHECK(parsed("ws://h/") == "plain h 80 /");
    CHECK(parsed("WSS://h/") == "secure h 443 /");
    CHECK(parsed("Ws://h/") == "plain h 80 /");
    for (const std::string_view bad : {"http://h/", "https://h/", "w://h/", "wsss://h/", "ws+unix://h/", " ws://h/",
                                       "://h/", "/chat", "h", "", "w", "ws", "wss"})
        CHECK(error_of(bad) == error::uri_scheme_invalid);
    for (const std::string_view bad :
         {"ws:h/", "ws:/h/", "ws:", "ws:/", "ws://", "ws:///", "ws://?", "ws://:80/", "wss:\\\\h", "ws://[", "ws://[/"})
        CHECK(error_of(bad) == error::uri_host_invalid);
}

TEST_CASE("6455 3: the default port is that of the scheme", "[6455-3-03][6455-3-04]")
{
    CHECK(parsed("ws://h:/") == "plain h 80 /");
    CHECK(parsed("wss://h:443/") == parsed("wss://h/"));
    CHECK(parsed("ws://h:443") == "plain h 443 /");
    uri out;
    REQUIRE(parse_uri("wss://h:443/", out) == error::none);
    CHECK(out.has_default_port());
    REQUIRE(parse_uri("ws://h:443/", out) == error::none);
    CHECK_FALSE(out.has_default_port());
}

TEST_CASE("6455 3: the resource name is the path, or a slash, and the query if it is not empty",
          "[6455-3-05][6455-3-06][WHATWG-connections-01]")
{
    CHECK(parsed("ws://h") == "plain h 80 /");
    CHECK(parsed("ws://h?x=1") == "plain h 80 /?x=1");
    CHECK(parsed("ws://h/p?") == "plain h 80 /p");
    CHECK(parsed("ws://h/p?a") == "plain h 80 /p?a");
    CHECK(parsed("ws://h/a/b//c/../d?e/f?g") == "plain h 80 /a/b//c/../d?e/f?g");
    CHECK(parsed("ws://h/??") == "plain h 80 /??");
}

TEST_CASE("6455 3: a number sign is rejected at every position, and %23 is kept",
          "[6455-3-07][6455-3-08][WHATWG-ctor-01]")
{
    for (const std::string_view bad : {"ws://h/#", "ws://h/#a", "ws://h#", "#", "ws://h/p?q#f", "http://h/#"})
        CHECK(error_of(bad) == error::uri_has_fragment);
    CHECK(parsed("ws://h/a%23b?c%23") == "plain h 80 /a%23b?c%23");
    std::array<char, 30> room{};
    CHECK(sockless::percent_encode("a#b/c d-._~", room) == "a%23b%2Fc%20d-._~");
    CHECK(sockless::percent_encode("\xC3\xA9\xFF", room) == "%C3%A9%FF");
    CHECK(sockless::percent_encode("0123456789#", room) == "0123456789%23");
    CHECK(sockless::percent_encode("", room).empty());
    std::array<char, 2> little{};
    CHECK(sockless::percent_encode("#", little).empty());
    CHECK(sockless::percent_encode("abc", little).empty());
    CHECK(sockless::percent_encode("ab", little) == "ab");
}

TEST_CASE("6455 3: IP literals are in brackets", "[6455-3-09]")
{
    CHECK(parsed("ws://[::1]:9/x") == "plain [::1] 9 /x");
    CHECK(parsed("wss://[v1.x]") == "secure [v1.x] 443 /");
    CHECK(error_of("ws://::1/") == error::uri_host_invalid);
    CHECK(error_of("ws://[::1") == error::uri_host_invalid);
}

TEST_CASE("6455 3: user information is rejected", "[6455-3-10][9110-4.2.4-02]")
{
    CHECK(error_of("ws://u:p@h/") == error::uri_has_userinfo);
    CHECK(error_of("ws://u@h/") == error::uri_has_userinfo);
    CHECK(parsed("ws://h/a@b?c@d") == "plain h 80 /a@b?c@d"); // no authority
}

TEST_CASE("6455 3: characters that are not valid in a path or query are rejected, among them CR, LF and space",
          "[6455-3-11][6455-11.1.1-01][6455-11.1.1-02][HS-12]")
{
    for (unsigned value = 0; value < 256; ++value) {
        const char c = static_cast<char>(value);
        const bool letter =
            (value >= '0' && value <= '9') || (value >= 'A' && value <= 'Z') || (value >= 'a' && value <= 'z');
        const bool good =
            letter || (value != 0 && std::string_view{"-._~!$&'()*+,;=:@/?"}.find(c) != std::string_view::npos);
        CAPTURE(value);
        const error expected = good ? error::none : value == '#' ? error::uri_has_fragment : error::uri_path_invalid;
        CHECK(error_of(std::string{"ws://h/a"} + c + "b") == expected);
        CHECK(error_of(std::string{"ws://h/?a"} + c + "b") == expected);
    }
    for (const std::string_view bad : {"ws://h/%", "ws://h/%4", "ws://h/%4g", "ws://h/%zz", "ws://h/?%", "ws://h/?a%2",
                                       "ws://h/%%41", "ws://h/?%4?1"})
        CHECK(error_of(bad) == error::uri_path_invalid);
    CHECK(parsed("ws://h/%C3%A9%00?%aF") == "plain h 80 /%C3%A9%00?%aF");
    CHECK(error_of("ws://b\xC3\xBC"
                   "cher/") == error::uri_host_invalid);
    CHECK(error_of("ws://localhost/ HTTP/1.1\r\nHeader: injected\r\nX:") == error::uri_path_invalid);
    CHECK(error_of("ws://h\r\nA: b/") == error::uri_host_invalid);
}

TEST_CASE("6455 3: ports out of range are rejected", "[6455-3-12][HS-17]")
{
    CHECK(parsed("ws://h:0/") == "plain h 0 /");
    for (const std::string_view bad : {"ws://h:65536/", "ws://h:+80/", "ws://h:8o/", "ws://h:99999999999"})
        CHECK(error_of(bad) == error::uri_port_invalid);
}

TEST_CASE("CVE-2018-21036: no URI of three characters is accepted or read beyond its end", "[HS-17]")
{
    const std::string_view letters = "ws:/[?#@%";
    for (const char a : letters)
        for (const char b : letters)
            for (const char c : letters) {
                const std::string text{a, b, c};
                CHECK(failed(error_of(text)));
                CHECK(failed(error_of("ws" + text)));
                static_cast<void>(error_of("ws://" + text));
            }
}

TEST_CASE("8307 1: well-known paths are paths", "[8307-1-01]")
{
    CHECK(parsed("ws://example.org/.well-known/coap") == "plain example.org 80 /.well-known/coap");
}

TEST_CASE("WHATWG: http and https are accepted if the program allows it", "[WHATWG-ctor-01][WHATWG-handshake-01]")
{
    const uri::schemes both = uri::schemes::websocket_or_http;
    CHECK(parsed("http://h/", both) == "plain h 80 /");
    CHECK(parsed("HTTPS://h/", both) == "secure h 443 /");
    CHECK(parsed("wss://h/", both) == "secure h 443 /");
    CHECK(error_of("ftp://h/", both) == error::uri_scheme_invalid);
    CHECK(error_of("ws://h/", uri::schemes::http) == error::uri_scheme_invalid);
    CHECK(parsed("https://h/", uri::schemes::http) == "secure h 443 /");
}

TEST_CASE("An invalid URI does not change the result")
{
    uri out;
    REQUIRE(parse_uri("wss://h:1/p?q", out) == error::none);
    CHECK(parse_uri("ws://x:2/y z", out) == error::uri_path_invalid);
    CHECK((out.secure && out.host == "h" && out.port == 1 && out.path == "/p" && out.query == "q"));
}

error authority_error_of(std::string_view text)
{
    authority out;
    return parse_authority(text, out);
}

constexpr bool authority_used_by_the_compiler()
{
    authority out;
    return parse_authority("[::1]:8080", out) == error::none && out.host == "[::1]" && out.port == 8080 && out.has_port;
}
static_assert(authority_used_by_the_compiler());

TEST_CASE("3986 3.2.2: IPv6 addresses in brackets", "[6455-3-09][HS-9]")
{
    for (const std::string_view good :
         {"[::]", "[::1]", "[1::]", "[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7::]", "[::2:3:4:5:6:7:8]", "[1::3:4:5:6:7:8]",
          "[2001:DB8::abcd]", "[::ffff:192.0.2.1]", "[1:2:3:4:5:6:192.0.2.1]", "[1::5:6:255.255.255.255]",
          "[64:ff9b::0.0.0.0]"})
        CHECK(is_host(good));
    for (const std::string_view bad : {"[]",
                                       "[",
                                       "]",
                                       "[:",
                                       "[::",
                                       "[:]",
                                       "[:::]",
                                       "[1]",
                                       "[1:2:3:4:5:6:7]",
                                       "[1:2:3:4:5:6:7:8:9]",
                                       "[1:2:3:4:5:6:7:8::]",
                                       "[1::2::3]",
                                       "[12345::]",
                                       "[g::]",
                                       "[::1",
                                       "::1",
                                       "[::1]]",
                                       "[[::1]]",
                                       "[1:2:3:4:5:6:7:]",
                                       "[:1:2:3:4:5:6:7]",
                                       "[1:]",
                                       "[::1%25eth0]",
                                       "[::1%eth0]",
                                       "[1:2:3:4:5:6:7:192.0.2.1]",
                                       "[::192.0.2]",
                                       "[::192.0.2.256]",
                                       "[::192.0.2.01]",
                                       "[::1.2.3.4.5]",
                                       "[::1.2.3.4:5]",
                                       "[1:2:3:4:5:192.0.2.1]",
                                       "[192.0.2.1]",
                                       "[::1.2.3.]",
                                       "[ ::1]",
                                       "[1:2:3:4:5:6::192.0.2.1:1]"})
        CHECK_FALSE(is_host(bad));
    CHECK_FALSE(is_host("[1:2:3:4:5:6:7::8:9]"));
    CHECK(is_host("[::2:3:4:5:6:192.0.2.1]"));
    CHECK_FALSE(is_host("[::1:2:3:4:5:6:192.0.2.1]"));
}

TEST_CASE("3986 3.2.2: addresses of future versions", "[6455-3-09]")
{
    CHECK(is_host("[v1.x]"));
    CHECK(is_host("[VF.fe80::a+en1]"));
    for (const std::string_view bad : {"[v.x]", "[v1.]", "[v1]", "[vg.x]", "[v1.x/]", "[v1.%41]", "[v1.x@]"})
        CHECK_FALSE(is_host(bad));
}

TEST_CASE("3986 3.2.2: names are unreserved characters, marks and percent-encoded octets", "[6455-11.1.1-01][HS-9]")
{
    for (const std::string_view good : {"a", "server.example.com", "EXAMPLE", "xn--bcher-kva.example", "a_b",
                                        "192.0.2.1", "1", "a..b", "%41%c3%A9", "a!$&'()*+,;=~-._"})
        CHECK(is_host(good));
    for (const std::string_view bad : {"",
                                       "a b",
                                       "b\xC3\xBC"
                                       "cher.example",
                                       "a/b",
                                       "a?b",
                                       "a#b",
                                       "a@b",
                                       "a\\b",
                                       "a\"b",
                                       "a<b",
                                       "%",
                                       "%4",
                                       "%zz",
                                       "a%4g",
                                       "a\rb",
                                       "a\nb",
                                       "\x7F",
                                       "a|b",
                                       "a^b",
                                       "{a}"})
        CHECK_FALSE(is_host(bad));
    CHECK_FALSE(is_host(std::string_view{"a\0b", 3}));
}

TEST_CASE("3986 3.2.3: a port is decimal and fits 0..65535; an empty one means the default",
          "[6455-3-12][6455-3-03][HS-17]")
{
    authority out;
    REQUIRE(parse_authority("h:0", out) == error::none);
    CHECK((out.has_port && out.port == 0));
    REQUIRE(parse_authority("h:65535", out) == error::none);
    CHECK(out.port == 65535);
    REQUIRE(parse_authority("h:00080", out) == error::none);
    CHECK(out.port == 80);
    REQUIRE(parse_authority("h:", out) == error::none);
    CHECK_FALSE(out.has_port);
    REQUIRE(parse_authority("h", out) == error::none);
    CHECK_FALSE(out.has_port);
    REQUIRE(parse_authority("[::1]:", out) == error::none);
    CHECK(out.host == "[::1]");
    for (const std::string_view bad : {"h:65536", "h:99999999999", "h:18446744073709551696", "h:+80", "h:-1", "h:8o",
                                       "h: 80", "h:80 ", "h:0x50", "h:1:2"})
        CHECK(authority_error_of(bad) == error::uri_port_invalid);
    out = {"before", 1, true};
    CHECK(parse_authority("h:65536", out) == error::uri_port_invalid);
    CHECK(out.host == "before");
}

TEST_CASE("9110 4.2.4: user information is rejected, not skipped", "[6455-3-10][9110-4.2.4-01][9110-4.2.4-02]")
{
    for (const std::string_view bad : {"u@h", "u:p@h", "@h", "u@h:80", "u@", "[::1]@h"})
        CHECK(authority_error_of(bad) == error::uri_has_userinfo);
    for (const std::string_view bad : {"", ":", ":80", "::1", "[::1]x", "[::1]x:80", "h h", "[::1", "[::1:80"})
        CHECK(authority_error_of(bad) == error::uri_host_invalid);
    CHECK(authority_error_of("a:b:80") == error::uri_port_invalid);
}

} // namespace
