// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// An echo server with a thread for each connection.

#include "../support/server_options.hpp"
#include "../support/stop_signals.hpp"
#include "accept_connections.hpp"
#include "blocking_websocket.hpp"

#include <sockless/with_heap.hpp>

using websocket = sockless::websocket<sockless::role::server>;

struct echo {
    static void on_message(websocket& ws, const sockless::event& message)
    {
        // With `fail_when_full` a message without room ends the connection, so that the result can be ignored.
        static_cast<void>(message.is_text() ? ws.send(message.text()) : ws.send(message.payload()));
    }
    [[nodiscard]] int watched(const websocket& ws) const
    {
        return ws.ready_state() < sockless::ready_state::closing ? stop : -1;
    }
    static void on_readable(websocket& ws) { static_cast<void>(ws.close(sockless::close_code::going_away)); }

    int stop; ///< is readable when the program has to end
};

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
            example::run(ws, socket, echo{stop.get()});
        });
        return 0;
    });
}
