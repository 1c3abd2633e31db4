// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is the server's side of the opening handshake: it reads one request, rejects an invalid one, and lets the program decide
/// about a valid one (RFC 6455 4.2).
///
/// @code
/// sockless::server_handshake handshake{storage};
/// switch (handshake.poll(in, tx)) {
/// case sockless::server_handshake_result::need_input: break;                        // read more
/// case sockless::server_handshake_result::request: e = handshake.accept(tx); break; // or respond(tx, 403)
/// case sockless::server_handshake_result::plain_request:                            // not for a WebSocket
///     e = handshake.respond(tx, 200, fields, page);                                 // or refuse(tx)
///     break;
/// case sockless::server_handshake_result::rejected: break;                          // send tx, close the transport
/// case sockless::server_handshake_result::open: break;                              // the remaining input is frames
/// }
/// @endcode
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../bytes/byte_view.hpp"
#include "../bytes/copy.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "../http/head.hpp"
#include "../http/head_parser.hpp"
#include "../http/head_storage.hpp"
#include "../http/head_writer.hpp"
#include "accept_key.hpp"
#include "negotiation.hpp"
#include "server_response.hpp"
#include "upgrade_request.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

/// The result of one `poll` of a server's handshake.
enum class server_handshake_result : std::uint8_t {
    need_input,    ///< all input was consumed, or dropped after a response other than 101
    request,       ///< a valid upgrade request is pending: `accept` or `respond`
    plain_request, ///< a valid request that asks for no WebSocket is pending: `respond` or `refuse`
    rejected,      ///< returned once: the response is written or pending, see `failure`
    open,          ///< the 101 is written
};

/// Reads one request and writes one response. Afterwards the transport carries frames, or is closed.
///
/// @tparam Head  `whole_head`: `request` has the whole head; `streamed_head`: only target and subprotocols are kept, and the fields
///               that `streamed_head::with` names
template <class Head>
class basic_server_handshake {
    static constexpr bool is_whole = std::is_same_v<Head, whole_head>;

public:
    /// @param memory  outlives this object and everything that it gives out
    explicit constexpr basic_server_handshake(typename Head::memory memory) noexcept : parser_{memory} {}

    /// Begins again, for another connection.
    ///
    /// @param memory  as above
    void restart(typename Head::memory memory) noexcept
    {
        parser_.use(memory);
        parser_.reset();
        sink_ = {};
        state_ = state::want_head;
    }

    /// Consumes the head of the request from the front of `in`, and nothing after it.
    ///
    /// @param[in,out] in  a cursor over any piece of the stream; not modified, and no view into it is kept
    /// @param[in,out] tx  the response to a request that is malformed or cannot be accepted is appended, once and whole; while there
    ///                    is no room it waits for a later `poll`: see `rejection_pending`
    /// @return `request` or `plain_request` on every call until the program has responded, and `open` on every call after
    ///         `accept`: none of them consumes anything; `rejected` once; `need_input` otherwise
    /// @par Errors      `failure` returns those of `request_reader` and `check_upgrade`
    /// @par Source      RFC 6455 4.2.1, 4.2.2
    /// @par Complexity  O(bytes consumed)
    server_handshake_result poll(std::span<const std::byte>& in, byte_queue& tx) noexcept
    {
        switch (state_) {
        case state::want_head: return read(in, tx);
        case state::want_response: return pending();
        case state::open: return server_handshake_result::open;
        case state::want_room: write_rejection(tx); break;
        case state::answered: break;
        }
        in = {};
        return server_handshake_result::need_input;
    }
    /// The same for a buffer that can be written, which it is not.
    server_handshake_result poll(std::span<std::byte>& in, byte_queue& tx) noexcept
    {
        return detail::with_const_cursor(in, [&](std::span<const std::byte>& view) { return poll(view, tx); });
    }

    /// Returns what the client asks for: complete after `request`, and after `plain_request` as far as `check_upgrade` fills it in
    /// then. Valid while the memory is.
    [[nodiscard]] const upgrade_request& request() const noexcept
        requires is_whole
    {
        return sink_.request();
    }
    /// Returns the method: "GET", unless it is a plain request. Valid while the memory is.
    [[nodiscard]] std::string_view method() const noexcept
        requires(!is_whole && detail::keeps_method<Head>)
    {
        return sink_.request().method;
    }
    /// Returns the path, and "?" and the query if there is one; of a plain request also "*", or a host and a port. Valid while the memory is.
    [[nodiscard]] std::string_view target() const noexcept
        requires(!is_whole)
    {
        return sink_.request().path;
    }
    /// Returns the client's list, in order of preference. Valid while the memory is.
    [[nodiscard]] list_cursor subprotocols() const noexcept
        requires(!is_whole)
    {
        return list_cursor{sink_.request().subprotocol_list};
    }
    /// Returns the lines of the fields that the program has named, in their order: complete after `request` and `plain_request`. Valid
    /// while the memory is.
    [[nodiscard]] std::span<const field> fields() const noexcept
        requires Head::has_names
    {
        return parser_.stored().fields();
    }

    /// Writes the 101: the connection is open, and the rest of the input is frames.
    ///
    /// @param[in,out] tx  the whole response is appended, or nothing; frames can follow it
    /// @param options     read during the call only
    /// @return `error::none`, or why nothing was written or changed
    /// @par Errors      not_open: no valid upgrade request is pending; no_space; no_sha1: a response with 500 is written or pending,
    ///                  as after `rejected`; subprotocol_not_sendable, subprotocol_not_requested, extensions_not_sendable,
    ///                  extension_not_requested, field_not_sendable, field_reserved
    /// @par Source      RFC 6455 4.2.2
    template <sha1_hash Sha1 = sha1>
    [[nodiscard]] error accept(byte_queue& tx, const accept_options& options = {}) noexcept
        requires is_whole
    {
        if (state_ != state::want_response || failed(sink_.failure))
            return error::not_open;
        const error e = write_accept<Sha1>(tx, sink_.request(), options);
        return e == error::no_sha1 ? reject(tx, e) : end_unless(e, state::open);
    }
    /// Writes the 101: the connection is open, and the rest of the input is frames.
    ///
    /// @param[in,out] tx   the whole response is appended, or nothing; frames can follow it
    /// @param subprotocol  one of the client's; empty: none
    /// @return `error::none`, or why nothing was written or changed
    /// @par Errors      not_open: no valid upgrade request is pending; subprotocol_not_requested; no_space; no_sha1: a response with
    ///                  500 is written or pending, as after `rejected`
    /// @par Source      RFC 6455 4.2.2
    template <sha1_hash Sha1 = sha1>
    [[nodiscard]] SOCKLESS_NOINLINE error accept(byte_queue& tx, std::string_view subprotocol = {}) noexcept
        requires(!is_whole)
    {
        if (state_ != state::want_response || failed(sink_.failure))
            return error::not_open;
        if (!subprotocol.empty() && !detail::contains_element(sink_.request().subprotocols(), subprotocol))
            return error::subprotocol_not_requested;
        detail::head_writer out{tx};
        accept_value value;
        if (!detail::make_accept_of<Sha1>(sink_.request().key.data(), value))
            return reject(tx, error::no_sha1);
        detail::append_accept(out, sink_.expects_continue(), value, subprotocol);
        return finish(out, state::open);
    }

    /// Writes a response other than 101; then the program sends `tx` and closes the transport: a page, a redirect, 401, 403 for an
    /// origin, 404 for a path. It can be called before the head is complete as well, for 408 or 503.
    ///
    /// The body of a request is not read: the response has `Connection: close`. The response to HEAD has no body, only its length
    /// (RFC 9110 9.3.2).
    ///
    /// @param[in,out] tx     the whole response is appended, or nothing
    /// @param fields   read during the call only
    /// @param body     the same
    /// @return `error::none`, or why nothing was written or changed
    /// @par Errors      not_open: there was a response already; those of `write_response`; status_not_sendable also for a 2xx response
    ///                  to CONNECT, which would open a tunnel (RFC 9110 9.3.6)
    /// @par Source      RFC 6455 4.2.2
    [[nodiscard]] error respond(byte_queue& tx, std::uint16_t status, std::span<const field> fields = {},
                                byte_view body = {}) noexcept
        requires is_whole
    {
        if (const error e = check_response(status); failed(e))
            return e;
        const bool is_head = detail::equal(sink_.request().method, "HEAD");
        return end_unless(write_response_head(tx, status, fields, body.size(), is_head ? byte_view{} : body));
    }
    /// The same without the body, for one that does not fit `tx`: the program sends the `content_length` octets after it, but not if
    /// the method is HEAD.
    [[nodiscard]] error respond_head(byte_queue& tx, std::uint16_t status, std::span<const field> fields,
                                     std::uint64_t content_length) noexcept
        requires is_whole
    {
        const error e = check_response(status);
        return failed(e) ? e : end_unless(write_response_head(tx, status, fields, content_length));
    }
    /// Writes a response other than 101 without a body and without further fields. It can be called before the head is complete as
    /// well, for 408 or 503. `write_response` writes a page.
    ///
    /// @param[in,out] tx  the whole response is appended, or nothing
    /// @return `error::none`, or why nothing was written or changed
    /// @par Errors      not_open: there was a response already; status_not_sendable, also for a 2xx response to CONNECT if the head keeps
    ///                  the method; no_space
    /// @par Source      RFC 6455 4.2.2; RFC 9110 9.3.6; RFC 9112 4
    [[nodiscard]] error respond(byte_queue& tx, std::uint16_t status) noexcept
        requires(!is_whole)
    {
        if (const error e = check_response(status); failed(e))
            return e;
        return status < 200 || status > 599 ? error::status_not_sendable : write_status(tx, status);
    }

    /// Writes the library's response to a pending request. That to a plain one with the method GET or HEAD is 426, with any other
    /// method 405; with a streamed head that names no fields, and so does not keep the method, always 426. That to an upgrade
    /// request is 400.
    ///
    /// @return `error::none`, or why nothing was written or changed
    /// @par Errors      not_open: no request is pending; no_space
    [[nodiscard]] error refuse(byte_queue& tx) noexcept
    {
        if (state_ != state::want_response)
            return error::not_open;
        if constexpr (detail::keeps_method<Head>) {
            if (failed(sink_.failure) && !detail::is_get_or_head(sink_.request().method)) {
                detail::head_writer out{tx};
                detail::append_error<is_whole>(out, 405);
                return finish(out.append_literal<", HEAD">(), state::answered);
            }
        }
        return write_status(tx, failed(sink_.failure) ? 426 : 400);
    }

    /// Returns why the request was rejected or is a plain one; `none` if neither.
    [[nodiscard]] error failure() const noexcept { return state_ == state::want_head ? error::none : sink_.failure; }
    /// Returns the offset of the octet at fault in a malformed head; 0 for an error of the head as a whole.
    [[nodiscard]] std::size_t failure_offset() const noexcept { return parser_.failure_offset(failure()); }
    /// Returns whether the response to an invalid request found no room in `tx` so far. When it is false after `rejected`, send `tx`
    /// and close the transport.
    [[nodiscard]] bool rejection_pending() const noexcept { return state_ == state::want_room; }
    /// Returns whether the 101 is written.
    [[nodiscard]] bool is_open() const noexcept { return state_ == state::open; }
    /// Returns whether another response is written: send `tx`, then close the transport.
    [[nodiscard]] bool is_answered() const noexcept { return state_ == state::answered; }

private:
    /// `want_response`: of the program; `want_room`: for the response to an invalid request.
    enum class state : std::uint8_t { want_head, want_response, want_room, open, answered };

    [[nodiscard]] server_handshake_result pending() const noexcept
    {
        return failed(sink_.failure) ? server_handshake_result::plain_request : server_handshake_result::request;
    }
    /// RFC 9110 9.3.6: a 2xx response to CONNECT would open a tunnel, and could have no body.
    [[nodiscard]] error check_response([[maybe_unused]] unsigned status) const noexcept
    {
        if (state_ != state::want_head && state_ != state::want_response)
            return error::not_open;
        if constexpr (detail::keeps_method<Head>)
            if (status < 300 && detail::equal(sink_.request().method, "CONNECT"))
                return error::status_not_sendable;
        return error::none;
    }

    SOCKLESS_NOINLINE server_handshake_result read(std::span<const std::byte>& in, byte_queue& tx) noexcept
    {
        const detail::head_part part = parser_.parse(in, sink_, sink_.failure);
        if (part == detail::head_part::none)
            return server_handshake_result::need_input;
        if (!failed(sink_.failure) || is_plain_request(sink_.failure)) {
            state_ = state::want_response;
            return pending();
        }
        state_ = state::want_room;
        in = {};
        write_rejection(tx);
        return server_handshake_result::rejected;
    }

    /// Writes the response to a request that the program has accepted in vain, now or as soon as there is room.
    error reject(byte_queue& tx, error reason) noexcept
    {
        sink_.failure = reason;
        state_ = state::want_room;
        write_rejection(tx);
        return reason;
    }

    void write_rejection(byte_queue& tx) noexcept
    {
        static_cast<void>(write_status(tx, detail::rejection_status(sink_.failure)));
    }

    /// Writes a response without a body. That of a streamed head has no phrase, which carries no meaning (RFC 9112 4).
    error write_status(byte_queue& tx, std::uint16_t status) noexcept
    {
        detail::head_writer out{tx};
        detail::append_error<is_whole>(out, status);
        return finish(out, state::answered);
    }
    SOCKLESS_NOINLINE error finish(detail::head_writer& out, state then) noexcept
    {
        return end_unless(out.append_literal<"\r\n\r\n">().finish(), then);
    }
    error end_unless(error e, state then = state::answered) noexcept
    {
        if (!failed(e))
            state_ = then;
        return e;
    }

    detail::head_parser<detail::head_kind::request, Head> parser_;
    detail::request_sink<Head> sink_;
    state state_ = state::want_head;
};

/// The handshake of a server that keeps the whole head.
using server_handshake = basic_server_handshake<whole_head>;
/// The handshake of a server with little memory.
using streaming_server_handshake = basic_server_handshake<streamed_head>;

static_assert(std::is_trivially_copyable_v<server_handshake> &&
              std::is_trivially_copyable_v<streaming_server_handshake>);

} // namespace sockless::inline SOCKLESS_ABI
