// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The command line of the small servers, one for each event loop: port, time-outs and, with TLS, certificate and key.
#pragma once

#include "arguments.hpp"

#include <sockless/websocket/websocket_options.hpp>
#include <sockless/websocket/websocket_storage.hpp>

#include <cstdint>
#include <cstdio>
#include <string>

namespace example {

/// Sets all times of a websocket to @p milliseconds.
template <class Options>
void set_times(Options& options, std::uint32_t milliseconds)
{
    options.handshake_timeout = options.ping_interval = milliseconds;
    options.pong_timeout = options.closing_timeout = milliseconds;
}
/// Returns options with these times; 0: the usual ones.
template <class Options>
[[nodiscard]] Options options_with_times(std::uint32_t milliseconds)
{
    Options result;
    if (milliseconds != 0)
        set_times(result, milliseconds);
    return result;
}

struct server_options {
    std::uint16_t port = 8080;
    std::string certificates = {}; ///< PEM file; empty: no TLS
    std::string key = {};
    /// An echo that waits stops reading at 256 KiB, and one that has no room fails the connection.
    sockless::websocket_options<> websocket = {.high_water = std::size_t{256} << 10, .fail_when_full = true};
    sockless::websocket_sizes sizes = {.message = std::size_t{16} << 20};

    /// Reads the command line.
    ///
    /// @param name      of the program
    /// @param with_tls  whether the program needs --certificate and --key
    /// @return false if the program should end with status 0, after --help
    /// @par Errors  throws usage_error
    [[nodiscard]] bool read(const char* name, int count, char** values, bool with_tls = false)
    {
        arguments words{count, values};
        while (words.next()) {
            if (words.name() == "--help" || words.name() == "-h") {
                std::printf(
                    "usage: %s [options]\n\nEchoes every WebSocket message. SIGTERM or SIGINT ends it with status 0,\n"
                    "after the closing handshakes with code 1001.\n\n"
                    "  --port NUMBER    port of 127.0.0.1; 0: any free port (8080). The first line of output contains it\n"
                    "  --time-out MS    sets the time-outs of both handshakes, and for pings and pongs (10000 and 20000)\n"
                    "%s  --help\n",
                    name, with_tls ? "  --certificate FILE, --key FILE  PEM files\n" : "");
                return false;
            }
            if (words.name() == "--port")
                port = words.number<std::uint16_t>();
            else if (words.name() == "--time-out")
                set_times(websocket, words.number<std::uint32_t>(1U << 31U));
            else if (with_tls && words.name() == "--certificate")
                certificates = words.value();
            else if (with_tls && words.name() == "--key")
                key = words.value();
            else
                words.unknown();
        }
        if (with_tls && (certificates.empty() || key.empty()))
            throw usage_error{"--certificate and --key are required"};
        return true;
    }
};

} // namespace example
