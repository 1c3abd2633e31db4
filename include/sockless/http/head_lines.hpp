// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is the grammar of an HTTP/1.1 head, octet by octet (RFC 9112), as one table for requests and one for responses; and fast
/// functions that split whole lines in their common form, and reject all others: head_parser.hpp reads those by the table.
#pragma once

#include "../bytes/ascii_scan.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "character_class.hpp"
#include "head.hpp"
#include "value_grammar.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

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
            // RFC 9112 4 demands a space; many servers without a reason phrase leave it out.
            state("status_end").on(' ', "reason", emits).on('\r', "no_reason", emits).fail(any, other);
            state("no_reason").on(any, "line_feed", emits);
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

/// Whether common forms have a way of their own beside the tables.
inline constexpr bool has_fast_lines = !optimize_size;

/// Iterates over the lines of a text that end with CR LF and have no control characters but HTAB.
///
/// The end of a line is found before all else, in bitmaps of control characters, so that the processor can work at several lines
/// at once.
class line_cursor {
public:
    explicit line_cursor(std::string_view text) noexcept : text_{text} {}

    /// @return false if the next line is not complete or is another kind of line; it is not called again then
    /// @par Complexity  O(line.size())
    SOCKLESS_INLINE bool next(std::string_view& line) noexcept
    {
        for (;;) {
            while (bitmap_ == 0) {
                if (scanned_ == text_.size())
                    return false;
                base_ = scanned_;
                bitmap_ = next_bitmap();
            }
            const std::size_t at = base_ + static_cast<std::size_t>(std::countr_zero(bitmap_));
            bitmap_ &= bitmap_ - 1;
            if (at < end_ || text_[at] == '\t')
                continue; // the line feed of the line before, or a character of this one
            if (text_.size() - at < 2 || text_[at] != '\r' || text_[at + 1] != '\n')
                return false;
            bitmap_ &= bitmap_ - 1; // the line feed, if its bit is in the same word
            line = {text_.data() + end_, at - end_};
            end_ = at + 2;
            return true;
        }
    }

    /// Returns the offset after the line feed of the last line.
    [[nodiscard]] std::size_t end() const noexcept { return end_; }

private:
    SOCKLESS_INLINE std::uint64_t next_bitmap() noexcept
    {
        const std::size_t rest = text_.size() - scanned_;
        if (rest >= simd::bitmap_width) {
            scanned_ += simd::bitmap_width;
            return simd::control_bitmap(text_.data() + base_, simd::bitmap_width);
        }
        scanned_ = text_.size();
        if (text_.size() < simd::bitmap_width)
            return simd::control_bitmap(text_.data(), text_.size());
        const std::size_t again = simd::bitmap_width - rest; // so that no size but one is common
        return simd::control_bitmap(text_.data() + base_ - again, simd::bitmap_width) >> again;
    }

    std::string_view text_;
    std::size_t end_ = 0;
    std::size_t base_ = 0; // the offset that the lowest bit of `bitmap_` belongs to
    std::size_t scanned_ = 0;
    std::uint64_t bitmap_ = 0; // of control characters
};

inline constexpr std::string_view version_1_1 = "HTTP/1.1";

[[nodiscard]] SOCKLESS_INLINE bool is_version_1_1(const char* text) noexcept
{
    return std::memcmp(text, version_1_1.data(), version_1_1.size()) == 0;
}

/// Splits `GET /chat HTTP/1.1`.
///
/// @return false for another kind of line
[[nodiscard]] inline bool split_request_line_fast(std::string_view line, std::string_view& method,
                                                  std::string_view& target) noexcept
{
    constexpr std::size_t end = 1 + version_1_1.size();
    std::size_t space = 0;
    while (space < line.size() && has_class(line[space], token_character))
        ++space;
    if (space == 0 || line.size() < space + 2 + end || line[space] != ' ' || line[line.size() - end] != ' ' ||
        !is_version_1_1(line.data() + line.size() - version_1_1.size()))
        return false;
    method = {line.data(), space};
    target = {line.data() + space + 1, line.size() - end - space - 1};
    return all_of<visible_character>(target);
}

/// Splits `HTTP/1.1 101 Switching Protocols`.
///
/// @return false for another kind of line
[[nodiscard]] inline bool split_status_line_fast(std::string_view line, std::string_view& status,
                                                 std::string_view& reason) noexcept
{
    constexpr std::size_t begin = version_1_1.size() + 1;
    const bool has_reason = line.size() > begin + 3;
    if (line.size() < begin + 3 || !is_version_1_1(line.data()) || line[begin - 1] != ' ' ||
        (has_reason && line[begin + 3] != ' '))
        return false;
    status = {line.data() + begin, 3};
    reason = has_reason ? subview(line, begin + 4) : std::string_view{};
    return status[0] != '0' && all_of<decimal_digit>(status);
}

/// Splits `name: value`, without white space around the value.
///
/// @param[out] known  the field of the dictionary
/// @return false for another kind of line; `out` is unchanged then
[[nodiscard]] SOCKLESS_INLINE bool split_field_line_fast(std::string_view line, field& out, known_field& known) noexcept
{
    const std::size_t colon = simd::find(line.data(), line.size(), ':');
    const std::size_t value = colon + 2;
    const auto is_visible = [](char c) { return static_cast<unsigned char>(c) > ' '; }; // of the characters of a line
    if (line.size() <= value || line[colon + 1] != ' ' || !is_visible(line[value]) || !is_visible(line.back()))
        return false;
    const std::string_view name{line.data(), colon};
    known = find_known_field(name);
    if (known.id == field_id::other && (name.empty() || span_of<token_character>(line) != colon))
        return false;
    out = {name, {line.data() + value, line.size() - value}};
    return true;
}

/// Returns whether a value has the form that nearly all peers send, which needs no grammar.
[[nodiscard]] SOCKLESS_INLINE constexpr bool is_common_value(field_id id, std::string_view value) noexcept
{
    switch (id) {
    case field_id::upgrade: return iequal(value, "websocket");
    case field_id::connection: return iequal(value, "upgrade");
    case field_id::websocket_version: return value.size() == 2 && value[0] == '1' && value[1] == '3';
    case field_id::host: return !value.empty() && all_of<reg_name_character>(value);
    case field_id::websocket_extensions: return value == "permessage-deflate; client_max_window_bits";
    case field_id::origin:
    case field_id::websocket_key:
    case field_id::websocket_accept: return true; // whose rules are not about the grammar
    default: return false;
    }
}

} // namespace sockless::inline SOCKLESS_ABI::detail
