// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is the portable form of the SIMD code: the same functions for every processor, eight bytes at a time.
#pragma once

#include "../../config.hpp"
#include "../utf8.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace sockless::inline SOCKLESS_ABI::detail::portable {

/// Returns the key for the byte `offset` bytes later.
[[nodiscard]] constexpr std::uint32_t rotated_key(std::uint32_t key, std::size_t offset) noexcept
{
    // Not std::rotr: it counts in int in one standard library, in unsigned in another.
    const auto bits = static_cast<unsigned>(8 * (offset % sizeof key));
    const unsigned rest = (32 - bits) % 32;
    return std::endian::native == std::endian::little ? key >> bits | key << rest : key << bits | key >> rest;
}

/// Returns the key twice.
[[nodiscard]] constexpr std::uint64_t repeat64(std::uint32_t key) noexcept
{
    return (std::uint64_t{key} << 32U) | key;
}

/// XORs `size` bytes of `from` into `to`, which is the same place or disjoint. `key` has the four bytes of the masking key in the
/// order of memory. Reads and writes nothing else.
inline void mask(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    const std::uint64_t whole = repeat64(key);
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

/// The maximum size for `mask_short`.
inline constexpr std::size_t short_size = 128;

/// As `mask`, for not more than `short_size` bytes. With a key of 0 it is a copy without a call.
inline void mask_short(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    mask(from, to, size, key);
}

/// XORs the first and the last word of `sizeof(Word)` to twice as many bytes. Where the two overlap, both write the same.
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

/// As `mask`, for fewer than 16 bytes, which is too short for SIMD registers; without a loop.
SOCKLESS_INLINE void mask_under_16(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    if (size >= 8) {
        mask_two_words(from, to, size, repeat64(key), repeat64(rotated_key(key, size)));
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

/// Masks text up to its first byte that is not ASCII, in steps of the size of a register.
///
/// @return how many bytes have been masked, all of them ASCII; no other byte has been written
inline std::size_t mask_ascii(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    const std::uint64_t whole = repeat64(key);
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

/// Returns whether `text` is 8 to 16 bytes of ASCII, by its first and its last word: a call of `is_text` would cost more.
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

/// Returns whether `text` is UTF-8 as a whole.
constexpr bool is_text(const std::byte* text, std::size_t size) noexcept
{
    utf8_validator validator;
    return validator.validate({text, size}) == size && validator.complete();
}

/// As `mask`; returns whether the result is UTF-8 as a whole.
inline bool mask_text(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    mask(from, to, size, key);
    return is_text(to, size);
}

/// The size of the buffer in which small frames are unmasked: the largest payload with a one-byte length, rounded up.
inline constexpr std::size_t scratch_size = 128;

/// As `mask`, for exactly `scratch_size` bytes: no branch depends on the size of the payload.
inline void mask_fixed_128(const std::byte* from, std::byte* to, std::uint32_t key) noexcept
{
    mask(from, to, scratch_size, key);
}

/// As `mask_fixed_128`; returns whether the first `size` bytes, at most 125, are UTF-8 as a whole.
inline bool mask_fixed_128_text(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    mask_fixed_128(from, to, key);
    return is_short_ascii(to, size) || is_text(to, size);
}

/// As `mask`, in place, for more than 125 bytes.
inline void mask_medium(std::byte* bytes, std::size_t size, std::uint32_t key) noexcept
{
    mask(bytes, bytes, size, key);
}

/// As `mask_text`, in place, for more than 125 bytes.
inline bool mask_text_medium(std::byte* bytes, std::size_t size, std::uint32_t key) noexcept
{
    return mask_text(bytes, bytes, size, key);
}

inline constexpr std::uint64_t low_bits = 0x0101010101010101;
inline constexpr std::uint64_t high_bits = low_bits * 0x80;

/// The maximum size for `control_bitmap`.
inline constexpr std::size_t bitmap_width = 64;

/// Returns a bitmap of the control characters, HTAB included: the lowest bit is for the first character.
///
/// @pre `size <= bitmap_width`
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
            marks |= ((each * 0x0102040810204080) >> 56U) << i; // gathers the bits
        }
    }
    for (; i < size; ++i)
        marks |= std::uint64_t{static_cast<unsigned char>(text[i]) < 0x20 || text[i] == 0x7F} << i;
    return marks;
}

/// Returns the index of the first `wanted` in `text`; `size` if there is none.
[[nodiscard]] constexpr std::size_t find(const char* text, std::size_t size, char wanted) noexcept
{
    std::size_t i = 0;
    while (i < size && text[i] != wanted)
        ++i;
    return i;
}

/// Returns how many octets at the front of `text` are visible ASCII, in steps of the size of a register: the octets that follow
/// may be visible, too. 0 here: the caller has a table.
[[nodiscard]] constexpr std::size_t span_visible(const char* text, std::size_t size) noexcept
{
    static_cast<void>(text);
    static_cast<void>(size);
    return 0;
}

/// As `span_visible`, for letters, digits, "-" and ".", of which nearly all names of fields, hosts and parameters consist.
[[nodiscard]] constexpr std::size_t span_name(const char* text, std::size_t size) noexcept
{
    return span_visible(text, size);
}

/// Updates the state of SHA-1 with `count` blocks by special instructions.
///
/// @return false if there are none, and nothing is changed then
inline bool sha1_blocks(std::uint32_t* state, const std::byte* blocks, std::size_t count) noexcept
{
    static_cast<void>(state);
    static_cast<void>(blocks);
    static_cast<void>(count);
    return false;
}

} // namespace sockless::inline SOCKLESS_ABI::detail::portable
