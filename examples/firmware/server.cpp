// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The server device on a UART, for one connection.
#include "board/board.hpp"
#include "server_device.hpp"

namespace {

firmware::server_device device;

} // namespace

std::uint32_t run()
{
    sockless::byte_queue& tx = device.output();
    while (!device.finished() || !tx.empty()) {
        const std::span<std::byte> received = board::received();
        std::span<std::byte> in = received;
        device.receive(in);
        board::release(received.size() - in.size());
        tx.consume(board::transmit(tx.data()));
        if (tx.empty())
            board::wait_for_interrupt();
    }
    // RFC 6455 7.1.1: the server closes the transport. Input in transit is received first: closing with unread input could
    // cause a reset that overtakes the last frame.
    board::drain(20);
    return static_cast<std::uint32_t>(device.failure());
}
