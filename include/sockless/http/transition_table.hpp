// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is the notation of the grammars of HTTP as tables of transitions, which the compiler builds, and the loop that finds
/// the transition for an octet. A transition takes two octets.
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "character_class.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI::detail {

/// Matches one octet: a certain one; those of a class; or any. A class can be marked, with a meaning that each table defines.
struct matcher {
    constexpr matcher(char octet) noexcept : code{static_cast<std::uint8_t>(octet)} {}
    constexpr matcher(character_class wanted, unsigned mark = 0) noexcept
        : code{
              static_cast<std::uint8_t>(first_class + mark + static_cast<unsigned>(std::countr_zero(unsigned{wanted})))}
    {
    }

    [[nodiscard]] static constexpr bool is_plain_class(unsigned code) noexcept
    {
        return code >= first_class && code < first_class + marked;
    }
    [[nodiscard]] static constexpr bool is_marked_class(unsigned code) noexcept
    {
        return code >= first_class + marked && code < first_class + 2 * marked;
    }
    [[nodiscard]] static constexpr bool matches(unsigned code, char c, unsigned classes) noexcept
    {
        return is_plain_class(code) || is_marked_class(code) ? (classes >> code % 8 & 1U) != 0
                                                             : code == static_cast<unsigned char>(c) || code == any;
    }

    // The codes of classes are control characters that no transition matches as octets.
    static constexpr unsigned first_class = 0x10;
    static constexpr unsigned marked = 8;
    static constexpr char any = '\x01';
    std::uint8_t code;
};

struct transition {
    static constexpr unsigned last = 0x80;       ///< marks the last transition of a state
    static constexpr unsigned fails = 0x80;      ///< in `next`: the other bits are an error
    static constexpr std::uint8_t accept = 0xFF; ///< as `next`: the octet ends the text and is not part of it

    [[nodiscard]] constexpr unsigned code() const noexcept { return test & (last - 1); }

    std::uint8_t test; ///< the code of a matcher, and `last`
    std::uint8_t next; ///< the row where the next state begins, or a value that the table defines
};

/// Finds the first transition of the state that begins at `row` which matches an octet.
///
/// @return nullptr if there is none
[[nodiscard]] constexpr const transition* find_transition(const transition* row, char c) noexcept
{
    const unsigned classes = classes_of(c);
    for (;; ++row) {
        if (matcher::matches(row->code(), c, classes))
            return row;
        if (row->test >= transition::last)
            return nullptr;
    }
}

/// Collects the transitions of all states in the order in which they are written. A state that ends with `fall_through` continues
/// with the transitions of the next state.
class transition_table {
public:
    [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
    /// Returns the row in which a state begins. It is no constant expression for a name without a state.
    [[nodiscard]] constexpr std::uint8_t row_of(std::string_view name) const noexcept
    {
        std::size_t i = 0;
        while (names_[i] != name)
            ++i;
        return first_[i];
    }
    [[nodiscard]] constexpr transition row(std::size_t i) const noexcept
    {
        const bool last = i + 1 == size_ || ends_[i];
        const unsigned next = next_[i].empty() ? 0U : row_of(next_[i]);
        return {static_cast<std::uint8_t>(tests_[i] | (last ? transition::last : 0)),
                static_cast<std::uint8_t>(next | flags_[i])};
    }

    /// Begins a state.
    constexpr transition_table& state(std::string_view name) noexcept
    {
        if (size_ != 0 && !falls_through_)
            ends_[size_ - 1] = true;
        falls_through_ = false;
        names_[states_] = name;
        first_[states_++] = static_cast<std::uint8_t>(size_);
        return *this;
    }
    /// Adds a transition to another state.
    constexpr transition_table& on(matcher test, std::string_view next, unsigned flags = 0) noexcept
    {
        tests_[size_] = test.code;
        next_[size_] = next;
        flags_[size_++] = static_cast<std::uint8_t>(flags);
        return *this;
    }
    /// Adds the end of a text.
    constexpr transition_table& accept(matcher test) noexcept { return on(test, {}, transition::accept); }
    /// Adds an error.
    constexpr transition_table& fail(matcher test, error reason) noexcept
    {
        return on(test, {}, transition::fails | static_cast<unsigned>(reason));
    }
    constexpr void fall_through() noexcept { falls_through_ = true; }

private:
    static constexpr std::size_t max_states = 100;
    static constexpr std::size_t max_size = 200;

    std::array<std::string_view, max_states> names_{};
    std::array<std::uint8_t, max_states> first_{};
    std::array<std::uint8_t, max_size> tests_{};
    std::array<std::string_view, max_size> next_{};
    std::array<std::uint8_t, max_size> flags_{};
    std::array<bool, max_size> ends_{};
    std::size_t states_ = 0;
    std::size_t size_ = 0;
    bool falls_through_ = false;
};

/// One table for the compiler, built once.
template <class Table>
inline constexpr Table table_of{};

/// Returns the row in which a state begins.
template <class Table>
[[nodiscard]] consteval std::uint8_t row_of(std::string_view state) noexcept
{
    return table_of<Table>.row_of(state);
}

template <class Table>
[[nodiscard]] constexpr auto make_transitions() noexcept
{
    const Table table;
    std::array<transition, table_of<Table>.size()> transitions{};
    for (std::size_t i = 0; i < transitions.size(); ++i)
        transitions[i] = table.row(i);
    return transitions;
}
/// The same table in the program.
template <class Table>
inline constexpr auto transitions_of = make_transitions<Table>();

} // namespace sockless::inline SOCKLESS_ABI::detail
