// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is masking with the registers that every x86-64 processor has: 16 bytes at a time.
#pragma once

#include "../../config.hpp"
#include "portable.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <emmintrin.h>

namespace sockless::inline SOCKLESS_ABI::detail::sse2 {

inline __m128i load(const std::byte* from) noexcept
{
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}
inline void store(std::byte* to, __m128i value) noexcept
{
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to), value);
}

/// As portable::mask.
inline void mask(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    if (size < 16) {
        portable::mask(from, to, size, key);
        return;
    }
    const __m128i keys = _mm_set1_epi32(static_cast<int>(key));
    // The last 16 bytes overlap what the loop does: they are read before it and written after it, with the same result.
    const std::size_t tail_at = size - 16;
    const __m128i tail_keys = _mm_set1_epi32(static_cast<int>(std::rotr(key, static_cast<int>(8 * (tail_at % 4)))));
    const __m128i tail = _mm_xor_si128(load(from + tail_at), tail_keys);
    std::size_t i = 0;
    for (; i + 64 <= tail_at; i += 64) {
        const __m128i a = _mm_xor_si128(load(from + i), keys);
        const __m128i b = _mm_xor_si128(load(from + i + 16), keys);
        const __m128i c = _mm_xor_si128(load(from + i + 32), keys);
        const __m128i d = _mm_xor_si128(load(from + i + 48), keys);
        store(to + i, a);
        store(to + i + 16, b);
        store(to + i + 32, c);
        store(to + i + 48, d);
    }
    for (; i < tail_at; i += 16)
        store(to + i, _mm_xor_si128(load(from + i), keys));
    store(to + tail_at, tail);
}

/// As portable::mask_text.
inline bool mask_text(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    mask(from, to, size, key);
    return portable::is_text(to, size);
}

/// As portable::mask_scratch.
inline void mask_scratch(const std::byte* from, std::byte* to, std::uint32_t key) noexcept
{
    const __m128i keys = _mm_set1_epi32(static_cast<int>(key));
    for (std::size_t i = 0; i < portable::scratch_size; i += 16)
        store(to + i, _mm_xor_si128(load(from + i), keys));
}

} // namespace sockless::inline SOCKLESS_ABI::detail::sse2
