// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is the server's side of the opening handshake: it reads one request, refuses what is wrong with it, and lets the
/// program decide about the rest (RFC 6455 4.2).
///
///     server_handshake handshake{storage};
///     switch (handshake.poll(in, tx)) {
///     case server_handshake_result::need_input: break;                                       // read more
///     case server_handshake_result::request: e = handshake.accept(tx); break;                // or respond(tx, 403)
///     case server_handshake_result::plain_request: e = handshake.respond(tx, 200, fields, page); break; // or refuse(tx)
///     case server_handshake_result::rejected: break;                                          // send tx, close the transport
///     case server_handshake_result::open: break;                                             // `in` holds frames from here on
///     }
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../bytes/copy.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "../http/head.hpp"
#include "../http/head_reader.hpp"
#include "../http/head_storage.hpp"
#include "server_response.hpp"
#include "upgrade_request.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

enum class server_handshake_result : std::uint8_t {
    need_input,    ///< all input was eaten, or dropped after an answer other than 101
    request,       ///< a good upgrade request waits for `accept` or `respond`
    plain_request, ///< a good GET that asks for no WebSocket waits for `respond` or `refuse`
    rejected,      ///< told once: the answer is on its way, see `failure`
    open,          ///< the 101 is written
};

/// Reads one request and writes one answer. Afterwards the transport carries frames, or is closed.
class server_handshake {
public:
    /// `space`   outlives this object and everything that `request` gives out
    explicit constexpr server_handshake(head_buffers space) noexcept : reader_{space} {}

    /// Eats the head of the request from the front of `in` and not one byte more.
    ///
    /// `in`      a cursor over any piece of the stream; not modified, and no view into it is kept
    /// `tx`      the refusal of a request that is malformed or unacceptable is appended, once and whole; it waits for a later
    ///           `poll` while there is no room: see `rejection_pending`
    /// returns   `request` or `plain_request` on every call until the program has answered, and `open` on every call after
    ///           `accept`: none of them eats anything; `refused` once; `need_input` otherwise
    /// errors    `failure` gives those of `request_reader` and `check_upgrade`
    /// source    RFC 6455 4.2.1, 4.2.2
    /// cost      O(bytes eaten)
    constexpr server_handshake_result poll(std::span<const std::byte>& in, byte_queue& tx) noexcept
    {
        switch (state_) {
        case state::want_head: return read(in, tx);
        case state::want_answer:
            return ordinary() ? server_handshake_result::plain_request : server_handshake_result::request;
        case state::open: return server_handshake_result::open;
        case state::want_room: write_waiting(tx); break;
        case state::answered: break;
        }
        in = {};
        return server_handshake_result::need_input;
    }
    constexpr server_handshake_result poll(std::span<std::byte>& in, byte_queue& tx) noexcept
    {
        return detail::reading(in, [&](std::span<const std::byte>& view) { return poll(view, tx); });
    }

    /// What the client asks for: whole after `request`, and after `plain_request` as far as `check_upgrade` fills it in then.
    /// Valid while the storage is.
    [[nodiscard]] constexpr const upgrade_request& request() const noexcept { return request_; }

    /// Writes the 101: the connection is open, and what is left of the input stands in frames.
    ///
    /// `tx`      the whole response is appended, or nothing; frames may follow it
    /// `choice`  looked at during the call only
    /// errors    `not_open`: no good upgrade request waits; `no_space`; those of `check_accept_options`. Nothing is changed then.
    /// source    RFC 6455 4.2.2
    template <sha1_hash Sha1 = sha1>
    [[nodiscard]] constexpr error accept(byte_queue& tx, const accept_options& choice = {}) noexcept
    {
        if (state_ != state::want_answer || ordinary())
            return error::not_open;
        const error e = write_accept<Sha1>(tx, request_, choice);
        if (!failed(e))
            state_ = state::open;
        return e;
    }

    /// Answers with an ordinary response, after which the program sends `tx` and closes the transport: a page, a redirect, 401,
    /// 403 for an origin, 404 for a path. May be called before the head is complete as well, for 408 or 503.
    ///
    /// `tx`      the whole response is appended, or nothing
    /// `fields`, `body`  looked at during the call only
    /// errors    `not_open`: there is an answer already; those of `write_response`. Nothing is changed then.
    /// source    RFC 6455 4.2.2
    [[nodiscard]] constexpr error respond(byte_queue& tx, std::uint16_t status, std::span<const field> fields = {},
                                          std::string_view body = {}) noexcept
    {
        return may_respond() ? answered_unless(write_response(tx, status, fields, body)) : error::not_open;
    }
    /// The same for a body of bytes.
    [[nodiscard]] constexpr error respond(byte_queue& tx, std::uint16_t status, std::span<const field> fields,
                                          std::span<const std::byte> body) noexcept
    {
        return may_respond() ? answered_unless(write_response(tx, status, fields, body)) : error::not_open;
    }
    /// The same without the body, for one that does not fit `tx`: the program sends the `content_length` octets behind it.
    [[nodiscard]] constexpr error respond_head(byte_queue& tx, std::uint16_t status, std::span<const field> fields,
                                               std::uint64_t content_length) noexcept
    {
        return may_respond() ? answered_unless(write_response_head(tx, status, fields, content_length))
                             : error::not_open;
    }

    /// Answers a request that waits with what the library would say: 426 to an ordinary request, 400 to any other.
    ///
    /// errors    `not_open`: no request waits; `no_space`. Nothing is changed then.
    [[nodiscard]] constexpr error refuse(byte_queue& tx) noexcept
    {
        if (state_ != state::want_answer)
            return error::not_open;
        return answered_unless(ordinary() ? write_error_response(tx, failure_) : write_response(tx, 400));
    }

    /// Why the request was refused or is an ordinary one; `none` if neither.
    [[nodiscard]] constexpr error failure() const noexcept { return failure_; }
    /// Where in the head a malformed request went wrong, counted from its first octet; 0 for what concerns the head as a whole.
    [[nodiscard]] constexpr std::size_t failure_offset() const noexcept { return reader_.failure_offset(); }
    /// Whether the refusal found no room in `tx` so far. Once it is false after `refused`, send `tx` and close the transport.
    [[nodiscard]] constexpr bool rejection_pending() const noexcept { return state_ == state::want_room; }
    /// Whether the 101 is written.
    [[nodiscard]] constexpr bool is_open() const noexcept { return state_ == state::open; }
    /// Whether another answer is written: send `tx`, then close the transport.
    [[nodiscard]] constexpr bool is_answered() const noexcept { return state_ == state::answered; }

private:
    enum class state : std::uint8_t {
        want_head,
        want_answer, // from the program
        want_room,   // for a refusal
        open,
        answered,
    };

    [[nodiscard]] constexpr bool ordinary() const noexcept { return is_plain_request(failure_); }
    [[nodiscard]] constexpr bool may_respond() const noexcept
    {
        return state_ == state::want_head || state_ == state::want_answer;
    }

    [[nodiscard]] constexpr error answered_unless(error e) noexcept
    {
        if (!failed(e))
            state_ = state::answered;
        return e;
    }

    constexpr server_handshake_result read(std::span<const std::byte>& in, byte_queue& tx) noexcept
    {
        switch (reader_.poll(in)) {
        case head_result::need_input: return server_handshake_result::need_input;
        case head_result::failed: failure_ = reader_.failure(); break;
        case head_result::complete: failure_ = detail::judge_request(reader_.head(), reader_.index(), request_); break;
        }
        if (!failed(failure_) || ordinary()) {
            state_ = state::want_answer;
            return ordinary() ? server_handshake_result::plain_request : server_handshake_result::request;
        }
        state_ = state::want_room;
        in = {};
        write_waiting(tx);
        return server_handshake_result::rejected;
    }

    constexpr void write_waiting(byte_queue& tx) noexcept
    {
        if (!failed(write_error_response(tx, failure_)))
            state_ = state::answered;
    }

    request_reader reader_;
    upgrade_request request_;
    state state_ = state::want_head;
    error failure_ = error::none;
};

static_assert(std::is_trivially_copyable_v<server_handshake>);

} // namespace sockless::inline SOCKLESS_ABI
