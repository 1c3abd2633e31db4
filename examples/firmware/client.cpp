// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The client device on a UART.
#include "board/board.hpp"
#include "client_device.hpp"

namespace {

firmware::client_device<board::entropy> device;

} // namespace

std::uint32_t run()
{
    if (const sockless::error e = device.start("device.example", "/telemetry"); failed(e))
        return static_cast<std::uint32_t>(e);
    sockless::byte_queue& tx = device.output();
    while (!device.finished() || !tx.empty()) {
        const std::span<std::byte> received = board::received();
        std::span<std::byte> in = received;
        device.receive(in);
        board::release(received.size() - in.size());
        device.tick(board::milliseconds());
        tx.consume(board::transmit(tx.data()));
        if (tx.empty())
            board::wait_for_interrupt();
    }
    // RFC 6455 7.1.1: the server closes the transport. A UART does not report that, so the device waits for a short time.
    board::drain(100);
    return static_cast<std::uint32_t>(device.failure());
}
