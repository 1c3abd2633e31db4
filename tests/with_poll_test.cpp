// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"

#include <sockless/sockless.hpp>
#include <sockless/with_heap.hpp>
#include <sockless/with_os_random.hpp>
#include <sockless/with_poll.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <pthread.h>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace {

using server = sockless::websocket<sockless::role::server>;
using client = sockless::websocket<sockless::role::client, sockless::os_mask_keys>;

/// Two descriptors, which it closes.
struct descriptor_pair {
    descriptor_pair() = default;
    descriptor_pair(const descriptor_pair&) = delete;
    descriptor_pair& operator=(const descriptor_pair&) = delete;
    ~descriptor_pair()
    {
        close(0);
        close(1);
    }
    void close(std::size_t which)
    {
        if (ends[which] >= 0)
            static_cast<void>(::close(ends[which]));
        ends[which] = -1;
    }

    std::array<int, 2> ends{-1, -1};
};

/// Two connected stream sockets.
struct socket_pair : descriptor_pair {
    socket_pair() { REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0); }
};

/// The end to read, and the end to write.
struct pipe_pair : descriptor_pair {
    pipe_pair() { REQUIRE(::pipe(ends.data()) == 0); }
};

struct echo {
    void on_message(server& ws, const sockless::event& e)
    {
        received += e.payload().size();
        static_cast<void>(ws.send(e.payload())); // fail_when_full
    }
    void on_error(server&, const sockless::event& e) { failure = e.failure(); }
    void on_close(server&, const sockless::event& e)
    {
        ++closed;
        was_clean = e.was_clean();
    }

    std::size_t received = 0;
    int closed = 0;
    bool was_clean = false;
    sockless::error failure = sockless::error::none;
};

/// A client's handler, which keeps the code of the close event.
struct quiet {
    void on_message(client&, const sockless::event&) {}
    void on_close(client&, const sockless::event& e) { code = e.code(); }
    sockless::close_code code{};
};

/// Performs the handshake over the second socket, runs a client until it is closed, and closes the socket.
template <class Handler>
void connect_and_run(socket_pair& pair, Handler& handler)
{
    sockless::growing_websocket_storage storage;
    client ws{storage, {}};
    sockless::os_random random;
    REQUIRE(ws.connect("ws://localhost/", {}, random) == sockless::error::none);
    sockless::run(ws, pair.ends[1], handler);
    pair.close(1);
}

/// Runs a server over one end until it is closed.
void serve(int socket, echo& handler)
{
    sockless::growing_websocket_storage storage;
    server ws{storage, {.fail_when_full = true}};
    sockless::run(ws, socket, handler);
}

/// Runs a client that begins open over the second socket, until it is closed.
template <class Handler>
void run_open(socket_pair& pair, Handler& handler)
{
    sockless::growing_websocket_storage storage;
    client ws{storage, {}};
    REQUIRE(ws.start_open() == sockless::error::none);
    sockless::run(ws, pair.ends[1], handler);
}

TEST_CASE("a client and a server over sockets exchange messages that exceed every buffer, and close", "[with_poll]")
{
    constexpr std::size_t size = 1000000;
    socket_pair pair;
    const int few = 4096;
    for (const int end : pair.ends)
        REQUIRE(::setsockopt(end, SOL_SOCKET, SO_SNDBUF, &few, sizeof few) == 0);
    echo echoes;
    std::thread thread{[&] { serve(pair.ends[0], echoes); }};

    struct : quiet {
        void on_open(client& ws) { CHECK(ws.send(std::string(size, 'x')) == sockless::error::none); }
        void on_message(client& ws, const sockless::event& e)
        {
            received += e.text().size();
            static_cast<void>(ws.close(sockless::close_code::normal, "bye"));
        }
        std::size_t received = 0;
    } handler;
    connect_and_run(pair, handler);
    thread.join();
    CHECK(echoes.received == size);
    CHECK(echoes.closed == 1);
    CHECK(echoes.was_clean);
    CHECK(handler.code == sockless::close_code::normal);
}

TEST_CASE("a peer that goes away in the handshake ends the loop", "[with_poll]")
{
    socket_pair pair;
    pair.close(1);
    echo handler;
    serve(pair.ends[0], handler);
    CHECK(handler.closed == 1);
    CHECK_FALSE(handler.was_clean);
}

TEST_CASE("a descriptor that is no socket is an error of the transport", "[with_poll]")
{
    echo handler;
    pipe_pair pipe;
    REQUIRE(::write(pipe.ends[1], "x", 1) == 1);
    sockless::growing_websocket_storage storage;
    server ws{storage};
    sockless::run(ws, pipe.ends[0], handler);
    CHECK(ws.ready_state() == sockless::ready_state::closed);
}

TEST_CASE("a write to a peer that has closed its socket raises no signal", "[with_poll]")
{
    socket_pair pair;
    pair.close(0);
    quiet handler;
    sockless::growing_websocket_storage storage;
    client ws{storage, {}};
    REQUIRE(ws.start_open() == sockless::error::none);
    REQUIRE(ws.send("text") == sockless::error::none);
    sockless::run(ws, pair.ends[1], handler);
    CHECK(handler.code == sockless::close_code::abnormal);
}

TEST_CASE("a handler waits for a descriptor of its own, with which another thread stops it", "[with_poll]")
{
    socket_pair pair;
    pipe_pair pipe;
    struct stoppable : quiet {
        explicit stoppable(int watched_descriptor) : descriptor{watched_descriptor} {}
        [[nodiscard]] int watched(const client& ws) const
        {
            return ws.ready_state() < sockless::ready_state::closing ? descriptor : -1;
        }
        void on_readable(client& ws) { static_cast<void>(ws.close(sockless::close_code::going_away)); }
        int descriptor;
    } handler{pipe.ends[0]};
    std::thread thread{[&] {
        sockless::growing_websocket_storage storage;
        server ws{storage, {}};
        echo echoes;
        if (!failed(ws.start_open()) && ::write(pipe.ends[1], "x", 1) == 1)
            sockless::run(ws, pair.ends[0], echoes);
        pair.close(0);
    }};
    run_open(pair, handler);
    pair.close(1);
    thread.join();
    CHECK(handler.code == sockless::close_code::going_away);
}

TEST_CASE("a paused WebSocket leaves its input in the socket, and its handler resumes it", "[with_poll]")
{
    socket_pair pair;
    pipe_pair pipe;
    struct pausing : quiet {
        explicit pausing(int watched_descriptor) : descriptor{watched_descriptor} {}
        void on_open(client& ws)
        {
            CHECK(ws.send("sent while paused") == sockless::error::none);
            ws.pause();
        }
        void on_message(client& ws, const sockless::event&)
        {
            ++messages;
            static_cast<void>(ws.close(sockless::close_code::normal));
        }
        [[nodiscard]] int watched(const client&) const { return messages_allowed ? -1 : descriptor; }
        void on_readable(client& ws)
        {
            CHECK(messages == 0);
            messages_allowed = true;
            ws.resume();
        }
        int descriptor;
        int messages = 0;
        bool messages_allowed = false;
    } handler{pipe.ends[0]};
    std::thread thread{[&] {
        echo echoes;
        std::thread later{[&] {
            std::this_thread::sleep_for(std::chrono::milliseconds{50});
            static_cast<void>(!::write(pipe.ends[1], "x", 1));
        }};
        serve(pair.ends[0], echoes);
        later.join();
        pair.close(0);
    }};
    connect_and_run(pair, handler);
    thread.join();
    CHECK(handler.messages == 1);
    CHECK(handler.code == sockless::close_code::normal);
}

TEST_CASE("output that the socket does not take is kept while input arrives", "[with_poll]")
{
    constexpr std::size_t size = 500000;
    socket_pair pair;
    struct : quiet {
        void on_message(client&, const sockless::event&) { ++messages; }
        int messages = 0;
    } handler;
    std::size_t received = 0;
    std::thread peer{[&] {
        for (int i = 0; i < 5; ++i) { // the client wakes up to read, and cannot write
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
            static_cast<void>(!::write(pair.ends[0], "\x81\x01x", 3));
        }
        std::array<char, 65536> bytes{};
        while (received < size) {
            const ssize_t count = ::read(pair.ends[0], bytes.data(), bytes.size());
            if (count <= 0)
                break;
            received += static_cast<std::size_t>(count);
        }
        pair.close(0);
    }};
    sockless::growing_websocket_storage storage;
    client ws{storage, {}};
    REQUIRE(ws.start_open() == sockless::error::none);
    REQUIRE(ws.send(std::string(size, 'x')) == sockless::error::none);
    sockless::run(ws, pair.ends[1], handler);
    peer.join();
    CHECK(received >= size);
    CHECK(handler.messages == 5);
}

TEST_CASE("an error of poll(2) is an error of the transport", "[with_poll]")
{
    static rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    struct : quiet {
        [[nodiscard]] int watched(const client&)
        {
            const rlimit none{0, before.rlim_max}; // poll(2) fails with EINVAL for more descriptors than that
            static_cast<void>(::setrlimit(RLIMIT_NOFILE, &none));
            return -1;
        }
        void on_readable(client&) {}
        void on_error(client&, const sockless::event& e)
        {
            static_cast<void>(::setrlimit(RLIMIT_NOFILE, &before));
            failure = e.failure();
        }
        sockless::error failure = sockless::error::none;
    } handler;
    socket_pair pair;
    run_open(pair, handler);
    CHECK(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(handler.failure == sockless::error::connection_lost);
    CHECK(handler.code == sockless::close_code::abnormal);
}

TEST_CASE("an error of poll(2) ends a WebSocket whose handler has paused it, too", "[with_poll]")
{
    static rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    struct : quiet {
        void on_open(client& ws) { ws.pause(); }
        [[nodiscard]] int watched(const client&)
        {
            const rlimit none{0, before.rlim_max};
            static_cast<void>(::setrlimit(RLIMIT_NOFILE, &none));
            return -1;
        }
        void on_readable(client&) {}
    } handler;
    socket_pair pair;
    run_open(pair, handler);
    CHECK(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(handler.code == sockless::close_code::abnormal);
}

TEST_CASE("nothing is received after the handler has ended the input, although the socket is readable", "[with_poll]")
{
    socket_pair pair;
    pipe_pair pipe;
    struct ending : quiet {
        explicit ending(int watched_descriptor) : descriptor{watched_descriptor} {}
        void on_message(client&, const sockless::event&) { ++messages; }
        [[nodiscard]] int watched(const client&) const { return descriptor; }
        void on_readable(client& ws)
        {
            descriptor = -1;
            ws.input_ended(sockless::steady_milliseconds());
        }
        int descriptor;
        int messages = 0;
    } handler{pipe.ends[0]};
    REQUIRE(::write(pipe.ends[1], "x", 1) == 1);
    REQUIRE(::write(pair.ends[0], "\x81\x01x", 3) == 3);
    run_open(pair, handler);
    CHECK(handler.messages == 0);
    CHECK(handler.code == sockless::close_code::abnormal);
}

TEST_CASE("input that is larger than the storage is read in pieces", "[with_poll]")
{
    socket_pair pair;
    struct : quiet {
        void on_message(client&, const sockless::event& e) { size += e.payload().size(); }
        std::size_t size = 0;
    } handler;
    std::string frames;
    for (int i = 0; i < 100; ++i)
        frames += std::string{"\x82\x7D"} + std::string(125, 'x');
    REQUIRE(::write(pair.ends[0], frames.data(), frames.size()) == static_cast<ssize_t>(frames.size()));
    pair.close(0);
    sockless::static_websocket_storage<sockless::websocket_sizes{.message = 1000, .input = 500}> storage;
    client ws{storage, {}};
    REQUIRE(ws.start_open() == sockless::error::none);
    sockless::run(ws, pair.ends[1], handler);
    CHECK(handler.size == 12500);
}

TEST_CASE("a signal does not end the loop", "[with_poll]")
{
    struct sigaction ignore{};
    struct sigaction before{};
    ignore.sa_handler = [](int) {}; // without SA_RESTART poll(2) ends with EINTR
    REQUIRE(::sigaction(SIGUSR1, &ignore, &before) == 0);
    socket_pair pair;
    const pthread_t self = ::pthread_self();
    std::thread thread{[&] {
        for (int i = 0; i < 20; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds{2});
            static_cast<void>(::pthread_kill(self, SIGUSR1));
        }
        pair.close(0);
    }};
    quiet handler;
    run_open(pair, handler);
    pair.close(1);
    thread.join();
    CHECK(::sigaction(SIGUSR1, &before, nullptr) == 0);
    CHECK(handler.code == sockless::close_code::abnormal); // the peer has closed its socket
}

} // namespace
