// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// What the client sends on its WebSockets, and the check that everything comes back.
#pragma once

#include "../support/client_options.hpp"
#include "../support/deflate.hpp"

#include <sockless/websocket.hpp>
#include <sockless/with_os_random.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>

namespace example {

using echo_extension = sockless::deflate_extension<compression_library>;
using echo_websocket = sockless::websocket<sockless::role::client, sockless::os_mask_keys, echo_extension>;

struct echo_options {
    sockless::uri where = {}; ///< views of the command line
    std::string authorities = {};
    std::size_t sockets = 1;
    std::size_t connections = 1;
    std::uint64_t messages = 1; ///< on each WebSocket, one after another
    std::size_t size = 125;     ///< of a message, in bytes
    std::uint32_t milliseconds = 0;
    bool deflate = false;

    /// Reads the command line.
    ///
    /// @return false if the program should end with status 0, after --help
    /// @par Errors  throws usage_error
    [[nodiscard]] bool read(int count, char** values)
    {
        std::string_view url;
        arguments words{count, values};
        while (words.next()) {
            if (words.name() == "--help" || words.name() == "-h") {
                std::fputs(
                    "usage: http2_client [options] URL\n\n"
                    "Opens WebSockets over HTTP/2 to an echo server, sends messages on each, and compares what comes back. Prints a\n"
                    "line of figures; the status is 0 if nothing was lost. A URL with ws: means HTTP/2 without TLS (prior knowledge).\n\n"
                    "  --url URL        another way to pass the URL\n"
                    "  --ca FILE        PEM file with the certificates to trust; by default those of the system\n"
                    "  --sockets N      number of WebSockets (1), which are all open before the first message\n"
                    "  --connections N  number of connections that they share (1)\n"
                    "  --messages N     number of messages on each WebSocket (1)\n"
                    "  --size BYTES     size of a message (125)\n"
                    "  --deflate        offers permessage-deflate\n"
                    "  --time-out MS    sets all time-outs (10000, and 20000 for pings)\n"
                    "  --help\n",
                    stdout);
                return false;
            }
            if (words.name() == "--url")
                url = words.value();
            else if (words.name() == "--ca")
                authorities = words.value();
            else if (words.name() == "--sockets")
                sockets = words.number<std::size_t>();
            else if (words.name() == "--connections")
                connections = words.number<std::size_t>(65'535);
            else if (words.name() == "--messages")
                messages = words.number<std::uint64_t>();
            else if (words.name() == "--size")
                size = words.number(std::size_t{16} << 20);
            else if (words.name() == "--deflate")
                deflate = true;
            else if (words.name() == "--time-out")
                milliseconds = words.number<std::uint32_t>(1U << 31U);
            else if (words.is_option())
                words.unknown();
            else
                url = words.name();
        }
        if (const sockless::error e = sockless::parse_uri(url, where); failed(e))
            throw usage_error{std::string{to_string(e)} + ": " + std::string{url}};
        if (connections == 0 || sockets < connections)
            throw usage_error{"each connection needs a WebSocket"};
        return true;
    }
    /// Returns the name or the address of the server, without brackets.
    [[nodiscard]] std::string host() const
    {
        const bool is_literal = where.host.starts_with('[');
        return std::string{is_literal ? where.host.substr(1, where.host.size() - 2) : where.host};
    }
};

/// The figures of all WebSockets.
struct echo_figures {
    std::size_t opened = 0;
    std::size_t closed = 0;
    std::size_t clean = 0;      ///< of those that have closed
    std::uint64_t received = 0; ///< messages as they were sent
    std::uint64_t wrong = 0;
    sockless::error why = sockless::error::none; ///< the first one
};

/// The handler of one WebSocket.
class echo_exchange {
public:
    echo_exchange(const echo_options& options, echo_figures& figures, std::size_t number) noexcept
        : options_{&options}, figures_{&figures}, number_{number}
    {
    }

    /// Sends the next message, or closes. If the peer has begun to close, or made a mistake, the connection ends without it.
    void send_next(echo_websocket& ws)
    {
        if (ws.ready_state() != sockless::ready_state::open)
            return;
        if (sent_ == options_->messages)
            return check(ws.close(sockless::close_code::normal));
        ++sent_;
        const std::string message = expected();
        check(is_text() ? ws.send(message) : ws.send(std::as_bytes(std::span{message})));
    }
    void on_open(echo_websocket&) { ++figures_->opened; }
    void on_message(echo_websocket& ws, const sockless::event& message)
    {
        const std::span<const std::byte> bytes = message.payload();
        const bool equal = message.is_text() == is_text() &&
                           std::string_view{reinterpret_cast<const char*>(bytes.data()), bytes.size()} == expected();
        ++(equal ? figures_->received : figures_->wrong);
        send_next(ws);
    }
    void on_error(echo_websocket&, const sockless::event& e)
    {
        if (!failed(figures_->why))
            figures_->why = e.failure();
    }
    void on_close(echo_websocket&, const sockless::event& e)
    {
        ++figures_->closed;
        if (e.was_clean() && sent_ == options_->messages)
            ++figures_->clean;
    }

private:
    [[nodiscard]] bool is_text() const noexcept { return sent_ % 2 == 0; }
    /// Returns the message that was sent last: different for each WebSocket and each message.
    [[nodiscard]] std::string expected() const
    {
        std::uint64_t random = (sent_ << 32U) + number_;
        std::string text(options_->size, '\0');
        for (char& c : text) {
            random = random * 6364136223846793005U + 1442695040888963407U;
            c = static_cast<char>(is_text() ? 32 + (random >> 33U) % 95 : random >> 56U);
        }
        return text;
    }

    const echo_options* options_;
    echo_figures* figures_;
    std::size_t number_;
    std::uint64_t sent_ = 0;
};

} // namespace example
