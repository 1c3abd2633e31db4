// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Opt-in, for POSIX systems: runs a WebSocket over a connected socket, in one thread, until it is closed. It is the whole loop between a
/// `websocket` and a stream socket; a program with its own event loop has the same calls there.
#pragma once

#include "config.hpp"

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <poll.h>
#include <span>
#include <sys/socket.h>
#include <sys/types.h>

namespace sockless::inline SOCKLESS_ABI {

/// Returns the time of `std::chrono::steady_clock` in milliseconds: the clock that a `websocket` takes.
[[nodiscard]] inline std::uint64_t steady_milliseconds() noexcept
{
    const auto time = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

namespace detail {

/// A handler that waits for a descriptor of its own too. Then it has both functions.
template <class Handler, class Websocket>
concept watches_descriptor = requires(Handler& handler, Websocket& ws) { handler.watched(ws); } ||
                             requires(Handler& handler, Websocket& ws) { handler.on_readable(ws); };

template <class Websocket>
void receive_from(int socket, Websocket& ws)
{
    const std::span<std::byte> buffer = ws.read_buffer();
    if (buffer.empty()) // there is no memory, which is an event, or the handler has closed the WebSocket meanwhile
        return;
    const ssize_t count = ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
    const bool failed = count < 0 && errno != EAGAIN && errno != EINTR;
    ws.received(count < 0 ? 0 : static_cast<std::size_t>(count), steady_milliseconds());
    if (count == 0)
        ws.input_ended(steady_milliseconds());
    else if (failed)
        ws.transport_failed(steady_milliseconds());
}

template <class Websocket>
void send_to(int socket, Websocket& ws)
{
    const std::span<const std::byte> bytes = ws.write_buffer();
    const ssize_t count = ::send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && errno != EAGAIN && errno != EINTR)
        ws.transport_failed(steady_milliseconds());
    else
        ws.written(count < 0 ? 0 : static_cast<std::size_t>(count), steady_milliseconds());
}

} // namespace detail

/// Runs a WebSocket over a socket until the socket can be closed: waits, receives, sends, and calls the functions of the handler. Input is left in
/// the socket while the WebSocket does not take it, and output that the socket does not take is kept.
///
/// @param ws       a `websocket` or `streaming_websocket` of either role, before or after its handshake
/// @param socket   a connected stream socket, blocking or not; the caller closes it afterwards
/// @param handler  as for `websocket::poll`. If it has the two functions, `watched(ws)` returns another descriptor to wait for, or -1, and
///                 `on_readable(ws)` is called when that is readable, has ended or is invalid; in the last two cases `watched` has to return -1
///                 afterwards. Another thread can wake this one by a pipe. A handler that pauses the WebSocket needs one that resumes it.
/// @par Errors     of the socket are reported to `ws`, which calls `on_error` and `on_close`.
/// @par Complexity one call of poll(2), and at most one each of recv(2) and send(2), for each round.
template <class Websocket, class Handler>
void run(Websocket& ws, int socket, Handler&& handler)
{
    for (auto needs = ws.poll(handler, steady_milliseconds()); !needs.close;
         needs = ws.poll(handler, steady_milliseconds())) {
        if (needs.shut_down_write)
            static_cast<void>(::shutdown(socket, SHUT_WR));
        const int events = (needs.read ? POLLIN : 0) | (needs.write ? POLLOUT : 0);
        // Without events the socket is not watched: poll(2) reports POLLHUP and POLLERR in any case.
        pollfd ready[] = {{events != 0 ? socket : -1, static_cast<short>(events), 0}, {-1, POLLIN, 0}};
        if constexpr (detail::watches_descriptor<Handler, Websocket>)
            ready[1].fd = handler.watched(ws);
        if (::poll(ready, 2, needs.poll_timeout()) < 0) {
            if (errno != EINTR) {
                ws.resume(); // the handler has no other occasion
                ws.transport_failed(steady_milliseconds());
            }
            continue;
        }
        if constexpr (detail::watches_descriptor<Handler, Websocket>) {
            if (ready[1].revents != 0)
                handler.on_readable(ws);
        }
        if (ready[0].revents != 0 && needs.read)
            detail::receive_from(socket, ws);
        if (ready[0].revents != 0 && needs.write)
            detail::send_to(socket, ws);
    }
}

} // namespace sockless::inline SOCKLESS_ABI
