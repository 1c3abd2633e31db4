// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns pieces of frames into events: fragments joined, text checked, limits kept, control frames whole.
#pragma once

#include "../bytes/utf8.hpp"
#include "../config.hpp"
#include "../frame/close_payload.hpp"
#include "../frame/frame_reader.hpp"
#include "../words/error.hpp"
#include "../words/limits.hpp"
#include "../words/opcode.hpp"
#include "../words/role.hpp"
#include "control_payload.hpp"
#include "event.hpp"
#include "message_extension.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

namespace detail {

/// What a reader needs beside its decoder; nothing if there is none.
struct no_decoding {};
struct decoding {
    std::size_t given_back = 0; ///< bytes at the front of the input that are unmasked already
    bool marked = false;        ///< the open message carries the extension's bit
    bool unfinished = false;    ///< the decoder has more to give without any more input
    bool end = false;           ///< that is the end of the message
};

} // namespace detail

/// Reads messages. It only reads: pongs and the answer to a close are the program's business, or that of `connection`.
///
/// Shares nothing with `message_writer`: one thread may read while another writes.
/// Trivially copyable, except in a build with AddressSanitizer.
template <role Role, class Decoder = no_coder>
class message_reader {
public:
    explicit constexpr message_reader(const limits& bounds = {}, const Decoder& decoder = Decoder{}) noexcept
        : frames_{bounds.frame_bytes, reserved_bits(decoder)},
          message_bytes_{bounds.message_bytes},
          fragments_{bounds.fragments},
          decoder_{decoder}
    {
    }

    /// Eats from the front of `in` and returns what happened first.
    ///
    /// `in`      cursor over the caller's bytes, any split; payload is unmasked in place and shown where it lies, but for a
    ///           control frame that came in parts, and for what a decoder made. No pointer to it is kept.
    /// returns   `message` for each piece of a message, at least one per message; `ping`, `pong`, `close` whole;
    ///           `error` once; `need_input` when `in` is empty, and for ever after `close` and `error`
    /// errors    those of frame_reader and decode_close; message_too_large, too_many_fragments, text_not_utf8,
    ///           extension_data_invalid
    /// source    RFC 6455 5.4-5.6, 6.2, 8.1, 10.4
    /// cost      O(bytes eaten)
    constexpr event poll(std::span<std::byte>& in) noexcept
    {
        if (frames_.remaining() == 0 || !is_control(frames_.op()))
            control_.expire();
        while (true) {
            const event e = step(in);
            if (e.kind() != event_kind::need_input || (in.empty() && !unfinished()))
                return e;
        }
    }

    /// Drops all further input: for a program that has failed the connection itself.
    constexpr void stop() noexcept
    {
        frames_.stop();
        if constexpr (has_decoder)
            decoding_.unfinished = false;
    }

    [[nodiscard]] constexpr const Decoder& decoder() const noexcept { return decoder_; }

private:
    static constexpr bool has_decoder = !std::is_same_v<Decoder, no_coder>;
    static_assert(!has_decoder || message_decoder<Decoder>);

    static constexpr std::uint8_t reserved_bits(const Decoder& decoder) noexcept
    {
        if constexpr (has_decoder)
            return decoder.reserved_bits();
        else
            return static_cast<void>(decoder), std::uint8_t{0};
    }

    [[nodiscard]] constexpr bool unfinished() const noexcept
    {
        if constexpr (has_decoder)
            return decoding_.unfinished;
        else
            return false;
    }

    /// `need_input` here means: nothing to tell so far.
    constexpr event step(std::span<std::byte>& in) noexcept
    {
        if constexpr (has_decoder) {
            if (decoding_.unfinished)
                return decode(in, {}, decoding_.end);
        }
        const frame_piece piece = frames_.next(in, in.size());
        switch (piece.what) {
        case frame_piece::kind::need_input: return {};
        case frame_piece::kind::error: return fail(in, piece.failure);
        case frame_piece::kind::payload: break;
        }
        return is_control(frames_.op()) ? control(in, piece) : data(in, piece);
    }

    constexpr event control(std::span<std::byte>& in, const frame_piece& piece) noexcept
    {
        std::span<const std::byte> payload = piece.payload;
        if (piece.first && piece.last) {
            frames_.unmask(piece.payload);
        } else {
            if (piece.first)
                control_.clear();
            frames_.unmask_to(piece.payload, control_.extend(piece.payload.size()));
            if (!piece.last)
                return {};
            payload = control_.view();
        }
        if (frames_.op() == opcode::ping)
            return event::ping(payload);
        if (frames_.op() == opcode::pong)
            return event::pong(payload);
        close_payload close;
        if (const error e = decode_close(payload, close); failed(e))
            return fail(in, e);
        // RFC 6455 5.5.1: what follows a close frame is discarded.
        stop();
        in = in.last(0);
        return event::close(close.code, close.reason);
    }

    constexpr event data(std::span<std::byte>& in, const frame_piece& piece) noexcept
    {
        if (piece.first) {
            if (const error e = begin_frame(piece.payload.size() + frames_.remaining()); failed(e))
                return fail(in, e);
        }
        const bool end = piece.last && frames_.fin();
        if constexpr (has_decoder) {
            if (decoding_.marked) {
                const std::size_t plain =
                    decoding_.given_back < piece.payload.size() ? decoding_.given_back : piece.payload.size();
                decoding_.given_back -= plain;
                frames_.unmask(piece.payload.subspan(plain));
                return decode(in, piece.payload, end);
            }
        }
        frames_.unmask(piece.payload);
        return deliver(in, piece.payload, end);
    }

    constexpr error begin_frame(std::uint64_t size) noexcept
    {
        if (frames_.op() != opcode::continuation) {
            type_ = frames_.op();
            started_ = false;
            bytes_left_ = message_bytes_;
            fragments_left_ = fragments_;
            if constexpr (has_decoder) {
                decoding_ = {};
                decoding_.marked = frames_.reserved_bits() != 0;
                if (decoding_.marked)
                    decoder_.begin();
            }
        }
        if (fragments_left_ == 0)
            return error::too_many_fragments;
        --fragments_left_;
        if constexpr (has_decoder) {
            if (decoding_.marked)
                return error::none; // RFC 7692 7.2.2: what counts is what comes out
        }
        if (size > bytes_left_)
            return error::message_too_large;
        bytes_left_ -= size;
        return error::none;
    }

    constexpr event decode(std::span<std::byte>& in, std::span<const std::byte> payload, bool end) noexcept
    {
        const decoded_payload result = decoder_.decode(payload, end, bytes_left_);
        if (failed(result.failure))
            return fail(in, result.failure);
        if (result.out.size() > bytes_left_)
            return fail(in, error::message_too_large);
        bytes_left_ -= result.out.size();
        const std::size_t rest = payload.size() - result.consumed;
        SOCKLESS_ASSERT(!result.done || rest == 0);
        frames_.give_back(in, rest);
        decoding_.given_back += rest;
        decoding_.unfinished = !result.done && rest == 0;
        decoding_.end = end;
        return deliver(in, result.out, end && result.done);
    }

    constexpr event deliver(std::span<std::byte>& in, std::span<const std::byte> payload, bool end) noexcept
    {
        // RFC 6455 8.1: the whole message is UTF-8; a fragment may end inside a sequence.
        if (type_ == opcode::text &&
            (text_.validate(payload) != payload.size() || (end && !text_.complete())))
            return fail(in, error::text_not_utf8);
        if (payload.empty() && !end)
            return {};
        const bool first = !started_;
        started_ = true;
        return event::message(type_, payload, first, end);
    }

    constexpr event fail(std::span<std::byte>& in, error e) noexcept
    {
        stop();
        in = in.last(0);
        return event::error(e);
    }

    alignas(8) detail::expiring_control_payload control_{}; ///< AddressSanitizer poisons in steps of 8
    frame_reader<Role> frames_;
    std::uint64_t message_bytes_;
    std::uint64_t bytes_left_ = 0; ///< that the open message may still have
    std::uint32_t fragments_;
    std::uint32_t fragments_left_ = 0; ///< frames that the open message may still have
    utf8_validator text_{};
    opcode type_ = opcode::continuation; ///< of the open message
    bool started_ = false;               ///< a piece of the open message has been delivered
    [[no_unique_address]] std::conditional_t<has_decoder, detail::decoding, detail::no_decoding> decoding_{};
    [[no_unique_address]] Decoder decoder_;
};

static_assert(sizeof(message_reader<role::server>) <= 184);
static_assert(std::is_trivially_copyable_v<message_reader<role::server>> || SOCKLESS_ASAN != 0);

} // namespace sockless::inline SOCKLESS_ABI
