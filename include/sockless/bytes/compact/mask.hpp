// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file masks payload and rotates the key in one loop. For mask.hpp, which uses the SIMD code otherwise.
#pragma once

#include "../../config.hpp"
#include "../simd/portable.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace sockless::inline SOCKLESS_ABI::detail::compact {

/// XORs `size` bytes of `from` into `to`, which is the same place or disjoint. The last bytes are masked one by one, and the key is
/// rotated with each of them.
///
/// @param key  the four bytes of the masking key; afterwards those for the byte after the last
SOCKLESS_NOINLINE inline void mask_stream(const std::byte* from, std::byte* to, std::size_t size,
                                          std::byte* key) noexcept
{
    std::uint32_t bits = 0;
    std::memcpy(&bits, key, sizeof bits);
    while (size > 0) {
        if (size < 2 * sizeof bits) {
            *to++ = *from++ ^ static_cast<std::byte>(std::endian::native == std::endian::little ? bits : bits >> 24U);
            bits = portable::rotated_key(bits, 1);
            --size;
            continue;
        }
        for (int i = 0; i < 2; ++i) {
            std::uint32_t word = 0;
            std::memcpy(&word, from, sizeof word);
            word ^= bits;
            std::memcpy(to, &word, sizeof word);
            from += sizeof word;
            to += sizeof word;
        }
        size -= 2 * sizeof bits;
    }
    std::memcpy(key, &bits, sizeof bits);
}

} // namespace sockless::inline SOCKLESS_ABI::detail::compact
