// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file holds the texts that the handshake writes as the compiler packs them: two octets replace each line of a known field and
/// the word that it begins with. head_writer.hpp unpacks them.
#pragma once

#include "../config.hpp"
#include "field_dictionary.hpp"

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI::detail {

/// A literal as an argument of a template.
template <std::size_t Size>
struct literal {
    constexpr literal(const char (&from)[Size]) noexcept // NOLINT: all of it is written
    {
        for (std::size_t i = 0; i < Size; ++i)
            text[i] = from[i];
    }
    char text[Size];
};
template <std::size_t Size>
literal(const char (&)[Size]) -> literal<Size>;

/// Joins two literals.
template <literal First, literal Second>
inline constexpr auto joined = [] {
    char text[sizeof First.text + sizeof Second.text - 1]{};
    for (std::size_t i = 0; i + 1 < sizeof First.text; ++i)
        text[i] = First.text[i];
    for (std::size_t i = 0; i < sizeof Second.text; ++i)
        text[sizeof First.text - 1 + i] = Second.text[i];
    return literal{text};
}();

/// The first of the two octets that replace a line; the second one is the offset of its name in `field_dictionary`.
inline constexpr char packed_line = '\x01';

/// Returns the length of the packable begin of a line: its name, ": ", and the word of the dictionary; 0 if `text` begins otherwise.
[[nodiscard]] constexpr std::size_t packable_size(std::string_view text, std::size_t name) noexcept
{
    std::size_t size = 0;
    const auto continues = [&](std::string_view with) {
        const bool good = subview(text, size).starts_with(with);
        size += with.size();
        return good;
    };
    const std::string_view word{field_dictionary + name};
    return continues("\r\n") && (name < prefixed_names || continues(field_dictionary)) && continues(word) &&
                   continues(": ") && continues(field_dictionary + name + word.size() + 1)
               ? size
               : 0;
}

/// Writes the packed form of `text`.
///
/// @param[out] out  may be a null pointer
/// @return the size of the packed form
constexpr std::size_t pack(std::string_view text, char* out) noexcept
{
    std::size_t size = 0;
    const auto put = [&](char c) {
        if (out != nullptr)
            out[size] = c;
        ++size;
    };
    while (!text.empty()) {
        std::size_t taken = 0;
        for (std::size_t name = 1; text.front() == '\r' && taken == 0 && name < sizeof field_dictionary; ++name) {
            taken = field_dictionary[name - 1] != '\0' ? 0 : packable_size(text, name);
            if (taken != 0) {
                put(packed_line);
                put(static_cast<char>(name));
            }
        }
        if (taken == 0)
            put(text.front());
        text.remove_prefix(taken == 0 ? 1 : taken);
    }
    put('\0');
    return size;
}

/// The packed form.
template <literal Text>
inline constexpr auto packed = [] {
    constexpr std::string_view text{Text.text};
    std::array<char, pack(text, nullptr)> result{};
    pack(text, result.data());
    return result;
}();

/// How the program stores a literal: packed, or as it is.
using literal_pointer = std::conditional_t<optimize_size, const char*, std::string_view>;

template <literal Text>
[[nodiscard]] constexpr literal_pointer stored_literal() noexcept
{
    if constexpr (std::is_same_v<literal_pointer, const char*>)
        return packed<Text>.data();
    else
        return {Text.text, sizeof Text.text - 1};
}

} // namespace sockless::inline SOCKLESS_ABI::detail
