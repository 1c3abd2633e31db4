// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A server from the request to the closing handshake. The connection reuses the memory of the handshake.
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
    small_server_handshake handshake;
    server_connection connection;
} now;

int main()
{
    for (;;) {
        std::span<std::byte> in{caller_input, receive(caller_input, sizeof caller_input)};
        if (!open) {
            switch (now.handshake.poll(in, tx)) {
            case server_handshake_result::need_input: continue;
            case server_handshake_result::request:
                if (failed(now.handshake.accept(tx)))
                    return 1;
                new (&now.connection) server_connection;
                open = true;
                break;
            case server_handshake_result::plain_request:
                if (failed(now.handshake.refuse(tx)))
                    return 1;
                break;
            case server_handshake_result::rejected: return transmit(tx.data().data(), tx.size()) == tx.size();
            case server_handshake_result::open: break;
            }
        }
        if (echo(now.connection, in, tx) != 0)
            return static_cast<int>(now.connection.close(tx, close_code::going_away, bye));
    }
}
