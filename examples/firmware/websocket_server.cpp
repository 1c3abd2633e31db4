// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The server device with a `websocket` on a UART, for one connection.
#include "board/board.hpp"
#include "server_websocket.hpp"
#include "uart.hpp"

namespace {

firmware::server_websocket device;

} // namespace

std::uint32_t run()
{
    return firmware::run_on_uart(device, 20);
}
