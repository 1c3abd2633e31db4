// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The comparison with the definition, over all code points and short sequences, is in reference/utf8_test.cpp.
#include "support/catch.hpp"
#include "support/guard_page.hpp"
#include "support/hex.hpp"

#include <sockless/bytes/utf8.hpp>
#include <sockless/bytes/utf8_stream.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace {

using sockless::is_utf8;
using sockless::utf8_validator;
using support::byte_vector;
using support::bytes_of;

template <class... Byte>
constexpr bool valid(Byte... byte)
{
    const std::array<std::byte, sizeof...(Byte)> bytes{static_cast<std::byte>(byte)...};
    return is_utf8(bytes);
}
static_assert(valid());
static_assert(valid('a', 0xC3, 0xA9, 0xE2, 0x82, 0xAC, 0xF0, 0x9F, 0x98, 0x80));
static_assert(valid(0xEF, 0xBF, 0xBE) && valid(0xF4, 0x8F, 0xBF, 0xBF));
static_assert(!valid(0xC0, 0x80) && !valid(0xED, 0xA0, 0x80) && !valid(0xF4, 0x90, 0x80, 0x80) && !valid(0xC3));

constexpr auto forms_of_accepts = {sockless::detail::fast::accepts, sockless::detail::compact::accepts};

struct prefix {
    std::string_view hex;
    std::size_t good; ///< bytes in front of the first impossible one
};

constexpr std::array impossible{
    prefix{"80", 0},          prefix{"bf", 0},       prefix{"c0 80", 0},       prefix{"c1 bf", 0},
    prefix{"f5 80", 0},       prefix{"f8 88", 0},    prefix{"fe", 0},          prefix{"ff", 0},
    prefix{"c3 28", 1},       prefix{"c3 c3", 1},    prefix{"e0 80 80", 1},    prefix{"e0 9f bf", 1},
    prefix{"ed a0 80", 1},    prefix{"ed bf bf", 1}, prefix{"f0 80 80 80", 1}, prefix{"f0 8f bf bf", 1},
    prefix{"f4 90", 1},       prefix{"e2 28 a1", 1}, prefix{"e2 82 28", 2},    prefix{"f0 9f 28 80", 2},
    prefix{"f0 9f 98 28", 3},
};

TEST_CASE("6455 8.1: a text fails at the first byte that cannot follow the bytes before it",
          "[6455-8.1-03][6455-8.1-05][3629-4-01][UTF8-1]")
{
    for (const prefix& one : impossible) {
        for (const std::size_t ascii : {0U, 1U, 7U, 8U, 9U, 16U, 31U}) {
            INFO(one.hex << " after " << ascii << " letters");
            const byte_vector bytes =
                support::join({support::repeat(ascii, 'a'), bytes_of(one.hex), support::text("more text")});
            utf8_validator validator;
            CHECK(validator.validate(bytes) == ascii + one.good);
            CHECK_FALSE(validator.complete());
            for (const auto accepts : forms_of_accepts) {
                utf8_validator unfinished;
                CHECK_FALSE(accepts(unfinished, bytes.data(), bytes.size(), false));
                CHECK_FALSE(unfinished.complete());
            }
            CHECK(validator.validate(bytes_of("61")) == 0);
            CHECK_FALSE(validator.complete());
            CHECK_FALSE(is_utf8(bytes));
        }
    }
}

TEST_CASE("6455 8.1: the examples of a long Greek word fail at the same byte however they are fed",
          "[6455-8.1-05][UTF8-1]")
{
    const byte_vector bytes = bytes_of("cebae1bdb9cf83cebcceb5 f4908080 656469746564");
    utf8_validator whole;
    CHECK(whole.validate(bytes) == 12);
    utf8_validator bytewise;
    std::size_t taken = 0;
    for (const std::byte& b : bytes)
        taken += bytewise.validate(std::span{&b, 1});
    CHECK(taken == 12);
}

TEST_CASE("6455 8.1: non-characters, U+0000 and a byte order mark are valid", "[6455-8.1-04]")
{
    for (const std::string_view hex : {"", "00", "7f", "c280", "dfbf", "e0a080", "ed9fbf", "ee8080", "efbfbd", "efbfbe",
                                       "efbfbf", "f0908080", "f48fbfbf", "efbbbf", "cebae1bdb9cf83cebcceb5"})
        CHECK(is_utf8(bytes_of(hex)));
}

TEST_CASE("6455 5.6: a text may be cut inside a sequence, but not end there",
          "[6455-5.6-01][6455-5.6-02][6455-8.1-06][UTF8-2]")
{
    for (const std::string_view hex : {"c3 a9", "e2 82 ac", "e0 a0 80", "ed 9f bf", "f0 9f 98 80", "f4 8f bf bf"}) {
        const byte_vector bytes = bytes_of(hex);
        for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
            utf8_validator validator;
            const support::guard_page front{std::span{bytes}.first(cut)};
            CHECK(validator.validate(front.bytes()) == cut);
            CHECK_FALSE(validator.complete());
            CHECK_FALSE(is_utf8(front.bytes()));
            CHECK(validator.validate({}) == 0);
            CHECK_FALSE(validator.complete());
            CHECK(validator.bytes_missing() >= 1);
            CHECK(validator.bytes_missing() <= bytes.size() - cut);
            const support::guard_page back{std::span{bytes}.subspan(cut)};
            CHECK(validator.validate(back.bytes()) == bytes.size() - cut);
            CHECK(validator.complete());
            CHECK(validator.bytes_missing() == 0);
            for (const auto accepts : forms_of_accepts) {
                utf8_validator in_pieces;
                CHECK(accepts(in_pieces, front.bytes().data(), cut, false));
                CHECK_FALSE(in_pieces.complete());
                CHECK(accepts(in_pieces, back.bytes().data(), bytes.size() - cut, true));
                CHECK(in_pieces.complete());
                CHECK_FALSE(accepts(in_pieces, front.bytes().data(), cut, true));
            }
        }
    }
}

TEST_CASE("3629 4: the automaton and its table have the same next state for every state and byte")
{
    using sockless::detail::utf8_state;
    for (const utf8_state state :
         {utf8_state::complete, utf8_state::failed, utf8_state::want_one, utf8_state::want_two, utf8_state::want_three,
          utf8_state::want_90_bf, utf8_state::want_a0_bf, utf8_state::want_80_9f, utf8_state::want_80_8f}) {
        for (unsigned byte = 0; byte <= 0xFF; ++byte) {
            const auto octet = static_cast<std::uint8_t>(byte);
            CHECK(sockless::detail::compact::look_up(state, octet) == sockless::detail::next_state(state, octet));
        }
    }
}

TEST_CASE("6455 8.1: text of any type of character is validated")
{
    CHECK(is_utf8("gr\xC3\xBC\xC3\x9F"));
    CHECK_FALSE(is_utf8("\xFF"));
    static constexpr std::u8string_view accented =
        u8"\u00E9"; // if its size is not a constant g++ 12 warns at -O1, on RISC-V
    CHECK(is_utf8(accented));
    const unsigned char octets[] = {0xC3, 0xA9};
    CHECK(is_utf8(octets));
    utf8_validator validator;
    CHECK(validator.validate({octets, 1}) == 1);
    CHECK_FALSE(validator.complete());
}

TEST_CASE("6455 8.1: a validator starts again after reset")
{
    utf8_validator validator;
    CHECK(validator.complete());
    CHECK(validator.validate(bytes_of("ff")) == 0);
    validator.reset();
    CHECK(validator.complete());
    CHECK(validator.validate(bytes_of("c3")) == 1);
    validator.reset();
    CHECK(validator.validate(bytes_of("a9")) == 0);
}

} // namespace
