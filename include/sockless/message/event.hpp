// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file says what can happen on a connection: the one type that everything incoming comes out as.
#pragma once

#include "../bytes/copy.hpp"
#include "../config.hpp"
#include "../words/close_code.hpp"
#include "../words/error.hpp"
#include "../words/opcode.hpp"

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
    constexpr event() noexcept = default;

    /// Nothing but that `in` was eaten. Its address is not for use: an event that is no constant is made without memset.
    [[nodiscard]] static constexpr event need_input(std::span<const std::byte> in) noexcept
    {
        return {event_kind::need_input, in.first(0)};
    }
    [[nodiscard]] static constexpr event message(opcode type, std::span<const std::byte> payload, bool first,
                                                 bool last) noexcept
    {
        return {event_kind::message, payload, close_code::no_status, type, first, last};
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
        return {event_kind::close, reason, code};
    }
    [[nodiscard]] static constexpr event error(sockless::error failure) noexcept
    {
        return {event_kind::error, {}, close_code_for(failure), opcode::continuation, false, false, failure};
    }

    [[nodiscard]] constexpr event_kind kind() const noexcept { return kind_; }

    /// The bytes of a message, a ping or a pong; the reason of a close. Empty otherwise.
    [[nodiscard]] constexpr std::span<const std::byte> payload() const noexcept { return payload_; }
    /// The same as characters. Of a text message and of a reason it is UTF-8; a piece may end inside a sequence.
    [[nodiscard]] std::string_view text() const noexcept { return as_text(payload_); }

    /// Of a message: `opcode::text` or `opcode::binary`.
    [[nodiscard]] constexpr opcode type() const noexcept
    {
        SOCKLESS_ASSERT(kind_ == event_kind::message);
        return type_;
    }
    [[nodiscard]] constexpr bool is_text() const noexcept { return type() == opcode::text; }
    /// Of a message: whether this piece begins it.
    [[nodiscard]] constexpr bool first() const noexcept
    {
        SOCKLESS_ASSERT(kind_ == event_kind::message);
        return first_;
    }
    /// Of a message: whether this piece ends it. A message that came whole is first and last.
    [[nodiscard]] constexpr bool last() const noexcept
    {
        SOCKLESS_ASSERT(kind_ == event_kind::message);
        return last_;
    }

    /// Of a close: what the peer said, `no_status` if nothing. Of an error: what the peer was told, `abnormal` if nothing.
    [[nodiscard]] constexpr close_code code() const noexcept
    {
        SOCKLESS_ASSERT(kind_ == event_kind::close || kind_ == event_kind::error);
        return code_;
    }
    /// Of a close: why, in the peer's words; for logs, not for users (RFC 6455 5.5.1).
    [[nodiscard]] std::string_view reason() const noexcept
    {
        SOCKLESS_ASSERT(kind_ == event_kind::close);
        return text();
    }
    /// Of an error: the rule that was broken.
    [[nodiscard]] constexpr sockless::error failure() const noexcept
    {
        SOCKLESS_ASSERT(kind_ == event_kind::error);
        return failure_;
    }

private:
    constexpr event(event_kind kind, std::span<const std::byte> payload, close_code code = close_code::no_status,
                    opcode type = opcode::continuation, bool first = false, bool last = false,
                    sockless::error failure = sockless::error::none) noexcept
        : payload_{payload}, code_{code}, kind_{kind}, type_{type}, first_{first}, last_{last}, failure_{failure}
    {
    }

    std::span<const std::byte> payload_{};
    close_code code_ = close_code::no_status;
    event_kind kind_ = event_kind::need_input;
    opcode type_ = opcode::continuation;
    bool first_ = false;
    bool last_ = false;
    sockless::error failure_ = sockless::error::none;
};

} // namespace sockless::inline SOCKLESS_ABI
