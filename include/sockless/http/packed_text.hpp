// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file packs the texts that the handshake writes: the compiler puts two octets in the place of each line of a known field. For
/// small code; head_writer.hpp unpacks them.
#pragma once

#include "../config.hpp"
#include "field_index.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI::detail {

/// Of the two octets that stand for a line, the first; the second says where in `known_field_words` its name is.
inline constexpr char packed_line = '\x01';

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

/// What a line begins with: its name, ": ", and the word that is known with it.
///
/// returns   its length, 0 if `text` does not begin with it
[[nodiscard]] constexpr std::size_t known_line(std::string_view text, std::size_t name) noexcept
{
    std::size_t size = 0;
    const auto accepts = [&](std::string_view with) {
        const bool good = part(text, size).starts_with(with);
        size += with.size();
        return good;
    };
    const std::string_view word{known_field_words + name};
    return accepts("\r\n") && (name < prefixed_names || accepts(known_field_words)) && accepts(word) && accepts(": ") &&
                   accepts(known_field_words + name + word.size() + 1)
               ? size
               : 0;
}

/// Writes the packed form of `text` to `out`, which may be a null pointer.
///
/// returns   its length
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
        for (std::size_t name = 1; text.front() == '\r' && taken == 0 && name < sizeof known_field_words; ++name) {
            taken = known_field_words[name - 1] != '\0' ? 0 : known_line(text, name);
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

template <literal Text>
inline constexpr auto packed = [] {
    constexpr std::string_view text{Text.text};
    std::array<char, pack(text, nullptr)> result{};
    pack(text, result.data());
    return result;
}();

} // namespace sockless::inline SOCKLESS_ABI::detail
