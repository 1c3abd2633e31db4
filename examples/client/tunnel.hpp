// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Through an HTTP proxy to the server.
#pragma once

#include "../support/socket.hpp"
#include "options.hpp"

#include <chrono>

namespace example {

/// Asks the proxy at the other end of `socket` for a tunnel to where `wanted` leads; throws what it says against it.
///
/// Afterwards the socket is as if it were connected to the server: not a byte of what the server sends has been read.
void ask_for_tunnel(const descriptor& socket, const options& wanted, std::chrono::milliseconds limit);

} // namespace example
