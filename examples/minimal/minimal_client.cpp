// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A client that sends the lines of its standard input and prints the messages that arrive.

#include "../support/client_options.hpp"
#include "../support/socket.hpp"

#include <sockless/websocket.hpp>
#include <sockless/with_heap.hpp>
#include <sockless/with_os_random.hpp>
#include <sockless/with_poll.hpp>

namespace {

using websocket = sockless::websocket<sockless::role::client, sockless::os_mask_keys>;

int run(const example::client_options& options)
{
    sockless::growing_websocket_storage storage;
    websocket ws{storage, options.websocket<websocket::options>()};
    sockless::os_random random;
    example::check(ws.connect({.where = options.where}, random));
    const auto socket = example::connect_to(options.host(), options.where.port, std::chrono::seconds{10});
    example::line_exchange handler;
    sockless::run(ws, socket.get(), handler);
    return handler.status;
}

} // namespace

int main(int count, char** values)
{
    return example::run_reporting("minimal_client", [&] {
        example::client_options options;
        return options.read("minimal_client", count, values) ? run(options) : 0;
    });
}
