// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file says what can happen on a connection: the one type that everything incoming comes out as.
#pragma once

#include "../bytes/copy.hpp"
#include "../config.hpp"
#include "../core/close_code.hpp"
#include "../core/error.hpp"
#include "../core/opcode.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

enum class event_kind : std::uint8_t {
    need_input, ///< the input is eaten up: read more
    message,    ///< a message, or a piece of one
    ping,       ///< a connection has answered it already
    pong,
    close, ///< the peer's close frame; a connection has answered it already
    error, ///< the connection has failed: see `failure()`
};

/// One thing that happened. Trivially copyable; what `payload()` shows belongs to somebody else.
///
/// The bytes of `payload()` lie in the caller's input, or in the object that returned the event. They are valid until
/// that object's next call, and for as long as the caller leaves the input alone.
class event {
public:
    /// Bytes of payload that one event can tell of: a terabyte. Pieces are shorter than that, and whole messages too.
    static constexpr auto max_payload = static_cast<std::size_t>((std::uint64_t{1} << 40U) - 1);

    constexpr event() noexcept = default;

    /// `type`    text or binary
    /// `payload` at most `max_payload` bytes
    [[nodiscard]] static constexpr event message(opcode type, std::span<const std::byte> payload, bool first,
                                                 bool last) noexcept
    {
        SOCKLESS_ASSERT(payload.size() <= max_payload && !is_control(type));
        return {event_kind::message, payload, 0, type, first, last};
    }
    [[nodiscard]] static constexpr event ping(std::span<const std::byte> payload) noexcept
    {
        return {event_kind::ping, payload};
    }
    [[nodiscard]] static constexpr event pong(std::span<const std::byte> payload) noexcept
    {
        return {event_kind::pong, payload};
    }
    [[nodiscard]] static constexpr event close(close_code code, std::span<const std::byte> reason) noexcept
    {
        return {event_kind::close, reason, static_cast<unsigned>(code)};
    }
    [[nodiscard]] static constexpr event error(sockless::error failure) noexcept
    {
        return {event_kind::error, {}, static_cast<unsigned>(failure)};
    }

    [[nodiscard]] constexpr event_kind kind() const noexcept { return static_cast<event_kind>(bits(kind_at, 7)); }

    /// The bytes of a message, a ping or a pong; the reason of a close. Empty otherwise.
    [[nodiscard]] constexpr std::span<const std::byte> payload() const noexcept
    {
        return {data_, static_cast<std::size_t>(rest_ & max_payload)};
    }
    /// The same as characters. Of a text message and of a reason it is UTF-8; a piece may end inside a sequence.
    [[nodiscard]] std::string_view text() const noexcept { return as_text(payload()); }

    /// Of a message: `opcode::text` or `opcode::binary`.
    [[nodiscard]] constexpr opcode type() const noexcept
    {
        SOCKLESS_ASSERT(kind() == event_kind::message);
        return static_cast<opcode>(bits(type_at, 3));
    }
    [[nodiscard]] constexpr bool is_text() const noexcept { return type() == opcode::text; }
    /// Of a message: whether this piece begins it.
    [[nodiscard]] constexpr bool first() const noexcept
    {
        SOCKLESS_ASSERT(kind() == event_kind::message);
        return bits(first_at, 1) != 0;
    }
    /// Of a message: whether this piece ends it. A message that came whole is first and last.
    [[nodiscard]] constexpr bool last() const noexcept
    {
        SOCKLESS_ASSERT(kind() == event_kind::message);
        return bits(last_at, 1) != 0;
    }

    /// Of a close: what the peer said, `no_status` if nothing. Of an error: what the peer was told, `abnormal` if nothing.
    [[nodiscard]] constexpr close_code code() const noexcept
    {
        SOCKLESS_ASSERT(kind() == event_kind::close || kind() == event_kind::error);
        return kind() == event_kind::close ? static_cast<close_code>(bits(why_at, 0xFFFF)) : close_code_for(failure());
    }
    /// Of a close: why, in the peer's words; for logs, not for users (RFC 6455 5.5.1).
    [[nodiscard]] std::string_view reason() const noexcept
    {
        SOCKLESS_ASSERT(kind() == event_kind::close);
        return text();
    }
    /// Of an error: the rule that was broken.
    [[nodiscard]] constexpr sockless::error failure() const noexcept
    {
        SOCKLESS_ASSERT(kind() == event_kind::error);
        return static_cast<sockless::error>(bits(why_at, 0xFFFF));
    }

private:
    /// What stands above the payload's size, from which bit on.
    static constexpr unsigned kind_at = 40;
    static constexpr unsigned type_at = 43;
    static constexpr unsigned first_at = 45;
    static constexpr unsigned last_at = 46;
    static constexpr unsigned why_at = 48; ///< the code of a close, the failure of an error

    constexpr event(event_kind kind, std::span<const std::byte> payload, unsigned why = 0,
                    opcode type = opcode::continuation, bool first = false, bool last = false) noexcept
        : data_{payload.data()},
          rest_{payload.size() | shifted(static_cast<unsigned>(kind), kind_at) |
                shifted(static_cast<unsigned>(type), type_at) | shifted(first, first_at) | shifted(last, last_at) |
                shifted(why, why_at)}
    {
    }

    [[nodiscard]] static constexpr std::uint64_t shifted(unsigned value, unsigned at) noexcept
    {
        return std::uint64_t{value} << at;
    }
    [[nodiscard]] constexpr unsigned bits(unsigned at, unsigned mask) const noexcept
    {
        return static_cast<unsigned>(rest_ >> at) & mask;
    }

    // Two words, so that an event is returned in registers. Fields of their own would be written one by one and read at once.
    const std::byte* data_ = nullptr;
    std::uint64_t rest_ = 0;
};

static_assert(sizeof(event) <= 16);

} // namespace sockless::inline SOCKLESS_ABI
