// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// An echo server with a thread for each connection.

#include "../support/server_options.hpp"
#include "../support/stop_signals.hpp"
#include "accept_connections.hpp"
#include "echo_handler.hpp"

#include <sockless/websocket.hpp>
#include <sockless/with_heap.hpp>
#include <sockless/with_poll.hpp>

using websocket = sockless::websocket<sockless::role::server>;

int main(int count, char** values)
{
    return example::run_reporting("minimal_server", [&] {
        example::server_options options;
        if (!options.read("minimal_server", count, values))
            return 0;
        const auto stop = example::stop_signals();
        auto listener = example::listen_and_announce(options.port);
        example::accept_connections(std::move(listener), stop.get(), [&](int socket) {
            sockless::growing_websocket_storage storage{options.sizes};
            websocket ws{storage, options.websocket};
            sockless::run(ws, socket, example::echo_handler{stop.get()});
        });
        return 0;
    });
}
