// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file finds the fields that matter in a list of fields, in one walk over it. For the checks of the handshake only.
#pragma once

#include "../config.hpp"
#include "field_grammar.hpp"
#include "head.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI::detail {

enum class known_field : std::uint8_t {
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

/// In the order of `known_field`.
inline constexpr std::array<std::string_view, 12> known_field_names{
    field_name::connection,
    field_name::content_length,
    field_name::expect,
    field_name::host,
    field_name::origin,
    field_name::transfer_encoding,
    field_name::upgrade,
    field_name::websocket_accept,
    field_name::websocket_extensions,
    field_name::websocket_key,
    field_name::websocket_protocol,
    field_name::websocket_version,
};
static_assert(known_field_names.size() == static_cast<std::size_t>(known_field::other));

/// The known field with a name of each length; the two lengths that are taken twice are told apart by `recognise`.
inline constexpr std::array<known_field, 32> known_field_by_length = [] {
    std::array<known_field, 32> table{};
    for (known_field& entry : table)
        entry = known_field::other;
    for (std::size_t i = 0; i < known_field_names.size(); ++i)
        table[known_field_names[i].size()] = static_cast<known_field>(i);
    return table;
}();

/// For small code the same names, one behind the other; behind each what the small handshakes look for in its value, and write.
/// The first word begins the last five names.
inline constexpr char known_field_words[] =
    "Sec-WebSocket-\0Connection\0Upgrade\0Content-Length\0\0Expect\000100-continue\0Host\0\0Origin\0\0"
    "Transfer-Encoding\0\0Upgrade\0websocket\0\0Accept\0\0Extensions\0\0Key\0\0Protocol\0\0Version\00013\0";

/// Where those names begin.
inline constexpr std::size_t prefixed_names =
    std::string_view{known_field_words, sizeof known_field_words}.find("Accept");

/// Whether a text without control characters is this word, in letters of any size: without the bit that tells them apart
/// everything else in these words would be a control character.
SOCKLESS_NOINLINE constexpr bool is_word(const char* text, std::size_t size, const char* word) noexcept
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

/// `recognise` that also tells what stands behind the name.
[[nodiscard]] constexpr known_field recognise(const char* text, std::size_t size, const char*& behind) noexcept
{
    constexpr std::size_t prefix = std::string_view{known_field_words}.size();
    unsigned i = 0;
    const char* word = known_field_words + prefix + 1;
    if (size > prefix && is_word(text, prefix, known_field_words)) {
        text += prefix;
        size -= prefix;
        i = static_cast<unsigned>(known_field::websocket_accept);
        word = known_field_words + prefixed_names;
    }
    for (; *word != '\0'; ++i) {
        const bool found = is_word(text, size, word);
        word = next_word(word);
        behind = word;
        if (found)
            return static_cast<known_field>(i);
        word = next_word(word);
    }
    return known_field::other;
}

[[nodiscard]] constexpr known_field recognise(std::string_view name) noexcept
{
    if constexpr (optimize_size) {
        const char* behind = nullptr;
        return recognise(name.data(), name.size(), behind);
    }
    known_field candidate =
        name.size() < known_field_by_length.size() ? known_field_by_length[name.size()] : known_field::other;
    if (candidate == known_field::other)
        return candidate;
    static_assert(field_name::origin.size() == field_name::expect.size());
    static_assert(field_name::websocket_key.size() == field_name::transfer_encoding.size());
    const char first = to_lower(name.front());
    if (candidate == known_field::origin && first == 'e')
        candidate = known_field::expect;
    if (candidate == known_field::websocket_key && first == 't')
        candidate = known_field::transfer_encoding;
    return matches(name, known_field_names[static_cast<std::size_t>(candidate)]) ? candidate : known_field::other;
}

/// Which known fields stand in a head, where first, and which stand in several lines.
class field_index {
public:
    constexpr field_index() noexcept = default;
    /// cost      O(fields.size()); `fields` outlives the index
    explicit constexpr field_index(std::span<const field> fields) noexcept
    {
        for (std::size_t i = 0; i < fields.size(); ++i)
            add(recognise(fields[i].name), i);
        set_fields(fields);
    }

    /// Field `line` is a `name`. In the order of the lines.
    constexpr void add(known_field name, std::size_t line) noexcept
    {
        if (name == known_field::other)
            return;
        if (has(name))
            repeated_ = static_cast<std::uint16_t>(repeated_ | bit(name));
        else
            first_[static_cast<std::size_t>(name)] = static_cast<std::uint32_t>(line);
        seen_ = static_cast<std::uint16_t>(seen_ | bit(name));
    }
    /// The fields that all of this is about.
    constexpr void set_fields(std::span<const field> fields) noexcept { fields_ = fields; }

    [[nodiscard]] constexpr bool has(known_field name) const noexcept { return (seen_ & bit(name)) != 0; }
    /// Whether more than one line is called `name`.
    [[nodiscard]] constexpr bool repeats(known_field name) const noexcept { return (repeated_ & bit(name)) != 0; }
    /// The value of the first line, or an empty view.
    [[nodiscard]] constexpr std::string_view value(known_field name) const noexcept
    {
        return has(name) ? fields_[first(name)].value : std::string_view{};
    }
    /// The elements of all lines.
    [[nodiscard]] constexpr field_list_cursor list(known_field name) const noexcept
    {
        return {from(name), known_field_names[static_cast<std::size_t>(name)]};
    }
    /// All lines from the first one called `name`.
    [[nodiscard]] constexpr std::span<const field> from(known_field name) const noexcept
    {
        return has(name) ? fields_.subspan(first(name)) : std::span<const field>{};
    }

private:
    [[nodiscard]] static constexpr unsigned bit(known_field name) noexcept { return 1U << static_cast<unsigned>(name); }
    [[nodiscard]] constexpr std::size_t first(known_field name) const noexcept
    {
        return first_[static_cast<std::size_t>(name)];
    }

    std::span<const field> fields_;
    std::array<std::uint32_t, known_field_names.size()> first_{};
    std::uint16_t seen_ = 0;
    std::uint16_t repeated_ = 0;
};

} // namespace sockless::inline SOCKLESS_ABI::detail
