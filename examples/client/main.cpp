// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A WebSocket client for the command line: `client --help` tells what it does.

#include "../support/arguments.hpp"
#include "../support/socket.hpp"
#include "../support/tls.hpp"
#include "../support/transport.hpp"
#include "conversation.hpp"
#include "options.hpp"
#include "tunnel.hpp"

#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace {

/// RFC 3986 writes IPv6 addresses in brackets, getaddrinfo() wants none.
std::string host_of(std::string_view host)
{
    return std::string{host.starts_with('[') ? host.substr(1, host.size() - 2) : host};
}

std::optional<example::tls_context> context_for(const example::options& wanted)
{
    if (!wanted.where.secure)
        return {};
    return example::tls_context{wanted.trust};
}

bool converse(const example::options& wanted)
{
    const auto limit = wanted.wait.count() == 0 ? std::chrono::milliseconds{5000} : wanted.wait;
    const std::string host = host_of(wanted.where.host);
    const std::optional<example::tls_context> tls = context_for(wanted);
    const sockless::uri& first = wanted.proxy ? *wanted.proxy : wanted.where;
    example::descriptor socket = example::connect_to(host_of(first.host), first.port, limit);
    if (wanted.proxy)
        ask_for_tunnel(socket, wanted, limit);
    example::conversation talk{
        tls ? example::transport{std::move(socket), *tls, host} : example::transport{std::move(socket)}, wanted};
    return talk.run();
}

} // namespace

int main(int count, char** values)
{
    std::setvbuf(stdout, nullptr, _IOLBF, 0); // whoever reads our output through a pipe sees each line at once
    try {
        example::options wanted;
        if (!example::read_options(count, values, wanted))
            return 0;
        return converse(wanted) ? 0 : 1;
    } catch (const example::usage_error& problem) {
        std::fprintf(stderr, "client: %s (--help shows the options)\n", problem.what());
        return 2;
    } catch (const std::exception& problem) {
        std::printf("error no_connection: %s\n", problem.what());
        return 1;
    }
}
