// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"

#include <sockless/http/list.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace {

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
