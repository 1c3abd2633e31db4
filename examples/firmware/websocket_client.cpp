// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The client device with a `websocket` on a UART.
#include "board/board.hpp"
#include "client_websocket.hpp"
#include "uart.hpp"

namespace {

firmware::client_websocket<sockless::mask_key_pool<board::entropy, 64>> device{{}};

} // namespace

std::uint32_t run()
{
    board::entropy entropy;
    sockless::connect_options request;
    request.where.host = "device.example";
    request.where.path = "/telemetry";
    if (const sockless::error e = device.ws().connect(request, entropy); failed(e))
        return static_cast<std::uint32_t>(e);
    return firmware::run_on_uart(device, 100);
}
