// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/print.hpp"

#include <sockless/handshake/negotiation.hpp>
#include <sockless/handshake/upgrade_request.hpp>

#include <array>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace {

using sockless::error;
using sockless::field;
using sockless::is_origin_allowed;
using sockless::list_cursor;
using sockless::detail::matches;
using sockless::detail::value_state;

constexpr std::string_view subprotocol_field = "Sec-WebSocket-Protocol";

/// The verdict about a request that has these fields besides.
error offered(std::vector<field> fields)
{
    for (const field& each : std::initializer_list<field>{{"Host", "h"},
                                                          {"Upgrade", "websocket"},
                                                          {"Connection", "upgrade"},
                                                          {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                                                          {"Sec-WebSocket-Version", "13"}})
        fields.push_back(each);
    sockless::upgrade_request out;
    return check_upgrade({"GET", "/", {}, fields}, out);
}

std::vector<std::string> versions(const std::vector<field>& fields)
{
    std::vector<std::string> result;
    list_cursor cursor{fields, "Sec-WebSocket-Version"};
    std::string_view version;
    while (cursor.next(version))
        result.emplace_back(version);
    return result;
}

TEST_CASE("6455 4.3: a version is 0..255 in decimal without leading zeros", "[6455-4.3-04][6455-11.6-01]")
{
    for (unsigned value = 0; value < 256; ++value) {
        CHECK(matches<value_state::octet>(std::to_string(value)));
    }
    for (const std::string_view bad : {"", "00", "013", "13a", "-1", "+13", "256", "300", "1000", "1 3", " 13", "13 ",
                                       "0x0D", "13, 8", "4294967309"}) {
        CHECK_FALSE(matches<value_state::octet>(bad));
    }
}

TEST_CASE("6455 4.4: the versions of a 426 may be in one line or in several",
          "[6455-4.4-01][6455-4.4-03][6455-11.3.5-02]")
{
    const std::vector<std::string> expected{"13", "8", "7"};
    CHECK(versions({{"Sec-WebSocket-Version", "13, 8, 7"}}) == expected);
    CHECK(versions({{"Sec-WebSocket-Version", "13"}, {"X", "1"}, {"sec-websocket-version", "8, 7"}}) == expected);
    CHECK(versions({{"Sec-WebSocket-Version", "13, , 8,\t7,"}}) == expected);
    CHECK(versions({}).empty());
}

TEST_CASE("6455 4.3: offered subprotocols are tokens, at least one",
          "[6455-4.3-01][9110-5.6.1-03][6455-11.3.4-01][HS-7]")
{
    CHECK(offered({}) == error::none);
    CHECK(offered({{subprotocol_field, "chat, superchat"}}) == error::none);
    CHECK(offered({{subprotocol_field, "chat"}, {"X", "y"}, {subprotocol_field, "superchat"}}) == error::none);
    CHECK(offered({{subprotocol_field, ",chat,,superchat,"}}) == error::none);
    CHECK(offered({{subprotocol_field, ""}, {subprotocol_field, "chat"}}) == error::none);
    CHECK(offered({{subprotocol_field, std::string(4096, 'a')}}) == error::none);
    for (const std::string_view bad : {"", ",", " , ,", "a b", "a/b", "caf\xC3\xA9",
                                       "chat, a\x80"
                                       "b",
                                       "\"chat\"", "a;b", "\x80\xFF"})
        CHECK(offered({{subprotocol_field, bad}}) == error::subprotocol_invalid);
    CHECK(offered({{subprotocol_field, std::string_view{"a\0b", 3}}}) == error::subprotocol_invalid);
}

TEST_CASE("6455 4.1: a subprotocol is offered once; names are case-sensitive", "[6455-4.1-25][7936-2-01][7936-2-02]")
{
    CHECK(offered({{subprotocol_field, "chat, chat"}}) == error::subprotocol_repeated_name);
    CHECK(offered({{subprotocol_field, "chat, x"}, {subprotocol_field, "y, chat"}}) ==
          error::subprotocol_repeated_name);
    CHECK(offered({{subprotocol_field, "chat, Chat, chats"}}) == error::none);

    std::string thirty_two;
    for (int i = 0; i < 32; ++i)
        thirty_two.append("p").append(std::to_string(i)).append(",");
    CHECK(offered({{subprotocol_field, thirty_two + "q, p31"}}) == error::subprotocol_repeated_name);
    CHECK(offered({{subprotocol_field, thirty_two + "q, q"}}) == error::none); // the first 32 are compared
}

TEST_CASE("6455 4.2.2: the client's order decides which subprotocol is chosen",
          "[6455-4.2.1-11][6455-4.2.2-09][6455-1.9-01][6455-11.5-01]")
{
    const std::vector<field> fields{{subprotocol_field, "v2.chat.example, chat"}, {subprotocol_field, "superchat"}};
    const list_cursor list{fields, subprotocol_field};
    const std::array<std::string_view, 2> both{"superchat", "chat"};
    const std::array<std::string_view, 3> near{"v2.chat", "Chat", "chats"};
    CHECK(choose_subprotocol(list, both) == "chat");
    CHECK(choose_subprotocol(list, near).empty());
    CHECK(choose_subprotocol(list, {}).empty());
    CHECK(choose_subprotocol(list_cursor{}, both).empty());
    CHECK(list.contains("superchat"));
    CHECK_FALSE(list.contains("Chat"));
    CHECK_FALSE(list.contains(""));
}

TEST_CASE("6455 10.2, CVE-2018-6651, CVE-2026-21883: an origin is allowed if the whole origin is in the program's list",
          "[6455-10.2-01][6455-4.2.2-04][6454-6.2-01][HS-16]")
{
    const std::array<std::string_view, 3> allowed{"https://dashboard.corp", "https://app.example:8443",
                                                  "http://localhost:3000"};
    const auto verdict = [&](std::string_view origin) { return is_origin_allowed(origin, allowed); };
    for (const std::string_view good : allowed)
        CHECK(verdict(good));
    for (const std::string_view bad : {"",
                                       "null",
                                       "http://dashboard.corp",
                                       "https://dashboard.corp:443",
                                       "https://dashboard.corp:8443",
                                       "https://app.example",
                                       "https://app.example:84431",
                                       "https://dashboard.corp.attacker.com",
                                       "https://dashboard.corp@attacker.com",
                                       "https://xdashboard.corp",
                                       "xhttps://dashboard.corp",
                                       "https://x.dashboard.corp",
                                       "https://DASHBOARD.corp",
                                       "HTTPS://dashboard.corp",
                                       "https://dashboard.corp.",
                                       "https://dashboard.corp/",
                                       "https://user@dashboard.corp",
                                       "https://dashboard",
                                       "dashboard.corp",
                                       "//dashboard.corp",
                                       "https://127.0.0.1",
                                       "https://dashboard.corp https://evil",
                                       "*",
                                       "file://"})
        CHECK_FALSE(verdict(bad));
}

TEST_CASE("6455 4.2.1, CVE-2026-10054: the program decides about a request without Origin",
          "[6455-4.2.1-10][6455-10.1-01][HS-16]")
{
    const std::array<std::string_view, 2> allowed{"https://dashboard.corp", "null"};
    CHECK(is_origin_allowed("null", allowed));
    CHECK_FALSE(is_origin_allowed("", allowed)); // an empty Origin field, and none
    const std::array<std::string_view, 1> with_empty{""};
    CHECK_FALSE(is_origin_allowed("", with_empty));
    CHECK_FALSE(is_origin_allowed("https://dashboard.corp", {})); // no list allows nobody
}

} // namespace
