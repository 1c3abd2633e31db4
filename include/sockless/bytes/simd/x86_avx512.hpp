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

/// As avx2::text_checker.
class text_checker {
public:
    SOCKLESS_TARGET("avx512f,avx512bw")
    text_checker() noexcept
        : first_high_{table(utf8_first_high)},
          first_low_{table(utf8_first_low)},
          second_high_{table(utf8_second_high)},
          error_{_mm512_setzero_si512()},
          previous_{_mm512_setzero_si512()},
          incomplete_{_mm512_setzero_si512()}
    {
    }

    /// Skips ASCII, of which `last` is the end.
    SOCKLESS_TARGET("avx512f,avx512bw") void skip_ascii(__m512i last) noexcept
    {
        error_ = _mm512_or_si512(error_, incomplete_);
        incomplete_ = _mm512_setzero_si512();
        previous_ = last;
    }

    /// Checks the next 64 bytes.
    SOCKLESS_TARGET("avx512f,avx512bw") void check(__m512i input) noexcept
    {
        if (is_ascii(input)) {
            skip_ascii(input);
            return;
        }
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
        incomplete_ = _mm512_subs_epu8(input, load(utf8_last_bytes.data()));
        previous_ = input;
    }

    [[nodiscard]] SOCKLESS_TARGET("avx512f,avx512bw") bool valid() const noexcept
    {
        const __m512i all = _mm512_or_si512(error_, incomplete_);
        return _mm512_test_epi8_mask(all, all) == 0;
    }

private:
    SOCKLESS_TARGET("avx512f,avx512bw") static __m512i table(const utf8_table& entries) noexcept
    {
        return _mm512_maskz_broadcast_i32x4(0xFFFF, _mm_loadu_si128(reinterpret_cast<const __m128i*>(entries.data())));
    }

    __m512i first_high_;
    __m512i first_low_;
    __m512i second_high_;
    __m512i error_;
    __m512i previous_;
    __m512i incomplete_;
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
        if (is_ascii(_mm512_or_si512(_mm512_or_si512(a, b), _mm512_or_si512(c, d)))) {
            text.skip_ascii(d);
        } else {
            text.check(a);
            text.check(b);
            text.check(c);
            text.check(d);
        }
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

/// As portable::is_text.
SOCKLESS_TARGET("avx512f,avx512bw") inline bool is_text(const std::byte* from, std::size_t size) noexcept
{
    std::size_t i = 0;
    while (size - i >= 64 && is_ascii(load(from + i)))
        i += 64;
    const auto load_rest = [from, size](std::size_t at) SOCKLESS_TARGET("avx512f,avx512bw") {
        return _mm512_maskz_loadu_epi8(~std::uint64_t{0} >> (64 - (size - at)), from + at);
    };
    if (i == size || (size - i < 64 && is_ascii(load_rest(i))))
        return true;
    text_checker text;
    for (; size - i >= 64; i += 64)
        text.check(load(from + i));
    if (i != size)
        text.check(load_rest(i));
    return text.valid();
}

} // namespace sockless::inline SOCKLESS_ABI::detail::avx512
