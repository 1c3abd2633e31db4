// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file takes an HTTP/1.1 head apart while it streams by (RFC 9112), and keeps of it only what it is told to keep. For the
/// small handshakes; head_reader.hpp is the one that keeps everything.
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "../core/limits.hpp"
#include "field_grammar.hpp"
#include "rule_table.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI::detail {

enum class head_kind : std::uint8_t { request, response };

/// What is told of a head. The first ones stand in the order in which they come.
enum class head_part : std::uint8_t {
    method, // RFC 9112 3: a request begins with these three
    target,
    request_version,
    name, // RFC 9112 5
    value,
    nothing, // all input was eaten, the head goes on
    end,     // the empty line was eaten
    failure,
    response_version = target, // RFC 9112 4: a response begins with these two
    status = request_version,
};

/// What comes next, or what has been read of it.
enum class head_state : std::uint8_t {
    start,
    method_begin,
    method,
    empty_line, // in front of all
    target_begin,
    target,
    version, // one state before each of its octets
    version_t,
    version_tt,
    version_p,
    version_slash,
    version_major,
    version_point,
    version_minor,
    version_end,
    status,
    status_second,
    status_third,
    status_end,
    reason,
    line_feed,
    skipped_line, // behind a skipped value, which may go on here, as others
    line,
    name_begin,
    name,
    value_begin, // white space in front of it is dropped
    value_begin_line_feed,
    value_begin_line,
    value,
    value_line_feed,
    value_line, // a value ends where the line behind it does not continue it
    skipped,    // a value that is not asked for
    skipped_line_feed,
    last_line_feed,
    end,
};

/// Whether a version is 1.1 or a later 1.x (RFC 9110 2.5, 15.2). Of it nothing but the digits are told.
[[nodiscard]] constexpr bool is_supported_version(std::string_view digits) noexcept
{
    return digits[0] == '1' && digits[1] != '0';
}

/// Octets of a class are part of what is told, unless the test is marked by `dropped`; all others are not. `any` octet that is no
/// error belongs to what comes next: it is not eaten.
template <head_kind Kind>
class head_table : public rule_table<head_state, static_cast<std::size_t>(head_state::end) + 1> {
public:
    // What `next` is besides a row.
    static constexpr unsigned tells = 0x40; ///< a part has ended
    static constexpr unsigned fails = 0x80; ///< the rest is an error

    constexpr head_table() noexcept
    {
        using enum head_state;
        using enum error;
        const auto fail = [](error e) { return fails | static_cast<unsigned>(e); };
        constexpr unsigned dropped = rule_test::marked;
        constexpr rule_test any = rule_test::any;
        constexpr rule_test space{white_space, dropped};
        constexpr bool is_request = Kind == head_kind::request;

        if (is_request) {
            state(start).on('\r', empty_line).below(); // RFC 9112 2.2: one empty line before a request line is skipped
            state(method_begin).on(token_character, method).ends(any, fail(request_line_invalid));
            state(method)
                .on(token_character, method)
                .on(' ', target_begin, tells)
                .ends(any, fail(request_line_invalid));
            state(empty_line).on('\n', method_begin);
            state(target_begin).on(visible_character, target).ends(space, fail(request_line_invalid));
            also().ends('\r', fail(request_line_invalid)).ends(any, fail(request_target_invalid));
            state(target).on(visible_character, target).on(' ', version, tells).ends('\r', fail(request_line_invalid));
            also().ends(any, fail(request_target_invalid));
        }
        // RFC 9112 2.3: in upper case. What does not begin like one was not meant to be one.
        const unsigned other = fail(is_request ? request_line_invalid : status_line_invalid);
        const unsigned bad = fail(http_version_invalid);
        state(version).on('H', version_t).ends('h', bad).ends(any, other);
        state(version_t).on('T', version_tt).ends('t', bad).ends(any, other);
        state(version_tt).on('T', version_p).ends('t', bad).ends(any, other);
        state(version_p).on('P', version_slash).ends('p', bad).ends(any, other);
        state(version_slash).on('/', version_major).ends(any, other);
        state(version_major).on(decimal_digit, version_point).ends(any, bad);
        state(version_point).on('.', version_minor).ends(any, bad);
        state(version_minor).on(decimal_digit, version_end).ends(any, bad);
        if (is_request) {
            state(version_end).on('\r', line_feed, tells).ends(any, bad);
        } else {
            state(version_end).on(' ', status, tells).ends(any, bad);
            state(status).ends('0', other).on(decimal_digit, status_second).ends(any, other); // RFC 9110 15: 100 to 999
            state(status_second).on(decimal_digit, status_third).ends(any, other);
            state(status_third).on(decimal_digit, status_end).ends(any, other);
            state(status_end).on(' ', reason, tells).ends(any, other);
            state(reason).on({value_character, dropped}, reason).on('\r', line_feed).ends(any, other);
        }
        state(line_feed).on('\n', line);

        // RFC 9112 5.2: only a response may be folded.
        state(skipped_line);
        if (!is_request)
            also().on(space, skipped);
        below();
        state(line).on('\r', last_line_feed).ends(space, fail(field_folded)).on(any, name_begin);
        state(name_begin).on(token_character, name).ends(any, fail(field_name_invalid));
        state(name).on(token_character, name).on(':', value_begin, tells).ends(space, fail(field_name_space));
        also().ends(any, fail(field_name_invalid));
        state(value_begin).on(space, value_begin);
        if (!is_request)
            also().on('\r', value_begin_line_feed);
        below();
        state(value).on(value_character, value).on('\r', value_line_feed).ends(any, fail(field_value_invalid));
        state(value_line_feed).on('\n', value_line);
        if (!is_request) {
            state(value_begin_line_feed).on('\n', value_begin_line);
            state(value_begin_line).on(space, value_begin).below();
        }
        state(value_line);
        if (!is_request)
            also().on(white_space, value);
        also().on(any, line, tells);
        state(skipped).on({value_character, dropped}, skipped).on('\r', skipped_line_feed);
        also().ends(any, fail(field_value_invalid));
        state(skipped_line_feed).on('\n', skipped_line);
        state(last_line_feed).on('\n', end);
        state(end);
    }
};

/// Reads one head, at any split, each octet once, and not one more than it has.
template <head_kind Kind>
class head_stream {
public:
    /// `room`    the caller's: one part at a time lies in it, behind what is kept
    explicit constexpr head_stream(std::span<char> room) noexcept : room_{room} {}

    /// Eats from the front of `in` up to the end of a part, which `text` gives.
    ///
    /// `failure` why it is `head_part::failure`, otherwise unchanged
    /// errors    those of `head_reader`, of which the limits are `limits::head_bytes` and `limits::head_fields`. It is not called
    ///           again after a failure; after the end it eats nothing and tells the end.
    /// cost      O(bytes eaten)
    constexpr head_part next(std::span<const std::byte>& in, error& failure) noexcept
    {
        using enum head_state;
        const auto fail = [&failure](error reason) {
            failure = reason;
            return head_part::failure;
        };
        while (state_ != row_of(end)) {
            if (in.empty())
                return head_part::nothing;
            const auto c = static_cast<char>(in.front());
            const rule* const found = rule_for(&rules[state_], c);
            if (found == nullptr ||
                (c == '\n' && found->next >= table::fails)) // RFC 9112 2.2: a bare LF may stand nowhere
                return fail(error::line_end_invalid);
            if (found->next >= table::fails)
                return fail(static_cast<error>(found->next - table::fails));
            if (found->code() != static_cast<unsigned char>(rule_test::any)) {
                if ((rule_test::is_plain_class(found->code()) && !append(c)) || eaten_ == limits::head_bytes)
                    return fail(too_long());
                ++eaten_;
                in = in.subspan(1);
            }
            state_ = static_cast<std::uint8_t>(found->next % table::tells);
            if (state_ == row_of(name_begin) && fields_++ == limits::head_fields)
                return fail(error::too_many_fields);
            if (found->next >= table::tells) {
                const head_part told = part_;
                if (state_ == row_of(line)) {
                    size_ = trimmed_size(room_.data(), size_);
                    return head_part::value;
                }
                if (told != head_part::name)
                    part_ = static_cast<head_part>(static_cast<unsigned>(told) + 1);
                return told;
            }
        }
        return head_part::end;
    }

    /// The part that was told last; of a version the digits. A value has no white space around it.
    [[nodiscard]] constexpr std::string_view text() const noexcept { return {room_.data(), size_}; }
    /// Makes room for the next part. Called once for each.
    constexpr void drop_text() noexcept { size_ = 0; }
    /// After a name: its value is checked, but not stored, and not told.
    constexpr void skip() noexcept { state_ = row_of(head_state::skipped); }
    /// Keeps what `text` gives from octet `from` on; what comes later stands behind it.
    ///
    /// returns   where it stays
    constexpr const char* keep(std::size_t from = 0) noexcept
    {
        char* const kept = room_.data();
        for (std::size_t i = from; from != 0 && i < size_; ++i)
            kept[i - from] = kept[i];
        room_ = room_.subspan(size_ - from);
        return kept;
    }
    /// Changes an octet of what `text` gives.
    constexpr void replace(std::size_t at, char c) noexcept { room_[at] = c; }
    /// Puts an octet behind what `text` gives.
    ///
    /// returns   false if there is no room
    [[nodiscard]] constexpr bool append(char c) noexcept
    {
        if (size_ == room_.size())
            return false;
        room_[size_++] = c;
        return true;
    }

    /// Nothing has been eaten.
    constexpr void count_anew() noexcept { eaten_ = 0; }
    /// Reads another head behind the one that has ended. What was eaten counts on.
    constexpr void restart() noexcept
    {
        part_ = first_part;
        state_ = 0;
        fields_ = 0;
    }

private:
    using table = head_table<Kind>;
    static constexpr auto& rules = rules_of<table>;
    static constexpr head_part first_part =
        Kind == head_kind::request ? head_part::method : head_part::response_version;

    [[nodiscard]] static constexpr std::uint8_t row_of(head_state state) noexcept
    {
        return table_of<table>.row_of(state);
    }

    [[nodiscard]] constexpr error too_long() const noexcept
    {
        return Kind == head_kind::request && state_ < row_of(head_state::line) ? error::request_target_too_long
                                                                               : error::head_too_large;
    }

    std::span<char> room_;
    std::size_t size_ = 0; // of the part so far
    std::uint16_t eaten_ = 0;
    std::uint8_t fields_ = 0;
    head_part part_ = first_part; // that ends next
    std::uint8_t state_ = 0;      // the row that it begins with
};

static_assert(std::is_trivially_copyable_v<head_stream<head_kind::request>>);

} // namespace sockless::inline SOCKLESS_ABI::detail
