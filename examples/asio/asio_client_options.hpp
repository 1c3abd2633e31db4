// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The command line of `asio_client`: URL, certificate authorities and time-outs.
#pragma once

#include "../support/arguments.hpp"
#include "../support/server_options.hpp"

#include <sockless/core/error_string.hpp>
#include <sockless/http/url.hpp>
#include <sockless/websocket/websocket_options.hpp>
#include <sockless/websocket/websocket_storage.hpp>

#include <cstdint>
#include <cstdio>
#include <string>

namespace example {

/// @tparam MaskKeys  the source of masking keys
template <class MaskKeys>
struct asio_client_options {
    std::string storage = {}; ///< of `address`
    sockless::url address = {};
    std::string authorities = {}; ///< PEM file; empty: those of the system
    sockless::websocket_options<MaskKeys> websocket = {.fail_when_full = true};
    sockless::websocket_sizes sizes = {.message = std::size_t{16} << 20};

    asio_client_options() = default;
    asio_client_options(const asio_client_options&) = delete; // `address` refers to `storage`
    asio_client_options& operator=(const asio_client_options&) = delete;

    /// Reads the command line.
    ///
    /// @param name  of the program
    /// @return false if the program should end with status 0, after --help
    /// @par Errors  throws usage_error
    [[nodiscard]] bool read(const char* name, int count, char** values)
    {
        arguments words{count, values};
        std::string text;
        while (words.next()) {
            if (words.name() == "--help" || words.name() == "-h") {
                std::printf(
                    "usage: %s [options] URL\n\nSends each line of standard input as a text message and prints the messages that arrive.\n"
                    "The URL begins with ws:// or wss://. At the end of the input it waits for a pong, and closes.\n"
                    "Status 0 after a clean close, 1 after another end.\n\n"
                    "  --ca FILE        certificate authorities to trust, PEM (those of the system)\n"
                    "  --time-out MS    sets the time-outs of both handshakes, and for pings and pongs (10000 and 20000)\n"
                    "  --help\n",
                    name);
                return false;
            }
            if (words.name() == "--ca")
                authorities = words.value();
            else if (words.name() == "--time-out")
                set_times(websocket, words.number<std::uint32_t>(1U << 31U));
            else if (words.name() == "--url")
                text = words.value();
            else if (!words.is_option())
                text = words.name();
            else
                words.unknown();
        }
        storage.resize(4 * text.size() + 64);
        if (const sockless::error e = parse_url(text, storage, address); failed(e))
            throw usage_error{"the URL: " + std::string{to_string(e)}};
        return true;
    }
};

} // namespace example
