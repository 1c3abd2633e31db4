// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file reads the body of a response that has one instead of a WebSocket or a tunnel, such as a 401 with an explanation: in
/// pieces of any size, bounded, and without a copy.
///
/// @code
/// sockless::body_reader body{handshake.head()};    // after `refused`; the same for `http_proxy`
/// while (!body.finished()) {                       // once per event of the transport
///     for (auto piece = body.poll(in); !piece.empty(); piece = body.poll(in))
///         log_line(sockless::as_text(piece));
///     if (input_has_ended)
///         e = body.end_of_input();
/// }
/// e = body.failure();                              // `none` if the body is whole
/// @endcode
#pragma once

#include "../bytes/copy.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "../core/limits.hpp"
#include "character_class.hpp"
#include "head.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

/// Reads the body of one response. The chunked coding is decoded; any other coding is left to the program.
class body_reader {
public:
    /// Constructs a reader of no body, which has finished.
    constexpr body_reader() noexcept = default;
    /// Constructs a reader of the body that follows a head.
    ///
    /// @param head      of the final response to a request other than HEAD; read during the call only
    /// @param max_size  of the body, in bytes. The framing of chunks may have the same size and `limits::head_bytes` more
    /// @par Errors      content_length_invalid: `failure` returns it at once
    /// @par Source      RFC 9112 6.3
    explicit constexpr body_reader(const response_head& head, std::uint64_t max_size = limits::body_bytes) noexcept
        : allowed_{max_size}
    {
        if (head.status < 200 || head.status == 204 || head.status == 304)
            return;
        std::string_view coding;
        list_cursor codings{head.fields, "Transfer-Encoding"};
        if (codings.next(coding)) { // overrides Content-Length
            while (codings.next(coding)) {
            }
            state_ = detail::equals_ignoring_case(coding, "chunked") ? state::chunk_size : state::until_end;
        } else {
            begin_with_length(head.fields);
        }
    }

    /// Consumes bytes from the front of @p in and returns the next piece of the body.
    ///
    /// @param[in,out] in  cursor over the caller's bytes, cut anywhere; not modified, and no view of it is kept
    /// @return a view of @p in; empty if all of @p in was consumed, or the body has ended. What follows the body is not
    ///         consumed, and after a failure everything is
    /// @par Errors      `failure` returns body_too_large, after as many bytes as the limit permits; chunk_invalid
    /// @par Source      RFC 9112 6.3, 7.1
    /// @par Complexity  O(bytes consumed)
    [[nodiscard]] constexpr std::span<const std::byte> poll(std::span<const std::byte>& in) noexcept
    {
        while (!in.empty() && state_ != state::finished) {
            if (state_ <= state::chunk_data && allowed_ != 0)
                return take(in);
            failure_ = state_ <= state::chunk_data ? error::body_too_large
                                                   : read_framing(static_cast<unsigned char>(in.front()));
            in = in.subspan(1);
            if (failed(failure_))
                state_ = state::finished;
        }
        if (failed(failure_))
            in = {};
        return {};
    }
    /// The same for a buffer that can be written, which it is not.
    [[nodiscard]] constexpr std::span<const std::byte> poll(std::span<std::byte>& in) noexcept
    {
        return detail::with_const_cursor(in, [&](std::span<const std::byte>& view) { return poll(view); });
    }

    /// Reports that the transport will deliver no more.
    ///
    /// @return `failure()`
    /// @par Errors      body_incomplete, unless the body ends where the transport does
    /// @par Source      RFC 9112 6.3, 8
    constexpr error end_of_input() noexcept
    {
        // RFC 9112 8: a body in chunks is complete once the last chunk, of size zero, has arrived.
        if (state_ > state::until_end && state_ < state::trailer_begin)
            failure_ = error::body_incomplete;
        state_ = state::finished;
        return failure_;
    }

    /// Returns whether the body has ended or failed.
    [[nodiscard]] constexpr bool finished() const noexcept { return state_ == state::finished; }
    /// Returns why the body is not whole; `none` if it is, or has not ended.
    [[nodiscard]] constexpr error failure() const noexcept { return failure_; }

private:
    /// What the next byte belongs to.
    enum class state : std::uint8_t {
        finished,
        until_end,   ///< the body, up to the end of the transport
        length_data, ///< the body, of a length that was announced
        chunk_data,
        chunk_size,   ///< its first digit
        chunk_digits, ///< more digits
        chunk_space,  ///< white space after the size
        chunk_extension,
        chunk_size_lf,
        chunk_data_cr,
        chunk_data_lf,
        trailer_begin, ///< a line of the trailer section, or the empty line after it
        trailer,
        trailer_lf,
        last_lf,
    };

    /// RFC 9112 6.3: a list of the same number counts as this number.
    constexpr void begin_with_length(std::span<const field> fields) noexcept
    {
        std::string_view text;
        if (!field_cursor{fields, "Content-Length"}.next(text)) {
            state_ = state::until_end;
            return;
        }
        bool valid = false;
        list_cursor numbers{fields, "Content-Length"};
        while (numbers.next(text)) {
            std::uint64_t number = 0;
            const bool same = parse_length(text, number) && (!valid || number == remaining_);
            remaining_ = number;
            valid = same;
            if (!same)
                break;
        }
        if (!valid)
            failure_ = error::content_length_invalid;
        else if (remaining_ != 0)
            state_ = state::length_data;
    }

    /// @param[out] number  the largest value for any number that is nearly as large, or larger
    static constexpr bool parse_length(std::string_view text, std::uint64_t& number) noexcept
    {
        for (const char c : text) {
            const unsigned digit = detail::digit_value(c);
            if (digit > 9)
                return false;
            number = number >= unlimited / 10 ? unlimited : number * 10 + digit; // no division at run time
        }
        return true;
    }

    /// @pre `allowed_` is not 0, nor is @p in empty
    constexpr std::span<const std::byte> take(std::span<const std::byte>& in) noexcept
    {
        std::uint64_t size = in.size();
        if (state_ != state::until_end && size > remaining_)
            size = remaining_;
        if (size > allowed_)
            size = allowed_;
        allowed_ -= size;
        framing_ += size;
        if (state_ != state::until_end) {
            remaining_ -= size;
            if (remaining_ == 0)
                state_ = state_ == state::chunk_data ? state::chunk_data_cr : state::finished;
        }
        const std::span<const std::byte> piece = in.first(static_cast<std::size_t>(size));
        in = in.subspan(piece.size());
        return piece;
    }

    /// Reads one octet of the chunked coding that is no data.
    constexpr error read_framing(unsigned char c) noexcept
    {
        switch (state_) {
        case state::chunk_size:
        case state::chunk_digits:
            if (const unsigned digit = detail::digit_value(static_cast<char>(c)); digit < 16) {
                if (remaining_ > unlimited / 16)
                    return error::body_too_large;
                remaining_ = remaining_ * 16 + digit;
                return read_text(c, state::chunk_digits);
            }
            if (state_ == state::chunk_size)
                return error::chunk_invalid;
            [[fallthrough]];
        case state::chunk_space:
            // RFC 9112 7.1.1: white space is permitted before ";", and some servers pad the size with it
            if (c == ' ' || c == '\t')
                return read_text(c, state::chunk_space);
            if (c != '\r' && c != ';')
                return error::chunk_invalid;
            [[fallthrough]];
        case state::chunk_extension:
            return c == '\r' ? expect(c, '\r', state::chunk_size_lf) : read_text(c, state::chunk_extension);
        case state::chunk_size_lf: return expect(c, '\n', remaining_ == 0 ? state::trailer_begin : state::chunk_data);
        case state::chunk_data_cr: return expect(c, '\r', state::chunk_data_lf);
        case state::chunk_data_lf: return expect(c, '\n', state::chunk_size);
        case state::trailer_begin: return c == '\r' ? expect(c, '\r', state::last_lf) : read_text(c, state::trailer);
        case state::trailer: return c == '\r' ? expect(c, '\r', state::trailer_lf) : read_text(c, state::trailer);
        case state::trailer_lf: return expect(c, '\n', state::trailer_begin);
        case state::finished:
        case state::until_end:
        case state::length_data:
        case state::chunk_data:
        case state::last_lf: break;
        }
        return expect(c, '\n', state::finished);
    }
    constexpr error expect(unsigned char c, unsigned char expected, state next) noexcept
    {
        state_ = next;
        return c == expected ? error::none : error::chunk_invalid;
    }
    /// An octet of a size, an extension or a trailer, of which there may be as many as of the body, and a head more.
    constexpr error read_text(unsigned char c, state next) noexcept
    {
        state_ = next;
        if ((c < 0x20 && c != '\t') || c == 0x7F)
            return error::chunk_invalid;
        if (framing_ == 0)
            return error::body_too_large;
        --framing_;
        return error::none;
    }

    static constexpr std::uint64_t unlimited = ~std::uint64_t{0};

    std::uint64_t remaining_ = 0; ///< of the length or of the chunk
    std::uint64_t allowed_ = 0;   ///< by the limit
    std::uint64_t framing_ = limits::head_bytes;
    state state_ = state::finished;
    error failure_ = error::none;
};

static_assert(std::is_trivially_copyable_v<body_reader>);

} // namespace sockless::inline SOCKLESS_ABI
