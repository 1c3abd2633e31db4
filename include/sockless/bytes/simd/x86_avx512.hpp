// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file masks payload and validates UTF-8 with AVX-512 (F, BW), 64 bytes at a time. Only to be called where the processor has
/// it. See x86_avx2.hpp for why the two share no code.
#pragma once

#include "../../config.hpp"
#include "utf8_tables.hpp"
#include "x86_avx2.hpp"
#include "x86_registers.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace sockless::inline SOCKLESS_ABI::detail::avx512 {

using x86::is_ascii;
using x86::m512;

SOCKLESS_TARGET("avx512f,avx512bw") inline m512 load(const std::byte* from) noexcept
{
    return reinterpret_cast<const x86::unaligned_m512*>(from)->value;
}
SOCKLESS_TARGET("avx512f,avx512bw") inline void store(std::byte* to, m512 value) noexcept
{
    reinterpret_cast<x86::unaligned_m512*>(to)->value = value;
}
SOCKLESS_TARGET("avx512f,avx512bw") inline m512 keys_at(std::uint32_t key, std::size_t offset) noexcept
{
    return m512(x86::words64{} + static_cast<int>(portable::rotated_key(key, offset)));
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
    const m512 head = load(from) ^ keys_at(key, 0);
    const m512 tail = load(from + tail_at) ^ keys_at(key, tail_at);
    std::size_t i = 64 - (reinterpret_cast<std::uintptr_t>(to) & 63U);
    const m512 keys = keys_at(key, i);
    for (; i + 256 <= tail_at; i += 256) {
        const m512 a = load(from + i) ^ keys;
        const m512 b = load(from + i + 64) ^ keys;
        const m512 c = load(from + i + 128) ^ keys;
        const m512 d = load(from + i + 192) ^ keys;
        store(to + i, a);
        store(to + i + 64, b);
        store(to + i + 128, c);
        store(to + i + 192, d);
    }
    for (; i < tail_at; i += 64)
        store(to + i, load(from + i) ^ keys);
    store(to, head);
    store(to + tail_at, tail);
}

/// As `mask`, for 64 to about a thousand bytes, where aligned stores gain less than the way to them costs.
SOCKLESS_TARGET("avx512f,avx512bw")
inline void mask_medium(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    const std::size_t tail_at = size - 64;
    const m512 keys = keys_at(key, 0);
    const m512 tail = load(from + tail_at) ^ keys_at(key, tail_at);
    for (std::size_t i = 0; i < tail_at; i += 64)
        store(to + i, load(from + i) ^ keys);
    store(to + tail_at, tail);
}

/// As avx2::text_checker.
class text_checker {
public:
    SOCKLESS_TARGET("avx512f,avx512bw")
    text_checker() noexcept
        : first_high_{table(utf8_first_high)}, first_low_{table(utf8_first_low)}, second_high_{table(utf8_second_high)}
    {
    }

    /// Checks the next 64 bytes.
    SOCKLESS_TARGET("avx512f,avx512bw") SOCKLESS_INLINE void check(m512 input) noexcept
    {
        const m512 nibble = m512(x86::bytes64{} + char{0x0F});
        const m512 joined = x86::preceding(previous_, input);
        const m512 previous1 = x86::align<15>(input, joined);
        const m512 previous2 = x86::align<14>(input, joined);
        const m512 previous3 = x86::align<13>(input, joined);
        const m512 errors = x86::look_up(first_high_, m512(x86::shorts64(previous1) >> 4) & nibble) &
                            x86::look_up(first_low_, previous1 & nibble) &
                            x86::look_up(second_high_, m512(x86::shorts64(input) >> 4) & nibble);
        const m512 third = x86::subtract_saturated(previous2, m512(x86::bytes64{} + char{0xE0 - 0x80}));
        const m512 fourth = x86::subtract_saturated(previous3, m512(x86::bytes64{} + char{0xF0 - 0x80}));
        const m512 top = m512(x86::bytes64{} + static_cast<char>(0x80));
        const m512 expected = (third | fourth) & top;
        error_ = error_ | (expected ^ errors);
        previous_ = input;
    }

    /// Checks the next 256 bytes.
    SOCKLESS_TARGET("avx512f,avx512bw")
    SOCKLESS_INLINE void check(m512 a, m512 b, m512 c, m512 d) noexcept
    {
        if (is_ascii((a | b) | (c | d))) {
            error_ = error_ | incomplete();
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
        const m512 all = error_ | incomplete();
        return x86::is_zero(all);
    }

private:
    /// Returns zero, unless the last block ends inside a sequence.
    [[nodiscard]] SOCKLESS_TARGET("avx512f,avx512bw") SOCKLESS_INLINE m512 incomplete() const noexcept
    {
        return x86::subtract_saturated(previous_, load(utf8_last_bytes.data()));
    }

    SOCKLESS_TARGET("avx512f,avx512bw") static m512 table(const utf8_table& entries) noexcept
    {
        return x86::repeat_four_times(_mm_loadu_si128(reinterpret_cast<const __m128i*>(entries.data())));
    }

    m512 first_high_;
    m512 first_low_;
    m512 second_high_;
    m512 error_{};
    m512 previous_{};
};

/// As portable::mask_ascii, for at least 64 bytes.
SOCKLESS_TARGET("avx512f,avx512bw")
inline std::size_t mask_ascii(const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept
{
    const std::size_t tail_at = size - 64;
    const m512 head = load(from) ^ keys_at(key, 0);
    const m512 tail = load(from + tail_at) ^ keys_at(key, tail_at);
    if (!is_ascii(head))
        return 0;
    std::size_t i = 64 - (reinterpret_cast<std::uintptr_t>(to) & 63U);
    const m512 keys = keys_at(key, i);
    for (; i + 256 <= tail_at; i += 256) {
        const m512 a = load(from + i) ^ keys;
        const m512 b = load(from + i + 64) ^ keys;
        const m512 c = load(from + i + 128) ^ keys;
        const m512 d = load(from + i + 192) ^ keys;
        if (!is_ascii((a | b) | (c | d)))
            break;
        store(to + i, a);
        store(to + i + 64, b);
        store(to + i + 128, c);
        store(to + i + 192, d);
    }
    for (; i < tail_at; i += 64) {
        const m512 plain = load(from + i) ^ keys;
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
    const m512 keys = keys_at(key, i);
    for (; size - i >= 256; i += 256) {
        const m512 a = load(from + i) ^ keys;
        const m512 b = load(from + i + 64) ^ keys;
        const m512 c = load(from + i + 128) ^ keys;
        const m512 d = load(from + i + 192) ^ keys;
        store(to + i, a);
        store(to + i + 64, b);
        store(to + i + 128, c);
        store(to + i + 192, d);
        text.check(a, b, c, d);
    }
    for (; size - i >= 64; i += 64) {
        const m512 plain = load(from + i) ^ keys;
        store(to + i, plain);
        text.check(plain);
    }
    if (i != size) {
        // A masked load reads, and a masked store writes, nothing beyond the text.
        const std::uint64_t rest = ~std::uint64_t{0} >> (64 - (size - i));
        const m512 plain = x86::select(rest, x86::load(rest, from + i) ^ keys);
        x86::store(rest, to + i, plain);
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
SOCKLESS_TARGET("avx512f,avx512bw") inline m512 load(const std::byte* from, std::size_t size) noexcept
{
    return x86::load(first(size), from);
}

/// Returns whether 128 bytes are UTF-8 as a whole.
SOCKLESS_TARGET("avx512f,avx512bw") SOCKLESS_INLINE bool is_text(m512 low, m512 high) noexcept
{
    if (is_ascii(low | high))
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
        const m512 bytes = load(from, size);
        if (is_ascii(bytes))
            return true;
        text_checker text;
        text.check(bytes);
        return text.valid();
    }
    if (size <= 128)
        return is_text(load(from), load(from + 64, size - 64));
    std::size_t i = 0;
    while (size - i >= 256 &&
           is_ascii((load(from + i) | load(from + i + 64)) | (load(from + i + 128) | load(from + i + 192))))
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
    const m512 keys = keys_at(key, 0);
    return is_text(x86::select(first(size), load(from) ^ keys),
                   x86::select(size > 64 ? first(size - 64) : 0, load(from + 64) ^ keys));
}

/// As portable::mask_text, for 64 to about a thousand bytes, which are probably either ASCII or not from the first on.
SOCKLESS_TARGET("avx512f,avx512bw")
inline bool mask_text_medium(std::byte* bytes, std::size_t size, std::uint32_t key) noexcept
{
    const std::size_t tail_at = size - 64;
    const m512 keys = keys_at(key, 0);
    const m512 tail = load(bytes + tail_at) ^ keys_at(key, tail_at);
    if (!is_ascii(load(bytes) ^ keys))
        return mask_text(bytes, bytes, size, key);
    m512 all = tail;
    for (std::size_t i = 0; i < tail_at; i += 64) {
        const m512 plain = load(bytes + i) ^ keys;
        all = all | plain;
        store(bytes + i, plain);
    }
    store(bytes + tail_at, tail);
    return is_ascii(all) || is_text(bytes, size);
}

} // namespace sockless::inline SOCKLESS_ABI::detail::avx512
