// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns bytes into an HTTP/1.1 head (RFC 9112): strict, bounded, in pieces of any size, and without consuming what
/// follows the head.
#pragma once

#include "../bytes/copy.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "head.hpp"
#include "head_parser.hpp"
#include "head_storage.hpp"
#include "head_store.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI::detail {

/// The result of one `poll` of a reader.
enum class head_result : std::uint8_t {
    need_input, ///< all input was consumed, the head continues
    complete,   ///< the head is complete; the remaining input follows it
    failed,     ///< returned once, see `failure`
};

/// What the readers of requests and responses have in common.
///
/// @tparam Head  the start line: receives its parts
template <head_kind Kind, class Head>
class head_reader {
public:
    /// @param memory  outlives this object and everything that `head` gives out
    explicit constexpr head_reader(head_buffers memory) noexcept : parser_{memory} {}

    /// Consumes the bytes of the head from the front of `in`, up to its empty line, and copies them.
    ///
    /// @param[in,out] in  a cursor over any piece of the stream; not modified, and no view into it is kept
    /// @return `complete` as soon as the empty line is there, and on every later call, which consumes nothing;
    ///         `failed` once: later input is dropped, and the result is `need_input`;
    ///         `need_input` otherwise
    /// @par Errors      request_target_too_long, head_too_large, too_many_fields; line_end_invalid, request_line_invalid,
    ///                  request_target_invalid, status_line_invalid, http_version_invalid, field_folded, field_name_invalid,
    ///                  field_name_space, field_value_invalid
    /// @par Source      RFC 9112 2.2, 3, 4, 5; RFC 9110 5.5
    /// @par Complexity  O(bytes consumed); no more than the free memory is copied of what follows the head
    head_result poll(std::span<const std::byte>& in) noexcept
    {
        if (complete_)
            return head_result::complete;
        if (!failed(failure_)) {
            const head_part part = parser_.parse(in, line_, failure_);
            complete_ = part == head_part::end;
            if (part != head_part::failure)
                return complete_ ? head_result::complete : head_result::need_input;
            in = {};
            return head_result::failed;
        }
        in = {};
        return head_result::need_input;
    }
    /// The same for a buffer that can be written, which it is not.
    head_result poll(std::span<std::byte>& in) noexcept
    {
        return with_const_cursor(in, [&](std::span<const std::byte>& view) { return poll(view); });
    }

    /// Returns the complete head. Valid until `restart` or the end of the memory.
    ///
    /// @pre `poll` has returned `complete`
    [[nodiscard]] auto head() const noexcept
    {
        SOCKLESS_ASSERT(complete_);
        return line_.head(fields());
    }
    /// Returns the fields so far. Valid until `restart` or the end of the memory.
    [[nodiscard]] std::span<const field> fields() const noexcept { return parser_.stored().fields(); }
    /// Returns the number of octets of the head that were consumed.
    [[nodiscard]] std::size_t size() const noexcept { return parser_.offset(); }
    /// Returns why the head was rejected; `none` if it was not.
    [[nodiscard]] error failure() const noexcept { return failure_; }
    /// Returns the offset of the octet at fault in the head.
    [[nodiscard]] std::size_t failure_offset() const noexcept { return parser_.failure_offset(failure_); }

    /// Begins again with an empty head in the same memory.
    void restart() noexcept
    {
        parser_.reset();
        complete_ = false;
        failure_ = error::none;
    }

private:
    head_parser<Kind, whole_head> parser_;
    Head line_;
    bool complete_ = false;
    error failure_ = error::none;
};

/// A sink for heads of which only the start line matters.
template <class Head>
struct start_line {
    void on_field(const known_field&, std::string_view, const head_store<whole_head>&) noexcept {}
    [[nodiscard]] static bool on_end(const head_store<whole_head>&) noexcept { return true; }
    [[nodiscard]] static bool is_broken() noexcept { return false; }
    [[nodiscard]] Head head(std::span<const field> fields) const noexcept
    {
        Head result = line;
        result.fields = fields;
        return result;
    }

    Head line;
};

struct request_line : start_line<request_head> {
    void on_part(head_part part, std::string_view text, const head_store<whole_head>&) noexcept
    {
        if (part == head_part::method)
            line.method = text;
        else if (part == head_part::target)
            line.target = text;
        else
            line.version = parse_version_digits(text);
    }
};

struct status_line : start_line<response_head> {
    void on_part(head_part part, std::string_view text, const head_store<whole_head>&) noexcept
    {
        if (part == head_part::response_version)
            line.version = parse_version_digits(text);
        else if (part == head_part::status)
            line.status = parse_status(text);
        else
            line.reason = text;
    }
};

/// The status line of a response that is not interim.
struct final_status_line : status_line {
    [[nodiscard]] bool on_end(const head_store<whole_head>&) const noexcept { return !is_interim_status(line.status); }
};

/// Reads the head of a request.
using request_reader = head_reader<head_kind::request, request_line>;

/// Reads the head of a response.
using response_reader = head_reader<head_kind::response, status_line>;

/// Reads heads of responses and skips interim ones, of which a server or a proxy can send several first (RFC 9110 15.2). All interim
/// responses together can be as long as one head; `head_too_large` if they are longer.
using response_reader_skipping_1xx = head_reader<head_kind::response, final_status_line>;

static_assert(std::is_trivially_copyable_v<request_reader> && std::is_trivially_copyable_v<response_reader>);

} // namespace sockless::inline SOCKLESS_ABI::detail
