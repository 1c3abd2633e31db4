// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The one type of everything that arrives: messages, control frames, failures, and the milestones of a `websocket`'s life.
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

/// The kinds of event of a `connection` and of a `websocket`.
///
/// The order matters: a `connection` has work to do for every kind after `message` that it returns and for no other, and tests
/// that with one comparison. `need_input` is zero, the value of a default event.
enum class event_kind : std::uint8_t {
    need_input,    ///< all input has been consumed: read more
    request,       ///< `websocket`, server: an upgrade request waits for `accept` or `reject`
    plain_request, ///< `websocket`, server: a request for no WebSocket waits for `reject`, possibly with a page
    open,          ///< `websocket`: messages may be sent
    message,       ///< a message, or a fragment of one
    ping,          ///< the pong has been queued already, except by a `message_reader`
    pong,
    close, ///< `connection`: the peer's close frame, answered already; `websocket`: the last event of all,
           ///< also if it never opened
    error, ///< the connection has failed, or never opened: see `event::failure`
    body,  ///< `websocket`, client: a piece of the body of the response that refused the connection
};

static_assert(event_kind{} == event_kind::need_input);
static_assert(event_kind::request < event_kind::message && event_kind::plain_request < event_kind::message &&
              event_kind::open < event_kind::message);
static_assert(event_kind::ping > event_kind::message && event_kind::pong > event_kind::message &&
              event_kind::close > event_kind::message && event_kind::error > event_kind::message);

namespace detail {
struct event_access;
} // namespace detail

/// One event. Trivially copyable; it does not own the bytes that `payload()` refers to.
///
/// `payload()` is valid until the next `poll` of the object that returned the event, and as long as the caller does not change the
/// input and the storage that it gave to that object.
class event {
public:
    /// Maximum size of the payload of one event: one terabyte. Fragments and whole messages are limited to it.
    static constexpr auto max_payload = static_cast<std::size_t>((std::uint64_t{1} << 40U) - 1);

    /// Constructs an event of kind `need_input`.
    constexpr event() noexcept = default;

    /// Returns what happened.
    [[nodiscard]] constexpr event_kind kind() const noexcept { return static_cast<event_kind>(bits(kind_shift, 15)); }

    /// Returns the payload of a message, ping or pong, a piece of a body, or the reason of a close.
    ///
    /// @return a view, empty for all other kinds; its lifetime is described at `event`
    [[nodiscard]] constexpr std::span<const std::byte> payload() const noexcept
    {
        return {data_, static_cast<std::size_t>(packed_ & max_payload)};
    }
    /// Returns `payload()` as characters.
    ///
    /// @return UTF-8 for a text message and a reason; a fragment may end inside a sequence
    [[nodiscard]] std::string_view text() const noexcept { return as_text(payload()); }

    /// Returns the type of a message.
    ///
    /// @pre    `kind() == event_kind::message`
    /// @return `opcode::text` or `opcode::binary`, for every fragment of the message
    [[nodiscard]] constexpr opcode type() const noexcept
    {
        SOCKLESS_ASSERT(kind() == event_kind::message);
        return static_cast<opcode>(bits(type_shift, 3));
    }
    /// Returns whether a message is text.
    ///
    /// @pre    `kind() == event_kind::message`
    [[nodiscard]] constexpr bool is_text() const noexcept { return type() == opcode::text; }
    /// Returns whether this is the first fragment of a message. A whole message is first and last.
    ///
    /// @pre    `kind() == event_kind::message`
    [[nodiscard]] constexpr bool first() const noexcept
    {
        SOCKLESS_ASSERT(kind() == event_kind::message);
        return bits(first_shift, 1) != 0;
    }
    /// Returns whether this is the last fragment of a message. A whole message is first and last.
    ///
    /// @pre    `kind() == event_kind::message`
    [[nodiscard]] constexpr bool last() const noexcept
    {
        SOCKLESS_ASSERT(kind() == event_kind::message);
        return bits(last_shift, 1) != 0;
    }

    /// Returns the close code.
    ///
    /// @pre    the kind is `close` or `error`
    /// @return of a close: the peer's code, `no_status` (1005) if its frame had none, `abnormal` (1006) if no close frame
    ///         arrived; of an error: its code, which is sent unless a close frame was sent before; `abnormal` if none
    /// @par Source RFC 6455 7.1.5
    [[nodiscard]] constexpr close_code code() const noexcept
    {
        SOCKLESS_ASSERT(kind() == event_kind::close || kind() == event_kind::error);
        return kind() == event_kind::close ? static_cast<close_code>(bits(code_shift, 0xFFFF))
                                           : close_code_for(failure());
    }
    /// Returns the peer's reason of a close: for logs, not for users (RFC 6455 5.5.1).
    ///
    /// @pre    `kind() == event_kind::close`
    /// @return UTF-8, as long-lived as `payload()`; empty if there is none
    [[nodiscard]] std::string_view reason() const noexcept
    {
        SOCKLESS_ASSERT(kind() == event_kind::close);
        return text();
    }
    /// Returns whether a `websocket` was closed cleanly: both close frames were transferred before the transport ended.
    ///
    /// @pre    `kind() == event_kind::close`
    /// @return false for the event of a `connection`, whose transport has not ended yet
    /// @par Source RFC 6455 7.1.4
    [[nodiscard]] constexpr bool was_clean() const noexcept
    {
        SOCKLESS_ASSERT(kind() == event_kind::close);
        return bits(clean_shift, 1) != 0;
    }
    /// Returns the rule that was violated.
    ///
    /// @pre    `kind() == event_kind::error`
    [[nodiscard]] constexpr error failure() const noexcept
    {
        SOCKLESS_ASSERT(kind() == event_kind::error);
        return static_cast<error>(bits(code_shift, 0xFFFF));
    }

private:
    friend struct detail::event_access;

    /// Positions of the fields above the 40 bits of the payload's size.
    static constexpr unsigned kind_shift = 40;
    static constexpr unsigned type_shift = 44;
    static constexpr unsigned first_shift = 46;
    static constexpr unsigned last_shift = 47;
    static constexpr unsigned clean_shift = last_shift; ///< of a close, which is no message
    static constexpr unsigned code_shift = 48;          ///< the code of a close, the failure of an error

    constexpr event(event_kind kind, std::span<const std::byte> payload, unsigned code = 0,
                    opcode type = opcode::continuation, bool first = false, bool last = false) noexcept
        : data_{payload.data()},
          packed_{payload.size() | shifted(static_cast<unsigned>(kind), kind_shift) |
                  shifted(static_cast<unsigned>(type), type_shift) | shifted(first, first_shift) |
                  shifted(last, last_shift) | shifted(code, code_shift)}
    {
    }

    [[nodiscard]] static constexpr std::uint64_t shifted(unsigned value, unsigned shift) noexcept
    {
        return std::uint64_t{value} << shift;
    }
    [[nodiscard]] constexpr unsigned bits(unsigned shift, unsigned mask) const noexcept
    {
        return static_cast<unsigned>(packed_ >> shift) & mask;
    }

    // Two words, so that an event is returned in registers. Separate members would be written one by one and read at once.
    const std::byte* data_ = nullptr;
    std::uint64_t packed_ = 0;
};

static_assert(sizeof(event) <= 16);

namespace detail {

/// Makes events, for the readers of the library and for tests.
struct event_access {
    /// @param payload  up to `event::max_payload` bytes
    [[nodiscard]] static constexpr event message(opcode type, std::span<const std::byte> payload, bool first,
                                                 bool last) noexcept
    {
        SOCKLESS_ASSERT(payload.size() <= event::max_payload && !is_control(type));
        return {event_kind::message, payload, 0, type, first, last};
    }
    [[nodiscard]] static constexpr event close(close_code code, std::span<const std::byte> reason,
                                               bool was_clean = false) noexcept
    {
        static_assert(event::clean_shift == event::last_shift);
        return {event_kind::close, reason, static_cast<unsigned>(code), opcode::continuation, false, was_clean};
    }
    [[nodiscard]] static constexpr event error(sockless::error failure) noexcept
    {
        return {event_kind::error, {}, static_cast<unsigned>(failure)};
    }
    /// @param kind     `ping`, `pong` or `body`; `request`, `plain_request` or `open`, which have no payload
    [[nodiscard]] static constexpr event of(event_kind kind, std::span<const std::byte> payload = {}) noexcept
    {
        return {kind, payload};
    }
};

} // namespace detail

} // namespace sockless::inline SOCKLESS_ABI
