// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Compares the table with functions for the same grammars: with every text of up to a few relevant octets, and with longer ones made
/// of the pieces of such texts.
#include "reference/grammars.hpp"
#include "support/catch.hpp"
#include "support/print.hpp"
#include "support/random.hpp"

#include <sockless/core/error.hpp>
#include <sockless/handshake/negotiation.hpp>
#include <sockless/http/head_parser.hpp>
#include <sockless/http/uri.hpp>
#include <sockless/http/value_grammar.hpp>

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace {

using namespace sockless;
using detail::matches;
using detail::start_of;

static_assert(matches(start_of("extensions"), "a; b=\"c\\d\" , e") && !matches(start_of("extensions"), "a; b=\"c"));

/// Calls `check` with every text of up to `max_size` of `octets`. Returns the number of texts.
template <class Check>
std::size_t each_text(std::string_view octets, std::size_t max_size, const Check& check)
{
    std::string text;
    std::size_t count = 0;
    const auto longer = [&](const auto& self) -> void {
        check(text);
        ++count;
        if (text.size() == max_size)
            return;
        for (const char c : octets) {
            text.push_back(c);
            self(self);
            text.pop_back();
        }
    };
    longer(longer);
    return count;
}

/// The same with texts of up to `max_count` pieces.
template <class Check>
std::size_t random_texts(std::initializer_list<std::string_view> pieces, std::size_t max_count, const Check& check)
{
    constexpr std::size_t turns = 20000;
    support::random_numbers random{1};
    for (std::size_t turn = 0; turn < turns; ++turn) {
        std::string text;
        for (std::size_t count = random.below(max_count + 1); count > 0; --count)
            text += pieces.begin()[random.below(pieces.size())];
        check(text);
    }
    return turns;
}

bool is_extension_list(std::string_view text)
{
    bool good = false;
    static_cast<void>(reference::slow_extension_parser{text}.list(good));
    return good;
}

TEST_CASE("9110 5.6.1, 7.8: lists of tokens and of protocols by the table")
{
    const auto check = [](std::string_view text) {
        if (matches(start_of("tokens"), text) != reference::is_list(text, false) ||
            matches(start_of("protocols"), text) != reference::is_list(text, true) ||
            matches(start_of("token"), text) != is_token(text) ||
            detail::is_valid_to_send(detail::start_of("outgoing"), text) !=
                (detail::all_of<detail::value_character>(text) && detail::trimmed(text).size() == text.size()) ||
            matches(start_of("number"), text) != reference::is_number(text))
            FAIL_CHECK(text);
    };
    CHECK(each_text("a0,/ \t\x01\xE9", 6, check) > 0);
}

TEST_CASE("6455 9.1: lists of extensions by the table")
{
    const auto check = [](std::string_view text) {
        if (matches(start_of("extensions"), text) != is_extension_list(text))
            FAIL_CHECK(text);
    };
    CHECK(each_text("a;,= \"\\", 7, check) > 0);
    random_texts({"a", "permessage-deflate", ";", ",", "=", " ", "\t", "\"", "\\", "\"a\""}, 14, check);
}

TEST_CASE("6455 4.1: versions by the table")
{
    const auto check = [](std::string_view text) {
        if (matches(start_of("octet"), text) != reference::is_octet(text))
            FAIL_CHECK(text);
    };
    CHECK(each_text("0123456789.x", 4, check) > 0);
}

TEST_CASE("3986 3.2.2, 3.2.3: hosts and ports by the table")
{
    const auto end_of = [](std::string_view text) {
        return detail::match_prefix(start_of("host"), text.data(), text.size());
    };
    const auto check = [end_of](const std::string& text) {
        detail::authority out;
        const bool good = !failed(detail::parse_authority(text, out));
        if (matches(start_of("host"), "[" + text + "]") !=
                (reference::is_ipv6_address(text) || reference::is_ip_future(text)) ||
            reference::is_host(text) != detail::is_host(text) || (end_of(text) == text.size()) != good)
            FAIL_CHECK(text);
        if (good && (end_of(text + "/a") != text.size() || end_of(text + "?a") != text.size()))
            FAIL_CHECK(text);
    };
    CHECK(each_text("1a:.[]%@", 6, check) > 0);
    CHECK(each_text("1:", 17, check) > 0);
    CHECK(random_texts(
              {":", "::", "1", "12ab", "12345", "[", "]", "v1.", "g", "1.2.3.4", "255.0.10.99", "256.1.1.1", "%41"}, 12,
              check) > 0);
    CHECK(random_texts({"1", "25", "0", ".", "255", "256", ":"}, 9, check) > 0);
    CHECK(random_texts({"h:", "0", "6553", "65535", "65536", "5", "9"}, 4, check) > 0);
}

TEST_CASE("3986 3.3, 3.4: paths and queries by the table")
{
    const auto check = [](std::string_view text) {
        if (detail::is_resource_name(text, "") != reference::is_path(text) ||
            detail::is_resource_name("/", text) != reference::is_query(text))
            FAIL_CHECK(text);
    };
    CHECK(each_text("/a?%4#^", 6, check) > 0);
}

namespace tables {

using namespace sockless::detail;

/// A number with a sign or without, and what can follow it.
struct number_table : transition_table {
    constexpr number_table() noexcept
    {
        constexpr matcher digit{decimal_digit, matcher::marked};
        state("sign").on('-', "digits").fall_through();
        state("digits").on(digit, "digits").fall_through();
        state("end").on(white_space, "end", 0x40).fail('!', sockless::error::field_folded).accept(matcher::any);
    }
};

const transition* find(std::string_view state, char c)
{
    return find_transition(&transitions_of<number_table>[table_of<number_table>.row_of(state)], c);
}

TEST_CASE("the first transition that matches an octet is found, in a state or in the states that it falls through to")
{
    CHECK(transitions_of<number_table>.size() == 5);
    CHECK(find("sign", '-') == &transitions_of<number_table>[0]);
    CHECK(find("sign", '7') == &transitions_of<number_table>[1]);
    CHECK(find("digits", '-') == &transitions_of<number_table>[4]);
    CHECK(find("digits", ' ') == &transitions_of<number_table>[2]);
    CHECK(find("end", '7') == &transitions_of<number_table>[4]);
    CHECK(find_transition(&transitions_of<value_table>[start_of("number_end")], 'a') == nullptr);
}

TEST_CASE("a transition leads to a state, with flags, or ends the text")
{
    CHECK(find("sign", '-')->next == table_of<number_table>.row_of("digits"));
    CHECK(find("end", '\t')->next == (table_of<number_table>.row_of("end") | 0x40));
    CHECK(find("end", 'x')->next == transition::accept);
    CHECK(find("end", '!')->next == (transition::fails | static_cast<unsigned>(sockless::error::field_folded)));
    CHECK(matcher::is_marked_class(find("sign", '0')->code()));
    CHECK_FALSE(matcher::is_marked_class(find("end", ' ')->code()));
    CHECK(matcher::is_plain_class(find("end", ' ')->code()));
}

TEST_CASE("tables that are computed at run time are equal to those of the compiler")
{
    const auto check = [](const auto& table, const auto& compiled, auto* make) {
        const auto made = make(); // through a pointer, so that the compiler cannot evaluate the call
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
    const std::string grammar = "extensions";
    CHECK(value_table{}.row_of(grammar) == start_of("extensions"));
}

} // namespace tables

} // namespace
