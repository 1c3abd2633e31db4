// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// An echo server for WebSockets over HTTP/3, with ngtcp2, nghttp3 and GnuTLS. It also serves a page.

#include "../http2/protocols.hpp"
#include "../support/arguments.hpp"
#include "../support/server_options.hpp"
#include "../support/stop_signals.hpp"
#include "http3_server.hpp"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace {

[[nodiscard]] std::string read_file(const std::string& name)
{
    std::ifstream file{name, std::ios::binary};
    std::string content{std::istreambuf_iterator<char>{file}, {}};
    if (!file)
        throw std::runtime_error{"cannot read " + name};
    return content;
}

} // namespace

int main(int count, char** values)
{
    return example::run_reporting("http3_server", [&] {
        example::http3_options options{.page = example::protocols_page};
        std::uint16_t port = 8443;
        std::string certificates;
        std::string key;
        std::string page;
        bool always_retry = false;
        example::arguments words{count, values};
        while (words.next()) {
            if (words.name() == "--help" || words.name() == "-h") {
                std::puts(
                    "usage: http3_server --tls CERTIFICATES KEY [options]\n\n"
                    "Echoes every message of WebSockets over HTTP/3 (RFC 9220). / is a page, /protocol sends the name of the\n"
                    "protocol first, /refused is refused with 403. SIGTERM or SIGINT ends the server with status 0, after the\n"
                    "closing handshakes with code 1001.\n\n"
                    "  --tls FILE FILE  PEM files with certificates and key\n"
                    "  --port NUMBER    UDP port of 127.0.0.1; 0: any free port (8443). The first line of output contains it\n"
                    "  --page FILE      response to GET / instead of the page of this program\n"
                    "  --time-out MS    sets the time-outs of both handshakes, and for pings and pongs (10000 and 20000)\n"
                    "  --retry          validates the address of each client, and not only under load\n"
                    "  --help");
                return 0;
            }
            if (words.name() == "--port") {
                port = words.number<std::uint16_t>();
            } else if (words.name() == "--tls") {
                certificates = words.value();
                key = words.value();
            } else if (words.name() == "--page") {
                page = read_file(std::string{words.value()});
                options.page = page;
            } else if (words.name() == "--time-out") {
                example::set_times(options.websocket, words.number<std::uint32_t>(1U << 31U));
            } else if (words.name() == "--retry") {
                always_retry = true;
            } else {
                words.unknown();
            }
        }
        if (certificates.empty())
            throw example::usage_error{"--tls is required"};
        const example::descriptor stop = example::stop_signals();
        example::http3_server server{port, certificates, key, options, always_retry};
        std::printf("listening on https://127.0.0.1:%d/\n", server.port());
        std::fflush(stdout);
        server.run(stop);
        std::printf("%zu connections\n", server.accepted());
        return 0;
    });
}
