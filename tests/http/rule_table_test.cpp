// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"

#include <sockless/http/head_stream.hpp>
#include <sockless/http/rule_table.hpp>
#include <sockless/http/value_grammar.hpp>

#include <cstddef>
#include <cstdint>

namespace {

using namespace sockless::detail;

enum class step : std::uint8_t { sign, digits, behind };

/// A number with a sign or without, and what may stand behind it.
struct number_table : rule_table<step, 3> {
    constexpr number_table() noexcept
    {
        using enum step;
        constexpr rule_test digit{decimal_digit, rule_test::marked};
        state(sign).on('-', digits).below();
        state(digits).on(digit, digits).below();
        state(behind).on(white_space, behind, 0x40);
        also().ends(rule_test::any);
    }
};

const rule* rule_of(step state, char c)
{
    return rule_for(&rules_of<number_table>[table_of<number_table>.row_of(state)], c);
}

TEST_CASE("the first rule that an octet passes is the one that counts, in a state or in the states below it")
{
    CHECK(rules_of<number_table>.size() == 4);
    CHECK(rule_of(step::sign, '-') == &rules_of<number_table>[0]);
    CHECK(rule_of(step::sign, '7') == &rules_of<number_table>[1]);
    CHECK(rule_of(step::digits, '-') == &rules_of<number_table>[3]);
    CHECK(rule_of(step::digits, ' ') == &rules_of<number_table>[2]);
    CHECK(rule_of(step::behind, '7') == &rules_of<number_table>[3]);
    CHECK(rule_for(&rules_of<value_table>[first_row_of(value_state::zeros_behind)], '1') == nullptr);
}

TEST_CASE("a rule leads to a state or nowhere, and says what the table wants to be said besides")
{
    CHECK(rule_of(step::sign, '-')->next == table_of<number_table>.row_of(step::digits));
    CHECK(rule_of(step::behind, '\t')->next == (table_of<number_table>.row_of(step::behind) | 0x40));
    CHECK(rule_of(step::behind, 'x')->next == end_of_rules);
    CHECK(rule_test::is_marked_class(rule_of(step::sign, '0')->code()));
    CHECK_FALSE(rule_test::is_marked_class(rule_of(step::behind, ' ')->code()));
    CHECK(rule_test::is_plain_class(rule_of(step::behind, ' ')->code()));
}

TEST_CASE("the tables that a program makes are those that its compiler made")
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
    check(value_table{}, rules_of<value_table>, &make_rules<value_table>);
    check(request_table{}, rules_of<request_table>, &make_rules<request_table>);
    check(response_table{}, rules_of<response_table>, &make_rules<response_table>);
    constexpr std::uint8_t compiled = first_row_of(value_state::extensions);
    const value_state grammar = value_state::extensions;
    CHECK(first_row_of(grammar) == compiled);
}

} // namespace
