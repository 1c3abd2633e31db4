// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is the notation of the grammars of HTTP as tables of transitions, which the compiler builds, two octets for each
/// transition; and the grammars of field values, hosts and request targets in this notation, with the loop that matches a text.
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "character_class.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

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
    static constexpr unsigned last = 0x80;        ///< marks the last transition of a state
    static constexpr unsigned fails = 0x80;       ///< in `next`: the other bits are an error
    static constexpr std::uint8_t missing = 0xFE; ///< as `next`: of no_transition
    static constexpr std::uint8_t accept = 0xFF;  ///< as `next`: the octet ends the text and is not part of it

    [[nodiscard]] constexpr unsigned code() const noexcept { return test & (last - 1); }

    std::uint8_t test; ///< the code of a matcher, and `last`
    std::uint8_t next; ///< the row where the next state begins, or a value that the table defines
};

/// In a constant expression g++ with -fsanitize=undefined compares no pointer with a null pointer: there, this is returned instead.
inline constexpr transition no_transition{0, transition::missing};

/// Finds the first transition of the state that begins at `row` which matches an octet.
///
/// @return nullptr if there is none, but in a constant expression `&no_transition`
[[nodiscard]] constexpr const transition* find_transition(const transition* row, char c) noexcept
{
    const unsigned classes = classes_of(c);
    for (;; ++row) {
        if (matcher::matches(row->code(), c, classes))
            return row;
        if (row->test >= transition::last)
            return std::is_constant_evaluated() ? &no_transition : nullptr;
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
        const unsigned next = next_[i].empty() ? 0U : row_of(next_[i]);
        return {static_cast<std::uint8_t>(tests_[i] | (i + 1 == size_ ? transition::last : 0)),
                static_cast<std::uint8_t>(next | flags_[i])};
    }

    /// Begins a state.
    constexpr transition_table& state(std::string_view name) noexcept
    {
        if (size_ != 0 && !falls_through_)
            tests_[size_ - 1] = static_cast<std::uint8_t>(tests_[size_ - 1] | transition::last);
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

/// The grammars. An octet that is accepted ends the text and is not part of it.
class value_table : public transition_table {
public:
    static constexpr char end = '\0';

    constexpr value_table() noexcept
    {
        constexpr matcher space = white_space, tchar = token_character, hex = hex_digit, named = reg_name_character;
        constexpr matcher digit{decimal_digit, matcher::marked}; // of a number with a limit
        state("nothing").accept('\x7F');

        // RFC 9110 5.6.1: a list of tokens; empty elements are skipped
        state("tokens").on(',', "tokens").on(space, "tokens").accept(end).on(tchar, "tokens_name");
        state("tokens_name").on(tchar, "tokens_name").fall_through();
        state("tokens_end").on(space, "tokens_end").on(',', "tokens").accept(end);

        // RFC 9110 7.8: the same with versions
        state("protocols").on(',', "protocols").on(space, "protocols").accept(end).on(tchar, "protocols_name");
        state("protocols_name").on(tchar, "protocols_name").on('/', "slash").fall_through();
        state("protocols_end").on(space, "protocols_end").on(',', "protocols").accept(end);
        state("slash").on(tchar, "version");
        state("version").on(tchar, "version").on(space, "protocols_end").on(',', "protocols").accept(end);

        // RFC 6455 9.1
        state("extensions").on(',', "extensions").on(space, "extensions").accept(end).on(tchar, "extension");
        state("extension").on(tchar, "extension").fall_through();
        state("extension_end").on(space, "extension_end").on(';', "parameters").on(',', "extensions").accept(end);
        state("parameters").on(space, "parameters").on(tchar, "parameter");
        state("parameter").on(tchar, "parameter").fall_through();
        state("equals").on('=', "value").on(space, "equals").on(';', "parameters").on(',', "extensions").accept(end);
        state("value").on(space, "value").on('"', "quote").on(tchar, "extension");
        state("quote").on('\\', "escape").fall_through();
        state("escape").on(tchar, "quoted");
        state("quoted").on('"', "extension_end").on('\\', "escape").on(tchar, "quoted");

        state("token").on(tchar, "token_end");
        state("token_end").on(tchar, "token_end").accept(end);
        state("number").on(decimal_digit, "number_end");
        state("number_end").on(decimal_digit, "number_end").accept(end);
        state("octet").on('0', "octet_end").on(digit, "octet_digits");
        state("octet_digits").on(digit, "octet_digits").fall_through();
        state("octet_end").accept(end);
        state("outgoing").on(space, "nothing").fall_through();
        state("anything").on(value_character, "anything").accept(end);
        state("outgoing_list").on(space, "nothing").fall_through();
        state("outgoing_comma").on(',', "nothing").on(space, "outgoing_comma").on(value_character, "outgoing_element");
        state("outgoing_element").on(',', "outgoing_comma").on(value_character, "outgoing_element").accept(end);

        // RFC 3986 3.2.2, 3.2.3: with a port or without; up to a path, a query or the end
        state("host").on('[', "literal").fall_through();
        state("name").on(named, "name_end").on('%', "name_percent");
        state("name_percent").on(hex, "name_hex_digit");
        state("name_hex_digit").on(hex, "name_end");
        state("name_end").on(named, "name_end").on('%', "name_percent").fall_through();
        state("ipv6_end").on(':', "port").fall_through();
        state("host_end").on(':', "port").accept('/').accept('?').accept(end);
        state("port").on(digit, "port").fall_through();
        state("port_end").accept('/').accept('?').accept(end);
        state("literal").on('v', "ip_future_v").on(':', "ipv6_colon").on(hex, "ipv6_group");
        state("ipv6_colon").on(':', "ipv6_gap");
        state("ipv6_next").on(':', "ipv6_gap").on(hex, "ipv6_group");
        state("ipv6_gap").on(hex, "ipv6_group").on(']', "ipv6_end");
        state("ipv6_group").on(hex, "ipv6_group_2").fall_through();
        state("ipv6_group_2").on(hex, "ipv6_group_3").fall_through();
        state("ipv6_group_3").on(hex, "ipv6_group_4").fall_through();
        state("ipv6_group_4").on(':', "ipv6_next").on('.', "ipv4").on(']', "ipv6_end");
        const auto octet = [&](std::string_view begin, std::string_view digits, std::string_view after) {
            state(begin).on('0', after).on(digit, digits);
            state(digits).on(digit, digits).fall_through(); // to the state `after`
        };
        octet("ipv4", "ipv4_digits", "ipv4_dot");
        state("ipv4_dot").on('.', "ipv4_second");
        octet("ipv4_second", "ipv4_second_digits", "ipv4_second_dot");
        state("ipv4_second_dot").on('.', "ipv4_third");
        octet("ipv4_third", "ipv4_third_digits", "ipv4_third_dot");
        state("ipv4_third_dot").on('.', "ipv4_fourth");
        octet("ipv4_fourth", "ipv4_fourth_digits", "ipv4_end");
        state("ipv4_end").on(']', "ipv6_end");
        state("ip_future_v").on(hex, "ip_future_version");
        state("ip_future_version").on(hex, "ip_future_version").on('.', "ip_future_dot");
        state("ip_future_dot").on(named, "ip_future_address").on(':', "ip_future_address");
        state("ip_future_address").on(named, "ip_future_address").on(':', "ip_future_address").on(']', "host_end");

        // RFC 3986 3.3, 3.4
        state("path").on('/', "path_end");
        state("path_end").on(path_character, "path_end").on('%', "path_percent").accept(end);
        state("path_percent").on(hex, "path_hex_digit");
        state("path_hex_digit").on(hex, "path_end");
        state("resource").on(path_character, "resource").on('?', "resource").on('%', "resource_percent").accept(end);
        state("resource_percent").on(hex, "resource_hex_digit");
        state("resource_hex_digit").on(hex, "resource");
        // RFC 9112 3.2.1: the origin form, without a fragment; visible characters only
        state("target").on(path_character, "target").accept('#').on(visible_character, "target").accept(end);
        state("http").on('h', "http_h");
        state("http_h").on('t', "http_t");
        state("http_t").on('t', "http_tt");
        state("http_tt").on('p', "http_p");
        state("http_p").on('s', "http_s").fall_through();
        state("http_s").on(':', "http_colon");
        state("http_colon").on('/', "http_slash");
        state("http_slash").on('/', "http_slashes");
        state("http_slashes").accept(visible_character).accept(end);
    }
};

/// Returns the row in which a grammar begins, which is that of its first state.
[[nodiscard]] consteval std::uint8_t start_of(std::string_view grammar) noexcept
{
    return row_of<value_table>(grammar);
}

inline constexpr auto& value_transitions = transitions_of<value_table>;
static_assert(value_transitions.size() < transition::missing);

/// Returns the length of the run of octets at the front of `text` that a plain class matches; 0 for other matchers.
[[nodiscard]] constexpr std::size_t span_of_class(unsigned code, std::string_view text) noexcept
{
    switch (code) {
    case matcher{token_character}.code: return span_of<token_character>(text);
    case matcher{value_character}.code: return span_of<value_character>(text);
    case matcher{reg_name_character}.code: return span_of<reg_name_character>(text);
    case matcher{path_character}.code: return span_of<path_character>(text);
    default: return 0;
    }
}

/// Matches a text with the grammar that begins in `row`, from `i` up to the end or to an octet that ends the text.
///
/// @param i  npos is the end of a text as well: the result for one grammar can be the begin for the next one
/// @return the offset of the end; npos if the text breaks the grammar
[[nodiscard]] SOCKLESS_NOINLINE constexpr std::size_t match_prefix(unsigned row, const char* text, std::size_t size,
                                                                   std::size_t i = 0) noexcept
{
    unsigned number = 0;
    unsigned groups = 0;   // of an IPv6 address
    std::size_t group = 0; // the offset of the last one
    for (;; ++i) {
        const char c = i < size ? to_lower(text[i]) : value_table::end;
        const transition* const found = find_transition(&value_transitions[row], c);
        if (std::is_constant_evaluated() ? found->next == transition::missing : found == nullptr)
            break;
        row = found->next;
        number = matcher::is_marked_class(found->code()) ? number * 10 + (static_cast<unsigned char>(c) & 0x0FU) : 0;
        if (number > (row == start_of("port") ? 0xFFFF : 0xFF))
            break;
        // There are eight groups, or up to seven and a gap. The gap counts for nine: then only eight to sixteen are valid, for
        // after the eighth group nothing may follow, and two gaps are too many.
        switch (row) {
        case transition::accept: return i;
        case start_of("ipv6_gap"): groups += 9; break;
        case start_of("ipv4"): i = group - 1; [[fallthrough]]; // its first number was counted as a group
        case start_of("ipv6_group"):
            group = i;
            if (groups++ == 8)
                return std::string_view::npos;
            break;
        case start_of("ipv6_end"):
            if (groups < 8 || groups > 16)
                return std::string_view::npos;
            break;
        default: break;
        }
        if constexpr (SOCKLESS_SIMD_LEVEL != 0) {
            if (const transition& again = value_transitions[row]; again.next == row && i < size)
                i += span_of_class(again.code(), {text + i + 1, size - i - 1});
        }
    }
    return std::string_view::npos;
}

/// Returns whether all of a text matches the grammar that begins in `row`. The view is split here, since passing a view costs more
/// code than a pointer and a size.
[[nodiscard]] constexpr bool matches(unsigned row, std::string_view text) noexcept
{
    return match_prefix(row, text.data(), text.size()) == text.size();
}

/// Returns whether a program can send a text that has to match the grammar which begins in `row`: it ends without white space.
[[nodiscard]] constexpr bool is_valid_to_send(unsigned row, const std::string_view& text) noexcept
{
    return matches(row, text) && (text.empty() || !is_white_space(text.back()));
}

} // namespace sockless::inline SOCKLESS_ABI::detail
