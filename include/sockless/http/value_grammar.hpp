// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file holds the grammars of field values and targets as one table, two octets for each rule, and the loop that walks it.
/// It is for small code, and says of a text what the functions of authority.hpp, uri.hpp, extension.hpp and negotiation.hpp say.
#pragma once

#include "../config.hpp"
#include "field_grammar.hpp"
#include "rule_table.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI::detail {

/// What has been read. A grammar is the state that it begins with.
enum class value_state : std::uint8_t {
    nothing, // no text at all, not even an empty one
    anything,
    tokens, // RFC 9110 5.6.1: a list of tokens; empty elements are skipped
    tokens_name,
    tokens_behind,
    protocols, // RFC 9110 7.8: the same, with versions
    protocols_name,
    protocols_behind,
    protocols_slash,
    protocols_version,
    extensions, // RFC 6455 9.1
    extensions_token,
    extensions_behind,
    extensions_semicolon,
    extensions_parameter,
    extensions_before_equals,
    extensions_equals,
    extensions_quote,
    extensions_escape,
    extensions_quoted,
    token, // RFC 9110 5.6.2
    token_behind,
    zeros, // a Content-Length of nothing
    zeros_behind,
    octet, // RFC 6455 4.1: a version: 0 to 255 without leading zeros
    octet_digits,
    octet_behind,
    sendable, // RFC 9110 5.5: a field value without white space around it
    sendable_text,
    sendable_space,
    sendable_list, // the same without empty elements
    sendable_element,
    sendable_list_space,
    sendable_comma,
    host, // RFC 3986 3.2.2, 3.2.3: with a port or without; up to a path, a query or the end
    name,
    name_behind,
    name_percent,
    name_hex_digit,
    host_behind,
    port, // up to 65535
    port_behind,
    literal, // behind "["
    literal_behind,
    ipv6_colon, // the first of all
    ipv6_gap,   // behind "::", which is what `ipv6_group` says of it
    ipv6_group, // behind its first digit
    ipv6_group_2,
    ipv6_group_3,
    ipv6_group_4,
    ipv6_next, // behind the colon
    ipv6_behind,
    ipv4, // at the "." behind what was read as a group: it is read again
    ipv4_digits,
    ipv4_dot,
    ipv4_second,
    ipv4_second_digits,
    ipv4_second_dot,
    ipv4_third,
    ipv4_third_digits,
    ipv4_third_dot,
    ipv4_fourth,
    ipv4_fourth_digits,
    ipv4_end,
    ip_future_v,
    ip_future_version,
    ip_future_dot,
    ip_future_address,
    path, // RFC 3986 3.3
    path_behind,
    path_percent,
    path_hex_digit,
    resource, // RFC 3986 3.3, 3.4: path and query, or one of the two
    resource_percent,
    resource_hex_digit,
    origin_form, // RFC 9112 3.2.1: no fragment, and what is not visible has been refused before
    http,        // the scheme of an absolute form, up to the authority
    http_h,
    http_t,
    http_tt,
    http_p,
    http_s,
    http_colon,
    http_slash,
    http_slashes,
};

/// Octets on which a text ends are not a part of it any more.
class value_table : public rule_table<value_state, static_cast<std::size_t>(value_state::http_slashes) + 1> {
public:
    static constexpr char end = '\0';

    constexpr value_table() noexcept
    {
        using enum value_state;
        constexpr rule_test space = white_space, tchar = token_character, hex = hex_digit, named = reg_name_character;
        constexpr rule_test digit{decimal_digit, rule_test::marked}; // of a number that has a limit
        state(nothing).ends('\x7F');
        state(anything).on(value_character, anything).ends(end);

        state(tokens).on(',', tokens).on(space, tokens).ends(end).on(tchar, tokens_name);
        state(tokens_name).on(tchar, tokens_name).below();
        state(tokens_behind).on(space, tokens_behind).on(',', tokens).ends(end);

        state(protocols).on(',', protocols).on(space, protocols).ends(end).on(tchar, protocols_name);
        state(protocols_name).on(tchar, protocols_name).on('/', protocols_slash).below();
        state(protocols_behind).on(space, protocols_behind).on(',', protocols).ends(end);
        state(protocols_slash).on(tchar, protocols_version);
        state(protocols_version).on(tchar, protocols_version).on(space, protocols_behind).on(',', protocols);
        also().ends(end);

        state(extensions).on(',', extensions).on(space, extensions).ends(end).on(tchar, extensions_token);
        state(extensions_token).on(tchar, extensions_token).below();
        state(extensions_behind).on(space, extensions_behind).on(';', extensions_semicolon);
        also().on(',', extensions).ends(end);
        state(extensions_semicolon).on(space, extensions_semicolon).on(tchar, extensions_parameter);
        state(extensions_parameter).on(tchar, extensions_parameter).below();
        state(extensions_before_equals).on('=', extensions_equals).on(space, extensions_before_equals);
        also().on(';', extensions_semicolon).on(',', extensions).ends(end);
        state(extensions_equals).on(space, extensions_equals).on('"', extensions_quote).on(tchar, extensions_token);
        state(extensions_quote).on('\\', extensions_escape).below();
        state(extensions_escape).on(tchar, extensions_quoted);
        state(extensions_quoted).on('"', extensions_behind).on('\\', extensions_escape).on(tchar, extensions_quoted);

        state(token).on(tchar, token_behind);
        state(token_behind).on(tchar, token_behind).ends(end);
        state(zeros).on('0', zeros_behind);
        state(zeros_behind).on('0', zeros_behind).ends(end);
        state(octet).on('0', octet_behind).on(digit, octet_digits);
        state(octet_digits).on(digit, octet_digits).below();
        state(octet_behind).ends(end);
        state(sendable).on(space, nothing).below();
        state(sendable_text).on(space, sendable_space).on(value_character, sendable_text).ends(end);
        state(sendable_space).on(space, sendable_space).on(value_character, sendable_text);
        state(sendable_list).on(space, nothing).below();
        state(sendable_comma).on(',', nothing).on(space, sendable_comma).on(value_character, sendable_element);
        state(sendable_element).on(space, sendable_list_space).on(',', sendable_comma);
        also().on(value_character, sendable_element).ends(end);
        state(sendable_list_space).on(space, sendable_list_space).on(',', sendable_comma);
        also().on(value_character, sendable_element);

        state(host).on('[', literal).below();
        state(name).on(named, name_behind).on('%', name_percent);
        state(name_percent).on(hex, name_hex_digit);
        state(name_hex_digit).on(hex, name_behind);
        state(name_behind).on(named, name_behind).on('%', name_percent).below();
        state(ipv6_behind).on(':', port).below();
        state(host_behind).on(':', port).ends('/').ends('?').ends(end);
        state(port).on(digit, port).below();
        state(port_behind).ends('/').ends('?').ends(end);
        state(literal).on('v', ip_future_v).on(':', ipv6_colon).on(hex, ipv6_group);
        state(ipv6_colon).on(':', ipv6_gap);
        state(ipv6_next).on(':', ipv6_gap).on(hex, ipv6_group);
        state(ipv6_gap).on(hex, ipv6_group).on(']', ipv6_behind);
        state(ipv6_group).on(hex, ipv6_group_2).below();
        state(ipv6_group_2).on(hex, ipv6_group_3).below();
        state(ipv6_group_3).on(hex, ipv6_group_4).below();
        state(ipv6_group_4).on(':', ipv6_next).on('.', ipv4).on(']', ipv6_behind);
        state(ipv4).on('0', ipv4_dot).on(digit, ipv4_digits);
        state(ipv4_digits).on(digit, ipv4_digits).below();
        state(ipv4_dot).on('.', ipv4_second);
        state(ipv4_second).on('0', ipv4_second_dot).on(digit, ipv4_second_digits);
        state(ipv4_second_digits).on(digit, ipv4_second_digits).below();
        state(ipv4_second_dot).on('.', ipv4_third);
        state(ipv4_third).on('0', ipv4_third_dot).on(digit, ipv4_third_digits);
        state(ipv4_third_digits).on(digit, ipv4_third_digits).below();
        state(ipv4_third_dot).on('.', ipv4_fourth);
        state(ipv4_fourth).on('0', ipv4_end).on(digit, ipv4_fourth_digits);
        state(ipv4_fourth_digits).on(digit, ipv4_fourth_digits).below();
        state(ipv4_end).on(']', ipv6_behind);
        state(ip_future_v).on(hex, ip_future_version);
        state(ip_future_version).on(hex, ip_future_version).on('.', ip_future_dot);
        state(ip_future_dot).on(named, ip_future_address).on(':', ip_future_address);
        state(ip_future_address).on(named, ip_future_address).on(':', ip_future_address).on(']', host_behind);

        state(path).on('/', path_behind);
        state(path_behind).on(path_character, path_behind).on('%', path_percent).ends(end);
        state(path_percent).on(hex, path_hex_digit);
        state(path_hex_digit).on(hex, path_behind);
        state(resource).on(path_character, resource).on('?', resource).on('%', resource_percent).ends(end);
        state(resource_percent).on(hex, resource_hex_digit);
        state(resource_hex_digit).on(hex, resource);
        state(origin_form).ends('#').on(visible_character, origin_form).ends(end);
        state(http).on('h', http_h);
        state(http_h).on('t', http_t);
        state(http_t).on('t', http_tt);
        state(http_tt).on('p', http_p);
        state(http_p).on('s', http_s).below();
        state(http_s).on(':', http_colon);
        state(http_colon).on('/', http_slash);
        state(http_slash).on('/', http_slashes);
        state(http_slashes).ends(visible_character).ends(end);
    }
};

[[nodiscard]] constexpr std::uint8_t first_row_of(value_state grammar) noexcept
{
    return table_of<value_table>.row_of(grammar);
}

inline constexpr auto& value_rules = rules_of<value_table>;
static_assert(value_rules.size() < end_of_rules);

/// How much of `text` agrees with the grammar that begins in this row: from `i` up to its end, or to an octet that is accepted as
/// such.
///
/// `i`       npos is the end of a text as well: what `agreeing` gave for another grammar may be passed on
/// returns   npos if it breaks the grammar
[[nodiscard]] SOCKLESS_NOINLINE constexpr std::size_t agreeing(unsigned row, const char* text, std::size_t size,
                                                               std::size_t i = 0) noexcept
{
    using enum value_state;
    unsigned number = 0;
    unsigned groups = 0;   // of an IPv6 address
    std::size_t group = 0; // where the last one of them begins
    for (;; ++i) {
        const char c = i < size ? to_lower(text[i]) : value_table::end;
        const rule* const found = rule_for(&value_rules[row], c);
        if (found == nullptr)
            break;
        row = found->next;
        number = rule_test::is_marked_class(found->code()) ? number * 10 + (static_cast<unsigned char>(c) & 0x0FU) : 0;
        if (number > (row == first_row_of(port) ? 0xFFFF : 0xFF))
            break;
        // Of groups there are eight, or up to seven and a gap. The gap counts for nine: then nothing but eight to sixteen is
        // good, for behind the eighth group nothing may follow, and two gaps are too many.
        switch (row) {
        case end_of_rules: return i;
        case first_row_of(ipv6_gap): groups += 9; break;
        case first_row_of(ipv4): i = group - 1; [[fallthrough]]; // its first number was a group already
        case first_row_of(ipv6_group):
            group = i;
            if (groups++ == 8)
                return std::string_view::npos;
            break;
        case first_row_of(ipv6_behind):
            if (groups < 8 || groups > 16)
                return std::string_view::npos;
            break;
        default: break;
        }
    }
    return std::string_view::npos;
}

/// The same of a view, which is taken apart here: views that functions pass to each other are code.
[[nodiscard]] constexpr std::size_t agreeing(unsigned row, std::string_view text) noexcept
{
    return agreeing(row, text.data(), text.size());
}

/// Whether all of `text` is of this grammar.
template <value_state Grammar>
[[nodiscard]] constexpr bool agrees(std::string_view text) noexcept
{
    constexpr std::uint8_t row = first_row_of(Grammar);
    return agreeing(row, text) == text.size();
}

/// What a program may send as a name, and as a value: `is_token`, and `is_field_value` without white space around it.
[[nodiscard]] constexpr bool is_sendable_token(std::string_view text) noexcept
{
    return optimize_size ? agrees<value_state::token>(text) : is_token(text);
}
[[nodiscard]] constexpr bool is_sendable_value(std::string_view text) noexcept
{
    return optimize_size ? agrees<value_state::sendable>(text)
                         : is_field_value(text) && trimmed(text).size() == text.size();
}

} // namespace sockless::inline SOCKLESS_ABI::detail
