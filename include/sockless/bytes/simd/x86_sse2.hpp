// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file masks payload and finds runs of characters with SSE2, which every x86-64 processor has. UTF-8 is validated by the
/// portable code, because SSE2 has no table look-up.
#pragma once

#include "../../config.hpp"
#include "portable.hpp"
#include "simd128.hpp"

#include <cstddef>
#include <cstdint>
#include <emmintrin.h>

namespace sockless::inline SOCKLESS_ABI::detail::sse2 {

/// SSE2 for the functions of simd128.hpp.
struct ops {
    using type = __m128i;

    static type load(const std::byte* from) noexcept { return _mm_loadu_si128(reinterpret_cast<const type*>(from)); }
    static void store(std::byte* to, type value) noexcept { _mm_storeu_si128(reinterpret_cast<type*>(to), value); }
    static type repeat32(std::uint32_t word) noexcept { return _mm_set1_epi32(static_cast<int>(word)); }
    static bool is_ascii(type text) noexcept { return _mm_movemask_epi8(text) == 0; }
    static type in_range(type value, int low, int high) noexcept
    {
        const type above = _mm_sub_epi8(value, _mm_set1_epi8(static_cast<char>(low)));
        return _mm_cmpeq_epi8(_mm_min_epu8(above, _mm_set1_epi8(static_cast<char>(high - low))), above);
    }
    static type equal(type value, char octet) noexcept { return _mm_cmpeq_epi8(value, _mm_set1_epi8(octet)); }
    static std::uint32_t bitmap(type mask) noexcept { return static_cast<std::uint32_t>(_mm_movemask_epi8(mask)); }
};

/// As portable::mask.
inline void mask(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    simd128::mask<ops>(from, to, size, key);
}

/// As portable::mask_short.
SOCKLESS_INLINE void mask_short(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    simd128::mask_short<ops>(from, to, size, key);
}

/// As portable::mask_fixed_128.
inline void mask_fixed_128(const std::byte* from, std::byte* to, std::uint32_t key) noexcept
{
    simd128::mask_fixed_128<ops>(from, to, key);
}

/// As portable::mask_ascii, for at least 16 bytes.
inline std::size_t mask_ascii(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    return simd128::mask_ascii<ops>(from, to, size, key);
}

/// As portable::mask_text.
inline bool mask_text(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    mask(from, to, size, key);
    return portable::is_text(to, size);
}

/// As portable::is_text.
inline bool is_text(const std::byte* text, std::size_t size) noexcept
{
    return portable::is_text(text, size);
}

/// As portable::control_bitmap.
SOCKLESS_INLINE std::uint64_t control_bitmap(const char* text, std::size_t size) noexcept
{
    return simd128::control_bitmap<ops>(text, size);
}

/// As portable::find.
SOCKLESS_INLINE std::size_t find(const char* text, std::size_t size, char wanted) noexcept
{
    return simd128::find<ops>(text, size, wanted);
}

/// As portable::span_visible.
inline std::size_t span_visible(const char* text, std::size_t size) noexcept
{
    return simd128::span_visible<ops>(text, size);
}

/// As portable::span_name.
SOCKLESS_NOINLINE inline std::size_t span_name(const char* text, std::size_t size) noexcept
{
    return simd128::span_name<ops>(text, size);
}

} // namespace sockless::inline SOCKLESS_ABI::detail::sse2
