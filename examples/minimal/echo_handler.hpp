// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The handler of a blocking echo server, which closes its connection when the program has to end.
#pragma once

#include <sockless/websocket.hpp>

namespace example {

struct echo_handler {
    using websocket = sockless::websocket<sockless::role::server>;

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

} // namespace example
