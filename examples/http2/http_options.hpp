// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The command line of the servers with HTTP/2 and HTTP/3, and what they answer to requests for pages.
#pragma once

#include "../support/deflate.hpp"
#include "../support/plain_request.hpp"
#include "../support/server_options.hpp"
#include "protocols.hpp"

#include <sockless/handshake/upgrade_request.hpp>
#include <sockless/http/head.hpp>
#include <sockless/websocket.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace example {

using http_extension = sockless::deflate_extension<compression_library>;
using http_websocket = sockless::websocket<sockless::role::server, sockless::no_mask_keys, http_extension>;

struct http_options {
    std::uint16_t port = 8080;
    std::string certificates = {}; ///< PEM file; empty: no TLS
    std::string key = {};
    std::string page{protocols_page}; ///< HTML
    std::uint32_t milliseconds = 0;   ///< of all time-outs; 0: the usual ones
    /// An echo that waits stops reading at 256 KiB, and one that has no room fails the connection.
    http_websocket::options websocket = {
        .deflate = http_extension::low_memory(), .high_water = std::size_t{256} << 10, .fail_when_full = true};
    /// The output has room for the largest message, also if compression makes it larger, and for a part of those before it.
    sockless::websocket_sizes sizes = {.message = std::size_t{16} << 20, .output = std::size_t{21} << 20};

    /// Reads the command line.
    ///
    /// @param name  of the program
    /// @return false if the program should end with status 0, after --help
    /// @par Errors  throws usage_error, or std::runtime_error if the page cannot be read
    [[nodiscard]] bool read(const char* name, int count, char** values)
    {
        websocket.deflate.receive_window_required = false; // also for Firefox
        arguments words{count, values};
        while (words.next()) {
            if (words.name() == "--help" || words.name() == "-h") {
                std::printf(
                    "usage: %s [options]\n\n"
                    "Echoes every WebSocket message. /protocol sends the version of HTTP first; /refused is refused.\n"
                    "SIGTERM or SIGINT ends it with status 0, after the closing handshakes with code 1001.\n\n"
                    "  --port NUMBER    port of 127.0.0.1; 0: any free port (8080). The first line of output contains it\n"
                    "  --tls CERT KEY   PEM files; tools/certificates creates some for tests\n"
                    "  --page FILE      response to a request for \"/\" instead of the page of this program\n"
                    "  --time-out MS    sets all time-outs (10000, 20000 for pings, 60000 for idle connections)\n"
                    "  --help\n",
                    name);
                return false;
            }
            if (words.name() == "--port")
                port = words.number<std::uint16_t>();
            else if (words.name() == "--tls")
                certificates = words.value(), key = words.value();
            else if (words.name() == "--page")
                read_page(std::string{words.value()});
            else if (words.name() == "--time-out")
                set_times(websocket, milliseconds = words.number<std::uint32_t>(1U << 31U));
            else
                words.unknown();
        }
        return true;
    }

private:
    void read_page(const std::string& name)
    {
        std::ifstream file{name, std::ios::binary};
        page.assign(std::istreambuf_iterator<char>{file}, {});
        if (!file)
            throw std::runtime_error{"cannot read " + name};
    }
};

/// The response to a request that asks for no WebSocket.
struct http_page {
    http_page(const http_options& options, const sockless::upgrade_request& request)
    {
        constexpr sockless::field allow{"allow", "GET, HEAD, OPTIONS"};
        if ((status = status_without_page(request)) != 0) {
            fields[0] = allow;
        } else if (request.path == "/") {
            status = 200;
            fields[0] = {"content-type", "text/html; charset=utf-8"};
            body = options.page;
        } else {
            status = 404;
        }
    }

    /// Calls @p submit with the fields of a response over HTTP/2 or HTTP/3, and whether a body follows.
    template <class Submit>
    auto respond(bool is_head, const Submit& submit) const
    {
        const std::string code = std::to_string(status);
        const std::string size = std::to_string(body.size());
        std::vector<sockless::field> all{{":status", code}};
        for (const sockless::field& each : fields)
            if (!each.name.empty())
                all.push_back(each);
        if (status != 204)
            all.push_back({"content-length", size});
        return submit(all, !is_head && !body.empty());
    }

    std::uint16_t status;
    std::array<sockless::field, 2> fields{{{}, {"cache-control", "no-cache"}}};
    std::string_view body{};
};

/// The handler of an echo server.
struct http_echo {
    void on_open(http_websocket& ws) const
    {
        if (!announced.empty())
            static_cast<void>(ws.send(announced));
    }
    static void on_message(http_websocket& ws, const sockless::event& message)
    {
        // All other connections wait while a message is compressed: zlib needs seconds for the largest one.
        using when = sockless::deflate_when;
        ws.extension_encoder().compress(message.payload().size() <= max_compressed ? when::large_enough : when::never);
        // With `fail_when_full` a message without room ends the connection, so that the result can be ignored.
        static_cast<void>(message.is_text() ? ws.send(message.text(), sockless::assume_utf8{})
                                            : ws.send(message.payload()));
    }

    static constexpr std::size_t max_compressed = std::size_t{256} << 10;

    std::string_view announced{}; ///< the first message; empty: none
};

/// Returns what a server chooses of the client's subprotocols.
[[nodiscard]] inline std::string_view http_subprotocol(const sockless::upgrade_request& request)
{
    constexpr std::string_view supported[] = {"echo", "chat"};
    return choose_subprotocol(request.subprotocols(), supported);
}

} // namespace example
