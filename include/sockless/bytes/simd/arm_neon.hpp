// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file masks payload and validates UTF-8 with NEON, 16 bytes at a time, for 64-bit ARM and for 32-bit ARM that is compiled
/// for it. The choice is made by the compiler, not at run time. `text_checker` is not in simd128.hpp, because SSE2, the other user
/// of that file, has no table look-up.
#pragma once

#include "../../config.hpp"
#include "portable.hpp"
#include "simd128.hpp"
#include "utf8_tables.hpp"

#include <arm_neon.h>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace sockless::inline SOCKLESS_ABI::detail::neon {

/// NEON for the functions of simd128.hpp.
struct ops {
    using type = uint8x16_t;

    static type load(const std::byte* from) noexcept { return vld1q_u8(reinterpret_cast<const std::uint8_t*>(from)); }
    static void store(std::byte* to, type value) noexcept { vst1q_u8(reinterpret_cast<std::uint8_t*>(to), value); }
    static type repeat32(std::uint32_t word) noexcept { return vreinterpretq_u8_u32(vdupq_n_u32(word)); }
    static bool is_ascii(type text) noexcept { return is_zero(vandq_u8(text, vdupq_n_u8(0x80))); }
    static bool is_zero(type value) noexcept
    {
        const uint64x2_t halves = vreinterpretq_u64_u8(value);
        return (vgetq_lane_u64(halves, 0) | vgetq_lane_u64(halves, 1)) == 0;
    }
    static type in_range(type value, int low, int high) noexcept
    {
        const type above = vsubq_u8(value, vdupq_n_u8(static_cast<std::uint8_t>(low)));
        return vcleq_u8(above, vdupq_n_u8(static_cast<std::uint8_t>(high - low)));
    }
    static type equal(type value, char octet) noexcept
    {
        return vceqq_u8(value, vdupq_n_u8(static_cast<std::uint8_t>(octet)));
    }
    static std::uint32_t bitmap(type mask) noexcept
    {
        const uint8x16_t weights{1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
        const uint8x16_t each = vandq_u8(mask, weights);
        uint8x8_t sums = vpadd_u8(vget_low_u8(each), vget_high_u8(each));
        sums = vpadd_u8(sums, sums);
        sums = vpadd_u8(sums, sums);
        return vget_lane_u16(vreinterpret_u16_u8(sums), 0);
    }
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

/// As portable::mask_ascii.
inline std::size_t mask_ascii(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    return size < 16 ? 0 : simd128::mask_ascii<ops>(from, to, size, key);
}

/// As portable::control_bitmap.
inline std::uint64_t control_bitmap(const char* text, std::size_t size) noexcept
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

/// Validates text by the tables of utf8_tables.hpp.
class text_checker {
public:
    /// Skips ASCII, of which `last` is the end.
    void skip_ascii(uint8x16_t last) noexcept
    {
        error_ = vorrq_u8(error_, incomplete());
        previous_ = last;
    }

    /// Checks the next 16 bytes.
    void check(uint8x16_t input) noexcept
    {
        const uint8x16_t previous1 = vextq_u8(previous_, input, 15);
        const uint8x16_t previous2 = vextq_u8(previous_, input, 14);
        const uint8x16_t previous3 = vextq_u8(previous_, input, 13);
        const uint8x16_t errors = vandq_u8(vandq_u8(look_up(first_high_, vshrq_n_u8(previous1, 4)),
                                                    look_up(first_low_, vandq_u8(previous1, vdupq_n_u8(0x0F)))),
                                           look_up(second_high_, vshrq_n_u8(input, 4)));
        // The third and the fourth byte of a sequence have to be continuations.
        const uint8x16_t third = vqsubq_u8(previous2, vdupq_n_u8(0xE0 - 0x80));
        const uint8x16_t fourth = vqsubq_u8(previous3, vdupq_n_u8(0xF0 - 0x80));
        const uint8x16_t expected = vandq_u8(vorrq_u8(third, fourth), vdupq_n_u8(0x80));
        error_ = vorrq_u8(error_, veorq_u8(expected, errors));
        previous_ = input;
    }

    /// Returns whether all of it was UTF-8, and the last sequence is complete.
    [[nodiscard]] bool valid() const noexcept { return ops::is_zero(vorrq_u8(error_, incomplete())); }

private:
    /// Returns zero, unless the last block ends inside a sequence.
    [[nodiscard]] uint8x16_t incomplete() const noexcept
    {
        return vqsubq_u8(previous_, ops::load(utf8_last_bytes.data() + 48));
    }

    static uint8x8x2_t table(const utf8_table& entries) noexcept
    {
        return {{vld1_u8(entries.data()), vld1_u8(entries.data() + 8)}};
    }
    /// The form that 32-bit ARM also has.
    static uint8x16_t look_up(uint8x8x2_t entries, uint8x16_t indices) noexcept
    {
        return vcombine_u8(vtbl2_u8(entries, vget_low_u8(indices)), vtbl2_u8(entries, vget_high_u8(indices)));
    }

    uint8x8x2_t first_high_ = table(utf8_first_high);
    uint8x8x2_t first_low_ = table(utf8_first_low);
    uint8x8x2_t second_high_ = table(utf8_second_high);
    uint8x16_t error_ = vdupq_n_u8(0);
    uint8x16_t previous_ = vdupq_n_u8(0);
};

/// As portable::is_text.
inline bool is_text(const std::byte* from, std::size_t size) noexcept
{
    text_checker text;
    std::size_t i = 0;
    for (; size - i >= 64; i += 64) {
        const uint8x16_t a = ops::load(from + i);
        const uint8x16_t b = ops::load(from + i + 16);
        const uint8x16_t c = ops::load(from + i + 32);
        const uint8x16_t d = ops::load(from + i + 48);
        if (ops::is_ascii(vorrq_u8(vorrq_u8(a, b), vorrq_u8(c, d)))) {
            text.skip_ascii(d);
        } else {
            text.check(a);
            text.check(b);
            text.check(c);
            text.check(d);
        }
    }
    for (; size - i >= 16; i += 16)
        text.check(ops::load(from + i));
    if (i != size) {
        std::byte rest[16]{}; // zeros after it are text too
        std::memcpy(rest, from + i, size - i);
        text.check(ops::load(rest));
    }
    return text.valid();
}

/// As portable::mask_text. Two passes: `mask_ascii` has masked the ASCII part in one, and for other text the second costs little.
inline bool mask_text(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    mask(from, to, size, key);
    return is_text(to, size);
}

/// As portable::mask_fixed_128_text. Validates what was stored, in the same registers, so that each load waits for one store.
inline bool mask_fixed_128_text(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    mask_fixed_128(from, to, key);
    const std::size_t end = size - size % 16;
    const uint8x16_t index{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    const uint8x16_t rest =
        vandq_u8(ops::load(to + end), vcltq_u8(index, vdupq_n_u8(static_cast<std::uint8_t>(size % 16))));
    uint8x16_t all = rest;
    for (std::size_t i = 0; i < end; i += 16)
        all = vorrq_u8(all, ops::load(to + i));
    if (ops::is_ascii(all))
        return true;
    text_checker text;
    for (std::size_t i = 0; i < end; i += 16)
        text.check(ops::load(to + i));
    text.check(rest);
    return text.valid();
}

/// As portable::mask_medium.
inline void mask_medium(std::byte* bytes, std::size_t size, std::uint32_t key) noexcept
{
    mask(bytes, bytes, size, key);
}

/// As portable::mask_text_medium.
inline bool mask_text_medium(std::byte* bytes, std::size_t size, std::uint32_t key) noexcept
{
    const std::size_t ascii = mask_ascii(bytes, bytes, size, key);
    return ascii == size || mask_text(bytes + ascii, bytes + ascii, size - ascii, portable::rotated_key(key, ascii));
}

} // namespace sockless::inline SOCKLESS_ABI::detail::neon
