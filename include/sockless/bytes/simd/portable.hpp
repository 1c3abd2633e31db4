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

/// The key as it stands `offset` bytes further on.
[[nodiscard]] constexpr std::uint32_t rotated_key(std::uint32_t key, std::size_t offset) noexcept
{
    // Not std::rotr: it counts in int in one standard library, in unsigned in another.
    const auto bits = static_cast<unsigned>(8 * (offset % sizeof key));
    const unsigned rest = (32 - bits) % 32;
    return std::endian::native == std::endian::little ? key >> bits | key << rest : key << bits | key >> rest;
}

[[nodiscard]] constexpr std::uint64_t doubled(std::uint32_t key) noexcept
{
    return (std::uint64_t{key} << 32U) | key;
}

/// XORs `size` bytes of `from` into `to`, which is the same place or disjoint. `key` is the four bytes of the mask as they
/// lie in memory. Reads and writes nothing else.
inline void mask(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    const std::uint64_t whole = doubled(key);
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

/// What `mask_short` takes at the most.
inline constexpr std::size_t short_size = 128;

/// As `mask`, for at most `short_size` bytes. With a key of 0 it is a copy that calls nothing.
inline void mask_short(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    mask(from, to, size, key);
}

/// XORs the first and the last word of at least `sizeof(Word)` and at most twice as many bytes. Where the two overlap, both
/// write the same.
template <class Word>
SOCKLESS_INLINE void mask_two_words(const std::byte* from, std::byte* to, std::size_t size, Word front_key,
                                    Word back_key) noexcept
{
    const std::size_t back_at = size - sizeof(Word);
    Word front = 0;
    Word back = 0;
    std::memcpy(&front, from, sizeof front);
    std::memcpy(&back, from + back_at, sizeof back);
    front ^= front_key;
    back ^= back_key;
    std::memcpy(to, &front, sizeof front);
    std::memcpy(to + back_at, &back, sizeof back);
}

/// As `mask`, for fewer than 16 bytes, without a loop: what is too short for the registers of the vector files.
SOCKLESS_INLINE void mask_under_16(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    if (size >= 8) {
        mask_two_words(from, to, size, doubled(key), doubled(rotated_key(key, size)));
    } else if (size >= 4) {
        mask_two_words(from, to, size, key, rotated_key(key, size));
    } else if (size > 0) { // the first, the middle and the last of three bytes, some of which are the same
        std::byte bytes[sizeof key];
        std::memcpy(bytes, &key, sizeof key);
        const std::size_t middle = size / 2;
        const std::byte a = from[0] ^ bytes[0];
        const std::byte b = from[middle] ^ bytes[middle];
        const std::byte c = from[size - 1] ^ bytes[size - 1];
        to[0] = a;
        to[middle] = b;
        to[size - 1] = c;
    }
}

/// Masks text as far as it is ASCII, in steps that suit the registers.
///
/// returns   how many bytes have been masked, all of them ASCII; no other byte has been written
inline std::size_t mask_ascii(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    const std::uint64_t whole = doubled(key);
    std::size_t i = 0;
    for (; size - i >= sizeof whole; i += sizeof whole) {
        std::uint64_t word = 0;
        std::memcpy(&word, from + i, sizeof word);
        word ^= whole;
        if ((word & 0x8080'8080'8080'8080U) != 0)
            break;
        std::memcpy(to + i, &word, sizeof word);
    }
    return i;
}

/// Whether `text` is 8 to 16 bytes of ASCII, which are told by their first and their last word: a call would cost more.
SOCKLESS_INLINE bool is_short_ascii(const std::byte* text, std::size_t size) noexcept
{
    std::uint64_t front = 0;
    std::uint64_t back = 0;
    if (size < sizeof front || size > 2 * sizeof front)
        return false;
    std::memcpy(&front, text, sizeof front);
    std::memcpy(&back, text + size - sizeof back, sizeof back);
    return ((front | back) & 0x8080'8080'8080'8080U) == 0;
}

/// Whether `text` is UTF-8 as a whole. Reads only.
constexpr bool is_text(const std::byte* text, std::size_t size) noexcept
{
    utf8_validator validator;
    return validator.validate({text, size}) == size && validator.complete();
}

/// Masks as `mask` does and tells whether the result is UTF-8 as a whole.
inline bool mask_text(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    mask(from, to, size, key);
    return is_text(to, size);
}

/// The size of the block that small frames are unmasked in: the greatest payload with a one-byte length, and a little more.
inline constexpr std::size_t scratch_size = 128;

/// As `mask`, for exactly `scratch_size` bytes: no branch depends on how many of them are payload.
inline void mask_fixed_128(const std::byte* from, std::byte* to, std::uint32_t key) noexcept
{
    mask(from, to, scratch_size, key);
}

inline constexpr std::uint64_t low_bits = 0x0101010101010101;
inline constexpr std::uint64_t high_bits = low_bits * 0x80;

/// How many characters `control_bitmap` takes at the most.
inline constexpr std::size_t bitmap_width = 64;

/// Which characters are control characters, HTAB among them: the lowest bit is for the first one.
///
/// `size`    at most `bitmap_width`
[[nodiscard]] inline std::uint64_t control_bitmap(const char* text, std::size_t size) noexcept
{
    std::uint64_t marks = 0;
    std::size_t i = 0;
    if constexpr (std::endian::native == std::endian::little) {
        for (; size - i >= sizeof low_bits; i += sizeof low_bits) {
            std::uint64_t word = 0;
            std::memcpy(&word, text + i, sizeof word);
            const std::uint64_t low = word & ~high_bits;
            const std::uint64_t from_space = low + low_bits * (0x80 - ' ');
            const std::uint64_t deleted = low + low_bits;
            const std::uint64_t each = ((~from_space | deleted) & ~word & high_bits) >> 7U;
            marks |= ((each * 0x0102040810204080) >> 56U) << i; // the bits are moved together
        }
    }
    for (; i < size; ++i)
        marks |= std::uint64_t{static_cast<unsigned char>(text[i]) < 0x20 || text[i] == 0x7F} << i;
    return marks;
}

/// Where `wanted` stands first in `text`; `size` if it does not.
[[nodiscard]] constexpr std::size_t find(const char* text, std::size_t size, char wanted) noexcept
{
    std::size_t i = 0;
    while (i < size && text[i] != wanted)
        ++i;
    return i;
}

/// How many octets at the front of `text` are visible ASCII, in steps that suit the registers: what follows may be, too. Here
/// it is left to a table.
[[nodiscard]] constexpr std::size_t span_visible(const char* text, std::size_t size) noexcept
{
    static_cast<void>(text);
    static_cast<void>(size);
    return 0;
}

/// The same for letters, digits, "-" and ".", of which names of fields, hosts and parameters consist, with few exceptions.
[[nodiscard]] constexpr std::size_t span_name(const char* text, std::size_t size) noexcept
{
    return span_visible(text, size);
}

/// Goes on with `count` blocks of SHA-1 by special instructions.
///
/// returns   false if there are none; nothing is done then
inline bool sha1_blocks(std::uint32_t* state, const std::byte* blocks, std::size_t count) noexcept
{
    static_cast<void>(state);
    static_cast<void>(blocks);
    static_cast<void>(count);
    return false;
}

} // namespace sockless::inline SOCKLESS_ABI::detail::portable
