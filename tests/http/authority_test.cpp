// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/print.hpp"

#include <sockless/http/authority.hpp>

#include <string>
#include <string_view>

namespace {

using sockless::error;
using sockless::detail::authority;
using sockless::detail::is_host;
using sockless::detail::parse_authority;

error error_of(std::string_view text)
{
    authority out;
    return parse_authority(text, out);
}

constexpr bool used_by_the_compiler()
{
    authority out;
    return parse_authority("[::1]:8080", out) == error::none && out.host == "[::1]" && out.port == 8080 && out.has_port;
}
static_assert(used_by_the_compiler());

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
        CHECK(error_of(bad) == error::uri_port_invalid);
    out = {"before", 1, true};
    CHECK(parse_authority("h:65536", out) == error::uri_port_invalid);
    CHECK(out.host == "before");
}

TEST_CASE("9110 4.2.4: user information is rejected, not skipped", "[6455-3-10][9110-4.2.4-01][9110-4.2.4-02]")
{
    for (const std::string_view bad : {"u@h", "u:p@h", "@h", "u@h:80", "u@", "[::1]@h"})
        CHECK(error_of(bad) == error::uri_has_userinfo);
    for (const std::string_view bad : {"", ":", ":80", "::1", "[::1]x", "[::1]x:80", "h h", "[::1", "[::1:80"})
        CHECK(error_of(bad) == error::uri_host_invalid);
    CHECK(error_of("a:b:80") == error::uri_port_invalid);
}

} // namespace
