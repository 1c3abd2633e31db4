// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file looks at many characters at once. For field_grammar.hpp, which knows what they mean.
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

/// How many characters at the front of `text` are no control characters.
[[nodiscard]] inline std::size_t span_control_free(std::string_view text) noexcept
{
    for (std::size_t i = 0; i < text.size(); i += simd::bitmap_width) {
        const std::size_t rest = text.size() - i;
        const std::size_t size = rest < simd::bitmap_width ? rest : simd::bitmap_width;
        if (const std::uint64_t marks = simd::control_bitmap(text.data() + i, size); marks != 0)
            return i + static_cast<std::size_t>(std::countr_zero(marks));
    }
    return text.size();
}

/// Folds A-Z with a-z in each character of a word, and nothing else.
template <std::unsigned_integral Word>
[[nodiscard]] constexpr Word word_to_lower(Word word) noexcept
{
    constexpr auto every = static_cast<Word>(portable::low_bits);
    constexpr auto top_bits = static_cast<Word>(portable::high_bits);
    const Word low = word & ~top_bits;
    const Word from_a = low + every * (0x80 - 'A');
    const Word behind_z = low + every * (0x80 - 'Z' - 1);
    return word | ((((from_a ^ behind_z) & ~word) & top_bits) >> 2U);
}

/// Whether two texts are the same but for the case of letters, a word at a time; mostly they are the same.
///
/// `size`    of either, at least `sizeof(Word)`
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
    return match(size - sizeof(Word)); // the last word, some of it for the second time
}

} // namespace sockless::inline SOCKLESS_ABI::detail
