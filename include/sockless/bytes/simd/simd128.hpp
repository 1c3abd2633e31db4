// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file masks payload and finds runs of characters with registers of sixteen bytes. The files for SSE2 and NEON provide the
/// operations.
#pragma once

#include "../../config.hpp"
#include "portable.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace sockless::inline SOCKLESS_ABI::detail::simd128 {

/// The requirements on `Ops`: `type`, with the operators ^ and |; `load(from)` and `store(to, value)`, at any address;
/// `repeat32(word)`, the word four times; `is_ascii(value)`, whether no byte has its top bit set; `in_range(value, low, high)` and
/// `equal(value, octet)`, which set all bits of each byte that matches; `bitmap(mask)`, a bit for each byte of such a result, the
/// lowest for the first.
///
/// Returns the key for the byte at `offset`, in every lane.
template <class Ops>
[[nodiscard]] typename Ops::type keys_at(std::uint32_t key, std::size_t offset) noexcept
{
    return Ops::repeat32(portable::rotated_key(key, offset));
}

/// Masks as many registers from the front as there are `I`, and as many from the back. Where they overlap, both write the same.
template <class Ops, std::size_t... I>
SOCKLESS_INLINE void mask_overlapping(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key,
                                      std::index_sequence<I...>) noexcept
{
    const auto front_keys = keys_at<Ops>(key, 0);
    const auto back_keys = keys_at<Ops>(key, size);
    const typename Ops::type front[] = {Ops::load(from + 16 * I) ^ front_keys...};
    const typename Ops::type back[] = {Ops::load(from + size - 16 * (I + 1)) ^ back_keys...};
    (Ops::store(to + 16 * I, front[I]), ...);
    (Ops::store(to + size - 16 * (I + 1), back[I]), ...);
}

/// As portable::mask_short.
template <class Ops>
SOCKLESS_INLINE void mask_short(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    if (size < 16)
        portable::mask_under_16(from, to, size, key);
    else if (size <= 32)
        mask_overlapping<Ops>(from, to, size, key, std::make_index_sequence<1>{});
    else if (size <= 64)
        mask_overlapping<Ops>(from, to, size, key, std::make_index_sequence<2>{});
    else
        mask_overlapping<Ops>(from, to, size, key, std::make_index_sequence<4>{});
}

/// As portable::mask.
template <class Ops>
void mask(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    if (size <= portable::short_size) {
        mask_short<Ops>(from, to, size, key);
        return;
    }
    const auto keys = keys_at<Ops>(key, 0);
    // The last 16 bytes overlap those of the loop: they are read before it and written after it, with the same result.
    const std::size_t tail_at = size - 16;
    const auto tail = Ops::load(from + tail_at) ^ keys_at<Ops>(key, tail_at);
    std::size_t i = 0;
    for (; i + 64 <= tail_at; i += 64) {
        const auto a = Ops::load(from + i) ^ keys;
        const auto b = Ops::load(from + i + 16) ^ keys;
        const auto c = Ops::load(from + i + 32) ^ keys;
        const auto d = Ops::load(from + i + 48) ^ keys;
        Ops::store(to + i, a);
        Ops::store(to + i + 16, b);
        Ops::store(to + i + 32, c);
        Ops::store(to + i + 48, d);
    }
    for (; i < tail_at; i += 16)
        Ops::store(to + i, Ops::load(from + i) ^ keys);
    Ops::store(to + tail_at, tail);
}

/// As portable::mask_ascii, for at least 16 bytes.
template <class Ops>
std::size_t mask_ascii(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    // The last 16 bytes as in `mask`.
    const auto keys = keys_at<Ops>(key, 0);
    const std::size_t tail_at = size - 16;
    const auto tail = Ops::load(from + tail_at) ^ keys_at<Ops>(key, tail_at);
    std::size_t i = 0;
    for (; i + 64 <= tail_at; i += 64) {
        const auto a = Ops::load(from + i) ^ keys;
        const auto b = Ops::load(from + i + 16) ^ keys;
        const auto c = Ops::load(from + i + 32) ^ keys;
        const auto d = Ops::load(from + i + 48) ^ keys;
        if (!Ops::is_ascii(a | b | c | d))
            break;
        Ops::store(to + i, a);
        Ops::store(to + i + 16, b);
        Ops::store(to + i + 32, c);
        Ops::store(to + i + 48, d);
    }
    for (; i < tail_at; i += 16) {
        const auto plain = Ops::load(from + i) ^ keys;
        if (!Ops::is_ascii(plain))
            return i;
        Ops::store(to + i, plain);
    }
    if (!Ops::is_ascii(tail))
        return i;
    Ops::store(to + tail_at, tail);
    return size;
}

/// Masks as many registers as there are `I`, one by one.
template <class Ops, std::size_t... I>
SOCKLESS_INLINE void mask_registers(const std::byte* from, std::byte* to, std::uint32_t key,
                                    std::index_sequence<I...>) noexcept
{
    const auto keys = keys_at<Ops>(key, 0);
    (Ops::store(to + 16 * I, Ops::load(from + 16 * I) ^ keys), ...);
}

/// As portable::mask_fixed_128.
template <class Ops>
SOCKLESS_INLINE void mask_fixed_128(const std::byte* from, std::byte* to, std::uint32_t key) noexcept
{
    mask_registers<Ops>(from, to, key, std::make_index_sequence<portable::scratch_size / 16>{});
}

/// Returns a bitmap of the control characters among sixteen.
template <class Ops>
[[nodiscard]] SOCKLESS_INLINE std::uint64_t control_bits(const char* text) noexcept
{
    const auto octets = Ops::load(reinterpret_cast<const std::byte*>(text));
    return Ops::bitmap(Ops::in_range(octets, 0, 0x1F) | Ops::equal(octets, 0x7F));
}

/// As portable::control_bitmap.
template <class Ops>
SOCKLESS_INLINE std::uint64_t control_bitmap(const char* text, std::size_t size) noexcept
{
    if (size == portable::bitmap_width)
        return control_bits<Ops>(text) | control_bits<Ops>(text + 16) << 16U | control_bits<Ops>(text + 32) << 32U |
               control_bits<Ops>(text + 48) << 48U;
    std::uint64_t marks = 0;
    std::size_t i = 0;
    for (; size - i >= 16; i += 16)
        marks |= control_bits<Ops>(text + i) << i;
    return i == size ? marks : marks | portable::control_bitmap(text + i, size - i) << i;
}

/// As portable::find.
template <class Ops>
SOCKLESS_INLINE std::size_t find(const char* text, std::size_t size, char wanted) noexcept
{
    std::size_t i = 0;
    for (; size - i >= 16; i += 16) {
        const auto octets = Ops::load(reinterpret_cast<const std::byte*>(text + i));
        if (const std::uint32_t bits = Ops::bitmap(Ops::equal(octets, wanted)); bits != 0)
            return i + static_cast<std::size_t>(std::countr_zero(bits));
    }
    return i + portable::find(text + i, size - i, wanted);
}

/// Returns how many octets at the front of `text` are `wanted`, counting whole registers only.
template <class Ops, class Wanted>
SOCKLESS_INLINE std::size_t run(const char* text, std::size_t size, Wanted wanted) noexcept
{
    for (std::size_t i = 0; size - i >= 16; i += 16) {
        const auto octets = Ops::load(reinterpret_cast<const std::byte*>(text + i));
        const auto count = static_cast<std::size_t>(std::countr_one(Ops::bitmap(wanted(octets))));
        if (count < 16)
            return i + count;
    }
    return size - size % 16;
}

/// As portable::span_visible.
template <class Ops>
SOCKLESS_INLINE std::size_t span_visible(const char* text, std::size_t size) noexcept
{
    return run<Ops>(text, size, [](typename Ops::type octets) { return Ops::in_range(octets, 0x21, 0x7E); });
}

/// As portable::span_name.
template <class Ops>
SOCKLESS_INLINE std::size_t span_name(const char* text, std::size_t size) noexcept
{
    return run<Ops>(text, size, [](typename Ops::type octets) {
        const auto lower = octets | Ops::repeat32(0x20202020); // no other octet becomes a letter
        return Ops::in_range(lower, 'a', 'z') | Ops::in_range(octets, '0', '9') | Ops::in_range(octets, '-', '.');
    });
}

} // namespace sockless::inline SOCKLESS_ABI::detail::simd128
