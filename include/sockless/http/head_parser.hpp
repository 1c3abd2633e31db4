// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file parses an HTTP/1.1 head in pieces of any size (RFC 9112): whole lines at once where they have the common form, all
/// others octet by octet by a table. It consumes each octet once, and not one octet more than the head has.
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "character_class.hpp"
#include "head.hpp"
#include "head_lines.hpp"
#include "head_storage.hpp"
#include "kept_head.hpp"
#include "value_grammar.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI::detail {

/// Parses one head and passes its parts to a sink:
///
///     sink.on_part(part, text, store)          a part of the start line
///     sink.on_field(field, value, store)       a field of the dictionary; a whole head lists the others as well
///     sink.on_end(store)                       returns whether the head is final: if not, another one follows
///     sink.is_broken()                         whether the rest of the head does not matter
template <head_kind Kind, class Head>
class head_parser {
public:
    explicit constexpr head_parser(typename Head::memory memory) noexcept : store_{memory} {}

    /// Consumes the octets of the head from the front of `in`.
    ///
    /// @param[out] failure  set if the head is malformed or too large
    /// @return `end`; `none` if the head continues; `failure`. It is not called again after a failure.
    /// @par Errors      request_target_too_long, head_too_large, too_many_fields, field_too_long; line_end_invalid, request_line_invalid,
    ///                  request_target_invalid, status_line_invalid, http_version_invalid, field_folded, field_name_invalid,
    ///                  field_name_space, field_value_invalid
    /// @par Source      RFC 9112 2.2, 3, 4, 5; RFC 9110 5.5
    /// @par Complexity  O(octets consumed); a whole head copies no more than its free memory of what follows it
    template <class Sink>
    SOCKLESS_INLINE head_part parse(std::span<const std::byte>& in, Sink& sink, error& failure) noexcept
    {
        store_.receive(in);
        if constexpr (!keeps_response) {
            return parse_heads(in, in, sink, failure);
        } else {
            const std::span<const std::byte> all = in;
            const head_part part = parse_heads(in, all, sink, failure);
            in = remaining(all, in);
            return part;
        }
    }

    /// Uses other memory, before `reset`.
    void use(typename Head::memory memory) noexcept { store_ = head_store<Head>{memory}; }
    /// Forgets all heads before.
    void reset() noexcept
    {
        store_.reset();
        begin();
    }

    /// Returns the number of octets of the head that were consumed.
    [[nodiscard]] std::size_t offset() const noexcept { return store_.offset(); }
    /// Returns whether the empty line of the head was consumed.
    [[nodiscard]] bool is_complete() const noexcept { return state_ == row_of<table>("end"); }
    /// Returns the offset of the octet at fault; 0 without a failure, and for a failure of a head that is complete.
    [[nodiscard]] std::size_t failure_offset(error failure) const noexcept
    {
        return failed(failure) && !is_complete() ? offset() : 0;
    }
    [[nodiscard]] const head_store<Head>& stored() const noexcept { return store_; }

private:
    static constexpr bool is_whole = std::is_same_v<Head, whole_head>;
    /// Whether the head is a response that is kept: with its reason phrase, and after copies of interim heads.
    static constexpr bool keeps_response = Kind == head_kind::response && is_whole;

    /// Returns what remains of `all` after its octets before `in` were consumed.
    static std::span<const std::byte> remaining(std::span<const std::byte> all, std::span<const std::byte> in) noexcept
    {
        return all.last(static_cast<std::size_t>(all.data() + all.size() - in.data()));
    }

    /// Parses interim heads and one other.
    ///
    /// @param[in,out] in  the front of what remains of `all`; only up to the end of the head after an interim one
    template <class Sink>
    SOCKLESS_INLINE head_part parse_heads(std::span<const std::byte>& in, const std::span<const std::byte>& all,
                                          Sink& sink, error& failure) noexcept
    {
        for (;;) {
            if (has_fast_lines && !parse_lines(in, sink))
                return head_part::failure;
            const head_part part = next(in, failure);
            if (part == head_part::end && !sink.on_end(store_)) {
                if (store_.begin_next() > store_.limit()) {
                    failure = error::head_too_large;
                    return head_part::failure;
                }
                begin();
                if constexpr (keeps_response) {
                    in = remaining(all, in);
                    in = in.first(store_.receive_head(in));
                }
                continue;
            }
            if (part >= head_part::none)
                return part;
            [[maybe_unused]] const std::string_view text = store_.token();
            emit(part, sink);
            store_.clear_token();
            if (sink.is_broken())
                return head_part::failure;
            if constexpr (Head::has_names) {
                if (const error e = part == head_part::value ? store_.keep_value(text) : error::none; failed(e)) {
                    failure = e;
                    return head_part::failure;
                }
            }
        }
    }

    using table = head_table<Kind>;
    static constexpr auto& transitions = transitions_of<table>;

    void begin() noexcept
    {
        store_.clear_token();
        state_ = 0;
        part_ = head_part::method;
    }

    /// Consumes octets up to the end of a part.
    head_part next(std::span<const std::byte>& in, error& failure) noexcept
    {
        const auto fail = [&failure](error reason) {
            failure = reason;
            return head_part::failure;
        };
        while (state_ != row_of<table>("end")) {
            if (in.empty())
                return head_part::none;
            if (store_.offset() == store_.limit())
                return fail(too_long());
            const auto c = static_cast<char>(in.front());
            const transition* const found = find_transition(&transitions[state_], c);
            if (found == nullptr ||
                (c == '\n' && found->next >= transition::fails)) // RFC 9112 2.2: a bare LF is never valid
                return fail(error::line_end_invalid);
            if (found->next >= transition::fails)
                return fail(static_cast<error>(found->next - transition::fails));
            if (found->code() != static_cast<unsigned char>(matcher::any)) {
                if (matcher::is_plain_class(found->code()) && !store_.append(c))
                    return fail(store_.is_named() ? error::field_too_long : too_long());
                store_.advance();
                in = in.subspan(1);
            }
            state_ = static_cast<std::uint8_t>(found->next % table::emits);
            if (state_ == row_of<table>("name_begin") && !store_.begin_field())
                return fail(error::too_many_fields);
            if (found->next >= table::emits) {
                const head_part emitted = part_;
                if (state_ == row_of<table>("line")) {
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
            if (!is_whole && known_.id == field_id::other && !store_.is_named())
                state_ = row_of<table>("skipped");
        } else if (part == head_part::value) {
            store_.end_value();
            if ((!is_whole && !Head::has_names) || known_.id != field_id::other)
                sink.on_field(known_, text, store_);
        } else {
            if constexpr (keeps_response) {
                if (part == head_part::reason)
                    store_.take_line();
            }
            sink.on_part(part, store_.token(), store_);
        }
    }

    /// From the beginning of a line on, consumes the lines that have the common form.
    ///
    /// @return false if the head is broken
    template <class Sink>
    bool parse_lines(std::span<const std::byte>& in, Sink& sink) noexcept
    {
        if (state_ != 0 && state_ != row_of<table>("line"))
            return true;
        const std::string_view text = store_.window(in);
        line_cursor lines{text};
        std::string_view line;
        std::size_t end = 0;
        if (state_ == 0) {
            if (!lines.next(line) || !parse_start_line(line, sink))
                return true;
            state_ = row_of<table>("line");
            part_ = head_part::name;
            end = lines.end();
        }
        while (!sink.is_broken() && lines.next(line)) {
            if (line.empty()) {
                state_ = row_of<table>("end");
                end = lines.end();
                break;
            }
            // A value ends where the next line does not continue it.
            if (lines.end() == text.size() || (Kind == head_kind::response && is_white_space(text[lines.end()])))
                break;
            field found;
            known_field known;
            if (!split_field_line_fast(line, found, known) || !store_.add_field(found, known.id != field_id::other))
                break;
            end = lines.end();
            if (known.id != field_id::other)
                on_line(sink, known, store_.stage(found.value));
            store_.clear_token();
            if constexpr (Head::has_names)
                static_cast<void>(store_.keep_value(found.value)); // which fits: `add_field` has checked that
        }
        store_.advance(end);
        store_.clear_token();
        in = in.subspan(end);
        return !sink.is_broken();
    }

    /// Not inlined: the loop over the lines would be slower.
    template <class Sink>
    SOCKLESS_NOINLINE void on_line(Sink& sink, const known_field& known, std::string_view value) noexcept
    {
        sink.on_field(known, value, store_);
    }

    template <class Sink>
    bool parse_start_line(std::string_view line, Sink& sink) noexcept
    {
        // A streamed head has the digits only.
        constexpr std::string_view version_token = is_whole ? "1.1" : "11";
        std::string_view first;
        std::string_view second;
        if constexpr (Kind == head_kind::request) {
            if (!split_request_line_fast(line, first, second) || !store_.has_room_for(first.size()) ||
                !store_.has_room_for((Head::has_names ? first.size() : 0) + second.size() + version_token.size()))
                return false;
            if constexpr (Head::has_names)
                first = store_.stage(first); // which may be kept
            sink.on_part(head_part::method, first, store_);
            sink.on_part(head_part::target, store_.stage(second), store_);
            store_.clear_token();
            sink.on_part(head_part::request_version, version_token, store_);
        } else {
            if (!split_status_line_fast(line, first, second) || !store_.has_room_for(first.size()))
                return false;
            sink.on_part(head_part::response_version, version_token, store_);
            sink.on_part(head_part::status, first, store_);
            sink.on_part(head_part::reason, second, store_);
        }
        return true;
    }

    [[nodiscard]] error too_long() const noexcept
    {
        return Kind == head_kind::request && state_ < row_of<table>("line_feed") ? error::request_target_too_long
                                                                                 : error::head_too_large;
    }

    head_store<Head> store_;
    known_field known_;                  // the field whose value comes next
    head_part part_ = head_part::method; // that ends next
    std::uint8_t state_ = 0;             // the row that it begins with
};

} // namespace sockless::inline SOCKLESS_ABI::detail
