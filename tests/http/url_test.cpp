// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/print.hpp"

#include <sockless/http/url.hpp>

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace {

using sockless::error;
using sockless::parse_url;
using sockless::url;

constexpr auto storage_for = [](std::string_view text) { return std::string(4 * text.size() + 64, '#'); };

error error_of(std::string_view text)
{
    std::string storage = storage_for(text);
    url out;
    return parse_url(text, storage, out);
}

/// scheme, host, port and resource name, as a request has them
std::string parsed(std::string_view text)
{
    std::string storage = storage_for(text);
    url out;
    if (const error e = parse_url(text, storage, out); failed(e))
        return std::string{support::spelling_of(e)};
    return std::string{out.where.secure ? "wss " : "ws "}
        .append(out.where.host)
        .append(" " + std::to_string(out.where.port) + " ")
        .append(out.where.path)
        .append(out.where.query.empty() ? "" : "?")
        .append(out.where.query);
}

constexpr bool used_by_the_compiler()
{
    std::array<char, 256> storage{};
    url out;
    return parse_url("wss://user:p%40ss@example.com/a b?q=\xC3\xA4|x", storage, out) == error::none &&
           out.where.secure && out.where.host == "example.com" && out.where.port == 443 && out.where.path == "/a%20b" &&
           out.where.query == "q=%C3%A4%7Cx" && out.user == "user" && out.password == "p@ss" &&
           out.host == "example.com";
}
static_assert(used_by_the_compiler());

TEST_CASE("A19: a URL as people have it becomes one that a request can carry", "[WHATWG-ctor-02][WHATWG-ctor-04]")
{
    CHECK(parsed("wss://user:p%40ss@example.com/a b?q=\xC3\xA4|x") == "wss example.com 443 /a%20b?q=%C3%A4%7Cx");
    CHECK(parsed("WSS://EXAMPLE.com:443") == "wss example.com 443 /");
    CHECK(parsed("http://h/") == "ws h 80 /");
    CHECK(parsed("HTTPS://h:8080/") == "wss h 8080 /");
    CHECK(parsed(" \t ws://h/a\n/b\r\n ") == "ws h 80 /a/b");
    CHECK(parsed("ws://h/\ta\rb\nc") == "ws h 80 /abc");
    CHECK(parsed("ws:h") == "ws h 80 /");
    CHECK(parsed("ws:\\\\h\\a") == "ws h 80 /a");
    CHECK(parsed("ws://h:/") == "ws h 80 /");
    CHECK(parsed("ws://h:00081") == "ws h 81 /");
    CHECK(parsed("ws://ex%41mple.com/") == "ws example.com 80 /");
}

TEST_CASE("A19: what RFC 3986 does not allow in a path or query is percent-encoded, codes stay as they are")
{
    CHECK(parsed("ws://h/ \"<>\\^`{|}[]") == "ws h 80 /%20%22%3C%3E/%5E%60%7B%7C%7D%5B%5D");
    CHECK(parsed("ws://h/%41%zz%4%") == "ws h 80 /%41%25zz%254%25");
    CHECK(parsed("ws://h/-._~!$&'()*+,;=:@") == "ws h 80 /-._~!$&'()*+,;=:@");
    CHECK(parsed("ws://h?/?[\\]\x01\x7F") == "ws h 80 /?/?%5B%5C%5D%01%7F");
    CHECK(parsed("ws://h/?") == "ws h 80 /");
}

TEST_CASE("A19: dots in a path are resolved")
{
    CHECK(parsed("ws://h/a/./b/../c") == "ws h 80 /a/c");
    CHECK(parsed("ws://h/../..") == "ws h 80 /");
    CHECK(parsed("ws://h/..../a") == "ws h 80 /..../a");
    CHECK(parsed("ws://h/a/%2e%2E/b/%2e") == "ws h 80 /b/");
    CHECK(parsed("ws://h/a/..") == "ws h 80 /");
    CHECK(parsed("ws://h//a//../b") == "ws h 80 //a/b");
    CHECK(parsed("ws://h/.../..a/.") == "ws h 80 /.../..a/");
    CHECK(parsed("ws://h/?a/../b") == "ws h 80 /?a/../b");
}

TEST_CASE("A19: a host that ends in a number is an IPv4 address in any form, or invalid")
{
    for (const std::string_view same :
         {"127.0.0.1", "127.1", "0x7f.1", "0177.0.0.1", "2130706433", "0x7F000001", "127.0.0.1."})
        CHECK(parsed(std::string{"ws://"}.append(same)) == "ws 127.0.0.1 80 /");
    CHECK(parsed("ws://0x/") == "ws 0.0.0.0 80 /");
    CHECK(parsed("ws://0xffffffff/") == "ws 255.255.255.255 80 /");
    CHECK(parsed("ws://1.2.300/") == "ws 1.2.1.44 80 /");
    for (const std::string_view bad : {"256.1.1.1", "1.2.3.4.5", "1..2", "0x100000000", "99999999999999999999",
                                       "1.2.3.09", "1.256.1", "a.1", "1.2.65536"})
        CHECK(error_of(std::string{"ws://"}.append(bad)) == error::uri_host_invalid);
    CHECK(parsed("ws://1.a/") == "ws 1.a 80 /");
    CHECK(parsed("ws://0xg/") == "ws 0xg 80 /");
    CHECK(parsed("ws://a./") == "ws a. 80 /");
}

TEST_CASE("A19: an address is resolved with its zone and without brackets; the Host field gets neither",
          "[6455-4.1-10]")
{
    for (const auto& [text, host] : {std::pair{"ws://[FE80::1%25eth0]:81/", "fe80::1%eth0"},
                                     {"ws://[fe80::1%eth0]:81", "fe80::1%eth0"},
                                     {"ws://[fe80::1]:81", "fe80::1"}}) {
        std::string storage = storage_for(text);
        url out;
        REQUIRE(parse_url(text, storage, out) == error::none);
        CHECK(out.where.host == "[fe80::1]");
        CHECK(out.where.port == 81);
        CHECK(out.host == host);
    }
    for (const std::string_view bad : {"ws://[::1", "ws://[]", "ws://[v1.x]", "ws://[V1.x]", "ws://[::1%]",
                                       "ws://[::1%25]", "ws://[::1]x", "ws://[1:2]"})
        CHECK(error_of(bad) == error::uri_host_invalid);
}

TEST_CASE(
    "A19: an address in percent-encoded brackets is no host, and a zone has no control characters and no brackets",
    "[WHATWG-ctor-02]")
{
    for (const std::string_view bad :
         {"ws://%5b%3a%3a1%5d/", "ws://%5B::1]", "ws://%5bv1.x%5d/", "ws://[%5d", "ws://[fe80::1%25eth0%00x]/",
          "ws://[fe80::1%25eth0%0A]/", "ws://[fe80::1%25%7F]/", "ws://[fe80::1%25a\x1F]/", "ws://[fe80::1%25[::1]]/",
          "ws://[fe80::1%25%5B]/", "ws://[fe80::1%25%5D]/"})
        CHECK(failed(error_of(bad)));
    CHECK(error_of("ws://%5b%3a%3a1%5d/") == error::uri_host_invalid);
    CHECK(error_of("ws://[fe80::1%25eth0%00x]/") == error::uri_host_invalid);
}

TEST_CASE("A19: name and password are split off and decoded")
{
    const auto user_of = [](std::string_view text) {
        std::string storage = storage_for(text);
        url out;
        REQUIRE(parse_url(text, storage, out) == error::none);
        CHECK(out.where.host == "h");
        return std::string{out.user} + " / " + std::string{out.password};
    };
    CHECK(user_of("ws://h") == " / ");
    CHECK(user_of("ws://@h") == " / ");
    CHECK(user_of("ws://u@h") == "u / ");
    CHECK(user_of("ws://u%3Av:p%40:s@h") == "u:v / p@:s");
    CHECK(user_of("ws://a@b@h") == "a@b / ");
    CHECK(user_of("ws://:%zz@h") == " / %zz");
}

TEST_CASE("A19: what a browser rejects is an error that says why", "[6455-3-05][WHATWG-ctor-02]")
{
    for (const std::string_view bad : {"", "h", "ftp://h", "wsx://h", "://h", "/a", "w s://h"})
        CHECK(error_of(bad) == error::uri_scheme_invalid);
    for (const std::string_view bad :
         {"ws://", "ws:", "ws:///", "ws://?a", "ws://:80", "ws://u@", "ws://a b", "ws://a%20b", "ws://a|b", "ws://a<b",
          "ws://a%", "ws://a%00", "ws://\"", "ws://a^b"})
        CHECK(error_of(bad) == error::uri_host_invalid);
    for (const std::string_view bad : {"ws://h:65536", "ws://h:a", "ws://h:-1", "ws://h:8 ", "ws://h: 8"})
        CHECK((error_of(bad) == error::uri_port_invalid) == (bad != "ws://h:8 "));
    CHECK(error_of("ws://a%2541") == error::uri_host_invalid); // a browser decodes once
    CHECK(error_of("ws://h/#") == error::uri_has_fragment);
    CHECK(error_of("ws://b\xC3\xBC"
                   "cher.example") == error::uri_host_not_ascii);
    CHECK(error_of("ws://b%C3%BC"
                   "cher.example") == error::uri_host_not_ascii);
    CHECK(parsed("ws://xn--bcher-kva.example") == "ws xn--bcher-kva.example 80 /");
}

TEST_CASE("A19: storage that is too small is an error, and changes nothing")
{
    for (const std::string_view text :
         {"wss://user:pass@host:81/a b/../c?q={}", "ws://[fe80::1%25eth0]/", "ws://127.1", "ws://h/\ta"}) {
        std::string storage = storage_for(text);
        url whole;
        REQUIRE(parse_url(text, storage, whole) == error::none);
        std::size_t enough = 0;
        for (std::size_t size = 0; size < storage.size(); ++size) {
            std::string small(size, '#');
            url out;
            out.user = "unchanged";
            const error e = parse_url(text, small, out);
            REQUIRE((e == error::none || e == error::no_space));
            REQUIRE(failed(e) == (out.user == "unchanged"));
            REQUIRE((failed(e) || out.where.path == whole.where.path));
            enough = failed(e) ? size + 1 : enough;
        }
        CHECK(enough > 0);
        CHECK(enough < storage.size());
    }
}

} // namespace
