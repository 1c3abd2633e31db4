// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A server's `websocket` with a streamed head.
#include "websocket_endpoint.hpp"

using namespace sockless;
using server = streaming_websocket<role::server>;

int main()
{
    return run((new (&memory<server>) endpoint<server>)->ws);
}
