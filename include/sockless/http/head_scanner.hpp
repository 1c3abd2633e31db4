// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is the grammar of an HTTP/1.1 head as a machine that takes one octet after the other (RFC 9112). For head_reader.hpp
/// only.
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "field_grammar.hpp"
#include "field_index.hpp"
#include "head.hpp"
#include "head_storage.hpp"
#include "usual_lines.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI::detail {

/// Looks at the octets that lie in the storage and lists what it finds; where the input was cut makes no difference to it.
class head_scanner {
public:
    constexpr head_scanner(head_buffers space, bool request) noexcept : space_{space}, request_{request} {}

    /// Looks at each octet from `i` to `end` once; at those of a line that is cut or unusual a second time.
    ///
    /// returns   where to go on: `end`, or behind the head if that is complete, or the octet at fault
    constexpr std::size_t scan(std::size_t i, std::size_t end) noexcept
    {
        while (i < end && state_ != state::complete && state_ != state::failed) {
            switch (state_) {
            case state::want_start:
            case state::want_usual_lines: i = scan_usual_lines(i, end); break;
            case state::want_first_line: i = scan_first_line(i); break;
            case state::want_leading_line_feed: i = expect('\n', i, error::line_end_invalid, state::want_method); break;
            case state::want_method:
                i = scan_word(i + span_of<token_character>(text(i, end)), end, first_, error::request_line_invalid,
                              state::want_target);
                break;
            case state::want_target:
                i = scan_word(i + span_of<visible_character>(text(i, end)), end, second_, error::request_target_invalid,
                              state::want_version);
                break;
            case state::want_version: i = scan_version(i, end); break;
            case state::want_line_end: i = expect('\r', i, error::http_version_invalid, state::want_line_feed); break;
            case state::want_status_space:
                i = expect(' ', i,
                           is(space_.characters[i], decimal_digit) ? error::http_version_invalid
                                                                   : error::status_line_invalid,
                           state::want_status);
                break;
            case state::want_status: i = scan_status(i); break;
            case state::want_reason_space: i = expect(' ', i, error::status_line_invalid, state::want_reason); break;
            case state::want_reason: i = scan_reason(i, end); break;
            case state::want_line_feed: i = expect('\n', i, error::line_end_invalid, state::want_usual_lines); break;
            case state::want_line: i = scan_line(i); break;
            case state::want_name: i = scan_name(i, end); break;
            case state::want_value: i = scan_value(i, end); break;
            case state::want_rest_of_value: i = scan_rest_of_value(i, end); break;
            case state::want_last_line_feed:
                i = expect('\n', i, error::line_end_invalid, state::complete);
                index_.set_fields(fields());
                break;
            case state::complete:
            case state::failed: break;
            }
        }
        return i;
    }

    /// Ends with a failure at octet `i`.
    constexpr std::size_t fail(error reason, std::size_t i) noexcept
    {
        state_ = state::failed;
        failure_ = reason;
        begin_ = i;
        return i;
    }

    [[nodiscard]] constexpr bool is_complete() const noexcept { return state_ == state::complete; }
    [[nodiscard]] constexpr bool has_failed() const noexcept { return state_ == state::failed; }
    [[nodiscard]] constexpr bool in_request_line() const noexcept { return request_ && state_ <= state::want_line_end; }
    [[nodiscard]] constexpr bool is_request() const noexcept { return request_; }
    [[nodiscard]] constexpr head_buffers space() const noexcept { return space_; }
    [[nodiscard]] constexpr std::span<const field> fields() const noexcept { return space_.fields.first(count_); }
    /// Once the head is complete.
    [[nodiscard]] constexpr const field_index& index() const noexcept { return index_; }
    /// The method of a request, the status of a response.
    [[nodiscard]] constexpr std::string_view first() const noexcept { return first_; }
    /// The target of a request, the reason of a response.
    [[nodiscard]] constexpr std::string_view second() const noexcept { return second_; }
    [[nodiscard]] constexpr http_version version() const noexcept { return version_; }
    [[nodiscard]] constexpr error failure() const noexcept { return failure_; }
    [[nodiscard]] constexpr std::size_t failure_offset() const noexcept { return has_failed() ? begin_ : 0; }

private:
    /// What the next octet has to be, or the run of octets that it belongs to.
    enum class state : std::uint8_t {
        want_start, // `in_request_line` relies on the order down to `want_line_end`
        want_first_line,
        want_leading_line_feed,
        want_method,
        want_target,
        want_version,
        want_line_end,
        want_status_space,
        want_status,
        want_reason_space,
        want_reason,
        want_line_feed,
        want_usual_lines,
        want_line,
        want_name,
        want_value,
        want_rest_of_value,
        want_last_line_feed,
        complete,
        failed,
    };

    [[nodiscard]] constexpr std::string_view text(std::size_t begin, std::size_t end) const noexcept
    {
        return {space_.characters.data() + begin, end - begin};
    }

    // Each of the following returns where to go on: behind what it has eaten, or at the octet at fault.

    /// Octet `i` may not stand where it does. RFC 9112 2.2: a bare LF may stand nowhere.
    constexpr std::size_t refuse(error reason, std::size_t i) noexcept
    {
        return fail(space_.characters[i] == '\n' ? error::line_end_invalid : reason, i);
    }

    /// Octet `i` is eaten; the next element begins behind it.
    constexpr std::size_t go_on(state next, std::size_t i) noexcept
    {
        state_ = next;
        begin_ = i + 1;
        return i + 1;
    }

    constexpr std::size_t expect(char wanted, std::size_t i, error reason, state next) noexcept
    {
        return space_.characters[i] == wanted ? go_on(next, i) : refuse(reason, i);
    }

    /// RFC 9112 2.2: one empty line before a request line is skipped.
    constexpr std::size_t scan_first_line(std::size_t i) noexcept
    {
        if (request_ && space_.characters[i] == '\r')
            return go_on(state::want_leading_line_feed, i);
        state_ = request_ ? state::want_method : state::want_version;
        return i;
    }

    /// RFC 9112 3: method and target end with exactly one space; `i` is the end of the run of their characters.
    constexpr std::size_t scan_word(std::size_t i, std::size_t end, std::string_view& word, error reason,
                                    state next) noexcept
    {
        if (i == end)
            return i;
        const char c = space_.characters[i];
        if (i == begin_ || c == '\r')
            return refuse(is_white_space(c) || c == '\r' ? error::request_line_invalid : reason, i);
        if (c != ' ')
            return refuse(reason, i);
        word = text(begin_, i);
        return go_on(next, i);
    }

    /// RFC 9112 2.3: `HTTP/` DIGIT `.` DIGIT, in upper case
    constexpr std::size_t scan_version(std::size_t i, std::size_t end) noexcept
    {
        constexpr std::string_view pattern = "HTTP/0.0";
        constexpr std::string_view usual = "HTTP/1.1";
        if (i == begin_ && end - i >= usual.size() && same(text(i, i + usual.size()), usual))
            i += usual.size();
        for (; i < end && i - begin_ < pattern.size(); ++i) {
            const char c = space_.characters[i];
            const char wanted = pattern[i - begin_];
            if (wanted == '0' ? is(c, decimal_digit) : c == wanted)
                continue;
            const bool meant = i - begin_ > 4 || to_lower(c) == to_lower(wanted);
            const error line = request_ ? error::request_line_invalid : error::status_line_invalid;
            return refuse(meant ? error::http_version_invalid : line, i);
        }
        if (i - begin_ < pattern.size())
            return i;
        version_ = {static_cast<std::uint8_t>(space_.characters[i - 3] - '0'),
                    static_cast<std::uint8_t>(space_.characters[i - 1] - '0')};
        state_ = request_ ? state::want_line_end : state::want_status_space;
        return i;
    }

    /// RFC 9112 4: three digits; RFC 9110 15: none of the classes begins with 0
    constexpr std::size_t scan_status(std::size_t i) noexcept
    {
        const char c = space_.characters[i];
        if (!is(c, decimal_digit) || (c == '0' && i == begin_))
            return refuse(error::status_line_invalid, i);
        if (i - begin_ == 2) {
            first_ = text(begin_, i + 1);
            state_ = state::want_reason_space; // required even where no reason follows
        }
        return i + 1;
    }

    constexpr std::size_t scan_reason(std::size_t i, std::size_t end) noexcept
    {
        i += span_of<value_character>(text(i, end));
        if (i == end)
            return i;
        second_ = text(begin_, i);
        return expect('\r', i, error::status_line_invalid, state::want_line_feed);
    }

    /// From the beginning of a line on, the lines that are written as usual, and the head's end. In small code there are only the
    /// states.
    constexpr std::size_t scan_usual_lines(std::size_t i, std::size_t end) noexcept
    {
        const bool is_first = state_ == state::want_start;
        state_ = is_first ? state::want_first_line : state::want_line;
        if (!optimize_size && !std::is_constant_evaluated() && (request_ || !is_first))
            i += skip_usual_lines(text(i, end), is_first);
        begin_ = i;
        return i;
    }

    /// returns   the size of what `text` begins with and has been dealt with
    std::size_t skip_usual_lines(std::string_view text, bool is_first) noexcept
    {
        const std::span<field> fields = space_.fields; // copies: what is written below might be these as well
        std::size_t count = count_;
        std::size_t end = 0;
        line_cursor lines{text};
        std::string_view line;
        known_field known = known_field::other;
        while (state_ != state::complete && lines.next(line)) {
            if (is_first) {
                if (!split_usual_request_line(line, first_, second_))
                    break;
                state_ = state::want_line;
                is_first = false;
            } else if (line.empty()) {
                state_ = state::complete;
            } else if (count < fields.size() && split_usual_field_line(line, fields[count], known)) {
                index_.add(known, count++);
            } else {
                break;
            }
            end = lines.end();
        }
        count_ = count;
        index_.set_fields(fields.first(count));
        return end;
    }

    constexpr std::size_t scan_line(std::size_t i) noexcept
    {
        if (space_.characters[i] == '\r')
            return go_on(state::want_last_line_feed, i);
        if (is_white_space(space_.characters[i]))
            return unfold(i);
        if (count_ == space_.fields.size())
            return fail(error::too_many_fields, i);
        state_ = state::want_name;
        return i;
    }

    /// RFC 9112 5, 5.1: a token and at once a colon
    constexpr std::size_t scan_name(std::size_t i, std::size_t end) noexcept
    {
        i += span_of<token_character>(text(i, end));
        if (i == end)
            return i;
        const char c = space_.characters[i];
        if (c != ':' || i == begin_)
            return refuse(is_white_space(c) ? error::field_name_space : error::field_name_invalid, i);
        space_.fields[count_].name = text(begin_, i);
        index_.add(recognise(space_.fields[count_].name), count_);
        return go_on(state::want_value, i);
    }

    constexpr std::size_t scan_value(std::size_t i, std::size_t end) noexcept
    {
        begin_ = line_ = content_end_ = i + span_of<white_space>(text(i, end));
        if (begin_ < end)
            state_ = state::want_rest_of_value;
        return begin_;
    }

    /// White space at the end is only looked for on the value's last line, so that a thousand folds cost no more than one.
    constexpr std::size_t scan_rest_of_value(std::size_t i, std::size_t end) noexcept
    {
        i += span_of<value_character>(text(i, end));
        if (i == end)
            return i;
        if (space_.characters[i] != '\r')
            return refuse(error::field_value_invalid, i);
        std::size_t stop = i;
        while (stop > line_ && is_white_space(space_.characters[stop - 1]))
            --stop;
        if (stop > line_)
            content_end_ = stop;
        space_.fields[count_++].value = text(begin_, content_end_);
        return go_on(state::want_line_feed, i);
    }

    /// RFC 9112 5.2: a line that begins with white space continues the value above it. Refused in a request; in a response the
    /// line end becomes white space. RFC 9112 2.2: there is nothing to continue behind the start line.
    constexpr std::size_t unfold(std::size_t i) noexcept
    {
        if (request_ || count_ == 0)
            return fail(error::field_folded, i);
        space_.characters[i - 2] = ' ';
        space_.characters[i - 1] = ' ';
        const std::string_view value = space_.fields[--count_].value;
        begin_ = static_cast<std::size_t>(value.data() - space_.characters.data());
        content_end_ = begin_ + value.size();
        line_ = i;
        state_ = value.empty() ? state::want_value : state::want_rest_of_value;
        return i;
    }

    head_buffers space_;
    std::size_t begin_ = 0;       // where the current element begins; the octet at fault after a failure
    std::size_t line_ = 0;        // where the current line of the value begins
    std::size_t content_end_ = 0; // where the value's last line with content ends
    std::size_t count_ = 0;       // complete fields
    field_index index_;
    std::string_view first_;
    std::string_view second_;
    http_version version_;
    bool request_;
    state state_ = state::want_start;
    error failure_ = error::none;
};

} // namespace sockless::inline SOCKLESS_ABI::detail
