// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A server after the handshake.
#include "endpoint.hpp"

using namespace sockless;

std::byte caller_input[caller_bytes];
std::byte caller_output[caller_bytes];
byte_queue tx{caller_output};
server_connection connection_{};

int main()
{
    for (;;) {
        std::span<std::byte> in{caller_input, receive(caller_input, sizeof caller_input)};
        if (echo(connection_, in, tx) != 0)
            return static_cast<int>(connection_.close(tx, close_code::going_away, bye));
    }
}
