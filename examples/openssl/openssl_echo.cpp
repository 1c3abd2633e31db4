// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// An echo server with OpenSSL in memory, in the epoll loop of `support/`.

#include "../support/loop_session.hpp"
#include "../support/server_options.hpp"
#include "openssl_websocket.hpp"

#include <cstdio>
#include <memory>
#include <stdexcept>

namespace {

using websocket = sockless::websocket<sockless::role::server>;

struct echo {
    static void on_message(websocket& ws, const sockless::event& message)
    {
        // With `fail_when_full` a message without room ends the connection, so that the result can be ignored.
        static_cast<void>(message.is_text() ? ws.send(message.text()) : ws.send(message.payload()));
    }
};

using session = example::loop_session<example::openssl_websocket<websocket, echo>>;

} // namespace

int main(int count, char** values)
{
    return example::run_reporting("openssl_echo", [&] {
        example::server_options options;
        if (!options.read("openssl_echo", count, values, true))
            return 0;
        const example::tls_context tls{options.certificates, options.key};
        example::raise_descriptor_limit();
        example::memory_budget budget{std::size_t{1} << 30};
        example::server_loop loop{{.port = options.port, .certificates = {}, .key = {}},
                                  budget,
                                  [&](example::server_loop&, example::transport peer, example::ticks now) {
                                      return std::make_unique<session>(now, peer.release(), tls.get(), echo{},
                                                                       options.websocket, options.sizes);
                                  }};
        std::printf("listening on wss://localhost:%u/\n", loop.port());
        std::fflush(stdout);
        loop.run();
        return 0;
    });
}
