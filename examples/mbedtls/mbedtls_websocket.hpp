// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A WebSocket over TLS by mbedTLS, on a socket that one thread serves, which waits with poll(2).
#pragma once

#include <sockless/websocket.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdint>
#include <mbedtls/ssl.h>
#include <poll.h>
#include <span>

namespace example {

/// Runs a connection until the socket can be closed.
///
/// @param tls      its transport is @p socket, and does not block. `run` performs the handshake, too
/// @param handler  as for `websocket::poll`, with two more functions: `watched(ws)` returns another descriptor to wait for, or -1, and
///                 `on_readable(ws)` is called when that is readable
/// @return 0, or the error of mbedTLS with which the connection failed
template <class Websocket, class Handler>
int run(Websocket& ws, mbedtls_ssl_context& tls, int socket, Handler& handler)
{
    const auto now = [] {
        const auto time = std::chrono::steady_clock::now().time_since_epoch();
        return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
    };
    unsigned char buffer[16384];
    int failure = 0;
    int read_event = POLLIN;
    int write_event = POLLOUT;
    bool is_shut_down = false;
    // Handles a result that is no count. A read may have to wait until the socket is writable, and a write until it is readable.
    const auto handle = [&](int result, int& event) {
        if (result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_WANT_WRITE) {
            event = result == MBEDTLS_ERR_SSL_WANT_READ ? POLLIN : POLLOUT;
        } else if (result == 0 || result == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY || result == MBEDTLS_ERR_SSL_CONN_EOF) {
            ws.input_ended(now());
        } else {
            failure = result;
            ws.transport_failed(now());
        }
    };
    for (auto needs = ws.poll(handler, now()); !needs.close; needs = ws.poll(handler, now())) {
        if (needs.shut_down_write && !is_shut_down)
            is_shut_down = mbedtls_ssl_close_notify(&tls) != MBEDTLS_ERR_SSL_WANT_WRITE;
        const int events = (needs.read ? read_event : 0) | (needs.write ? write_event : 0);
        pollfd ready[] = {{events != 0 ? socket : -1, static_cast<short>(events), 0}, {handler.watched(ws), POLLIN, 0}};
        const bool has_input = needs.read && mbedtls_ssl_check_pending(&tls) != 0; // it is not in the socket any more
        const bool forever = needs.wake_after == needs.never;
        const int limit = forever ? -1 : static_cast<int>(std::min<std::uint32_t>(needs.wake_after, INT_MAX));
        if (::poll(ready, 2, has_input ? 0 : limit) < 0) {
            if (errno != EINTR)
                ws.transport_failed(now());
            continue;
        }
        if (ready[1].revents != 0)
            handler.on_readable(ws);
        if (needs.read && (ready[0].revents != 0 || has_input)) {
            read_event = POLLIN;
            const int count = mbedtls_ssl_read(&tls, buffer, sizeof buffer);
            if (count > 0)
                ws.receive(std::as_writable_bytes(std::span{buffer, static_cast<std::size_t>(count)}), now());
            else
                handle(count, read_event);
        }
        if (needs.write && ready[0].revents != 0) {
            write_event = POLLOUT;
            // mbedTLS wants a write repeated with the same arguments: `write_buffer` returns the same bytes until `written`.
            const auto bytes = ws.write_buffer();
            const int count =
                mbedtls_ssl_write(&tls, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
            if (count > 0)
                ws.written(static_cast<std::size_t>(count), now());
            else if (!bytes.empty())
                handle(count, write_event);
        }
    }
    return failure;
}

} // namespace example
