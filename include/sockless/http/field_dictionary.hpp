// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file identifies the fields that the handshake has rules for, and holds each of their names and words once, for reading and
/// for writing.
#pragma once

#include "../config.hpp"
#include "character_class.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI::detail {

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
    "Sec-WebSocket-\0Connection\0Upgrade\0Content-Length\0\0Expect\000100-continue\0Host\0\0Origin\0\0"
    "Transfer-Encoding\0\0Upgrade\0websocket\0\0Accept\0\0Extensions\0\0Key\0\0Protocol\0\0Version\00013\0";

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

inline constexpr std::array<known_field, known_fields> known_field_table = [] {
    std::array<known_field, known_fields> table{};
    for (std::size_t i = 0; i < table.size(); ++i)
        table[i] = find_known_field_compact(known_field_names[i].data(), known_field_names[i].size());
    return table;
}();

/// The field with a name of each length. Two lengths occur twice: see `find_known_field`.
inline constexpr std::array<field_id, 32> field_by_length = [] {
    std::array<field_id, 32> table{};
    for (field_id& entry : table)
        entry = field_id::other;
    for (std::size_t i = 0; i < known_fields; ++i)
        table[known_field_names[i].size()] = static_cast<field_id>(i);
    return table;
}();

/// Finds the field with a name, in any case.
///
/// @param name  without control characters
/// @return `field_id::other` if the dictionary has no such name
[[nodiscard]] constexpr known_field find_known_field(std::string_view name) noexcept
{
    if constexpr (optimize_size)
        return find_known_field_compact(name.data(), name.size());
    field_id candidate = name.size() < field_by_length.size() ? field_by_length[name.size()] : field_id::other;
    if (candidate == field_id::other)
        return {};
    static_assert(field_name(field_id::origin).size() == field_name(field_id::expect).size());
    static_assert(field_name(field_id::websocket_key).size() == field_name(field_id::transfer_encoding).size());
    const char first = to_lower(name.front());
    if (candidate == field_id::origin && first == 'e')
        candidate = field_id::expect;
    if (candidate == field_id::websocket_key && first == 't')
        candidate = field_id::transfer_encoding;
    const known_field& found = known_field_table[static_cast<std::size_t>(candidate)];
    return iequal(name, field_name(candidate)) ? found : known_field{};
}

} // namespace sockless::inline SOCKLESS_ABI::detail
