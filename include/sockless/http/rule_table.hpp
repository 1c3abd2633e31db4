// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file walks tables of rules, two octets each: what may come next, and what then. And it is the notation of such tables, which
/// the compiler makes. For small code.
#pragma once

#include "../config.hpp"
#include "field_grammar.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace sockless::inline SOCKLESS_ABI::detail {

/// A test of an octet: itself; a class, marked or not; or nothing, which each octet passes. What a mark means, a table says.
struct rule_test {
    constexpr rule_test(char octet) noexcept : code{static_cast<std::uint8_t>(octet)} {}
    constexpr rule_test(character_class wanted, unsigned mark = 0) noexcept
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
    [[nodiscard]] static constexpr bool passes(unsigned code, char c, unsigned classes) noexcept
    {
        return is_plain_class(code) || is_marked_class(code) ? (classes >> code % 8 & 1U) != 0
                                                             : code == static_cast<unsigned char>(c) || code == any;
    }

    // Control characters that stand in no rule are free for what is no octet.
    static constexpr unsigned first_class = 0x10;
    static constexpr unsigned marked = 8;
    static constexpr char any = '\x01';
    std::uint8_t code;
};

/// For `next`: the octet is not part of the text any more.
inline constexpr std::uint8_t end_of_rules = 0xFF;

struct rule {
    static constexpr unsigned last = 0x80;

    [[nodiscard]] constexpr unsigned code() const noexcept { return test & (last - 1); }

    std::uint8_t test; ///< `last`: of its state
    std::uint8_t next; ///< of the table where the next state begins, or what the table makes of it
};

/// The first rule that an octet passes of those of a state; nullptr if there is none.
[[nodiscard]] SOCKLESS_NOINLINE constexpr const rule* rule_for(const rule* at, char c) noexcept
{
    const unsigned classes = classes_of(c);
    for (;; ++at) {
        if (rule_test::passes(at->code(), c, classes))
            return at;
        if (at->test >= rule::last)
            return nullptr;
    }
}

/// Takes rules down: those of one state stand behind those of another, and a state that ends with `below` goes on with those of
/// the next one.
///
/// `States`  how many there are; those that no rule begins with may be missing
template <class State, std::size_t States>
class rule_table {
public:
    [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
    [[nodiscard]] constexpr std::uint8_t row_of(State state) const noexcept
    {
        return first_[static_cast<std::size_t>(state)];
    }
    [[nodiscard]] constexpr rule row(std::size_t i) const noexcept
    {
        const bool last = i + 1 == size_ || ends_[i];
        const unsigned next = leads_[i] ? row_of(next_[i]) : 0U;
        return {static_cast<std::uint8_t>(tests_[i] | (last ? rule::last : 0)),
                static_cast<std::uint8_t>(next | flags_[i])};
    }

    constexpr rule_table& state(State begun) noexcept
    {
        if (size_ != 0 && !below_)
            ends_[size_ - 1] = true;
        below_ = false;
        first_[static_cast<std::size_t>(begun)] = static_cast<std::uint8_t>(size_);
        return *this;
    }
    constexpr rule_table& also() noexcept { return *this; }
    /// Leads to another state.
    constexpr rule_table& on(rule_test test, State next, unsigned flags = 0) noexcept
    {
        leads_[size_] = true;
        next_[size_] = next;
        return ends(test, flags);
    }
    /// Leads nowhere.
    constexpr rule_table& ends(rule_test test, unsigned flags = end_of_rules) noexcept
    {
        tests_[size_] = test.code;
        flags_[size_++] = static_cast<std::uint8_t>(flags);
        return *this;
    }
    constexpr void below() noexcept { below_ = true; }

private:
    static constexpr std::size_t most = 200;

    std::array<std::uint8_t, States> first_{};
    std::array<std::uint8_t, most> tests_{};
    std::array<State, most> next_{};
    std::array<std::uint8_t, most> flags_{};
    std::array<bool, most> leads_{};
    std::array<bool, most> ends_{};
    std::size_t size_ = 0;
    bool below_ = false;
};

/// A table as the compiler knows it, made once.
template <class Table>
inline constexpr Table table_of{};

template <class Table>
[[nodiscard]] constexpr auto make_rules() noexcept
{
    const Table table;
    std::array<rule, table_of<Table>.size()> rules{};
    for (std::size_t i = 0; i < rules.size(); ++i)
        rules[i] = table.row(i);
    return rules;
}
/// The same as the program has it.
template <class Table>
inline constexpr auto rules_of = make_rules<Table>();

} // namespace sockless::inline SOCKLESS_ABI::detail
