// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns messages, whole or in pieces, into frames on a byte queue: masked by a client, never split in the middle.
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../bytes/copy.hpp"
#include "../bytes/mask.hpp"
#include "../bytes/random_source.hpp"
#include "../bytes/utf8.hpp"
#include "../bytes/utf8_stream.hpp"
#include "../config.hpp"
#include "../core/close_code.hpp"
#include "../core/error.hpp"
#include "../core/opcode.hpp"
#include "../core/role.hpp"
#include "../frame/close_payload.hpp"
#include "../frame/frame_header.hpp"
#include "../frame/frame_writer.hpp"
#include "message_extension.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

/// Says that text to be sent is known to be UTF-8, so that it is not checked. If it is not, the peer closes with 1007.
struct assume_utf8_t {
    explicit assume_utf8_t() = default;
};
inline constexpr assume_utf8_t assume_utf8{};

namespace detail {

struct no_encoding {};
struct encoding {
    bool marked = false; ///< the open message goes through the encoder
};

} // namespace detail

/// Writes messages. Every function writes a whole frame or nothing at all, and says which.
///
/// Shares nothing with `message_reader`. `MaskKeys` is asked once per frame that is written, and only by a client.
template <role Role, class MaskKeys = no_mask_keys, class Encoder = no_codec>
class message_writer {
public:
    constexpr message_writer() noexcept = default;
    explicit constexpr message_writer(const MaskKeys& keys, const Encoder& encoder = Encoder{}) noexcept
        : frames_{keys}, encoder_{encoder}
    {
    }

    /// Appends a text message in one frame.
    ///
    /// `tx`      gets the frame: header and payload; unchanged on error
    /// `text`    UTF-8; looked at during the call only, and never modified
    /// errors    not_open, message_open, payload_not_utf8, no_space, no_random
    /// source    RFC 6455 5.6, 6.1
    /// cost      O(text.size()): one pass that checks, one that copies
    [[nodiscard]] constexpr error send_text(byte_queue& tx, std::string_view text) noexcept
    {
        if (const error e = may_begin(); failed(e))
            return e;
        return is_utf8(as_bytes(text)) ? send_data(tx, opcode::text, true, as_bytes(text)) : error::payload_not_utf8;
    }

    /// The same without the check.
    [[nodiscard]] constexpr error send_text(byte_queue& tx, std::string_view text, assume_utf8_t) noexcept
    {
        const error e = may_begin();
        return failed(e) ? e : send_data(tx, opcode::text, true, as_bytes(text));
    }

    /// Appends a binary message in one frame; otherwise as `send_text`.
    ///
    /// errors    not_open, message_open, no_space, no_random
    [[nodiscard]] constexpr error send_binary(byte_queue& tx, std::span<const std::byte> payload) noexcept
    {
        const error e = may_begin();
        return failed(e) ? e : send_data(tx, opcode::binary, true, payload);
    }

    /// Begins a message whose end is not known yet. Writes nothing: the first `send_fragment` or `end_message` does.
    ///
    /// `type`    text or binary; the pieces of a text are checked as one text
    /// errors    not_open, message_open
    /// source    RFC 6455 5.4
    [[nodiscard]] constexpr error begin_message(opcode type) noexcept
    {
        SOCKLESS_ASSERT(type == opcode::text || type == opcode::binary);
        return begin_as(type == opcode::text ? state::text_begun : state::binary_begun);
    }

    /// The same for a text that is not to be checked.
    [[nodiscard]] constexpr error begin_message(assume_utf8_t) noexcept
    {
        return begin_as(state::unchecked_text_begun);
    }

    /// Appends the next part of the open message in a frame of its own. May end inside a UTF-8 sequence.
    ///
    /// `payload` any size, looked at during the call only
    /// errors    not_open, no_message_open, payload_not_utf8, no_space, no_random; the message stays open as it was
    [[nodiscard]] constexpr error send_fragment(byte_queue& tx, std::span<const std::byte> payload) noexcept
    {
        return send_piece(tx, payload, false);
    }

    /// Appends the last part, which may be empty, and ends the message. Errors as `send_fragment`.
    [[nodiscard]] constexpr error end_message(byte_queue& tx, std::span<const std::byte> payload = {}) noexcept
    {
        return send_piece(tx, payload, true);
    }

    /// Either of the two: `last` says which.
    [[nodiscard]] constexpr error send_piece(byte_queue& tx, detail::view_beside_three payload, bool last) noexcept
    {
        if (state_ == state::closed)
            return error::not_open;
        if (state_ == state::idle)
            return error::no_message_open;
        const auto now = static_cast<std::uint8_t>(state_);
        utf8_validator text = text_;
        if ((now & checked) != 0 && !detail::accepts(text, payload, last))
            return error::payload_not_utf8;
        if (const error e = send_data(tx, static_cast<opcode>(now & wire::opcode), last, payload); failed(e))
            return e;
        text_ = text;
        state_ = last ? state::idle : static_cast<state>(now & ~wire::opcode);
        return error::none;
    }

    /// The header of a message whose payload the program sends itself, right behind it: `writev({header, payload})`.
    /// The same bytes may go to any number of peers. A client cannot: its payload has to be masked.
    ///
    /// `type`    text or binary; the program answers for the text being UTF-8
    /// `length`  of the payload, in bytes
    /// `out`     the header; unchanged on error
    /// errors    not_open, message_open, payload_too_long
    /// source    RFC 6455 5.2
    [[nodiscard]] constexpr error message_header(opcode type, std::uint64_t length, encoded_header& out) const noexcept
        requires(Role == role::server)
    {
        SOCKLESS_ASSERT(type == opcode::text || type == opcode::binary);
        if (const error e = may_begin(); failed(e))
            return e;
        if (length > max_payload_length)
            return error::payload_too_long;
        out.size = static_cast<std::uint8_t>(encode_header({.payload_length = length, .op = type}, out.bytes));
        return error::none;
    }

    /// Appends a ping. Between the pieces of a message is fine, inside a frame cannot happen.
    ///
    /// `payload` at most 125 bytes of anything
    /// errors    not_open, control_payload_too_long, no_space, no_random
    /// source    RFC 6455 5.5.2
    [[nodiscard]] constexpr error ping(byte_queue& tx, std::span<const std::byte> payload = {}) noexcept
    {
        if (state_ == state::closed)
            return error::not_open;
        return control(tx, opcode::ping, payload);
    }

    /// Appends a pong: the answer to a ping, with its payload, or one that nobody asked for.
    /// Allowed after our own close frame: RFC 6455 5.5.2 asks for pongs until the peer's close frame has come.
    ///
    /// errors    control_payload_too_long, no_space, no_random
    /// source    RFC 6455 5.5.3
    [[nodiscard]] constexpr error pong(byte_queue& tx, std::span<const std::byte> payload = {}) noexcept
    {
        return control(tx, opcode::pong, payload);
    }

    /// Appends a close frame without a code. Nothing but pongs can be sent afterwards; an open message stays unfinished.
    ///
    /// errors    not_open, no_space, no_random
    /// source    RFC 6455 5.5.1, 7.1.2
    [[nodiscard]] constexpr error close(byte_queue& tx) noexcept
    {
        return state_ == state::closed ? error::not_open : send_close(tx, {});
    }

    /// The same with a code and perhaps a reason.
    ///
    /// `reason`  UTF-8, at most 123 bytes
    /// errors    not_open, close_code_not_sendable, reason_too_long, reason_not_utf8, no_space, no_random
    [[nodiscard]] constexpr error close(byte_queue& tx, close_code code, std::string_view reason) noexcept
    {
        return close_with(tx, code, reason);
    }
    [[nodiscard]] constexpr error close(byte_queue& tx, close_code code) noexcept { return close_with(tx, code, {}); }
    /// A null pointer is not a reason.
    error close(byte_queue& tx, close_code code, std::nullptr_t reason) = delete;

    /// For small code: before any other close frame, with a code that is known to be one that may be sent, or `no_status` for
    /// none. Needs no stack for a reason.
    constexpr error close_checked(byte_queue& tx, close_code code) noexcept
    {
        SOCKLESS_ASSERT(state_ != state::closed);
        std::array<std::byte, 2> payload; // NOLINT: all of it is written
        detail::store_big_endian(payload, static_cast<std::uint16_t>(code));
        return send_close(tx, std::span{payload}.first(code == close_code::no_status ? 0 : payload.size()));
    }

    /// A pong with what a ping has brought, which is at most 125 bytes.
    constexpr error pong_checked(byte_queue& tx, std::span<const std::byte> payload) noexcept
    {
        return control_checked(tx, opcode::pong, payload);
    }

    /// A close frame has been written.
    [[nodiscard]] constexpr bool closed() const noexcept { return state_ == state::closed; }
    /// A message in pieces waits for its next one.
    [[nodiscard]] constexpr bool in_message() const noexcept { return state_ != state::idle && !closed(); }

    [[nodiscard]] constexpr const Encoder& encoder() const noexcept { return encoder_; }
    [[nodiscard]] constexpr Encoder& encoder() noexcept { return encoder_; }

private:
    static constexpr bool masks = Role == role::client;
    static constexpr bool has_encoder = !std::is_same_v<Encoder, no_codec>;
    static_assert(!has_encoder || message_encoder<Encoder>);

    /// Of the outgoing direction. `begun`: no frame of the message has been written. Of an open message the last digit is the
    /// opcode of its next frame, and `checked` is set if it has to be UTF-8.
    enum class state : std::uint8_t {
        idle = 0x00,
        unchecked_open = 0x10,
        unchecked_text_begun = 0x11,
        binary_begun = 0x12,
        text_open = 0x30,
        text_begun = 0x31,
        closed = 0x40,
    };
    static constexpr std::uint8_t checked = 0x20;

    [[nodiscard]] constexpr error may_begin() const noexcept
    {
        if (state_ == state::closed)
            return error::not_open;
        return state_ == state::idle ? error::none : error::message_open;
    }

    constexpr error begin_as(state begun) noexcept
    {
        const error e = may_begin();
        if (!failed(e)) {
            state_ = begun;
            text_.reset();
        }
        return e;
    }

    constexpr error send_data(byte_queue& tx, opcode op, bool fin, std::span<const std::byte> payload) noexcept
    {
        const frame_header header{.op = op, .fin = fin};
        if constexpr (has_encoder) {
            const bool begins = header.op != opcode::continuation;
            const bool marked =
                begins ? encoder_.reserved_bits() != 0 && encoder_.wants(header.op, payload) : encoding_.marked;
            if (marked) {
                const error e = send_encoded(tx, header, payload);
                encoding_.marked = failed(e) ? encoding_.marked : true;
                return e;
            }
            const error e = frames_.write(tx, header, payload);
            encoding_.marked = failed(e) ? encoding_.marked : false;
            return e;
        } else {
            return frames_.write(tx, header, payload);
        }
    }

    /// Room is made for the worst case first: an encoder cannot take back what it has done.
    constexpr error send_encoded(byte_queue& tx, frame_header header, std::span<const std::byte> payload) noexcept
        requires has_encoder
    {
        const std::size_t bound = encoder_.bound(payload.size());
        const std::size_t most = header_size(bound, masks);
        const std::span<std::byte> room = tx.prepare(most + bound);
        if (room.empty())
            return error::no_space;
        if (const error e = frames_.take_key(header); failed(e))
            return e;
        if (header.op != opcode::continuation) {
            header.reserved_bits = encoder_.reserved_bits();
            encoder_.begin();
        }
        const std::size_t made = encoder_.encode(payload, header.fin, room.subspan(most));
        SOCKLESS_ASSERT(made <= bound);
        header.payload_length = made;
        const std::size_t size = encode_header(header, room);
        detail::copy_bytes(room.subspan(most, made), room.subspan(size));
        if constexpr (masks)
            mask(room.subspan(size, made), header.key);
        tx.commit(size + made);
        return error::none;
    }

    constexpr error control(byte_queue& tx, opcode op, std::span<const std::byte> payload) noexcept
    {
        if (payload.size() > max_control_payload)
            return error::control_payload_too_long;
        return frames_.write(tx, {.op = op}, payload);
    }
    /// For a payload that is short enough, as only small code believes: the check spares other code the way of large frames.
    constexpr error control_checked(byte_queue& tx, opcode op, std::span<const std::byte> payload) noexcept
    {
        SOCKLESS_ASSERT(payload.size() <= max_control_payload);
        if constexpr (detail::optimize_size)
            return frames_.write(tx, {.op = op}, payload);
        return control(tx, op, payload);
    }

    SOCKLESS_NOINLINE constexpr error close_with(byte_queue& tx, close_code code,
                                                 const std::string_view& reason) noexcept
    {
        std::array<std::byte, max_control_payload> payload; // NOLINT: `encode_close` writes as much as is sent
        if (state_ == state::closed)
            return error::not_open;
        if (const error e = encode_close(Role, code, reason, payload); failed(e))
            return e;
        return send_close(tx, std::span{payload}.first(2 + reason.size()));
    }

    constexpr error send_close(byte_queue& tx, std::span<const std::byte> payload) noexcept
    {
        const error e = control_checked(tx, opcode::close, payload);
        if (!failed(e))
            state_ = state::closed;
        return e;
    }

    utf8_validator text_{}; ///< of the open message
    state state_ = state::idle;
    [[no_unique_address]] std::conditional_t<has_encoder, detail::encoding, detail::no_encoding> encoding_{};
    [[no_unique_address]] frame_writer<Role, MaskKeys> frames_{};
    [[no_unique_address]] Encoder encoder_{};
};

} // namespace sockless::inline SOCKLESS_ABI
