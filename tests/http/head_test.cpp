// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"

#include <sockless/http/head.hpp>

#include <array>
#include <cctype>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using sockless::field;

constexpr std::array<field, 4> cookies{
    {{"Set-Cookie", "a=1, b"}, {"X", "y"}, {"set-cookie", "c=2"}, {"SET-COOKIE", ""}}};

static_assert(sockless::find_field(cookies, "x") == "y");
static_assert(sockless::find_field(cookies, "Set-Cookie") == "a=1, b");
static_assert(sockless::find_field(cookies, "Set-Cookies").empty());
static_assert(sockless::http_version{1, 1} > sockless::http_version{1, 0});
static_assert(sockless::http_version{2, 0} > sockless::http_version{1, 1});

TEST_CASE("9110 5.3: Set-Cookie lines are not combined", "[9110-5.3-02]")
{
    sockless::field_cursor lines{cookies, "Set-Cookie"};
    std::string_view value;
    REQUIRE(lines.next(value));
    CHECK(value == "a=1, b");
    REQUIRE(lines.next(value));
    CHECK(value == "c=2");
    REQUIRE(lines.next(value));
    CHECK(value.empty());
    value = "unchanged";
    CHECK_FALSE(lines.next(value));
    CHECK(value == "unchanged");
}

TEST_CASE("9110 5.2: a list continues in the next line of the same name", "[9110-5.2-01]")
{
    const std::array<field, 4> fields{{{"A", "1,2"}, {"B", "x"}, {"a", " , "}, {"a", "3"}}};
    sockless::list_cursor list{fields, "a"};
    std::string joined;
    std::string_view element;
    while (list.next(element))
        joined += element;
    CHECK(joined == "123");
    sockless::list_cursor one{"4, 5"};
    while (one.next(element))
        joined += element;
    CHECK(joined == "12345");
}

std::vector<std::string> elements(std::string_view value)
{
    std::vector<std::string> result;
    sockless::detail::element_cursor list{value};
    std::string_view element;
    while (list.next(element))
        result.emplace_back(element);
    return result;
}

using strings = std::vector<std::string>;

TEST_CASE("9110 5.6.1: elements of a list are returned without white space, and empty ones are skipped",
          "[9110-5.6.1-02][6455-4.3-07][9110-5.6.1-03]")
{
    CHECK(elements(", Upgrade,,") == strings{"Upgrade"});
    CHECK(elements("foo,,bar") == strings{"foo", "bar"});
    CHECK(elements(" a \t,\tb , c d") == strings{"a", "b", "c d"});
    CHECK(elements("").empty());
    CHECK(elements(",").empty());
    CHECK(elements(" , ,\t,").empty());
}

namespace dictionary {

using sockless::detail::field_id;
using sockless::detail::find_known_field;
using sockless::detail::find_known_field_compact;
using sockless::detail::known_field_names;

TEST_CASE("9110 15.2: a response of 1xx is interim, but for 101, which ends HTTP", "[9110-15.2-01]")
{
    for (const std::uint16_t status : {std::uint16_t{100}, std::uint16_t{103}, std::uint16_t{199}})
        CHECK(sockless::response_head{.status = status}.is_interim());
    for (const std::uint16_t status : {std::uint16_t{101}, std::uint16_t{200}, std::uint16_t{404}})
        CHECK_FALSE(sockless::response_head{.status = status}.is_interim());
}

TEST_CASE("6455 4.1: field names are found in any case", "[6455-4.1-40]")
{
    for (std::size_t i = 0; i < known_field_names.size(); ++i) {
        std::string lower{known_field_names[i]};
        std::string upper = lower;
        for (char& c : lower)
            c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        for (char& c : upper)
            c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        CAPTURE(lower);
        const auto expected = static_cast<field_id>(i);
        CHECK(find_known_field(known_field_names[i]).id == expected);
        CHECK(find_known_field(lower).id == expected);
        CHECK(find_known_field(upper).id == expected);
        CHECK(find_known_field(lower + "s").id == field_id::other);
        for (std::size_t place = 0; place < lower.size(); ++place) {
            std::string other = lower;
            other[place] = other[place] == '!' ? '"' : '!';
            CHECK(find_known_field(other).id == field_id::other);
        }
    }
    for (std::size_t size = 0; size < 100; ++size)
        CHECK(find_known_field(std::string(size, 'e')).id == field_id::other);
}

TEST_CASE("6455 4.1: both ways to find a field return the same field and its word")
{
    for (std::size_t i = 0; i < known_field_names.size(); ++i) {
        const std::string_view name = known_field_names[i];
        CAPTURE(name);
        const sockless::detail::known_field compact = find_known_field_compact(name.data(), name.size());
        CHECK(compact.id == static_cast<field_id>(i));
        CHECK(compact.word() == find_known_field(name).word());
    }
    CHECK(std::string_view{find_known_field("upgrade").word()} == "websocket");
    CHECK(std::string_view{find_known_field("sec-websocket-version").word()} == "13");
    CHECK(std::string_view{find_known_field("expect").word()} == "100-continue");
    CHECK(std::string_view{find_known_field("host").word()}.empty());
}

TEST_CASE("6455 4.2.1: words are compared as a whole, in any case")
{
    using sockless::detail::iequal_word;
    const std::string_view text = "WebSocket";
    CHECK(iequal_word(text.data(), text.size(), "websocket"));
    CHECK_FALSE(iequal_word(text.data(), text.size() - 1, "websocket"));
    CHECK_FALSE(iequal_word(text.data(), text.size(), "websocke"));
    CHECK_FALSE(iequal_word("websockeu", text.size(), "websocket"));
    CHECK(iequal_word("", 0, ""));
}

} // namespace dictionary

} // namespace
