// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// An echo server with Asio and TLS.

#include "../support/server_options.hpp"
#include "asio_server.hpp"
#include "asio_tls.hpp"
#include "asio_websocket.hpp"

#include <cstdio>
#include <utility>

namespace {

using websocket = sockless::websocket<sockless::role::server>;
using stream = asio::ssl::stream<asio::ip::tcp::socket>;

struct session : example::asio_websocket<websocket, stream> {
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
    return example::run_reporting("asio_tls_echo", [&] {
        example::server_options options;
        if (!options.read("asio_tls_echo", count, values, true))
            return 0;
        asio::ssl::context tls{asio::ssl::context::tls_server};
        tls.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
        tls.use_certificate_chain_file(options.certificates);
        tls.use_private_key_file(options.key, asio::ssl::context::pem);
        example::asio_server<session> server{options.port, [&](asio::ip::tcp::socket socket) {
                                                 const auto peer = server.make(stream{std::move(socket), tls},
                                                                               options.websocket, options.sizes);
                                                 peer->stream.async_handshake(stream::server, peer->prepared());
                                                 peer->update();
                                             }};
        std::printf("listening on wss://localhost:%u/\n", server.port());
        std::fflush(stdout);
        server.run();
        return 0;
    });
}
