// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// One connection of a feed's client, in a thread of its own: TCP, a proxy's tunnel, TLS with verification of the server, WebSocket.
#pragma once

#include "../openssl/openssl_websocket.hpp"
#include "../support/client_options.hpp"
#include "../support/tls.hpp"
#include "../support/tunnel.hpp"
#include "feed_options.hpp"
#include "reconnection.hpp"

#include <sockless/with_os_random.hpp>

#include <cerrno>
#include <chrono>
#include <poll.h>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

namespace example {

/// Connects the socket: to the server, or to the proxy, which connects it to the server.
[[nodiscard]] inline descriptor connect_to_feed(const feed_options& options, std::chrono::milliseconds limit, int stop)
{
    if (options.proxy.host.empty())
        return connect_to(std::string{options.server.host}, options.server.where.port, limit, stop);
    descriptor socket = connect_to(std::string{options.proxy.host}, options.proxy.where.port, limit, stop);
    open_tunnel(socket, {options.server.where, options.proxy.user, options.proxy.password}, limit, stop);
    return socket;
}

/// Runs one connection until it has ended.
///
/// @param handler  as for `websocket::poll`
/// @param stop     a descriptor: when it is readable the connection is closed
/// @par Errors  throws std::exception if the connection was not made, or if TLS has failed
template <class Websocket, class Handler>
void run_connection(const feed_options& options, const tls_context& context, Handler& handler, int stop)
{
    auto choice = options.websocket<typename Websocket::options>();
    descriptor socket = connect_to_feed(options, std::chrono::milliseconds{choice.handshake_timeout}, stop);
    pollfd ready[] = {{socket.get(), POLLIN, 0}, {stop, POLLIN, 0}};
    openssl_websocket<Websocket, Handler&> peer{
        std::move(socket), context.get(), handler, std::move(choice), {.message = std::size_t{16} << 20}};
    require_host(peer.tls.get(), std::string{options.server.host});
    sockless::os_random random;
    check(peer.ws.connect({.where = options.server.where,
                           .subprotocols = std::span{options.subprotocol}.first(options.subprotocol[0].empty() ? 0 : 1),
                           .subprotocol_required = true},
                          random));
    for (auto needs = peer.update(now()); !needs.close; needs = peer.update(now(), ready[0].revents != 0)) {
        ready[0].events = static_cast<short>((needs.read ? POLLIN : 0) | (needs.write ? POLLOUT : 0));
        ready[1].fd = peer.ws.ready_state() < sockless::ready_state::closing ? stop : -1;
        if (::poll(ready, 2, needs.poll_timeout()) < 0 && errno != EINTR)
            peer.ws.transport_failed(now());
        if (ready[1].revents != 0)
            check(peer.ws.close(sockless::close_code::normal));
    }
    if (const std::string why = explain_failure(peer.tls.get()); !why.empty())
        throw std::runtime_error{why};
}

} // namespace example
