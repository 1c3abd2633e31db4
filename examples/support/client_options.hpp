// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The command line of the small clients, and their handler: lines of standard input are messages.
#pragma once

#include "server_options.hpp"
#include "socket.hpp"

#include <sockless/core/close_code.hpp>
#include <sockless/core/error_string.hpp>
#include <sockless/http/uri.hpp>
#include <sockless/message/event.hpp>
#include <sockless/websocket/ready_state.hpp>

#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>

namespace example {

/// Throws `std::runtime_error` if there is an error.
inline void check(sockless::error e)
{
    if (failed(e))
        throw std::runtime_error{std::string{to_string(e)}};
}

struct client_options {
    sockless::uri where = {}; ///< views of the command line
    std::string authorities = {};
    std::uint32_t milliseconds = 0;

    /// Reads the command line.
    ///
    /// @param name      of the program
    /// @param with_tls  whether the program has --ca
    /// @return false if the program should end with status 0, after --help
    /// @par Errors  throws usage_error
    [[nodiscard]] bool read(const char* name, int count, char** values, bool with_tls = false)
    {
        std::string_view url;
        arguments words{count, values};
        while (words.next()) {
            if (words.name() == "--help" || words.name() == "-h") {
                std::printf(
                    "usage: %s [options] URL\n\n"
                    "Sends each line of standard input as a text message and prints each message as a line. At the end of the input\n"
                    "it waits for as many messages as it has sent, then it closes. The status is 0 after a closing handshake.\n\n"
                    "  --url URL        another way to pass the URL\n"
                    "  --time-out MS    sets the time-outs of both handshakes, and for pings and pongs (10000 and 20000)\n"
                    "%s  --help\n",
                    name,
                    with_tls
                        ? "  --ca FILE        PEM file with the certificates to trust; by default those of the system\n"
                        : "");
                return false;
            }
            if (words.name() == "--url")
                url = words.value();
            else if (words.name() == "--time-out")
                milliseconds = words.number<std::uint32_t>(1U << 31U);
            else if (with_tls && words.name() == "--ca")
                authorities = words.value();
            else if (words.is_option())
                words.unknown();
            else
                url = words.name();
        }
        if (const sockless::error e = sockless::parse_uri(url, where); failed(e))
            throw usage_error{std::string{to_string(e)} + ": " + std::string{url}};
        if (where.secure != with_tls)
            throw usage_error{with_tls ? "the URL has to begin with wss:" : "the URL has to begin with ws:"};
        return true;
    }

    /// Returns the name or the address of the server, without brackets.
    [[nodiscard]] std::string host() const
    {
        const bool is_literal = where.host.starts_with('[');
        return std::string{is_literal ? where.host.substr(1, where.host.size() - 2) : where.host};
    }
    /// Returns the options of the websocket.
    template <class Options>
    [[nodiscard]] Options websocket() const
    {
        return options_with_times<Options>(milliseconds);
    }
};

/// A handler that sends each line of standard input as a message, and prints each message that arrives as a line. After the end of the
/// input it closes when as many messages have arrived as were sent.
struct line_exchange {
    void on_message(auto& ws, const sockless::event& message)
    {
        const std::string_view text = message.text();
        check(std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? std::fputc('\n', stdout) : EOF,
              "stdout");
        check(std::fflush(stdout), "stdout");
        ++received;
        close_after_last(ws);
    }
    void on_error(auto&, const sockless::event& e) const
    {
        std::fprintf(stderr, "%s\n", std::string{to_string(e.failure())}.c_str());
    }
    void on_close(auto&, const sockless::event& e) { status = e.was_clean() ? 0 : 1; }

    /// Returns standard input while it is read, which is as long as the server reads; -1 at other times.
    [[nodiscard]] int watched(const auto& ws) const
    {
        const bool wanted =
            !input_ended && ws.ready_state() == sockless::ready_state::open && ws.unwritten() < sizeof buffer;
        return wanted ? STDIN_FILENO : -1;
    }
    /// Reads standard input once and sends the lines that are complete.
    void on_readable(auto& ws)
    {
        const ssize_t count = check(static_cast<int>(::read(STDIN_FILENO, buffer, sizeof buffer)), "standard input");
        partial.append(buffer, static_cast<std::size_t>(count));
        input_ended = count == 0;
        std::string_view rest = partial;
        for (std::size_t size = rest.find('\n'); !rest.empty() && (size != rest.npos || input_ended);
             size = rest.find('\n')) {
            check(ws.send(rest.substr(0, size)));
            ++sent;
            rest.remove_prefix(size == rest.npos ? rest.size() : size + 1);
        }
        partial.erase(0, partial.size() - rest.size());
        close_after_last(ws);
    }
    void close_after_last(auto& ws)
    {
        if (input_ended && received >= sent)
            check(ws.close(sockless::close_code::normal));
    }

    char buffer[65536];
    std::string partial;
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    bool input_ended = false;
    int status = 1; ///< of the program
};

} // namespace example
