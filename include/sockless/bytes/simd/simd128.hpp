// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file masks, and finds runs of characters, with registers of sixteen bytes. The files of the instruction sets that have
/// them, SSE2 and NEON, say what they are called there.
#pragma once

#include "../../config.hpp"
#include "portable.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace sockless::inline SOCKLESS_ABI::detail::simd128 {

/// `Registers` has `type`, whose values know ^ and |, and these functions: `load(from)`, `store(to, value)`, at any address;
/// `repeated(word)`, four times; `is_ascii(value)`, whether no byte has its top bit set; `within(value, low, high)`, all bits of
/// each byte that is; `equal(value, octet)`; `bits(mask)`, a bit for each byte of such a result, the lowest for the first.
template <class Registers>
[[nodiscard]] typename Registers::type keys_at(std::uint32_t key, std::size_t offset) noexcept
{
    return Registers::repeated(portable::rotated_key(key, offset));
}

/// As many registers from the front as there are `I`, and as many from the back. Where the two overlap, both write the same.
template <class Registers, std::size_t... I>
SOCKLESS_INLINE void mask_overlapping(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key,
                                      std::index_sequence<I...>) noexcept
{
    const auto front_keys = keys_at<Registers>(key, 0);
    const auto back_keys = keys_at<Registers>(key, size);
    const typename Registers::type front[] = {Registers::load(from + 16 * I) ^ front_keys...};
    const typename Registers::type back[] = {Registers::load(from + size - 16 * (I + 1)) ^ back_keys...};
    (Registers::store(to + 16 * I, front[I]), ...);
    (Registers::store(to + size - 16 * (I + 1), back[I]), ...);
}

/// As portable::mask_short.
template <class Registers>
SOCKLESS_INLINE void mask_short(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    if (size < 16)
        portable::mask_under_16(from, to, size, key);
    else if (size <= 32)
        mask_overlapping<Registers>(from, to, size, key, std::make_index_sequence<1>{});
    else if (size <= 64)
        mask_overlapping<Registers>(from, to, size, key, std::make_index_sequence<2>{});
    else
        mask_overlapping<Registers>(from, to, size, key, std::make_index_sequence<4>{});
}

/// As portable::mask.
template <class Registers>
void mask(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    if (size <= portable::short_size) {
        mask_short<Registers>(from, to, size, key);
        return;
    }
    const auto keys = keys_at<Registers>(key, 0);
    // The last 16 bytes overlap what the loop does: they are read before it and written after it, with the same result.
    const std::size_t tail_at = size - 16;
    const auto tail = Registers::load(from + tail_at) ^ keys_at<Registers>(key, tail_at);
    std::size_t i = 0;
    for (; i + 64 <= tail_at; i += 64) {
        const auto a = Registers::load(from + i) ^ keys;
        const auto b = Registers::load(from + i + 16) ^ keys;
        const auto c = Registers::load(from + i + 32) ^ keys;
        const auto d = Registers::load(from + i + 48) ^ keys;
        Registers::store(to + i, a);
        Registers::store(to + i + 16, b);
        Registers::store(to + i + 32, c);
        Registers::store(to + i + 48, d);
    }
    for (; i < tail_at; i += 16)
        Registers::store(to + i, Registers::load(from + i) ^ keys);
    Registers::store(to + tail_at, tail);
}

/// As portable::mask_ascii, for at least 16 bytes.
template <class Registers>
std::size_t mask_ascii(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    // The last 16 bytes are dealt with as in `mask`.
    const auto keys = keys_at<Registers>(key, 0);
    const std::size_t tail_at = size - 16;
    const auto tail = Registers::load(from + tail_at) ^ keys_at<Registers>(key, tail_at);
    std::size_t i = 0;
    for (; i + 64 <= tail_at; i += 64) {
        const auto a = Registers::load(from + i) ^ keys;
        const auto b = Registers::load(from + i + 16) ^ keys;
        const auto c = Registers::load(from + i + 32) ^ keys;
        const auto d = Registers::load(from + i + 48) ^ keys;
        if (!Registers::is_ascii(a | b | c | d))
            break;
        Registers::store(to + i, a);
        Registers::store(to + i + 16, b);
        Registers::store(to + i + 32, c);
        Registers::store(to + i + 48, d);
    }
    for (; i < tail_at; i += 16) {
        const auto plain = Registers::load(from + i) ^ keys;
        if (!Registers::is_ascii(plain))
            return i;
        Registers::store(to + i, plain);
    }
    if (!Registers::is_ascii(tail))
        return i;
    Registers::store(to + tail_at, tail);
    return size;
}

/// As many registers as there are `I`, one by one.
template <class Registers, std::size_t... I>
SOCKLESS_INLINE void mask_registers(const std::byte* from, std::byte* to, std::uint32_t key,
                                    std::index_sequence<I...>) noexcept
{
    const auto keys = keys_at<Registers>(key, 0);
    (Registers::store(to + 16 * I, Registers::load(from + 16 * I) ^ keys), ...);
}

/// As portable::mask_fixed_128.
template <class Registers>
SOCKLESS_INLINE void mask_fixed_128(const std::byte* from, std::byte* to, std::uint32_t key) noexcept
{
    mask_registers<Registers>(from, to, key, std::make_index_sequence<portable::scratch_size / 16>{});
}

/// The bit of each control character among sixteen.
template <class Registers>
[[nodiscard]] SOCKLESS_INLINE std::uint64_t control_bits(const char* text) noexcept
{
    const auto octets = Registers::load(reinterpret_cast<const std::byte*>(text));
    return Registers::bits(Registers::within(octets, 0, 0x1F) | Registers::equal(octets, 0x7F));
}

/// As portable::control_bitmap.
template <class Registers>
SOCKLESS_INLINE std::uint64_t control_bitmap(const char* text, std::size_t size) noexcept
{
    if (size == portable::bitmap_width)
        return control_bits<Registers>(text) | control_bits<Registers>(text + 16) << 16U |
               control_bits<Registers>(text + 32) << 32U | control_bits<Registers>(text + 48) << 48U;
    std::uint64_t marks = 0;
    std::size_t i = 0;
    for (; size - i >= 16; i += 16)
        marks |= control_bits<Registers>(text + i) << i;
    return i == size ? marks : marks | portable::control_bitmap(text + i, size - i) << i;
}

/// As portable::find.
template <class Registers>
SOCKLESS_INLINE std::size_t find(const char* text, std::size_t size, char wanted) noexcept
{
    std::size_t i = 0;
    for (; size - i >= 16; i += 16) {
        const auto octets = Registers::load(reinterpret_cast<const std::byte*>(text + i));
        if (const std::uint32_t bits = Registers::bits(Registers::equal(octets, wanted)); bits != 0)
            return i + static_cast<std::size_t>(std::countr_zero(bits));
    }
    return i + portable::find(text + i, size - i, wanted);
}

/// How many octets at the front of `text` are `wanted`, as far as whole registers show it.
template <class Registers, class Wanted>
SOCKLESS_INLINE std::size_t run(const char* text, std::size_t size, Wanted wanted) noexcept
{
    for (std::size_t i = 0; size - i >= 16; i += 16) {
        const auto octets = Registers::load(reinterpret_cast<const std::byte*>(text + i));
        const auto count = static_cast<std::size_t>(std::countr_one(Registers::bits(wanted(octets))));
        if (count < 16)
            return i + count;
    }
    return size - size % 16;
}

/// As portable::span_visible.
template <class Registers>
SOCKLESS_INLINE std::size_t span_visible(const char* text, std::size_t size) noexcept
{
    return run<Registers>(text, size,
                          [](typename Registers::type octets) { return Registers::within(octets, 0x21, 0x7E); });
}

/// As portable::span_name.
template <class Registers>
SOCKLESS_INLINE std::size_t span_name(const char* text, std::size_t size) noexcept
{
    return run<Registers>(text, size, [](typename Registers::type octets) {
        const auto lower = octets | Registers::repeated(0x20202020); // no other octet becomes a letter
        return Registers::within(lower, 'a', 'z') | Registers::within(octets, '0', '9') |
               Registers::within(octets, '-', '.');
    });
}

} // namespace sockless::inline SOCKLESS_ABI::detail::simd128
