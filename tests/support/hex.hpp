// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Converts hexadecimal text, as in a specification, to bytes and back.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace support {

using byte_vector = std::vector<std::byte>;

/// `"81 05 | 48656c6c6f"` as bytes. White space and `|` separate; anything else that is not a pair of hex digits throws.
inline byte_vector bytes_of(std::string_view hex)
{
    constexpr std::string_view digits = "0123456789abcdef";
    byte_vector result;
    std::size_t high = 16;
    for (const char c : hex) {
        const char lower = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
        const std::size_t value = digits.find(lower);
        if (value != std::string_view::npos) {
            if (high == 16) {
                high = value;
            } else {
                result.push_back(static_cast<std::byte>(high * 16 + value));
                high = 16;
            }
        } else if (high != 16 || std::string_view{" \t\r\n|"}.find(c) == std::string_view::npos) {
            throw std::invalid_argument("not hex: " + std::string(hex));
        }
    }
    if (high != 16)
        throw std::invalid_argument("half a byte at the end of: " + std::string(hex));
    return result;
}

/// The characters as bytes.
inline byte_vector text(std::string_view characters)
{
    byte_vector result(characters.size());
    for (std::size_t i = 0; i < characters.size(); ++i)
        result[i] = static_cast<std::byte>(characters[i]);
    return result;
}

inline byte_vector repeat(std::size_t count, std::byte value)
{
    return byte_vector(count, value);
}

inline byte_vector repeat(std::size_t count, char value)
{
    return byte_vector(count, static_cast<std::byte>(value));
}

/// Concatenates pieces.
inline byte_vector join(std::initializer_list<std::span<const std::byte>> parts)
{
    byte_vector result;
    for (const std::span<const std::byte> part : parts)
        result.insert(result.end(), part.begin(), part.end());
    return result;
}

/// `81 05 48`, in lower case.
inline std::string to_hex(std::span<const std::byte> bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result;
    result.reserve(bytes.size() * 3);
    for (const std::byte b : bytes) {
        if (!result.empty())
            result += ' ';
        result += digits[std::to_integer<std::size_t>(b >> 4)];
        result += digits[std::to_integer<std::size_t>(b & std::byte{0xF})];
    }
    return result;
}

/// Bytes as characters, for comparing with a literal.
inline std::string to_string(std::span<const std::byte> bytes)
{
    std::string result;
    result.reserve(bytes.size());
    for (const std::byte b : bytes)
        result += static_cast<char>(b);
    return result;
}

} // namespace support
