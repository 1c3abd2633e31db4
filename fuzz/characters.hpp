// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Text from the bytes of an input.
#pragma once

#include "reference/utf8.hpp"
#include "support/hex.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace fuzz {

/// RFC 3629: each byte of the input becomes one character, of one to four bytes.
[[nodiscard]] inline support::byte_vector characters_from(std::span<const std::byte> input)
{
    support::byte_vector result;
    for (const std::byte b : input) {
        const auto value = std::to_integer<std::uint32_t>(b);
        constexpr std::array<std::uint32_t, 4> steps{1, 13, 0x101, 0x10FF};
        const std::uint32_t code_point = value * steps[value % 4];
        for (const std::byte octet : reference::encoded(code_point >= 0xD800 && code_point < 0xE000 ? 'x' : code_point))
            result.push_back(octet);
    }
    return result;
}

} // namespace fuzz
