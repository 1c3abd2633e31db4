// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file validates text with the automaton of UTF-8 (RFC 3629 4) as a table. For utf8_stream.hpp; the other form is
/// fast/utf8.hpp.
#pragma once

#include "../../config.hpp"
#include "../utf8.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI::detail::compact {

/// A range of bytes, and the state after one of them.
struct utf8_transition {
    std::uint8_t low;
    std::uint8_t width; ///< the highest byte of the range less `low`
    utf8_state next;
};

/// The rows of a state begin at the state's value and end at the first row whose range contains the byte. A byte that a state
/// does not allow is in no range before the next row of all bytes.
inline constexpr utf8_transition utf8_transitions[] = {
    {0x00, 0x7F, utf8_state::complete},   {0xC2, 0x1D, utf8_state::want_one},   {0xE0, 0x00, utf8_state::want_a0_bf},
    {0xED, 0x00, utf8_state::want_80_9f}, {0xE1, 0x0E, utf8_state::want_two},   {0xF0, 0x00, utf8_state::want_90_bf},
    {0xF1, 0x02, utf8_state::want_three}, {0xF4, 0x00, utf8_state::want_80_8f}, {0x00, 0xFF, utf8_state::failed},
    {0x80, 0x3F, utf8_state::complete},   {0x80, 0x3F, utf8_state::want_one},   {0x80, 0x3F, utf8_state::want_two},
    {0x90, 0x2F, utf8_state::want_two},   {0xA0, 0x1F, utf8_state::want_one},   {0x00, 0xFF, utf8_state::failed},
    {0x80, 0x1F, utf8_state::want_one},   {0x80, 0x0F, utf8_state::want_two},   {0x00, 0xFF, utf8_state::failed},
};

/// As next_state.
[[nodiscard]] constexpr utf8_state look_up(utf8_state now, std::uint8_t byte) noexcept
{
    const utf8_transition* row = &utf8_transitions[static_cast<std::size_t>(now)];
    while (static_cast<std::uint8_t>(byte - row->low) > row->width)
        ++row;
    return row->next;
}

static_assert(
    [] {
        using enum utf8_state;
        for (const utf8_state state :
             {complete, failed, want_one, want_two, want_three, want_90_bf, want_a0_bf, want_80_9f, want_80_8f})
            for (const unsigned byte : {0x7FU, 0x80U, 0x8FU, 0x90U, 0x9FU, 0xA0U, 0xBFU, 0xC0U})
                if (look_up(state, static_cast<std::uint8_t>(byte)) !=
                    next_state(state, static_cast<std::uint8_t>(byte)))
                    return false;
        return true;
    }(),
    "the value of each state is the first of its rows");

/// Whether the next eight bytes are ASCII; false in a constant expression.
[[nodiscard]] constexpr bool is_ascii_word(const std::byte* bytes) noexcept
{
    if (std::is_constant_evaluated())
        return false;
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    return (word & 0x8080'8080'8080'8080U) == 0;
}

/// As fast::accepts. A state that has failed stays so.
[[nodiscard]] SOCKLESS_NOINLINE constexpr bool accepts(utf8_validator& text, const std::byte* bytes, std::size_t size,
                                                       bool end) noexcept
{
    constexpr std::size_t word = sizeof(std::uint64_t);
    utf8_state now = state_of(text);
    for (; size > 0; ++bytes, --size) {
        if (now == utf8_state::complete && size >= word && is_ascii_word(bytes)) {
            bytes += word - 1;
            size -= word - 1;
        } else {
            now = look_up(now, std::to_integer<std::uint8_t>(*bytes));
        }
    }
    state_of(text) = now;
    return end ? now == utf8_state::complete : now != utf8_state::failed;
}

/// As fast::is_utf8.
[[nodiscard]] constexpr bool is_utf8(const std::byte* bytes, std::size_t size) noexcept
{
    utf8_validator text;
    return accepts(text, bytes, size, true);
}

} // namespace sockless::inline SOCKLESS_ABI::detail::compact
