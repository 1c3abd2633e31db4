// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/hex.hpp"

#include <sockless/handshake/extension.hpp>

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using sockless::extension;
using sockless::extension_cursor;
using sockless::field;
using sockless::detail::is_extension_list_valid_to_send;
using strings = std::vector<std::string>;

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
    CHECK(walked("a; b; b; b=1") == strings{"a b b b=1"}); // repeated names are for the extension to judge
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
    // A quoted string does not go on in the next line: joined, it would have a comma in it, and be no token.
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
    CHECK(extension::parameter{.value = "10"}.unquote({}) == "10"); // nothing to unescape, no room needed
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
    const sockless::list_cursor list{"foo, bar; x"};
    CHECK(contains_all_extensions(list, "bar; y=1, foo, foo"));
    CHECK_FALSE(contains_all_extensions(list, "bar, baz"));
    CHECK_FALSE(contains_all_extensions(list, "ba"));
    CHECK_FALSE(contains_all_extensions(sockless::list_cursor{}, "bar"));
    CHECK(contains_all_extensions(sockless::list_cursor{}, ""));
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
