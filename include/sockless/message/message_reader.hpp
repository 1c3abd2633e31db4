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
#include "../frame/frame_header.hpp"
#include "../frame/frame_parser.hpp"
#include "control_payload.hpp"
#include "event.hpp"
#include "fast/whole_message.hpp"
#include "message_assembler.hpp"
#include "message_extension.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

/// Reads messages. It only reads: the program, or `connection`, answers pings and close frames.
/// Shares nothing with `message_writer`: one thread may read while another writes. Trivially copyable, except with AddressSanitizer.
template <role Role, class Decoder = no_extension::codec>
class message_reader {
public:
    /// Makes a reader with default limits.
    constexpr message_reader() noexcept : message_reader{limits{}} {} // NOLINT: the other constructor initialises
    /// Makes a reader, with copies of upper bounds on what the peer sends and of the receiving half of the negotiated extension.
    explicit constexpr message_reader(const limits& bounds, const Decoder& decoder = Decoder{}) noexcept
        : frames_{bounds.frame_bytes, detail::reserved_bits_of(decoder)},
          message_bytes_{detail::saturate(bounds.message_bytes)},
          fragments_{bounds.fragments},
          small_limit_{reads_small ? detail::small_limit(bounds) : std::uint8_t{0}},
          decoder_{decoder}
    {
    }

    /// Consumes bytes from the front of @p in and returns the first event.
    ///
    /// @param[in,out] in  cursor over the caller's bytes, any split. No pointer to them is kept. Most payload is unmasked in place
    /// @return `message` for each part of a message, at least one per message; `ping`, `pong`, `close` whole;
    ///         `error` once; `need_input` when @p in is empty, and always after `close` and `error`
    /// @par Errors     those of `frame_reader::poll` and `decode_close`; message_too_large, too_many_fragments,
    ///                 text_not_utf8, extension_data_invalid
    /// @par Source     RFC 6455 5.4-5.6, 6.2, 8.1, 10.4
    /// @par Complexity O(bytes consumed)
    SOCKLESS_INLINE event poll(std::span<std::byte>& in) noexcept { return poll_fast(in, no_message_assembler{}); }

    /// Consumes bytes from the front of @p in and returns the first event; messages are whole.
    ///
    /// @param[in,out] in        as above
    /// @param[in,out] messages  a message that comes in parts is unmasked into its storage, which the next call clears
    /// @return as above, but `message` only for a whole message, which is a view of @p in if it came whole, or else of the
    ///         storage of @p messages
    /// @par Errors as above; message_too_large also if the storage has no room
    template <std::derived_from<message_assembler> Assembler>
    SOCKLESS_INLINE event poll(std::span<std::byte>& in, Assembler& messages) noexcept
    {
        return poll_fast(in, messages);
    }

    /// Drops all further input, for a program that has failed the connection itself.
    void stop() noexcept
    {
        frames_.stop();
        if constexpr (has_decoder)
            decoding_.unfinished = false;
    }

    /// Begins another connection with the same limits.
    void restart(const Decoder& decoder) noexcept
    {
        *this = message_reader{
            {.frame_bytes = frames_.max_payload(), .message_bytes = message_bytes_, .fragments = fragments_}, decoder};
    }

    /// Returns whether a part of a frame or of a message has been read: the storage of the assembler may be in use.
    [[nodiscard]] bool in_message() const noexcept { return frames_.in_message() || decoding_.unfinished; }
    /// Returns the receiving half of the extension.
    [[nodiscard]] const Decoder& decoder() const noexcept { return decoder_; }

    /// Whether `poll` reads small messages without a call.
    static constexpr bool reads_small = !detail::optimize_size;

private:
    using events = detail::event_access;
    struct no_message_assembler {};
    template <class Assembler>
    static constexpr bool assembles = std::is_base_of_v<message_assembler, Assembler>;
    static constexpr bool has_decoder = !std::is_same_v<Decoder, no_extension::codec>;
    static constexpr bool decodes = has_decoder && !detail::passing_codec<Decoder>;
    static_assert(!decodes || message_decoder<Decoder>);

    /// The result of a step. `emitted`: `out` is the event to return; `final`: nothing may follow it.
    enum class step_result : std::uint8_t { none, emitted, final };

    friend struct detail::fast::whole_message<Role, message_reader>;

    /// In fast code, messages that are whole in the input take a shorter path.
    template <class Assembler>
    SOCKLESS_INLINE event poll_fast(std::span<std::byte>& in, Assembler&& messages) noexcept
    {
        if constexpr (!reads_small)
            return poll_slow(in, messages);
        else
            return detail::fast::whole_message<Role, message_reader>::poll(*this, in, messages);
    }

    /// Begins a message without state, except for a decoder that is called for each message.
    SOCKLESS_INLINE void begin_whole_message() noexcept
    {
        if constexpr (has_decoder && !decodes)
            decoder_.begin(false);
    }

    SOCKLESS_NOINLINE event fail_text(std::span<std::byte>& in) noexcept
    {
        discard(in);
        return events::error(error::text_not_utf8);
    }

    template <class Assembler>
    SOCKLESS_NOINLINE event poll_slow(std::span<std::byte>& in, Assembler& messages) noexcept
    {
        expire_payload(messages);
        event out;
        step_result result{};
        while ((result = poll_step(in, messages, out)) == step_result::none && (!in.empty() || decoding_.unfinished)) {
        }
        if (result == step_result::final)
            discard(in);
        return out;
    }

    /// RFC 6455 5.5.1, 7.1.7: drops what follows a close frame or a violation.
    void discard(std::span<std::byte>& in) noexcept
    {
        stop();
        in = in.last(0);
    }

    /// Drops the payload of the last event, unless it is that of a control frame or of a message which has not come whole.
    template <class Assembler>
    SOCKLESS_INLINE void expire_payload(Assembler& messages) noexcept
    {
        if constexpr (assembles<Assembler>)
            if (!delivered_ || frames_.stopped())
                messages.clear();
        decoded_.expire();
        if constexpr (SOCKLESS_ASAN != 0)
            if (!frames_.in_control_payload())
                payload_.expire();
    }
    /// The same, before a small message is read. Without AddressSanitizer there is nothing to do.
    template <class Assembler>
    SOCKLESS_INLINE void renew_payload([[maybe_unused]] Assembler& messages) noexcept
    {
        if constexpr (SOCKLESS_ASAN != 0) {
            expire_payload(messages);
            if (!frames_.in_control_payload())
                payload_.renew();
        }
    }

    template <class Assembler>
    SOCKLESS_INLINE step_result poll_step(std::span<std::byte>& in, Assembler& messages, event& out) noexcept
    {
        if constexpr (decodes)
            if (decoding_.unfinished)
                return decode(in, {}, decoding_.end, messages, out);
        const bool first = !frames_.in_payload();
        if (first) {
            error e = frames_.read_header(in);
            if (frames_.in_payload() && !is_control(frames_.op()))
                e = begin_frame(frames_.remaining());
            if (failed(e))
                return fail(e, out);
            if (!frames_.in_payload())
                return step_result::emitted; // `need_input`, the initial value
        } else if (in.empty()) {
            return step_result::emitted;
        }
        const frame_chunk chunk = frames_.read_payload(in, first, event::max_payload);
        return is_control(frames_.op()) ? control(chunk, out) : data(in, chunk, messages, out);
    }

    SOCKLESS_COLD step_result control(frame_chunk chunk, event& out) noexcept
    {
        std::span<const std::byte> payload = chunk.payload;
        if (chunk.first && chunk.last) {
            frames_.unmask(chunk.payload);
        } else {
            if (chunk.first) {
                payload_.renew();
                control_size_ = 0;
            }
            frames_.unmask_to(chunk.payload, std::span{payload_.bytes()}.subspan(control_size_));
            control_size_ = static_cast<std::uint8_t>(control_size_ + chunk.payload.size());
            if (!chunk.last)
                return step_result::none;
            payload = std::span{payload_.bytes()}.first(control_size_);
        }
        if (frames_.op() != opcode::close) {
            out = events::of(frames_.op() == opcode::ping ? event_kind::ping : event_kind::pong, payload);
            return step_result::emitted;
        }
        close_payload close;
        if (const error e = decode_close(payload, close); failed(e))
            return fail(e, out);
        out = events::close(close.code, close.reason);
        return step_result::final;
    }

    template <class Assembler>
    SOCKLESS_INLINE step_result data(std::span<std::byte>& in, const frame_chunk& chunk, Assembler& messages,
                                     event& out) noexcept
    {
        const bool end = chunk.last && frames_.fin();
        if constexpr (decodes) {
            if (decoding_.marked) {
                const std::size_t plain =
                    decoding_.given_back < chunk.payload.size() ? decoding_.given_back : chunk.payload.size();
                decoding_.given_back -= plain;
                frames_.unmask(chunk.payload.subspan(plain));
                return decode(in, chunk.payload, end, messages, out);
            }
        }
        std::span<std::byte> to = chunk.payload;
        if constexpr (assembles<Assembler>) {
            if (messages.whole_messages() && (delivered_ || !end))
                to = messages.append_uninitialized(!delivered_, to.size());
            if (to.size() != chunk.payload.size())
                return fail(error::message_too_large, out);
        }
        if (type_ != opcode::text || (!decodes && decoding_.marked))
            frames_.unmask_to(chunk.payload, to);
        else if (!frames_.unmask_text(chunk.payload, to, text_, end))
            return fail(error::text_not_utf8, out);
        return emit(to, end, messages, out);
    }

    /// Counts a data frame with its announced length.
    SOCKLESS_INLINE error begin_frame(std::uint64_t length) noexcept
    {
        const auto size = static_cast<detail::length_type>(length);
        if (frames_.op() != opcode::continuation) {
            type_ = frames_.op();
            delivered_ = false;
            bytes_left_ = message_bytes_;
            fragments_left_ = fragments_;
            if constexpr (has_decoder) {
                decoding_ = {};
                decoding_.marked = frames_.reserved_bits() != 0;
                detail::begin_message(decoder_, decoding_.marked);
            }
        }
        if (fragments_left_ == 0)
            return error::too_many_fragments;
        --fragments_left_;
        if (decodes && decoding_.marked)
            return error::none; // RFC 7692 7.2.2: the output counts
        if (size > bytes_left_)
            return error::message_too_large;
        bytes_left_ -= size;
        return error::none;
    }

    template <class Assembler>
    step_result decode(std::span<std::byte>& in, std::span<const std::byte> payload, bool end, Assembler& messages,
                       event& out) noexcept
    {
        decoded_.renew();
        const decoded_payload result = decoder_.decode(payload, end, bytes_left_);
        if (failed(result.failure))
            return fail(result.failure, out);
        if (result.out.size() > bytes_left_)
            return fail(error::message_too_large, out);
        bytes_left_ -= result.out.size();
        const std::size_t rest = payload.size() - result.consumed;
        SOCKLESS_ASSERT(!result.done || rest == 0);
        frames_.unread(in, rest);
        decoding_.given_back += rest;
        decoding_.unfinished = !result.done && rest == 0;
        decoding_.end = end;
        const bool last = end && result.done;
        // RFC 6455 8.1, RFC 7692 6.1: the output has to be UTF-8.
        if (type_ == opcode::text && !detail::accepts(text_, result.out, last))
            return fail(error::text_not_utf8, out);
        std::span<const std::byte> decoded = result.out;
        decoded_.keep(decoded);
        if constexpr (assembles<Assembler>) {
            if (messages.whole_messages() && (delivered_ || !last)) {
                const std::span<std::byte> to = messages.append_uninitialized(!delivered_, decoded.size());
                if (to.size() != decoded.size())
                    return fail(error::message_too_large, out);
                detail::copy_bytes(decoded, to);
                decoded_.keep({});
                decoded = to;
            }
        }
        return emit(decoded, last, messages, out);
    }

    /// Emits the next payload of the open message, which is in its final place.
    SOCKLESS_INLINE step_result emit(std::span<const std::byte> payload, bool end, no_message_assembler,
                                     event& out) noexcept
    {
        if (payload.empty() && !end)
            return step_result::none;
        out = events::message(type_, payload, !delivered_, end);
        delivered_ = true;
        return step_result::emitted;
    }
    template <class Assembler>
    SOCKLESS_INLINE step_result emit(std::span<const std::byte> payload, bool end, const Assembler& messages,
                                     event& out) noexcept
        requires assembles<Assembler>
    {
        if (!messages.whole_messages())
            return emit(payload, end, no_message_assembler{}, out);
        if (end)
            out = events::message(type_, delivered_ ? messages.message() : payload, true, true);
        delivered_ = !end && (delivered_ || !payload.empty());
        return end ? step_result::emitted : step_result::none;
    }

    static step_result fail(error e, event& out) noexcept { return out = events::error(e), step_result::final; }

    detail::frame_parser<Role> frames_;
    detail::length_type message_bytes_;
    detail::length_type bytes_left_ = 0; ///< that may follow in the open message
    std::uint32_t fragments_;
    std::uint32_t fragments_left_ = 0; ///< that may follow in the open message
    utf8_validator text_{};
    std::uint8_t small_limit_;           ///< see `small_limit`
    std::uint8_t control_size_ = 0;      ///< bytes that have come of a control frame in parts
    opcode type_ = opcode::continuation; ///< of the open message
    bool delivered_ = false;             ///< part of the open message has been emitted, or is in the assembler
    [[no_unique_address]] std::conditional_t<has_decoder, detail::decoding, detail::no_decoding> decoding_{};
    /// Of the last event, in the decoder's storage. Before the decoder, which may contain that: see its copy constructor.
    [[no_unique_address]] detail::foreign_payload_view decoded_{};
    [[no_unique_address]] Decoder decoder_;
    /// Of a control frame that came in parts, or of a small message. Last, so that the other members have smaller offsets.
    detail::payload_storage<detail::simd::scratch_size> payload_{};
};

static_assert(sizeof(message_reader<role::server>) <= 184 || SOCKLESS_ASAN != 0);
static_assert(std::is_trivially_copyable_v<message_reader<role::server>> || SOCKLESS_ASAN != 0);

} // namespace sockless::inline SOCKLESS_ABI
