// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A program of its own: a feed of small JSON messages with permessage-deflate over TLS, to the example `feed_client` and to the same client
/// wired by hand on level 2 (feed_level2.cpp). Feed and clients are processes of their own, on this machine. Prints medians, and fails
/// if the ratio of the clients' CPU times is below its bar.
///
/// usage: sockless_feed CERTIFICATES LEVEL1 LEVEL2 [MESSAGES]
/// CERTIFICATES is a folder that tools/certificates has made; LEVEL1 and LEVEL2 are the programs sockless_feed_level1 and _level2.

#include "../examples/support/socket.hpp"
#include "../examples/support/tls.hpp"

#include <sockless/websocket.hpp>
#include <sockless/with_heap.hpp>
#include <sockless/with_zlib.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <openssl/ssl.h>
#include <span>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <vector>

namespace {

constexpr double bar = 1.0;
constexpr double tolerance = .03; ///< the figures of equal programs differ by so much
constexpr std::size_t rounds = 15;

using server = sockless::websocket<sockless::role::server, sockless::no_mask_keys, sockless::zlib_deflate>;

[[noreturn]] void give_up(const char* why)
{
    std::fprintf(stderr, "%s\n", why);
    std::exit(2);
}

std::string make_json(std::uint64_t number)
{
    const std::uint64_t random = number * 6364136223846793005U + 1442695040888963407U;
    return R"({"type":"trade","product":"BTC-EUR","price":")" + std::to_string(9000 + random / 65536 % 1000) + "." +
           std::to_string(random / 7 % 90 + 10) + R"(","size":")" + std::to_string(random / 256 % 10'000) +
           R"(","side":")" + (random / 8192 % 2 == 0 ? "buy" : "sell") + R"(","seq":)" + std::to_string(number) + "}";
}

/// The frames of a connection, made once: they refer to those before, so that each connection has to start with the first one.
struct frames {
    explicit frames(std::uint64_t count)
    {
        sockless::growing_websocket_storage storage;
        server ws{storage};
        std::string request = "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                              "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n";
        ws.receive(request, 0);
        while (ws.poll().kind() != sockless::event_kind::need_input)
            if (ws.request_pending() && failed(ws.accept()))
                give_up("the request is not accepted");
        ws.written(ws.write_buffer().size(), 0);
        for (std::uint64_t number = 1; number <= count; ++number) {
            if (failed(ws.send(make_json(number))))
                give_up("a message is not sent");
            const auto frame = ws.write_buffer();
            bytes.insert(bytes.end(), frame.begin(), frame.end());
            ends.push_back(bytes.size());
            ws.written(frame.size(), 0);
        }
    }

    std::vector<std::byte> bytes;
    std::vector<std::size_t> ends; ///< of each frame
};

/// Serves one connection; the subscription is the number of messages in a TLS record.
struct publisher {
    void on_message(server&, const sockless::event& subscription)
    {
        const std::size_t together = std::strtoul(std::string{subscription.text()}.c_str(), nullptr, 10);
        std::size_t begin = 0;
        for (std::size_t i = together; begin < all.bytes.size(); i += together) {
            const std::size_t end = all.ends[std::min(i, all.ends.size()) - 1];
            write(std::span{all.bytes}.subspan(begin, end - begin));
            begin = end;
        }
        flush();
    }
    void write(std::span<const std::byte> bytes) const
    {
        if (!bytes.empty() && SSL_write(tls, bytes.data(), static_cast<int>(bytes.size())) <= 0)
            give_up("the feed cannot write");
    }
    void flush() const { static_cast<void>(BIO_flush(SSL_get_wbio(tls))); }

    SSL* tls;
    const frames& all;
};

void serve(const example::descriptor& socket, SSL_CTX* context, const frames& all)
{
    const std::unique_ptr<SSL, decltype(&SSL_free)> tls{SSL_new(context), &SSL_free};
    // Records are collected, so that the feed is not slower than a client.
    BIO* const buffer = BIO_new(BIO_f_buffer());
    BIO* const transport = BIO_new_socket(socket.get(), BIO_NOCLOSE);
    BIO_set_write_buffer_size(buffer, 65536);
    BIO_up_ref(transport);
    SSL_set_bio(tls.get(), transport, BIO_push(buffer, transport));
    if (SSL_accept(tls.get()) != 1)
        return;
    sockless::growing_websocket_storage storage;
    server ws{storage};
    publisher handler{tls.get(), all};
    std::array<std::byte, 4096> room{};
    for (auto needs = ws.poll(handler, 0); !needs.close;) {
        const int count = needs.read ? SSL_read(tls.get(), room.data(), static_cast<int>(room.size())) : 0;
        if (count <= 0)
            ws.input_ended(0);
        else
            ws.receive(std::span{room}.first(static_cast<std::size_t>(count)), 0);
        needs = ws.poll(handler, 0);
        if (needs.write) {
            handler.write(ws.write_buffer());
            handler.flush();
            ws.written(ws.write_buffer().size(), 0);
            needs = ws.poll(handler, 0);
        }
        if (needs.shut_down_write && !needs.close) {
            SSL_shutdown(tls.get());
            handler.flush();
        }
    }
}

/// Starts the feed in a process of its own. Returns its port.
std::uint16_t start_feed(const std::string& certificates, std::uint64_t count)
{
    const example::descriptor listener = example::listen_on("127.0.0.1", 0);
    const std::uint16_t port = example::local_address(listener.get()).port;
    if (::fork() != 0)
        return port;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const example::tls_context context{certificates + "/server.pem", certificates + "/server.key"};
    SSL_CTX_clear_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE);
    const frames all{count};
    pollfd ready{listener.get(), POLLIN, 0};
    while (::poll(&ready, 1, -1) > 0) {
        const example::descriptor socket{::accept(listener.get(), nullptr, nullptr)};
        example::send_without_delay(socket);
        serve(socket, context.get(), all);
    }
    std::exit(2);
}

struct figures {
    double cpu;  ///< seconds of the client
    double time; ///< seconds
};

/// Runs a client until it has received all messages, and returns its figures.
figures measure(const char* client, std::span<const std::string> words, const std::string& expected)
{
    int ends[2];
    example::check(::pipe(ends), "pipe");
    const auto begin = std::chrono::steady_clock::now();
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(ends[1], STDOUT_FILENO);
        ::close(ends[0]);
        static_cast<void>(std::freopen("/dev/null", "w", stderr));
        std::vector<char*> list{const_cast<char*>(client)};
        for (const std::string& word : words)
            list.push_back(const_cast<char*>(word.c_str()));
        list.push_back(nullptr);
        ::execv(client, list.data());
        std::_Exit(127);
    }
    ::close(ends[1]);
    std::array<char, 256> output{};
    const ssize_t size = ::read(ends[0], output.data(), output.size());
    ::close(ends[0]);
    rusage used{};
    int status = 0;
    if (::wait4(child, &status, 0, &used) != child || status != 0 || size < 0 ||
        std::string_view(output.data(), static_cast<std::size_t>(size)) != expected)
        give_up("a client has not received all messages");
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
    const auto seconds = [](const timeval& value) {
        return static_cast<double>(value.tv_sec) + static_cast<double>(value.tv_usec) * 1e-6;
    };
    return {seconds(used.ru_utime) + seconds(used.ru_stime), time.count()};
}

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    return values[values.size() / 2];
}

} // namespace

int main(int count, char** values)
{
    if (count < 4)
        give_up("usage: sockless_feed CERTIFICATES LEVEL1 LEVEL2 [MESSAGES]");
    const std::string certificates = values[1];
    const std::uint64_t messages = count > 4 ? std::strtoul(values[4], nullptr, 10) : 300'000;
    const std::string expected = std::to_string(messages) + " messages, 0 gaps, 0 repetitions\n";
    const std::string url = "wss://localhost:" + std::to_string(start_feed(certificates, messages)) + "/";
    bool good = true;
    for (const char* together : {"1", "100"}) {
        const std::array<std::string, 7> words{
            "--ca", certificates + "/ca.pem", "--subscribe", together, "--count", std::to_string(messages), url};
        std::array<std::vector<double>, 2> cpu;
        std::array<std::vector<double>, 2> time;
        for (std::size_t i = 0; i < 2 * rounds + 2; ++i) {
            const std::size_t which = i % 4 == 0 || i % 4 == 3 ? 0 : 1; // first one, then the other
            const figures one = measure(values[2 + which], words, expected);
            if (i < 2) // the feed prepares its messages meanwhile
                continue;
            cpu[which].push_back(one.cpu);
            time[which].push_back(one.time);
        }
        const double scale = 1e9 / static_cast<double>(messages);
        // Of the smallest figures: other programs on the machine only add to them.
        const double ratio = *std::ranges::min_element(cpu[1]) / *std::ranges::min_element(cpu[0]);
        std::printf(
            "%s message(s) per TLS record: level 1 %.0f ns of CPU, %.0f messages/s; level 2 %.0f ns, %.0f messages/s; ratio of the smallest CPU times %.3f (bar %.2f)\n",
            together, median(cpu[0]) * scale, static_cast<double>(messages) / median(time[0]), median(cpu[1]) * scale,
            static_cast<double>(messages) / median(time[1]), ratio, bar);
        std::fflush(stdout);
        good = good && ratio >= bar - tolerance;
    }
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
