// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A WebSocket echo server for Linux: one thread or several, thousands of connections each.

#include "../support/arguments.hpp"
#include "../support/loop_threads.hpp"
#include "../support/server_loop.hpp"
#include "../support/stop_signals.hpp"
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
#include <vector>

namespace {

constexpr const char* help = R"(usage: echo_server [options]

Echoes every WebSocket message on the path "/". On SIGTERM or SIGINT it closes all connections with code 1001, waits up to
5 seconds for the closing handshakes, and ends with status 0.

  --host NAME         address to listen on (127.0.0.1)
  --port NUMBER       port to listen on; 0: any free port (8080). The first line of output contains it
  --max-message BYTES maximum size of a message; larger ones cause close code 1009 (16777216)
  --max-fragments N   maximum number of frames of a message (131072)
  --memory BYTES      maximum memory of all connections; beyond it new ones are rejected and large ones closed (268435456)
  --threads N         number of threads; each has its own loop, an equal share of the memory, and the connections that the system
                      gives it by SO_REUSEPORT (1)
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

constexpr unsigned max_threads = 256;

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
        } else if (name == "--threads") {
            options.threads = words.number(max_threads);
            if (options.threads == 0)
                throw example::usage_error{"--threads: at least 1"};
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

/// What one thread serves. Nothing of it is shared with another one.
struct worker {
    explicit worker(const example::echo_options& all)
        : options{all},
          budget{all.max_memory},
          compressor{{all.deflate.codec.level, all.deflate.codec.memory_level}},
          loop{all.listen, budget, [this](example::server_loop& events, example::transport peer, example::ticks now) {
                   return std::make_unique<example::session>(events, std::move(peer), options, counts, now);
               }}
    {
        if (options.deflate.wanted() && options.shares_compressor) {
            if (!compressor.open(make_deflate_policy(options.deflate).server_max_window_bits))
                throw std::bad_alloc{};
            options.deflate.codec.shared = &compressor;
        }
        options.complete_sessions();
    }
    worker(const worker&) = delete;
    worker& operator=(const worker&) = delete;

    example::echo_options options;
    example::memory_budget budget;
    example::statistics counts;
    example::compression_library::deflater compressor;
    example::server_loop loop;
};

void announce(const example::server_loop& loop)
{
    std::printf("listening on %s\n", loop.url().c_str());
    std::fflush(stdout);
}

void print(const example::statistics& counts, const example::echo_options& options)
{
    std::printf("served %llu connections, %llu messages, %llu bytes\n",
                static_cast<unsigned long long>(counts.connections), static_cast<unsigned long long>(counts.messages),
                static_cast<unsigned long long>(counts.bytes));
    if (options.deflate.wanted())
        std::printf("deflate: %llu bytes received, %llu bytes sent\n", static_cast<unsigned long long>(counts.wire_in),
                    static_cast<unsigned long long>(counts.wire_out));
}

} // namespace

int main(int count, char** values)
{
    return example::run_reporting("echo_server", [&] {
        example::echo_options options;
        if (!read_options(count, values, options))
            return 0;
        example::raise_descriptor_limit();
        if (options.threads == 1) {
            worker one{options};
            announce(one.loop);
            one.loop.run();
            print(one.counts, options);
            return 0;
        }
        const example::descriptor signals = example::stop_signals();
        options.listen.shares_port = true;
        options.max_memory /= options.threads;
        std::vector<std::unique_ptr<worker>> workers;
        std::vector<example::server_loop*> loops;
        for (unsigned i = 0; i < options.threads; ++i) {
            loops.push_back(&workers.emplace_back(std::make_unique<worker>(options))->loop);
            options.listen.port = loops.front()->port();
        }
        announce(*loops.front());
        example::run_in_threads(loops, signals);
        example::statistics sum;
        for (const auto& one : workers)
            sum += one->counts;
        print(sum, options);
        return 0;
    });
}
