// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A server's `websocket` with a whole head.
#include "websocket_endpoint.hpp"

using namespace sockless;
using server = websocket<role::server>;

int main()
{
    return run((new (&memory<server>) endpoint<server>)->ws);
}
