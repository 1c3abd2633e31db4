// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// WebSockets and a page over HTTP/3: ngtcp2, nghttp3 and GnuTLS.

#include "../support/arguments.hpp"
#include "../support/stop_signals.hpp"
#include "http3_server.hpp"

#include <cstddef>
#include <cstdio>

int main(int count, char** values)
{
    return example::run_reporting("http3_server", [&] {
        example::http_options options;
        if (!options.read("http3_server", count, values))
            return 0;
        if (options.certificates.empty())
            throw example::usage_error{"--tls is required: HTTP/3 has no other form"};
        const example::descriptor stop = example::stop_signals();
        example::http3_server server{options};
        std::printf("listening on https://127.0.0.1:%u/\n", server.port());
        std::fflush(stdout);
        server.run(stop);
        std::printf("%zu connections\n", server.accepted());
        return 0;
    });
}
