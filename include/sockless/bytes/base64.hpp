// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns bytes into base64 text and back (RFC 4648 4: the standard alphabet, always padded).
#pragma once

#include "../config.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

/// The characters that `count` bytes become, padding included.
[[nodiscard]] constexpr std::size_t base64_size(std::size_t count) noexcept
{
    return (count / 3 + (count % 3 != 0 ? 1 : 0)) * 4;
}

/// The base64 form of a known number of bytes. 16 bytes make a key, 20 make an accept value.
template <std::size_t Bytes>
struct base64_text {
    constexpr base64_text() noexcept
    {
        if (std::is_constant_evaluated())
            characters = {}; // elsewhere `base64_encode` writes all of it
    }

    std::array<char, base64_size(Bytes)> characters;

    /// Valid as long as this object is.
    [[nodiscard]] constexpr std::string_view view() const noexcept { return {characters.data(), characters.size()}; }
};

namespace detail {

inline constexpr std::string_view base64_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// The same for small code.
[[nodiscard]] constexpr char base64_character(std::uint32_t value) noexcept
{
    const unsigned first = value < 26    ? 'A'
                           : value < 52  ? 'a' - 26U
                           : value < 62  ? '0' - 52U
                           : value == 62 ? '+' - 62U
                                         : '/' - 63U;
    return static_cast<char>(first + value);
}

/// Writes the base64 form of a number, but for the padding. For small code.
///
/// `number`  in words, the last one first; used up
SOCKLESS_NOINLINE constexpr void base64_of_words(std::uint32_t* number, std::size_t bytes, char* text) noexcept
{
    for (std::size_t bit = 0; bit < 8 * bytes; bit += 6) {
        std::uint32_t moving = 0;
        for (std::size_t i = 0; i < bytes / sizeof moving; ++i) {
            const std::uint32_t highest = number[i] >> 26U;
            number[i] = number[i] << 6U | moving;
            moving = highest;
        }
        *text++ = base64_character(moving);
    }
}

inline constexpr std::uint8_t not_base64 = 0xFF;

inline constexpr std::array<std::uint8_t, 256> base64_values = [] {
    std::array<std::uint8_t, 256> values{};
    for (std::uint8_t& value : values)
        value = not_base64;
    for (std::size_t i = 0; i < base64_alphabet.size(); ++i)
        values[static_cast<unsigned char>(base64_alphabet[i])] = static_cast<std::uint8_t>(i);
    return values;
}();

/// The six bits that `c` stands for, or more than that.
[[nodiscard]] constexpr std::uint32_t base64_value(char c) noexcept
{
    if constexpr (!optimize_size)
        return base64_values[static_cast<unsigned char>(c)];
    std::uint32_t value = 0;
    while (value < base64_alphabet.size() && base64_alphabet[value] != c)
        ++value;
    return value;
}

} // namespace detail

/// Writes the base64 form of all of `bytes` to the front of `text`.
///
/// `bytes`   looked at during the call only
/// `text`    at least `base64_size(bytes.size())` characters
/// cost      O(bytes.size())
constexpr void base64_encode(std::span<const std::byte> bytes, std::span<char> text) noexcept
{
    SOCKLESS_ASSERT(text.size() >= base64_size(bytes.size()));
    const auto octet = [bytes](std::size_t i) { return std::to_integer<std::uint32_t>(bytes[i]); };
    const auto character = [](std::uint32_t group, unsigned shift) {
        return detail::base64_alphabet[(group >> shift) & 0x3FU];
    };
    std::size_t from = 0;
    std::size_t to = 0;
    if constexpr (detail::optimize_size) {
        std::uint32_t waiting = 0;
        unsigned bits = 0; // of those, how many have not been written
        for (; to < base64_size(bytes.size()); ++to) {
            if (bits < 6) {
                waiting = waiting << 8U | (from < bytes.size() ? octet(from) : 0);
                ++from;
                bits += 8;
            }
            bits -= 6;
            text[to] = 6 * to >= 8 * bytes.size() ? '=' : detail::base64_character(waiting >> bits & 0x3FU);
        }
        return;
    }
    for (; bytes.size() - from >= 3; from += 3, to += 4) {
        const std::uint32_t group = octet(from) << 16U | octet(from + 1) << 8U | octet(from + 2);
        text[to] = character(group, 18);
        text[to + 1] = character(group, 12);
        text[to + 2] = character(group, 6);
        text[to + 3] = character(group, 0);
    }
    const std::size_t left = bytes.size() - from;
    if (left == 0)
        return;
    const std::uint32_t group = octet(from) << 16U | (left == 2 ? octet(from + 1) << 8U : 0);
    text[to] = character(group, 18);
    text[to + 1] = character(group, 12);
    text[to + 2] = left == 2 ? character(group, 6) : '=';
    text[to + 3] = '=';
}

/// Whether `text` is the padded base64 form of `count` bytes; other characters are never skipped.
///
/// Non-zero pad bits in the last group are accepted. RFC 4648 3.5 leaves that open; RFC 6455 prints a sample key that has them
/// (erratum 3150), and a key is hashed as text, so that nothing depends on what they are.
///
/// source    RFC 4648 3.3, 3.5, 4; RFC 6455 4.3
/// cost      O(count), however long `text` is
[[nodiscard]] constexpr bool is_base64(std::string_view text, std::size_t count) noexcept
{
    using detail::base64_value;
    const std::size_t characters = (count * 8 + 5) / 6;
    if (text.size() != base64_size(count))
        return false;
    if constexpr (detail::optimize_size) {
        for (std::size_t i = 0; i < text.size(); ++i) {
            const auto c = static_cast<unsigned char>(text[i]);
            const bool letter = (c | 0x20U) - 'a' < 26;
            const bool stands = c == '+' || c - unsigned{'/'} < 11 || letter; // the digits stand behind the slash
            if (i < characters ? !stands : c != '=')
                return false;
        }
        return true;
    }
    std::uint32_t seen = 0; // of all values: a character that is none leaves its mark above the six bits
    std::size_t i = 0;
    for (; characters - i >= 4; i += 4)
        seen |=
            base64_value(text[i]) | base64_value(text[i + 1]) | base64_value(text[i + 2]) | base64_value(text[i + 3]);
    for (; i < characters; ++i)
        seen |= base64_value(text[i]);
    for (; i < text.size(); ++i)
        if (text[i] != '=')
            return false;
    return seen < detail::base64_alphabet.size();
}

/// Reads `text` into `out`, which says how many bytes there have to be.
///
/// `text`    looked at during the call only
/// `out`     unchanged if the answer is false
/// returns   `is_base64`, which see for what is accepted
/// cost      O(out.size()), however long `text` is
[[nodiscard]] constexpr bool base64_decode(std::string_view text, std::span<std::byte> out) noexcept
{
    if (!is_base64(text, out.size()))
        return false;
    std::uint32_t waiting = 0;
    unsigned bits = 0; // of those, how many have not been written
    std::size_t to = 0;
    for (std::size_t from = 0; to < out.size(); ++from) {
        waiting = (waiting << 6U | detail::base64_value(text[from])) & 0xFFFFU;
        bits += 6;
        if (bits >= 8)
            out[to++] = static_cast<std::byte>(waiting >> (bits -= 8));
    }
    return true;
}

} // namespace sockless::inline SOCKLESS_ABI
