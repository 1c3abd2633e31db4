// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A program for a device that uses the library as a component: a server in static memory.
#include <sockless/websocket.hpp>

namespace {

constexpr sockless::websocket_sizes sizes{.message = 256, .output = 512, .input = 256};

struct echo {
    static void on_message(sockless::websocket<sockless::role::server>& ws, const sockless::event& message)
    {
        if (failed(ws.send(message.text())))
            ws.close();
    }
};

} // namespace

int main()
{
    static sockless::static_websocket_storage<sizes> storage;
    static sockless::websocket<sockless::role::server> ws{storage};
    return ws.poll(echo{}, 0).read && SOCKLESS_OPTIMIZE_SIZE == EXPECTED_OPTIMIZE_SIZE ? 0 : 1;
}
