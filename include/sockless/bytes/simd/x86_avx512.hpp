// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file masks payload and validates UTF-8 with AVX-512 (F, BW), 64 bytes at a time. Only to be called where the processor has
/// it. See x86_avx2.hpp for why the two share no code.
#pragma once

#include "../../config.hpp"
#include "utf8_tables.hpp"
#include "x86_avx2.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <immintrin.h>

namespace sockless::inline SOCKLESS_ABI::detail::avx512 {

SOCKLESS_TARGET("avx512f,avx512bw") inline __m512i load(const std::byte* from) noexcept
{
    return _mm512_loadu_si512(from);
}
SOCKLESS_TARGET("avx512f,avx512bw") inline void store(std::byte* to, __m512i value) noexcept
{
    _mm512_storeu_si512(to, value);
}
SOCKLESS_TARGET("avx512f,avx512bw") inline __m512i keys_at(std::uint32_t key, std::size_t offset) noexcept
{
    return _mm512_set1_epi32(static_cast<int>(portable::rotated_key(key, offset)));
}

[[nodiscard]] SOCKLESS_TARGET("avx512f,avx512bw") inline bool is_ascii(__m512i text) noexcept
{
    return _mm512_movepi8_mask(text) == 0;
}

/// As portable::mask.
SOCKLESS_TARGET("avx512f,avx512bw")
inline void mask(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    if (size < 256) {
        avx2::mask(from, to, size, key);
        return;
    }
    const std::size_t tail_at = size - 64;
    const __m512i head = _mm512_xor_si512(load(from), keys_at(key, 0));
    const __m512i tail = _mm512_xor_si512(load(from + tail_at), keys_at(key, tail_at));
    std::size_t i = 64 - (reinterpret_cast<std::uintptr_t>(to) & 63U);
    const __m512i keys = keys_at(key, i);
    for (; i + 256 <= tail_at; i += 256) {
        const __m512i a = _mm512_xor_si512(load(from + i), keys);
        const __m512i b = _mm512_xor_si512(load(from + i + 64), keys);
        const __m512i c = _mm512_xor_si512(load(from + i + 128), keys);
        const __m512i d = _mm512_xor_si512(load(from + i + 192), keys);
        store(to + i, a);
        store(to + i + 64, b);
        store(to + i + 128, c);
        store(to + i + 192, d);
    }
    for (; i < tail_at; i += 64)
        store(to + i, _mm512_xor_si512(load(from + i), keys));
    store(to, head);
    store(to + tail_at, tail);
}

/// As `mask`, for 64 to about a thousand bytes, where aligned stores gain less than the way to them costs.
SOCKLESS_TARGET("avx512f,avx512bw")
inline void mask_medium(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    const std::size_t tail_at = size - 64;
    const __m512i keys = keys_at(key, 0);
    const __m512i tail = _mm512_xor_si512(load(from + tail_at), keys_at(key, tail_at));
    for (std::size_t i = 0; i < tail_at; i += 64)
        store(to + i, _mm512_xor_si512(load(from + i), keys));
    store(to + tail_at, tail);
}

/// As avx2::text_checker.
class text_checker {
public:
    SOCKLESS_TARGET("avx512f,avx512bw")
    text_checker() noexcept
        : first_high_{table(utf8_first_high)},
          first_low_{table(utf8_first_low)},
          second_high_{table(utf8_second_high)},
          error_{_mm512_setzero_si512()},
          previous_{_mm512_setzero_si512()}
    {
    }

    /// Checks the next 64 bytes.
    SOCKLESS_TARGET("avx512f,avx512bw") SOCKLESS_INLINE void check(__m512i input) noexcept
    {
        const __m512i nibble = _mm512_set1_epi8(0x0F);
        const __m512i joined =
            _mm512_permutex2var_epi64(previous_, _mm512_setr_epi64(6, 7, 8, 9, 10, 11, 12, 13), input);
        const __m512i previous1 = _mm512_alignr_epi8(input, joined, 15);
        const __m512i previous2 = _mm512_alignr_epi8(input, joined, 14);
        const __m512i previous3 = _mm512_alignr_epi8(input, joined, 13);
        const __m512i errors = _mm512_and_si512(
            _mm512_and_si512(
                _mm512_shuffle_epi8(first_high_, _mm512_and_si512(_mm512_srli_epi16(previous1, 4), nibble)),
                _mm512_shuffle_epi8(first_low_, _mm512_and_si512(previous1, nibble))),
            _mm512_shuffle_epi8(second_high_, _mm512_and_si512(_mm512_srli_epi16(input, 4), nibble)));
        const __m512i third = _mm512_subs_epu8(previous2, _mm512_set1_epi8(0xE0 - 0x80));
        const __m512i fourth = _mm512_subs_epu8(previous3, _mm512_set1_epi8(0xF0 - 0x80));
        const __m512i top = _mm512_set1_epi8(static_cast<char>(0x80));
        const __m512i expected = _mm512_and_si512(_mm512_or_si512(third, fourth), top);
        error_ = _mm512_or_si512(error_, _mm512_xor_si512(expected, errors));
        previous_ = input;
    }

    /// Checks the next 256 bytes.
    SOCKLESS_TARGET("avx512f,avx512bw")
    SOCKLESS_INLINE void check(__m512i a, __m512i b, __m512i c, __m512i d) noexcept
    {
        if (is_ascii(_mm512_or_si512(_mm512_or_si512(a, b), _mm512_or_si512(c, d)))) {
            error_ = _mm512_or_si512(error_, incomplete());
            previous_ = d;
        } else {
            check(a);
            check(b);
            check(c);
            check(d);
        }
    }

    [[nodiscard]] SOCKLESS_TARGET("avx512f,avx512bw") bool valid() const noexcept
    {
        const __m512i all = _mm512_or_si512(error_, incomplete());
        return _mm512_test_epi8_mask(all, all) == 0;
    }

private:
    /// Returns zero, unless the last block ends inside a sequence.
    [[nodiscard]] SOCKLESS_TARGET("avx512f,avx512bw") SOCKLESS_INLINE __m512i incomplete() const noexcept
    {
        return _mm512_subs_epu8(previous_, load(utf8_last_bytes.data()));
    }

    SOCKLESS_TARGET("avx512f,avx512bw") static __m512i table(const utf8_table& entries) noexcept
    {
        return _mm512_maskz_broadcast_i32x4(0xFFFF, _mm_loadu_si128(reinterpret_cast<const __m128i*>(entries.data())));
    }

    __m512i first_high_;
    __m512i first_low_;
    __m512i second_high_;
    __m512i error_;
    __m512i previous_;
};

/// As portable::mask_ascii, for at least 64 bytes.
SOCKLESS_TARGET("avx512f,avx512bw")
inline std::size_t mask_ascii(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    const std::size_t tail_at = size - 64;
    const __m512i head = _mm512_xor_si512(load(from), keys_at(key, 0));
    const __m512i tail = _mm512_xor_si512(load(from + tail_at), keys_at(key, tail_at));
    if (!is_ascii(head))
        return 0;
    std::size_t i = 64 - (reinterpret_cast<std::uintptr_t>(to) & 63U);
    const __m512i keys = keys_at(key, i);
    for (; i + 256 <= tail_at; i += 256) {
        const __m512i a = _mm512_xor_si512(load(from + i), keys);
        const __m512i b = _mm512_xor_si512(load(from + i + 64), keys);
        const __m512i c = _mm512_xor_si512(load(from + i + 128), keys);
        const __m512i d = _mm512_xor_si512(load(from + i + 192), keys);
        if (!is_ascii(_mm512_or_si512(_mm512_or_si512(a, b), _mm512_or_si512(c, d))))
            break;
        store(to + i, a);
        store(to + i + 64, b);
        store(to + i + 128, c);
        store(to + i + 192, d);
    }
    for (; i < tail_at; i += 64) {
        const __m512i plain = _mm512_xor_si512(load(from + i), keys);
        if (!is_ascii(plain))
            break;
        store(to + i, plain);
    }
    store(to, head);
    if (i < tail_at || !is_ascii(tail))
        return i < 64 ? 64 : i;
    store(to + tail_at, tail);
    return size;
}

/// As portable::mask_text.
SOCKLESS_TARGET("avx512f,avx512bw")
inline bool mask_text(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    text_checker text;
    std::size_t i = 0;
    if (size >= 2048) { // as far as the first whole line: stores that cross lines cost twice
        i = 64 - (reinterpret_cast<std::uintptr_t>(to) & 63U);
        std::byte head[64]{}; // zeros in front are text too
        avx2::mask(from, to, i, key);
        std::memcpy(head + 64 - i, to, i);
        text.check(load(head));
    }
    const __m512i keys = keys_at(key, i);
    for (; size - i >= 256; i += 256) {
        const __m512i a = _mm512_xor_si512(load(from + i), keys);
        const __m512i b = _mm512_xor_si512(load(from + i + 64), keys);
        const __m512i c = _mm512_xor_si512(load(from + i + 128), keys);
        const __m512i d = _mm512_xor_si512(load(from + i + 192), keys);
        store(to + i, a);
        store(to + i + 64, b);
        store(to + i + 128, c);
        store(to + i + 192, d);
        text.check(a, b, c, d);
    }
    for (; size - i >= 64; i += 64) {
        const __m512i plain = _mm512_xor_si512(load(from + i), keys);
        store(to + i, plain);
        text.check(plain);
    }
    if (i != size) {
        // A masked load reads, and a masked store writes, nothing beyond the text.
        const __mmask64 rest = ~std::uint64_t{0} >> (64 - (size - i));
        const __m512i plain =
            _mm512_maskz_mov_epi8(rest, _mm512_xor_si512(_mm512_maskz_loadu_epi8(rest, from + i), keys));
        _mm512_mask_storeu_epi8(to + i, rest, plain);
        text.check(plain);
    }
    return text.valid();
}

/// Returns a mask of the first `size` of 64 bytes.
constexpr std::uint64_t first(std::size_t size) noexcept
{
    return size < 64 ? (std::uint64_t{1} << size) - 1 : ~std::uint64_t{0};
}

/// Returns the first `size` of 64 bytes, zeros after them; reads nothing after them.
SOCKLESS_TARGET("avx512f,avx512bw") inline __m512i load(const std::byte* from, std::size_t size) noexcept
{
    return _mm512_maskz_loadu_epi8(first(size), from);
}

/// Returns whether 128 bytes are UTF-8 as a whole.
SOCKLESS_TARGET("avx512f,avx512bw") SOCKLESS_INLINE bool is_text(__m512i low, __m512i high) noexcept
{
    if (is_ascii(_mm512_or_si512(low, high)))
        return true;
    text_checker text;
    text.check(low);
    text.check(high);
    return text.valid();
}

/// As portable::is_text.
SOCKLESS_TARGET("avx512f,avx512bw") inline bool is_text(const std::byte* from, std::size_t size) noexcept
{
    if (size <= 64) {
        const __m512i bytes = load(from, size);
        if (is_ascii(bytes))
            return true;
        text_checker text;
        text.check(bytes);
        return text.valid();
    }
    if (size <= 128)
        return is_text(load(from), load(from + 64, size - 64));
    std::size_t i = 0;
    while (size - i >= 256 && is_ascii(_mm512_or_si512(_mm512_or_si512(load(from + i), load(from + i + 64)),
                                                       _mm512_or_si512(load(from + i + 128), load(from + i + 192)))))
        i += 256;
    while (size - i >= 64 && is_ascii(load(from + i)))
        i += 64;
    if (size - i < 64 && is_ascii(load(from + i, size - i)))
        return true;
    text_checker text;
    for (; size - i >= 256; i += 256)
        text.check(load(from + i), load(from + i + 64), load(from + i + 128), load(from + i + 192));
    for (; size - i >= 64; i += 64)
        text.check(load(from + i));
    if (i != size)
        text.check(load(from + i, size - i));
    return text.valid();
}

/// Returns whether the first `size` of 128 masked bytes are UTF-8 as a whole. Reads all of them.
SOCKLESS_TARGET("avx512f,avx512bw")
inline bool is_masked_text(const std::byte* from, std::size_t size, std::uint32_t key) noexcept
{
    const __m512i keys = keys_at(key, 0);
    return is_text(_mm512_maskz_mov_epi8(first(size), _mm512_xor_si512(load(from), keys)),
                   _mm512_maskz_mov_epi8(size > 64 ? first(size - 64) : 0, _mm512_xor_si512(load(from + 64), keys)));
}

/// As portable::mask_text, for 64 to about a thousand bytes, which are probably either ASCII or not from the first on.
SOCKLESS_TARGET("avx512f,avx512bw")
inline bool mask_text_medium(std::byte* bytes, std::size_t size, std::uint32_t key) noexcept
{
    const std::size_t tail_at = size - 64;
    const __m512i keys = keys_at(key, 0);
    const __m512i tail = _mm512_xor_si512(load(bytes + tail_at), keys_at(key, tail_at));
    if (!is_ascii(_mm512_xor_si512(load(bytes), keys)))
        return mask_text(bytes, bytes, size, key);
    __m512i all = tail;
    for (std::size_t i = 0; i < tail_at; i += 64) {
        const __m512i plain = _mm512_xor_si512(load(bytes + i), keys);
        all = _mm512_or_si512(all, plain);
        store(bytes + i, plain);
    }
    store(bytes + tail_at, tail);
    return is_ascii(all) || is_text(bytes, size);
}

} // namespace sockless::inline SOCKLESS_ABI::detail::avx512
