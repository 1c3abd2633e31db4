// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file joins reader and writer into a connection after the upgrade, which replies to pings, close frames and violations.
#pragma once

#include "bytes/byte_queue.hpp"
#include "bytes/byte_view.hpp"
#include "bytes/random_source.hpp"
#include "closing.hpp"
#include "config.hpp"
#include "core/close_code.hpp"
#include "core/error.hpp"
#include "core/limits.hpp"
#include "core/opcode.hpp"
#include "core/role.hpp"
#include "message/control_payload.hpp"
#include "message/event.hpp"
#include "message/message_assembler.hpp"
#include "message/message_extension.hpp"
#include "message/message_reader.hpp"
#include "message/message_writer.hpp"
#include "message/prepared_message.hpp"

#include <concepts>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace sockless::inline SOCKLESS_ABI {

namespace detail {
template <role Role, class MaskKeys, class Extension>
class open_session;
} // namespace detail

/// Options of a connection, for designated initialisers: `connection{{.limits = bounds, .mask_keys = std::move(keys)}}`.
template <class MaskKeys = no_mask_keys, class Extension = no_extension>
struct connection_options {
    sockless::limits limits{};             ///< upper bounds on what the peer sends
    MaskKeys mask_keys{};                  ///< source of a client's mask keys; a server has none
    typename Extension::decoder decoder{}; ///< receiving half of the negotiated extension
    typename Extension::encoder encoder{}; ///< sending half of the negotiated extension
};

/// One end of an open WebSocket connection (RFC 6455 5-8). Owns no socket, reads no clock, allocates nothing.
///
/// Belongs to one thread at a time. Trivially copyable, except in a build with AddressSanitizer, so it may be moved anywhere.
template <role Role, class MaskKeys = no_mask_keys, class Extension = no_extension>
class connection {
    using decoder = typename Extension::decoder;
    using encoder = typename Extension::encoder;

public:
    /// Makes an open connection with default options.
    constexpr connection() noexcept = default;
    /// Makes an open connection, which owns @p chosen.
    explicit constexpr connection(connection_options<MaskKeys, Extension> chosen) noexcept
        : writer_{std::move(chosen.mask_keys), chosen.encoder}, reader_{chosen.limits, chosen.decoder}
    {
    }
    /// Makes an open connection with other limits: upper bounds on what the peer sends, which are copied.
    explicit constexpr connection(const limits& bounds) noexcept : reader_{bounds} {}
    /// Makes an open connection of a client, which owns @p keys, its source of mask keys.
    explicit constexpr connection(MaskKeys keys) noexcept
        requires(Role == role::client)
        : writer_{std::move(keys)}
    {
    }

    /// Consumes bytes from the front of @p in, returns the first event, and appends the reply to it to @p tx.
    ///
    /// @param[in,out] in  cursor over the caller's bytes, any split; no pointer to them is kept. Empty after `need_input`
    /// @param[in,out] tx  receives pongs and close frames. A reply without room waits, of pongs the newest (RFC 6455 5.5.3), for
    ///                    a later call: once @p tx has been drained, call again, with an empty @p in if necessary
    /// @return as `message_reader::poll`. After `close` and after `error` there is only `need_input`
    /// @par Errors     those of `message_reader::poll`, each with its close frame
    /// @par Source     RFC 6455 5.5, 7.1.7
    /// @par Complexity O(bytes consumed)
    event poll(std::span<std::byte>& in, byte_queue& tx) noexcept
    {
        if (polls_any()) [[unlikely]]
            return poll_any(in, tx);
        const event e = reader_.poll(in);
        return e.kind() > event_kind::message ? replied(e, tx) : e;
    }
    /// Consumes bytes from the front of @p in, returns the first event, and appends the reply to it to @p tx; messages are
    /// whole. While a message is open, only one of the two functions may be used.
    ///
    /// @param[in,out] in        as above
    /// @param[in,out] tx        as above
    /// @param[in,out] messages  stores a message that comes in parts
    /// @return as `message_reader::poll` with an assembler
    /// @par Errors message_too_large also if the storage of @p messages has no room
    template <std::derived_from<message_assembler> Assembler>
    event poll(std::span<std::byte>& in, byte_queue& tx, Assembler& messages) noexcept
    {
        if (polls_any()) [[unlikely]]
            return poll_any(in, tx, messages);
        const event e = reader_.poll(in, messages);
        return e.kind() > event_kind::message ? replied(e, tx) : e;
    }
    /// Ends the input: end of file, a reset, or a time-out of the transport.
    ///
    /// @return `error` with `connection_lost` if no close frame has come (RFC 6455 7.1.5: code 1006), else `need_input`
    event end_of_input() noexcept
    {
        const closing_state before = closing_;
        step(detail::closing_event::end_of_input);
        if (closing_ != closing_state::connection_lost || before == closing_state::connection_lost)
            return {};
        reader_.stop();
        kept_ = kept::nothing;
        failure_ = error::connection_lost;
        return detail::event_access::error(failure_);
    }
    /// Appends a text message in one frame; see `message_writer::send_text`.
    ///
    /// @par Errors not_open, message_open, payload_not_utf8, no_space, no_random
    [[nodiscard]] error send_text(byte_queue& tx, std::string_view text) noexcept
    {
        return is_open() ? writer_.send_text(tx, text) : error::not_open;
    }
    /// Appends a text message in one frame without checking that it is UTF-8; see `message_writer::send_text`.
    ///
    /// @par Errors not_open, message_open, no_space, no_random
    [[nodiscard]] error send_text(byte_queue& tx, std::string_view text, assume_utf8 tag) noexcept
    {
        return is_open() ? writer_.send_text(tx, text, tag) : error::not_open;
    }
    /// Appends a binary message in one frame; see `message_writer::send_binary`.
    ///
    /// @par Errors not_open, message_open, no_space, no_random
    [[nodiscard]] error send_binary(byte_queue& tx, byte_view payload) noexcept
    {
        return is_open() ? writer_.send_binary(tx, payload) : error::not_open;
    }
    /// Begins a message in fragments; see `message_writer::begin_message`.
    ///
    /// @par Errors not_open, message_open
    [[nodiscard]] error begin_message(opcode type) noexcept
    {
        return is_open() ? writer_.begin_message(type) : error::not_open;
    }
    /// Begins a text message in fragments that are not checked; see `message_writer::begin_message`.
    ///
    /// @par Errors not_open, message_open
    [[nodiscard]] error begin_message(assume_utf8 tag) noexcept
    {
        return is_open() ? writer_.begin_message(tag) : error::not_open;
    }
    /// Appends the next fragment of the open message; see `message_writer::send_fragment`.
    ///
    /// @par Errors not_open, no_message_open, payload_not_utf8, no_space, no_random
    [[nodiscard]] error send_fragment(byte_queue& tx, byte_view payload) noexcept
    {
        return send_fragment(tx, payload, false);
    }
    /// Appends the last fragment of the open message and ends it; see `message_writer::end_message`.
    ///
    /// @par Errors not_open, no_message_open, payload_not_utf8, no_space, no_random
    [[nodiscard]] error end_message(byte_queue& tx, byte_view payload = {}) noexcept
    {
        return send_fragment(tx, payload, true);
    }
    /// Makes the header of a message whose payload the program sends itself; see `message_writer::message_header`.
    ///
    /// @par Errors not_open, message_open, payload_too_long
    [[nodiscard]] error message_header(opcode type, std::uint64_t length, encoded_header& out) const noexcept
        requires(Role == role::server)
    {
        return is_open() ? writer_.message_header(type, length, out) : error::not_open;
    }
    /// Returns the frame of a prepared message, to be sent before what is written later; see `prepared_message::frame`.
    ///
    /// @par Errors not_open, message_open
    [[nodiscard]] error prepared_frame(prepared_message& message, std::span<const std::byte>& frame) noexcept
        requires(Role == role::server)
    {
        const error e = writer_.check_idle();
        if (is_open() && !failed(e))
            frame = message.frame(writer_.encoder());
        return is_open() ? e : error::not_open;
    }
    /// Appends a ping; see `message_writer::ping`.
    ///
    /// @par Errors not_open, control_payload_too_long, no_space, no_random
    [[nodiscard]] error ping(byte_queue& tx, byte_view payload = {}) noexcept
    {
        return is_open() ? writer_.ping(tx, payload) : error::not_open;
    }
    /// Appends an unsolicited pong; see `message_writer::pong`. Pings are answered by `poll`.
    ///
    /// @par Errors not_open, control_payload_too_long, no_space, no_random
    [[nodiscard]] error pong(byte_queue& tx, byte_view payload = {}) noexcept
    {
        return is_open() ? writer_.pong(tx, payload) : error::not_open;
    }
    /// Starts the closing handshake without a code. Poll until `finished()`: the peer may still send, and has to answer.
    ///
    /// @param[in,out] tx  receives the close frame; unchanged on error
    /// @par Errors not_open, no_space, no_random
    /// @par Source RFC 6455 7.1.2
    [[nodiscard]] error close(byte_queue& tx) noexcept
    {
        return is_open() ? closing(writer_.close(tx)) : error::not_open;
    }
    /// Starts the closing handshake. Poll until `finished()`: the peer may still send, and has to answer.
    ///
    /// @param[in,out] tx  receives the close frame; unchanged on error
    /// @param reason      UTF-8, up to 123 bytes; read during the call only
    /// @par Errors not_open, close_code_not_sendable, reason_too_long, reason_not_utf8, no_space, no_random
    /// @par Source RFC 6455 7.1.2
    [[nodiscard]] error close(byte_queue& tx, close_code code, std::string_view reason = {}) noexcept
    {
        return is_open() ? closing(writer_.close(tx, code, reason)) : error::not_open;
    }
    /// A null pointer is not a reason; `{}` is an empty one, so this is a template.
    error close(byte_queue& tx, close_code code, std::same_as<std::nullptr_t> auto reason) = delete;
    /// Returns the state of the closing handshake; closing.hpp explains each.
    [[nodiscard]] closing_state state() const noexcept { return closing_; }
    /// Returns whether messages may be sent: no close frame was sent or received, and nothing failed.
    [[nodiscard]] bool is_open() const noexcept { return closing_ == closing_state::open; }
    /// Returns whether a close frame has been written.
    [[nodiscard]] bool close_sent() const noexcept { return writer_.closed(); }
    /// Returns whether the peer's close frame has come.
    [[nodiscard]] bool close_received() const noexcept
    {
        return closing_ >= closing_state::reply_pending && closing_ <= closing_state::closed_cleanly;
    }
    /// Returns whether the pong for the newest ping waits for room in @p tx: the next `poll` writes it.
    [[nodiscard]] bool pong_pending() const noexcept { return kept_ == kept::pong; }
    /// Returns whether `poll` neither returns another event nor writes anything: once @p tx is drained, close the transport.
    [[nodiscard]] bool finished() const noexcept { return detail::is_finished(closing_); }
    /// Returns whether the peer closes the transport first (RFC 6455 7.1.1): wait for it, with a time-out, before closing it here.
    [[nodiscard]] bool close_expected() const noexcept
    {
        return Role == role::client && detail::traits_of(closing_).close_expected;
    }
    /// Returns why the connection failed; `none` if it did not.
    [[nodiscard]] error failure() const noexcept { return failure_; }
    /// Returns whether a part of a frame or of a message has been received: the storage of the assembler may be in use.
    [[nodiscard]] bool in_message() const noexcept { return reader_.in_message(); }
    /// Returns the receiving half of the extension.
    [[nodiscard]] const decoder& extension_decoder() const noexcept { return reader_.decoder(); }
    /// Returns the sending half of the extension.
    [[nodiscard]] const encoder& extension_encoder() const noexcept { return writer_.encoder(); }
    /// Returns the sending half of the extension.
    [[nodiscard]] encoder& extension_encoder() noexcept { return writer_.encoder(); }

private:
    template <role, class, class>
    friend class detail::open_session;

    /// What `payload_` is: that of the newest ping, while its pong is due; or what an `open_session` has there, a close frame.
    enum class kept : std::uint8_t { nothing, pong, close };

    constexpr connection(const limits& bounds, MaskKeys&& keys) noexcept : writer_{std::move(keys)}, reader_{bounds} {}

    // `close_received` depends on the order of the states, `reply` on that of the events.
    static_assert(closing_state::close_sent < closing_state::reply_pending &&
                  closing_state::reply_pending < closing_state::reply_pending_eof &&
                  closing_state::reply_pending_eof < closing_state::closed &&
                  closing_state::closed < closing_state::closed_cleanly &&
                  closing_state::closed_cleanly < closing_state::failure_pending);
    static_assert(event_kind::need_input < event_kind::message && event_kind::message < event_kind::ping &&
                  event_kind::message < event_kind::close && event_kind::message < event_kind::error);

    /// Begins another connection with the same limits and the same source of mask keys.
    void restart(const decoder& in, const encoder& out) noexcept
    {
        closing_ = closing_state::open;
        kept_ = kept::nothing;
        close_answer_ = close_code::no_status;
        failure_ = error::none;
        writer_.restart(out);
        reader_.restart(in);
    }

    /// Starts the closing handshake of an open connection, with a payload that `encode_close` has made, or with none.
    error close_encoded(byte_queue& tx, std::span<const std::byte> payload) noexcept
    {
        return closing(writer_.send_close(tx, payload));
    }

    /// @param payload  by reference, so that all arguments fit into the registers of a Cortex-M
    error send_fragment(byte_queue& tx, const std::span<const std::byte>& payload, bool last) noexcept
    {
        return is_open() ? writer_.send_fragment(tx, payload, last) : error::not_open;
    }

    /// One condition, for one branch.
    [[nodiscard]] bool polls_any() const noexcept
    {
        static_assert(closing_state::open == closing_state{} && kept::nothing == kept{});
        return !reader_.reads_small || (static_cast<unsigned>(closing_) | static_cast<unsigned>(kept_)) != 0;
    }
    /// Polls when a reply may be pending: a call at the end of `poll`, so that the path without one saves no registers.
    template <class... Assembler>
    SOCKLESS_COLD event poll_any(std::span<std::byte>& in, byte_queue& tx, Assembler&... messages) noexcept
    {
        if (kept_ == kept::pong || !is_open())
            flush(tx);
        const event e = reader_.poll(in, messages...);
        if (e.kind() > event_kind::message)
            reply(e, tx);
        return e;
    }
    /// By value: an event without an address stays in registers.
    SOCKLESS_NOINLINE event replied(event e, byte_queue& tx) noexcept { return reply(e, tx), e; }
    SOCKLESS_NOINLINE void reply(const event& e, byte_queue& tx) noexcept
    {
        if (e.kind() == event_kind::error)
            failure_ = e.failure();
        if (e.kind() == event_kind::ping)
            reply_to_ping(e.payload(), tx);
        else if (e.kind() == event_kind::close || e.kind() == event_kind::error)
            reply_to_close(e, tx);
    }

    void reply_to_ping(std::span<const std::byte> payload, byte_queue& tx) noexcept
    {
        if (kept_ == kept::close)
            return;
        payload_.assign(payload);
        kept_ = kept::pong;
        flush(tx);
    }

    /// RFC 6455 5.5.2: no pong is due after the peer's close frame. 7.4.1: its code is returned, unless it is for clients only.
    void reply_to_close(const event& e, byte_queue& tx) noexcept
    {
        step(e.kind() == event_kind::close ? detail::closing_event::receive_close : detail::closing_event::violation);
        kept_ = kept::nothing;
        close_answer_ = e.code();
        if (Role == role::server && close_answer_ == close_code::mandatory_extension)
            close_answer_ = close_code::normal;
        flush(tx);
    }

    /// Writes the replies that are pending, as far as they fit.
    SOCKLESS_NOINLINE void flush(byte_queue& tx) noexcept
    {
        if (kept_ == kept::pong && !failed(writer_.pong_checked(tx, payload_.view())))
            kept_ = kept::nothing;
        const closing_state answered = detail::next_state(closing_, detail::closing_event::write_answer);
        if (answered != closing_ && !failed(write_close(tx)))
            closing_ = answered;
    }

    /// The decoder of an extension may fail for any reason, so that only without one the code is known to be one that may be sent.
    error write_close(byte_queue& tx) noexcept
    {
        if constexpr (std::is_same_v<Extension, no_extension>)
            return writer_.close_checked(tx, close_answer_);
        else
            return close_answer_ == close_code::no_status ? writer_.close(tx) : writer_.close(tx, close_answer_);
    }

    error closing(error e) noexcept
    {
        if (!failed(e))
            step(detail::closing_event::send_close);
        return e;
    }

    void step(detail::closing_event what) noexcept { closing_ = detail::next_state(closing_, what); }

    closing_state closing_ = closing_state::open;
    kept kept_ = kept::nothing;
    close_code close_answer_ = close_code::no_status;
    error failure_ = error::none;
    message_writer<Role, MaskKeys, encoder> writer_{};
    message_reader<Role, decoder> reader_{};
    detail::control_payload payload_{}; ///< see `kept`
};

/// Connections without extensions.
using server_connection = connection<role::server>;
/// The connection of a client.
template <mask_key_source MaskKeys>
using client_connection = connection<role::client, MaskKeys>;

static_assert(sizeof(server_connection) <= 320 || SOCKLESS_ASAN != 0);
static_assert(std::is_trivially_copyable_v<server_connection> || SOCKLESS_ASAN != 0);

} // namespace sockless::inline SOCKLESS_ABI
