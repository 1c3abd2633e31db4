// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns messages, whole or in fragments, into frames on a byte queue: masked by a client, each frame whole.
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../bytes/byte_view.hpp"
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
#include "prepared_message.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace sockless::inline SOCKLESS_ABI {

/// Writes messages. Every function appends one whole frame, or changes nothing and returns why.
/// Shares nothing with `message_reader`. A client takes one key from `MaskKeys` per frame.
template <role Role, class MaskKeys = no_mask_keys, class Encoder = no_extension::codec>
class message_writer {
public:
    /// Makes a writer with a default source of keys.
    constexpr message_writer() noexcept = default;
    /// Makes a writer.
    ///
    /// @param keys     owned
    /// @param encoder  sending half of the negotiated extension; copied
    explicit constexpr message_writer(MaskKeys keys, const Encoder& encoder = Encoder{}) noexcept
        : frames_{std::move(keys)}, encoder_{encoder}
    {
    }

    /// Appends a text message in one frame.
    ///
    /// @param[in,out] tx  receives the frame; unchanged on error
    /// @param text        UTF-8; read during the call only, and never modified
    /// @par Errors     not_open, message_open, payload_not_utf8, no_space, no_random
    /// @par Source     RFC 6455 5.6, 6.1
    /// @par Complexity O(text.size()): one pass that checks, one that copies
    [[nodiscard]] error send_text(byte_queue& tx, std::string_view text) noexcept
    {
        if (const error e = check_idle(); failed(e))
            return e;
        return passes || is_utf8(as_bytes(text)) ? send_data(tx, opcode::text, true, as_bytes(text))
                                                 : error::payload_not_utf8;
    }

    /// Appends a text message in one frame; as above, but without checking that it is UTF-8.
    ///
    /// @par Errors not_open, message_open, no_space, no_random
    [[nodiscard]] error send_text(byte_queue& tx, std::string_view text, assume_utf8) noexcept
    {
        const error e = check_idle();
        return failed(e) ? e : send_data(tx, opcode::text, true, as_bytes(text));
    }

    /// Appends a binary message in one frame.
    ///
    /// @param[in,out] tx  receives the frame; unchanged on error
    /// @param payload     read during the call only, and never modified
    /// @par Errors     not_open, message_open, no_space, no_random
    /// @par Source     RFC 6455 5.6, 6.1
    /// @par Complexity O(payload.size()), one pass
    [[nodiscard]] error send_binary(byte_queue& tx, byte_view payload) noexcept
    {
        const error e = check_idle();
        return failed(e) ? e : send_data(tx, opcode::binary, true, payload);
    }

    /// Begins a message in fragments. Writes nothing: the first `send_fragment` or `end_message` does.
    ///
    /// @param type  text or binary; the fragments of a text are checked as one text
    /// @par Errors not_open, message_open
    /// @par Source RFC 6455 5.4
    [[nodiscard]] error begin_message(opcode type) noexcept
    {
        SOCKLESS_ASSERT(type == opcode::text || type == opcode::binary);
        return begin_as(type == opcode::text ? state::text_begun : state::binary_begun);
    }

    /// Begins a text message in fragments that are not checked.
    ///
    /// @par Errors not_open, message_open
    [[nodiscard]] error begin_message(assume_utf8) noexcept { return begin_as(state::unchecked_text_begun); }

    /// Appends the next fragment of the open message.
    ///
    /// @param[in,out] tx  receives the frame; unchanged on error
    /// @param payload     any size, may end inside a UTF-8 sequence; read during the call only
    /// @return `error::none`, or why nothing was written; the message stays open as it was
    /// @par Errors not_open, no_message_open, payload_not_utf8, no_space, no_random
    /// @par Source RFC 6455 5.4
    [[nodiscard]] error send_fragment(byte_queue& tx, byte_view payload) noexcept
    {
        return send_fragment(tx, payload, false);
    }

    /// Appends the last fragment of the open message and ends it.
    ///
    /// @param[in,out] tx  receives the frame; unchanged on error
    /// @param payload     any size, also none; read during the call only
    [[nodiscard]] error end_message(byte_queue& tx, byte_view payload = {}) noexcept
    {
        return send_fragment(tx, payload, true);
    }

    /// Makes the header of a message whose payload the program sends itself, directly after it: `writev({header, payload})`.
    /// The same bytes may go to any number of peers. Not for a client, whose payload has to be masked.
    ///
    /// @param type      text, which the program has checked to be UTF-8, or binary
    /// @param length    of the payload, in bytes
    /// @param[out] out  the header; unchanged on error
    /// @par Errors not_open, message_open, payload_too_long
    /// @par Source RFC 6455 5.2
    [[nodiscard]] error message_header(opcode type, std::uint64_t length, encoded_header& out) const noexcept
        requires(Role == role::server)
    {
        SOCKLESS_ASSERT(type == opcode::text || type == opcode::binary);
        if (const error e = check_idle(); failed(e))
            return e;
        if (length > frame_header::max_payload)
            return error::payload_too_long;
        out.size = static_cast<std::uint8_t>(encode_header({.payload_length = length, .op = type}, out.bytes));
        return error::none;
    }

    /// Appends a ping, which may come between the fragments of a message.
    ///
    /// @param[in,out] tx  receives the frame; unchanged on error
    /// @param payload     up to 125 bytes; read during the call only
    /// @par Errors not_open, control_payload_too_long, no_space, no_random
    /// @par Source RFC 6455 5.5.2
    [[nodiscard]] error ping(byte_queue& tx, byte_view payload = {}) noexcept
    {
        if (state_ == state::closed)
            return error::not_open;
        return control(tx, opcode::ping, payload);
    }

    /// Appends a pong: the reply to a ping, with its payload, or an unsolicited one. It may follow our own close frame: RFC 6455
    /// 5.5.2 requires pongs until the peer's close frame has come.
    ///
    /// @param[in,out] tx  receives the frame; unchanged on error
    /// @param payload     up to 125 bytes; read during the call only
    /// @par Errors control_payload_too_long, no_space, no_random
    /// @par Source RFC 6455 5.5.3
    [[nodiscard]] error pong(byte_queue& tx, byte_view payload = {}) noexcept
    {
        return control(tx, opcode::pong, payload);
    }

    /// Appends a close frame without a code. Only pongs can be sent afterwards; an open message stays unfinished.
    ///
    /// @param[in,out] tx  receives the frame; unchanged on error
    /// @par Errors not_open, no_space, no_random
    /// @par Source RFC 6455 5.5.1, 7.1.2
    [[nodiscard]] error close(byte_queue& tx) noexcept
    {
        return state_ == state::closed ? error::not_open : send_close(tx, {});
    }

    /// Appends a close frame with a code and a reason. Only pongs can be sent afterwards.
    ///
    /// @param[in,out] tx  receives the frame; unchanged on error
    /// @param reason      UTF-8, up to 123 bytes; read during the call only
    /// @par Errors not_open, close_code_not_sendable, reason_too_long, reason_not_utf8, no_space, no_random
    /// @par Source RFC 6455 5.5.1, 7.1.2, 7.4
    [[nodiscard]] error close(byte_queue& tx, close_code code, std::string_view reason = {}) noexcept
    {
        return close_with(tx, code, reason);
    }
    /// A null pointer is not a reason; `{}` is an empty one, so this is a template.
    error close(byte_queue& tx, close_code code, std::same_as<std::nullptr_t> auto reason) = delete;

    /// Returns whether a close frame has been written.
    [[nodiscard]] bool closed() const noexcept { return state_ == state::closed; }
    /// Returns whether a message in fragments has begun and not ended.
    [[nodiscard]] bool in_message() const noexcept { return state_ != state::idle && !closed(); }

    /// Returns the sending half of the extension.
    [[nodiscard]] const Encoder& encoder() const noexcept { return encoder_; }
    /// Returns the sending half of the extension.
    [[nodiscard]] Encoder& encoder() noexcept { return encoder_; }

private:
    template <role, class, class>
    friend class connection;

    static constexpr bool masks = Role == role::client;
    static constexpr bool has_encoder = !std::is_same_v<Encoder, no_extension::codec>;
    static constexpr bool passes = detail::passing_codec<Encoder>;
    static_assert(!has_encoder || passes || message_encoder<Encoder>);

    /// `begun`: no frame of the message has been written. The low digit of an open message is the opcode of its next frame.
    enum class state : std::uint8_t {
        idle = 0x00,
        unchecked_open = 0x10,
        unchecked_text_begun = 0x11,
        binary_begun = 0x12,
        text_open = 0x30,
        text_begun = 0x31,
        closed = static_cast<std::uint8_t>(error::not_open), // which calls then return: one constant, less code
    };
    static constexpr std::uint8_t checked = 0x20; ///< the bit of a text that has to be UTF-8

    [[nodiscard]] error check_idle() const noexcept
    {
        if (state_ == state::closed)
            return error::not_open;
        return state_ == state::idle ? error::none : error::message_open;
    }

    error begin_as(state begun) noexcept
    {
        const error e = check_idle();
        if (!failed(e)) {
            state_ = begun;
            text_.reset();
        }
        return e;
    }

    /// @param payload  by reference, so that all arguments fit into the registers of a Cortex-M
    error send_fragment(byte_queue& tx, const std::span<const std::byte>& payload, bool last) noexcept
    {
        if (state_ == state::closed)
            return error::not_open;
        if (state_ == state::idle)
            return error::no_message_open;
        const auto now = static_cast<std::uint8_t>(state_);
        utf8_validator text = text_;
        if (!passes && (now & checked) != 0 && !detail::accepts(text, payload, last))
            return error::payload_not_utf8;
        if (const error e = send_data(tx, static_cast<opcode>(now & detail::wire::opcode), last, payload); failed(e))
            return e;
        text_ = text;
        state_ = last ? state::idle : static_cast<state>(now & ~detail::wire::opcode);
        return error::none;
    }

    error send_data(byte_queue& tx, opcode op, bool fin, std::span<const std::byte> payload) noexcept
    {
        const frame_header header{.op = op, .fin = fin};
        if constexpr (passes) {
            return frames_.write(tx, {.op = op, .reserved_bits = encoder_.reserved_bits(), .fin = fin}, payload);
        } else if constexpr (has_encoder) {
            const bool begins = header.op != opcode::continuation;
            const bool marked =
                begins ? encoder_.reserved_bits() != 0 && encoder_.wants(header.op, payload) : encoding_.marked;
            const error e = marked ? send_encoded(tx, header, payload) : frames_.write(tx, header, payload);
            encoding_.marked = failed(e) ? encoding_.marked : marked;
            return e;
        } else {
            return frames_.write(tx, header, payload);
        }
    }

    /// Makes room for the worst case first, because an encoder cannot undo its work.
    error send_encoded(byte_queue& tx, frame_header header, std::span<const std::byte> payload) noexcept
        requires(has_encoder && !passes)
    {
        const std::size_t bound = encoder_.bound(payload.size());
        constexpr std::uint64_t fits = static_cast<std::size_t>(-1) - frame_header::max_size;
        if (bound > (fits < frame_header::max_payload ? fits : frame_header::max_payload))
            return error::payload_too_long;
        const std::size_t max_header = detail::header_size(bound, masks);
        const std::span<std::byte> room = tx.prepare(max_header + bound);
        if (room.empty())
            return error::no_space;
        if (const error e = frames_.take_key(header); failed(e))
            return e;
        if (header.op != opcode::continuation) {
            header.reserved_bits = encoder_.reserved_bits();
            encoder_.begin();
        }
        const std::size_t encoded = encoder_.encode(payload, header.fin, room.subspan(max_header));
        header.payload_length = encoded;
        const std::size_t size = encode_header(header, room);
        detail::copy_bytes(room.subspan(max_header, encoded), room.subspan(size));
        if constexpr (masks)
            mask(room.subspan(size, encoded), header.key);
        tx.commit(size + encoded);
        return error::none;
    }

    error control(byte_queue& tx, opcode op, std::span<const std::byte> payload) noexcept
    {
        if (payload.size() > frame_header::max_control_payload)
            return error::control_payload_too_long;
        return frames_.write_small(tx, {.op = op}, payload);
    }

    SOCKLESS_NOINLINE error close_with(byte_queue& tx, close_code code, const std::string_view& reason) noexcept
    {
        std::array<std::byte, 2 + close_payload::max_reason> payload; // NOLINT: `encode_close` writes what is sent
        if (state_ == state::closed)
            return error::not_open;
        if (const error e = encode_close(Role, code, reason, payload); failed(e))
            return e;
        return send_close(tx, std::span{payload}.first(2 + reason.size()));
    }

    /// Begins another connection with the same source of mask keys.
    void restart(const Encoder& encoder) noexcept
    {
        text_ = {};
        state_ = state::idle;
        encoding_ = {};
        encoder_ = encoder;
    }

    /// Appends the first close frame, with a code that may be sent or `no_status` for none. Needs no stack for a reason.
    error close_checked(byte_queue& tx, close_code code) noexcept
    {
        SOCKLESS_ASSERT(state_ != state::closed);
        std::array<std::byte, 2> payload; // NOLINT: all of it is written
        detail::store_big_endian(payload, static_cast<std::uint16_t>(code));
        return send_close(tx, std::span{payload}.first(code == close_code::no_status ? 0 : payload.size()));
    }

    error pong_checked(byte_queue& tx, std::span<const std::byte> payload) noexcept
    {
        return frames_.write_small(tx, {.op = opcode::pong}, payload);
    }

    error send_close(byte_queue& tx, std::span<const std::byte> payload) noexcept
    {
        const error e = frames_.write_small(tx, {.op = opcode::close}, payload);
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
