// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file puts a whole life into one object: handshake, messages, goodbye, in the words of the browser's WebSocket, for
/// clients and servers, over a transport that the program owns.
///
///     static_websocket_storage<> storage;
///     websocket<role::server> ws{storage};
///     while (ws.ready_state() != ready_state::closed) { // once per event of the transport
///         if (the transport delivers nothing more) ws.end_of_input();
///         ws.poll(in, handler);                         // on_open, on_message, on_close, ... may send and close
///         ws.sent(write(ws.output()));
///         if (ws.finished()) close the transport, and ws.end_of_input();
///     }
#pragma once

#include "config.hpp"
#include "core/close_code.hpp"
#include "core/error.hpp"
#include "core/limits.hpp"
#include "core/opcode.hpp"
#include "core/role.hpp"
#include "frame/close_payload.hpp"
#include "message/control_payload.hpp"
#include "message/message_extension.hpp"
#include "websocket/handler.hpp"
#include "websocket/handshake_phase.hpp"
#include "websocket/websocket_event.hpp"
#include "websocket/websocket_storage.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

/// One WebSocket, from the first byte of the handshake to the end of the transport. What only a client or only a server has,
/// `connect`, `accept`, `reject` and so on, stands in websocket_opening.hpp.
///
/// Owns no socket, reads no clock, allocates nothing. Belongs to one thread at a time. Not copyable: it writes to its storage.
template <role Role, class MaskKeys = no_mask_keys, class Extension = no_extension>
class websocket : public handshake_phase<Role, MaskKeys, Extension> {
    using opening = handshake_phase<Role, MaskKeys, Extension>;
    using opening::phase_;
    using opening::session_;
    using typename opening::phase;

public:
    /// `storage`   its queues are empty; it outlives this object
    /// `bounds`    what the peer may send at most
    /// `keys`      where a client's mask keys come from; a server needs none
    /// `extension` a client's, see negotiated_extension; a server gives its halves to `accept`
    explicit constexpr websocket(const websocket_storage& storage, const limits& bounds = {},
                                 const MaskKeys& keys = MaskKeys{}, const websocket_options& options = {},
                                 const Extension& extension = Extension{}) noexcept
        : opening{storage, bounds, keys, options.whole_messages, extension},
          browser_close_codes_{options.browser_close_codes},
          fail_when_full_{options.fail_when_full}
    {
    }
    websocket(const websocket&) = delete;
    websocket& operator=(const websocket&) = delete;

    // --- what happens

    /// Eats from the front of `in` and tells what happened first.
    ///
    /// `in`      cursor over the caller's bytes, any split; no pointer to it is kept
    /// returns   `need_input` when `in` is empty, and for a server also while `request_waits()`, when what is left in `in` has to
    ///           be kept; `open` and `error` at most once, `close` exactly once, all others as they come. After `error` nothing
    ///           but `close`, after `close` nothing. Messages that come after `close()` was called are dropped
    /// errors    of the `error` event: those of the handshake, of `connection` and of the extension; `connection_lost`: the
    ///           transport ended without a close frame; `connection_abandoned`: `close()` came before `open`
    /// source    RFC 6455 4-7; WHATWG WebSockets 4
    /// cost      O(bytes eaten)
    constexpr websocket_event poll(std::span<std::byte>& in) noexcept
    {
        flush();
        websocket_event e;
        if (phase_ == phase::opening)
            e = this->poll_opening(in);
        if (phase_ == phase::opened) {
            phase_ = phase::connected;
            return websocket_event{websocket_event_kind::open};
        }
        if (phase_ == phase::given_up)
            return fail(this->failure_);
        if (phase_ == phase::connected)
            e = session_.poll(in);
        if (e.kind() != websocket_event_kind::need_input)
            return e;
        if (phase_ != phase::opening)
            in = in.last(0);
        return input_ended_ ? poll_end() : e;
    }

    /// The same for a program that likes to be called: tells everything that happens to `handler`, in order.
    ///
    /// `handler` has any of on_request(ws), on_plain_request(ws), on_open(ws), on_message(ws, event), on_ping(ws, event),
    ///           on_pong(ws, event), on_error(ws, event), on_close(ws, event); each may send, close, accept and reject, but
    ///           neither poll nor destroy `ws`. Without on_request every WebSocket is accepted; without on_plain_request
    ///           the answer is 426. After a request that is left unanswered call again once it has been answered
    template <class Handler>
    constexpr void poll(std::span<std::byte>& in, Handler&& handler)
    {
        for (websocket_event e = poll(in); e.kind() != websocket_event_kind::need_input; e = poll(in))
            detail::tell(*this, handler, e);
    }

    /// Tells that the transport will deliver no more: end of file, a reset, a time-out, or that the program has closed it.
    /// The next calls of `poll` bring what is left to tell, `close` last.
    constexpr void end_of_input() noexcept { input_ended_ = true; }

    // --- what is said

    /// What waits to be sent, oldest first. Valid until the next call that is not const.
    [[nodiscard]] constexpr std::span<const std::byte> output() const noexcept { return session_.output().data(); }
    /// The first `count` bytes of `output()` have been sent. Writes a close frame that found no room before; a pong that found
    /// none goes with the next `poll`.
    constexpr void sent(std::size_t count) noexcept
    {
        session_.sent(count);
        flush();
    }

    /// Sends a message in one frame.
    ///
    /// errors    not_open: nothing is sent, but buffered_amount grows if the time for it is over (WHATWG WebSockets 3.1);
    ///           no_space, see also `fail_when_full`; payload_not_utf8, no_random, message_open. Nothing is changed otherwise
    [[nodiscard]] constexpr error send(std::string_view text) noexcept
    {
        return count(text.size(), [text, this](auto& to) { return to.send_text(session_.output(), text); });
    }
    [[nodiscard]] constexpr error send(std::span<const std::byte> bytes) noexcept
    {
        return count(bytes.size(), [bytes, this](auto& to) { return to.send_binary(session_.output(), bytes); });
    }
    /// A message in pieces, each in a frame of its own: see message_writer.
    [[nodiscard]] constexpr error begin(opcode type) noexcept
    {
        return is_open() ? session_.underlying().begin_message(type) : error::not_open;
    }
    [[nodiscard]] constexpr error piece(std::span<const std::byte> bytes) noexcept
    {
        return count(bytes.size(), [bytes, this](auto& to) { return to.send_fragment(session_.output(), bytes); });
    }
    [[nodiscard]] constexpr error end(std::span<const std::byte> bytes = {}) noexcept
    {
        return count(bytes.size(), [bytes, this](auto& to) { return to.end_message(session_.output(), bytes); });
    }
    /// Sends a ping; see connection::ping.
    [[nodiscard]] constexpr error ping(std::span<const std::byte> payload = {}) noexcept
    {
        return is_open() ? session_.underlying().ping(session_.output(), payload) : error::not_open;
    }

    /// Starts the closing handshake, behind everything that was sent. Does nothing once that has begun. Before the connection
    /// is open it gives it up: no close frame, an error event, and 1006 in the end. A close frame that finds no room waits.
    ///
    /// errors    close_code_not_sendable, reason_too_long, reason_not_utf8: nothing is changed then
    /// source    RFC 6455 7.1.2, 7.2.2; WHATWG WebSockets 3.1
    constexpr void close() noexcept { close_with({}); }
    constexpr error close(close_code code, std::string_view reason = {}) noexcept
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

    // --- how it stands

    [[nodiscard]] constexpr sockless::ready_state ready_state() const noexcept
    {
        switch (phase_) {
        case phase::opening: return ready_state::connecting;
        case phase::opened:
        case phase::connected: return is_open() ? ready_state::open : ready_state::closing;
        case phase::given_up:
        case phase::ending: return ready_state::closing;
        case phase::closed: break;
        }
        return ready_state::closed;
    }
    /// The subprotocol in use; empty before the connection is open, and if there is none. Points into the storage of the head.
    [[nodiscard]] constexpr std::string_view protocol() const noexcept
    {
        return session_.begun() ? this->subprotocol() : std::string_view{};
    }
    /// Payload bytes of messages that were given to `send` and have not left: no framing, no pings. An extension counts what it
    /// made of them. Messages that were given to `send` too late count for ever.
    [[nodiscard]] constexpr std::uint64_t buffered_amount() const noexcept { return session_.waiting() + discarded_; }

    /// Nothing more will be sent, or is worth waiting for: close the transport, then call `end_of_input`.
    /// A client waits for its server to do that while `close_expected()`, but not for ever.
    [[nodiscard]] constexpr bool finished() const noexcept
    {
        switch (phase_) {
        case phase::opening: return false;
        case phase::opened:
        case phase::connected: return session_.finished() && session_.output().empty();
        case phase::given_up:
        case phase::ending: return session_.output().empty(); // a refusal that does not fit an empty queue never will
        case phase::closed: break;
        }
        return true;
    }
    [[nodiscard]] constexpr bool close_expected() const noexcept { return session_.close_expected(); }
    /// Why the connection failed, or did not open; `none` if it did not fail.
    [[nodiscard]] constexpr error failure() const noexcept
    {
        return failed(this->failure_) ? this->failure_ : session_.failure();
    }

private:
    [[nodiscard]] constexpr bool is_open() const noexcept
    {
        return (phase_ == phase::opened || phase_ == phase::connected) && session_.is_open();
    }

    constexpr websocket_event fail(error e) noexcept
    {
        this->failure_ = e;
        phase_ = phase::ending;
        return websocket_event::failed_with(e);
    }

    /// The transport has ended. WHATWG WebSockets 4: the error event, if the end is one, comes before the close event.
    constexpr websocket_event poll_end() noexcept
    {
        if (phase_ == phase::closed)
            return {};
        if (phase_ == phase::opening)
            return fail(error::connection_lost);
        if (phase_ == phase::connected && session_.lose())
            return websocket_event::failed_with(error::connection_lost);
        phase_ = phase::closed;
        return session_.closed();
    }

    constexpr void close_with(const detail::control_payload& payload) noexcept
    {
        if (phase_ == phase::opening)
            give_up(error::connection_abandoned);
        else if (is_open())
            session_.close(payload);
    }

    /// No goodbye: what has not left never will.
    constexpr void give_up(error why) noexcept
    {
        this->failure_ = why;
        phase_ = phase::given_up;
        session_.output().clear();
    }

    constexpr void flush() noexcept
    {
        if (phase_ == phase::ending)
            this->flush_opening();
        if (phase_ == phase::opened || phase_ == phase::connected)
            session_.flush();
    }

    template <class Send>
    constexpr error count(std::size_t size, const Send& send) noexcept
    {
        error e = error::not_open;
        if (is_open())
            e = session_.send(send);
        else if (phase_ != phase::opening)
            discarded_ += size;
        if (e == error::no_space && fail_when_full_) {
            discarded_ += size;
            give_up(e);
        }
        return e;
    }

    std::uint64_t discarded_ = 0; ///< payload that came too late
    bool browser_close_codes_;
    bool fail_when_full_;
    bool input_ended_ = false;
};

} // namespace sockless::inline SOCKLESS_ABI
