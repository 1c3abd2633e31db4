// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A whole WebSocket in one object: opening handshake, messages and closing handshake, in the terms of the browser's interface,
/// for clients and servers, over a transport that the program owns.
///
/// @code
/// sockless::static_websocket_storage<> storage;
/// sockless::websocket<sockless::role::server> ws{storage};
/// while (ws.ready_state() != sockless::ready_state::closed) { // once per event of the transport
///     if (input_has_ended)
///         ws.end_of_input();
///     ws.poll(in, handler{});                                 // on_open, on_message, on_close, ... may send and close
///     ws.written(write_some(ws.write_buffer()));
///     if (ws.finished()) {
///         close_transport();
///         ws.end_of_input();
///     }
/// }
/// @endcode
#pragma once

#include "bytes/byte_view.hpp"
#include "bytes/random_source.hpp"
#include "config.hpp"
#include "core/close_code.hpp"
#include "core/error.hpp"
#include "core/opcode.hpp"
#include "core/role.hpp"
#include "frame/close_payload.hpp"
#include "handshake/client_request.hpp"
#include "handshake/negotiation.hpp"
#include "handshake/server_response.hpp"
#include "handshake/upgrade_request.hpp"
#include "http/head.hpp"
#include "http/uri.hpp"
#include "message/control_payload.hpp"
#include "message/event.hpp"
#include "message/message_extension.hpp"
#include "message/prepared_message.hpp"
#include "websocket/handler.hpp"
#include "websocket/handshake_phase.hpp"
#include "websocket/open_session.hpp"
#include "websocket/ready_state.hpp"
#include "websocket/websocket_options.hpp"
#include "websocket/websocket_storage.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

namespace detail {

template <class T>
concept foreign_byte = byte_type<T> && !std::same_as<T, std::byte>;

} // namespace detail

/// One WebSocket, from the first byte of the handshake to the end of the transport.
///
/// It owns no socket, reads no clock and allocates nothing. It belongs to one thread at a time. It cannot be copied, because it
/// writes to its storage.
///
/// @tparam Role       the end that this object is; some functions exist for one role only
/// @tparam MaskKeys   of a client: the source of its masking keys
/// @tparam Extension  its halves transform messages; a client's is a `negotiated_extension`
template <role Role, class MaskKeys = no_mask_keys, class Extension = no_extension>
class websocket {
public:
    using options = websocket_options<MaskKeys, Extension>;
    using decoder = typename Extension::decoder;
    using encoder = typename Extension::encoder;

    /// Constructs a websocket in the state `connecting`.
    ///
    /// @param storage  used by no other object; its queues are cleared, so that nothing for a previous peer reaches the next one.
    ///                 Everything that it refers to outlives this object
    /// @param choice   limits, masking keys, extension and behaviour, owned
    explicit websocket(const websocket_storage& storage, options choice = {}) noexcept
        : session_{storage, choice},
          handshake_{storage, choice.extension, choice.body_bytes},
          browser_close_codes_{choice.browser_close_codes},
          fail_when_full_{choice.fail_when_full}
    {
    }
    websocket(const websocket&) = delete;
    websocket& operator=(const websocket&) = delete;

    // --- the opening handshake of a client

    /// Writes the request to `write_buffer()`. Call it once, before or after the transport is connected.
    ///
    /// @param request        its URI, subprotocols and extensions belong to the caller and outlive this object
    /// @param[in,out] random source of the handshake's key
    /// @return `error::none`, or why nothing was written
    /// @par Errors those of client_handshake::start; `not_open` after the first success and after `close`
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

    /// Returns the URI of the last successful `connect`; `format_uri` writes it as text.
    [[nodiscard]] const uri& url() const noexcept
        requires(Role == role::client)
    {
        return handshake_.url();
    }
    /// Returns the extensions in use; none before the connection is open. The cursor refers to the storage of the head.
    [[nodiscard]] extension_cursor extensions() const noexcept
        requires(Role == role::client)
    {
        return session_.begun() ? handshake_.extensions() : extension_cursor{};
    }
    /// Returns status, reason phrase and fields of the response, in the storage of the head: from an `open` event on, or
    /// from an `error` event with status_not_101. The body of such a response arrives in `body` events.
    [[nodiscard]] const response_head& response() const noexcept
        requires(Role == role::client)
    {
        return handshake_.response();
    }

    // --- the opening handshake of a server

    /// Returns the client's request, in the storage of the head: from a `request` or `plain_request` event on.
    [[nodiscard]] const upgrade_request& request() const noexcept
        requires(Role == role::server)
    {
        return handshake_.request();
    }
    /// Returns whether a request waits for `accept` or `reject`. `poll` consumes nothing meanwhile.
    [[nodiscard]] bool request_pending() const noexcept
        requires(Role == role::server)
    {
        return phase_ == phase::opening && handshake_.request_seen();
    }

    /// Accepts the request and opens the connection: messages may be sent at once. The `open` event follows.
    ///
    /// @param choice  subprotocol, extensions and fields of the response, read during the call only
    /// @param in      the extension's receiving half, made from what @p choice agrees to
    /// @param out     the extension's sending half
    /// @return `error::none`, or why nothing was changed
    /// @par Errors those of server_handshake::accept; `not_open` unless a request is pending
    /// @par Source RFC 6455 4.2.2
    [[nodiscard]] error accept(const accept_options& choice = {}, const decoder& in = decoder{},
                               const encoder& out = encoder{}) noexcept
        requires(Role == role::server)
    {
        const error e = phase_ == phase::opening ? handshake_.accept(session_, choice, in, out) : error::not_open;
        if (!failed(e))
            phase_ = phase::opened;
        return e;
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
        requires(Role == role::server)
    {
        const error e =
            phase_ == phase::opening ? handshake_.reject(session_.output(), status, fields, body) : error::not_open;
        if (!failed(e))
            phase_ = phase::ending;
        return e;
    }

    // --- events

    /// Consumes bytes from the front of @p in and returns the first event.
    ///
    /// @param[in,out] in  cursor over the caller's bytes, cut anywhere; no pointer to it is kept
    /// @return `need_input` when @p in is empty, and for a server also while `request_pending()`, when the caller has to keep
    ///         the bytes that remain in @p in; `open` and `error` once, `close` exactly once, all others as they arrive. After
    ///         `error` only `close` follows, after `close` nothing. Messages that arrive after a call of `close` are dropped.
    ///         A client whose connection is refused receives the body of the response between those two: `body` for each
    ///         piece, a view of @p in without the chunked coding, and a second `error` if the body is not whole
    /// @par Errors of the `error` event: those of the handshake, of `connection` and of the extension; `connection_lost`: the
    ///             transport ended without a close frame; `connection_abandoned`: `close` was called before `open`.
    ///             Of a body: `body_too_large`, `body_incomplete`, `content_length_invalid`, `chunk_invalid`
    /// @par Source RFC 6455 4-7; WHATWG WebSockets 4
    /// @par Complexity O(bytes consumed)
    [[nodiscard]] event poll(std::span<std::byte>& in) noexcept
    {
        flush();
        event e;
        if constexpr (Role == role::client)
            if (phase_ == phase::refused)
                e = poll_body(in);
        if (phase_ == phase::opening)
            e = poll_handshake(in);
        if (phase_ == phase::opened) {
            phase_ = phase::connected;
            return detail::event_access::of(event_kind::open);
        }
        if (phase_ == phase::abandoned)
            return fail(failure_);
        if (phase_ == phase::connected)
            e = session_.poll(in);
        if (e.kind() != event_kind::need_input)
            return e;
        if (phase_ != phase::opening)
            in = in.last(0);
        return input_ended_ ? poll_eof() : e;
    }

    /// Consumes bytes of another byte type; otherwise as above.
    ///
    /// @param[in,out] in  cursor over `char`, `unsigned char` or `char8_t`
    /// @return            as above
    template <detail::foreign_byte Byte>
    [[nodiscard]] event poll(std::span<Byte>& in) noexcept
    {
        std::span<std::byte> bytes = byte_span{in};
        const event e = poll(bytes);
        in = in.last(bytes.size());
        return e;
    }

    /// Consumes @p in and calls a function of @p handler for each event, in order.
    ///
    /// @param[in,out] in       as above
    /// @param[in,out] handler  an object with on_message(ws, event), and any of on_request(ws), on_plain_request(ws), on_open(ws),
    ///     on_body(ws, event), on_ping(ws, event), on_pong(ws, event), on_error(ws, event), on_close(ws, event). Each may
    ///     send, close, accept and reject, but neither poll nor destroy `ws`. Without on_request every WebSocket is accepted;
    ///     without on_plain_request the answer is 426 or 405. A function of that name that cannot be called does not compile.
    ///     An exception that it throws leaves the event delivered. If a request is left unanswered, call `poll` again after
    ///     the answer. Only a server has requests, and only a client has bodies: the other role never calls these functions
    /// @par Complexity O(bytes consumed)
    template <detail::byte_type Byte, class Handler>
    void poll(std::span<Byte>& in, Handler&& handler)
    {
        constexpr bool handles_something = detail::handler_for<std::remove_reference_t<Handler>, websocket>;
        static_assert(
            handles_something,
            "a handler has at least one of the functions on_request, on_plain_request, on_open, on_body, on_message, "
            "on_ping, on_pong, on_error, on_close with the right parameters; a lambda has none");
        if constexpr (handles_something)
            for (event e = poll(in); e.kind() != event_kind::need_input; e = poll(in))
                detail::dispatch(*this, handler, e);
    }

    /// Reports that the transport will deliver no more: end of file, a reset, a time-out, or the program has closed it.
    /// The next calls of `poll` return the remaining events, `close` last.
    void end_of_input() noexcept { input_ended_ = true; }

    // --- sending

    /// Returns the bytes to write, oldest first.
    ///
    /// They keep address and content until `written`, whatever is sent or received meanwhile, so that an asynchronous write, a
    /// write that TLS repeats, and io_uring need no copy.
    ///
    /// @return empty if there are none. What is sent after the call is returned once all of these have been written
    [[nodiscard]] std::span<const std::byte> write_buffer() noexcept { return session_.lend(); }
    /// Returns the number of bytes that have not been written, in `write_buffer()` or not.
    [[nodiscard]] std::size_t unwritten() const noexcept { return session_.output().unwritten(); }
    /// Returns the bytes to write, for a gathering write such as `writev`. There is more than one segment if prepared messages are
    /// queued.
    ///
    /// @param[out] segments  not empty; written from the front. Each is as `write_buffer()`, which is the first of them
    /// @return the front of @p segments; all of it if there are more
    [[nodiscard]] std::span<std::span<const std::byte>>
    write_buffers(std::span<std::span<const std::byte>> segments) noexcept
    {
        return session_.lend().empty() ? segments.first(0) : session_.output().lent(segments);
    }
    /// Removes bytes of `write_buffer()` that have been written. Writes a close frame that had no room before; a pong that had
    /// none is written by the next `poll`.
    ///
    /// @param count  bytes that have been written, of one segment or of several; nothing is removed if it is more than were returned,
    ///               such as the -1 of a failed `write`
    /// @pre `count` is at most the size of the last `write_buffer()`, or of all segments of `write_buffers`
    void written(std::size_t count) noexcept
    {
        SOCKLESS_ASSERT(count <= session_.output().lent_size());
        if (count <= session_.output().lent_size())
            session_.written(count);
        flush();
    }

    /// Sends a text message in one frame.
    ///
    /// @param text  UTF-8, read during the call only
    /// @return `error::none`, or why nothing was written
    /// @par Errors not_open: if the connection is closing or closed, buffered_amount grows (WHATWG WebSockets 3.1);
    ///             no_space, see also `websocket_options::fail_when_full`; payload_not_utf8, no_random, message_open
    /// @par Complexity O(text.size())
    [[nodiscard]] error send(std::string_view text) noexcept
    {
        return write_message(text.size(), [text, this](auto& to) { return to.send_text(session_.output(), text); });
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
    /// @param message  in use until it has been written, the connection has been given up or its storage is used again or destroyed
    /// @return `error::none`, or why nothing was queued
    /// @par Errors those of a text message, except payload_not_utf8
    /// @par Complexity O(1), and that of the extension if it encodes the message for the first time
    [[nodiscard]] error send(prepared_message& message) noexcept
        requires(Role == role::server)
    {
        return count_unsent(is_open() ? session_.send(message) : error::not_open, message.payload().size());
    }
    /// Removes the prepared messages of which nothing is in `write_buffers`, for a peer that is too slow: what remains, and what is
    /// sent next, such as a close frame, need not wait for them.
    ///
    /// @par Complexity O(bytes and references in the queue)
    void discard_prepared() noexcept
        requires(Role == role::server)
    {
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
    /// @par Errors not_open, no_space, no_random, control_too_large
    [[nodiscard]] error ping(byte_view payload = {}) noexcept
    {
        return is_open() ? session_.underlying().ping(session_.output(), payload) : error::not_open;
    }

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
        detail::control_payload payload;
        const auto value = static_cast<std::uint16_t>(code);
        if (browser_close_codes_ && value < 3000 && value != 1000)
            return error::close_code_not_sendable;
        if (const error e = encode_close(Role, code, reason, payload.bytes); failed(e))
            return e;
        payload.size = static_cast<std::uint8_t>(2 + reason.size());
        close_with(payload);
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

    /// Returns whether there is nothing more to send or to wait for, such as the body of a refusal: close the transport, then
    /// call `end_of_input`.
    /// A client waits for its server to do that while `close_expected()`, but not without a time-out.
    [[nodiscard]] bool finished() const noexcept
    {
        switch (phase_) {
        case phase::opening:
        case phase::refused: return false;
        case phase::opened:
        case phase::connected: return session_.finished() && session_.output().unwritten() == 0;
        case phase::abandoned:
        case phase::ending:
            return session_.output().unwritten() == 0; // a rejection that does not fit an empty queue never will
        case phase::closed: break;
        }
        return true;
    }
    /// Returns whether the peer has to close the transport first (RFC 6455 7.1.1).
    [[nodiscard]] bool close_expected() const noexcept { return session_.close_expected(); }
    /// Returns why the connection failed, or did not open; `none` if it did not fail. An error of a refusal's body is not kept.
    [[nodiscard]] error failure() const noexcept { return failed(failure_) ? failure_ : session_.failure(); }

private:
    enum class phase : std::uint8_t {
        opening,
        opened, ///< the `open` event has not been returned yet
        connected,
        refused,   ///< the body of the refusal has not ended
        abandoned, ///< the `error` event has not been returned yet
        ending,    ///< it did not open: the transport has to end
        closed,
    };

    [[nodiscard]] bool is_open() const noexcept
    {
        return (phase_ == phase::opened || phase_ == phase::connected) && session_.is_open();
    }

    event poll_handshake(std::span<std::byte>& in) noexcept
    {
        const event e = handshake_.poll(in, session_);
        if (e.kind() == event_kind::error) {
            static_cast<void>(fail(e.failure()));
            if constexpr (Role == role::client)
                phase_ = handshake_.body_finished() ? phase::ending : phase::refused;
        }
        if (e.kind() == event_kind::open)
            phase_ = phase::opened;
        return e;
    }

    event poll_body(std::span<std::byte>& in) noexcept
        requires(Role == role::client)
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
        if constexpr (Role == role::client) {
            if (phase_ == phase::refused) {
                phase_ = phase::ending;
                if (const error e = handshake_.end_of_body(); failed(e))
                    return detail::event_access::error(e);
            }
        }
        if (phase_ == phase::connected && session_.on_eof())
            return detail::event_access::error(error::connection_lost);
        phase_ = phase::closed;
        return session_.closed();
    }

    void close_with(const detail::control_payload& payload) noexcept
    {
        if (phase_ == phase::opening)
            abandon(error::connection_abandoned);
        else if (phase_ == phase::refused)
            phase_ = phase::ending;
        else if (is_open())
            session_.close(payload);
    }

    /// Ends it without a close frame: unsent bytes are dropped.
    void abandon(error why) noexcept
    {
        failure_ = why;
        phase_ = phase::abandoned;
        session_.output().discard();
    }

    void flush() noexcept
    {
        if (phase_ == phase::ending)
            handshake_.flush(session_.output());
        if (phase_ == phase::opened || phase_ == phase::connected)
            session_.flush();
    }

    template <class Write>
    error write_message(std::size_t size, const Write& write) noexcept
    {
        return count_unsent(is_open() ? session_.send(size, write) : error::not_open, size);
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
        const bool full = e == error::no_space && fail_when_full_;
        if (full || (e == error::not_open && phase_ != phase::opening))
            discarded_ += size;
        if (full)
            abandon(e);
    }

    detail::open_session<Role, MaskKeys, Extension> session_;
    detail::handshake_phase<Role, Extension> handshake_;
    std::uint64_t discarded_ = 0; ///< payload that was sent too late
    phase phase_ = phase::opening;
    error failure_ = error::none; ///< of the handshake, or why the connection was abandoned
    bool browser_close_codes_;
    bool fail_when_full_;
    bool input_ended_ = false;
};

} // namespace sockless::inline SOCKLESS_ABI
