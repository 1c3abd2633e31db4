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
#include "kept_head.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI::detail {

/// The result of one `poll` of a reader.
enum class head_result : std::uint8_t {
    need_input, ///< all input was consumed, or dropped after a failure
    complete,   ///< the head is complete; the remaining input follows it
    failed,     ///< returned once, see `failure`
};

/// What `head` refers to if there is no complete response.
inline constexpr response_head no_response{};

/// Keeps one part of a start line.
constexpr void keep_part(request_head& head, head_part part, std::string_view text) noexcept
{
    if (part == head_part::method)
        head.method = text;
    else if (part == head_part::target)
        head.target = text;
    else
        head.version = parse_version_digits(text);
}
constexpr void keep_part(response_head& head, head_part part, std::string_view text) noexcept
{
    if (part == head_part::response_version)
        head.version = parse_version_digits(text);
    else if (part == head_part::status)
        head.status = static_cast<std::uint16_t>(parse_number(text));
    else
        head.reason = text;
}

/// Keeps a head, and has no rules for it.
///
/// @tparam KeepsInterim  whether an interim response is a head as any other, or skipped
template <class Head, bool KeepsInterim = true>
struct head_sink {
    using result_type = head_result;
    static constexpr result_type first_result = result_type::need_input; ///< before `restart`
    using store = head_store<whole_head>;

    void on_part(head_part part, std::string_view text, const store&) noexcept { keep_part(head, part, text); }
    void on_field(const known_field&, std::string_view, const store&) noexcept {}
    [[nodiscard]] bool on_end(const store& kept) noexcept
    {
        head.fields = kept.fields();
        if constexpr (KeepsInterim)
            return true;
        else
            return !is_interim_status(head.status);
    }
    [[nodiscard]] static bool is_broken() noexcept { return false; }

    /// Returns the result of a head that is complete, or has failed.
    [[nodiscard]] head_result result() const noexcept
    {
        return failed(failure) ? head_result::failed : head_result::complete;
    }
    void reset() noexcept { failure = error::none; }

    error failure = error::none;
    Head head;
};

/// Reads one head, and repeats its result from then on.
///
/// @tparam Sink  the rules for the head
template <head_kind Kind, class Head, class Sink>
class head_phase {
public:
    using result_type = typename Sink::result_type;

    /// Consumes the octets of the head from the front of `in`, up to its empty line, and nothing after it.
    ///
    /// @param[in,out] in  a cursor over any piece of the stream; not modified, and no view into it is kept
    /// @return `need_input` while the head continues; `failed` once: later input is dropped, and the result is `need_input`;
    ///         the other results on this and every later call, which consumes nothing
    /// @pre there is a head to read: a request was sent if this reads the response to it
    /// @par Errors      `failure` returns request_target_too_long, head_too_large, too_many_fields; line_end_invalid,
    ///                  request_line_invalid, request_target_invalid, status_line_invalid, http_version_invalid, field_folded,
    ///                  field_name_invalid, field_name_space, field_value_invalid, and those of the class
    /// @par Source      RFC 9112 2.2, 3, 4, 5; RFC 9110 5.5
    /// @par Complexity  O(bytes consumed); no more than the free memory is copied of what follows the head
    result_type poll(std::span<const std::byte>& in) noexcept
    {
        if (result_ == result_type::need_input)
            return read(in);
        if (result_ != result_type::failed)
            return result_;
        SOCKLESS_ASSERT(sockless::failed(sink_.failure)); // otherwise it has not been started
        in = {};
        return result_type::need_input;
    }
    /// The same for a buffer that can be written, which it is not.
    result_type poll(std::span<std::byte>& in) noexcept
    {
        return with_const_cursor(in, [&](std::span<const std::byte>& view) { return poll(view); });
    }

    /// Returns why the head was rejected; `none` if it was not.
    [[nodiscard]] error failure() const noexcept
    {
        return result_ == result_type::need_input ? error::none : sink_.failure;
    }
    /// Returns the offset of the octet at fault in a malformed head; 0 for an error of the head as a whole.
    [[nodiscard]] std::size_t failure_offset() const noexcept { return parser_.failure_offset(failure()); }

protected:
    explicit constexpr head_phase(typename Head::memory memory) noexcept : parser_{memory} {}

    /// Prepares for another head in other memory.
    void restart(typename Head::memory memory) noexcept
    {
        parser_.use(memory);
        restart();
    }
    /// Prepares for another head.
    void restart() noexcept
    {
        parser_.reset();
        sink_.reset();
        result_ = result_type::need_input;
    }

    head_parser<Kind, Head> parser_;
    Sink sink_;
    result_type result_ = Sink::first_result;

private:
    SOCKLESS_NOINLINE result_type read(std::span<const std::byte>& in) noexcept
    {
        if (parser_.parse(in, sink_, sink_.failure) == head_part::none)
            return result_type::need_input;
        result_ = sink_.result();
        if (result_ == result_type::failed)
            in = {};
        return result_;
    }
};

/// What the readers of requests and responses have in common.
template <head_kind Kind, class Sink>
class head_reader : public head_phase<Kind, whole_head, Sink> {
public:
    /// @param memory  outlives this object and everything that `head` gives out
    explicit constexpr head_reader(head_buffers memory) noexcept : head_phase<Kind, whole_head, Sink>{memory} {}

    /// Returns the complete head. Valid until `restart` or the end of the memory.
    ///
    /// @pre `poll` has returned `complete`
    [[nodiscard]] const auto& head() const noexcept
    {
        SOCKLESS_ASSERT(this->result_ == head_result::complete);
        return this->sink_.head;
    }
    /// Returns the fields so far. Valid until `restart` or the end of the memory.
    [[nodiscard]] std::span<const field> fields() const noexcept { return this->parser_.stored().fields(); }
    /// Returns the number of octets of the head that were consumed.
    [[nodiscard]] std::size_t size() const noexcept { return this->parser_.offset(); }
    /// Begins again with an empty head in the same memory.
    void restart() noexcept { head_phase<Kind, whole_head, Sink>::restart(); }
};

/// Reads the head of a request.
using request_reader = head_reader<head_kind::request, head_sink<request_head>>;

/// Reads the head of a response.
using response_reader = head_reader<head_kind::response, head_sink<response_head>>;

/// Reads heads of responses and skips interim ones, of which a server or a proxy can send several first (RFC 9110 15.2). All interim
/// responses together can be as long as one head; `head_too_large` if they are longer.
using response_reader_skipping_1xx = head_reader<head_kind::response, head_sink<response_head, false>>;

static_assert(std::is_trivially_copyable_v<request_reader> && std::is_trivially_copyable_v<response_reader>);

} // namespace sockless::inline SOCKLESS_ABI::detail
