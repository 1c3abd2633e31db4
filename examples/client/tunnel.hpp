// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Connects through an HTTP proxy with CONNECT.
#pragma once

#include "../support/socket.hpp"
#include "options.hpp"

#include <chrono>

namespace example {

/// Requests a tunnel to the server of @p wanted from the proxy that @p socket is connected to.
///
/// Afterwards the socket behaves as if it were connected to the server: no byte that the server sends has been read.
/// @par Errors  throws std::runtime_error with the proxy's answer
void open_tunnel(const descriptor& socket, const options& wanted, std::chrono::milliseconds limit);

} // namespace example
