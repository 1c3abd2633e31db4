// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns bytes, cut anywhere, into pieces of frames: unmasked in place, every rule of a single frame checked.
#pragma once

#include "../bytes/copy.hpp"
#include "../bytes/mask.hpp"
#include "../bytes/utf8.hpp"
#include "../bytes/utf8_stream.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "../core/opcode.hpp"
#include "../core/role.hpp"
#include "frame_header.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

/// A part of one frame, or the reason why there is none.
struct frame_chunk {
    enum class kind : std::uint8_t {
        need_input, ///< `in` is empty
        payload,    ///< `payload` may be empty: the header came without any, or the frame has none
        error,      ///< the connection has failed
    };

    std::span<std::byte> payload{}; ///< inside the caller's input
    kind what = kind::need_input;
    bool first = false; ///< the header ends before this piece
    bool last = false;  ///< the frame ends with this piece
    error failure = error::none;
};

/// Reads frames. `Role` is the end that reads: a server wants masked frames, a client wants the others.
template <role Role>
class frame_reader {
public:
    /// `max_payload`    longer frames fail with `frame_too_large`, before any of their payload is looked at
    /// `reserved_bits`  those that an extension may set on the first frame of a message
    explicit constexpr frame_reader(std::uint64_t max_payload, std::uint8_t reserved_bits = 0) noexcept
        : max_payload_{detail::bounded(max_payload)}, context_{reserved_bits}
    {
        SOCKLESS_ASSERT((reserved_bits & ~wire::rsv) == 0);
    }

    /// Eats from the front of `in` and returns the next piece of a frame.
    ///
    /// `in`      cursor over the caller's bytes, any split; the payload returned lies in them, unmasked in place
    /// returns   `payload` for each piece: one for a frame that lies whole in `in`, and one with no bytes as soon as a
    ///           header is complete; `need_input` when `in` is empty; `error` once, after which input is dropped
    /// errors    those of frame_header.hpp, and frame_too_large
    /// source    RFC 6455 5.2-5.5
    /// cost      O(bytes eaten)
    constexpr frame_chunk poll(std::span<std::byte>& in) noexcept
    {
        const frame_chunk piece = next(in, in.size());
        unmask(piece.payload);
        return piece;
    }

    /// `poll` without unmasking, for a caller that unmasks while it does something else to the payload.
    ///
    /// `most`    the piece has no more payload than this
    /// returns   as `poll`; the caller owes one `unmask` or `unmask_to` for the payload before the next call
    constexpr frame_chunk next(std::span<std::byte>& in, std::size_t most) noexcept
    {
        const bool first = !in_payload();
        if (first) {
            if (state_ == state::failed) {
                in = in.last(0);
                return {};
            }
            if (const error e = read_header(in); sockless::failed(e))
                return fail(in, e);
            if (!in_payload())
                return {};
        } else if (in.empty()) {
            return {};
        }
        return read_payload(in, first, most);
    }

    /// The parts of `next`, for a caller that keeps no pieces: whether a header has been read and its payload not yet;
    constexpr bool in_payload() const noexcept { return state_ == state::want_payload; }
    /// a header, after which `in_payload` is true or `in` empty; after `stop`, `in` is dropped;
    constexpr error read_header(std::span<std::byte>& in) noexcept
    {
        if constexpr (!detail::optimize_size) {
            if (state_ == state::want_first_byte && in.size() >= max_header_size && read_header_fast(in))
                return accept_length(state::want_payload);
        }
        while (!in.empty() && state_ != state::want_payload) {
            const auto byte = std::to_integer<std::uint8_t>(in.front());
            in = in.subspan(1);
            if (const error e = read_header_byte(byte); sockless::failed(e))
                return e;
        }
        return error::none;
    }
    /// and what there is of the payload.
    constexpr frame_chunk read_payload(std::span<std::byte>& in, bool first,
                                       std::size_t most = static_cast<std::size_t>(-1)) noexcept
    {
        std::size_t size = in.size() < most ? in.size() : most;
        const auto left = static_cast<detail::length_type>(remaining_);
        if (size >= left) {
            size = static_cast<std::size_t>(left);
            state_ = state::want_first_byte;
        }
        remaining_ = left - size;
        const std::span<std::byte> payload{in.data(), size};
        in = in.subspan(size);
        return {payload, frame_chunk::kind::payload, first, state_ == state::want_first_byte, error::none};
    }

    /// A whole message that lies in `in`, in one frame of at most `most` (up to 125) bytes, by a way that branches on nothing
    /// else: unmasked into `scratch`, which has `detail::simd::scratch_size` bytes and gets as many. It wants that many bytes of
    /// input behind the header, for it reads them all.
    ///
    /// returns   whether there was one; nothing is changed otherwise
    SOCKLESS_INLINE constexpr bool try_read_small(std::span<std::byte>& in, std::size_t end, std::byte* scratch,
                                                  opcode& op, std::size_t& size) noexcept
        requires(Role == role::server)
    {
        constexpr std::size_t header = 6;
        if (std::is_constant_evaluated() || in.size() < header + detail::simd::scratch_size ||
            state_ != state::want_first_byte || (context_ & message_open) != 0)
            return false;
        const auto first = std::to_integer<unsigned>(in[0]);
        const auto second = std::to_integer<unsigned>(in[1]);
        constexpr unsigned least = wire::fin | static_cast<unsigned>(opcode::text);
        if (first - least > 1 || second - wire::mask >= end)
            return false;
        size = second - wire::mask;
        op = static_cast<opcode>(first & wire::opcode);
        std::uint32_t key = 0;
        std::memcpy(&key, in.data() + 2, sizeof key);
        detail::simd::mask_fixed_128(in.data() + header, scratch, key);
        in = in.subspan(header + size);
        return true;
    }

    /// The same for a client, for which nothing has to be unmasked: the payload lies in `in`.
    SOCKLESS_INLINE constexpr bool try_read_small(std::span<std::byte>& in, std::size_t end, const std::byte*,
                                                  opcode& op, std::size_t& size) noexcept
        requires(Role == role::client)
    {
        constexpr std::size_t header = 2;
        if (in.size() < header || state_ != state::want_first_byte || (context_ & message_open) != 0)
            return false;
        const auto first = std::to_integer<unsigned>(in[0]);
        const auto second = std::to_integer<std::size_t>(in[1]);
        constexpr unsigned least = wire::fin | static_cast<unsigned>(opcode::text);
        if (first - least > 1 || second >= end || second > in.size() - header)
            return false;
        op = static_cast<opcode>(first & wire::opcode);
        size = second;
        in = in.subspan(header + size);
        return true;
    }

    /// Unmasks what `next` returned, in place. A client's reader has nothing to do.
    constexpr void unmask(std::span<std::byte> payload) noexcept { unmask_to(payload, payload); }

    /// The same into `to`, which is at least as long.
    constexpr void unmask_to(std::span<const std::byte> payload, std::span<std::byte> to) noexcept
    {
        if constexpr (Role == role::server)
            detail::mask_stream(payload, to, key_);
        else if (payload.data() != to.data())
            detail::copy_bytes(payload, to);
    }

    /// The same for text, which is validated on the way; see `unmask_text`.
    ///
    /// returns   whether all of it may be UTF-8
    SOCKLESS_INLINE constexpr bool unmask_text(std::span<const std::byte> payload, std::span<std::byte> to,
                                               utf8_validator& text) noexcept
    {
        if (Role == role::server && !detail::optimize_size && !std::is_constant_evaluated()) {
            const bool good = detail::unmask_text(payload, to, key_, text) == payload.size();
            key_ = detail::rotate(key_, payload.size());
            return good;
        }
        unmask_to(payload, to);
        return detail::validate_text(to.first(payload.size()), text) == payload.size();
    }

    /// Takes the last `count` bytes of the payload that `next` returned back into `in`, unmasked as they are.
    ///
    /// `in`      the same cursor, unmoved since; the next pieces begin with these bytes, which must not be unmasked again
    constexpr void unread(std::span<std::byte>& in, std::size_t count) noexcept
    {
        if (count == 0)
            return;
        in = {in.data() - count, in.size() + count};
        remaining_ += count;
        state_ = state::want_payload;
    }

    /// Of the frame whose piece came last.
    [[nodiscard]] constexpr opcode op() const noexcept { return static_cast<opcode>(first_byte_ & wire::opcode); }
    [[nodiscard]] constexpr bool fin() const noexcept { return (first_byte_ & wire::fin) != 0; }
    [[nodiscard]] constexpr std::uint8_t reserved_bits() const noexcept { return first_byte_ & wire::rsv; }
    /// Bytes of its payload that have not come yet.
    [[nodiscard]] constexpr std::uint64_t remaining() const noexcept
    {
        return state_ == state::want_payload ? remaining_ : 0;
    }

    /// Drops all further input, for a layer above that has seen a violation or a close frame.
    constexpr void stop() noexcept { state_ = state::failed; }

private:
    enum class state : std::uint8_t {
        want_first_byte,
        want_second_byte,
        want_length_16,
        want_length_64,
        want_key,
        want_payload,
        failed,
    };

    static constexpr std::uint8_t message_open = 0x01;

    [[nodiscard]] constexpr frame_context context() const noexcept
    {
        return {Role, (context_ & message_open) != 0, static_cast<std::uint8_t>(context_ & wire::rsv)};
    }

    constexpr frame_chunk fail(std::span<std::byte>& in, error e) noexcept
    {
        stop();
        in = in.last(0);
        return {{}, frame_chunk::kind::error, false, false, e};
    }

    /// A header that lies whole in `in` and breaks no rule. Anything else is left to `read_header_byte`, which knows the rules
    /// one by one; `in` is not moved then.
    SOCKLESS_INLINE constexpr bool read_header_fast(std::span<std::byte>& in) noexcept
    {
        const auto first = std::to_integer<std::uint8_t>(in[0]);
        const auto second = std::to_integer<std::uint8_t>(in[1]);
        const unsigned masked = Role == role::server ? wire::mask : 0;
        const unsigned may_stand = (context_ & message_open) != 0 ? 2 : 1;
        if ((detail::valid_first_bytes[first] & may_stand) == 0 || (second & wire::mask) != masked)
            return false;
        std::uint64_t length = second & wire::length;
        std::size_t size = 2;
        if (length >= wire::length_16) {
            size = length == wire::length_16 ? 4 : 10;
            length = size == 4 ? detail::load_big_endian<std::uint16_t>(in.subspan(2))
                               : detail::load_big_endian<std::uint64_t>(in.subspan(2));
            if (is_control(static_cast<opcode>(first & wire::opcode)) || failed(check_extended_length(second, length)))
                return false;
        }
        if constexpr (Role == role::server) {
            detail::copy_bytes(in.subspan(size, 4), key_.bytes);
            size += 4;
        }
        first_byte_ = first;
        remaining_ = length;
        in = in.subspan(size);
        return true;
    }

    constexpr error read_header_byte(std::uint8_t byte) noexcept
    {
        switch (state_) {
        case state::want_first_byte:
            first_byte_ = byte;
            state_ = state::want_second_byte;
            return check_first_byte(byte, context());
        case state::want_second_byte:
            if (const error e = check_second_byte(first_byte_, byte, Role); sockless::failed(e))
                return e;
            missing_ = static_cast<std::uint8_t>(extended_length_size(byte));
            remaining_ = missing_ == 0 ? byte & wire::length : 0;
            state_ = missing_ == 2 ? state::want_length_16 : state::want_length_64;
            if (missing_ != 0)
                return error::none;
            break;
        case state::want_length_16:
        case state::want_length_64:
            remaining_ = (remaining_ << 8U) | byte;
            if (--missing_ != 0)
                return error::none;
            if (const error e = check_extended_length(
                    state_ == state::want_length_16 ? wire::length_16 : wire::length_64, remaining_);
                sockless::failed(e))
                return e;
            break;
        case state::want_key:
            key_ = detail::rotate(key_, 1);
            key_.bytes[3] = static_cast<std::byte>(byte);
            if (--missing_ == 0)
                state_ = state::want_payload;
            return error::none;
        case state::want_payload:
        case state::failed: return error::none;
        }
        missing_ = 4;
        return accept_length(Role == role::server ? state::want_key : state::want_payload);
    }

    /// RFC 6455 10.4: an announced length is refused before anything is done for it.
    constexpr error accept_length(state next) noexcept
    {
        if (remaining_ > max_payload_)
            return error::frame_too_large;
        if (!is_control(op()))
            context_ = static_cast<std::uint8_t>((context_ & wire::rsv) | (fin() ? 0 : message_open));
        state_ = next;
        return error::none;
    }

    detail::length_type max_payload_;
    std::uint64_t remaining_ = 0; ///< bytes of payload to come; while it is read: the length so far
    mask_key key_{};              ///< as it stands for the next byte of payload
    std::uint8_t first_byte_ = 0;
    std::uint8_t missing_ = 0; ///< bytes of the length or of the key that are still to come
    std::uint8_t context_;     ///< the reserved bits that are allowed, and `message_open`
    state state_ = state::want_first_byte;
};

static_assert(sizeof(frame_reader<role::server>) <= 24);

} // namespace sockless::inline SOCKLESS_ABI
