// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Moves bytes between a device that has a `websocket` and a connection, with TLS or without.
#pragma once

#include <sockless/sockless.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace firmware {

/// Does everything that can be done now. Call it in each turn of the main loop: it runs the timers of the `websocket`, too.
///
/// @param device      a client_websocket or server_websocket
/// @param connection  a tcp_connection or tls_connection
/// @param now         in milliseconds
/// @return whether the connection has ended; then the caller closes it
template <class Device, class Connection>
[[nodiscard]] bool exchange(Device& device, Connection& connection, std::uint32_t now) noexcept
{
    auto& ws = device.ws();
    for (bool moved = true; moved;) {
        moved = false;
        if (connection.failed())
            ws.transport_failed(now);
        sockless::websocket_needs needs = device.poll(now);
        if (needs.close)
            return true;
        if (needs.read) {
            const std::span<std::byte> in = connection.readable();
            const std::size_t count = std::min(in.size(), Device::max_input);
            if (count != 0) {
                ws.receive(in.first(count), now);
                needs = device.poll(now); // afterwards the bytes can be released
                connection.consume(count);
                moved = true;
            } else if (connection.has_ended()) {
                ws.input_ended(now);
                moved = true;
            }
        }
        if (needs.write) {
            const std::size_t count = connection.write(ws.write_buffer());
            ws.written(count, now);
            moved = moved || count != 0;
        }
        if (needs.shut_down_write)
            connection.shut_down_write();
    }
    return false;
}

} // namespace firmware
