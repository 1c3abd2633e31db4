// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file joins reader and writer into a connection after the upgrade: pings and closes are answered, a violation is
/// answered with one close frame, and then there is silence.
#pragma once

#include "bytes/byte_queue.hpp"
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

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

/// Options of a connection, for designated initialisers: `connection{{.limits = bounds, .mask_keys = keys}}`.
template <class MaskKeys = no_mask_keys, class Extension = no_extension>
struct connection_options {
    sockless::limits limits{};             ///< upper bounds on what the peer sends
    MaskKeys mask_keys{};                  ///< source of a client's mask keys; a server has none
    typename Extension::decoder decoder{}; ///< receiving half of the negotiated extension
    typename Extension::encoder encoder{}; ///< sending half of the negotiated extension
};

/// One end of an open WebSocket connection (RFC 6455 5-8). Owns no socket, reads no clock, allocates nothing.
///
/// Belongs to one thread at a time. Trivially copyable (but for ASan builds), so it may live and move anywhere.
template <role Role, class MaskKeys = no_mask_keys, class Extension = no_extension>
class connection {
    using decoder = typename Extension::decoder;
    using encoder = typename Extension::encoder;

public:
    /// Makes an open connection with default options.
    constexpr connection() noexcept
        requires std::default_initializable<MaskKeys>
        : connection{connection_options<MaskKeys, Extension>{}}
    {
    }
    /// Makes an open connection.
    ///
    /// @param options  copied
    explicit constexpr connection(const connection_options<MaskKeys, Extension>& options) noexcept
        : writer_{options.mask_keys, options.encoder}, reader_{options.limits, options.decoder}
    {
    }
    /// Makes an open connection with default options but for the limits.
    ///
    /// @param bounds  upper bounds on what the peer sends; copied
    explicit constexpr connection(const limits& bounds) noexcept
        : connection{connection_options<MaskKeys, Extension>{.limits = bounds}}
    {
    }
    /// Makes an open client's connection with default options but for the source of mask keys.
    ///
    /// @param keys  copied
    explicit constexpr connection(const MaskKeys& keys) noexcept
        requires(Role == role::client)
        : connection{connection_options<MaskKeys, Extension>{.mask_keys = keys}}
    {
    }

    /// Eats from the front of `in`, tells what happened first, and appends to `tx` whatever answer is due.
    ///
    /// `in`      cursor over the caller's bytes, any split; no pointer to it is kept. Empty after `need_input`
    /// `tx`      gets pongs and close frames. One that does not fit waits here, the newest pong only (RFC 6455 5.5.3),
    ///           and goes out with the next call: call again, with an empty `in` if need be, once `tx` has been drained
    /// returns   what message_reader::poll returns. After `close` and after `error` there is only `need_input`
    /// errors    those of message_reader::poll, each with its close frame
    /// source    RFC 6455 5.5, 7.1.7
    /// cost      O(bytes eaten)
    constexpr event poll(std::span<std::byte>& in, byte_queue& tx) noexcept
    {
        if (detail::optimize_size || pong_due_ || !is_open())
            flush(tx);
        const event e = reader_.poll(in);
        if (e.kind() > event_kind::message)
            answer(e, tx);
        return e;
    }

    /// The same with messages whole: `whole` puts them together. Do not mix the two while a message is open.
    ///
    /// errors    also message_too_large when the storage of `whole` is full
    constexpr event poll(std::span<std::byte>& in, byte_queue& tx, message_assembler& whole) noexcept
    {
        if (detail::optimize_size || pong_due_ || !is_open())
            flush(tx);
        const event e = reader_.poll(in, whole);
        if (e.kind() > event_kind::message)
            answer(e, tx);
        return e;
    }

    /// Tells that the transport will deliver no more: end of file, a reset, a time-out.
    ///
    /// returns   `error` with connection_lost if no close frame had come (RFC 6455 7.1.5: code 1006), else `need_input`
    constexpr event end_of_input() noexcept
    {
        const closing_state before = closing_;
        step(closing_event::end_of_input);
        if (closing_ != closing_state::connection_lost || before == closing_state::connection_lost)
            return {};
        reader_.stop();
        pong_due_ = false;
        failure_ = error::connection_lost;
        return detail::event_access::error(failure_);
    }

    /// See message_writer: each appends one whole frame to `tx`, or changes nothing and says why.
    /// `not_open` also once the peer's close frame has come, or a failure.
    [[nodiscard]] constexpr error send_text(byte_queue& tx, std::string_view text) noexcept
    {
        return is_open() ? writer_.send_text(tx, text) : error::not_open;
    }
    [[nodiscard]] constexpr error send_text(byte_queue& tx, std::string_view text, assume_utf8_t tag) noexcept
    {
        return is_open() ? writer_.send_text(tx, text, tag) : error::not_open;
    }
    [[nodiscard]] constexpr error send_binary(byte_queue& tx, std::span<const std::byte> payload) noexcept
    {
        return is_open() ? writer_.send_binary(tx, payload) : error::not_open;
    }
    [[nodiscard]] constexpr error begin_message(opcode type) noexcept
    {
        return is_open() ? writer_.begin_message(type) : error::not_open;
    }
    [[nodiscard]] constexpr error begin_message(assume_utf8_t tag) noexcept
    {
        return is_open() ? writer_.begin_message(tag) : error::not_open;
    }
    [[nodiscard]] constexpr error send_fragment(byte_queue& tx, std::span<const std::byte> payload) noexcept
    {
        return send_piece(tx, payload, false);
    }
    [[nodiscard]] constexpr error end_message(byte_queue& tx, std::span<const std::byte> payload = {}) noexcept
    {
        return send_piece(tx, payload, true);
    }
    [[nodiscard]] constexpr error message_header(opcode type, std::uint64_t length, encoded_header& out) const noexcept
        requires(Role == role::server)
    {
        return is_open() ? writer_.message_header(type, length, out) : error::not_open;
    }
    [[nodiscard]] constexpr error ping(byte_queue& tx, std::span<const std::byte> payload = {}) noexcept
    {
        return is_open() ? writer_.ping(tx, payload) : error::not_open;
    }
    [[nodiscard]] constexpr error pong(byte_queue& tx, std::span<const std::byte> payload = {}) noexcept
    {
        return is_open() ? writer_.pong(tx, payload) : error::not_open;
    }

    /// Starts the closing handshake. Go on polling until `finished()`: the peer may still send, and has to answer.
    [[nodiscard]] constexpr error close(byte_queue& tx) noexcept
    {
        return is_open() ? closing(writer_.close(tx)) : error::not_open;
    }
    [[nodiscard]] constexpr error close(byte_queue& tx, close_code code, std::string_view reason = {}) noexcept
    {
        return is_open() ? closing(writer_.close(tx, code, reason)) : error::not_open;
    }
    /// A null pointer is not a reason.
    error close(byte_queue& tx, close_code code, std::nullptr_t reason) = delete;

    /// How far the goodbye has come: see closing.hpp for what each state means.
    [[nodiscard]] constexpr closing_state state() const noexcept { return closing_; }
    /// Whether messages may be sent: no close frame went or came, and nothing failed.
    [[nodiscard]] constexpr bool is_open() const noexcept { return closing_ == closing_state::open; }
    [[nodiscard]] constexpr bool close_sent() const noexcept { return writer_.closed(); }
    [[nodiscard]] constexpr bool close_received() const noexcept
    {
        return closing_ >= closing_state::reply_pending && closing_ <= closing_state::closed_cleanly;
    }

    /// Nothing more will come out of `poll` or go to `tx`: send what waits in `tx`, then the transport may be closed.
    [[nodiscard]] constexpr bool finished() const noexcept { return detail::is_finished(closing_); }
    /// The peer is to close the transport now; wait for that, with a time-out, before doing it ourselves.
    /// RFC 6455 7.1.1: the server closes first, so that it is the one to hold TIME_WAIT.
    [[nodiscard]] constexpr bool close_expected() const noexcept
    {
        return Role == role::client && row_of(closing_).close_expected;
    }
    /// Why the connection failed; `none` if it did not.
    [[nodiscard]] constexpr error failure() const noexcept { return failure_; }

    [[nodiscard]] constexpr const decoder& extension_decoder() const noexcept { return reader_.decoder(); }
    [[nodiscard]] constexpr const encoder& extension_encoder() const noexcept { return writer_.encoder(); }
    [[nodiscard]] constexpr encoder& extension_encoder() noexcept { return writer_.encoder(); }

private:
    SOCKLESS_ONCE constexpr error send_piece(byte_queue& tx, detail::view_beside_three payload, bool last) noexcept
    {
        return is_open() ? writer_.send_piece(tx, payload, last) : error::not_open;
    }

    SOCKLESS_NOINLINE constexpr void answer(const event& e, byte_queue& tx) noexcept
    {
        switch (e.kind()) {
        case event_kind::need_input:
        case event_kind::request:
        case event_kind::plain_request:
        case event_kind::open:
        case event_kind::message:
        case event_kind::pong: break;
        case event_kind::ping: answer_ping(e.payload(), tx); break;
        case event_kind::error: failure_ = e.failure(); [[fallthrough]];
        case event_kind::close: answer_close(e, tx); break;
        }
    }

    constexpr void answer_ping(std::span<const std::byte> payload, byte_queue& tx) noexcept
    {
        if (!detail::optimize_size && !failed(writer_.pong(tx, payload))) {
            pong_due_ = false;
            return;
        }
        pong_.clear();
        detail::copy_bytes(payload, pong_.append_uninitialized(payload.size()));
        pong_due_ = true;
        if constexpr (detail::optimize_size)
            flush(tx); // which knows how to write it already
    }

    /// RFC 6455 5.5.2: no pong is due once the peer's close frame has come.
    /// RFC 6455 7.4.1: the code that has come may stand on the wire, and goes back unless it is for clients only.
    constexpr void answer_close(const event& e, byte_queue& tx) noexcept
    {
        step(e.kind() == event_kind::close ? closing_event::receive_close : closing_event::violation);
        pong_due_ = false;
        close_answer_ = e.code();
        if (Role == role::server && close_answer_ == close_code::mandatory_extension)
            close_answer_ = close_code::normal;
        flush(tx);
    }

    /// Tries again what did not fit.
    SOCKLESS_NOINLINE constexpr void flush(byte_queue& tx) noexcept
    {
        if (pong_due_)
            pong_due_ = failed(writer_.pong_checked(tx, pong_.view()));
        const closing_state answered = after(closing_, closing_event::write_answer);
        if (answered != closing_ && !failed(write_close(tx)))
            closing_ = answered;
    }
    /// Without an extension's decoder, which may fail for any reason, the answer is a code that may be sent.
    constexpr error write_close(byte_queue& tx) noexcept
    {
        if constexpr (detail::optimize_size && std::is_same_v<Extension, no_extension>)
            return writer_.close_checked(tx, close_answer_);
        return close_answer_ == close_code::no_status ? writer_.close(tx) : writer_.close(tx, close_answer_);
    }

    constexpr error closing(error e) noexcept
    {
        if (!failed(e))
            step(closing_event::send_close);
        return e;
    }

    constexpr void step(closing_event what) noexcept { closing_ = after(closing_, what); }

    closing_state closing_ = closing_state::open;
    bool pong_due_ = false;
    close_code close_answer_ = close_code::no_status;
    error failure_ = error::none;
    message_writer<Role, MaskKeys, encoder> writer_;
    message_reader<Role, decoder> reader_;
    detail::control_payload pong_{}; ///< of the newest ping, while its pong is due
};

using server_connection = connection<role::server>;
template <mask_key_source MaskKeys>
using client_connection = connection<role::client, MaskKeys>;

static_assert(sizeof(server_connection) <= 320);
static_assert(std::is_trivially_copyable_v<server_connection> || SOCKLESS_ASAN != 0);

} // namespace sockless::inline SOCKLESS_ABI
