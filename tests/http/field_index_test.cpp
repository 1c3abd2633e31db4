// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"

#include <sockless/http/field_index.hpp>

#include <cctype>
#include <string>
#include <string_view>
#include <vector>

namespace {

using sockless::field;
using sockless::detail::field_index;
using sockless::detail::known_field;
using sockless::detail::known_field_names;
using sockless::detail::recognise;

TEST_CASE("6455 4.1: field names are recognised in any case", "[6455-4.1-40]")
{
    for (std::size_t i = 0; i < known_field_names.size(); ++i) {
        std::string lower{known_field_names[i]};
        std::string upper = lower;
        for (char& c : lower)
            c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        for (char& c : upper)
            c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        CAPTURE(lower);
        const auto expected = static_cast<known_field>(i);
        CHECK(recognise(known_field_names[i]) == expected);
        CHECK(recognise(lower) == expected);
        CHECK(recognise(upper) == expected);
        CHECK(recognise(lower + "s") == known_field::other);
        for (std::size_t place = 0; place < lower.size(); ++place) {
            std::string other = lower;
            other[place] = other[place] == '!' ? '"' : '!';
            CHECK(recognise(other) == known_field::other);
        }
    }
    for (std::size_t size = 0; size < 100; ++size)
        CHECK(recognise(std::string(size, 'e')) == known_field::other);
}

TEST_CASE("9110 5.2: repeated lines of one name form one list in order, whatever stands between them",
          "[9110-5.2-01][9110-5.1-01]")
{
    const std::vector<field> fields{{"X", "0"}, {"connection", "a"}, {"Host", "h"}, {"CONNECTION", "b,,c"},
                                    {"Y", ""},  {"Connection", ""}};
    const field_index index{fields};
    CHECK(index.repeats(known_field::connection));
    CHECK_FALSE(index.repeats(known_field::host));
    CHECK(index.value(known_field::connection) == "a");
    CHECK(index.value(known_field::host) == "h");
    CHECK_FALSE(index.has(known_field::upgrade));
    CHECK(index.value(known_field::upgrade).empty());
    auto list = index.list(known_field::connection);
    std::string joined;
    std::string_view element;
    while (list.next(element))
        joined += std::string{element} + ";";
    CHECK(joined == "a;b;c;");
    auto none = index.list(known_field::upgrade);
    CHECK_FALSE(none.next(element));
}

} // namespace
