// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file does for every processor what the vector files do for some: the same functions, eight bytes at a time.
#pragma once

#include "../../config.hpp"
#include "../utf8.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace sockless::inline SOCKLESS_ABI::detail::portable {

/// XORs `size` bytes of `from` into `to`, which is the same place or disjoint. `key` is the four bytes of the mask as they
/// lie in memory. Reads and writes nothing else.
inline void mask(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    const std::uint64_t whole = (std::uint64_t{key} << 32U) | key;
    std::size_t i = 0;
    for (; size - i >= sizeof whole; i += sizeof whole) {
        std::uint64_t word = 0;
        std::memcpy(&word, from + i, sizeof word);
        word ^= whole;
        std::memcpy(to + i, &word, sizeof word);
    }
    std::byte bytes[sizeof key];
    std::memcpy(bytes, &key, sizeof key);
    for (std::size_t j = 0; i < size; ++i, ++j)
        to[i] = from[i] ^ bytes[j % sizeof key];
}

/// Masks as `mask` does and tells whether the result is UTF-8 as a whole.
inline bool mask_text(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    mask(from, to, size, key);
    return is_utf8({to, size});
}

/// Whether `text` is UTF-8 as a whole. Reads only.
inline bool is_text(const std::byte* text, std::size_t size) noexcept
{
    return is_utf8({text, size});
}

/// The size of the block that small frames are unmasked in: the greatest payload with a one-byte length, and a little more.
inline constexpr std::size_t scratch_size = 128;

/// As `mask`, for exactly `scratch_size` bytes: no branch depends on how many of them are payload.
inline void mask_scratch(const std::byte* from, std::byte* to, std::uint32_t key) noexcept
{
    mask(from, to, scratch_size, key);
}

/// Goes on with one block of SHA-1 by special instructions.
///
/// returns   false if there are none; nothing is done then
inline bool sha1_block(std::uint32_t* state, const std::byte* block) noexcept
{
    static_cast<void>(state);
    static_cast<void>(block);
    return false;
}

} // namespace sockless::inline SOCKLESS_ABI::detail::portable
