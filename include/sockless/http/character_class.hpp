// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file defines which characters HTTP and URIs allow where (RFC 9110 5, RFC 3986 2), and the few functions over text that the
/// handshake needs. All of them work on octets in ASCII: no locale, no Unicode folding.
#pragma once

#include "../bytes/ascii_scan.hpp"
#include "../config.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

namespace detail {

/// The sets that a character can belong to. One table answers every question about one octet with one look-up.
enum character_class : std::uint8_t {
    token_character = 0x01,    // RFC 9110 5.6.2
    value_character = 0x02,    // RFC 9110 5.5: HTAB, SP, visible ASCII, 0x80-0xFF
    visible_character = 0x04,  // RFC 5234: 0x21-0x7E
    white_space = 0x08,        // RFC 9110 5.6.3: SP, HTAB
    reg_name_character = 0x10, // RFC 3986 3.2.2: unreserved, sub-delims; without percent-encoding
    path_character = 0x20,     // RFC 3986 3.3: the same, ":", "@" and "/"
    hex_digit = 0x40,
    decimal_digit = 0x80,
};

inline constexpr std::array<std::uint8_t, 256> character_classes = [] {
    std::array<std::uint8_t, 256> table{};
    const auto add = [&table](std::string_view characters, unsigned classes) {
        for (const char c : characters) {
            std::uint8_t& entry = table[static_cast<unsigned char>(c)];
            entry = static_cast<std::uint8_t>(entry | classes);
        }
    };
    for (std::size_t i = 0; i < table.size(); ++i) {
        const bool visible = i > 0x20 && i < 0x7F;
        table[i] =
            static_cast<std::uint8_t>((visible ? visible_character : 0) | (visible || i > 0x7F ? value_character : 0));
    }
    add(" \t", white_space | value_character);
    add("0123456789", token_character | reg_name_character | path_character | hex_digit | decimal_digit);
    add("abcdefABCDEF", hex_digit);
    add("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", token_character | reg_name_character | path_character);
    add("!#$%&'*+-.^_`|~", token_character);
    add("-._~!$&'()*+,;=", reg_name_character | path_character);
    add(":@/", path_character);
    return table;
}();

/// The same table in 73 octets: the lower half has nine combinations of classes, the upper half has one.
struct compact_character_classes {
    std::array<std::uint8_t, 64> pairs;
    std::array<std::uint8_t, 9> combinations;
};
inline constexpr compact_character_classes compact_classes = [] {
    compact_character_classes compact{};
    std::size_t count = 0;
    for (std::size_t octet = 0; octet < 0x80; ++octet) {
        std::size_t i = 0;
        while (i < count && compact.combinations[i] != character_classes[octet])
            ++i;
        if (i == count)
            compact.combinations[count++] = character_classes[octet];
        compact.pairs[octet / 2] = static_cast<std::uint8_t>(compact.pairs[octet / 2] | i << octet % 2 * 4);
    }
    return compact;
}();

/// Characters are looked up in a table of one entry each, and compared several at a time.
inline constexpr bool has_fast_characters = !optimize_size;

/// Returns all classes of a character.
[[nodiscard]] constexpr unsigned classes_of(char c) noexcept
{
    const auto octet = static_cast<unsigned char>(c);
    if constexpr (has_fast_characters)
        return character_classes[octet];
    if (octet >= 0x80)
        return value_character;
    return compact_classes.combinations[unsigned{compact_classes.pairs[octet / 2]} >> octet % 2 * 4 & 0x0FU];
}

[[nodiscard]] constexpr bool has_class(char c, character_class wanted) noexcept
{
    return (classes_of(c) & wanted) != 0;
}

/// Returns the number of `Wanted` characters before the first other one.
template <character_class Wanted>
[[nodiscard]] constexpr std::size_t span_of(std::string_view text) noexcept
{
    std::size_t i = 0;
    if (!std::is_constant_evaluated()) {
        if constexpr (Wanted == value_character)
            i = span_control_free(text);
        else if constexpr (Wanted == visible_character)
            i = simd::span_visible(text.data(), text.size());
        else if constexpr (Wanted == token_character || Wanted == reg_name_character || Wanted == path_character)
            i = simd::span_name(text.data(), text.size());
    }
    while (i < text.size() && has_class(text[i], Wanted))
        ++i;
    return i;
}

template <character_class Wanted>
[[nodiscard]] constexpr bool all_of(std::string_view text) noexcept
{
    return span_of<Wanted>(text) == text.size();
}

/// std::string_view::substr without the code that throws, which would bring the heap into images of firmware.
///
/// @pre `begin <= text.size()`
[[nodiscard]] constexpr std::string_view subview(std::string_view text, std::size_t begin,
                                                 std::size_t count = std::string_view::npos) noexcept
{
    SOCKLESS_ASSERT(begin <= text.size());
    const std::size_t remaining = text.size() - begin;
    return {text.data() + begin, count < remaining ? count : remaining};
}

/// Returns the text before the first `end`, or all of it.
[[nodiscard]] constexpr std::string_view before(std::string_view text, char end) noexcept
{
    return {text.data(), std::is_constant_evaluated() ? portable::find(text.data(), text.size(), end)
                                                      : simd::find(text.data(), text.size(), end)};
}

/// `a == b` without memcmp, which images of firmware would have for this alone.
[[nodiscard]] constexpr bool equal(const char* a, std::size_t size, const char* b, std::size_t other_size) noexcept
{
    if (size != other_size)
        return false;
    while (size > 0) { // from the end, because names that are alike differ there
        --size;
        if (a[size] != b[size])
            return false;
    }
    return true;
}
[[nodiscard]] constexpr bool equal(std::string_view a, std::string_view b) noexcept
{
    return equal(a.data(), a.size(), b.data(), b.size());
}

/// SP or HTAB.
[[nodiscard]] constexpr bool is_white_space(char c) noexcept
{
    return c == ' ' || c == '\t';
}

/// Returns the length of a text without the white space at its end.
[[nodiscard]] constexpr std::size_t trimmed_size(const char* text, std::size_t size) noexcept
{
    while (size != 0 && is_white_space(text[size - 1]))
        --size;
    return size;
}

/// Returns a view of `text` without the white space around it (RFC 9110 5.5).
[[nodiscard]] constexpr std::string_view trimmed(std::string_view text) noexcept
{
    while (!text.empty() && is_white_space(text.front()))
        text.remove_prefix(1);
    return {text.data(), trimmed_size(text.data(), text.size())};
}

[[nodiscard]] constexpr char to_lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

/// Returns the value of a decimal number that is known to be one.
[[nodiscard]] constexpr unsigned parse_number(std::string_view digits) noexcept
{
    unsigned value = 0;
    for (const char c : digits)
        value = value * 10 + static_cast<unsigned>(c - '0');
    return value;
}

/// Writes a number in decimal to the end of `room`, and returns a view of it.
[[nodiscard]] constexpr std::string_view format_number(std::unsigned_integral auto value,
                                                       std::array<char, 20>& room) noexcept
{
    std::size_t begin = room.size();
    do {
        room[--begin] = static_cast<char>('0' + value % 10);
        value /= 10;
    } while (value != 0);
    return {room.data() + begin, room.size() - begin};
}

/// A literal as an argument of a template.
template <std::size_t Size>
struct literal {
    constexpr literal(const char (&from)[Size]) noexcept : text{std::to_array(from)} {} // NOLINT: written like a text
    [[nodiscard]] constexpr std::string_view view() const noexcept { return {text.data(), Size - 1}; }

    std::array<char, Size> text;
};
template <std::size_t Size>
literal(const char (&)[Size]) -> literal<Size>;

/// `equals_ignoring_case`, always inlined.
[[nodiscard]] SOCKLESS_INLINE constexpr bool iequal(std::string_view a, std::string_view b) noexcept
{
    if (a.size() != b.size())
        return false;
    if (has_fast_characters && !std::is_constant_evaluated()) {
        if (a.size() >= sizeof(std::uint64_t))
            return match_ignoring_case<std::uint64_t>(a.data(), b.data(), a.size());
        if (a.size() >= sizeof(std::uint32_t))
            return match_ignoring_case<std::uint32_t>(a.data(), b.data(), a.size());
    }
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a[i] != b[i] && to_lower(a[i]) != to_lower(b[i]))
            return false;
    return true;
}

/// Returns the value of a hexadecimal digit, or 16.
[[nodiscard]] constexpr unsigned digit_value(char c) noexcept
{
    const char lower = to_lower(c);
    return c >= '0' && c <= '9'           ? static_cast<unsigned>(c - '0')
           : lower >= 'a' && lower <= 'f' ? static_cast<unsigned>(lower - 'a') + 10
                                          : 16;
}

} // namespace detail

/// Returns whether a text is a token: at least one character, and only letters, digits and the other characters of `tchar`
///
/// @par Source      RFC 9110 5.6.2
/// @par Complexity  O(text.size())
[[nodiscard]] constexpr bool is_token(std::string_view text) noexcept
{
    return !text.empty() && detail::all_of<detail::token_character>(text);
}

namespace detail {

/// Compares two texts; the letters A-Z and a-z are equal and nothing else: U+212A is not a K, whatever the locale.
///
/// @par Source      RFC 6455 2.1
/// @par Complexity  O(a.size())
[[nodiscard]] constexpr bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept
{
    return iequal(a, b);
}

} // namespace detail

} // namespace sockless::inline SOCKLESS_ABI
