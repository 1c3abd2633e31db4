// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// What a program does next for a `websocket`.
#pragma once

#include "../config.hpp"

#include <cstdint>

namespace sockless::inline SOCKLESS_ABI {

/// What the transport and the clock of a program do next for a `websocket`: the answer of `websocket::needs`.
struct websocket_needs {
    /// The value of `wake_after` if no time is waited for.
    static constexpr std::uint32_t never = ~std::uint32_t{0};

    bool read = false;  ///< receive bytes; while it is false, leave them in the transport
    bool write = false; ///< write `write_buffer()`
    bool shut_down_write =
        false; ///< end the output of the transport: `shutdown(SHUT_WR)`, TLS close_notify. Repeating it is harmless
    bool close = false; ///< close the transport; the object has no more use for it, and no more events
    std::uint32_t wake_after =
        never; ///< call `poll`, or without a handler `poll` and `needs`, again after this many milliseconds, at the latest; 0: at once

    /// Returns `wake_after` as the time-out of `poll(2)` and `epoll_wait`: -1 if no time is waited for.
    [[nodiscard]] constexpr int poll_timeout() const noexcept
    {
        constexpr std::uint32_t max = 0x7FFFFFFF;
        return wake_after == never ? -1 : static_cast<int>(wake_after < max ? wake_after : max);
    }

    friend constexpr bool operator==(const websocket_needs&, const websocket_needs&) = default;
};

} // namespace sockless::inline SOCKLESS_ABI
