// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is SHA-1 with the instructions of x86-64 for it. Only to be called where the processor has them.
#pragma once

#include "../../config.hpp"
#include "x86_registers.hpp"

#include <cpuid.h>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace sockless::inline SOCKLESS_ABI::detail::x86 {

/// The 80 rounds, four at a time.
struct sha1_state {
    __m128i abcd;
    __m128i e;
    __m128i before; ///< `abcd` before the last four rounds: the next `e` is in it
    __m128i words[4];

    template <std::size_t Four>
    SOCKLESS_TARGET("sha,sse4.1")
    SOCKLESS_INLINE void rounds() noexcept
    {
        __m128i& word = words[Four % 4];
        if constexpr (Four >= 4)
            word = sha1_schedule2(sha1_schedule1(word, words[(Four + 1) % 4]) ^ words[(Four + 2) % 4],
                                  words[(Four + 3) % 4]);
        e = Four == 0 ? _mm_add_epi32(e, word) : sha1_next_e(before, word);
        before = abcd;
        abcd = sha1_four_rounds<static_cast<int>(Four / 5)>(abcd, e);
    }

    template <std::size_t... Four>
    SOCKLESS_TARGET("sha,sse4.1")
    SOCKLESS_INLINE void run(std::index_sequence<Four...>) noexcept
    {
        (rounds<Four>(), ...);
    }
};

/// Updates the five words of `state` with `count` blocks of 64 bytes. Not inlined, so that compilers clear the upper halves of
/// wide registers before the call: these instructions have no form that does, and are sixty times slower otherwise.
SOCKLESS_TARGET("sha,sse4.1")
SOCKLESS_NOINLINE inline void sha1_blocks(std::uint32_t* state, const std::byte* blocks, std::size_t count) noexcept
{
    const __m128i network_order = _mm_set_epi64x(0x0001020304050607, 0x08090A0B0C0D0E0F);
    sha1_state now{};
    now.abcd = _mm_shuffle_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(state)), 0x1B);
    now.e = _mm_set_epi32(static_cast<int>(state[4]), 0, 0, 0);
    for (; count > 0; --count, blocks += 64) {
        for (std::size_t i = 0; i < 4; ++i)
            now.words[i] = look_up(_mm_loadu_si128(reinterpret_cast<const __m128i*>(blocks + 16 * i)), network_order);
        const __m128i abcd = now.abcd;
        const __m128i e = now.e;
        now.run(std::make_index_sequence<20>{});
        now.e = sha1_next_e(now.before, e);
        now.abcd = _mm_add_epi32(now.abcd, abcd);
    }
    _mm_storeu_si128(reinterpret_cast<__m128i*>(state), _mm_shuffle_epi32(now.abcd, 0x1B));
    state[4] = static_cast<std::uint32_t>(words16(now.e)[3]);
}

inline bool detect_sha() noexcept
{
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    constexpr unsigned sha_bit = 1U << 29U;   // leaf 7, EBX
    constexpr unsigned sse41_bit = 1U << 19U; // leaf 1, ECX
    if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & sse41_bit) == 0)
        return false;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & sha_bit) != 0;
}

/// Queried once, before main(): CPUID is slow, especially on a virtual machine. Until then it is false, which is always safe.
inline const bool has_sha = detect_sha();

} // namespace sockless::inline SOCKLESS_ABI::detail::x86
