// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The functions of every instruction set that this processor has, so that a machine with the newest one tests all of them.
#pragma once

#include <sockless/bytes/mask.hpp>
#include <sockless/bytes/simd/portable.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace support {

/// See bytes/simd/portable.hpp.
struct kernels {
    using mask_function = void (*)(const std::byte*, std::byte*, std::size_t, std::uint32_t) noexcept;

    std::string_view name;
    bool here;
    std::size_t min_ascii; ///< the minimum number of bytes for `mask_ascii`
    mask_function mask;
    mask_function mask_short;
    std::size_t (*mask_ascii)(const std::byte*, std::byte*, std::size_t, std::uint32_t) noexcept;
    bool (*mask_text)(const std::byte*, std::byte*, std::size_t, std::uint32_t) noexcept;
    bool (*is_text)(const std::byte*, std::size_t) noexcept;
};

inline std::vector<kernels> all_kernels()
{
    namespace detail = sockless::detail;
    const auto mask_short = [](const std::byte* from, std::byte* to, std::size_t size, std::uint32_t key) noexcept {
        detail::simd::mask_short(from, to, size, key);
    };
    std::vector<kernels> result{
        {"portable", true, 0, detail::portable::mask, detail::portable::mask_short, detail::portable::mask_ascii,
         detail::portable::mask_text, detail::portable::is_text},
        {"chosen", true, 0, detail::simd::mask, mask_short, detail::simd::mask_ascii, detail::simd::mask_text,
         detail::simd::is_text},
    };
#if SOCKLESS_SIMD_LEVEL >= 3
    const bool avx2 = __builtin_cpu_supports("avx2") != 0;
    const bool avx512 = __builtin_cpu_supports("avx512bw") != 0;
    result.push_back({"sse2", true, 16, detail::sse2::mask, mask_short, detail::sse2::mask_ascii,
                      detail::sse2::mask_text, detail::sse2::is_text});
    result.push_back({"avx2", avx2, 32, detail::avx2::mask, mask_short, detail::avx2::mask_ascii,
                      detail::avx2::mask_text, detail::avx2::is_text});
    result.push_back({"avx512", avx512, 64, detail::avx512::mask, mask_short, detail::avx512::mask_ascii,
                      detail::avx512::mask_text, detail::avx512::is_text});
#endif
    return result;
}

} // namespace support
