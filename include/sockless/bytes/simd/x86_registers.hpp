// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file has the registers of 32 and 64 bytes, and the instructions for them that are not operators of the compiler's vectors
/// (^ | & >> and comparisons). `config.hpp` decides whether they are built-in functions of the compiler or come from <immintrin.h>,
/// which has more lines than the core. Only to be called where the processor has the instructions of the target attribute.
#pragma once

#include "../../config.hpp"

#include <cstddef>
#include <cstdint>
#include SOCKLESS_X86_HEADER

namespace sockless::inline SOCKLESS_ABI::detail::x86 {

/// As __m256i and __m512i; the second two at any address. The elements are those with which <immintrin.h> does ^, | and &.
using m256 = long long __attribute__((vector_size(32), may_alias));
using m512 = unsigned __attribute__((vector_size(64), may_alias));

struct __attribute__((packed, may_alias)) unaligned_m256 {
    m256 value;
};
struct __attribute__((packed, may_alias)) unaligned_m512 {
    m512 value;
};

/// Their elements.
using bytes16 = char __attribute__((vector_size(16)));
using bytes32 = char __attribute__((vector_size(32)));
using bytes64 = char __attribute__((vector_size(64)));
using signed_bytes32 = signed char __attribute__((vector_size(32)));
using shorts32 = unsigned short __attribute__((vector_size(32)));
using shorts64 = unsigned short __attribute__((vector_size(64)));
using words16 = int __attribute__((vector_size(16)));
using words32 = int __attribute__((vector_size(32)));
using words64 = int __attribute__((vector_size(64)));
using longs64 = long long __attribute__((vector_size(64)));

#if SOCKLESS_X86_BUILTINS

/// Returns 16 bytes, two or four times.
SOCKLESS_TARGET("avx2") SOCKLESS_INLINE m256 repeat_twice(__m128i bytes) noexcept
{
    return __builtin_ia32_vbroadcastsi256(bytes);
}
SOCKLESS_TARGET("avx512f,avx512bw") SOCKLESS_INLINE m512 repeat_four_times(__m128i bytes) noexcept
{
    return m512(__builtin_ia32_broadcasti32x4_512(words16(bytes), words64{}, 0xFFFF));
}

/// Returns, for each 16 bytes of `value`, the 16 bytes in front of it, if `value` follows `previous`.
SOCKLESS_TARGET("avx2") SOCKLESS_INLINE m256 preceding(m256 previous, m256 value) noexcept
{
    return __builtin_ia32_permti256(previous, value, 0x21);
}
SOCKLESS_TARGET("avx512f,avx512bw") SOCKLESS_INLINE m512 preceding(m512 previous, m512 value) noexcept
{
    return m512(__builtin_ia32_vpermt2varq512_mask(longs64{6, 7, 8, 9, 10, 11, 12, 13}, longs64(previous),
                                                   longs64(value), 0xFF));
}

/// Returns, for each 16 bytes of `high` after the same of `low`, the 16 bytes from the one with the number N on.
template <int N>
SOCKLESS_TARGET("avx2")
SOCKLESS_INLINE m256 align(m256 high, m256 low) noexcept
{
    return __builtin_ia32_palignr256(high, low, N * 8);
}
template <int N>
SOCKLESS_TARGET("avx512f,avx512bw")
SOCKLESS_INLINE m512 align(m512 high, m512 low) noexcept
{
    return m512(__builtin_ia32_palignr512(longs64(high), longs64(low), N * 8));
}

/// Looks up each byte of `index` in the 16 entries of `table`.
SOCKLESS_TARGET("avx2") SOCKLESS_INLINE m256 look_up(m256 table, m256 index) noexcept
{
    return m256(__builtin_ia32_pshufb256(bytes32(table), bytes32(index)));
}
SOCKLESS_TARGET("avx512f,avx512bw") SOCKLESS_INLINE m512 look_up(m512 table, m512 index) noexcept
{
    return m512(__builtin_ia32_pshufb512_mask(bytes64(table), bytes64(index), bytes64{}, ~0ULL));
}

/// Subtracts unsigned bytes; zero instead of less.
SOCKLESS_TARGET("avx2") SOCKLESS_INLINE m256 subtract_saturated(m256 a, m256 b) noexcept
{
    return m256(__builtin_ia32_psubusb256(bytes32(a), bytes32(b)));
}
SOCKLESS_TARGET("avx512f,avx512bw") SOCKLESS_INLINE m512 subtract_saturated(m512 a, m512 b) noexcept
{
    return m512(__builtin_ia32_psubusb512_mask(bytes64(a), bytes64(b), bytes64{}, ~0ULL));
}

/// Returns whether no byte has its top bit set.
[[nodiscard]] SOCKLESS_TARGET("avx2") SOCKLESS_INLINE bool is_ascii(m256 text) noexcept
{
    return __builtin_ia32_pmovmskb256(bytes32(text)) == 0;
}
[[nodiscard]] SOCKLESS_TARGET("avx512f,avx512bw") SOCKLESS_INLINE bool is_ascii(m512 text) noexcept
{
    return __builtin_ia32_cvtb2mask512(bytes64(text)) == 0;
}

[[nodiscard]] SOCKLESS_TARGET("avx2") SOCKLESS_INLINE bool is_zero(m256 value) noexcept
{
    return __builtin_ia32_ptestz256(value, value) != 0;
}
[[nodiscard]] SOCKLESS_TARGET("avx512f,avx512bw") SOCKLESS_INLINE bool is_zero(m512 value) noexcept
{
    return __builtin_ia32_ptestmb512(bytes64(value), bytes64(value), ~0ULL) == 0;
}

/// Bytes that are not in `mask` become zero, are not read, and are not written.
SOCKLESS_TARGET("avx512f,avx512bw") SOCKLESS_INLINE m512 select(std::uint64_t mask, m512 value) noexcept
{
    return m512(__builtin_ia32_movdquqi512_mask(bytes64(value), bytes64{}, mask));
}
SOCKLESS_TARGET("avx512f,avx512bw") SOCKLESS_INLINE m512 load(std::uint64_t mask, const std::byte* from) noexcept
{
    return m512(__builtin_ia32_loaddquqi512_mask(reinterpret_cast<const char*>(from), bytes64{}, mask));
}
SOCKLESS_TARGET("avx512f,avx512bw") SOCKLESS_INLINE void store(std::uint64_t mask, std::byte* to, m512 value) noexcept
{
    __builtin_ia32_storedquqi512_mask(reinterpret_cast<char*>(to), bytes64(value), mask);
}

/// The instructions for SHA-1, and the shuffle and the extraction that go with them.
SOCKLESS_TARGET("sha,sse4.1") SOCKLESS_INLINE __m128i look_up(__m128i table, __m128i index) noexcept
{
    return __m128i(__builtin_ia32_pshufb128(bytes16(table), bytes16(index)));
}
SOCKLESS_TARGET("sha,sse4.1") SOCKLESS_INLINE __m128i sha1_schedule1(__m128i a, __m128i b) noexcept
{
    return __m128i(__builtin_ia32_sha1msg1(words16(a), words16(b)));
}
SOCKLESS_TARGET("sha,sse4.1") SOCKLESS_INLINE __m128i sha1_schedule2(__m128i a, __m128i b) noexcept
{
    return __m128i(__builtin_ia32_sha1msg2(words16(a), words16(b)));
}
SOCKLESS_TARGET("sha,sse4.1") SOCKLESS_INLINE __m128i sha1_next_e(__m128i a, __m128i b) noexcept
{
    return __m128i(__builtin_ia32_sha1nexte(words16(a), words16(b)));
}
template <int Function>
SOCKLESS_TARGET("sha,sse4.1")
SOCKLESS_INLINE __m128i sha1_four_rounds(__m128i a, __m128i b) noexcept
{
    return __m128i(__builtin_ia32_sha1rnds4(words16(a), words16(b), Function));
}

#else // the same with <immintrin.h>

SOCKLESS_TARGET("avx2") SOCKLESS_INLINE m256 repeat_twice(__m128i bytes) noexcept
{
    return _mm256_broadcastsi128_si256(bytes);
}
SOCKLESS_TARGET("avx512f,avx512bw") SOCKLESS_INLINE m512 repeat_four_times(__m128i bytes) noexcept
{
    return m512(_mm512_maskz_broadcast_i32x4(0xFFFF, bytes));
}
SOCKLESS_TARGET("avx2") SOCKLESS_INLINE m256 preceding(m256 previous, m256 value) noexcept
{
    return _mm256_permute2x128_si256(previous, value, 0x21);
}
SOCKLESS_TARGET("avx512f,avx512bw") SOCKLESS_INLINE m512 preceding(m512 previous, m512 value) noexcept
{
    return m512(_mm512_permutex2var_epi64(__m512i(previous), longs64{6, 7, 8, 9, 10, 11, 12, 13}, __m512i(value)));
}
template <int N>
SOCKLESS_TARGET("avx2")
SOCKLESS_INLINE m256 align(m256 high, m256 low) noexcept
{
    return _mm256_alignr_epi8(high, low, N);
}
template <int N>
SOCKLESS_TARGET("avx512f,avx512bw")
SOCKLESS_INLINE m512 align(m512 high, m512 low) noexcept
{
    return m512(_mm512_alignr_epi8(__m512i(high), __m512i(low), N));
}
SOCKLESS_TARGET("avx2") SOCKLESS_INLINE m256 look_up(m256 table, m256 index) noexcept
{
    return _mm256_shuffle_epi8(table, index);
}
SOCKLESS_TARGET("avx512f,avx512bw") SOCKLESS_INLINE m512 look_up(m512 table, m512 index) noexcept
{
    return m512(_mm512_shuffle_epi8(__m512i(table), __m512i(index)));
}
SOCKLESS_TARGET("avx2") SOCKLESS_INLINE m256 subtract_saturated(m256 a, m256 b) noexcept
{
    return _mm256_subs_epu8(a, b);
}
SOCKLESS_TARGET("avx512f,avx512bw") SOCKLESS_INLINE m512 subtract_saturated(m512 a, m512 b) noexcept
{
    return m512(_mm512_subs_epu8(__m512i(a), __m512i(b)));
}
[[nodiscard]] SOCKLESS_TARGET("avx2") SOCKLESS_INLINE bool is_ascii(m256 text) noexcept
{
    return _mm256_movemask_epi8(text) == 0;
}
[[nodiscard]] SOCKLESS_TARGET("avx512f,avx512bw") SOCKLESS_INLINE bool is_ascii(m512 text) noexcept
{
    return _mm512_movepi8_mask(__m512i(text)) == 0;
}
[[nodiscard]] SOCKLESS_TARGET("avx2") SOCKLESS_INLINE bool is_zero(m256 value) noexcept
{
    return _mm256_testz_si256(value, value) != 0;
}
[[nodiscard]] SOCKLESS_TARGET("avx512f,avx512bw") SOCKLESS_INLINE bool is_zero(m512 value) noexcept
{
    return _mm512_test_epi8_mask(__m512i(value), __m512i(value)) == 0;
}
SOCKLESS_TARGET("avx512f,avx512bw") SOCKLESS_INLINE m512 select(std::uint64_t mask, m512 value) noexcept
{
    return m512(_mm512_maskz_mov_epi8(mask, __m512i(value)));
}
SOCKLESS_TARGET("avx512f,avx512bw") SOCKLESS_INLINE m512 load(std::uint64_t mask, const std::byte* from) noexcept
{
    return m512(_mm512_maskz_loadu_epi8(mask, from));
}
SOCKLESS_TARGET("avx512f,avx512bw") SOCKLESS_INLINE void store(std::uint64_t mask, std::byte* to, m512 value) noexcept
{
    _mm512_mask_storeu_epi8(to, mask, __m512i(value));
}
SOCKLESS_TARGET("sha,sse4.1") SOCKLESS_INLINE __m128i look_up(__m128i table, __m128i index) noexcept
{
    return _mm_shuffle_epi8(table, index);
}
SOCKLESS_TARGET("sha,sse4.1") SOCKLESS_INLINE __m128i sha1_schedule1(__m128i a, __m128i b) noexcept
{
    return _mm_sha1msg1_epu32(a, b);
}
SOCKLESS_TARGET("sha,sse4.1") SOCKLESS_INLINE __m128i sha1_schedule2(__m128i a, __m128i b) noexcept
{
    return _mm_sha1msg2_epu32(a, b);
}
SOCKLESS_TARGET("sha,sse4.1") SOCKLESS_INLINE __m128i sha1_next_e(__m128i a, __m128i b) noexcept
{
    return _mm_sha1nexte_epu32(a, b);
}
template <int Function>
SOCKLESS_TARGET("sha,sse4.1")
SOCKLESS_INLINE __m128i sha1_four_rounds(__m128i a, __m128i b) noexcept
{
    return _mm_sha1rnds4_epu32(a, b, Function);
}

#endif

} // namespace sockless::inline SOCKLESS_ABI::detail::x86
