// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A reverse proxy: passes every WebSocket on to an upstream server, piece by piece.

#include "../asio/asio_server.hpp"
#include "gateway_options.hpp"
#include "gateway_session.hpp"

#include <cstdio>
#include <utility>

namespace {

using tcp = asio::ip::tcp;

template <class Stream>
int run(const example::gateway_options& options, auto&... tls)
{
    using session = example::gateway_session<Stream>;
    example::asio_server<session> server{
        options.port, [&](tcp::socket socket) {
            Stream upstream{socket.get_executor(), tls...};
            if constexpr (sizeof...(tls) != 0)
                example::set_host(upstream, std::string{options.upstream.host});
            server.make(std::move(socket), std::move(upstream), options.upstream, options, options.sizes)
                ->near.update();
        }};
    std::printf("listening on ws://127.0.0.1:%u/\n", server.port());
    std::fflush(stdout);
    server.run();
    return 0;
}

} // namespace

int main(int count, char** values)
{
    return example::run_reporting("gateway", [&] {
        example::gateway_options options;
        if (!options.read(count, values))
            return 0;
        if (!options.upstream.where.secure)
            return run<tcp::socket>(options);
        asio::ssl::context tls = example::verifying_context(options.authorities);
        return run<asio::ssl::stream<tcp::socket>>(options, tls);
    });
}
