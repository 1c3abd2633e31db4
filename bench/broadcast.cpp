// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A program of its own: one message of 4,000 bytes of JSON to 10,000 connections with permessage-deflate, prepared and framed for each.
/// Prints the CPU time of both, with a system call per connection that writes to a socket, and fails if the ratio is above its bar.
#include <sockless/message/prepared_message.hpp>
#include <sockless/websocket.hpp>
#include <sockless/with_heap.hpp>
#include <sockless/with_zlib.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <span>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <vector>

namespace {

constexpr std::size_t max_connections = 10'000;
constexpr std::size_t payload_size = 4'000;
constexpr double bar = .25;

using extension = sockless::zlib_deflate;
using server = sockless::websocket<sockless::role::server, sockless::no_mask_keys, extension>;

[[noreturn]] void give_up(const char* why)
{
    std::fprintf(stderr, "%s\n", why);
    std::exit(2);
}

std::string make_json()
{
    std::string text = "[";
    unsigned number = 1;
    while (text.size() < payload_size) {
        number = number * 1103515245U + 12345U;
        text += R"({"type":"trade","product":"BTC-EUR","price":)" + std::to_string(9000 + number / 65536 % 1000) +
                R"(,"size":)" + std::to_string(number / 256 % 10'000) + R"(,"id":)" + std::to_string(number) + "},";
    }
    text.resize(payload_size);
    return text;
}

/// An open connection over a pair of sockets, which shares a deflater with the others.
struct connection {
    explicit connection(sockless::zlib_deflater& deflater)
        : ws{storage, {.deflate = extension::shared_compressor(deflater)}}
    {
        if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0)
            give_up("there is no pair of sockets");
        std::string request = "GET /chat HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                              "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n";
        ws.receive(request, 0);
        while (ws.poll().kind() != sockless::event_kind::need_input)
            if (ws.request_pending() && failed(ws.accept()))
                give_up("the request is not accepted");
        write();
        read();
    }
    ~connection()
    {
        for (const int end : ends)
            ::close(end);
    }
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    void write()
    {
        std::array<std::span<const std::byte>, 8> segments;
        std::array<iovec, 8> vectors{};
        std::size_t count = 0;
        for (const std::span<const std::byte> one : ws.write_buffers(segments))
            vectors[count++] = {const_cast<std::byte*>(one.data()), one.size()};
        const ssize_t written = ::writev(ends[0], vectors.data(), static_cast<int>(count));
        if (written < 0 || ws.unwritten() != static_cast<std::size_t>(written))
            give_up("a socket has no room");
        ws.written(static_cast<std::size_t>(written), 0);
    }
    /// The peer. Returns the bytes that it has received.
    std::string read() const
    {
        std::array<char, 8192> buffer{};
        const ssize_t size = ::read(ends[1], buffer.data(), buffer.size());
        return {buffer.data(), size < 0 ? 0 : static_cast<std::size_t>(size)};
    }

    std::array<int, 2> ends{-1, -1};
    sockless::growing_websocket_storage storage{{.message = std::size_t{1} << 20}};
    server ws;
};

double cpu_seconds()
{
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Median of a few broadcasts, in seconds.
///
/// @param[out] received  what each connection's peer has received
template <class Run>
double median_of(std::deque<connection>& all, std::string& received, const Run& run)
{
    std::array<double, 5> times{};
    for (double& time : times) {
        const double begin = cpu_seconds();
        run();
        time = cpu_seconds() - begin;
        received = all.front().read();
        for (const connection& one : all)
            if (&one != &all.front() && one.read() != received)
                give_up("the connections receive different bytes");
    }
    std::ranges::sort(times);
    return times[times.size() / 2];
}

} // namespace

int main()
{
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    const std::size_t connections = std::min<std::size_t>(max_connections, (files.rlim_cur - 50) / 2);
    sockless::zlib_deflater deflater;
    if (!deflater.open(15))
        give_up("zlib has no memory");
    std::deque<connection> all;
    for (std::size_t i = 0; i < connections; ++i)
        all.emplace_back(deflater);

    const std::string json = make_json();
    std::string expected;
    const double framed = median_of(all, expected, [&] {
        for (connection& one : all) {
            if (failed(one.ws.send(json)))
                give_up("a message is not sent");
            one.write();
        }
    });
    std::string received;
    const double prepared = median_of(all, received, [&] {
        sockless::shared_prepared_message message;
        if (failed(message.assign_text(json)))
            give_up("a message is not prepared");
        for (connection& one : all) {
            if (failed(one.ws.send(*message)))
                give_up("a prepared message is not sent");
            one.write();
        }
    });
    if (received != expected || received.size() >= payload_size)
        give_up("a prepared message is another one");
    std::printf("%zu connections, %zu bytes as %zu: framed for each %.1f ms, prepared %.1f ms, ratio %.3f (bar %.2f)\n",
                connections, payload_size, received.size(), framed * 1e3, prepared * 1e3, prepared / framed, bar);
    return prepared / framed <= bar ? EXIT_SUCCESS : EXIT_FAILURE;
}
