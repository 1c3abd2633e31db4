// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file masks payload and validates UTF-8 with AVX2, 32 bytes at a time. Only to be called where the processor has it.
///
/// Why this code is written once for AVX2 and once for AVX-512: a template has one target attribute, which cannot depend on a
/// parameter, and generic code without the attribute cannot call the intrinsics. g++ 12 does not inline them there ("target
/// specific option mismatch"), clang 14 rejects their vector arguments ("without 'avx' enabled"). SSE2 and NEON need no
/// attribute and share simd128.hpp.
#pragma once

#include "../../config.hpp"
#include "utf8_tables.hpp"
#include "x86_sse2.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <immintrin.h>

namespace sockless::inline SOCKLESS_ABI::detail::avx2 {

SOCKLESS_TARGET("avx2") inline __m256i load(const std::byte* from) noexcept
{
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}
SOCKLESS_TARGET("avx2") inline void store(std::byte* to, __m256i value) noexcept
{
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), value);
}
/// Returns the key for the byte at `offset`, in every lane.
SOCKLESS_TARGET("avx2") inline __m256i keys_at(std::uint32_t key, std::size_t offset) noexcept
{
    return _mm256_set1_epi32(static_cast<int>(portable::rotated_key(key, offset)));
}

[[nodiscard]] SOCKLESS_TARGET("avx2") inline bool is_ascii(__m256i text) noexcept
{
    return _mm256_movemask_epi8(text) == 0;
}

/// As portable::mask.
SOCKLESS_TARGET("avx2")
inline void mask(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    if (size < 64) {
        sse2::mask(from, to, size, key);
        return;
    }
    // Head and tail overlap what the loop does: they are read before it and written after it, with the same result.
    const std::size_t tail_at = size - 32;
    const __m256i head = _mm256_xor_si256(load(from), keys_at(key, 0));
    const __m256i tail = _mm256_xor_si256(load(from + tail_at), keys_at(key, tail_at));
    std::size_t i = 32 - (reinterpret_cast<std::uintptr_t>(to) & 31U); // stores that cross a line cost twice
    const __m256i keys = keys_at(key, i);
    for (; i + 128 <= tail_at; i += 128) {
        const __m256i a = _mm256_xor_si256(load(from + i), keys);
        const __m256i b = _mm256_xor_si256(load(from + i + 32), keys);
        const __m256i c = _mm256_xor_si256(load(from + i + 64), keys);
        const __m256i d = _mm256_xor_si256(load(from + i + 96), keys);
        store(to + i, a);
        store(to + i + 32, b);
        store(to + i + 64, c);
        store(to + i + 96, d);
    }
    for (; i < tail_at; i += 32)
        store(to + i, _mm256_xor_si256(load(from + i), keys));
    store(to, head);
    store(to + tail_at, tail);
}

/// Validates text by the tables of utf8_tables.hpp.
class text_checker {
public:
    SOCKLESS_TARGET("avx2")
    text_checker() noexcept
        : first_high_{table(utf8_first_high)},
          first_low_{table(utf8_first_low)},
          second_high_{table(utf8_second_high)},
          error_{_mm256_setzero_si256()},
          previous_{_mm256_setzero_si256()}
    {
    }

    /// Checks the next 64 bytes.
    SOCKLESS_TARGET("avx2") SOCKLESS_INLINE void check(__m256i low, __m256i high) noexcept
    {
        if (is_ascii(_mm256_or_si256(low, high))) {
            error_ = _mm256_or_si256(error_, incomplete());
        } else {
            check_half(low, previous_);
            check_half(high, low);
        }
        previous_ = high;
    }

    /// Returns whether all of it was UTF-8, and the last sequence is complete.
    [[nodiscard]] SOCKLESS_TARGET("avx2") bool valid() const noexcept
    {
        const __m256i all = _mm256_or_si256(error_, incomplete());
        return _mm256_testz_si256(all, all) != 0;
    }

private:
    /// Returns zero, unless the last block ends inside a sequence.
    [[nodiscard]] SOCKLESS_TARGET("avx2") SOCKLESS_INLINE __m256i incomplete() const noexcept
    {
        return _mm256_subs_epu8(previous_, load(utf8_last_bytes.data() + 32));
    }

    SOCKLESS_TARGET("avx2") static __m256i table(const utf8_table& entries) noexcept
    {
        return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(entries.data())));
    }

    SOCKLESS_TARGET("avx2") SOCKLESS_INLINE void check_half(__m256i input, __m256i before) noexcept
    {
        const __m256i nibble = _mm256_set1_epi8(0x0F);
        const __m256i joined = _mm256_permute2x128_si256(before, input, 0x21);
        const __m256i previous1 = _mm256_alignr_epi8(input, joined, 15);
        const __m256i previous2 = _mm256_alignr_epi8(input, joined, 14);
        const __m256i previous3 = _mm256_alignr_epi8(input, joined, 13);
        const __m256i errors = _mm256_and_si256(
            _mm256_and_si256(
                _mm256_shuffle_epi8(first_high_, _mm256_and_si256(_mm256_srli_epi16(previous1, 4), nibble)),
                _mm256_shuffle_epi8(first_low_, _mm256_and_si256(previous1, nibble))),
            _mm256_shuffle_epi8(second_high_, _mm256_and_si256(_mm256_srli_epi16(input, 4), nibble)));
        // Two bytes after E0 or above, and three bytes after F0 or above, a continuation is required.
        const __m256i third = _mm256_subs_epu8(previous2, _mm256_set1_epi8(0xE0 - 0x80));
        const __m256i fourth = _mm256_subs_epu8(previous3, _mm256_set1_epi8(0xF0 - 0x80));
        const __m256i top = _mm256_set1_epi8(static_cast<char>(0x80));
        const __m256i expected = _mm256_and_si256(_mm256_or_si256(third, fourth), top);
        error_ = _mm256_or_si256(error_, _mm256_xor_si256(expected, errors));
    }

    __m256i first_high_;
    __m256i first_low_;
    __m256i second_high_;
    __m256i error_;
    __m256i previous_; ///< the 32 bytes before the next ones
};

/// As portable::mask_ascii, for at least 32 bytes.
SOCKLESS_TARGET("avx2")
inline std::size_t mask_ascii(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    const std::size_t tail_at = size - 32;
    const __m256i head = _mm256_xor_si256(load(from), keys_at(key, 0));
    const __m256i tail = _mm256_xor_si256(load(from + tail_at), keys_at(key, tail_at));
    if (!is_ascii(head))
        return 0;
    std::size_t i = 32 - (reinterpret_cast<std::uintptr_t>(to) & 31U);
    const __m256i keys = keys_at(key, i);
    for (; i + 128 <= tail_at; i += 128) {
        const __m256i a = _mm256_xor_si256(load(from + i), keys);
        const __m256i b = _mm256_xor_si256(load(from + i + 32), keys);
        const __m256i c = _mm256_xor_si256(load(from + i + 64), keys);
        const __m256i d = _mm256_xor_si256(load(from + i + 96), keys);
        if (!is_ascii(_mm256_or_si256(_mm256_or_si256(a, b), _mm256_or_si256(c, d))))
            break;
        store(to + i, a);
        store(to + i + 32, b);
        store(to + i + 64, c);
        store(to + i + 96, d);
    }
    for (; i < tail_at; i += 32) {
        const __m256i plain = _mm256_xor_si256(load(from + i), keys);
        if (!is_ascii(plain))
            break;
        store(to + i, plain);
    }
    store(to, head);
    if (i < tail_at || !is_ascii(tail))
        return i < 32 ? 32 : i;
    store(to + tail_at, tail);
    return size;
}

/// As portable::mask_text.
SOCKLESS_TARGET("avx2")
inline bool mask_text(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    text_checker text;
    std::size_t i = 0;
    if (size >= 2048) { // as far as the first whole line: stores that cross lines cost twice
        i = 64 - (reinterpret_cast<std::uintptr_t>(to) & 63U);
        std::byte head[64]{}; // zeros in front are text too
        mask(from, to, i, key);
        std::memcpy(head + 64 - i, to, i);
        text.check(load(head), load(head + 32));
    }
    const __m256i keys = keys_at(key, i);
    for (; size - i >= 64; i += 64) {
        const __m256i low = _mm256_xor_si256(load(from + i), keys);
        const __m256i high = _mm256_xor_si256(load(from + i + 32), keys);
        store(to + i, low);
        store(to + i + 32, high);
        text.check(low, high);
    }
    if (i != size) {
        std::byte rest[64]{};
        mask(from + i, rest, size - i, portable::rotated_key(key, i));
        std::memcpy(to + i, rest, size - i);
        text.check(load(rest), load(rest + 32));
    }
    return text.valid();
}

/// As portable::is_text.
SOCKLESS_TARGET("avx2") inline bool is_text(const std::byte* from, std::size_t size) noexcept
{
    std::size_t i = 0;
    while (size - i >= 32 && is_ascii(load(from + i)))
        i += 32;
    if (size - i < 32 && size >= 32 && is_ascii(load(from + size - 32)))
        return true;
    text_checker text;
    for (; size - i >= 64; i += 64)
        text.check(load(from + i), load(from + i + 32));
    if (i != size) {
        std::byte rest[64]{};
        std::memcpy(rest, from + i, size - i);
        text.check(load(rest), load(rest + 32));
    }
    return text.valid();
}

/// Returns `bytes`, which begin at `offset`, with zeros instead of those from `size` on, which is at most 127.
SOCKLESS_TARGET("avx2") SOCKLESS_INLINE __m256i first(__m256i bytes, std::size_t offset, std::size_t size) noexcept
{
    const __m256i index = _mm256_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
                                           22, 23, 24, 25, 26, 27, 28, 29, 30, 31);
    const __m256i count = _mm256_set1_epi8(static_cast<char>(static_cast<int>(size) - static_cast<int>(offset)));
    return _mm256_and_si256(bytes, _mm256_cmpgt_epi8(count, index));
}

/// Returns whether the first `size` of 128 masked bytes, at most 125, are UTF-8 as a whole. Reads all of them.
SOCKLESS_TARGET("avx2")
inline bool is_masked_text(const std::byte* from, std::size_t size, std::uint32_t key) noexcept
{
    const __m256i keys = keys_at(key, 0);
    const __m256i a = first(_mm256_xor_si256(load(from), keys), 0, size);
    const __m256i b = first(_mm256_xor_si256(load(from + 32), keys), 32, size);
    const __m256i c = first(_mm256_xor_si256(load(from + 64), keys), 64, size);
    const __m256i d = first(_mm256_xor_si256(load(from + 96), keys), 96, size);
    text_checker text;
    text.check(a, b);
    text.check(c, d);
    return text.valid();
}

} // namespace sockless::inline SOCKLESS_ABI::detail::avx2
