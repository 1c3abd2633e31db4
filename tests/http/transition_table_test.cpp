// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"

#include <sockless/core/error.hpp>
#include <sockless/http/head_parser.hpp>
#include <sockless/http/transition_table.hpp>
#include <sockless/http/value_grammar.hpp>

#include <cstddef>
#include <cstdint>

namespace {

using namespace sockless::detail;

enum class step : std::uint8_t { sign, digits, end };

/// A number with a sign or without, and what can follow it.
struct number_table : transition_table<step, 3> {
    constexpr number_table() noexcept
    {
        using enum step;
        constexpr matcher digit{decimal_digit, matcher::marked};
        state(sign).on('-', digits).fall_through();
        state(digits).on(digit, digits).fall_through();
        state(end).on(white_space, end, 0x40).fail('!', sockless::error::field_folded).accept(matcher::any);
    }
};

const transition* find(step state, char c)
{
    return find_transition(&transitions_of<number_table>[table_of<number_table>.row_of(state)], c);
}

TEST_CASE("the first transition that matches an octet is found, in a state or in the states that it falls through to")
{
    CHECK(transitions_of<number_table>.size() == 5);
    CHECK(find(step::sign, '-') == &transitions_of<number_table>[0]);
    CHECK(find(step::sign, '7') == &transitions_of<number_table>[1]);
    CHECK(find(step::digits, '-') == &transitions_of<number_table>[4]);
    CHECK(find(step::digits, ' ') == &transitions_of<number_table>[2]);
    CHECK(find(step::end, '7') == &transitions_of<number_table>[4]);
    CHECK(find_transition(&transitions_of<value_table>[start_of(value_state::zeros_end)], '1') == nullptr);
}

TEST_CASE("a transition leads to a state, with flags, or ends the text")
{
    CHECK(find(step::sign, '-')->next == table_of<number_table>.row_of(step::digits));
    CHECK(find(step::end, '\t')->next == (table_of<number_table>.row_of(step::end) | 0x40));
    CHECK(find(step::end, 'x')->next == transition::accept);
    CHECK(find(step::end, '!')->next == (transition::fails | static_cast<unsigned>(sockless::error::field_folded)));
    CHECK(matcher::is_marked_class(find(step::sign, '0')->code()));
    CHECK_FALSE(matcher::is_marked_class(find(step::end, ' ')->code()));
    CHECK(matcher::is_plain_class(find(step::end, ' ')->code()));
}

TEST_CASE("tables that are computed at run time are equal to those of the compiler")
{
    const auto check = [](const auto& table, const auto& compiled, auto* make) {
        const auto made = make(); // through a pointer: a call by name might be the compiler's again
        CHECK(table.size() == made.size());
        for (std::size_t i = 0; i < made.size(); ++i) {
            INFO("row " << i);
            CHECK(made[i].test == compiled[i].test);
            CHECK(made[i].next == compiled[i].next);
        }
    };
    using request_table = head_table<head_kind::request>;
    using response_table = head_table<head_kind::response>;
    check(value_table{}, transitions_of<value_table>, &make_transitions<value_table>);
    check(request_table{}, transitions_of<request_table>, &make_transitions<request_table>);
    check(response_table{}, transitions_of<response_table>, &make_transitions<response_table>);
    constexpr std::uint8_t compiled = start_of(value_state::extensions);
    const value_state grammar = value_state::extensions;
    CHECK(start_of(grammar) == compiled);
}

} // namespace
