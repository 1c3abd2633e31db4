// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file masks and unmasks payload: byte i is XORed with byte i mod 4 of the masking key (RFC 6455 5.3).
#pragma once

#include "../config.hpp"
#include "byte_view.hpp"
#include "compact/mask.hpp"
#include "simd/chosen.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

/// A masking key: the four bytes in the order in which they are sent.
struct mask_key {
    std::array<std::byte, 4> bytes{}; ///< as they are on the wire

    /// Returns whether both have the same bytes.
    friend constexpr bool operator==(const mask_key&, const mask_key&) = default;
};

namespace detail {

/// Returns the key for the bytes after the next `count` bytes: masking can stop and continue anywhere in a frame.
[[nodiscard]] constexpr mask_key rotate(mask_key key, std::size_t count) noexcept
{
    using bytes = std::array<std::byte, 4>;
    return {std::bit_cast<bytes>(portable::rotated_key(std::bit_cast<std::uint32_t>(key.bytes), count))};
}

/// Masks byte by byte: for constant expressions, and for tests to compare the SIMD code with.
constexpr void mask_bytewise(std::span<const std::byte> from, std::byte* to, mask_key key) noexcept
{
    for (std::size_t i = 0; i < from.size(); ++i)
        to[i] = from[i] ^ key.bytes[i % 4];
}

} // namespace detail

/// Masks @p from into @p to, or unmasks it: the operation is its own inverse.
///
/// @param from     payload; read during the call only
/// @param[out] to  at least as long; either the same bytes as @p from or disjoint from it
/// @param key      the key for the first byte of @p from
/// @return the key for the byte after the last, with which the next part of the same frame continues
/// @pre `to.size() >= from.size()`
/// @par Source      RFC 6455 5.3
/// @par Complexity  O(from.size()), no allocation
constexpr mask_key mask(byte_view from, byte_span to, mask_key key) noexcept
{
    SOCKLESS_ASSERT(to.size() >= from.size());
    if (std::is_constant_evaluated())
        detail::mask_bytewise(from, to.data(), key);
    else
        detail::simd::mask(from.data(), to.data(), from.size(), std::bit_cast<std::uint32_t>(key.bytes));
    return detail::rotate(key, from.size());
}

/// Masks or unmasks @p bytes in place.
///
/// @param[in,out] bytes  payload
/// @param key            the key for the first byte of @p bytes
/// @return the key for the byte after the last, with which the next part of the same frame continues
/// @par Source      RFC 6455 5.3
/// @par Complexity  O(bytes.size()), no allocation
constexpr mask_key mask(byte_span bytes, mask_key key) noexcept
{
    return mask(bytes, bytes, key);
}

namespace detail {

/// As `mask`; `key` becomes the key for the byte after the last.
constexpr void mask_stream(std::span<const std::byte> from, std::span<std::byte> to, mask_key& key) noexcept
{
    if (std::is_constant_evaluated() || !optimize_size)
        key = mask(from, to, key);
    else
        compact::mask_stream(from.data(), to.data(), from.size(), key.bytes.data());
}

/// As `mask`, for not more than 128 bytes, without calls and loops.
SOCKLESS_INLINE constexpr void mask_copy_small(std::span<const std::byte> from, std::span<std::byte> to,
                                               mask_key key) noexcept
{
    SOCKLESS_ASSERT(from.size() <= simd::short_size && to.size() >= from.size());
    if (std::is_constant_evaluated())
        mask_bytewise(from, to.data(), key);
    else
        simd::mask_short(from.data(), to.data(), from.size(), std::bit_cast<std::uint32_t>(key.bytes));
}

} // namespace detail

} // namespace sockless::inline SOCKLESS_ABI
