// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A client's `websocket` with a whole head.
#include "websocket_endpoint.hpp"

using namespace sockless;
using client = websocket<role::client, random_outside>;

int main()
{
    static constexpr connect_options request{.where = {.host = "device.example", .path = "/telemetry"}};
    random_outside random;
    client& ws = (new (&memory<client>) endpoint<client>)->ws;
    return failed(ws.connect(request, random)) ? 1 : run(ws);
}
