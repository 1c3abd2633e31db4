// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A WebSocket over a socket that one thread serves, which waits with poll(2).
#pragma once

#include "../support/socket.hpp"

#include <sockless/websocket.hpp>

#include <climits>

namespace example {

/// Returns the time of a steady clock in milliseconds.
[[nodiscard]] inline std::uint64_t now() noexcept
{
    const auto time = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

/// Runs a connection until the socket can be closed.
///
/// @param socket   connected; the caller closes it afterwards
/// @param handler  as for `websocket::poll`, with two more functions: `watched(ws)` returns another descriptor to wait for, or -1, and
///                 `on_readable(ws)` is called when that is readable
template <class Websocket, class Handler>
void run(Websocket& ws, int socket, Handler&& handler)
{
    std::byte buffer[65536];
    for (auto needs = ws.poll(handler, now()); !needs.close; needs = ws.poll(handler, now())) {
        if (needs.shut_down_write)
            static_cast<void>(::shutdown(socket, SHUT_WR));
        const int events = (needs.read ? POLLIN : 0) | (needs.write ? POLLOUT : 0);
        // Without events the socket is not watched: poll(2) reports POLLHUP and POLLERR in any case.
        pollfd ready[] = {{events != 0 ? socket : -1, static_cast<short>(events), 0}, {handler.watched(ws), POLLIN, 0}};
        const bool forever = needs.wake_after == needs.never;
        if (::poll(ready, 2, forever ? -1 : static_cast<int>(std::min<std::uint32_t>(needs.wake_after, INT_MAX))) < 0) {
            if (errno != EINTR)
                ws.transport_failed(now());
            continue;
        }
        if (ready[1].revents != 0)
            handler.on_readable(ws);
        if (ready[0].revents != 0 && needs.read) {
            const auto count = ::recv(socket, buffer, sizeof buffer, MSG_DONTWAIT);
            if (count > 0)
                ws.receive({buffer, static_cast<std::size_t>(count)}, now());
            else if (count == 0)
                ws.input_ended(now());
            else if (errno != EAGAIN && errno != EINTR)
                ws.transport_failed(now());
        }
        if (ready[0].revents != 0 && needs.write) {
            const auto bytes = ws.write_buffer();
            const auto count = ::send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (count < 0 && errno != EAGAIN && errno != EINTR)
                ws.transport_failed(now());
            else
                ws.written(count < 0 ? 0 : static_cast<std::size_t>(count), now());
        }
    }
}

} // namespace example
