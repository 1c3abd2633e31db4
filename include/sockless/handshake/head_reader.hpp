// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns bytes into an HTTP/1.1 head (RFC 9112): strict, bounded, at any split, every byte looked at once, and not
/// one byte more eaten than the head has. What follows it are frames.
#pragma once

#include "../config.hpp"
#include "../words/error.hpp"
#include "field_grammar.hpp"
#include "head.hpp"
#include "head_storage.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

enum class head_status : std::uint8_t {
    need_input, ///< all input was eaten, the head goes on
    complete,   ///< the head is whole; what is left in the input stands behind it
    failed,     ///< told once, see `failure`
};

namespace detail {

/// What both readers share: everything but the meaning of the start line.
class head_reader {
public:
    /// Eats the bytes of the head from the front of `in`, up to its empty line, and copies them.
    ///
    /// `in`      a cursor over any piece of the stream; not modified, and no view into it is kept
    /// returns   `complete` as soon as the empty line is there, and again on every later call, which eats nothing;
    ///           `failed` once: later input is dropped, and the answer to it is `need_input`;
    ///           `need_input` otherwise
    /// errors    `request_target_too_long`, `head_too_large`, `too_many_fields`; `line_end_invalid`, `request_line_invalid`,
    ///           `request_target_invalid`, `status_line_invalid`, `http_version_invalid`, `field_folded`,
    ///           `field_name_invalid`, `field_name_space`, `field_value_invalid`
    /// source    RFC 9112 2.2, 3, 4, 5; RFC 9110 5.5
    /// cost      O(bytes eaten); no more than the free storage is copied from what follows the head
    constexpr head_status poll(std::span<const std::byte>& in) noexcept
    {
        if (state_ == state::complete)
            return head_status::complete;
        if (state_ == state::failed) {
            in = {};
            return head_status::need_input;
        }
        const std::size_t room = space_.characters.size() - size_;
        const std::size_t copied = in.size() < room ? in.size() : room;
        copy(in.first(copied));
        const std::size_t end = size_ + copied;
        const std::size_t stop = scan(size_, end);
        in = in.subspan(stop - size_);
        size_ = stop;
        if (state_ == state::complete)
            return head_status::complete;
        if (state_ != state::failed && !in.empty())
            fail(in_request_line() ? error::request_target_too_long : error::head_too_large, stop);
        if (state_ != state::failed)
            return head_status::need_input;
        in = {};
        return head_status::failed;
    }
    constexpr head_status poll(std::span<std::byte>& in) noexcept
    {
        std::span<const std::byte> view{in};
        const head_status status = poll(view);
        in = in.last(view.size());
        return status;
    }

    /// The field lines so far; all of them once the head is complete. Valid while the storage is, until `restart`.
    [[nodiscard]] constexpr std::span<const field> fields() const noexcept { return space_.fields.first(count_); }
    /// The octets of the head that were eaten so far.
    [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
    /// Why the head was refused; `none` if it was not.
    [[nodiscard]] constexpr error failure() const noexcept { return failure_; }
    /// The octet at fault, counted from the first octet of the head.
    [[nodiscard]] constexpr std::size_t failure_offset() const noexcept { return failed(failure_) ? begin_ : 0; }

    /// Begins again with an empty head in the same storage.
    constexpr void restart() noexcept { *this = head_reader{space_, request_}; }

protected:
    constexpr head_reader(head_space space, bool request) noexcept : space_{space}, request_{request} {}

    [[nodiscard]] constexpr bool is_complete() const noexcept { return state_ == state::complete; }
    [[nodiscard]] constexpr std::string_view first() const noexcept { return first_; }
    [[nodiscard]] constexpr std::string_view second() const noexcept { return second_; }
    [[nodiscard]] constexpr http_version version() const noexcept { return version_; }

private:
    /// What the next octet has to be, or the run of octets that it belongs to.
    enum class state : std::uint8_t {
        want_start, // `in_request_line` relies on the order down to `want_line_end`
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
        want_line,
        want_name,
        want_value,
        want_rest_of_value,
        want_last_line_feed,
        complete,
        failed,
    };

    [[nodiscard]] constexpr bool in_request_line() const noexcept { return request_ && state_ <= state::want_line_end; }

    constexpr void copy(std::span<const std::byte> from) noexcept
    {
        const std::span<char> to = space_.characters.subspan(size_);
        if (std::is_constant_evaluated()) {
            for (std::size_t i = 0; i < from.size(); ++i)
                to[i] = static_cast<char>(from[i]);
        } else if (!from.empty()) {
            std::memcpy(to.data(), from.data(), from.size());
        }
    }

    [[nodiscard]] constexpr std::string_view text(std::size_t begin, std::size_t end) const noexcept
    {
        return {space_.characters.data() + begin, end - begin};
    }

    /// The end of the run of `wanted` characters that begins at `i`.
    [[nodiscard]] constexpr std::size_t run(std::size_t i, std::size_t end, character_class wanted) const noexcept
    {
        while (i < end && is(space_.characters[i], wanted))
            ++i;
        return i;
    }

    // Each of the following returns where to go on: behind what it has eaten, or at the octet at fault.

    constexpr std::size_t fail(error reason, std::size_t i) noexcept
    {
        state_ = state::failed;
        failure_ = reason;
        begin_ = i;
        return i;
    }

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

    constexpr std::size_t scan(std::size_t i, std::size_t end) noexcept
    {
        while (i < end && state_ != state::complete && state_ != state::failed) {
            switch (state_) {
            case state::want_start: i = scan_start(i); break;
            case state::want_leading_line_feed: i = expect('\n', i, error::line_end_invalid, state::want_method); break;
            case state::want_method:
                i = scan_word(run(i, end, token_character), end, first_, error::request_line_invalid, state::want_target);
                break;
            case state::want_target:
                i = scan_word(run(i, end, visible_character), end, second_, error::request_target_invalid, state::want_version);
                break;
            case state::want_version: i = scan_version(i, end); break;
            case state::want_line_end: i = expect('\r', i, error::http_version_invalid, state::want_line_feed); break;
            case state::want_status_space:
                i = expect(' ', i, is(space_.characters[i], decimal_digit) ? error::http_version_invalid : error::status_line_invalid,
                           state::want_status);
                break;
            case state::want_status: i = scan_status(i); break;
            case state::want_reason_space: i = expect(' ', i, error::status_line_invalid, state::want_reason); break;
            case state::want_reason: i = scan_reason(i, end); break;
            case state::want_line_feed: i = expect('\n', i, error::line_end_invalid, state::want_line); break;
            case state::want_line: i = scan_line(i); break;
            case state::want_name: i = scan_name(i, end); break;
            case state::want_value: i = scan_value(i, end); break;
            case state::want_rest_of_value: i = scan_rest_of_value(i, end); break;
            case state::want_last_line_feed: i = expect('\n', i, error::line_end_invalid, state::complete); break;
            case state::complete:
            case state::failed: break;
            }
        }
        return i;
    }

    /// RFC 9112 2.2: one empty line before a request line is skipped.
    constexpr std::size_t scan_start(std::size_t i) noexcept
    {
        if (request_ && space_.characters[i] == '\r')
            return go_on(state::want_leading_line_feed, i);
        state_ = request_ ? state::want_method : state::want_version;
        return i;
    }

    /// RFC 9112 3: method and target end with exactly one space; `i` is the end of the run of their characters.
    constexpr std::size_t scan_word(std::size_t i, std::size_t end, std::string_view& word, error reason, state next) noexcept
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
        i += value_run(text(i, end));
        if (i == end)
            return i;
        second_ = text(begin_, i);
        return expect('\r', i, error::status_line_invalid, state::want_line_feed);
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
        i = run(i, end, token_character);
        if (i == end)
            return i;
        const char c = space_.characters[i];
        if (c != ':' || i == begin_)
            return refuse(is_white_space(c) ? error::field_name_space : error::field_name_invalid, i);
        space_.fields[count_].name = text(begin_, i);
        return go_on(state::want_value, i);
    }

    constexpr std::size_t scan_value(std::size_t i, std::size_t end) noexcept
    {
        begin_ = line_ = content_end_ = run(i, end, white_space);
        if (begin_ < end)
            state_ = state::want_rest_of_value;
        return begin_;
    }

    /// White space at the end is only looked for on the value's last line, so that a thousand folds cost no more than one.
    constexpr std::size_t scan_rest_of_value(std::size_t i, std::size_t end) noexcept
    {
        i += value_run(text(i, end));
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

    head_space space_;
    std::size_t size_ = 0;        // octets eaten
    std::size_t begin_ = 0;       // where the current element begins; the octet at fault after a failure
    std::size_t line_ = 0;        // where the current line of the value begins
    std::size_t content_end_ = 0; // where the value's last line with content ends
    std::size_t count_ = 0;       // complete fields
    std::string_view first_;      // method, or status
    std::string_view second_;     // target, or reason
    http_version version_;
    bool request_;
    state state_ = state::want_start;
    error failure_ = error::none;
};

} // namespace detail

/// Reads the head of a request. `space` outlives it.
class request_reader : public detail::head_reader {
public:
    explicit constexpr request_reader(head_space space) noexcept : head_reader{space, true} {}

    /// The whole head, once it is complete. Valid while the storage is, until `restart`.
    [[nodiscard]] constexpr request_head head() const noexcept
    {
        SOCKLESS_ASSERT(is_complete());
        return {first(), second(), version(), fields()};
    }
};

/// Reads the head of a response. `space` outlives it.
class response_reader : public detail::head_reader {
public:
    explicit constexpr response_reader(head_space space) noexcept : head_reader{space, false} {}

    /// The whole head, once it is complete. Valid while the storage is, until `restart`.
    [[nodiscard]] constexpr response_head head() const noexcept
    {
        SOCKLESS_ASSERT(is_complete());
        std::uint16_t status = 0;
        for (const char c : first())
            status = static_cast<std::uint16_t>(status * 10 + (c - '0'));
        return {version(), status, second(), fields()};
    }
};

static_assert(std::is_trivially_copyable_v<request_reader> && std::is_trivially_copyable_v<response_reader>);

} // namespace sockless::inline SOCKLESS_ABI
