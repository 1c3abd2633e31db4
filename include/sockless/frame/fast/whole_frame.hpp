// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file reads and unmasks a message that is whole in the input, in one frame of up to 65535 bytes, without the state of a parser.
/// For message_reader.hpp, which reads every other frame with frame_parser.hpp.
#pragma once

#include "../../bytes/endian.hpp"
#include "../../bytes/simd/chosen.hpp"
#include "../../bytes/utf8_stream.hpp"
#include "../../config.hpp"
#include "../../core/opcode.hpp"
#include "../../core/role.hpp"
#include "../frame_header.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace sockless::inline SOCKLESS_ABI::detail::fast {

/// Returns whether a first byte begins a final text or binary frame without reserved bits.
[[nodiscard]] constexpr bool begins_message(unsigned first) noexcept
{
    return first == (wire::fin | static_cast<unsigned>(opcode::text)) ||
           first == (wire::fin | static_cast<unsigned>(opcode::binary));
}

/// Reads a message with a length of one byte, without a branch on that length. The message is the end of what was consumed.
///
/// @param limit  one more than the greatest size to be read, which is up to 125
/// @return whether there was one; nothing is changed otherwise. Where payload is masked, `simd::scratch_size` bytes after the header
///         are readable then
template <role Role>
SOCKLESS_INLINE bool read_small(std::span<std::byte>& in, std::size_t limit, opcode& op, std::size_t& size) noexcept
{
    constexpr bool masked = Role == role::server;
    constexpr std::size_t header = masked ? 6 : 2;
    if (in.size() < header + (masked ? simd::scratch_size : 0))
        return false;
    const auto first = std::to_integer<unsigned>(in[0]);
    // The next header waits for this length: it is negative where the bit is missing, and so too large.
    constexpr std::ptrdiff_t mask_bit = masked ? wire::mask : 0;
    const auto length = static_cast<std::size_t>(std::to_integer<std::ptrdiff_t>(in[1]) - mask_bit);
    if (!begins_message(first) || length >= limit || (!masked && length > in.size() - header))
        return false;
    op = static_cast<opcode>(first & wire::opcode);
    size = length;
    in = in.subspan(header + length);
    return true;
}

/// The size of a header with a length of two bytes.
template <role Role>
inline constexpr std::size_t medium_header = Role == role::server ? 8 : 4;

/// Returns whether `in` begins with a header that has a length of two bytes.
template <role Role>
[[nodiscard]] constexpr bool has_medium(std::span<const std::byte> in) noexcept
{
    constexpr unsigned second = Role == role::server ? wire::mask | wire::length_16 : wire::length_16;
    return in.size() >= medium_header<Role> && std::to_integer<unsigned>(in[1]) == second;
}

/// As `read_small`, for a message with a length of two bytes.
///
/// @param max_size  the greatest size to be read
/// @pre `has_medium<Role>(in)`
template <role Role>
SOCKLESS_INLINE bool read_medium(std::span<std::byte>& in, std::uint64_t max_size, opcode& op,
                                 std::size_t& size) noexcept
{
    const auto first = std::to_integer<unsigned>(in[0]);
    const std::size_t length = load_big_endian<std::uint16_t>(in.subspan(2));
    if (!begins_message(first) || length < wire::length_16 || length > in.size() - medium_header<Role> ||
        length > max_size)
        return false;
    op = static_cast<opcode>(first & wire::opcode);
    size = length;
    in = in.subspan(medium_header<Role> + length);
    return true;
}

/// Returns the key, which is the end of a header.
[[nodiscard]] inline std::uint32_t key_before(const std::byte* payload) noexcept
{
    std::uint32_t key = 0;
    std::memcpy(&key, payload - sizeof key, sizeof key);
    return key;
}

/// Unmasks the payload that `read_small` has found into @p to, which has `simd::scratch_size` bytes. A client's stays where it is.
///
/// @return where the payload is
template <role Role>
[[nodiscard]] SOCKLESS_INLINE const std::byte* unmask_small(const std::byte* payload, std::byte* to) noexcept
{
    if constexpr (Role == role::client) {
        return payload;
    } else {
        simd::mask_fixed_128(payload, to, key_before(payload));
        return to;
    }
}

/// As `unmask_small`, for text.
///
/// @return where the payload is, or null if it is not UTF-8
template <role Role>
[[nodiscard]] SOCKLESS_INLINE const std::byte* unmask_small_text(const std::byte* payload, std::size_t size,
                                                                 std::byte* to) noexcept
{
    if constexpr (Role == role::client)
        return is_utf8(payload, size) ? payload : nullptr;
    else
        return simd::mask_fixed_128_text(payload, to, size, key_before(payload)) ? to : nullptr;
}

/// Unmasks the payload that `read_medium` has found, in place.
///
/// @return false if it is text that is not UTF-8
template <role Role>
[[nodiscard]] SOCKLESS_INLINE bool unmask_medium(std::byte* payload, std::size_t size, bool is_text) noexcept
{
    if constexpr (Role == role::client) {
        return !is_text || simd::is_text(payload, size);
    } else {
        const std::uint32_t key = key_before(payload);
        if (is_text)
            return simd::mask_text_medium(payload, size, key);
        simd::mask_medium(payload, size, key);
        return true;
    }
}

} // namespace sockless::inline SOCKLESS_ABI::detail::fast
