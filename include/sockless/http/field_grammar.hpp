// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file says which characters may stand where in HTTP and in URIs, and takes field values apart (RFC 9110 5.6).
/// Everything works on octets in ASCII: no locale, no Unicode folding.
#pragma once

#include "../bytes/ascii_scan.hpp"
#include "../config.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

namespace detail {

/// What a character may be part of. One table answers every question about one octet with one look-up.
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

/// The same in fewer octets, for small code: there are nine kinds of characters in the lower half, and one in the upper.
struct character_kinds {
    std::array<std::uint8_t, 64> pairs;
    std::array<std::uint8_t, 9> classes;
};
inline constexpr character_kinds kinds_of_characters = [] {
    character_kinds kinds{};
    std::size_t count = 0;
    for (std::size_t octet = 0; octet < 0x80; ++octet) {
        std::size_t kind = 0;
        while (kind < count && kinds.classes[kind] != character_classes[octet])
            ++kind;
        if (kind == count)
            kinds.classes[count++] = character_classes[octet];
        kinds.pairs[octet / 2] = static_cast<std::uint8_t>(kinds.pairs[octet / 2] | kind << octet % 2 * 4);
    }
    return kinds;
}();

/// All that an octet is part of.
[[nodiscard]] constexpr unsigned classes_of(char c) noexcept
{
    const auto octet = static_cast<unsigned char>(c);
    if constexpr (!optimize_size)
        return character_classes[octet];
    if (octet >= 0x80)
        return value_character;
    return kinds_of_characters.classes[kinds_of_characters.pairs[octet / 2] >> octet % 2 * 4 & 0x0FU];
}

[[nodiscard]] constexpr bool is(char c, character_class wanted) noexcept
{
    return (classes_of(c) & wanted) != 0;
}

/// The length of the run of `Wanted` characters at the front of `text`.
template <character_class Wanted>
[[nodiscard]] constexpr std::size_t span_of(std::string_view text) noexcept
{
    std::size_t i = 0;
    if (!optimize_size && !std::is_constant_evaluated()) {
        if constexpr (Wanted == value_character)
            i = span_control_free(text);
        else if constexpr (Wanted == visible_character)
            i = simd::span_visible(text.data(), text.size());
        else if constexpr (Wanted == token_character || Wanted == reg_name_character)
            i = simd::span_name(text.data(), text.size());
    }
    while (i < text.size() && is(text[i], Wanted))
        ++i;
    return i;
}

template <character_class Wanted>
[[nodiscard]] constexpr bool all_are(std::string_view text) noexcept
{
    return span_of<Wanted>(text) == text.size();
}

/// What std::string_view::substr gives. That one brings the code that throws, and with it the heap, into images of firmware.
///
/// `begin`   at most `text.size()`
[[nodiscard]] constexpr std::string_view part(std::string_view text, std::size_t begin,
                                              std::size_t count = std::string_view::npos) noexcept
{
    SOCKLESS_ASSERT(begin <= text.size());
    const std::size_t rest = text.size() - begin;
    return {text.data() + begin, count < rest ? count : rest};
}

/// What stands before the first `end`, or all of it.
[[nodiscard]] constexpr std::string_view up_to(std::string_view text, char end) noexcept
{
    return {text.data(), portable::find(text.data(), text.size(), end)};
}

/// `a == b` for small code, without memcmp.
[[nodiscard]] constexpr bool same_octets(const char* a, std::size_t size, const char* b,
                                         std::size_t other_size) noexcept
{
    if (size != other_size)
        return false;
    for (std::size_t i = 0; i < size; ++i)
        if (a[i] != b[i])
            return false;
    return true;
}

/// `a == b`
[[nodiscard]] constexpr bool same(std::string_view a, std::string_view b) noexcept
{
    return optimize_size ? same_octets(a.data(), a.size(), b.data(), b.size()) : a == b;
}

/// `text.starts_with(wanted)` without strlen and memcmp.
template <std::size_t Size>
[[nodiscard]] constexpr bool begins_with(std::string_view text, const char (&wanted)[Size]) noexcept
{
    return text.size() >= Size - 1 && same({text.data(), Size - 1}, {wanted, Size - 1});
}

} // namespace detail

/// SP or HTAB.
[[nodiscard]] constexpr bool is_white_space(char c) noexcept
{
    return detail::optimize_size ? c == ' ' || c == '\t' : detail::is(c, detail::white_space);
}

/// RFC 9110 5.6.2: at least one character, and only letters, digits and !#$%&'*+-.^_`|~
[[nodiscard]] constexpr bool is_token(std::string_view text) noexcept
{
    return !text.empty() && detail::all_are<detail::token_character>(text);
}

/// RFC 9110 5.5: no control character but HTAB. Octets from 0x80 on are opaque and allowed.
[[nodiscard]] constexpr bool is_field_value(std::string_view text) noexcept
{
    return detail::all_are<detail::value_character>(text);
}

namespace detail {

/// The length of a text without the white space at its end.
[[nodiscard]] constexpr std::size_t trimmed_size(const char* text, std::size_t size) noexcept
{
    while (size != 0 && is_white_space(text[size - 1]))
        --size;
    return size;
}

} // namespace detail

/// A view of `text` without the white space around it (RFC 9110 5.5).
[[nodiscard]] constexpr std::string_view trimmed(std::string_view text) noexcept
{
    text.remove_prefix(detail::span_of<detail::white_space>(text));
    return {text.data(), detail::trimmed_size(text.data(), text.size())};
}

[[nodiscard]] constexpr char to_lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

namespace detail {

/// `equals_ignoring_case` in place, where it is worth that.
[[nodiscard]] SOCKLESS_INLINE constexpr bool matches(std::string_view a, std::string_view b) noexcept
{
    if (a.size() != b.size())
        return false;
    if (!optimize_size && !std::is_constant_evaluated()) {
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

} // namespace detail

/// Folds A-Z with a-z and nothing else (RFC 6455 2.1): U+212A is not a K, whatever the locale.
[[nodiscard]] constexpr bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept
{
    return detail::matches(a, b);
}

/// Walks the elements of a comma-separated list of tokens. Empty elements are skipped (RFC 9110 5.6.1).
///
/// It splits at every comma: lists with quoted strings need their own grammar, such as `extension_cursor`.
class list_cursor {
public:
    constexpr list_cursor() noexcept = default;
    /// `value`   one field value; outlives the cursor and what it gives out
    explicit constexpr list_cursor(std::string_view value) noexcept : rest_{value} {}

    /// Gives the next element without white space around it. Whether it is a token is not looked at.
    ///
    /// returns   false at the end; `element` is unchanged then
    /// cost      every character is looked at a constant number of times over the whole list
    constexpr bool next(std::string_view& element) noexcept
    {
        if constexpr (detail::optimize_size) {
            while (!rest_.empty() && (rest_.front() == ',' || is_white_space(rest_.front())))
                rest_.remove_prefix(1);
            if (rest_.empty())
                return false;
            const std::string_view piece = detail::up_to(rest_, ',');
            rest_.remove_prefix(piece.size());
            element = {piece.data(), detail::trimmed_size(piece.data(), piece.size())};
            return true;
        }
        while (!rest_.empty()) {
            const std::string_view piece = detail::up_to(rest_, ',');
            const std::string_view found = trimmed(piece);
            rest_.remove_prefix(piece.size() + (piece.size() < rest_.size() ? 1 : 0));
            if (!found.empty()) {
                element = found;
                return true;
            }
        }
        return false;
    }

private:
    std::string_view rest_;
};

} // namespace sockless::inline SOCKLESS_ABI
