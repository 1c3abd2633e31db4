// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file masks and unmasks payload: byte i is XORed with byte i mod 4 of the key (RFC 6455 5.3).
#pragma once

#include "../config.hpp"
#include SOCKLESS_SIMD_FILE

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

/// The four bytes in the order of the wire.
struct mask_key {
    std::array<std::byte, 4> bytes{};

    friend constexpr bool operator==(const mask_key&, const mask_key&) = default;
};

/// The key for what follows after `count` bytes: masking may stop and go on anywhere in a frame.
[[nodiscard]] constexpr mask_key rotate(mask_key key, std::size_t count) noexcept
{
    using bytes = std::array<std::byte, 4>;
    return {std::bit_cast<bytes>(detail::portable::rotated_key(std::bit_cast<std::uint32_t>(key.bytes), count))};
}

namespace detail {

/// Byte by byte: what the compiler evaluates, and what the vector code is compared with.
constexpr void mask_bytewise(std::span<const std::byte> from, std::byte* to, mask_key key) noexcept
{
    for (std::size_t i = 0; i < from.size(); ++i)
        to[i] = from[i] ^ key.bytes[i % 4];
}

} // namespace detail

/// Masks `from` into `to`, or unmasks it: the operation is its own inverse.
///
/// `from`    looked at during the call only
/// `to`      at least as long; either the same bytes as `from` or disjoint from it
/// `key`     as it stands for the first byte of `from`
/// returns   the key as it stands for the byte after the last
/// source    RFC 6455 5.3
/// cost      O(from.size())
constexpr mask_key mask_copy(std::span<const std::byte> from, std::span<std::byte> to, mask_key key) noexcept
{
    SOCKLESS_ASSERT(to.size() >= from.size());
    if (std::is_constant_evaluated()) {
        detail::mask_bytewise(from, to.data(), key);
    } else if (detail::optimize_size) {
        detail::portable::mask_stream(from.data(), to.data(), from.size(), key.bytes.data());
        return key;
    } else {
        detail::simd::mask(from.data(), to.data(), from.size(), std::bit_cast<std::uint32_t>(key.bytes));
    }
    return rotate(key, from.size());
}

/// `mask_copy`, and `key` goes on in its place.
constexpr void mask_stream(std::span<const std::byte> from, std::span<std::byte> to, mask_key& key) noexcept
{
    if (detail::optimize_size && !std::is_constant_evaluated())
        detail::portable::mask_stream(from.data(), to.data(), from.size(), key.bytes.data());
    else
        key = mask_copy(from, to, key);
}

/// `mask_copy` of at most 128 bytes, by a way without calls and loops.
SOCKLESS_INLINE constexpr void mask_copy_small(std::span<const std::byte> from, std::span<std::byte> to,
                                               mask_key key) noexcept
{
    SOCKLESS_ASSERT(from.size() <= detail::simd::short_size && to.size() >= from.size());
    if (std::is_constant_evaluated())
        detail::mask_bytewise(from, to.data(), key);
    else
        detail::simd::mask_short(from.data(), to.data(), from.size(), std::bit_cast<std::uint32_t>(key.bytes));
}

/// The same in place.
constexpr mask_key mask(std::span<std::byte> bytes, mask_key key) noexcept
{
    return mask_copy(bytes, bytes, key);
}

} // namespace sockless::inline SOCKLESS_ABI
