// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A WebSocket echo server for Linux: one thread, thousands of connections.

#include "../support/arguments.hpp"
#include "../support/server_loop.hpp"
#include "session.hpp"

#include <sockless/http/character_class.hpp>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace {

constexpr const char* help = R"(usage: echo_server [options]

Echoes every WebSocket message on the path "/". On SIGTERM or SIGINT it closes all connections with code 1001, waits up to
5 seconds for the closing handshakes, and ends with status 0.

  --host NAME         address to listen on (127.0.0.1)
  --port NUMBER       port to listen on; 0: any free port (8080). The first line of output contains it
  --max-message BYTES maximum size of a message; larger ones cause close code 1009 (16777216)
  --max-fragments N   maximum number of frames of a message (131072)
  --memory BYTES      maximum memory of all connections; beyond it new ones are rejected and large ones closed (268435456)
  --subprotocol NAME  supported subprotocol; may be repeated
  --origin ORIGIN     accept only this Origin; may be repeated. Requests without Origin are accepted
  --idle SECONDS      close with code 1001 after this time without data; 0: never (300)
  --ping SECONDS      ping interval, and time after which a silent client is dropped; 0: no pings (20)
  --page FILE         response to a plain HTTP request for "/"
  --deflate[=PARAMETERS]  permessage-deflate (RFC 7692) if the client offers it; the last line of output has the byte counts
  --deflate-shared    one compressor for all clients, without context takeover
  --tls CERT KEY      PEM files; serves wss and https. tools/certificates creates some for tests
  --help
)";

std::string read_file(const std::string& name)
{
    std::ifstream file{name, std::ios::binary};
    std::string content{std::istreambuf_iterator<char>{file}, {}};
    if (!file)
        throw std::runtime_error{"cannot read " + name};
    return content;
}

/// @return false if the program should end with status 0
bool read_options(int count, char** values, example::echo_options& options)
{
    const auto milliseconds = [](std::chrono::milliseconds time) { return static_cast<example::ticks>(time.count()); };
    example::arguments words{count, values};
    while (words.next()) {
        const std::string_view name = words.name();
        if (name == "--help" || name == "-h") {
            std::fputs(help, stdout);
            std::fputs(example::deflate_help, stdout);
            return false;
        }
        if (name == "--host") {
            options.listen.host = words.value();
        } else if (name == "--port") {
            options.listen.port = words.number<std::uint16_t>();
        } else if (name == "--max-message") {
            options.max_message = words.number(std::numeric_limits<std::size_t>::max() / 4);
        } else if (name == "--max-fragments") {
            options.sessions.websocket.limits.fragments = words.number<std::uint32_t>();
        } else if (name == "--memory") {
            options.max_memory = words.number(std::numeric_limits<std::size_t>::max() / 4);
        } else if (name == "--subprotocol") {
            options.subprotocols.push_back(words.value());
            if (!sockless::is_token(options.subprotocols.back()))
                throw example::usage_error{"--subprotocol: not a token"};
        } else if (name == "--origin") {
            options.origins.push_back(words.value());
        } else if (name == "--idle") {
            options.idle = milliseconds(words.seconds());
        } else if (name == "--ping") {
            options.sessions.websocket.ping_interval = milliseconds(words.seconds());
            options.sessions.websocket.pong_timeout = options.sessions.websocket.ping_interval;
        } else if (name == "--page") {
            options.page = read_file(std::string{words.value()});
            options.page_type = "text/html; charset=utf-8";
        } else if (name == "--tls") {
            options.listen.certificates = words.value();
            options.listen.key = words.value();
        } else if (name == "--deflate-shared") {
            options.shares_compressor = true;
        } else if (!read_deflate_option(words, sockless::role::server, options.deflate)) {
            words.unknown();
        }
    }
    return true;
}

} // namespace

int main(int count, char** values)
{
    return example::run_reporting("echo_server", [&] {
        example::echo_options options;
        if (!read_options(count, values, options))
            return 0;
        example::raise_descriptor_limit();
        example::memory_budget budget{options.max_memory};
        example::statistics counts;
        example::compression_library::deflater compressor{
            {options.deflate.codec.level, options.deflate.codec.memory_level}};
        if (options.deflate.wanted() && options.shares_compressor) {
            if (!compressor.open(make_deflate_policy(options.deflate).server_max_window_bits))
                throw std::bad_alloc{};
            options.deflate.codec.shared = &compressor;
        }
        options.complete_sessions();
        const auto make = [&](example::server_loop& loop, example::transport peer, example::ticks now) {
            return std::make_unique<example::session>(loop, std::move(peer), options, counts, now);
        };
        example::server_loop loop{options.listen, budget, make};
        std::printf("listening on %s\n", loop.url().c_str());
        std::fflush(stdout);
        loop.run();
        std::printf("served %llu connections, %llu messages, %llu bytes\n",
                    static_cast<unsigned long long>(counts.connections),
                    static_cast<unsigned long long>(counts.messages), static_cast<unsigned long long>(counts.bytes));
        if (options.deflate.wanted())
            std::printf("deflate: %llu bytes received, %llu bytes sent\n",
                        static_cast<unsigned long long>(counts.wire_in),
                        static_cast<unsigned long long>(counts.wire_out));
        return 0;
    });
}
