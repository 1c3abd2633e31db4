// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A WebSocket over TLS in memory, and a socket in a loop that waits for readiness: epoll, poll, kqueue.
#pragma once

#include "memory_tls.hpp"

#include <sockless/websocket.hpp>
#include <sockless/with_heap.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace example {

/// The rule of OpenSSL for writes holds by construction: after SSL_ERROR_WANT_WRITE and SSL_ERROR_WANT_READ the same bytes have to be
/// passed again, and `write_buffer` of a websocket returns them until `written`.
///
/// @tparam Websocket  websocket<Role>
/// @tparam Handler    as for `websocket::poll`; a reference to it is possible
template <class Websocket, class Handler>
struct openssl_websocket {
    openssl_websocket(descriptor from, SSL_CTX* context, Handler to, typename Websocket::options options,
                      const sockless::websocket_sizes& sizes)
        : socket{std::move(from)},
          handler{std::forward<Handler>(to)},
          storage{sizes},
          ws{storage, std::move(options)},
          tls{context}
    {
    }

    descriptor socket;
    Handler handler;
    sockless::growing_websocket_storage storage;
    Websocket ws;
    memory_tls tls;

    /// Returns the bytes in use, approximately.
    [[nodiscard]] std::size_t memory() const noexcept { return storage.capacity() + memory_tls::memory(); }

    /// Moves bytes until the socket and OpenSSL would block. Call it when the socket is ready, when a time has passed, and after each
    /// use of `ws` that is not in a function of the handler. The amount is limited by the buffers.
    ///
    /// @param readable  whether the socket may have input
    /// @return what the loop waits for next; with `close` this object can be destroyed
    sockless::websocket_needs update(std::uint64_t now, bool readable = false)
    {
        if (readable && tls.has_room() && tls.receive_from(socket) == io_status::failed)
            ws.transport_failed(now);
        sockless::websocket_needs needs = ws.poll(handler, now);
        while ((needs.read && read(now)) || (needs.write && write(now)) || (tls.has_output() && !broken_ && flush(now)))
            needs = ws.poll(handler, now);
        if (needs.shut_down_write && !ended_ && (ended_ = tls.end()))
            flush(now);
        if (needs.shut_down_write && ended_ && !tls.has_output())
            ::shutdown(socket.get(), SHUT_WR);
        needs.read = tls.has_room();
        needs.write = tls.has_output();
        return needs;
    }

private:
    bool read(std::uint64_t now)
    {
        static thread_local std::array<std::byte, 16384> buffer; // for all connections
        const io_result got = tls.read(buffer);
        ws.receive(std::span{buffer}.first(got.count), now);
        return progress(got.status, now);
    }
    bool write(std::uint64_t now)
    {
        const io_result sent = tls.write(ws.write_buffer());
        ws.written(sent.count, now);
        return progress(sent.status, now);
    }
    bool flush(std::uint64_t now)
    {
        const io_status status = tls.send_to(socket);
        broken_ = status == io_status::failed;
        return progress(status, now);
    }
    bool progress(io_status status, std::uint64_t now)
    {
        if (status == io_status::ended)
            ws.input_ended(now);
        else if (status == io_status::failed)
            ws.transport_failed(now);
        return status != io_status::would_block;
    }

    bool ended_ = false;
    bool broken_ = false; ///< the socket takes no output
};

} // namespace example
