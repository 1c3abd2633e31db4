// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// An echo server with Asio and a coroutine for each connection.

#include "../support/server_options.hpp"
#include "asio_awaitable.hpp"
#include "asio_server.hpp"

#include <cstdio>
#include <utility>

namespace {

using websocket = example::asio_awaitable<sockless::websocket<sockless::role::server>, asio::ip::tcp::socket>;

asio::awaitable<void> echo(websocket ws)
{
    while (true) {
        const sockless::event message = co_await ws.read();
        if (message.kind() == sockless::event_kind::close)
            co_return;
        // A message without room ends the connection, and no message is needed when it is closing.
        if (message.is_text())
            static_cast<void>(co_await ws.send(message.text()));
        else
            static_cast<void>(co_await ws.send(message.payload()));
    }
}

} // namespace

int main(int count, char** values)
{
    return example::run_reporting("asio_coroutine_echo", [&] {
        example::server_options options;
        if (!options.read("asio_coroutine_echo", count, values))
            return 0;
        example::asio_server<websocket::state> server{
            options.port, [&](asio::ip::tcp::socket socket) {
                const auto executor = socket.get_executor();
                websocket ws{server.make(std::move(socket), options.websocket, options.sizes)};
                asio::co_spawn(executor, echo(std::move(ws)), asio::detached);
            }};
        std::printf("listening on ws://127.0.0.1:%u/\n", server.port());
        std::fflush(stdout);
        server.run();
        return 0;
    });
}
