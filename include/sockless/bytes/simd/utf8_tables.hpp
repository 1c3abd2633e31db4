// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file holds the tables of UTF-8 validation by look-up, for all instruction sets (Keiser and Lemire, "Validating UTF-8 In
/// Less Than One Instruction Per Byte", 2020).
///
/// Each byte is checked together with the one before it. Three nibbles, the high and the low one of the first byte and the high
/// one of the second, are looked up; each table returns the errors that its nibble does not exclude. An error that no nibble
/// excludes is present. "Two continuations" is no error inside a sequence of three or four bytes.
#pragma once

#include "../../config.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace sockless::inline SOCKLESS_ABI::detail {

using utf8_table = std::array<std::uint8_t, 16>;

namespace utf8_error {
inline constexpr std::uint8_t too_short = 0x01;  // a lead byte, then no continuation byte
inline constexpr std::uint8_t too_long = 0x02;   // ASCII, then a continuation byte
inline constexpr std::uint8_t overlong_3 = 0x04; // E0, then below A0
inline constexpr std::uint8_t too_large = 0x08;  // F4, then above 8F; F5 and above, then anything above 8F
inline constexpr std::uint8_t surrogate = 0x10;  // ED, then above 9F
inline constexpr std::uint8_t overlong_2 = 0x20; // C0 or C1
inline constexpr std::uint8_t overlong_4 = 0x40; // F0, then below 90
inline constexpr std::uint8_t too_large_1000 =
    0x40; // F5 and above, then below 90: shares the bit, for the first byte differs
inline constexpr std::uint8_t two_continuations = 0x80;
inline constexpr std::uint8_t any_low = too_short | too_long | two_continuations; // whatever the low nibble is
} // namespace utf8_error

/// By the high nibble of the first byte.
inline constexpr utf8_table utf8_first_high = [] {
    using namespace utf8_error;
    utf8_table table{};
    for (std::size_t i = 0x0; i < 0x8; ++i)
        table[i] = too_long;
    for (std::size_t i = 0x8; i < 0xC; ++i)
        table[i] = two_continuations;
    table[0xC] = too_short | overlong_2;
    table[0xD] = too_short;
    table[0xE] = too_short | overlong_3 | surrogate;
    table[0xF] = too_short | too_large | too_large_1000 | overlong_4;
    return table;
}();

/// By the low nibble of the first byte.
inline constexpr utf8_table utf8_first_low = [] {
    using namespace utf8_error;
    utf8_table table{};
    for (std::size_t i = 0x0; i < 0x10; ++i)
        table[i] = any_low | (i > 0x3 ? too_large : 0) | (i > 0x4 ? too_large_1000 : 0);
    table[0x0] |= overlong_2 | overlong_3 | overlong_4;
    table[0x1] |= overlong_2;
    table[0xD] |= surrogate;
    return table;
}();

/// By the high nibble of the second byte.
inline constexpr utf8_table utf8_second_high = [] {
    using namespace utf8_error;
    utf8_table table{};
    for (std::size_t i = 0x0; i < 0x10; ++i)
        table[i] = too_short;
    constexpr std::uint8_t continuation = too_long | overlong_2 | two_continuations;
    table[0x8] = continuation | overlong_3 | overlong_4 | too_large_1000;
    table[0x9] = continuation | overlong_3 | too_large;
    table[0xA] = continuation | surrogate | too_large;
    table[0xB] = table[0xA];
    return table;
}();

/// The greatest byte at each place of a block that needs no continuation in the next block. A block of 16 or 32 bytes uses the last
/// 16 or 32 of these.
inline constexpr std::array<std::byte, 64> utf8_last_bytes = [] {
    std::array<std::byte, 64> bytes{};
    for (std::byte& each : bytes)
        each = std::byte{0xFF};
    bytes[61] = std::byte{0xEF};
    bytes[62] = std::byte{0xDF};
    bytes[63] = std::byte{0xBF};
    return bytes;
}();

} // namespace sockless::inline SOCKLESS_ABI::detail
