// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// An HTTP server with llhttp: a page, a health check, and a WebSocket that echoes.

#include "../minimal/accept_connections.hpp"
#include "../minimal/echo_handler.hpp"
#include "../support/server_options.hpp"
#include "../support/stop_signals.hpp"
#include "llhttp_websocket.hpp"

namespace {

using websocket = sockless::websocket<sockless::role::server>;

std::optional<std::string_view> answer(const sockless::upgrade_request& request, sockless::error why,
                                       sockless::byte_queue& response)
{
    constexpr std::string_view known[] = {"echo"};
    const std::string_view subprotocol = choose_subprotocol(request.subprotocols(), known);
    if (!failed(why))
        why = write_accept(response, request, {.subprotocol = subprotocol});
    if (!failed(why))
        return subprotocol;
    constexpr std::string_view page = "This is a WebSocket server.\n";
    constexpr sockless::field allow{"Allow", "GET, HEAD"};
    const bool is_head = request.method == "HEAD";
    if (!is_plain_request(why))
        why = write_error_response(response, why);
    else if (!is_head && request.method != "GET")
        why = write_response(response, 405, {&allow, 1});
    else if (request.path == "/" || request.path == "/health")
        why = write_response_head(response, 200, {}, page.size(), is_head ? std::string_view{} : page);
    else
        why = write_response(response, 404);
    return {};
}

} // namespace

int main(int count, char** values)
{
    return example::run_reporting("llhttp_server", [&] {
        example::server_options options;
        if (!options.read("llhttp_server", count, values))
            return 0;
        const auto stop = example::stop_signals();
        auto listener = example::listen_and_announce(options.port);
        example::accept_connections(std::move(listener), stop.get(), [&](int socket) {
            sockless::growing_websocket_storage storage{options.sizes};
            websocket ws{storage, options.websocket};
            if (example::open(ws, socket, stop.get(), options.websocket.handshake_timeout, answer))
                sockless::run(ws, socket, example::echo_handler{stop.get()});
        });
        return 0;
    });
}
