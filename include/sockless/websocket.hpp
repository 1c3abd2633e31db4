// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A whole WebSocket in one object: opening handshake, messages and closing handshake, time-outs and back-pressure, for clients and
/// servers, over a transport and with a clock that the program owns. States, events and `send` are those of the browser's interface.
///
/// @code
/// sockless::static_websocket_storage<> storage;
/// sockless::websocket<sockless::role::server> ws{storage};
///
/// // After each event of the transport and of the timer; `now` is in milliseconds.
/// if (bytes_arrived)
///     ws.receive(bytes, now);
/// if (input_has_ended)
///     ws.input_ended(now);
/// sockless::websocket_needs needs = ws.poll(handler{}, now); // on_open, on_message, on_close, ... may send and close
/// while (needs.write) {
///     const std::size_t count = write_some(ws.write_buffer());
///     ws.written(count, now); // 0: the transport is full
///     if (count == 0)
///         break;
///     needs = ws.poll(handler{}, now);
/// }
/// // needs.read, needs.shut_down_write, needs.close, needs.wake_after: what the program waits for, and does
/// @endcode
#pragma once

#include "bytes/byte_view.hpp"
#include "bytes/random_source.hpp"
#include "bytes/sha1.hpp"
#include "config.hpp"
#include "core/close_code.hpp"
#include "core/error.hpp"
#include "core/opcode.hpp"
#include "core/role.hpp"
#include "frame/close_payload.hpp"
#include "frame/frame_header.hpp"
#include "handshake/client_request.hpp"
#include "handshake/negotiation.hpp"
#include "handshake/server_response.hpp"
#include "handshake/upgrade_request.hpp"
#include "http/head.hpp"
#include "http/uri.hpp"
#include "keep_alive.hpp"
#include "message/event.hpp"
#include "message/message_extension.hpp"
#include "message/prepared_message.hpp"
#include "websocket/client_phase.hpp"
#include "websocket/handler.hpp"
#include "websocket/input_buffer.hpp"
#include "websocket/open_session.hpp"
#include "websocket/ready_state.hpp"
#include "websocket/server_phase.hpp"
#include "websocket/websocket_needs.hpp"
#include "websocket/websocket_options.hpp"
#include "websocket/websocket_storage.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

/// One WebSocket, from the first byte of the handshake to the end of the transport.
///
/// It owns no socket, reads no clock and allocates nothing. It belongs to one thread at a time. It cannot be copied, because it
/// writes to its storage.
///
/// @tparam Role       the end that this object is; some functions exist for one role only
/// @tparam MaskKeys   of a client: the source of its masking keys
/// @tparam Extension  a `negotiated_extension`, such as `zlib_deflate`
/// @tparam Sha1       the hash of the opening handshake, such as `openssl_sha1` where only that of a library or of hardware is allowed
/// @tparam Head       `whole_head`: the request or response is kept until the connection is open; `streamed_head`, for devices: only what
///                    the handshake needs, and the fields that `streamed_head::with` names. See `streaming_websocket`
template <role Role, class MaskKeys = no_mask_keys, class Extension = no_extension, sha1_hash Sha1 = sha1,
          class Head = whole_head>
class websocket {
    static constexpr bool has_whole_head = std::is_same_v<Head, whole_head>;

public:
    /// The options of this object.
    using options = websocket_options<MaskKeys, Extension>;
    /// The receiving half of the extension.
    using decoder = typename Extension::decoder;
    /// The sending half of the extension.
    using encoder = typename Extension::encoder;

    /// Constructs a websocket in the state `connecting`.
    ///
    /// @param storage  used by no other object; its queues are cleared, so that nothing for a previous peer reaches the next one. It
    ///                 outlives this object. If another websocket uses it, this one has failed: `storage_in_use`
    /// @param choice   limits, masking keys, extension, times and behaviour, owned
    explicit websocket(websocket_storage& storage, options choice = {}) noexcept
        : storage_{&storage},
          owns_storage_{detail::storage_access::begin_use(storage)},
          browser_close_codes_{choice.browser_close_codes},
          fail_when_full_{choice.fail_when_full},
          input_{detail::storage_access::input(storage)},
          largest_frame_{detail::storage_access::largest_frame(storage)},
          high_water_{choice.high_water},
          low_water_{choice.low_water != 0 ? choice.low_water : choice.high_water / 2},
          read_size_{choice.read_size != 0 ? choice.read_size : websocket_options<>{}.read_size},
          answer_timeout_{choice.answer_timeout},
          alive_{{choice.handshake_timeout, choice.ping_interval, choice.pong_timeout, choice.closing_timeout}, 0},
          session_{storage, choice},
          handshake_{storage, choice.deflate, choice.body_bytes}
    {
        if (owns_storage_)
            begin();
        else
            fail_now(error::storage_in_use);
    }
    ~websocket()
    {
        SOCKLESS_ASSERT(!dispatching_);
        if (owns_storage_)
            detail::storage_access::end_use(*storage_);
    }
    /// Not available: the storage outlives the websocket.
    explicit websocket(websocket_storage&&, options = {}) = delete;
    websocket(const websocket&) = delete;
    websocket& operator=(const websocket&) = delete;

    /// Begins again in the state `connecting` with the same options, for another transport: nothing of the old peer remains.
    ///
    /// @pre no read into `read_buffer()` and no write of `write_buffer()` is in progress; not called by a handler
    void reset() noexcept
    {
        SOCKLESS_ASSERT(!dispatching_);
        steady_ = false;
        if (!owns_storage_)
            return;
        session_.reset();
        handshake_.reset();
        discarded_ = 0;
        failure_ = error::none;
        phase_ = phase::opening;
        clock_started_ = input_ended_ = transport_failed_ = paused_ = poll_pending_ = false;
        write_blocked_ = received_ = silent_ = held_ = false;
        begin();
    }

    /// Releases memory that neither unsent nor unprocessed bytes need, of storage that grows. It is also done by `poll` when the
    /// peer has sent nothing but a pong for the time between two pings. Invalidates the payload of the last event.
    void shrink() noexcept
    {
        shrink_due_ = false;
        if (!owns_storage_)
            return;
        input_.shrink();
        session_.shrink(phase_ != phase::connected && !handshake_.released());
    }

    // --- the opening handshake of a client

    /// Writes the request to `write_buffer()`. Call it once, before or after the transport is connected.
    ///
    /// @param request        its URI, subprotocols and extensions belong to the caller and outlive this object. It has no
    ///                       extensions if there is an `Extension`, which offers itself
    /// @param[in,out] random source of the handshake's key
    /// @return `error::none`, or why nothing was written
    /// @par Errors those of client_handshake::start; `not_open` after the first success and after `close`; no_memory: the storage has none for
    ///             the response; extensions_not_sendable: there are
    ///             extensions in @p request as well as an `Extension`
    /// @par Source RFC 6455 4.1
    template <random_source Source>
    [[nodiscard]] error connect(const connect_options& request, Source& random) noexcept
        requires(Role == role::client)
    {
        return phase_ == phase::opening ? handshake_.start(session_, request, random) : error::not_open;
    }
    /// Writes the request for a URL without repairs, which `parse_url` makes: http means ws, https means wss.
    ///
    /// @param url      replaces `request.where`; belongs to the caller and outlives this object
    /// @param request  as above
    /// @param[in,out] random source of the handshake's key
    /// @return `error::none`, or why nothing was written
    /// @par Errors those of parse_uri and of the function above
    /// @par Source WHATWG WebSockets 3.1
    template <random_source Source>
    [[nodiscard]] error connect(std::string_view url, connect_options request, Source& random) noexcept
        requires(Role == role::client)
    {
        const error e = parse_uri(url, request.where, uri::schemes::websocket_or_http);
        return failed(e) ? e : connect(request, random);
    }
    /// Not available: `url()` refers to the text, which has to outlive this object.
    template <detail::temporary_text Text, random_source Source>
    error connect(Text&& url, const connect_options& request, Source& random) noexcept
        requires(Role == role::client)
    = delete;

    /// Returns the URI of the last successful `connect`; `format_uri` writes it as text. Its members `secure`, `host` and `port` say where
    /// to connect to: with TLS or not. The host of an IPv6 address has brackets, which name resolution does not take.
    [[nodiscard]] const uri& url() const noexcept
        requires(Role == role::client)
    {
        return handshake_.url();
    }
    /// Returns the extensions in use, from the `open` event until the next `poll`, in the storage of the head; none at other times.
    [[nodiscard]] extension_cursor extensions() const noexcept
        requires(Role == role::client)
    {
        return session_.begun() ? handshake_.extensions() : extension_cursor{};
    }
    /// Returns status, reason phrase and fields of the response, in the storage of the head: from an `open` event until
    /// the next `poll`, or from an `error` event with status_not_101 until the end. The body of such a response arrives in `body` events.
    [[nodiscard]] const response_head& response() const noexcept
        requires(Role == role::client && has_whole_head)
    {
        return handshake_.response();
    }
    /// Returns the status of the response, at the same times, of a streamed head; 0 at other times.
    [[nodiscard]] std::uint16_t status() const noexcept
        requires(Role == role::client && !has_whole_head)
    {
        return handshake_.status();
    }

    // --- the opening handshake of a server

    /// Returns the client's request, in the storage of the head: from a `request` or `plain_request` event until
    /// the first `poll` after the `open` event, and empty afterwards.
    [[nodiscard]] const upgrade_request& request() const noexcept
        requires(Role == role::server && has_whole_head)
    {
        return handshake_.request();
    }
    /// Returns the path, and "?" and the query if there is one, of a streamed head, at the same times; of a plain request also "*", or a
    /// host and a port.
    [[nodiscard]] std::string_view target() const noexcept
        requires(Role == role::server && !has_whole_head)
    {
        return handshake_.handshake().target();
    }
    /// Returns the client's subprotocols, of a streamed head, at the same times, in order of preference.
    [[nodiscard]] list_cursor subprotocols() const noexcept
        requires(Role == role::server && !has_whole_head)
    {
        return handshake_.handshake().subprotocols();
    }
    /// Returns the method, of a streamed head that names a field, at the same times: "GET", unless it is a plain request.
    [[nodiscard]] std::string_view method() const noexcept
        requires(Role == role::server && Head::has_names)
    {
        return handshake_.handshake().method();
    }
    /// Returns the lines of the fields that a streamed head names, in their order, in the storage of the head: of a server at the same
    /// times, of a client when `status()` is not 0.
    [[nodiscard]] std::span<const field> fields() const noexcept
        requires Head::has_names
    {
        if constexpr (Role == role::server)
            return handshake_.handshake().fields();
        else
            return handshake_.fields();
    }
    /// Returns whether a request waits for `accept` or `reject`. `poll` consumes nothing meanwhile. When `answer_timeout` has passed
    /// the answer is 503, and an `error` event has `request_unanswered`.
    [[nodiscard]] bool request_pending() const noexcept
        requires(Role == role::server)
    {
        return phase_ == phase::opening && handshake_.request_seen();
    }

    /// Accepts the request and opens the connection: messages may be sent at once. The `open` event follows.
    ///
    /// @param choice  subprotocol and fields of the response, read during the call only. Its extensions belong to `Extension`
    /// @return `error::none`, or why nothing was changed
    /// @par Errors those of server_handshake::accept; `not_open` unless a request is pending; subprotocol_too_long;
    ///             extensions_not_sendable: there are extensions in @p choice as well as an `Extension`, which answers itself;
    ///             no_sha1: the answer is 500, and an `error` event follows
    /// @par Source RFC 6455 4.2.2
    [[nodiscard]] error accept(const accept_options& choice = {}) noexcept
        requires(Role == role::server && has_whole_head)
    {
        return accepted(phase_ == phase::opening ? handshake_.accept(session_, choice) : error::not_open);
    }
    /// Accepts the request, of a streamed head; otherwise as above.
    ///
    /// @param subprotocol  one of the client's; empty: none. Copied
    /// @return `error::none`, or why nothing was changed
    /// @par Errors not_open, subprotocol_not_requested, subprotocol_too_long, no_space, no_sha1
    /// @par Source RFC 6455 4.2.2
    [[nodiscard]] error accept(std::string_view subprotocol = {}) noexcept
        requires(Role == role::server && !has_whole_head)
    {
        return accepted(phase_ == phase::opening ? handshake_.accept(session_, subprotocol) : error::not_open);
    }

    /// Answers without a WebSocket: 401, 403, 404, a redirect, or a page. Send `write_buffer()`, then close the transport.
    ///
    /// It may be called before a request has arrived, for 408 or 503. No error event follows; the close event has the code 1006.
    ///
    /// @param status  of the response
    /// @param fields  of the response, read during the call only
    /// @param body    of the response, text or bytes, read during the call only
    /// @return `error::none`, or why nothing was changed
    /// @par Errors those of server_handshake::respond; `not_open` after another answer
    /// @par Source RFC 6455 4.2.2, 7.2.2
    [[nodiscard]] error reject(std::uint16_t status, std::span<const field> fields = {}, byte_view body = {}) noexcept
        requires(Role == role::server && has_whole_head)
    {
        return answered(phase_ == phase::opening ? handshake_.reject(session_.output(), status, fields, body)
                                                 : error::not_open);
    }
    /// Answers without a WebSocket, of a streamed head: without fields and body. Otherwise as above.
    ///
    /// @param status  of the response
    /// @return `error::none`, or why nothing was changed
    /// @par Errors those of basic_server_handshake::respond; `not_open` after another answer
    /// @par Source RFC 6455 4.2.2, 7.2.2
    [[nodiscard]] error reject(std::uint16_t status) noexcept
        requires(Role == role::server && !has_whole_head)
    {
        return answered(phase_ == phase::opening ? handshake_.reject(session_.output(), status) : error::not_open);
    }

    /// Writes the library's response to a pending request, which is not that of a WebSocket: 426 to GET and HEAD, else 405. To an upgrade
    /// request it is 400.
    ///
    /// @return `error::none`, or why nothing was changed
    /// @par Errors `not_open` unless a request is pending; no_space
    /// @par Source RFC 9110 15.5.6, 15.5.22
    [[nodiscard]] error refuse() noexcept
        requires(Role == role::server)
    {
        return answered(phase_ == phase::opening ? handshake_.refuse(session_.output()) : error::not_open);
    }

    // --- the opening handshake over HTTP/2 and HTTP/3, on a stream of any library

    /// Lists the fields of a client's request, an extended CONNECT, with the offer of the `Extension`. Call it once, when the server's
    /// SETTINGS_ENABLE_CONNECT_PROTOCOL has arrived. The response is for `check_connect_response`; until it arrives `handshake_timeout` runs.
    ///
    /// @param[out] fields  of the request, in the storage of the head: until the first poll after the `open` event
    /// @param request      as for `connect`
    /// @return `error::none`, or why nothing was changed
    /// @par Errors those of sockless::write_connect_fields; no_space: the storage of the head is too small; `not_open` after the
    ///             first success and after `close`; no_memory; extensions_not_sendable: as for `connect`
    /// @par Source RFC 8441 4, 5; RFC 9220 3
    [[nodiscard]] error write_connect_fields(std::span<const field>& fields, const connect_options& request) noexcept
        requires(Role == role::client && has_whole_head)
    {
        return phase_ == phase::opening ? handshake_.write_fields(fields, request) : error::not_open;
    }
    /// Takes the server's response, which is not an interim one. The `open` event follows, or an `error` event with the error that is
    /// returned.
    ///
    /// @param fields  `:status` first; read during the call only. `response()` and `extensions()` do not return them
    /// @return `error::none`, or why the connection has failed
    /// @par Errors those of sockless::check_connect_response, and of the `Extension`; not_open, and nothing has changed: no response is
    ///             expected
    /// @par Source RFC 8441 5
    error check_connect_response(std::span<const field> fields) noexcept
        requires(Role == role::client && has_whole_head)
    {
        if (phase_ != phase::opening || !handshake_.over_stream())
            return error::not_open;
        const error e = handshake_.check_fields(session_, fields);
        failure_ = e;
        phase_ = failed(e) ? phase::abandoned : phase::opened;
        return e;
    }
    /// Accepts a client's request, with the answer of the `Extension`, and opens the connection. The `open` event follows.
    ///
    /// @param[out] fields  of the response, in the storage of the head: until the first poll after the `open` event
    /// @param request      that sockless::check_extended_connect has found valid; read during the call only
    /// @param choice       its subprotocol and fields outlive @p fields; its extensions belong to `Extension`
    /// @return `error::none`, or why nothing was changed
    /// @par Errors those of sockless::write_accept_fields; no_space: the storage of the head is too small; `not_open`: the handshake has
    ///             begun; subprotocol_too_long; extensions_not_sendable: as for `accept`
    /// @par Source RFC 8441 5; RFC 9220 3
    [[nodiscard]] error write_accept_fields(std::span<const field>& fields, const upgrade_request& request,
                                            const accept_options& choice = {}) noexcept
        requires(Role == role::server && has_whole_head)
    {
        const error e = phase_ == phase::opening && !handshake_.begun()
                            ? handshake_.accept_fields(session_, fields, request, choice)
                            : error::not_open;
        if (!failed(e))
            phase_ = phase::opened;
        return e;
    }

    // --- another handshake

    /// Opens the connection without a handshake: another HTTP parser has made it. The `open` event follows.
    ///
    /// @param subprotocol  that was agreed; copied by a server; of a client it outlives this object, as those of `connect`
    /// @param response     bytes to write before the first frame, such as the 101 of `write_accept`; copied
    /// @param in           the receiving half of the extension that was agreed
    /// @param out          the sending half
    /// @return `error::none`, or why nothing was changed
    /// @par Errors not_open: the handshake has begun; subprotocol_too_long; no_space: there is no room for the response
    [[nodiscard]] error start_open(std::string_view subprotocol = {}, byte_view response = {},
                                   const decoder& in = decoder{}, const encoder& out = encoder{}) noexcept
    {
        if (phase_ != phase::opening || handshake_.begun())
            return error::not_open;
        if (!handshake_.fits(subprotocol))
            return error::subprotocol_too_long;
        if (!session_.output().append(response))
            return error::no_space;
        handshake_.set_subprotocol(subprotocol);
        session_.begin(in, out);
        phase_ = phase::opened;
        return error::none;
    }

    // --- receiving

    /// Takes bytes that have arrived in a buffer of the program. Then call `poll` until `need_input`; afterwards the buffer can be used for
    /// something else, because bytes that cannot be processed yet are copied into the storage.
    ///
    /// @param bytes  up to `websocket_sizes::input`; changed in place. Any contiguous range of bytes
    /// @param now    in milliseconds, of any clock that only advances; only differences count, modulo 2^32. A step back of less than a
    ///               minute counts as none
    /// @par Errors as an `error` event, and the connection has failed: input_not_consumed, exceeds_capacity, no_memory
    void receive(byte_span bytes, std::uint64_t now) noexcept
    {
        if (phase_ == phase::closed || !owns_storage_)
            return;
        note_arrival(bytes.size(), now);
        if (const error e = input_.receive(bytes); failed(e))
            fail_now(e);
    }
    /// Takes a copy of bytes that must not be changed, such as the DATA that an HTTP/2 library lends. Then call `poll` until
    /// `need_input`. The storage keeps what cannot be processed yet, from any number of calls.
    ///
    /// @param bytes  with those that wait, up to `websocket_sizes::input`. Any contiguous range of bytes
    /// @param now    as above
    /// @par Errors as an `error` event, and the connection has failed: exceeds_capacity, no_memory
    void receive_copy(byte_view bytes, std::uint64_t now) noexcept
    {
        if (phase_ == phase::closed || !owns_storage_)
            return;
        note_arrival(bytes.size(), now);
        if (const error e = input_.receive_copy(bytes); failed(e))
            fail_now(e);
    }
    /// Returns a buffer of the storage for a read, as an alternative to `receive`: nothing is copied then.
    ///
    /// @return up to `websocket_options::read_size` bytes, at the same address until `received`. Not empty if the last needs had `read`,
    ///         whatever was sent since. An empty one is not for a `recv`, which would return 0 as at the end of input
    [[nodiscard]] std::span<std::byte> read_buffer() noexcept
    {
        if (phase_ == phase::closed || !owns_storage_)
            return {};
        const bool wanted = can_read();
        const std::span<std::byte> room = input_.read_buffer(wanted ? read_size_ : 0);
        if (wanted && room.empty())
            fail_now(error::no_memory);
        return room;
    }
    /// Takes the first bytes of `read_buffer()`, which have arrived. Then call `poll` until `need_input`.
    ///
    /// @param count  in bytes; 0 if nothing arrived and no read is in progress any more
    /// @param now    as above
    /// @par Errors as an `error` event, and the connection has failed: count_invalid, also for the -1 of a failed `read`; no_memory, if
    ///             `read_buffer` could not allocate
    void received(std::size_t count, std::uint64_t now) noexcept
    {
        if (phase_ == phase::closed || !owns_storage_)
            return;
        note_arrival(count, now);
        if (const error e = input_.received(count); failed(e))
            fail_now(e);
    }
    /// Reports that no more bytes arrive: end of file. Output is still written. `poll` returns the remaining events, `close` last.
    ///
    /// @param now  as above
    void input_ended(std::uint64_t now) noexcept
    {
        start_clock(now);
        input_ended_ = true;
    }
    /// Reports that the transport can neither be read nor written any more: a reset, a failed read or write. `poll` returns the
    /// remaining events, `close` last.
    ///
    /// @param now  as above
    void transport_failed(std::uint64_t now) noexcept
    {
        input_ended(now);
        drop_transport();
    }

    // --- events

    /// Returns the next event.
    ///
    /// @return `need_input` when there is none: because all bytes were consumed, because a request is pending, or because reading has
    ///         paused; `open` and `error` once, `close` exactly once, all others as they arrive. After `error` only `close` follows,
    ///         after `close` nothing. Messages that arrive after a call of `close` are dropped, unless `receive_while_closing`.
    ///         A client whose connection is refused receives the body of the response between those two: `body` for each
    ///         piece, without the chunked coding, and a second `error` if the body is not whole.
    ///         The payload is valid until the next call of `poll`, `receive`, `read_buffer` or `shrink`
    /// @par Errors of the `error` event: those of the handshake, of `connection` and of the extension; `connection_lost`: the
    ///             transport ended without a close frame; `connection_abandoned`: `close` was called before `open`; `timed_out`;
    ///             `request_unanswered`; of misuse, see `receive`, `received` and `written`.
    ///             Of a body: `body_too_large`, `body_incomplete`, `content_length_invalid`, `chunk_invalid`
    /// @par Source RFC 6455 4-7; WHATWG WebSockets 4
    /// @par Complexity O(bytes consumed)
    [[nodiscard]] SOCKLESS_INLINE event poll() noexcept
    {
        if (!is_steady())
            return poll_slowly();
        const event e = session_.poll_open(input_.cursor());
        return e.kind() == event_kind::message ? e : on_other_event(e);
    }

    /// Calls a function of @p handler for each event, in order, until there is none, and returns what the program does next. Call it
    /// whenever something has happened: bytes have arrived or were written, a time has passed, a message was sent.
    ///
    /// @param[in,out] handler  an object with on_message(ws, event), and any of on_request(ws), on_plain_request(ws), on_open(ws),
    ///     on_body(ws, event), on_ping(ws, event), on_pong(ws, event), on_error(ws, event), on_close(ws, event). Each may
    ///     send, close, accept and reject, but neither poll nor destroy `ws`: this function, `reset` and the destructor assert that. Without on_request every WebSocket is
    ///     accepted; without on_plain_request the answer is 426 or 405. A function of that name that cannot be called does not compile.
    ///     An exception that it throws leaves the event delivered, and the remaining bytes are kept. If a request is left unanswered, call
    ///     `poll` again after the answer. Only a server has requests, and only a client has bodies: the other role never calls these
    ///     functions
    /// @param now  as for `receive`
    /// @return as `needs`, whose `wake_after` is not 0
    /// @par Complexity O(bytes consumed)
    template <class Handler>
    [[nodiscard]] websocket_needs poll(Handler&& handler, std::uint64_t now)
    {
        constexpr bool handles_something = detail::handler_for<std::remove_reference_t<Handler>, websocket>;
        static_assert(
            handles_something,
            "a handler has at least one of the functions on_request, on_plain_request, on_open, on_body, on_message, "
            "on_ping, on_pong, on_error, on_close with the right parameters; a lambda has none");
        websocket_needs result;
        if constexpr (handles_something) {
            const dispatch_scope scope{*this};
            do {
                for (event e = poll(); e.kind() != event_kind::need_input; e = poll())
                    detail::dispatch(*this, handler, e);
                result = needs(now);
            } while (result.wake_after == 0);
        }
        return result;
    }

    /// Copies bytes that `poll` has not consumed into the storage, for a program that stops polling before `need_input`: the buffer
    /// that it passed to `receive` can be used for something else then.
    ///
    /// @par Errors as an `error` event: no_memory
    void keep_input() noexcept
    {
        if (const error e = input_.keep(); failed(e))
            fail_now(e);
    }

    /// Pauses reading, as too much output does, until `resume`: an open connection returns no further messages and control frames,
    /// nor its end, and `needs().read` becomes false. A handler may call it. Meanwhile the peer is not given up for its silence, but if
    /// it does not read what waits to be written. Once the connection is closing, reading continues, for the peer's close frame.
    void pause() noexcept
    {
        held_ = true;
        steady_ = false;
    }
    /// Resumes reading. Then call `poll`.
    void resume() noexcept { held_ = false; }

    // --- what the program does next

    /// Does what is due, such as a ping, and returns what the program does next, for programs that call `poll` without a handler. Call it
    /// after each change, before the program waits for the next one.
    ///
    /// @param now  as for `receive`
    /// @par Complexity O(1), but for a ping
    [[nodiscard]] websocket_needs needs(std::uint64_t now) noexcept
    {
        start_clock(now);
        const std::uint32_t wake_after = run_timers();
        websocket_needs result;
        if (needs_input_only()) {
            result.read = true;
            result.write = unwritten() != 0;
            result.wake_after = wake_after;
            return result;
        }
        const bool over = phase_ == phase::closed;
        result.write = !transport_failed_ && unwritten() != 0;
        result.read = wants_input();
        result.shut_down_write = !transport_failed_ && !result.write && !close_expected() && finished();
        result.close = over && !result.write;
        result.wake_after = result.close ? websocket_needs::never : has_event() ? 0 : wake_after;
        return result;
    }

    // --- sending

    /// Returns the bytes to write, oldest first.
    ///
    /// They keep address and content until `written`, whatever is sent or received meanwhile, so that an asynchronous write, a
    /// write that TLS repeats, and io_uring need no copy.
    ///
    /// @return empty if there are none. What is sent after the call is returned once all of these have been written
    [[nodiscard]] std::span<const std::byte> write_buffer() noexcept
    {
        steady_ = false; // a queue of fixed size has less room while its bytes are lent
        return owns_storage_ ? session_.lend() : std::span<const std::byte>{};
    }
    /// Returns the bytes to write, for a gathering write such as `writev`. There is more than one segment if prepared messages are
    /// queued.
    ///
    /// @param[out] segments  not empty; written from the front. Each is as `write_buffer()`, which is the first of them
    /// @return the front of @p segments; all of it if there are more
    [[nodiscard]] std::span<std::span<const std::byte>>
    write_buffers(std::span<std::span<const std::byte>> segments) noexcept
    {
        return write_buffer().empty() ? segments.first(0) : session_.output().lent(segments);
    }
    /// Returns the number of bytes that have not been written, in `write_buffer()` or not.
    [[nodiscard]] std::size_t unwritten() const noexcept { return owns_storage_ ? session_.output().unwritten() : 0; }
    /// Returns whether a fragment or message with up to @p payload bytes has room now. With an extension it is an estimate.
    [[nodiscard]] bool has_room(std::size_t payload) const noexcept
    {
        const std::size_t growth = std::is_same_v<Extension, no_extension> ? 0 : payload / 8 + payload / 128 + 64;
        const std::size_t size = payload + growth + detail::header_size(payload + growth, Role == role::client);
        return size >= payload && session_.output().has_room(size);
    }
    /// Removes bytes of `write_buffer()` that have been written.
    ///
    /// @param count  bytes that have been written, of one segment or of several; a part is fine
    /// @param now    as for `receive`
    /// @par Errors as an `error` event, and the connection has failed: count_invalid, if fewer bytes were returned, also for
    ///             the -1 of a failed `write`
    void written(std::size_t count, std::uint64_t now) noexcept
    {
        start_clock(now);
        if (!owns_storage_)
            return;
        if (count > session_.output().lent_size())
            return fail_now(error::count_invalid);
        const bool incomplete = session_.output().is_partial(count);
        session_.written(count);
        // The system buffers what is written, so that only progress after it was full shows that the peer reads.
        if (count != 0 && (write_blocked_ || paused_))
            alive_.received(now_);
        write_blocked_ = incomplete;
        flush();
        if (paused_)
            paused_ = high_water_ != 0 ? unwritten() > low_water_ : !session_.output().has_room(largest_frame_);
    }

    /// Sends a text message in one frame.
    ///
    /// @param text  UTF-8, read during the call only
    /// @return `error::none`, or why nothing was written
    /// @par Errors not_open: if the connection is closing or closed, buffered_amount grows (WHATWG WebSockets 3.1);
    ///             no_space, see also `websocket_options::fail_when_full`; exceeds_capacity: an empty output would have no room
    ///             either; payload_not_utf8, no_random, message_open
    /// @par Complexity O(text.size())
    [[nodiscard]] error send(std::string_view text) noexcept
    {
        return write_message(text.size(), [text, this](auto& to) { return to.send_text(session_.output(), text); });
    }
    /// Sends a text message that is UTF-8 already, such as one that was received, without a check; otherwise as above.
    ///
    /// @param text  UTF-8, read during the call only
    /// @param tag   `assume_utf8{}`
    /// @return `error::none`, or why nothing was written
    /// @par Errors those of a text message, except payload_not_utf8
    /// @par Complexity O(text.size())
    [[nodiscard]] error send(std::string_view text, assume_utf8 tag) noexcept
    {
        return write_message(text.size(),
                             [text, tag, this](auto& to) { return to.send_text(session_.output(), text, tag); });
    }
    /// Sends a binary message in one frame.
    ///
    /// @param payload  any contiguous range of bytes that is no text, read during the call only
    /// @return `error::none`, or why nothing was written
    /// @par Errors those of a text message, except payload_not_utf8
    /// @par Complexity O(payload.size())
    template <detail::byte_range Bytes>
        requires(!std::convertible_to<const Bytes&, std::string_view>)
    [[nodiscard]] error send(const Bytes& payload) noexcept
    {
        const std::span<const std::byte> bytes = as_bytes(payload);
        return write_message(bytes.size(),
                             [bytes, this](auto& to) { return to.send_binary(session_.output(), bytes); });
    }
    /// Sends a prepared message by reference: none of its payload is copied.
    ///
    /// @param message  in use until it has been written or the storage of the connection is used again or destroyed. If the connection is
    ///                 given up before, only what is in `write_buffers` remains in use: a write may be in progress
    /// @return `error::none`, or why nothing was queued
    /// @par Errors those of a text message, except payload_not_utf8
    /// @par Complexity O(1), and that of the extension if it encodes the message for the first time
    [[nodiscard]] error send(prepared_message& message) noexcept
        requires(Role == role::server)
    {
        steady_ = false;
        return count_unsent(is_open() ? session_.send(message) : error::not_open, message.payload().size());
    }
    /// Removes the prepared messages of which nothing is in `write_buffers`, for a peer that is too slow: what remains, and what is
    /// sent next, such as a close frame, need not wait for them.
    ///
    /// @par Complexity O(bytes and references in the queue)
    void discard_prepared() noexcept
        requires(Role == role::server)
    {
        if (owns_storage_)
            session_.discard_prepared();
    }
    /// Not available: a client masks each frame with a key of its own.
    template <std::same_as<prepared_message> Message>
    error send(Message&) noexcept
        requires(Role == role::client)
    {
        static_assert(Role == role::server,
                      "a prepared_message cannot be sent by a client, which masks each frame with a key "
                      "of its own; send its payload()");
        return error::none;
    }
    /// Not available: a null pointer is no message.
    template <std::same_as<std::nullptr_t> Null>
    error send(Null) noexcept = delete;
    /// Begins a message whose fragments are sent one by one; see message_writer.
    ///
    /// @param type  text or binary
    /// @return `error::none`, or why nothing was changed
    /// @par Errors not_open, message_open
    [[nodiscard]] error begin_message(opcode type) noexcept
    {
        return is_open() ? session_.underlying().begin_message(type) : error::not_open;
    }
    /// Sends the next fragment of the message, in a frame of its own.
    ///
    /// @param payload  text or bytes, read during the call only
    /// @return `error::none`, or why nothing was written
    /// @par Errors those of `send`; no_message_open
    [[nodiscard]] error send_fragment(byte_view payload) noexcept
    {
        const std::span<const std::byte> bytes = payload;
        return write_message(bytes.size(),
                             [bytes, this](auto& to) { return to.send_fragment(session_.output(), bytes); });
    }
    /// Sends the last fragment of the message.
    ///
    /// @param payload  text or bytes, read during the call only; may be empty
    /// @return `error::none`, or why nothing was written
    /// @par Errors those of `send_fragment`
    [[nodiscard]] error end_message(byte_view payload = {}) noexcept
    {
        const std::span<const std::byte> bytes = payload;
        return write_message(bytes.size(),
                             [bytes, this](auto& to) { return to.end_message(session_.output(), bytes); });
    }
    /// Sends a ping; see connection::ping.
    ///
    /// @param payload  text or bytes, up to 125 bytes, read during the call only
    /// @return `error::none`, or why nothing was written
    /// @par Errors not_open, no_space, no_random, control_payload_too_long
    [[nodiscard]] error ping(byte_view payload = {}) noexcept
    {
        steady_ = false;
        return is_open() ? session_.underlying().ping(session_.output(), payload) : error::not_open;
    }

    /// Returns the sending half of the extension, when the connection is open: `ws.extension_encoder().compress(deflate_when::never)`
    /// before a message with a secret.
    [[nodiscard]] encoder& extension_encoder() noexcept { return session_.underlying().extension_encoder(); }

    // --- the closing handshake

    /// Starts the closing handshake, after everything that was sent, with an empty close frame.
    ///
    /// Does nothing if that has begun. Before the connection is open it abandons it: no close frame is sent, an error event
    /// follows, and 1006 at the end. The remaining body of a refusal is dropped. A close frame for which there is no room waits.
    /// @par Source RFC 6455 7.1.2, 7.2.2; WHATWG WebSockets 3.1
    void close() noexcept { close_with({}); }
    /// Starts the closing handshake, as above, with a close code and a reason.
    ///
    /// @param code    any that this role may send; with `browser_close_codes` 1000 and 3000-4999
    /// @param reason  UTF-8, up to 123 bytes, read during the call only
    /// @return `error::none`, or why nothing was changed
    /// @par Errors close_code_not_sendable, reason_too_long, reason_not_utf8
    /// @par Source RFC 6455 7.1.2, 7.4; WHATWG WebSockets 3.1
    [[nodiscard]] error close(close_code code, std::string_view reason = {}) noexcept
    {
        std::array<std::byte, frame_header::max_control_payload> payload; // NOLINT: `encode_close` writes it
        const auto value = static_cast<std::uint16_t>(code);
        if (browser_close_codes_ && value < 3000 && value != 1000)
            return error::close_code_not_sendable;
        if (const error e = encode_close(Role, code, reason, payload); failed(e))
            return e;
        close_with(std::span{payload}.first(2 + reason.size()));
        return error::none;
    }
    /// Not available: a null pointer is no reason.
    template <std::same_as<std::nullptr_t> Null>
    error close(close_code, Null) noexcept = delete;

    // --- state

    /// Returns the state, as a browser has it.
    [[nodiscard]] sockless::ready_state ready_state() const noexcept
    {
        switch (phase_) {
        case phase::opening: return ready_state::connecting;
        case phase::opened:
        case phase::announced:
        case phase::connected: return is_open() ? ready_state::open : ready_state::closing;
        case phase::refused:
        case phase::abandoned:
        case phase::ending: return ready_state::closing;
        case phase::closed: break;
        }
        return ready_state::closed;
    }
    /// Returns the subprotocol in use, in the storage of the head; empty before the connection is open, and if there is none.
    [[nodiscard]] std::string_view protocol() const noexcept
    {
        return session_.begun() ? handshake_.subprotocol() : std::string_view{};
    }
    /// Returns the number of payload bytes of messages that were passed to `send` and have not been sent: no headers, no
    /// pings. With an extension they are counted after encoding. Messages that were passed to `send` too late always count.
    [[nodiscard]] std::uint64_t buffered_amount() const noexcept { return session_.buffered() + discarded_; }

    /// Returns whether nothing more is to be sent or waited for, such as the body of a refusal. A client still waits for its server to
    /// close the transport while `close_expected()`.
    [[nodiscard]] bool finished() const noexcept
    {
        switch (phase_) {
        case phase::opening:
        case phase::opened:
        case phase::announced:
        case phase::refused: return false;
        case phase::connected: return session_.finished() && unwritten() == 0;
        case phase::abandoned:
        case phase::ending: return unwritten() == 0; // a rejection that does not fit an empty queue never will
        case phase::closed: break;
        }
        return true;
    }
    /// Returns whether the peer has to close the transport first (RFC 6455 7.1.1).
    [[nodiscard]] bool close_expected() const noexcept { return session_.begun() && session_.close_expected(); }
    /// Returns why the connection failed, or did not open; `none` if it did not fail. An error of a refusal's body is not kept.
    [[nodiscard]] error failure() const noexcept { return failed(failure_) ? failure_ : session_.failure(); }

private:
    template <class, class>
    friend class relay;
    /// Whether messages are read without the checks that are made after every other event.
    static constexpr bool has_fast_path = detail::open_session<Role, MaskKeys, Extension>::reads_small;
    using clock = keep_alive<std::uint32_t, false>;
    static constexpr bool has_body = Role == role::client && has_whole_head; ///< of a refusal

    enum class phase : std::uint8_t {
        opening,
        opened,    ///< the `open` event has not been returned yet
        announced, ///< the `open` event was returned; the head is still there
        connected,
        refused,   ///< the body of the refusal has not ended
        abandoned, ///< the `error` event has not been returned yet
        ending,    ///< it did not open, or failed: the transport has to end
        closed,
    };

    /// While a handler is called. It can end by an exception.
    class dispatch_scope {
    public:
        explicit dispatch_scope(websocket& ws) noexcept : ws_{ws}
        {
            SOCKLESS_ASSERT(!ws.dispatching_);
            ws.dispatching_ = true;
        }
        ~dispatch_scope()
        {
            ws_.dispatching_ = false;
            ws_.keep_input();
        }
        dispatch_scope(const dispatch_scope&) = delete;
        dispatch_scope& operator=(const dispatch_scope&) = delete;

    private:
        websocket& ws_;
    };

    /// Returns what the close event will be, for a relay, which does not wait for the end of the transport.
    [[nodiscard]] event closed() const noexcept { return session_.closed(failed(failure_)); }
    [[nodiscard]] bool is_open() const noexcept
    {
        return phase_ >= phase::opened && phase_ <= phase::connected && session_.is_open();
    }
    error accepted(error e) noexcept
    {
        if (!failed(e))
            phase_ = phase::opened;
        if constexpr (!std::is_same_v<Sha1, sha1>) {
            if (e == error::no_sha1) {
                failure_ = e;
                phase_ = phase::abandoned;
            }
        }
        return e;
    }
    error answered(error e) noexcept
    {
        if (!failed(e))
            phase_ = phase::ending;
        return e;
    }
    static_assert(phase::opening < phase::opened && phase::opened < phase::announced &&
                  phase::announced < phase::connected && phase::connected < phase::refused);

    /// Clears the queues: nothing of an earlier peer remains.
    void begin() noexcept
    {
        session_.output().reset();
        input_.reset();
        detail::storage_access::message(*storage_).clear();
    }

    // --- time

    /// A program may mix the cached time of an event loop with that of a clock, and so step back a little.
    void start_clock(std::uint64_t now) noexcept
    {
        constexpr std::uint32_t largest_step_back = 60'000;
        const auto time = static_cast<std::uint32_t>(now);
        if (!clock_started_)
            alive_.restart(time);
        else if (now_ - time < largest_step_back)
            return;
        clock_started_ = true;
        now_ = time;
    }
    void note_arrival(std::size_t count, std::uint64_t now) noexcept
    {
        start_clock(now);
        if (count == 0)
            return;
        received_ = true;
        silent_ = false;
        alive_.received(now_);
    }
    /// @return the time until it has to be called again
    std::uint32_t run_timers() noexcept
    {
        if (is_open())
            alive_.on_open(now_);
        else if (phase_ != phase::opening)
            alive_.on_closing(now_);
        // The program has not read or polled what the peer has sent; but a peer that does not read either is given up.
        if ((held_ && is_open() && unwritten() == 0) || (!input_.empty() && !is_paused()))
            alive_.received(now_);
        clock::advice due = request_waits()
                                ? clock::until(now_, requested_at_, answer_timeout_, keep_alive_result::give_up)
                                : alive_.poll(now_);
        if (due.result == keep_alive_result::ping) {
            steady_ = false;
            shrink_due_ = shrink_due_ || silent_;
            silent_ = true;
            // If there is no room the peer has not read for a long time: it counts as sent.
            static_cast<void>(session_.underlying().ping(session_.output(), alive_.ping_payload()));
            alive_.on_ping_sent(now_);
            due = alive_.poll(now_);
        }
        if (due.result == keep_alive_result::give_up)
            time_out();
        return due.wait == 0 ? websocket_needs::never : due.wait;
    }
    void time_out() noexcept
    {
        if (phase_ == phase::opening && received_) {
            if constexpr (Role == role::server) {
                const error why = handshake_.request_seen() ? error::request_unanswered : error::timed_out;
                if (!failed(handshake_.reject(session_.output(), http_status_for(why)))) {
                    failure_ = why;
                    phase_ = phase::abandoned;
                    alive_.on_closing(now_);
                    return;
                }
            }
        }
        const bool over = phase_ == phase::closed || phase_ == phase::ending || phase_ == phase::abandoned ||
                          phase_ == phase::refused || session_.finished();
        input_ended_ = true;
        if (over)
            drop_transport();
        else
            fail_now(error::timed_out);
    }

    // --- the end

    /// Nothing can be written any more.
    void drop_transport() noexcept
    {
        transport_failed_ = true;
        paused_ = false;
        if (owns_storage_)
            session_.output().discard();
    }
    /// Fails without a close frame: unsent bytes are dropped.
    void fail_now(error why) noexcept
    {
        steady_ = false;
        if (phase_ == phase::closed)
            return;
        if (phase_ != phase::refused && !failed(failure())) {
            failure_ = why;
            phase_ = phase::abandoned;
        }
        input_ended_ = true;
        input_.discard();
        drop_transport();
    }
    // --- events

    [[nodiscard]] bool is_paused() noexcept
    {
        const std::size_t waiting = unwritten();
        if (waiting == 0)
            paused_ = false; // also when output was dropped
        else if (!paused_)
            paused_ = high_water_ != 0 ? waiting >= high_water_ : !session_.output().has_room(largest_frame_);
        return paused_ || (held_ && is_open());
    }
    [[nodiscard]] bool request_waits() const noexcept
    {
        if constexpr (Role == role::server)
            return request_pending();
        else
            return false;
    }
    [[nodiscard]] bool can_read() const noexcept
    {
        return !input_ended_ && phase_ != phase::closed && input_.empty() && !request_waits();
    }
    [[nodiscard]] bool wants_input() noexcept { return can_read() && !is_paused(); }
    /// Returns whether `poll` would do something without further input.
    [[nodiscard]] bool has_event() noexcept
    {
        if (shrink_due_ || phase_ == phase::opened || phase_ == phase::abandoned ||
            (Role == role::client && phase_ == phase::ending))
            return true;
        if (phase_ == phase::closed)
            return false;
        if (poll_pending_ || !input_.empty())
            return !is_paused() && !request_waits();
        return input_ended_;
    }

    /// Returns whether messages are expected and nothing else has to be done before.
    [[nodiscard]] bool expects_messages() noexcept
    {
        return phase_ == phase::connected && session_.is_open() && !session_.pong_pending() && !poll_pending_ &&
               !is_paused();
    }
    [[nodiscard]] bool is_steady() noexcept
    {
        SOCKLESS_ASSERT(!has_fast_path || !steady_ || expects_messages());
        return has_fast_path && (steady_ || becomes_steady());
    }
    SOCKLESS_NOINLINE bool becomes_steady() noexcept { return steady_ = expects_messages(); }
    /// Returns whether nothing but input is missing.
    [[nodiscard]] bool needs_input_only() const noexcept
    {
        return has_fast_path && steady_ && input_.empty() && !input_ended_ && !shrink_due_;
    }
    /// Handles an event that is not a message.
    SOCKLESS_NOINLINE event on_other_event(event e) noexcept
    {
        if (e.kind() == event_kind::need_input && needs_input_only())
            return e;
        steady_ = false;
        e = session_.handle(e, input_.cursor());
        if (e.kind() == event_kind::need_input && shrink_due_)
            shrink();
        return after(e);
    }
    SOCKLESS_NOINLINE event poll_slowly() noexcept
    {
        flush();
        poll_pending_ = false;
        if (shrink_due_)
            shrink();
        event e;
        if constexpr (has_body)
            if (phase_ == phase::refused)
                e = poll_body(input_.cursor());
        if (phase_ == phase::opening)
            e = poll_handshake(input_.cursor());
        if (phase_ == phase::opened) {
            phase_ = phase::announced;
            return detail::event_access::of(event_kind::open);
        }
        if (phase_ == phase::announced) {
            handshake_.release();
            phase_ = phase::connected;
        }
        if (phase_ == phase::abandoned)
            return fail(failure_);
        poll_pending_ = phase_ == phase::connected && is_paused();
        if (phase_ == phase::connected && !poll_pending_)
            e = session_.poll(input_.cursor());
        return after(e);
    }
    SOCKLESS_NOINLINE event after(event e) noexcept
    {
        if (e.kind() == event_kind::pong && alive_.on_pong(e.payload(), now_))
            silent_ = true; // but for the answer to a ping
        if (e.kind() != event_kind::need_input)
            return e;
        if (phase_ != phase::opening && phase_ != phase::connected) {
            input_.discard();
            poll_pending_ = false;
            if (Role == role::client && phase_ == phase::ending) // nothing else is expected of a server
                input_ended_ = true;
        }
        if (input_.empty() && !poll_pending_)
            return input_ended_ ? poll_eof() : e;
        keep_input();
        return phase_ == phase::abandoned ? fail(failure_) : e;
    }

    event poll_handshake(std::span<std::byte>& in) noexcept
    {
        const event e = handshake_.poll(in, session_);
        if (e.kind() == event_kind::error) {
            static_cast<void>(fail(e.failure()));
            if constexpr (has_body)
                phase_ = handshake_.body_finished() ? phase::ending : phase::refused;
        }
        if (e.kind() == event_kind::open)
            phase_ = phase::opened;
        if (e.kind() == event_kind::request || e.kind() == event_kind::plain_request)
            requested_at_ = now_;
        return e;
    }

    event poll_body(std::span<std::byte>& in) noexcept
        requires has_body
    {
        const event e = handshake_.poll_body(in);
        if (e.kind() == event_kind::error || handshake_.body_finished())
            phase_ = phase::ending;
        return e;
    }

    event fail(error e) noexcept
    {
        failure_ = e;
        phase_ = phase::ending;
        return detail::event_access::error(e);
    }

    /// The transport has ended. WHATWG WebSockets 4: the error event, if the end is one, comes before the close event.
    event poll_eof() noexcept
    {
        if (phase_ == phase::closed)
            return {};
        if (phase_ == phase::opening)
            return fail(error::connection_lost);
        if constexpr (has_body) {
            if (phase_ == phase::refused) {
                phase_ = phase::ending;
                if (const error e = handshake_.end_of_body(); failed(e))
                    return detail::event_access::error(e);
            }
        }
        if (phase_ == phase::connected && session_.on_eof())
            return detail::event_access::error(error::connection_lost);
        phase_ = phase::closed;
        return closed();
    }

    void close_with(std::span<const std::byte> payload) noexcept
    {
        steady_ = false;
        if (phase_ == phase::opening)
            fail_now(error::connection_abandoned);
        else if (phase_ == phase::refused)
            phase_ = phase::ending;
        else if (is_open())
            session_.close(payload);
    }

    void flush() noexcept
    {
        if (phase_ == phase::ending)
            handshake_.flush(session_.output());
        if (phase_ >= phase::opened && phase_ <= phase::connected)
            session_.flush();
    }

    /// No object is larger. The -1 of a failed call, as a size, is: then nothing is read.
    static constexpr std::size_t max_size = static_cast<std::size_t>(-1) / 2;

    /// Returns whether an empty output has room for a frame. With an extension that depends on its content.
    [[nodiscard]] bool can_fit(std::size_t payload) const noexcept
    {
        const std::size_t header = detail::header_size(payload, Role == role::client);
        const std::size_t limit = session_.output().limit();
        return !std::is_same_v<Extension, no_extension> || (header <= limit && payload <= limit - header);
    }
    template <class Write>
    error write_message(std::size_t size, const Write& write) noexcept
    {
        steady_ = false;
        error e = !is_open() ? error::not_open : size > max_size ? error::exceeds_capacity : session_.send(size, write);
        if (e == error::no_space && !can_fit(size))
            e = error::exceeds_capacity;
        return count_unsent(e, size);
    }

    /// Handles the result of sending @p size bytes of payload.
    error count_unsent(error e, std::size_t size) noexcept
    {
        if (failed(e))
            on_unsent(e, size);
        return e;
    }
    SOCKLESS_COLD void on_unsent(error e, std::size_t size) noexcept
    {
        const bool full = (e == error::no_space || e == error::exceeds_capacity) && fail_when_full_;
        if (full || (e == error::not_open && phase_ != phase::opening))
            discarded_ += size;
        if (full)
            fail_now(e);
    }

    websocket_storage* storage_;
    bool owns_storage_;
    phase phase_ = phase::opening;
    bool input_ended_ = false;
    bool transport_failed_ = false; ///< nothing is written any more
    bool paused_ = false;           ///< too much output waits
    bool held_ = false;             ///< by the program
    bool steady_ = false;           ///< `expects_messages`; cleared by each function after which it may not
    bool poll_pending_ = false;     ///< there may be events when it is not paused any more
    bool write_blocked_ = false;    ///< the last write was incomplete
    bool received_ = false;         ///< at least one byte
    bool silent_ = false;           ///< nothing was received since the last ping, but for its pong
    bool shrink_due_ = false;       ///< memory is released by the next `poll`
    bool clock_started_ = false;
    bool dispatching_ = false; ///< a handler is being called
    bool browser_close_codes_;
    bool fail_when_full_;
    error failure_ = error::none; ///< of the handshake, or why the connection was abandoned
    std::uint32_t now_ = 0;
    detail::input_buffer input_;
    std::size_t largest_frame_; ///< in a frame
    std::size_t high_water_;
    std::size_t low_water_;
    std::size_t read_size_;
    std::uint64_t discarded_ = 0; ///< payload that was sent too late
    std::uint32_t answer_timeout_;
    std::uint32_t requested_at_ = 0;
    clock alive_;
    detail::open_session<Role, MaskKeys, Extension> session_;
    std::conditional_t<Role == role::client, detail::client_phase<Extension, Sha1, Head>,
                       detail::server_phase<Extension, Sha1, Head>>
        handshake_;
};

/// A websocket for little memory: of the request or response it keeps what the handshake needs and the fields that are named, and a client
/// drops the body of a refusal.
///
/// @tparam Head  `streamed_head`, or `streamed_head::with<"Origin", "Cookie">`: `fields()` returns their lines. Of the sizes of the
///               storage, `head` is the memory for target, subprotocols, named fields and one name or value more, and `fields` is
///               the number of named lines. Without names 128 characters are usually enough
template <role Role, class MaskKeys = no_mask_keys, class Head = streamed_head, sha1_hash Sha1 = sha1>
using streaming_websocket = websocket<Role, MaskKeys, no_extension, Sha1, Head>;

} // namespace sockless::inline SOCKLESS_ABI
