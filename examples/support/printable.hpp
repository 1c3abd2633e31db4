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

/// @return whether a character changes how the text around it is displayed: line and paragraph separators, and the controls of
///         bidirectional text (Unicode Standard Annex 9), with which a line can be made to look like another one
[[nodiscard]] inline bool is_layout_control(std::string_view character) noexcept
{
    if (character == "\xD8\x9C" || !character.starts_with("\xE2")) // U+061C
        return character == "\xD8\x9C";
    const std::string_view rest = character.substr(1);
    // U+200E, U+200F, U+2028 to U+202E; U+2066 to U+2069
    return (rest >= "\x80\x8E" && rest <= "\x80\x8F") || (rest >= "\x80\xA8" && rest <= "\x80\xAE") ||
           (rest >= "\x81\xA6" && rest <= "\x81\xA9");
}

/// @param text  not empty
/// @return the size of the first character of @p text; 0 if it is a control character, changes the layout or is not UTF-8
[[nodiscard]] inline std::size_t printable_prefix(std::string_view text) noexcept
{
    const auto first = static_cast<unsigned char>(text.front());
    if (first < 0x80)
        return first >= 0x20 && first != 0x7F ? 1 : 0;
    const std::size_t size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (size > text.size() || !sockless::is_utf8(sockless::as_bytes(text.substr(0, size))))
        return 0;
    if (is_layout_control(text.substr(0, size)))
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

/// @return the first @p max_size bytes of @p text, as `quoted`; "..." follows if that is not all
[[nodiscard]] inline std::string quoted_begin(std::string_view text, std::size_t max_size)
{
    return quoted(text.substr(0, max_size)) + (text.size() > max_size ? " ..." : "");
}

/// @return `quoted(text)` without the quotation marks
[[nodiscard]] inline std::string escaped(std::string_view text)
{
    const std::string result = quoted(text);
    return result.substr(1, result.size() - 2);
}

} // namespace example
