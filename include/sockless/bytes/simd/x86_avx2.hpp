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
#include "x86_registers.hpp"
#include "x86_sse2.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace sockless::inline SOCKLESS_ABI::detail::avx2 {

using x86::is_ascii;
using x86::m256;

SOCKLESS_TARGET("avx2") inline m256 load(const std::byte* from) noexcept
{
    return reinterpret_cast<const x86::unaligned_m256*>(from)->value;
}
SOCKLESS_TARGET("avx2") inline void store(std::byte* to, m256 value) noexcept
{
    reinterpret_cast<x86::unaligned_m256*>(to)->value = value;
}
/// Returns the key for the byte at `offset`, in every lane.
SOCKLESS_TARGET("avx2") inline m256 keys_at(std::uint32_t key, std::size_t offset) noexcept
{
    return m256(x86::words32{} + static_cast<int>(portable::rotated_key(key, offset)));
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
    const m256 head = load(from) ^ keys_at(key, 0);
    const m256 tail = load(from + tail_at) ^ keys_at(key, tail_at);
    std::size_t i = 32 - (reinterpret_cast<std::uintptr_t>(to) & 31U); // stores that cross a line cost twice
    const m256 keys = keys_at(key, i);
    for (; i + 128 <= tail_at; i += 128) {
        const m256 a = load(from + i) ^ keys;
        const m256 b = load(from + i + 32) ^ keys;
        const m256 c = load(from + i + 64) ^ keys;
        const m256 d = load(from + i + 96) ^ keys;
        store(to + i, a);
        store(to + i + 32, b);
        store(to + i + 64, c);
        store(to + i + 96, d);
    }
    for (; i < tail_at; i += 32)
        store(to + i, load(from + i) ^ keys);
    store(to, head);
    store(to + tail_at, tail);
}

/// Validates text by the tables of utf8_tables.hpp.
class text_checker {
public:
    SOCKLESS_TARGET("avx2")
    text_checker() noexcept
        : first_high_{table(utf8_first_high)}, first_low_{table(utf8_first_low)}, second_high_{table(utf8_second_high)}
    {
    }

    /// Checks the next 64 bytes.
    SOCKLESS_TARGET("avx2") SOCKLESS_INLINE void check(m256 low, m256 high) noexcept
    {
        if (is_ascii(low | high)) {
            error_ = error_ | incomplete();
        } else {
            check_half(low, previous_);
            check_half(high, low);
        }
        previous_ = high;
    }

    /// Returns whether all of it was UTF-8, and the last sequence is complete.
    [[nodiscard]] SOCKLESS_TARGET("avx2") bool valid() const noexcept
    {
        const m256 all = error_ | incomplete();
        return x86::is_zero(all);
    }

private:
    /// Returns zero, unless the last block ends inside a sequence.
    [[nodiscard]] SOCKLESS_TARGET("avx2") SOCKLESS_INLINE m256 incomplete() const noexcept
    {
        return x86::subtract_saturated(previous_, load(utf8_last_bytes.data() + 32));
    }

    SOCKLESS_TARGET("avx2") static m256 table(const utf8_table& entries) noexcept
    {
        return x86::repeat_twice(_mm_loadu_si128(reinterpret_cast<const __m128i*>(entries.data())));
    }

    SOCKLESS_TARGET("avx2") SOCKLESS_INLINE void check_half(m256 input, m256 before) noexcept
    {
        const m256 nibble = m256(x86::bytes32{} + char{0x0F});
        const m256 joined = x86::preceding(before, input);
        const m256 previous1 = x86::align<15>(input, joined);
        const m256 previous2 = x86::align<14>(input, joined);
        const m256 previous3 = x86::align<13>(input, joined);
        const m256 errors = x86::look_up(first_high_, m256(x86::shorts32(previous1) >> 4) & nibble) &
                            x86::look_up(first_low_, previous1 & nibble) &
                            x86::look_up(second_high_, m256(x86::shorts32(input) >> 4) & nibble);
        // Two bytes after E0 or above, and three bytes after F0 or above, a continuation is required.
        const m256 third = x86::subtract_saturated(previous2, m256(x86::bytes32{} + char{0xE0 - 0x80}));
        const m256 fourth = x86::subtract_saturated(previous3, m256(x86::bytes32{} + char{0xF0 - 0x80}));
        const m256 top = m256(x86::bytes32{} + static_cast<char>(0x80));
        const m256 expected = (third | fourth) & top;
        error_ = error_ | (expected ^ errors);
    }

    m256 first_high_;
    m256 first_low_;
    m256 second_high_;
    m256 error_{};
    m256 previous_{}; ///< the 32 bytes before the next ones
};

/// As portable::mask_ascii, for at least 32 bytes.
SOCKLESS_TARGET("avx2")
inline std::size_t mask_ascii(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    const std::size_t tail_at = size - 32;
    const m256 head = load(from) ^ keys_at(key, 0);
    const m256 tail = load(from + tail_at) ^ keys_at(key, tail_at);
    if (!is_ascii(head))
        return 0;
    std::size_t i = 32 - (reinterpret_cast<std::uintptr_t>(to) & 31U);
    const m256 keys = keys_at(key, i);
    for (; i + 128 <= tail_at; i += 128) {
        const m256 a = load(from + i) ^ keys;
        const m256 b = load(from + i + 32) ^ keys;
        const m256 c = load(from + i + 64) ^ keys;
        const m256 d = load(from + i + 96) ^ keys;
        if (!is_ascii((a | b) | (c | d)))
            break;
        store(to + i, a);
        store(to + i + 32, b);
        store(to + i + 64, c);
        store(to + i + 96, d);
    }
    for (; i < tail_at; i += 32) {
        const m256 plain = load(from + i) ^ keys;
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
    const m256 keys = keys_at(key, i);
    for (; size - i >= 64; i += 64) {
        const m256 low = load(from + i) ^ keys;
        const m256 high = load(from + i + 32) ^ keys;
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
SOCKLESS_TARGET("avx2") SOCKLESS_INLINE m256 first(m256 bytes, std::size_t offset, std::size_t size) noexcept
{
    const x86::signed_bytes32 index{0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                    16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
    const x86::signed_bytes32 count =
        x86::signed_bytes32{} + static_cast<signed char>(static_cast<int>(size) - static_cast<int>(offset));
    return bytes & m256(count > index);
}

/// Returns whether the first `size` of 128 masked bytes, at most 125, are UTF-8 as a whole. Reads all of them.
SOCKLESS_TARGET("avx2")
inline bool is_masked_text(const std::byte* from, std::size_t size, std::uint32_t key) noexcept
{
    const m256 keys = keys_at(key, 0);
    const m256 a = first(load(from) ^ keys, 0, size);
    const m256 b = first(load(from + 32) ^ keys, 32, size);
    const m256 c = first(load(from + 64) ^ keys, 64, size);
    const m256 d = first(load(from + 96) ^ keys, 96, size);
    text_checker text;
    text.check(a, b);
    text.check(c, d);
    return text.valid();
}

} // namespace sockless::inline SOCKLESS_ABI::detail::avx2
