// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The command line of `feed_client`.
#pragma once

#include "../support/server_options.hpp"

#include <sockless/core/error_string.hpp>
#include <sockless/http/url.hpp>
#include <sockless/reconnect_backoff.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <string>
#include <string_view>

namespace example {

/// A URL that owns its text.
struct owned_url : sockless::url {
    owned_url() = default;
    owned_url(const owned_url&) = delete;
    owned_url& operator=(const owned_url&) = delete;

    void read(std::string_view text)
    {
        storage.resize(4 * text.size() + 64);
        if (const sockless::error e = parse_url(text, storage, *this); failed(e))
            throw usage_error{std::string{text} + ": " + std::string{to_string(e)}};
    }

    std::string storage;
};

inline constexpr const char* feed_help =
    "usage: feed_client [options] wss://HOST/PATH\n\n"
    "Receives the JSON messages of a feed. A gap or a repetition of their numbers, \"seq\":N, is reported on standard error. After the end of\n"
    "a connection it waits for a random time, connects and subscribes again. SIGTERM or SIGINT ends it with status 0, after the closing\n"
    "handshake; the last line has the totals.\n\n"
    "  --subscribe TEXT    message to send when a connection is open\n"
    "  --subprotocol NAME  that the server has to choose\n"
    "  --print             print the messages\n"
    "  --count N           end after N messages\n"
    "  --ca FILE           certificate authorities to trust, PEM (those of the system)\n"
    "  --proxy URL         HTTP proxy: http://[USER:PASSWORD@]HOST[:PORT]\n"
    "  --retry MS          upper bound of the first wait; it doubles up to a minute (5000)\n"
    "  --time-out MS       sets the time-outs of both handshakes, and for pings and pongs (10000 and 20000)\n"
    "  --help\n";

struct feed_options {
    owned_url server;
    owned_url proxy; ///< without a host: none
    std::string_view subscription;
    std::array<std::string_view, 1> subprotocol; ///< an empty one: none
    std::string authorities;                     ///< PEM file; empty: those of the system
    std::uint64_t count = std::numeric_limits<std::uint64_t>::max();
    bool print = false;
    sockless::reconnect_options<std::uint64_t> retry;
    std::uint32_t milliseconds = 0; ///< all time-outs; 0: those of the library

    /// Reads the command line.
    ///
    /// @return false if the program should end with status 0, after --help
    /// @par Errors  throws usage_error
    [[nodiscard]] bool read(int count_of_words, char** values)
    {
        arguments words{count_of_words, values};
        while (words.next()) {
            if (words.name() == "--help" || words.name() == "-h")
                return std::fputs(feed_help, stdout) < 0;
            if (words.name() == "--subscribe")
                subscription = words.value();
            else if (words.name() == "--subprotocol")
                subprotocol[0] = words.value();
            else if (words.name() == "--print")
                print = true;
            else if (words.name() == "--count")
                count = words.number<std::uint64_t>();
            else if (words.name() == "--ca")
                authorities = words.value();
            else if (words.name() == "--proxy")
                proxy.read(words.value());
            else if (words.name() == "--retry")
                retry.first_delay = words.number<std::uint32_t>(60'000);
            else if (words.name() == "--time-out")
                milliseconds = words.number<std::uint32_t>(1U << 31U);
            else if (words.is_option() && words.name() != "--url")
                words.unknown();
            else
                server.read(words.is_option() ? words.value() : words.name());
        }
        if (!server.where.secure || proxy.where.secure)
            throw usage_error{"the URL has to begin with wss:, that of a proxy with http:"};
        return true;
    }

    /// Returns the options of a websocket.
    template <class Options>
    [[nodiscard]] Options websocket() const
    {
        return options_with_times<Options>(milliseconds);
    }
};

} // namespace example
