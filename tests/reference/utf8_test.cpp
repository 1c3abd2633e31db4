// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/guard_page.hpp"
#include "support/hex.hpp"
#include "support/random.hpp"
#include "utf8.hpp"

#include <sockless/bytes/utf8.hpp>
#include <sockless/bytes/utf8_stream.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace {

using sockless::utf8_validator;
using support::byte_vector;

/// The result of the library in the form of the reference.
reference::utf8_prefix validated(std::span<const std::byte> bytes)
{
    utf8_validator validator;
    const std::size_t size = validator.validate(bytes);
    return {size, validator.complete()};
}

void same_verdict(const byte_vector& bytes)
{
    const reference::utf8_prefix expected = reference::longest_utf8_prefix(bytes);
    const reference::utf8_prefix found = validated(bytes);
    const bool whole = expected.size == bytes.size() && expected.complete;
    if (found.size != expected.size || found.complete != expected.complete || sockless::is_utf8(bytes) != whole)
        FAIL(support::to_hex(bytes) << ": " << found.size << " bytes instead of " << expected.size);
}

TEST_CASE("3629 4: every code point but the surrogates is valid in its shortest form, and nothing above U+10FFFF",
          "[3629-4-01][6455-8.1-03][6455-8.1-04]")
{
    for (std::uint32_t code_point = 0; code_point <= 0x110400; ++code_point) {
        const byte_vector bytes = reference::encoded(code_point);
        const bool valid = code_point <= 0x10FFFF && (code_point < 0xD800 || code_point > 0xDFFF);
        if (sockless::is_utf8(bytes) != valid)
            FAIL("U+" << std::hex << code_point);
    }
}

TEST_CASE("3629 4: every sequence of up to three bytes is classified as in the definition", "[3629-4-01][UTF8-1]")
{
    same_verdict({});
    for (unsigned a = 0; a < 256; ++a) {
        same_verdict({static_cast<std::byte>(a)});
        for (unsigned b = 0; b < 256; ++b)
            same_verdict({static_cast<std::byte>(a), static_cast<std::byte>(b)});
    }
    // The third byte matters only after lead bytes of three and four; the limits of the ranges are sufficient there.
    constexpr std::array<unsigned, 12> thirds{0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xE0, 0xFF};
    for (unsigned a = 0xC0; a < 256; ++a)
        for (unsigned b = 0x7F; b <= 0xC0; ++b)
            for (const unsigned c : thirds)
                same_verdict({static_cast<std::byte>(a), static_cast<std::byte>(b), static_cast<std::byte>(c)});
}

TEST_CASE("3629 4: sequences of four bytes are classified as in the definition", "[3629-4-01][UTF8-1]")
{
    constexpr std::array<unsigned, 12> others{0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xED, 0xF4, 0xFF};
    for (unsigned a = 0xE0; a < 256; ++a)
        for (const unsigned b : others)
            for (const unsigned c : others)
                for (const unsigned d : others)
                    same_verdict({static_cast<std::byte>(a), static_cast<std::byte>(b), static_cast<std::byte>(c),
                                  static_cast<std::byte>(d)});
}

/// Returns text in which some characters lack a byte or their end.
byte_vector random_text(support::random_numbers& numbers)
{
    byte_vector bytes;
    const std::uint32_t range = numbers.below(2) == 0 ? 0x80 : 0x110000;
    for (std::size_t characters = numbers.below(40); characters > 0; --characters) {
        const byte_vector one = reference::encoded(static_cast<std::uint32_t>(numbers.below(range)));
        bytes.insert(bytes.end(), one.begin(), one.end());
    }
    if (!bytes.empty() && numbers.below(2) == 0)
        bytes[numbers.below(bytes.size())] = numbers.bytes(1)[0];
    if (numbers.below(4) == 0)
        bytes.resize(numbers.below(bytes.size() + 1));
    return bytes;
}

TEST_CASE("6455 8.1: random text, valid and damaged, is classified as in the definition", "[6455-2-01][6455-8.1-05]")
{
    support::random_numbers numbers{6};
    for (int run = 0; run < 4000; ++run) {
        const byte_vector bytes = random_text(numbers);
        same_verdict(bytes);
        const support::guard_page page{bytes};
        CHECK(validated(page.bytes()).size == reference::longest_utf8_prefix(bytes).size);
    }
}

TEST_CASE("6455 5.6: the result does not depend on where the text is cut", "[6455-5.6-02][UTF8-2]")
{
    support::random_numbers numbers{7};
    for (int run = 0; run < 1000; ++run) {
        const byte_vector bytes = random_text(numbers);
        const reference::utf8_prefix expected = reference::longest_utf8_prefix(bytes);

        utf8_validator validator;
        std::size_t taken = 0;
        for (std::size_t at = 0; at < bytes.size();) {
            const std::size_t size = 1 + numbers.below(bytes.size() - at);
            taken += validator.validate(std::span{bytes}.subspan(at, size));
            at += size;
        }
        CHECK(taken == expected.size);
        CHECK(validator.complete() == expected.complete);
    }
}

} // namespace
