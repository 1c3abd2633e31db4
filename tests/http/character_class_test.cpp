// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/random.hpp"

#include <sockless/http/character_class.hpp>

#include <clocale>
#include <cstddef>
#include <string>
#include <string_view>

namespace {

using sockless::is_token;
using sockless::detail::equals_ignoring_case;
using sockless::detail::trimmed;

static_assert(is_token("permessage-deflate") && !is_token("") && !is_token("a b"));
static_assert(equals_ignoring_case("WebSocket", "websocket"));
static_assert(trimmed(" \ta b\t ") == "a b");

TEST_CASE("9110 5.6.2: a token consists of letters, digits and fifteen other characters only", "[9110-5.6.2-01]")
{
    const std::string_view allowed = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (unsigned value = 0; value < 256; ++value) {
        const std::string text{'x', static_cast<char>(value)};
        CAPTURE(value);
        CHECK(is_token(text) == (allowed.find(static_cast<char>(value)) != std::string_view::npos));
    }
}

TEST_CASE("9110 5.5: a field value has no control character but HTAB, and octets from 0x80 on are opaque",
          "[9110-5.5-02][9110-5.5-03][9112-2.2-01]")
{
    for (unsigned value = 0; value < 256; ++value) {
        const bool good = value == 0x09 || (value >= 0x20 && value != 0x7F);
        for (std::size_t place = 0; place < 20; ++place) { // every place in a register, and after it
            std::string text(20, 'x');
            text[place] = static_cast<char>(value);
            CAPTURE(value, place);
            CHECK(sockless::detail::span_of<sockless::detail::value_character>(text) == (good ? text.size() : place));
        }
    }
}

TEST_CASE("9110 5.5: only SP and HTAB are white space around a value", "[9110-5.5-01][HS-18]")
{
    CHECK(trimmed("") == "");
    CHECK(trimmed(" \t \t") == "");
    CHECK(trimmed("\t a\tb  ") == "a\tb");
    CHECK(trimmed("\xA0"
                  "a\v") == "\xA0"
                            "a\v");
}

TEST_CASE("6455 2.1: case folding is A-Z with a-z, whatever the locale", "[6455-2.1-01]")
{
    CHECK(equals_ignoring_case("SEC-WEBSOCKET-ACCEPT", "sec-websocket-accept"));
    CHECK_FALSE(equals_ignoring_case("web\xE2\x84\xAA", "webk")); // U+212A KELVIN SIGN, which Unicode folds to k
    CHECK_FALSE(equals_ignoring_case("web\xC5\xBF", "webs"));     // U+017F LONG S, which it folds to s
    CHECK_FALSE(equals_ignoring_case("websoc\xE2\x84\xAA", "websocket"));
    CHECK_FALSE(equals_ignoring_case("websocket", "websocke"));
    for (const std::size_t size : {1U, 3U, 7U, 8U, 9U, 15U, 16U, 17U, 24U}) { // words of eight and the bytes after them
        for (std::size_t place = 0; place < size; ++place) {
            for (unsigned a = 0; a < 256; ++a) {
                for (unsigned b : {a, a ^ 0x20U, a ^ 0x80U, a ^ 1U}) {
                    std::string one(size, 'Q');
                    std::string two(size, 'q');
                    one[place] = static_cast<char>(a);
                    two[place] = static_cast<char>(b);
                    const auto folded = [](unsigned c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; };
                    if (equals_ignoring_case(one, two) != (folded(a) == folded(b)))
                        FAIL("octets " << a << " and " << b << " at " << place << " of " << size);
                }
            }
        }
    }
    const std::string before = std::setlocale(LC_ALL, nullptr);
    if (std::setlocale(LC_ALL, "tr_TR.UTF-8") != nullptr) // where an I is not the capital of i
        CHECK(equals_ignoring_case("SEC-WEBSOCKET-VERSION", "sec-websocket-version"));
    std::setlocale(LC_ALL, before.c_str());
}

TEST_CASE("Two texts are equal if neither ends earlier and all octets are equal")
{
    using sockless::detail::equal;
    CHECK(equal("chat", "chat"));
    CHECK(equal("", ""));
    CHECK_FALSE(equal("chat", "chap"));
    CHECK_FALSE(equal("chat", "chats"));
    CHECK_FALSE(equal("chats", "chat"));
}

} // namespace
