// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns pieces of frames into events: fragments joined, text checked, limits kept, control frames whole.
#pragma once

#include "../bytes/utf8.hpp"
#include "../bytes/utf8_stream.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "../core/limits.hpp"
#include "../core/opcode.hpp"
#include "../core/role.hpp"
#include "../frame/close_payload.hpp"
#include "../frame/frame_reader.hpp"
#include "control_payload.hpp"
#include "event.hpp"
#include "message_assembler.hpp"
#include "message_extension.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

/// Reads messages. It only reads: pongs and the answer to a close are the program's business, or that of `connection`.
///
/// Shares nothing with `message_writer`: one thread may read while another writes.
/// Trivially copyable, except in a build with AddressSanitizer.
template <role Role, class Decoder = no_codec>
class message_reader {
public:
    explicit constexpr message_reader(const limits& bounds = {}, const Decoder& decoder = Decoder{}) noexcept
        : frames_{bounds.frame_bytes, detail::reserved_bits_of(decoder)},
          message_bytes_{detail::bounded(bounds.message_bytes)},
          fragments_{bounds.fragments},
          small_limit_{small_limit(bounds)},
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
    SOCKLESS_INLINE constexpr event poll(std::span<std::byte>& in) noexcept { return next(in, no_message_assembler{}); }

    /// The same with messages whole: what comes in pieces is unmasked right into the storage of `whole`.
    ///
    /// returns   `message` only for a whole message, which lies in `in` if it came whole, or in the storage of `whole`
    /// errors    also message_too_large if that has no room
    SOCKLESS_INLINE constexpr event poll(std::span<std::byte>& in, message_assembler& whole) noexcept
    {
        return next(in, whole);
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
    using events = detail::event_access;
    struct no_message_assembler {};

    template <class Assembler>
    SOCKLESS_INLINE constexpr event next(std::span<std::byte>& in, Assembler&& whole) noexcept
    {
        if constexpr (detail::optimize_size)
            return any(in, whole);
        if (in.empty() && !decoding_.unfinished) {
            expire_payload();
            return {};
        }
        // What comes most of the time: a small message in one frame, whole.
        opcode type{};
        std::size_t size = 0;
        if constexpr (Role == role::server)
            scratch_.renew();
        if (!decoding_.unfinished && frames_.try_read_small(in, small_limit_, scratch_.bytes.data(), type, size)) {
            const std::span<const std::byte> payload{small_bytes(in, size), size};
            return type == opcode::text ? small_text(in, payload) : events::message(type, payload, true, true);
        }
        return any(in, whole);
    }

    SOCKLESS_NOINLINE constexpr event small_text(std::span<std::byte>& in, std::span<const std::byte> payload) noexcept
    {
        if (is_utf8(payload))
            return events::message(opcode::text, payload, true, true);
        discard(in);
        return events::error(error::text_not_utf8);
    }

    static constexpr bool has_decoder = !std::is_same_v<Decoder, no_codec>;
    static_assert(!has_decoder || message_decoder<Decoder>);

    static constexpr std::uint8_t small_limit(const limits& bounds) noexcept
    {
        std::uint64_t most = max_control_payload;
        most = most < bounds.frame_bytes ? most : bounds.frame_bytes;
        most = most < bounds.message_bytes ? most : bounds.message_bytes;
        return detail::optimize_size || bounds.fragments == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(most + 1);
    }

    /// Where the payload of a small message is once it is eaten: a client reads it where it lies.
    SOCKLESS_INLINE constexpr const std::byte* small_bytes(std::span<const std::byte> in,
                                                           std::size_t size) const noexcept
    {
        if constexpr (Role == role::client)
            return in.data() - size;
        else
            return static_cast<void>(in), static_cast<void>(size), scratch_.bytes.data();
    }

    /// Everything else. Not inlined: small messages would pay for its registers.
    template <class Assembler>
    SOCKLESS_NOINLINE constexpr event any(std::span<std::byte>& in, Assembler& whole) noexcept
    {
        expire_payload();
        event told;
        outcome now{};
        while ((now = step(in, whole, told)) == outcome::nothing && (!in.empty() || decoding_.unfinished)) {
        }
        if (now == outcome::ended)
            discard(in);
        return told;
    }

    /// RFC 6455 5.5.1, 7.1.7: what follows a close frame or a violation.
    constexpr void discard(std::span<std::byte>& in) noexcept
    {
        stop();
        in = in.last(0);
    }

    /// What was shown of a small message or of a control frame is stale, unless the frame goes on.
    constexpr void expire_payload() noexcept
    {
        if (frames_.remaining() == 0 || !is_control(frames_.op()))
            scratch_.expire();
    }

    /// Of a step: `told` has been written, and `ended` says that nothing may follow it.
    enum class outcome : std::uint8_t { nothing, told, ended };
    template <class Assembler>
    SOCKLESS_INLINE constexpr outcome step(std::span<std::byte>& in, Assembler& whole, event& told) noexcept
    {
        if constexpr (has_decoder) {
            if (decoding_.unfinished)
                return decode(in, {}, decoding_.end, whole, told);
        }
        const bool first = !frames_.in_payload();
        if constexpr (detail::optimize_size) { // what `next` does, without pieces that are no payload
            error e = first ? frames_.read_header(in) : error::none;
            if (first && frames_.in_payload() && !is_control(frames_.op()))
                e = begin_frame(frames_.remaining());
            if (failed(e))
                return fail(e, told);
            if (!frames_.in_payload() || (!first && in.empty()))
                return outcome::told;
        }
        const frame_chunk piece =
            detail::optimize_size ? frames_.read_payload(in, first) : frames_.next(in, event::max_payload);
        if (piece.what == frame_chunk::kind::need_input)
            return outcome::told; // what it is from the start
        if (piece.what == frame_chunk::kind::error)
            return fail(piece.failure, told);
        return is_control(frames_.op()) ? control(piece, told) : data(in, piece, whole, told);
    }

    SOCKLESS_COLD constexpr outcome control(frame_chunk piece, event& told) noexcept
    {
        std::span<const std::byte> payload = piece.payload;
        if (piece.first && piece.last) {
            frames_.unmask(piece.payload);
        } else {
            scratch_.renew();
            if (piece.first)
                control_size_ = 0;
            frames_.unmask_to(piece.payload, std::span{scratch_.bytes}.subspan(control_size_));
            control_size_ = static_cast<std::uint8_t>(control_size_ + piece.payload.size());
            if (!piece.last)
                return outcome::nothing;
            payload = std::span{scratch_.bytes}.first(control_size_);
        }
        if (frames_.op() != opcode::close) {
            told = frames_.op() == opcode::ping ? events::ping(payload) : events::pong(payload);
            return outcome::told;
        }
        close_payload close;
        if (const error e = decode_close(payload, close); failed(e))
            return fail(e, told);
        told = events::close(close.code, close.reason);
        return outcome::ended;
    }

    template <class Assembler>
    SOCKLESS_INLINE constexpr outcome data(std::span<std::byte>& in, const frame_chunk& piece, Assembler& whole,
                                           event& told) noexcept
    {
        if (!detail::optimize_size && piece.first) {
            if (const error e = begin_frame(piece.payload.size() + frames_.remaining()); failed(e))
                return fail(e, told);
        }
        const bool end = piece.last && frames_.fin();
        if constexpr (has_decoder) {
            if (decoding_.marked) {
                const std::size_t plain =
                    decoding_.given_back < piece.payload.size() ? decoding_.given_back : piece.payload.size();
                decoding_.given_back -= plain;
                frames_.unmask(piece.payload.subspan(plain));
                return decode(in, piece.payload, end, whole, told);
            }
        }
        std::span<std::byte> to = piece.payload;
        if constexpr (std::is_same_v<Assembler, message_assembler>) {
            if (delivered_ || !end)
                to = whole.append_uninitialized(!delivered_, to.size());
            if (to.size() != piece.payload.size())
                return fail(error::message_too_large, told);
        }
        if (detail::optimize_size || type_ != opcode::text)
            frames_.unmask_to(piece.payload, to);
        if (type_ == opcode::text) {
            const bool good = detail::optimize_size
                                  ? detail::accepts(text_, to, end)
                                  : frames_.unmask_text(piece.payload, to, text_) && (!end || text_.complete());
            if (!good)
                return fail(error::text_not_utf8, told);
        }
        return tell(to, end, whole, told);
    }

    SOCKLESS_INLINE constexpr error begin_frame(std::uint64_t announced) noexcept
    {
        const auto size = static_cast<detail::length_type>(announced);
        if (frames_.op() != opcode::continuation) {
            type_ = frames_.op();
            delivered_ = false;
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

    template <class Assembler>
    constexpr outcome decode(std::span<std::byte>& in, std::span<const std::byte> payload, bool end, Assembler& whole,
                             event& told) noexcept
    {
        const decoded_payload result = decoder_.decode(payload, end, bytes_left_);
        if (failed(result.failure))
            return fail(result.failure, told);
        if (result.out.size() > bytes_left_)
            return fail(error::message_too_large, told);
        bytes_left_ -= result.out.size();
        const std::size_t rest = payload.size() - result.consumed;
        SOCKLESS_ASSERT(!result.done || rest == 0);
        frames_.unread(in, rest);
        decoding_.given_back += rest;
        decoding_.unfinished = !result.done && rest == 0;
        decoding_.end = end;
        const bool last = end && result.done;
        // RFC 6455 8.1, RFC 7692 6.1: what has to be UTF-8 is what comes out.
        if (type_ == opcode::text && !detail::accepts(text_, result.out, last))
            return fail(error::text_not_utf8, told);
        std::span<const std::byte> out = result.out;
        if constexpr (std::is_same_v<Assembler, message_assembler>) {
            if (delivered_ || !last) {
                const std::span<std::byte> to = whole.append_uninitialized(!delivered_, out.size());
                if (to.size() != out.size())
                    return fail(error::message_too_large, told);
                detail::copy_bytes(out, to);
                out = to;
            }
        }
        return tell(out, last, whole, told);
    }

    /// `payload` is the next of the open message, in its final place.
    SOCKLESS_INLINE constexpr outcome tell(std::span<const std::byte> payload, bool end, no_message_assembler,
                                           event& told) noexcept
    {
        if (payload.empty() && !end)
            return outcome::nothing;
        told = events::message(type_, payload, !delivered_, end);
        delivered_ = true;
        return outcome::told;
    }
    SOCKLESS_INLINE constexpr outcome tell(std::span<const std::byte> payload, bool end, const message_assembler& whole,
                                           event& told) noexcept
    {
        if (end)
            told = events::message(type_, delivered_ ? whole.message() : payload, true, true);
        delivered_ = delivered_ || !payload.empty();
        return end ? outcome::told : outcome::nothing;
    }

    static constexpr outcome fail(error e, event& told) noexcept { return told = events::error(e), outcome::ended; }

    frame_reader<Role> frames_;
    detail::length_type message_bytes_;
    detail::length_type bytes_left_ = 0; ///< that the open message may still have
    std::uint32_t fragments_;
    std::uint32_t fragments_left_ = 0; ///< frames that the open message may still have
    utf8_validator text_{};
    std::uint8_t small_limit_;           ///< one more than the greatest size of a small message
    std::uint8_t control_size_ = 0;      ///< of a control frame that came in parts
    opcode type_ = opcode::continuation; ///< of the open message
    bool delivered_ = false;             ///< a piece of the open message has been delivered
    [[no_unique_address]] std::conditional_t<has_decoder, detail::decoding, detail::no_decoding> decoding_{};
    [[no_unique_address]] Decoder decoder_;
    /// A control frame that came in parts; a small message. Last: what stands before it takes shorter instructions.
    detail::scratch<detail::simd::scratch_size> scratch_{};
};

static_assert(sizeof(message_reader<role::server>) <= 184);
static_assert(std::is_trivially_copyable_v<message_reader<role::server>> || SOCKLESS_ASAN != 0);

} // namespace sockless::inline SOCKLESS_ABI
