// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The table beside functions for the same grammars: with every text of up to a few octets that matter, and with longer ones made
/// of the pieces of such texts.
#include "reference/grammars.hpp"
#include "support/catch.hpp"
#include "support/print.hpp"
#include "support/random.hpp"

#include <sockless/handshake/extension.hpp>
#include <sockless/handshake/negotiation.hpp>
#include <sockless/http/authority.hpp>
#include <sockless/http/uri.hpp>
#include <sockless/http/value_grammar.hpp>

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace {

using namespace sockless;
using detail::matches;
using detail::value_state;

static_assert(matches<value_state::extensions>("a; b=\"c\\d\" , e") && !matches<value_state::extensions>("a; b=\"c"));

/// Calls `check` with every text of up to `most` of `octets`. Both return how many there were.
template <class Check>
std::size_t each_text(std::string_view octets, std::size_t most, const Check& check)
{
    std::string text;
    std::size_t count = 0;
    const auto longer = [&](const auto& self) -> void {
        check(text);
        ++count;
        if (text.size() == most)
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

/// And with texts of up to `most` pieces.
template <class Check>
std::size_t random_texts(std::initializer_list<std::string_view> pieces, std::size_t most, const Check& check)
{
    constexpr std::size_t turns = 20000;
    support::random_numbers random{1};
    for (std::size_t turn = 0; turn < turns; ++turn) {
        std::string text;
        for (std::size_t count = random.below(most + 1); count > 0; --count)
            text += pieces.begin()[random.below(pieces.size())];
        check(text);
    }
    return turns;
}

bool is_extension_list(std::string_view text)
{
    extension_cursor list{text};
    extension element;
    while (list.next(element)) {
    }
    return !list.malformed();
}

TEST_CASE("9110 5.6.1, 7.8: lists of tokens and of protocols by the table")
{
    const auto check = [](std::string_view text) {
        if (matches<value_state::tokens>(text) != reference::is_list(text, false) ||
            matches<value_state::protocols>(text) != reference::is_list(text, true) ||
            matches<value_state::token>(text) != is_token(text) ||
            detail::is_valid_to_send(detail::start_of(value_state::outgoing), text) !=
                (detail::all_of<detail::value_character>(text) && detail::trimmed(text).size() == text.size()) ||
            matches<value_state::zeros>(text) != reference::is_zeros(text))
            FAIL_CHECK(text);
    };
    CHECK(each_text("a0,/ \t\x01\xE9", 6, check) > 0);
}

TEST_CASE("6455 9.1: lists of extensions by the table")
{
    const auto check = [](std::string_view text) {
        if (matches<value_state::extensions>(text) != is_extension_list(text))
            FAIL_CHECK(text);
    };
    CHECK(each_text("a;,= \"\\", 7, check) > 0);
    random_texts({"a", "permessage-deflate", ";", ",", "=", " ", "\t", "\"", "\\", "\"a\""}, 14, check);
}

TEST_CASE("6455 4.1: versions by the table")
{
    const auto check = [](std::string_view text) {
        if (matches<value_state::octet>(text) != reference::is_octet(text))
            FAIL_CHECK(text);
    };
    CHECK(each_text("0123456789.x", 4, check) > 0);
}

TEST_CASE("3986 3.2.2, 3.2.3: hosts and ports by the table")
{
    const auto end_of = [](std::string_view text) {
        return detail::match_prefix(detail::start_of(value_state::host), text);
    };
    const auto check = [end_of](const std::string& text) {
        detail::authority out;
        const bool good = !failed(detail::parse_authority(text, out));
        if (matches<value_state::host>("[" + text + "]") !=
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

} // namespace
