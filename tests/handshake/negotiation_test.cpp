// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/print.hpp"

#include <sockless/handshake/negotiation.hpp>
#include <sockless/handshake/upgrade_request.hpp>

#include <array>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using sockless::error;
using sockless::extension;
using sockless::extension_cursor;
using sockless::field;
using sockless::is_origin_allowed;
using sockless::list_cursor;
using sockless::detail::element_cursor;
using sockless::detail::is_extension_list_valid_to_send;
using sockless::detail::matches;
using sockless::detail::start_of;
using strings = std::vector<std::string>;

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
    list_cursor elements{fields, "Sec-WebSocket-Version"};
    std::string_view version;
    while (elements.next(version))
        result.emplace_back(version);
    return result;
}

TEST_CASE("6455 4.3: a version is 0..255 in decimal without leading zeros", "[6455-4.3-04][6455-11.6-01]")
{
    for (unsigned value = 0; value < 256; ++value)
        CHECK(matches(start_of("octet"), std::to_string(value)));
    for (const std::string_view bad : {"", "00", "013", "13a", "-1", "+13", "256", "300", "1000", "1 3", " 13", "13 ",
                                       "0x0D", "13, 8", "4294967309"})
        CHECK_FALSE(matches(start_of("octet"), bad));
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
    CHECK_FALSE(is_origin_allowed("https://dashboard.corp", {})); // an empty list allows no origin
}

/// `name a=1 b` for each element; "malformed" where the walk ends early.
strings walked(extension_cursor list)
{
    strings result;
    extension element;
    while (list.next(element)) {
        std::string line{element.name};
        auto parameters = element.parameters();
        extension::parameter parameter;
        while (parameters.next(parameter)) {
            std::array<char, 64> room{};
            line.append(" ").append(parameter.name);
            if (parameter.has_value)
                line.append("=").append(parameter.unquote(room));
        }
        result.push_back(line);
    }
    if (list.malformed())
        result.emplace_back("malformed");
    CHECK_FALSE(list.next(element));
    return result;
}

strings walked(std::string_view value)
{
    return walked(extension_cursor{value});
}

bool good(std::string_view value)
{
    const strings result = walked(value);
    return !result.empty() && result.back() != "malformed";
}

constexpr bool used_by_the_compiler()
{
    extension_cursor list{std::string_view{"foo, bar; baz=2"}};
    extension element;
    extension::parameter parameter;
    if (!list.next(element) || element.name != "foo" || !list.next(element) || element.name != "bar")
        return false;
    auto parameters = element.parameters();
    return parameters.next(parameter) && parameter.name == "baz" && parameter.value == "2" && !list.next(element) &&
           !list.malformed();
}
static_assert(used_by_the_compiler());

TEST_CASE("6455 9.1: extensions and their parameters are returned in order",
          "[6455-9.1-05][6455-9.1-07][6455-11.3.2-01][7692-3-01]")
{
    CHECK(walked("foo, bar; baz=2") == strings{"foo", "bar baz=2"});
    CHECK(walked("deflate-stream") == strings{"deflate-stream"});
    CHECK(walked("mux; max-channels=4; flow-control, deflate-stream") ==
          strings{"mux max-channels=4 flow-control", "deflate-stream"});
    CHECK(
        walked(
            "permessage-deflate; client_max_window_bits; server_max_window_bits=10, permessage-deflate; client_max_window_bits") ==
        strings{"permessage-deflate client_max_window_bits server_max_window_bits=10",
                "permessage-deflate client_max_window_bits"});
    CHECK(walked("a; b; b; b=1") == strings{"a b b b=1"}); // the extension decides about repeated names
}

TEST_CASE("6455 9.1: an invalid parameter ends the list of parameters")
{
    for (const std::string_view text : {"; =8", ";", "a", "; a=\"", ""}) {
        extension::parameter_cursor parameters{text};
        extension::parameter parameter;
        CHECK_FALSE(parameters.next(parameter));
        CHECK_FALSE(parameters.next(parameter));
    }
}

TEST_CASE("6455 9.1: several lines are equivalent to one line with commas",
          "[6455-9.1-02][6455-4.2.2-18][6455e-3433-01][6455-11.3.2-02]")
{
    const std::vector<field> lines{{"Sec-WebSocket-Extensions", "foo"},
                                   {"X", "y"},
                                   {"sec-websocket-extensions", "bar; baz=2"},
                                   {"Sec-WebSocket-Extensions", ""},
                                   {"Sec-WebSocket-Extensions", "last"}};
    CHECK(walked(extension_cursor{lines}) == walked("foo, bar; baz=2, last"));
    const std::vector<field> bad{{"Sec-WebSocket-Extensions", "foo"},
                                 {"Sec-WebSocket-Extensions", "bar;"},
                                 {"Sec-WebSocket-Extensions", "last"}};
    CHECK(walked(extension_cursor{bad}) == strings{"foo", "malformed"});
    // A quoted string does not continue in the next line: the joined value would contain a comma, which is not valid in a token.
    const std::vector<field> torn{{"Sec-WebSocket-Extensions", "a; b=\"c"}, {"Sec-WebSocket-Extensions", "d\""}};
    CHECK(walked(extension_cursor{torn}) == strings{"malformed"});
    CHECK(walked(extension_cursor{std::span<const field>{}}).empty());
}

TEST_CASE("6455 4.3: white space around the separators is accepted, empty elements are skipped",
          "[6455-4.3-06][6455-4.3-07][9110-5.6.3-01][7230-3.2.4-01]")
{
    CHECK(walked("foo ; bar = 1 , baz") == strings{"foo bar=1", "baz"});
    CHECK(walked("\tfoo\t;\tbar\t=\t\"1\"\t;a ,\tbaz\t") == strings{"foo bar=1 a", "baz"});
    CHECK(walked(" , ,foo,,\t,bar,") == strings{"foo", "bar"});
    CHECK(walked("").empty());
    CHECK(walked(" , ,").empty());
}

TEST_CASE("6455 4.3: an element that violates the grammar is malformed", "[6455-4.3-02][6455-9.1-01]")
{
    for (const std::string_view bad : {"permessage-deflate; =8",
                                       "x;;y",
                                       "x; a=",
                                       "x;",
                                       "x; ",
                                       "; a",
                                       "x; a=,y",
                                       "x y",
                                       "x; a b",
                                       "x; a=1 2",
                                       "=",
                                       "x=1",
                                       "x; a==1",
                                       "\"x\"",
                                       "x; \"a\"",
                                       "x/y",
                                       "x; a=b/c",
                                       "a; b=\x01",
                                       "caf\xC3\xA9",
                                       "x; a=\xC3\xA9",
                                       "x\r\ny",
                                       "x; a=\"1\"2",
                                       "x; a=\"1\"\"2\"",
                                       "x;, y",
                                       "(x)"})
        CHECK_FALSE(good(bad));
    CHECK_FALSE(good(std::string_view{"a\0b", 3}));
    CHECK(walked("foo, b@d, bar") == strings{"foo", "malformed"});
}

TEST_CASE("6455 4.3: a quoted value has to be a token after it is unquoted", "[6455-4.3-03][9110-5.6.4-01]")
{
    CHECK(walked("x; a=\"10\"") == walked("x; a=10"));
    CHECK(walked("x; a=\"1\\0\"") == walked("x; a=10"));
    CHECK(walked("x; a=\"\\1\\0\"; b") == walked("x; a=10; b"));
    for (const std::string_view bad :
         {"x; a=\"a b\"", "x; a=\"\"", "x; a=\"1", "x; a=\"", "x; a=\"1\\\"", "x; a=\"1\\", "x; a=\"\\\"\"",
          "x; a=\"\\\\\"", "x; a=\"1,2\"", "x; a=\"1;2\"", "x; a=\"\\,\"", "x; a=\"\x80\""})
        CHECK_FALSE(good(bad));

    std::array<char, 2> room{};
    CHECK(extension::parameter{.value = "10"}.unquote({}) == "10"); // nothing to unescape, no buffer needed
    CHECK(extension::parameter{.value = "\\1\\0"}.unquote(room) == "10");
    CHECK(extension::parameter{.value = "1\\23"}.unquote(room).empty());
}

TEST_CASE("6455 9.1: names are compared exactly", "[6455-9.1-08][HS-15][9110-7.8-04][6455-11.4-01]")
{
    const extension_cursor offered{std::string_view{"foo, bar; x"}};
    CHECK(offered.contains("bar"));
    CHECK_FALSE(offered.contains("Bar"));
    CHECK_FALSE(offered.contains("ba"));
    using sockless::detail::contains_all_extensions;
    const element_cursor list{"foo, bar; x"};
    CHECK(contains_all_extensions(list, "bar; y=1, foo, foo"));
    CHECK_FALSE(contains_all_extensions(list, "bar, baz"));
    CHECK_FALSE(contains_all_extensions(list, "ba"));
    CHECK_FALSE(contains_all_extensions(list, "Bar"));
    CHECK_FALSE(contains_all_extensions(element_cursor{}, "bar"));
    CHECK(contains_all_extensions(element_cursor{}, ""));
}

TEST_CASE("NSP-550: names with a meaning in other languages are plain names", "[HS-6]")
{
    CHECK(walked("constructor, __proto__; toString=valueOf") == strings{"constructor", "__proto__ toString=valueOf"});
    CHECK(walked(",;constructor") == strings{"malformed"});
}

TEST_CASE("6455 9.1: an element's parameters can be copied into an answer unchanged")
{
    extension_cursor list{std::string_view{"foo ; bar = 1 ; c , baz"}};
    extension element;
    REQUIRE(list.next(element));
    CHECK(element.parameter_text == "; bar = 1 ; c");
    CHECK(is_extension_list_valid_to_send(std::string{element.name} + std::string{element.parameter_text}));
    REQUIRE(list.next(element));
    CHECK(element.parameter_text.empty());
}

TEST_CASE("9110 5.6.1: a list that is sent has no empty elements", "[9110-5.6.1-01][HS-12]")
{
    for (const std::string_view fine : {"foo", "foo, bar; baz=2", "foo,bar", "foo; a=\"1\"; b, c"})
        CHECK(is_extension_list_valid_to_send(fine));
    for (const std::string_view bad :
         {"", " ", ",", "foo,", ",foo", "foo,,bar", "foo, ,bar", " foo", "foo ", "foo; ", "foo;", "foo bar",
          "foo\r\nX: y", "foo; a=", "foo; a=\"b c\"", "foo\n", "foo, \r\n bar"})
        CHECK_FALSE(is_extension_list_valid_to_send(bad));
    CHECK_FALSE(is_extension_list_valid_to_send(std::string_view{"foo\0", 4}));
}

} // namespace
