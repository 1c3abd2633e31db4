// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is the grammar of an HTTP/1.1 head, octet by octet (RFC 9112), as one table for requests and one for responses.
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "character_class.hpp"
#include "value_grammar.hpp"

#include <cstdint>

namespace sockless::inline SOCKLESS_ABI::detail {

enum class head_kind : std::uint8_t { request, response };

/// The parts of a head, in their order, and the other results of a step.
enum class head_part : std::uint8_t {
    method, // RFC 9112 3: a request begins with these three
    target,
    request_version,
    name, // RFC 9112 5
    value,
    none, // all input was consumed, the head continues
    end,  // the empty line was consumed
    failure,
    response_version = method, // RFC 9112 4: a response begins with these three
    status = target,
    reason = request_version,
};

/// The grammar of a head. An octet that a class matches is part of the token, unless the class is marked by `dropped`; all other
/// octets are not. An octet that `any` matches without an error belongs to the next state: it is not consumed.
template <head_kind Kind>
class head_table : public transition_table {
public:
    static constexpr unsigned emits = 0x40; ///< in `next`: a part ends here

    constexpr head_table() noexcept
    {
        using enum error;
        constexpr unsigned dropped = matcher::marked;
        constexpr matcher any = matcher::any;
        constexpr matcher space{white_space, dropped};
        constexpr bool is_request = Kind == head_kind::request;

        if (is_request) {
            // RFC 9112 2.2: one empty line before a request line is skipped
            state("start").on('\r', "empty_line").fall_through();
            state("method_begin").on(token_character, "method").fail(any, request_line_invalid);
            state("method")
                .on(token_character, "method")
                .on(' ', "target_begin", emits)
                .fail(any, request_line_invalid);
            state("empty_line").on('\n', "method_begin");
            state("target_begin").on(visible_character, "target").fail(space, request_line_invalid);
            fail('\r', request_line_invalid).fail(any, request_target_invalid);
            state("target").on(visible_character, "target").on(' ', "version", emits).fail('\r', request_line_invalid);
            fail(any, request_target_invalid);
        }
        // RFC 9112 2.3: in upper case. An octet that fits in no case is an error of the whole line.
        const error other = is_request ? request_line_invalid : status_line_invalid;
        const error bad = http_version_invalid;
        state("version").on('H', "version_t").fail('h', bad).fail(any, other);
        state("version_t").on('T', "version_tt").fail('t', bad).fail(any, other);
        state("version_tt").on('T', "version_p").fail('t', bad).fail(any, other);
        state("version_p").on('P', "version_slash").fail('p', bad).fail(any, other);
        state("version_slash").on('/', "version_major").fail(any, other);
        state("version_major").on(decimal_digit, "version_point").fail(any, bad);
        state("version_point").on('.', "version_minor").fail(any, bad);
        state("version_minor").on(decimal_digit, "version_end").fail(any, bad);
        if (is_request) {
            state("version_end").on('\r', "line_feed", emits).fail(any, bad);
        } else {
            state("version_end").on(' ', "status", emits).fail(decimal_digit, bad).fail(any, other);
            // RFC 9110 15: 100 to 999
            state("status").fail('0', other).on(decimal_digit, "status_second").fail(any, other);
            state("status_second").on(decimal_digit, "status_third").fail(any, other);
            state("status_third").on(decimal_digit, "status_end").fail(any, other);
            state("status_end").on(' ', "reason", emits).fail(any, other);
            state("reason").on({value_character, dropped}, "reason").on('\r', "line_feed", emits).fail(any, other);
        }
        state("line_feed").on('\n', "line");

        // RFC 9112 5.2: only a response may be folded.
        state("skipped_line");
        if (!is_request)
            on(space, "skipped");
        fall_through();
        state("line").on('\r', "last_line_feed").fail(space, field_folded).on(any, "name_begin");
        state("name_begin").on(token_character, "name").fail(any, field_name_invalid);
        state("name").on(token_character, "name").on(':', "value_begin", emits).fail(space, field_name_space);
        fail(any, field_name_invalid);
        state("value_begin").on(space, "value_begin");
        if (!is_request)
            on('\r', "value_begin_line_feed");
        fall_through();
        state("value").on(value_character, "value").on('\r', "value_line_feed").fail(any, field_value_invalid);
        state("value_line_feed").on('\n', "value_line");
        if (!is_request) {
            state("value_begin_line_feed").on('\n', "value_begin_line");
            state("value_begin_line").on(space, "value_begin").fall_through();
        }
        state("value_line");
        if (!is_request)
            on(white_space, "value");
        on(any, "line", emits);
        state("skipped").on({value_character, dropped}, "skipped").on('\r', "skipped_line_feed");
        fail(any, field_value_invalid);
        state("skipped_line_feed").on('\n', "skipped_line");
        state("last_line_feed").on('\n', "end");
        state("end");
    }
};

} // namespace sockless::inline SOCKLESS_ABI::detail
