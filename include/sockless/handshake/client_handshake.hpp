// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is the client's side of the opening handshake: it writes one request and reads the response to it (RFC 6455 4.1).
///
/// @code
/// sockless::client_handshake handshake{storage};
/// e = handshake.start(tx, {.where = where, .origin = "https://example.com"}, randomness);
/// switch (handshake.poll(in)) {
/// case sockless::client_handshake_result::need_input: break; // read more
/// case sockless::client_handshake_result::open: break;       // the remaining input is frames
/// case sockless::client_handshake_result::refused: break;    // another response, whose body remains; close the transport
/// case sockless::client_handshake_result::failed: break;     // close the transport
/// }
/// @endcode
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../bytes/copy.hpp"
#include "../bytes/random_source.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "../http/head.hpp"
#include "../http/head_parser.hpp"
#include "../http/head_store.hpp"
#include "accept_key.hpp"
#include "client_request.hpp"
#include "upgrade_response.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

/// The result of one `poll` of a client's handshake.
enum class client_handshake_result : std::uint8_t {
    need_input, ///< all input was consumed, or dropped after a failure
    open,       ///< the connection is open, and the remaining input is frames
    refused,    ///< the server responded with another status than 101; the remaining input is the body
    failed,     ///< returned once, see `failure`
};

namespace detail {

/// Validates a response; interim ones are skipped (RFC 9110 15.2).
template <class Head>
class response_sink : public response_validator {
public:
    using store = head_store<Head>;

    /// Prepares for the response to a request.
    void start(const connect_options& options) noexcept
    {
        reset();
        expected_.subprotocols = options.subprotocols;
        expected_.extensions = options.extensions;
        expected_.subprotocol_required = options.subprotocol_required;
    }
    [[nodiscard]] accept_value& accept() noexcept { return expected_.accept; }

    SOCKLESS_INLINE void on_part(head_part part, std::string_view text, const store&) noexcept
    {
        if (part == head_part::response_version)
            check_version(text.data()[0], text.data()[std::is_same_v<Head, whole_head> ? 2 : 1]);
        else if (part == head_part::status)
            on_status(parse_status(text));
    }
    SOCKLESS_INLINE void on_field(const known_field& known, std::string_view value, const store&) noexcept
    {
        response_validator::on_field(known, value);
    }
    SOCKLESS_INLINE bool on_end(const store&) noexcept
    {
        if (is_interim_status(status_)) {
            reset();
            return false;
        }
        response_validator::on_end();
        return true;
    }
    [[nodiscard]] static constexpr bool is_broken() noexcept { return false; }
};

/// The same with what a whole head has besides.
class whole_response_sink : public response_sink<whole_head> {
public:
    void start(const connect_options& options) noexcept
    {
        response_sink::start(options);
        head_ = {};
        response_ = {};
    }
    void on_part(head_part part, std::string_view text, const store& kept) noexcept
    {
        response_sink::on_part(part, text, kept);
        if (part == head_part::response_version)
            line_.version = parse_version_digits(text);
        else if (part == head_part::reason)
            line_.reason = text;
    }
    void on_field(const known_field& known, std::string_view value, const store& kept) noexcept
    {
        response_sink::on_field(known, value, kept);
        if (known.id == field_id::websocket_protocol)
            response_.subprotocol = value;
    }
    bool on_end(const store& kept) noexcept
    {
        if (!response_sink::on_end(kept)) {
            response_ = {};
            return false;
        }
        head_ = {line_.version, status_, line_.reason, kept.fields()};
        response_ = {failed(failure_) ? std::string_view{} : response_.subprotocol, kept.fields()};
        return true;
    }
    [[nodiscard]] const response_head& head() const noexcept { return head_; }
    [[nodiscard]] const upgrade_response& response() const noexcept { return response_; }

private:
    response_head line_;
    response_head head_;
    upgrade_response response_;
};

} // namespace detail

/// Writes one request and reads its response; can be started again for another attempt.
///
/// @tparam Head  `whole_head`: `head` has the whole head; `streamed_head`: only status and subprotocol are kept
template <class Head>
class basic_client_handshake {
    static constexpr bool is_whole = std::is_same_v<Head, whole_head>;

public:
    /// @param memory  outlives this object and everything that it gives out
    explicit constexpr basic_client_handshake(typename Head::memory memory) noexcept : parser_{memory} {}

    /// Writes the request with a fresh key. A handshake before is forgotten.
    ///
    /// @param[in,out] tx      the whole request is appended, or nothing
    /// @param options         its `subprotocols` and `extensions` belong to the caller until the result is there; all else is read
    ///                        during the call only
    /// @param[in,out] random  16 bytes are drawn for a valid request, none for an invalid one
    /// @return `error::none`, or why nothing was written or changed
    /// @par Errors      no_random, and those of `write_request`
    /// @par Source      RFC 6455 4.1
    template <sha1_hash Sha1 = sha1, random_source Source>
    [[nodiscard]] SOCKLESS_NOINLINE error start(byte_queue& tx, const connect_options& options, Source& random) noexcept
    {
        key_value key;
        const auto new_key = [&](key_value& out) { return make_key(random, out); };
        if (const error e = detail::request_writer{tx}.write(options, new_key, key); failed(e))
            return e;
        parser_.reset();
        sink_.start(options);
        detail::make_accept_of<Sha1>(key.characters, sink_.accept());
        state_ = state::want_head;
        return error::none;
    }

    /// Consumes the head of the response from the front of `in`, and nothing after it. Interim responses are skipped (RFC 9110 15.2);
    /// all of them together can be as long as one head.
    ///
    /// @param[in,out] in  a cursor over any piece of the stream; not modified, and no view into it is kept
    /// @return `open` and `refused` on this and every later call, which consumes nothing; `failed` once: later input is dropped,
    ///         and the result is `need_input`; `need_input` otherwise
    /// @pre `start` has been called
    /// @par Errors      `failure` returns head_too_large, too_many_fields, line_end_invalid, status_line_invalid,
    ///                  http_version_invalid, field_folded, field_name_invalid, field_name_space, field_value_invalid, and
    ///                  those of `check_response`
    /// @par Source      RFC 6455 4.1
    /// @par Complexity  O(bytes consumed)
    client_handshake_result poll(std::span<const std::byte>& in) noexcept
    {
        SOCKLESS_ASSERT(state_ != state::want_start);
        switch (state_) {
        case state::want_head: return read(in);
        case state::open: return client_handshake_result::open;
        case state::refused: return client_handshake_result::refused;
        case state::want_start:
        case state::failed: break;
        }
        in = {};
        return client_handshake_result::need_input;
    }
    /// The same for a buffer that can be written, which it is not.
    client_handshake_result poll(std::span<std::byte>& in) noexcept
    {
        return detail::with_const_cursor(in, [&](std::span<const std::byte>& view) { return poll(view); });
    }

    /// Returns what the server has agreed to, after `open`. Valid while the memory is.
    [[nodiscard]] const upgrade_response& response() const noexcept
        requires is_whole
    {
        return sink_.response();
    }
    /// Returns status, reason and fields, after `open`, `refused` and a failure of a complete head; otherwise status 0.
    /// A 426 can list the server's versions in Sec-WebSocket-Version. Valid while the memory is.
    [[nodiscard]] const response_head& head() const noexcept
        requires is_whole
    {
        return sink_.head();
    }
    /// Returns the one of the offered subprotocols that the server has chosen, after `open`; empty: none.
    [[nodiscard]] std::string_view subprotocol() const noexcept
        requires(!is_whole)
    {
        return sink_.subprotocol();
    }
    /// Returns the status of the response, after `open` and `refused`.
    [[nodiscard]] std::uint16_t status() const noexcept
        requires(!is_whole)
    {
        return sink_.status();
    }

    /// Returns `status_not_101` after `refused`, the reason after `failed`, otherwise `none`.
    [[nodiscard]] error failure() const noexcept { return state_ == state::want_head ? error::none : sink_.failure(); }
    /// Returns the offset of the octet at fault in a malformed head; 0 for an error of the head as a whole.
    [[nodiscard]] std::size_t failure_offset() const noexcept { return parser_.failure_offset(failure()); }
    /// Returns whether the connection is open.
    [[nodiscard]] bool is_open() const noexcept { return state_ == state::open; }

private:
    enum class state : std::uint8_t { want_start, want_head, open, refused, failed };

    SOCKLESS_NOINLINE client_handshake_result read(std::span<const std::byte>& in) noexcept
    {
        const detail::head_part part = parser_.parse(in, sink_, sink_.failure());
        if (part == detail::head_part::none)
            return client_handshake_result::need_input;
        if (part == detail::head_part::end) {
            if (sink_.failure() == error::status_not_101) {
                state_ = state::refused;
                return client_handshake_result::refused;
            }
            if (!failed(sink_.failure())) {
                state_ = state::open;
                return client_handshake_result::open;
            }
        }
        state_ = state::failed;
        in = {};
        return client_handshake_result::failed;
    }

    detail::head_parser<detail::head_kind::response, Head> parser_;
    std::conditional_t<is_whole, detail::whole_response_sink, detail::response_sink<Head>> sink_;
    state state_ = state::want_start;
};

/// The handshake of a client that keeps the whole head.
using client_handshake = basic_client_handshake<whole_head>;
/// The handshake of a client with little memory.
using streaming_client_handshake = basic_client_handshake<streamed_head>;

static_assert(std::is_trivially_copyable_v<client_handshake> &&
              std::is_trivially_copyable_v<streaming_client_handshake>);

} // namespace sockless::inline SOCKLESS_ABI
