// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file says what happens in the life of a `websocket`: the events of the browser's interface, and those a browser hides.
#pragma once

#include "../bytes/copy.hpp"
#include "../config.hpp"
#include "../core/close_code.hpp"
#include "../core/error.hpp"
#include "../message/event.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

/// The states of the browser's interface, with its numbers. They only go up.
enum class ready_state : std::uint8_t {
    connecting = 0,
    open = 1,
    closing = 2, ///< a close frame went or came, `close` was called before the connection was open, or it failed
    closed = 3,  ///< the transport has ended, and the close event is out
};

enum class websocket_event_kind : std::uint8_t {
    need_input,    ///< read more
    request,       ///< server: an upgrade request waits for `accept` or `reject`
    plain_request, ///< server: a GET that asks for no WebSocket waits for `reject`, with a page perhaps
    open,          ///< messages may be sent
    message,
    ping, ///< answered already
    pong,
    error, ///< the connection has failed, or never opened; `close` follows when the transport has ended
    close, ///< the last event
};

/// One thing that happened. What its views show is valid until the next call of the object that returned it.
class websocket_event {
public:
    constexpr websocket_event() noexcept = default;
    explicit constexpr websocket_event(websocket_event_kind kind) noexcept : kind_{kind} {}
    /// A message, ping or pong as the connection told it.
    constexpr websocket_event(websocket_event_kind kind, const event& from) noexcept : from_{from}, kind_{kind} {}

    [[nodiscard]] static constexpr websocket_event failed_with(sockless::error failure) noexcept
    {
        return {websocket_event_kind::error, event::error(failure)};
    }
    [[nodiscard]] static constexpr websocket_event closed(bool was_clean, close_code code,
                                                          std::span<const std::byte> reason) noexcept
    {
        websocket_event result{websocket_event_kind::close, event::close(code, reason)};
        result.was_clean_ = was_clean;
        return result;
    }

    [[nodiscard]] constexpr websocket_event_kind kind() const noexcept { return kind_; }

    /// Of a message, ping or pong: its bytes. Of a close: the reason. Empty otherwise.
    [[nodiscard]] constexpr std::span<const std::byte> payload() const noexcept { return from_.payload(); }
    [[nodiscard]] std::string_view text() const noexcept { return from_.text(); }
    /// Of a message: whether it is text; and which part of it this is, if pieces were asked for.
    [[nodiscard]] constexpr bool is_text() const noexcept { return from_.is_text(); }
    [[nodiscard]] constexpr bool first() const noexcept { return from_.first(); }
    [[nodiscard]] constexpr bool last() const noexcept { return from_.last(); }

    /// Of a close: whether both ends said goodbye before the transport ended (RFC 6455 7.1.4).
    [[nodiscard]] constexpr bool was_clean() const noexcept
    {
        SOCKLESS_ASSERT(kind_ == websocket_event_kind::close);
        return was_clean_;
    }
    /// Of a close: the peer's code, `no_status` (1005) if its frame had none, `abnormal` (1006) if no close frame came.
    /// Of an error: the code that the peer was told, `abnormal` if none.
    [[nodiscard]] constexpr close_code code() const noexcept { return from_.code(); }
    /// Of a close: the peer's words.
    [[nodiscard]] std::string_view reason() const noexcept { return from_.reason(); }
    /// Of an error: the rule that was broken.
    [[nodiscard]] constexpr sockless::error failure() const noexcept { return from_.failure(); }

private:
    event from_{};
    websocket_event_kind kind_ = websocket_event_kind::need_input;
    bool was_clean_ = false;
};

} // namespace sockless::inline SOCKLESS_ABI
