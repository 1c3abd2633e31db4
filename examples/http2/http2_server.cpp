// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// WebSockets and a page over HTTP/1.1 and HTTP/2 on one port: nghttp2 and OpenSSL in the epoll loop of `support/`.

#include "http_session.hpp"

#include <cstdio>
#include <memory>
#include <utility>

int main(int count, char** values)
{
    return example::run_reporting("http2_server", [&] {
        example::http_options options;
        if (!options.read("http2_server", count, values))
            return 0;
        example::raise_descriptor_limit();
        example::memory_budget budget{std::size_t{1} << 30};
        example::server_loop loop{
            {.port = options.port, .certificates = options.certificates, .key = options.key, .http_2 = true},
            budget,
            [&](example::server_loop&, example::transport peer, example::ticks now) {
                return std::make_unique<example::http_session>(std::move(peer), options, now);
            }};
        std::printf("listening on http%s://localhost:%u/\n", loop.is_secure() ? "s" : "", loop.port());
        std::fflush(stdout);
        loop.run();
        return 0;
    });
}
