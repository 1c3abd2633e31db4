// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// An echo server with io_uring.

#include "../support/server_options.hpp"
#include "uring_server.hpp"

namespace {

using websocket = sockless::websocket<sockless::role::server>;

struct echo {
    static void on_message(websocket& ws, const sockless::event& message)
    {
        // With `fail_when_full` a message without room ends the connection, so that the result can be ignored.
        static_cast<void>(message.is_text() ? ws.send(message.text()) : ws.send(message.payload()));
    }
};

} // namespace

int main(int count, char** values)
{
    return example::run_reporting("io_uring_echo", [&] {
        example::server_options options;
        if (options.read("io_uring_echo", count, values))
            example::uring_server<websocket, echo>{options.port, options.websocket, options.sizes}.run();
        return 0;
    });
}
