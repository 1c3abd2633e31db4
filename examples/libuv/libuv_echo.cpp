// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// An echo server with libuv.

#include "../support/server_options.hpp"
#include "uv_server.hpp"
#include "uv_websocket.hpp"

namespace {

using websocket = sockless::websocket<sockless::role::server>;

struct echo {
    static void on_message(websocket& ws, const sockless::event& message)
    {
        // With `fail_when_full` a message without room ends the connection, so that the result can be ignored.
        static_cast<void>(message.is_text() ? ws.send(message.text()) : ws.send(message.payload()));
    }
};

using session = example::uv_websocket<websocket, echo>;

} // namespace

int main(int count, char** values)
{
    return example::run_reporting("libuv_echo", [&] {
        example::server_options options;
        if (!options.read("libuv_echo", count, values))
            return 0;
        example::uv_server<session> server{
            options.port, [&](uv_loop_t* loop) { return new session{loop, echo{}, options.websocket, options.sizes}; }};
        server.run();
        return 0;
    });
}
