// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns bytes in network order into integers and back. Compilers make one load or store of each function.
#pragma once

#include "../config.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sockless::inline SOCKLESS_ABI::detail {

/// Reads the first `sizeof(Integer)` bytes of `in`, most significant byte first.
template <std::unsigned_integral Integer>
[[nodiscard]] constexpr Integer load_big_endian(std::span<const std::byte> in) noexcept
{
    SOCKLESS_ASSERT(in.size() >= sizeof(Integer));
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < sizeof(Integer); ++i)
        value = (value << 8U) | std::to_integer<std::uint64_t>(in[i]);
    return static_cast<Integer>(value);
}

/// Writes the first `sizeof(Integer)` bytes of `out`, most significant byte first.
template <std::unsigned_integral Integer>
constexpr void store_big_endian(std::span<std::byte> out, Integer value) noexcept
{
    SOCKLESS_ASSERT(out.size() >= sizeof(Integer));
    for (std::size_t i = 0; i < sizeof(Integer); ++i)
        out[i] = static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8U * (sizeof(Integer) - 1 - i)));
}

} // namespace sockless::inline SOCKLESS_ABI::detail
