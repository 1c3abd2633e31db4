// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"

#include <sockless/http/head.hpp>

#include <array>
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

} // namespace
