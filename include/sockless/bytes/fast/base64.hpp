// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is base64 by tables. For base64.hpp; the other form of `all_base64` is compact/base64.hpp.
#pragma once

#include "../../config.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI::detail::fast {

inline constexpr std::string_view base64_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

inline constexpr std::uint8_t not_base64 = 0xFF;

inline constexpr std::array<std::uint8_t, 256> base64_values = [] {
    std::array<std::uint8_t, 256> values{};
    for (std::uint8_t& value : values)
        value = not_base64;
    for (std::size_t i = 0; i < base64_alphabet.size(); ++i)
        values[static_cast<unsigned char>(base64_alphabet[i])] = static_cast<std::uint8_t>(i);
    return values;
}();

/// Returns the six bits that `c` represents, or `not_base64`.
[[nodiscard]] constexpr std::uint32_t base64_value(char c) noexcept
{
    return base64_values[static_cast<unsigned char>(c)];
}

/// Returns whether all `size` characters are of the alphabet.
[[nodiscard]] constexpr bool all_base64(const char* text, std::size_t size) noexcept
{
    std::uint32_t seen = 0; // the bits of all values: `not_base64` sets bits above the lowest six
    std::size_t i = 0;
    for (; size - i >= 4; i += 4)
        seen |=
            base64_value(text[i]) | base64_value(text[i + 1]) | base64_value(text[i + 2]) | base64_value(text[i + 3]);
    for (; i < size; ++i)
        seen |= base64_value(text[i]);
    return seen < base64_alphabet.size();
}

} // namespace sockless::inline SOCKLESS_ABI::detail::fast
