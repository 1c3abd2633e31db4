// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// An echo server with Asio and callbacks.

#include "../support/server_options.hpp"
#include "asio_server.hpp"
#include "asio_websocket.hpp"

#include <cstdio>
#include <utility>

namespace {

using websocket = sockless::websocket<sockless::role::server>;

struct session : example::asio_websocket<websocket, asio::ip::tcp::socket> {
    using asio_websocket::asio_websocket;
    sockless::websocket_needs poll(std::uint64_t now) override { return ws.poll(*this, now); }

    static void on_message(websocket& ws, const sockless::event& message)
    {
        // With `fail_when_full` a message without room ends the connection, so that the result can be ignored.
        static_cast<void>(message.is_text() ? ws.send(message.text()) : ws.send(message.payload()));
    }
};

} // namespace

int main(int count, char** values)
{
    return example::run_reporting("asio_echo", [&] {
        example::server_options options;
        if (!options.read("asio_echo", count, values))
            return 0;
        example::asio_server<session> server{
            options.port, [&](asio::ip::tcp::socket socket) {
                server.make(std::move(socket), options.websocket, options.sizes)->update();
            }};
        std::printf("listening on ws://127.0.0.1:%u/\n", server.port());
        std::fflush(stdout);
        server.run();
        return 0;
    });
}
