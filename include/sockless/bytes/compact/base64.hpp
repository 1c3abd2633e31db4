// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is base64 without tables. For base64.hpp; the other form is fast/base64.hpp.
#pragma once

#include "../../config.hpp"

#include <cstddef>
#include <cstdint>

namespace sockless::inline SOCKLESS_ABI::detail::compact {

/// As fast::all_base64.
[[nodiscard]] constexpr bool all_base64(const char* text, std::size_t size) noexcept
{
    for (std::size_t i = 0; i < size; ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        const bool letter = (c | 0x20U) >= 'a' && (c | 0x20U) <= 'z';
        if (!letter && c != '+' && (c < '/' || c > '9')) // "/0123456789" is one range
            return false;
    }
    return true;
}

/// Returns the character of a value below 64, without a table.
[[nodiscard]] constexpr char base64_character(std::uint32_t value) noexcept
{
    const int first = value < 26    ? 'A'
                      : value < 52  ? 'a' - 26
                      : value < 62  ? '0' - 52
                      : value == 62 ? '+' - 62
                                    : '/' - 63;
    return static_cast<char>(first + static_cast<int>(value));
}

/// Writes the base64 form of a number, without the padding.
///
/// @param number  in words, the last one first; overwritten
SOCKLESS_NOINLINE constexpr void base64_of_words(std::uint32_t* number, std::size_t bytes, char* text) noexcept
{
    for (std::size_t bit = 0; bit < 8 * bytes; bit += 6) {
        std::uint32_t carry = 0;
        for (std::size_t i = 0; i < bytes / sizeof carry; ++i) {
            const std::uint32_t highest = number[i] >> 26U;
            number[i] = number[i] << 6U | carry;
            carry = highest;
        }
        *text++ = base64_character(carry);
    }
}

} // namespace sockless::inline SOCKLESS_ABI::detail::compact
