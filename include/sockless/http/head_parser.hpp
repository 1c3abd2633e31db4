// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file parses an HTTP/1.1 head in pieces of any size (RFC 9112): whole lines at once where they have the common form, all
/// others octet by octet by a table. It consumes each octet once, and not one octet more than the head has.
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "character_class.hpp"
#include "fast_lines.hpp"
#include "field_dictionary.hpp"
#include "head.hpp"
#include "head_store.hpp"
#include "transition_table.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

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

/// What comes next, or what has been read of it. The order is that of the table: `too_long` relies on it.
enum class head_state : std::uint8_t {
    start,
    method_begin,
    method,
    empty_line, // before the request line
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
    skipped_line, // after a line of a skipped value, which can be folded
    line,
    name_begin,
    name,
    value_begin, // white space in front of it is dropped
    value_begin_line_feed,
    value_begin_line,
    value,
    value_line_feed,
    value_line, // a value ends where the next line does not continue it
    skipped,    // a value without a rule
    skipped_line_feed,
    last_line_feed,
    end,
};


/// The grammar of a head. An octet that a class matches is part of the token, unless the class is marked by `dropped`; all other
/// octets are not. An octet that `any` matches without an error belongs to the next state: it is not consumed.
template <head_kind Kind>
class head_table : public transition_table<head_state, static_cast<std::size_t>(head_state::end) + 1> {
public:
    static constexpr unsigned emits = 0x40; ///< in `next`: a part ends here

    constexpr head_table() noexcept
    {
        using enum head_state;
        using enum error;
        constexpr unsigned dropped = matcher::marked;
        constexpr matcher any = matcher::any;
        constexpr matcher space{white_space, dropped};
        constexpr bool is_request = Kind == head_kind::request;

        if (is_request) {
            state(start).on('\r', empty_line).fall_through(); // RFC 9112 2.2: one empty line before a request line is skipped
            state(method_begin).on(token_character, method).fail(any, request_line_invalid);
            state(method).on(token_character, method).on(' ', target_begin, emits).fail(any, request_line_invalid);
            state(empty_line).on('\n', method_begin);
            state(target_begin).on(visible_character, target).fail(space, request_line_invalid);
            fail('\r', request_line_invalid).fail(any, request_target_invalid);
            state(target).on(visible_character, target).on(' ', version, emits).fail('\r', request_line_invalid);
            fail(any, request_target_invalid);
        }
        // RFC 9112 2.3: in upper case. An octet that fits in no case is an error of the whole line.
        const error other = is_request ? request_line_invalid : status_line_invalid;
        const error bad = http_version_invalid;
        state(version).on('H', version_t).fail('h', bad).fail(any, other);
        state(version_t).on('T', version_tt).fail('t', bad).fail(any, other);
        state(version_tt).on('T', version_p).fail('t', bad).fail(any, other);
        state(version_p).on('P', version_slash).fail('p', bad).fail(any, other);
        state(version_slash).on('/', version_major).fail(any, other);
        state(version_major).on(decimal_digit, version_point).fail(any, bad);
        state(version_point).on('.', version_minor).fail(any, bad);
        state(version_minor).on(decimal_digit, version_end).fail(any, bad);
        if (is_request) {
            state(version_end).on('\r', line_feed, emits).fail(any, bad);
        } else {
            state(version_end).on(' ', status, emits).fail(decimal_digit, bad).fail(any, other);
            state(status).fail('0', other).on(decimal_digit, status_second).fail(any, other); // RFC 9110 15: 100 to 999
            state(status_second).on(decimal_digit, status_third).fail(any, other);
            state(status_third).on(decimal_digit, status_end).fail(any, other);
            state(status_end).on(' ', reason, emits).fail(any, other);
            state(reason).on({value_character, dropped}, reason).on('\r', line_feed, emits).fail(any, other);
        }
        state(line_feed).on('\n', line);

        // RFC 9112 5.2: only a response may be folded.
        state(skipped_line);
        if (!is_request)
            on(space, skipped);
        fall_through();
        state(line).on('\r', last_line_feed).fail(space, field_folded).on(any, name_begin);
        state(name_begin).on(token_character, name).fail(any, field_name_invalid);
        state(name).on(token_character, name).on(':', value_begin, emits).fail(space, field_name_space);
        fail(any, field_name_invalid);
        state(value_begin).on(space, value_begin);
        if (!is_request)
            on('\r', value_begin_line_feed);
        fall_through();
        state(value).on(value_character, value).on('\r', value_line_feed).fail(any, field_value_invalid);
        state(value_line_feed).on('\n', value_line);
        if (!is_request) {
            state(value_begin_line_feed).on('\n', value_begin_line);
            state(value_begin_line).on(space, value_begin).fall_through();
        }
        state(value_line);
        if (!is_request)
            on(white_space, value);
        on(any, line, emits);
        state(skipped).on({value_character, dropped}, skipped).on('\r', skipped_line_feed);
        fail(any, field_value_invalid);
        state(skipped_line_feed).on('\n', skipped_line);
        state(last_line_feed).on('\n', end);
        state(end);
    }
};

/// Parses one head and passes its parts to a sink:
///
///     sink.on_part(part, text, store)          a part of the start line
///     sink.on_field(field, value, store)       a field of the dictionary; a whole head lists the others as well
///     sink.on_end(store)                       returns whether the head is final: if not, another one follows
///     sink.is_broken()                         whether the rest of the head does not matter
template <head_kind Kind, class Head>
class head_parser {
public:
    using store = head_store<Head>;

    explicit constexpr head_parser(typename Head::memory memory) noexcept : store_{memory} {}

    /// Consumes the octets of the head from the front of `in`.
    ///
    /// @param[out] failure  set if the head is malformed or too large
    /// @return `end`; `none` if the head continues; `failure`. It is not called again after a failure.
    /// @par Errors      request_target_too_long, head_too_large, too_many_fields; line_end_invalid, request_line_invalid,
    ///                  request_target_invalid, status_line_invalid, http_version_invalid, field_folded, field_name_invalid,
    ///                  field_name_space, field_value_invalid
    /// @par Source      RFC 9112 2.2, 3, 4, 5; RFC 9110 5.5
    /// @par Complexity  O(octets consumed); a whole head copies no more than its free memory of what follows it
    template <class Sink>
    head_part parse(std::span<const std::byte>& in, Sink& sink, error& failure) noexcept
    {
        store_.receive(in);
        for (;;) {
            if constexpr (!optimize_size)
                parse_lines(in, sink);
            const head_part part = sink.is_broken() ? head_part::failure : next(in, failure);
            if (part == head_part::end && !sink.on_end(store_)) {
                if (!store_.restart()) {
                    failure = error::head_too_large;
                    return head_part::failure;
                }
                begin();
                store_.receive(in);
                continue;
            }
            if (part >= head_part::none)
                return part;
            emit(part, sink);
            store_.clear_token();
        }
    }

    /// Forgets all heads before.
    void reset() noexcept
    {
        store_.reset();
        begin();
    }

    /// The octets of the head that were consumed; after a failure the offset of the octet at fault.
    [[nodiscard]] std::size_t offset() const noexcept { return store_.offset(); }
    [[nodiscard]] const store& stored() const noexcept { return store_; }

private:
    using table = head_table<Kind>;
    static constexpr auto& transitions = transitions_of<table>;

    [[nodiscard]] static constexpr std::uint8_t row_of(head_state state) noexcept
    {
        return table_of<table>.row_of(state);
    }

    void begin() noexcept
    {
        state_ = 0;
        part_ = head_part::method;
    }

    /// Consumes octets up to the end of a part.
    head_part next(std::span<const std::byte>& in, error& failure) noexcept
    {
        using enum head_state;
        const auto fail = [&failure](error reason) {
            failure = reason;
            return head_part::failure;
        };
        while (state_ != row_of(end)) {
            if (in.empty())
                return head_part::none;
            if (store_.is_full())
                return fail(too_long());
            const auto c = static_cast<char>(in.front());
            const transition* const found = find_transition(&transitions[state_], c);
            if (found == nullptr || (c == '\n' && found->next >= transition::fails)) // RFC 9112 2.2: a bare LF is never valid
                return fail(error::line_end_invalid);
            if (found->next >= transition::fails)
                return fail(static_cast<error>(found->next - transition::fails));
            if (found->code() != static_cast<unsigned char>(matcher::any)) {
                if (matcher::is_plain_class(found->code()) && !store_.append(c))
                    return fail(too_long());
                store_.advance();
                in = in.subspan(1);
            }
            state_ = static_cast<std::uint8_t>(found->next % table::emits);
            if (state_ == row_of(name_begin) && !store_.begin_field())
                return fail(error::too_many_fields);
            if (found->next >= table::emits) {
                const head_part emitted = part_;
                if (state_ == row_of(line)) {
                    store_.trim_token();
                    return head_part::value;
                }
                if (emitted != head_part::name)
                    part_ = static_cast<head_part>(static_cast<unsigned>(emitted) + 1);
                return emitted;
            }
        }
        return head_part::end;
    }

    template <class Sink>
    SOCKLESS_INLINE void emit(head_part part, Sink& sink) noexcept
    {
        const std::string_view text = store_.token();
        if (part == head_part::name) {
            known_ = find_known_field(text);
            store_.end_name();
            if (std::is_same_v<Head, streamed_head> && known_.id == field_id::other)
                state_ = row_of(head_state::skipped);
        } else if (part == head_part::value) {
            store_.end_value();
            if (std::is_same_v<Head, streamed_head> || known_.id != field_id::other)
                sink.on_field(known_, text, store_);
        } else {
            if constexpr (Kind == head_kind::response && std::is_same_v<Head, whole_head>) {
                if (part == head_part::reason)
                    store_.take_line();
            }
            sink.on_part(part, store_.token(), store_);
        }
    }

    /// From the beginning of a line on, consumes the lines that have the common form.
    template <class Sink>
    void parse_lines(std::span<const std::byte>& in, Sink& sink) noexcept
    {
        if (state_ != 0 && state_ != row_of(head_state::line))
            return;
        const std::string_view text = store_.window(in);
        line_cursor lines{text};
        std::string_view line;
        std::size_t end = 0;
        while (state_ != row_of(head_state::end) && lines.next(line)) {
            if (state_ == 0) {
                if (!parse_start_line(line, sink))
                    break;
                state_ = row_of(head_state::line);
                part_ = head_part::name;
            } else if (line.empty()) {
                state_ = row_of(head_state::end);
            } else {
                field found;
                known_field known;
                // A value ends where the next line does not continue it.
                if (lines.end() == text.size() || is_white_space(text[lines.end()]) ||
                    !split_field_line_fast(line, found, known) ||
                    !store_.add_field(found, known.id != field_id::other))
                    break;
                if (known.id != field_id::other)
                    sink.on_field(known, found.value, store_);
            }
            end = lines.end();
            if (sink.is_broken())
                break;
        }
        store_.advance(end);
        store_.clear_token();
        in = in.subspan(end);
    }

    template <class Sink>
    bool parse_start_line(std::string_view line, Sink& sink) noexcept
    {
        constexpr std::size_t digits = 2; // a streamed head takes room for those of the version
        std::string_view first;
        std::string_view second;
        if constexpr (Kind == head_kind::request) {
            if (!split_request_line_fast(line, first, second) || !store_.has_room_for(first.size()) ||
                !store_.has_room_for(second.size() + digits))
                return false;
            sink.on_part(head_part::method, first, store_);
            sink.on_part(head_part::target, second, store_);
            sink.on_part(head_part::request_version, "1.1", store_);
        } else {
            if (!split_status_line_fast(line, first, second) || !store_.has_room_for(first.size()))
                return false;
            sink.on_part(head_part::response_version, "1.1", store_);
            sink.on_part(head_part::status, first, store_);
            sink.on_part(head_part::reason, second, store_);
        }
        return true;
    }

    [[nodiscard]] error too_long() const noexcept
    {
        return Kind == head_kind::request && state_ < row_of(head_state::line_feed) ? error::request_target_too_long
                                                                                    : error::head_too_large;
    }

    store store_;
    known_field known_; // the field whose value comes next
    head_part part_ = head_part::method; // that ends next
    std::uint8_t state_ = 0;             // the row that it begins with
};

} // namespace sockless::inline SOCKLESS_ABI::detail
