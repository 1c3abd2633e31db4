// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Runs a device that has a `websocket` over the UART.
#pragma once

#include "board/board.hpp"

#include <sockless/sockless.hpp>

#include <algorithm>
#include <cstdint>

namespace firmware {

/// Moves bytes until the connection has ended.
///
/// @param device  a client_websocket or server_websocket
/// @param quiet   RFC 6455 7.1.1: the server closes the transport. A UART has no end, so the connection ends when nothing has arrived for
///                this many milliseconds after the last frame. Closing before that could cause a reset that overtakes it
/// @return why it failed
template <class Device>
std::uint32_t run_on_uart(Device& device, std::uint32_t quiet)
{
    auto& ws = device.ws();
    for (sockless::websocket_needs needs = device.poll(board::milliseconds()); !needs.close;
         needs = device.poll(board::milliseconds())) {
        if (ws.finished()) {
            board::drain(quiet);
            ws.input_ended(board::milliseconds());
            continue;
        }
        if (needs.read) {
            const std::span<std::byte> in = board::received();
            const std::size_t count = std::min(in.size(), Device::max_input);
            ws.receive(in.first(count), board::milliseconds());
            needs = device.poll(board::milliseconds()); // afterwards the ring can be used for something else
            board::release(count);
        }
        if (needs.write)
            ws.written(board::transmit(ws.write_buffer()), board::milliseconds());
        else
            board::wait_for_interrupt();
    }
    return static_cast<std::uint32_t>(ws.failure());
}

} // namespace firmware
