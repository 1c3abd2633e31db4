// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A client with TLS by mbedTLS, which sends the lines of its standard input and prints the messages that arrive.

#include "../support/client_options.hpp"
#include "mbedtls_client_tls.hpp"
#include "mbedtls_websocket.hpp"

#include <sockless/with_heap.hpp>
#include <sockless/with_os_random.hpp>

namespace {

using websocket = sockless::websocket<sockless::role::client, sockless::os_mask_keys>;

int run(const example::client_options& options)
{
    sockless::growing_websocket_storage storage;
    websocket ws{storage, options.websocket<websocket::options>()};
    sockless::os_random random;
    example::check(ws.connect({.where = options.where}, random));
    const auto socket = example::connect_to(options.host(), options.where.port, std::chrono::seconds{10});
    const int fd = socket.get();
    example::mbedtls_client_tls tls{fd, options.host(), options.authorities};
    example::line_exchange handler;
    if (const int failure = example::run(ws, tls.tls, fd, handler); failure != 0 && handler.status != 0)
        throw std::runtime_error{tls.explain(failure)};
    return handler.status;
}

} // namespace

int main(int count, char** values)
{
    return example::run_reporting("mbedtls_client", [&] {
        example::client_options options{.authorities = "/etc/ssl/certs/ca-certificates.crt"};
        return options.read("mbedtls_client", count, values, true) ? run(options) : 0;
    });
}
