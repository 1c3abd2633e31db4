// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A client from the request to the closing handshake. The connection reuses the memory of the handshake.
#include "endpoint.hpp"

#include <new>

using namespace sockless;

std::byte caller_input[caller_bytes];
std::byte caller_output[caller_bytes];
char caller_head[256];
byte_queue tx{caller_output};
bool open = false;

union phase {
    constexpr phase() noexcept : handshake{caller_head} {}
    small_client_handshake handshake;
    client_connection<random_outside> connection;
} now;

int main()
{
    static constexpr connect_options request{.where = {.host = "device.example", .path = "/telemetry"}};
    random_outside random;
    if (failed(now.handshake.start(tx, request, random)))
        return 1;
    for (;;) {
        tx.consume(transmit(tx.data().data(), tx.size()));
        std::span<std::byte> in{caller_input, receive(caller_input, sizeof caller_input)};
        if (!open) {
            switch (now.handshake.poll(in)) {
            case client_handshake_result::need_input: continue;
            case client_handshake_result::open:
                new (&now.connection) client_connection<random_outside>;
                open = true;
                break;
            case client_handshake_result::refused:
            case client_handshake_result::failed: return static_cast<int>(now.handshake.failure());
            }
        }
        if (echo(now.connection, in, tx) != 0)
            return static_cast<int>(now.connection.close(tx, close_code::going_away, bye));
    }
}
