// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A chat with many rooms: a WebSocket server for Linux that also serves its own web page.

#include "../support/arguments.hpp"
#include "../support/server_loop.hpp"
#include "member.hpp"
#include "page.hpp"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace {

constexpr const char* help = R"(usage: chat [options]

A chat server; its page is at the URL that it prints. On SIGTERM or SIGINT it closes all connections with code 1001, waits
up to 5 seconds for the closing handshakes, and ends with status 0.

  --host NAME         address to listen on (127.0.0.1)
  --port NUMBER       port to listen on; 0: any free port (8080). The first line of output contains it
  --tls CERT KEY      PEM files; serves wss and https. tools/certificates creates some for tests
  --max-message BYTES maximum size of a message; larger ones cause close code 1009 (4194304)
  --max-fragments N   maximum number of frames of a message (131072)
  --backlog BYTES     maximum unsent data of a member; beyond it the member is closed with 1013 (8388608)
  --memory BYTES      maximum memory of all connections; beyond it new ones are rejected and large ones closed (268435456)
  --host-name NAME    host name of this server; may be repeated. Its own page is accepted from there, from the addresses of the
                      server and from localhost
  --origin ORIGIN     accept pages of this origin too, for example https://example.com behind a proxy; may be repeated.
                      Requests without Origin are accepted
  --ping SECONDS      ping interval, and time after which a silent member is dropped; 0: no pings (20)
  --poll SECONDS      maximum time that a long poll waits for a text (25)
  --page FILE         serve this page instead of the built-in one
  --backplane URL     share the rooms with other processes through Redis; redis://[[user]:password@]host[:port][/database].
                      Other users of this machine see the URL in the list of processes: see --backplane-password
  --backplane-password FILE
                      the first line of this file is the password for Redis
  --backplane-queue BYTES
                      maximum size of messages that wait for Redis; beyond it a message is refused, and its sender is
                      informed (4194304)
  --history N         with --backplane: number of messages that a new member receives, at most 1000 (50)
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
bool read_options(int count, char** values, example::chat_options& options)
{
    constexpr std::size_t max_bytes = std::numeric_limits<std::size_t>::max() / 4;
    options.page = example::chat_page;
    options.sessions.sizes.message = std::size_t{4} << 20;
    std::string password;
    example::arguments words{count, values};
    while (words.next()) {
        const std::string_view name = words.name();
        if (name == "--help" || name == "-h") {
            std::fputs(help, stdout);
            return false;
        }
        if (name == "--host") {
            options.listen.host = words.value();
        } else if (name == "--port") {
            options.listen.port = words.number<std::uint16_t>();
        } else if (name == "--tls") {
            options.listen.certificates = words.value();
            options.listen.key = words.value();
        } else if (name == "--max-message") {
            options.sessions.sizes.message = words.number(max_bytes);
        } else if (name == "--backlog") {
            options.sessions.max_backlog = words.number(max_bytes);
        } else if (name == "--max-fragments") {
            options.sessions.websocket.limits.fragments = words.number<std::uint32_t>();
        } else if (name == "--memory") {
            options.max_memory = words.number(max_bytes);
        } else if (name == "--host-name") {
            options.own_hosts.push_back(words.value());
        } else if (name == "--origin") {
            options.other_origins.push_back(words.value());
        } else if (name == "--ping") {
            const auto time = static_cast<example::ticks>(words.seconds().count());
            options.sessions.websocket.ping_interval = options.sessions.websocket.pong_timeout = time;
        } else if (name == "--poll") {
            options.poll_timeout = static_cast<example::ticks>(words.seconds().count());
        } else if (name == "--backplane") {
            example::parse_backplane_url(words.value(), options.shared);
        } else if (name == "--backplane-password") {
            const std::string content = read_file(std::string{words.value()});
            password = content.substr(0, content.find_first_of("\r\n"));
        } else if (name == "--backplane-queue") {
            options.shared.max_queue = words.number(max_bytes);
        } else if (name == "--history") {
            options.shared.history = words.number(std::size_t{1000});
        } else if (name == "--page") {
            options.page = read_file(std::string{words.value()});
        } else {
            words.unknown();
        }
    }
    if (!password.empty())
        options.shared.password = password;
    options.sessions.websocket.limits.frame_bytes = options.sessions.sizes.message;
    options.sessions.websocket.limits.message_bytes = options.sessions.sizes.message;
    return true;
}

} // namespace

int main(int count, char** values)
{
    return example::run_reporting("chat", [&] {
        example::chat_options options;
        if (!read_options(count, values, options))
            return 0;
        example::raise_descriptor_limit();
        example::memory_budget budget{options.max_memory};
        example::chat_state state;
        const auto make = [&](example::server_loop& loop, example::transport peer, example::ticks now) {
            return std::make_unique<example::member>(loop, std::move(peer), options, state, now);
        };
        example::server_loop loop{options.listen, budget, make};
        options.origins = {loop.is_secure() ? "https" : "http", options.listen.host, loop.port()};
        for (const std::string_view host : options.own_hosts)
            options.origins.add_host(host);
        for (const std::string_view origin : options.other_origins)
            options.origins.add_origin(origin);
        if (!options.shared.host.empty()) {
            state.shared = example::make_backplane(loop, options.shared, state);
            state.all.use(state.shared.get());
        }
        std::printf("listening on %s\n", loop.url().c_str());
        std::fflush(stdout);
        loop.run();
        const auto figure = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
        std::printf("served %llu members, %llu texts, %llu pictures, %llu deliveries, %llu polls, %llu too slow\n",
                    figure(state.members), figure(state.texts), figure(state.pictures), figure(state.deliveries),
                    figure(state.polls), figure(state.too_slow));
        if (state.shared)
            std::printf("%s\n", state.shared->figures().c_str());
        return 0;
    });
}
