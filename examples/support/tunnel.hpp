// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Connects through an HTTP proxy with CONNECT.
#pragma once

#include "socket.hpp"

#include <sockless/http/uri.hpp>

#include <chrono>
#include <string_view>

namespace example {

/// What a proxy is asked for.
struct tunnel_request {
    sockless::uri where;       ///< the server
    std::string_view user;     ///< for the proxy; empty: no credentials are sent
    std::string_view password; ///< the same
};

/// Requests a tunnel from the proxy that @p socket is connected to.
///
/// Afterwards the socket behaves as if it were connected to the server: no byte that the server sends has been read.
/// @param stop  a descriptor, or -1: gives up when it is readable
/// @par Errors  throws std::runtime_error with the proxy's answer
void open_tunnel(const descriptor& socket, const tunnel_request& wanted, std::chrono::milliseconds limit,
                 int stop = -1);

} // namespace example
