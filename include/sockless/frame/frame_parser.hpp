// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns bytes, cut anywhere, into chunks of frames, and leaves the payload masked: for `frame_reader`, which unmasks it
/// in place, and for `message_reader`, which unmasks it into other storage or while it validates text.
#pragma once

#include "../bytes/copy.hpp"
#include "../bytes/mask.hpp"
#include "../bytes/utf8.hpp"
#include "../bytes/utf8_stream.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "../core/opcode.hpp"
#include "../core/role.hpp"
#include "fast/frame_header.hpp"
#include "frame_header.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace sockless::inline SOCKLESS_ABI {

/// What a `frame_chunk` is.
enum class frame_chunk_kind : std::uint8_t {
    need_input, ///< the input is empty
    payload,    ///< the next bytes of a frame's payload; none if only its header has come, or if it has no payload
    error,      ///< the connection has failed
};

/// A part of one frame, or the reason why there is none.
struct frame_chunk {
    std::span<std::byte> payload{};                       ///< a part of the caller's input
    frame_chunk_kind kind = frame_chunk_kind::need_input; ///< of this chunk
    bool first = false;                                   ///< the first chunk of a frame
    bool last = false;                                    ///< the last chunk of a frame
    error failure = error::none;                          ///< why the connection has failed
};

namespace detail {

/// Parses frames. `Role` is the end that reads: a server accepts masked frames only, a client the others only.
template <role Role>
class frame_parser {
public:
    /// @param max_payload    longer frames fail with `frame_too_large` before any of their payload is read
    /// @param reserved_bits  those that an extension may set on the first frame of a message
    constexpr frame_parser(std::uint64_t max_payload, std::uint8_t reserved_bits) noexcept
        : max_payload_{saturate(max_payload)}, flags_{reserved_bits}
    {
        SOCKLESS_ASSERT((reserved_bits & ~wire::rsv) == 0);
    }

    /// Consumes bytes from the front of @p in and returns the next chunk of a frame, masked as it came.
    ///
    /// @param max_size  upper bound on the chunk's payload
    /// @return as `frame_reader::poll`; one `unmask*` of the payload has to follow before the next call
    frame_chunk read_chunk(std::span<std::byte>& in, std::size_t max_size) noexcept
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
        return read_payload(in, first, max_size);
    }

    /// Returns whether a header has been read and its payload has not.
    [[nodiscard]] bool in_payload() const noexcept { return state_ == state::want_payload; }

    /// Returns whether the next byte begins a message, or a control frame before it.
    [[nodiscard]] bool between_messages() const noexcept
    {
        return state_ == state::want_first_byte && (flags_ & message_open) == 0;
    }

    /// Returns whether a part of a frame or of a message has been read.
    [[nodiscard]] bool in_message() const noexcept
    {
        return (flags_ & message_open) != 0 || (state_ != state::want_first_byte && state_ != state::failed);
    }

    /// Reads a header. Afterwards `in_payload()` is true or @p in empty; after `stop`, @p in is dropped.
    error read_header(std::span<std::byte>& in) noexcept
    {
        if constexpr (!optimize_size) {
            if (state_ == state::want_first_byte && in.size() >= frame_header::max_size) {
                const bool open = (flags_ & message_open) != 0;
                if (const std::size_t size = fast::read_header<Role>(in, open, first_byte_, remaining_, key_);
                    size != 0) {
                    in = in.subspan(size);
                    return accept_length(state::want_payload);
                }
            }
        }
        while (!in.empty() && state_ != state::want_payload) {
            const auto byte = std::to_integer<std::uint8_t>(in.front());
            in = in.subspan(1);
            if (const error e = read_header_byte(byte); sockless::failed(e))
                return e;
        }
        return error::none;
    }

    /// Reads payload after a header.
    ///
    /// @param first     whether this is the first chunk after the header
    /// @param max_size  upper bound on the chunk's payload
    frame_chunk read_payload(std::span<std::byte>& in, bool first, std::size_t max_size) noexcept
    {
        std::size_t size = in.size() < max_size ? in.size() : max_size;
        const auto left = static_cast<length_type>(remaining_);
        if (size >= left) {
            size = static_cast<std::size_t>(left);
            state_ = state::want_first_byte;
        }
        remaining_ = left - size;
        const std::span<std::byte> payload{in.data(), size};
        in = in.subspan(size);
        return {payload, frame_chunk_kind::payload, first, state_ == state::want_first_byte, error::none};
    }

    /// Unmasks the payload of the last chunk in place. A client's frames are not masked.
    void unmask(std::span<std::byte> payload) noexcept { unmask_to(payload, payload); }

    /// Unmasks the payload of the last chunk into @p to, which is at least as long.
    void unmask_to(std::span<const std::byte> payload, std::span<std::byte> to) noexcept
    {
        if constexpr (Role == role::server)
            mask_stream(payload, to, key_);
        else if (payload.data() != to.data())
            copy_bytes(payload, to);
    }

    /// Unmasks the payload of the last chunk into @p to, and validates it as the next part of @p text.
    ///
    /// @param to   as long as @p payload
    /// @param end  whether the text ends with it
    /// @return whether the text is valid so far, and complete if it ends
    SOCKLESS_INLINE bool unmask_text(std::span<const std::byte> payload, std::span<std::byte> to, utf8_validator& text,
                                     bool end) noexcept
    {
        if constexpr (Role == role::client || optimize_size) {
            unmask_to(payload, to);
            return accepts(text, to, end);
        } else { // in one pass
            const std::size_t valid = detail::unmask_text(payload, to, key_, text);
            key_ = rotate(key_, payload.size());
            return valid == payload.size() && (!end || text.complete());
        }
    }

    /// Moves the last @p count bytes of the last chunk back into @p in, unmasked as they are. The next chunks begin with them,
    /// and they must not be unmasked again.
    ///
    /// @param in  the same cursor, not moved since
    void unread(std::span<std::byte>& in, std::size_t count) noexcept
    {
        if (count == 0)
            return;
        in = {in.data() - count, in.size() + count};
        remaining_ += count;
        state_ = state::want_payload;
    }

    /// Returns the opcode of the current frame, or of the last one.
    [[nodiscard]] opcode op() const noexcept { return static_cast<opcode>(first_byte_ & wire::opcode); }
    /// Returns whether that frame ends its message.
    [[nodiscard]] bool fin() const noexcept { return (first_byte_ & wire::fin) != 0; }
    /// Returns the reserved bits of that frame.
    [[nodiscard]] std::uint8_t reserved_bits() const noexcept { return first_byte_ & wire::rsv; }
    /// Returns how many bytes of its payload have not been read yet.
    [[nodiscard]] std::uint64_t remaining() const noexcept { return state_ == state::want_payload ? remaining_ : 0; }

    /// Returns whether the payload of a control frame has not been read to its end.
    [[nodiscard]] bool in_control_payload() const noexcept { return remaining() != 0 && is_control(op()); }

    /// Returns the greatest payload of a frame.
    [[nodiscard]] std::uint64_t max_payload() const noexcept { return max_payload_; }

    /// Drops all further input.
    void stop() noexcept { state_ = state::failed; }
    /// Returns whether `stop` was called, or a header was invalid.
    [[nodiscard]] bool stopped() const noexcept { return state_ == state::failed; }

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

    [[nodiscard]] frame_context context() const noexcept
    {
        return {Role, (flags_ & message_open) != 0, static_cast<std::uint8_t>(flags_ & wire::rsv)};
    }

    frame_chunk fail(std::span<std::byte>& in, error e) noexcept
    {
        stop();
        in = in.last(0);
        return {{}, frame_chunk_kind::error, false, false, e};
    }

    error read_header_byte(std::uint8_t byte) noexcept
    {
        switch (state_) {
        case state::want_first_byte:
            first_byte_ = byte;
            state_ = state::want_second_byte;
            return check_first_byte(byte, context());
        case state::want_second_byte:
            if (const error e = check_second_byte(first_byte_, byte, Role); sockless::failed(e))
                return e;
            header_left_ = static_cast<std::uint8_t>(extended_length_size(byte));
            remaining_ = header_left_ == 0 ? byte & wire::length : 0;
            state_ = header_left_ == 2 ? state::want_length_16 : state::want_length_64;
            if (header_left_ != 0)
                return error::none;
            break;
        case state::want_length_16:
        case state::want_length_64:
            remaining_ = (remaining_ << 8U) | byte;
            if (--header_left_ != 0)
                return error::none;
            if (const error e = check_extended_length(
                    state_ == state::want_length_16 ? wire::length_16 : wire::length_64, remaining_);
                sockless::failed(e))
                return e;
            break;
        case state::want_key:
            key_ = rotate(key_, 1);
            key_.bytes[3] = static_cast<std::byte>(byte);
            if (--header_left_ == 0)
                state_ = state::want_payload;
            return error::none;
        case state::want_payload:
        case state::failed: return error::none;
        }
        header_left_ = 4;
        return accept_length(Role == role::server ? state::want_key : state::want_payload);
    }

    /// RFC 6455 10.4: an announced length is refused before anything is done for it.
    error accept_length(state next) noexcept
    {
        if (remaining_ > max_payload_)
            return error::frame_too_large;
        if (!is_control(op()))
            flags_ = static_cast<std::uint8_t>((flags_ & wire::rsv) | (fin() ? 0 : message_open));
        state_ = next;
        return error::none;
    }

    length_type max_payload_;
    std::uint64_t remaining_ = 0; ///< bytes of payload to come; in a header, the length so far
    mask_key key_{};              ///< rotated for the next byte of payload
    std::uint8_t first_byte_ = 0;
    std::uint8_t header_left_ = 0; ///< bytes to come of the length or of the key
    std::uint8_t flags_;           ///< the reserved bits that are allowed, and `message_open`
    state state_ = state::want_first_byte;
};

static_assert(sizeof(frame_parser<role::server>) <= 24);

} // namespace detail

} // namespace sockless::inline SOCKLESS_ABI
