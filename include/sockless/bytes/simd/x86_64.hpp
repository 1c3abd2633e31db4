// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file selects the code for x86-64 at run time, by the instruction sets of the processor. The selection costs a load and
/// a predicted branch: the C run-time queries the processor once, before main().
#pragma once

#include "../../config.hpp"
#include "portable.hpp"
#include "x86_avx2.hpp"
#include "x86_avx512.hpp"
#include "x86_sha.hpp"
#include "x86_sse2.hpp"

#include <cstddef>
#include <cstdint>

namespace sockless::inline SOCKLESS_ABI::detail::simd {

inline constexpr bool may_use_avx2 = SOCKLESS_SIMD_LEVEL >= 2;
inline constexpr bool may_use_avx512 = SOCKLESS_SIMD_LEVEL >= 3;

inline bool has_avx2() noexcept
{
    return may_use_avx2 && __builtin_cpu_supports("avx2");
}
inline bool has_avx512() noexcept
{
    return may_use_avx512 && __builtin_cpu_supports("avx512bw");
}

/// As portable::mask.
inline void mask(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    if (size <= portable::short_size)
        sse2::mask_short(from, to, size, key);
    else if (has_avx512())
        size < 1024 ? avx512::mask_medium(from, to, size, key) : avx512::mask(from, to, size, key);
    else if (has_avx2())
        avx2::mask(from, to, size, key);
    else
        sse2::mask(from, to, size, key);
}

/// As portable::mask_ascii.
inline std::size_t mask_ascii(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    if (size < 16)
        return portable::mask_ascii(from, to, size, key);
    if (size >= 64 && has_avx512())
        return avx512::mask_ascii(from, to, size, key);
    if (size >= 64 && has_avx2())
        return avx2::mask_ascii(from, to, size, key);
    return sse2::mask_ascii(from, to, size, key);
}

/// As portable::mask_text.
inline bool mask_text(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    if (has_avx512())
        return avx512::mask_text(from, to, size, key);
    if (has_avx2())
        return avx2::mask_text(from, to, size, key);
    return sse2::mask_text(from, to, size, key);
}

/// As portable::is_text.
inline bool is_text(const std::byte* text, std::size_t size) noexcept
{
    if (has_avx512())
        return avx512::is_text(text, size);
    if (has_avx2())
        return avx2::is_text(text, size);
    return sse2::is_text(text, size);
}

/// As portable::mask_medium.
SOCKLESS_NOINLINE inline void mask_medium(std::byte* bytes, std::size_t size, std::uint32_t key) noexcept
{
    if (size < 1024 && has_avx512())
        avx512::mask_medium(bytes, bytes, size, key);
    else
        mask(bytes, bytes, size, key);
}

/// As portable::mask_text_medium.
SOCKLESS_NOINLINE inline bool mask_text_medium(std::byte* bytes, std::size_t size, std::uint32_t key) noexcept
{
    if (size < 1024 && has_avx512())
        return avx512::mask_text_medium(bytes, size, key);
    const std::size_t ascii = mask_ascii(bytes, bytes, size, key);
    return ascii == size || mask_text(bytes + ascii, bytes + ascii, size - ascii, portable::rotated_key(key, ascii));
}

/// As portable::mask_fixed_128_text. Stores small registers, which are read at once, and validates wide ones, not what was stored:
/// a load of more than one store waits for all of them.
inline bool mask_fixed_128_text(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    sse2::mask_fixed_128(from, to, key);
    if (portable::is_short_ascii(to, size))
        return true;
    if (has_avx512())
        return avx512::is_masked_text(from, size, key);
    if (has_avx2())
        return avx2::is_masked_text(from, size, key);
    return portable::is_text(to, size);
}

/// As portable::sha1_blocks.
inline bool sha1_blocks(std::uint32_t* state, const std::byte* blocks, std::size_t count) noexcept
{
    if (SOCKLESS_SIMD_LEVEL < 2 || !x86::has_sha)
        return false;
    x86::sha1_blocks(state, blocks, count);
    return true;
}

using portable::bitmap_width;
using portable::scratch_size;
using portable::short_size;
using sse2::control_bitmap;
using sse2::find;
using sse2::mask_fixed_128;
using sse2::mask_short;
using sse2::span_name;
using sse2::span_visible;

} // namespace sockless::inline SOCKLESS_ABI::detail::simd
