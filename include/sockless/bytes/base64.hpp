// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns bytes into base64 text and back (RFC 4648 4: the standard alphabet, always padded).
#pragma once

#include "../config.hpp"
#include "byte_view.hpp"
#include "compact/base64.hpp"
#include "fast/base64.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

namespace detail {

/// Returns the number of characters that @p count bytes become, padding included.
[[nodiscard]] constexpr std::size_t base64_size(std::size_t count) noexcept
{
    return (count / 3 + (count % 3 != 0 ? 1 : 0)) * 4;
}

/// The base64 form of a known number of bytes: 16 bytes make a key, 20 make an accept value.
template <std::size_t Bytes>
struct base64_text {
    /// Leaves the characters uninitialised: `base64_encode` writes all of them.
    constexpr base64_text() noexcept
    {
        if (std::is_constant_evaluated())
            characters = {}; // C++20 has no uninitialised members in constant expressions
    }

    std::array<char, base64_size(Bytes)> characters;

    /// Returns the characters. Valid as long as this object is.
    [[nodiscard]] constexpr std::string_view view() const noexcept { return {characters.data(), characters.size()}; }
};

using compact::base64_of_words;

/// Writes the base64 form of all of @p bytes to the front of @p text.
///
/// @param bytes      read during the call only
/// @param[out] text  at least `base64_size(bytes.size())` characters
/// @pre `text` is long enough
/// @par Source      RFC 4648 4
/// @par Complexity  O(bytes.size())
constexpr void base64_encode(byte_view bytes, std::span<char> text) noexcept
{
    SOCKLESS_ASSERT(text.size() >= base64_size(bytes.size()));
    const auto octet = [bytes](std::size_t i) { return std::to_integer<std::uint32_t>(bytes.data()[i]); };
    const auto character = [](std::uint32_t group, unsigned shift) {
        return fast::base64_alphabet[(group >> shift) & 0x3FU];
    };
    std::size_t from = 0;
    std::size_t to = 0;
    for (; bytes.size() - from >= 3; from += 3, to += 4) {
        const std::uint32_t group = octet(from) << 16U | octet(from + 1) << 8U | octet(from + 2);
        text[to] = character(group, 18);
        text[to + 1] = character(group, 12);
        text[to + 2] = character(group, 6);
        text[to + 3] = character(group, 0);
    }
    const std::size_t remaining = bytes.size() - from;
    if (remaining == 0)
        return;
    const std::uint32_t group = octet(from) << 16U | (remaining == 2 ? octet(from + 1) << 8U : 0);
    text[to] = character(group, 18);
    text[to + 1] = character(group, 12);
    text[to + 2] = remaining == 2 ? character(group, 6) : '=';
    text[to + 3] = '=';
}

/// Returns whether @p text is the padded base64 form of @p count bytes; other characters are never skipped.
///
/// Non-zero pad bits in the last group are accepted. RFC 4648 3.5 allows either; RFC 6455 prints a sample key that has them
/// (erratum 3150), and a key is hashed as text, so that nothing depends on their value.
///
/// @param text   read during the call only
/// @param count  the number of bytes that it has to represent
/// @par Source      RFC 4648 3.3, 3.5, 4; RFC 6455 4.3
/// @par Complexity  O(count), for any length of `text`
[[nodiscard]] constexpr bool is_base64(std::string_view text, std::size_t count) noexcept
{
    if (text.size() != base64_size(count))
        return false;
    const std::size_t characters = (count * 8 + 5) / 6;
    if (!code::all_base64(text.data(), characters))
        return false;
    for (std::size_t i = characters; i < text.size(); ++i)
        if (text[i] != '=')
            return false;
    return true;
}

} // namespace detail

} // namespace sockless::inline SOCKLESS_ABI
