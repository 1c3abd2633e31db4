// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file examines many characters at once, for the parsers of HTTP heads.
#pragma once

#include "../config.hpp"
#include "simd/chosen.hpp"

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI::detail {

/// Returns how many characters at the front of `text` are not control characters.
[[nodiscard]] inline std::size_t span_control_free(std::string_view text) noexcept
{
    for (std::size_t i = 0; i < text.size(); i += simd::bitmap_width) {
        const std::size_t remaining = text.size() - i;
        const std::size_t size = remaining < simd::bitmap_width ? remaining : simd::bitmap_width;
        if (const std::uint64_t found = simd::control_bitmap(text.data() + i, size); found != 0)
            return i + static_cast<std::size_t>(std::countr_zero(found));
    }
    return text.size();
}

/// Returns the word with A-Z replaced by a-z in each of its characters.
template <std::unsigned_integral Word>
[[nodiscard]] constexpr Word word_to_lower(Word word) noexcept
{
    constexpr auto low_bits = static_cast<Word>(portable::low_bits);
    constexpr auto high_bits = static_cast<Word>(portable::high_bits);
    const Word low = word & ~high_bits;
    const Word from_a = low + low_bits * (0x80 - 'A');
    const Word after_z = low + low_bits * (0x80 - 'Z' - 1);
    return word | ((((from_a ^ after_z) & ~word) & high_bits) >> 2U);
}

/// Returns whether two texts are equal without regard to the case of letters, a word at a time. Fast where their case is equal.
///
/// @pre both have `size` characters, and `size >= sizeof(Word)`
template <std::unsigned_integral Word>
[[nodiscard]] inline bool match_ignoring_case(const char* a, const char* b, std::size_t size) noexcept
{
    const auto match = [a, b](std::size_t at) {
        Word left = 0;
        Word right = 0;
        std::memcpy(&left, a + at, sizeof left);
        std::memcpy(&right, b + at, sizeof right);
        return left == right || word_to_lower(left) == word_to_lower(right);
    };
    for (std::size_t i = 0; size - i > sizeof(Word); i += sizeof(Word))
        if (!match(i))
            return false;
    return match(size - sizeof(Word)); // the last word, which may overlap the one before
}

} // namespace sockless::inline SOCKLESS_ABI::detail
