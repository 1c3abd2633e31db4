// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Converts untrusted bytes into text that is safe for logs and terminals.
#pragma once

#include <sockless/bytes/copy.hpp>
#include <sockless/bytes/sha1.hpp>
#include <sockless/bytes/utf8_stream.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace example {

/// @return two hexadecimal digits per byte, separated by @p between
[[nodiscard]] inline std::string hex(std::span<const std::byte> bytes, std::string_view between = {})
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result;
    for (const std::byte byte : bytes) {
        if (!result.empty())
            result += between;
        result += digits[std::to_integer<std::size_t>(byte >> 4)];
        result += digits[std::to_integer<std::size_t>(byte & std::byte{0x0F})];
    }
    return result;
}

/// @return "sha1=..." for content that is too long to print
[[nodiscard]] inline std::string digest(std::span<const std::byte> bytes)
{
    sockless::sha1 hash;
    hash.update(bytes);
    return "sha1=" + hex(hash.digest());
}

/// @param text  not empty
/// @return the size of the first character of @p text; 0 if it is a control character or not UTF-8
[[nodiscard]] inline std::size_t printable_prefix(std::string_view text) noexcept
{
    const auto first = static_cast<unsigned char>(text.front());
    if (first < 0x80)
        return first >= 0x20 && first != 0x7F ? 1 : 0;
    const std::size_t size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (size > text.size() || !sockless::is_utf8(sockless::as_bytes(text.substr(0, size))))
        return 0;
    return first == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0
               ? 0
               : size; // U+0080 to U+009F are control characters
}

/// @return @p text in quotation marks; bytes that are not printable become \xNN
[[nodiscard]] inline std::string quoted(std::string_view text)
{
    std::string result = "\"";
    while (!text.empty()) {
        const std::size_t size = printable_prefix(text);
        if (text.front() == '"' || text.front() == '\\')
            result += '\\';
        if (size != 0)
            result += text.substr(0, size);
        else if (text.front() == '\n')
            result += "\\n";
        else
            result += "\\x" + hex(sockless::as_bytes(text.substr(0, 1)));
        text.remove_prefix(size == 0 ? 1 : size);
    }
    return result + '"';
}

} // namespace example
