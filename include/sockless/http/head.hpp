// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file says what an HTTP head consists of, whoever took it apart: the reader of this library, llhttp, Beast, nghttp2 or the
/// program's own. Every check of the handshake works on these types. It also identifies the fields that the handshake has rules for.
#pragma once

#include "../config.hpp"
#include "character_class.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

/// One field line. Repeated lines stay apart and in order; the value has no white space around it.
struct field {
    std::string_view name = {};  ///< a token
    std::string_view value = {}; ///< without white space around it
};

namespace detail {

/// Returns whether a status is that of an interim response. 101 is final: after it the connection uses another protocol.
///
/// @par Source      RFC 9110 15.2, 15.2.2
[[nodiscard]] constexpr bool is_interim_status(std::uint16_t status) noexcept
{
    return status < 200 && status != 101;
}

} // namespace detail

/// The version of a head.
struct http_version {
    std::uint8_t major_digit = 1; ///< before the dot
    std::uint8_t minor_digit = 1; ///< after the dot

    friend constexpr auto operator<=>(const http_version&, const http_version&) = default;
};

/// A request without its body. The views belong to whoever parsed it.
struct request_head {
    std::string_view method = {};       ///< a token
    std::string_view target = {};       ///< as written in the request line
    http_version version = {};          ///< of the request line
    std::span<const field> fields = {}; ///< in the order of the head
};

/// A response without its body. The views belong to whoever parsed it.
struct response_head {
    http_version version = {};          ///< of the status line
    std::uint16_t status = 0;           ///< three digits
    std::string_view reason = {};       ///< may be empty
    std::span<const field> fields = {}; ///< in the order of the head

    /// Returns whether another response follows this one (RFC 9110 15.2). 101 is final.
    [[nodiscard]] constexpr bool is_interim() const noexcept { return detail::is_interim_status(status); }
};

namespace detail {

/// @param text  `d.d`, with any octet or none between the digits
[[nodiscard]] constexpr http_version parse_version_digits(std::string_view text) noexcept
{
    return {static_cast<std::uint8_t>(text.front() - '0'), static_cast<std::uint8_t>(text.back() - '0')};
}

/// Iterates over the elements of one field value with a comma-separated list of tokens. Empty elements are skipped.
///
/// It splits at every comma. Lists with quoted strings need their own grammar, such as that of `extension_cursor`.
class element_cursor {
public:
    constexpr element_cursor() noexcept = default;
    /// @param value  one field value; outlives the cursor and the elements
    explicit constexpr element_cursor(std::string_view value) noexcept : remaining_{value} {}

    /// Gives the next element without white space around it. The element is not checked to be a token.
    ///
    /// @param[out] element  unchanged at the end
    /// @return false at the end
    /// @par Source      RFC 9110 5.6.1
    /// @par Complexity  a constant number of looks at each character over the whole list
    constexpr bool next(std::string_view& element) noexcept
    {
        while (!remaining_.empty() && (remaining_.front() == ',' || is_white_space(remaining_.front())))
            remaining_.remove_prefix(1);
        if (remaining_.empty())
            return false;
        const std::string_view piece = before(remaining_, ',');
        remaining_.remove_prefix(piece.size());
        element = {piece.data(), trimmed_size(piece.data(), piece.size())};
        return true;
    }

private:
    std::string_view remaining_;
};

/// Returns whether a list contains @p name, exactly: "chat" is not "Chat" (RFC 7936 2).
///
/// @tparam Cursor  `element_cursor` over one value, or `list_cursor` over all lines
/// @par Complexity  O(size of the list)
template <class Cursor>
[[nodiscard]] constexpr bool contains_element(Cursor list, std::string_view name) noexcept
{
    std::string_view element;
    while (list.next(element))
        if (equal(element, name))
            return true;
    return false;
}

} // namespace detail

/// Iterates over the values of all lines with one name, in order, such as Set-Cookie (RFC 9110 5.2).
class field_cursor {
public:
    /// Constructs a cursor over no lines.
    constexpr field_cursor() noexcept = default;
    /// Constructs a cursor over all lines with a name.
    ///
    /// @param fields  outlive the cursor and the values
    /// @param name    compared without regard to case; outlives the cursor
    constexpr field_cursor(std::span<const field> fields, std::string_view name) noexcept
        : remaining_{fields}, name_{name}
    {
    }

    /// Moves to the next line.
    ///
    /// @param[out] value  unchanged at the end
    /// @return false at the end
    constexpr bool next(std::string_view& value) noexcept
    {
        while (!remaining_.empty()) {
            const field& line = remaining_.front();
            remaining_ = remaining_.subspan(1);
            if (detail::equals_ignoring_case(line.name, name_)) {
                value = line.value;
                return true;
            }
        }
        return false;
    }

private:
    std::span<const field> remaining_;
    std::string_view name_;
};

/// Returns the value of the first line called @p name, in any case; empty if there is none.
[[nodiscard]] constexpr std::string_view find_field(std::span<const field> fields, std::string_view name) noexcept
{
    std::string_view value;
    static_cast<void>(field_cursor{fields, name}.next(value));
    return value;
}

/// Iterates over the elements of a comma-separated list of tokens, in one field value or in all lines of one name (RFC 9110 5.6.1).
/// Empty elements are skipped.
class list_cursor {
public:
    /// Constructs a cursor over an empty list.
    constexpr list_cursor() noexcept = default;
    /// Constructs a cursor over one field value.
    ///
    /// @param value  outlives the cursor and the elements
    explicit constexpr list_cursor(std::string_view value) noexcept : elements_{value} {}
    /// Constructs a cursor over all lines with a name.
    ///
    /// @param fields  outlive the cursor and the elements
    /// @param name    compared without regard to case; outlives the cursor
    constexpr list_cursor(std::span<const field> fields, std::string_view name) noexcept : lines_{fields, name} {}

    /// Moves to the next element.
    ///
    /// @param[out] element  without white space around it, and not checked to be a token; unchanged at the end
    /// @return false at the end
    /// @par Source      RFC 9110 5.2, 5.6.1
    /// @par Complexity  O(size of the list) for all elements together
    constexpr bool next(std::string_view& element) noexcept
    {
        std::string_view line;
        while (!elements_.next(element)) {
            if (!lines_.next(line))
                return false;
            elements_ = detail::element_cursor{line};
        }
        return true;
    }

    /// Returns whether the list, from here on, contains @p name, exactly: "chat" is not "Chat" (RFC 7936 2).
    ///
    /// @par Complexity  O(size of the list)
    [[nodiscard]] constexpr bool contains(std::string_view name) const noexcept
    {
        return detail::contains_element(*this, name);
    }

private:
    field_cursor lines_;
    detail::element_cursor elements_;
};

namespace detail {

/// The fields of the dictionary, in its order.
enum class field_id : std::uint8_t {
    connection,
    content_length,
    expect,
    host,
    origin,
    transfer_encoding,
    upgrade,
    websocket_accept,
    websocket_extensions,
    websocket_key,
    websocket_protocol,
    websocket_version,
    other,
};

inline constexpr std::size_t known_fields = static_cast<std::size_t>(field_id::other);

/// The names, each followed by the word that the handshake looks for in its value and writes. The prefix of the last five names
/// comes first.
inline constexpr char field_dictionary[] =
    "Sec-WebSocket-\0Connection\0Upgrade\0Content-Length\0000\0Expect\000100-continue\0Host\0\0Origin\0\0"
    "Transfer-Encoding\0chunked\0Upgrade\0websocket\0\0Accept\0\0Extensions\0\0Key\0\0Protocol\0\0Version\00013\0";

/// The offset of the first name that the prefix belongs to.
///
/// By comparison at each offset: g++ regards `string_view::find` on an array as no constant where an address may be null
/// (-fno-delete-null-pointer-checks, -fsanitize=null).
inline constexpr std::size_t prefixed_names = [] {
    std::size_t offset = 0;
    while (subview({field_dictionary, sizeof field_dictionary}, offset, 6) != "Accept")
        ++offset;
    return offset;
}();

/// Compares a text without control characters with a word of the dictionary, ignoring case. Without the bit that distinguishes
/// upper and lower case, no other character of these words equals a character that is not a control character.
SOCKLESS_NOINLINE constexpr bool iequal_word(const char* text, std::size_t size, const char* word) noexcept
{
    for (; *word != '\0'; ++word, ++text, --size)
        if (size == 0 || ((*text ^ *word) & ~0x20) != 0)
            return false;
    return size == 0;
}

[[nodiscard]] constexpr const char* next_word(const char* word) noexcept
{
    while (*word++ != '\0') {
    }
    return word;
}

struct known_field {
    /// The word that follows the name in the dictionary; empty if any element of a list will do. Not for `field_id::other`.
    [[nodiscard]] constexpr const char* word() const noexcept { return field_dictionary + word_offset; }

    field_id id = field_id::other;
    std::uint8_t word_offset = 0;
};

/// Finds the field in one pass over the dictionary.
[[nodiscard]] SOCKLESS_INLINE constexpr known_field find_known_field_compact(const char* name,
                                                                             std::size_t size) noexcept
{
    constexpr std::size_t prefix = std::string_view{field_dictionary}.size();
    unsigned i = 0;
    const char* word = field_dictionary + prefix + 1;
    if (size > prefix && iequal_word(name, prefix, field_dictionary)) {
        name += prefix;
        size -= prefix;
        i = static_cast<unsigned>(field_id::websocket_accept);
        word = field_dictionary + prefixed_names;
    }
    for (; *word != '\0'; ++i) {
        const bool found = iequal_word(name, size, word);
        word = next_word(word);
        if (found)
            return {static_cast<field_id>(i), static_cast<std::uint8_t>(word - field_dictionary)};
        word = next_word(word);
    }
    return {};
}

/// The names in the spelling that the handshake writes.
inline constexpr std::array<std::string_view, known_fields> known_field_names{
    "Connection",
    "Content-Length",
    "Expect",
    "Host",
    "Origin",
    "Transfer-Encoding",
    "Upgrade",
    "Sec-WebSocket-Accept",
    "Sec-WebSocket-Extensions",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Protocol",
    "Sec-WebSocket-Version",
};
[[nodiscard]] constexpr std::string_view field_name(field_id id) noexcept
{
    return known_field_names[static_cast<std::size_t>(id)];
}

inline constexpr std::size_t max_known_name = 31;

/// Returns a number below 64 that is different for each name of the dictionary, in any case. The first letters of names of one
/// length differ in the second bit.
[[nodiscard]] constexpr std::size_t slot_of(std::string_view name) noexcept
{
    return name.size() | (static_cast<unsigned char>(name.front()) & 0x02U) << 4U;
}

inline constexpr std::array<known_field, 2 * (max_known_name + 1)> known_field_slots = [] {
    std::array<known_field, 2 * (max_known_name + 1)> slots{};
    for (const std::string_view name : known_field_names)
        slots[slot_of(name)] = find_known_field_compact(name.data(), name.size());
    return slots;
}();

/// Finds the field with a name, in any case.
///
/// @param name  without control characters
/// @return `field_id::other` if the dictionary has no such name
[[nodiscard]] constexpr known_field find_known_field(std::string_view name) noexcept
{
    if constexpr (optimize_size)
        return find_known_field_compact(name.data(), name.size());
    if (name.empty() || name.size() > max_known_name)
        return {};
    const known_field& found = known_field_slots[slot_of(name)];
    return found.id != field_id::other && iequal(name, field_name(found.id)) ? found : known_field{};
}

} // namespace detail

} // namespace sockless::inline SOCKLESS_ABI
