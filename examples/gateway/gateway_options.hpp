// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The command line of `gateway`: port, upstream server, certificate authorities, limits and time-outs.
#pragma once

#include "../support/arguments.hpp"
#include "../support/server_options.hpp"

#include <sockless/core/error_string.hpp>
#include <sockless/deflate/relayed_deflate.hpp>
#include <sockless/http/url.hpp>
#include <sockless/websocket/websocket_storage.hpp>

#include <cstdint>
#include <cstdio>
#include <string>

namespace example {

struct gateway_options {
    std::uint16_t port = 8080;
    std::string storage = {}; ///< of `upstream`
    sockless::url upstream = {};
    std::string authorities = {}; ///< PEM file; empty: those of the system
    std::uint32_t milliseconds = 0;
    std::uint64_t message_bytes = std::uint64_t{16} << 20;
    /// The memory of each end: messages are never whole here, and the output has room for one piece above the `high_water` of `relay`.
    sockless::websocket_sizes sizes = {.message = 16384, .output = 36864, .input = 65536};

    gateway_options() = default;
    gateway_options(const gateway_options&) = delete; // `upstream` refers to `storage`
    gateway_options& operator=(const gateway_options&) = delete;

    /// Reads the command line.
    ///
    /// @return false if the program should end with status 0, after --help
    /// @par Errors  throws usage_error
    [[nodiscard]] bool read(int count, char** values)
    {
        arguments words{count, values};
        std::string text;
        while (words.next()) {
            if (words.name() == "--help" || words.name() == "-h") {
                std::printf(
                    "usage: gateway [options] --upstream URL\n\n"
                    "Passes every WebSocket on to an upstream server, with path, query, subprotocols, permessage-deflate and fields\n"
                    "of the client's request. SIGTERM or SIGINT ends it with status 0, after closing handshakes with code 1001.\n\n"
                    "  --upstream URL         ws://HOST:PORT/ or wss://HOST:PORT/\n"
                    "  --port NUMBER          port of 127.0.0.1; 0: any free port (8080). The first line of output contains it\n"
                    "  --ca FILE              certificate authorities to trust, PEM (those of the system)\n"
                    "  --message-bytes COUNT  the largest message (16777216)\n"
                    "  --time-out MS          sets the time-outs of both handshakes, and for pings and pongs (10000 and 20000)\n"
                    "  --help\n");
                return false;
            }
            if (words.name() == "--upstream")
                text = words.value();
            else if (words.name() == "--port")
                port = words.number<std::uint16_t>();
            else if (words.name() == "--ca")
                authorities = words.value();
            else if (words.name() == "--message-bytes")
                message_bytes = words.number<std::uint64_t>();
            else if (words.name() == "--time-out")
                milliseconds = words.number<std::uint32_t>(1U << 30U);
            else
                words.unknown();
        }
        storage.resize(4 * text.size() + 64);
        if (const sockless::error e = parse_url(text, storage, upstream); failed(e))
            throw usage_error{"--upstream: " + std::string{to_string(e)}};
        if (upstream.where.path != "/" || !upstream.where.query.empty() || !upstream.user.empty())
            throw usage_error{"--upstream: a host and a port only; path and query are those of each request"};
        return true;
    }

    /// Returns the options of one end.
    ///
    /// @param both  what both ends agree on
    template <class Options>
    [[nodiscard]] Options websocket(sockless::relayed_deflate::agreement& both) const
    {
        Options result{.limits = {.frame_bytes = message_bytes, .message_bytes = message_bytes},
                       .deflate = {&both},
                       .high_water = sizes.output,
                       .whole_messages = false};
        if (milliseconds != 0)
            set_times(result, milliseconds);
        // The answer waits for the upstream server, whose handshake has a time-out of its own: 504 instead of 503.
        result.answer_timeout = 2 * result.handshake_timeout;
        return result;
    }
};

} // namespace example
