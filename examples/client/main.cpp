// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A WebSocket client for the command line; see `client --help`.

#include "../support/arguments.hpp"
#include "../support/socket.hpp"
#include "../support/tls.hpp"
#include "../support/transport.hpp"
#include "../support/tunnel.hpp"
#include "client_session.hpp"
#include "options.hpp"

#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace {

/// Removes the brackets of an IPv6 address (RFC 3986), which getaddrinfo() does not accept.
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

bool run_session(const example::options& wanted)
{
    const auto limit = wanted.wait.count() == 0 ? std::chrono::milliseconds{5000} : wanted.wait;
    const std::string host = host_of(wanted.where.host);
    const std::optional<example::tls_context> tls = context_for(wanted);
    const sockless::uri& first = wanted.proxy ? *wanted.proxy : wanted.where;
    const std::string address = wanted.proxy ? host_of(first.host) : std::string{wanted.host};
    example::descriptor socket = example::connect_to(address, first.port, limit);
    if (wanted.proxy)
        open_tunnel(socket, {wanted.where, wanted.proxy_user, wanted.proxy_password}, limit);
    example::client_session talk{
        tls ? example::transport{std::move(socket), *tls, host} : example::transport{std::move(socket)}, wanted};
    return talk.run();
}

} // namespace

int main(int count, char** values)
{
    std::setvbuf(stdout, nullptr, _IOLBF, 0); // line-buffered also in a pipe
    try {
        example::options wanted;
        if (!example::read_options(count, values, wanted))
            return 0;
        return run_session(wanted) ? 0 : 1;
    } catch (const example::usage_error& problem) {
        std::fprintf(stderr, "client: %s (--help shows the options)\n", problem.what());
        return 2;
    } catch (const std::exception& problem) {
        std::printf("error no_connection: %s\n", problem.what());
        return 1;
    }
}
