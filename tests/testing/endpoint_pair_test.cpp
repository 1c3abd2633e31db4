// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A program's handlers are tested with a client and a server in memory. The first tests read as documentation: they use only what a
/// program has.
#include "support/catch.hpp"

#include <sockless/sockless.hpp>
#include <sockless/testing/endpoint_pair.hpp>
#include <sockless/with_heap.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace sockless;
using strings = std::vector<std::string>;

/// The program under test: it repeats each message, and "bye" ends the connection.
struct echo_handler {
    std::size_t lost = 0;

    void on_message(auto& ws, const event& e)
    {
        if (e.is_text() && e.text() == "bye")
            return ws.close();
        const error result = e.is_text() ? ws.send(e.text()) : ws.send(e.payload());
        if (failed(result))
            ++lost;
    }
};

/// The test's client, which logs what it receives.
struct log_handler {
    strings log{};

    void on_open(auto&) { log.emplace_back("open"); }
    void on_message(auto&, const event& e) { log.emplace_back(e.text()); }
    void on_error(auto&, const event& e) { log.push_back("error " + std::string{name_of(e.failure())}); }
    void on_close(auto&, const event& e)
    {
        log.push_back("close " + std::to_string(static_cast<unsigned>(e.code())) + (e.was_clean() ? " clean" : ""));
    }
    strings take() { return std::exchange(log, {}); }
};

using client_type = websocket<role::client, testing::predictable_source>;
using server_type = websocket<role::server>;

template <class ServerHandler>
struct fixture {
    explicit fixture(const client_type::options& of_client = {}, const server_type::options& of_server = {})
        : client{client_storage, of_client}, server{server_storage, of_server}
    {
    }

    growing_websocket_storage client_storage{};
    growing_websocket_storage server_storage{};
    client_type client;
    server_type server;
    log_handler received{};
    ServerHandler handler{};
    testing::endpoint_pair<client_type, log_handler, server_type, ServerHandler> pair{client, received, server,
                                                                                      handler};
};
using echo_fixture = fixture<echo_handler>;

TEST_CASE("the echo server repeats messages and closes after bye, however the bytes arrive")
{
    const std::size_t chunk = GENERATE(1U, 2U, 7U, 1000U, testing::byte_stream::unlimited);
    echo_fixture test;
    test.pair.to_server().chunk = chunk;
    test.pair.to_client().chunk = chunk;

    REQUIRE(test.pair.open("ws://localhost/") == error::none);
    REQUIRE(test.client.send("one") == error::none);
    REQUIRE(test.client.send("two") == error::none);
    CHECK(test.pair.run());
    CHECK(test.received.take() == strings{"open", "one", "two"});

    REQUIRE(test.client.send("bye") == error::none);
    CHECK(test.pair.run());
    CHECK(test.received.take() == strings{"close 1005 clean"});
    CHECK(test.pair.client().closed());
    CHECK(test.pair.server().closed());
    CHECK(test.pair.wake_after() == websocket_needs::never);
}

TEST_CASE("a large message arrives byte by byte")
{
    echo_fixture test;
    test.pair.to_server().chunk = 1;
    REQUIRE(test.pair.open("ws://localhost/") == error::none);
    test.received.take();
    const std::string large(300'000, 'x');
    REQUIRE(test.client.send(large) == error::none);
    CHECK(test.pair.run());
    CHECK(test.received.take() == strings{large});
}

TEST_CASE("an echo server does not lose messages of a client that does not read")
{
    echo_fixture test{{}, {.high_water = 10'000}};
    REQUIRE(test.pair.open("ws://localhost/") == error::none);
    test.received.take();
    test.pair.to_client().stopped = true;
    test.pair.to_client().capacity = 1000;
    test.pair.to_server().capacity = 1000;

    const std::string message(500, 'm');
    for (int i = 0; i < 200; ++i)
        REQUIRE(test.client.send(message) == error::none);
    CHECK(test.pair.run());
    CHECK(test.received.log.empty());
    CHECK(test.pair.to_client().size() == 1000);
    CHECK(test.pair.to_server().size() == 1000); // the server does not read either
    CHECK(test.server.unwritten() < 10'000 + 17'000);
    CHECK_FALSE(test.pair.server().needs().read);

    test.pair.to_client().stopped = false;
    CHECK(test.pair.run());
    CHECK(test.received.take() == strings(200, message));
    CHECK(test.handler.lost == 0);
}

TEST_CASE("pings keep a connection open for as long as both ends read")
{
    echo_fixture test;
    REQUIRE(test.pair.open("ws://localhost/") == error::none);
    test.received.take();
    const std::uint64_t before = test.pair.to_client().total();
    test.pair.advance(3'600'000);
    CHECK(test.pair.now() == 3'600'000);
    CHECK(test.received.log.empty());
    CHECK(test.pair.to_client().total() > before);
    CHECK(test.server.ready_state() == ready_state::open);
}

TEST_CASE("a client that neither reads nor writes any more is given up after the pong time-out")
{
    echo_fixture test{{}, {.ping_interval = 1000, .pong_timeout = 500}};
    REQUIRE(test.pair.open("ws://localhost/") == error::none);
    test.pair.to_client().stopped = true;
    CHECK(test.pair.wake_after() == 1000);
    test.pair.advance(1499);
    CHECK(test.server.ready_state() == ready_state::open);
    test.pair.advance(1);
    CHECK(test.server.ready_state() == ready_state::closed);
    CHECK(test.server.failure() == error::timed_out);
    CHECK(test.pair.server().closed());

    test.pair.to_client().stopped = false;
    CHECK(test.pair.run());
    CHECK(test.received.take() == strings{"open", "error connection_lost", "close 1006"});
}

TEST_CASE("a transport that fails ends both connections, and bytes in it are lost")
{
    echo_fixture test;
    REQUIRE(test.pair.open("ws://localhost/") == error::none);
    REQUIRE(test.client.send("lost") == error::none);
    test.pair.fail();
    CHECK(test.received.take() == strings{"open", "error connection_lost", "close 1006"});
    CHECK(test.server.ready_state() == ready_state::closed);
    test.pair.fail();
    CHECK(test.received.log.empty());
    CHECK(test.pair.run());
}

TEST_CASE("the end of input without a close frame is an error")
{
    echo_fixture test;
    REQUIRE(test.pair.open("ws://localhost/") == error::none);
    test.pair.to_client().stopped = true;
    test.pair.to_client().end();
    CHECK(test.pair.run());
    CHECK(test.client.ready_state() == ready_state::open); // nothing is read
    test.pair.to_client().stopped = false;
    CHECK(test.pair.run());
    CHECK(test.received.take() == strings{"open", "error connection_lost", "close 1006"});
}

struct refusing_handler {
    void on_request(auto& ws) { static_cast<void>(ws.reject(403)); }
    void on_message(auto&, const event&) {}
};
struct silent_handler {
    void on_request(auto&) {}
    void on_message(auto&, const event&) {}
};

TEST_CASE("open returns why a connection does not open")
{
    fixture<refusing_handler> refused;
    CHECK(refused.pair.open("ws://localhost/") == error::status_not_101);

    fixture<silent_handler> unanswered;
    CHECK(unanswered.pair.open("ws://localhost/") == error::not_open);
    CHECK(unanswered.pair.open("ws://localhost/") == error::not_open); // it is called once

    echo_fixture invalid;
    CHECK(invalid.pair.open("no URL") != error::none);

    echo_fixture failing; // the client has no time-out, and the answer does not arrive
    failing.pair.to_server().capacity = 10;
    failing.pair.to_server().stopped = true;
    failing.server.transport_failed(0);
    CHECK(failing.pair.open("ws://localhost/") == error::connection_lost);
}

TEST_CASE("two handlers that answer each other do not run endlessly")
{
    growing_websocket_storage client_storage;
    growing_websocket_storage server_storage;
    client_type client{client_storage};
    server_type server{server_storage};
    echo_handler left;
    echo_handler right;
    testing::endpoint_pair pair{client, left, server, right};
    REQUIRE(pair.open("ws://localhost/") == error::none);
    REQUIRE(client.send("again") == error::none);
    CHECK_FALSE(pair.run(1000));
}

TEST_CASE("an endpoint answers recorded bytes")
{
    growing_websocket_storage storage;
    server_type server{storage};
    log_handler handler;
    testing::byte_stream in;
    testing::byte_stream out;
    testing::endpoint one{server, handler, in, out};

    in.chunk = 3;
    const std::string_view recorded =
        "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        "\x82\x80\x01\x02\x03\x04";
    CHECK(in.write(recorded) == recorded.size());
    one.run(0);
    CHECK(handler.take() == strings{"open", ""});
    const std::vector<std::byte> answer = out.read_all();
    CHECK(as_text(answer).starts_with("HTTP/1.1 101 "));
    CHECK(as_text(answer).find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != std::string_view::npos);
    CHECK(out.size() == 0);

    in.end();
    one.run(10);
    CHECK(handler.take() == strings{"error connection_lost", "close 1006"});
    CHECK(one.closed());
    CHECK(out.at_end());
    one.fail(10);
    CHECK_FALSE(one.step(10));
}

TEST_CASE("a stream takes what there is room for, and drops what a reader that has closed does not read")
{
    testing::byte_stream stream;
    stream.capacity = 4;
    CHECK(stream.write("abcdef") == 4);
    CHECK(stream.write("ef") == 0);
    std::byte piece[3];
    CHECK(stream.read(piece) == 3);
    CHECK(as_text(piece) == "abc");
    stream.capacity = 0; // less than it holds
    CHECK(stream.write("x") == 0);
    stream.capacity = 3;
    CHECK(stream.write("xyz") == 2);
    stream.close_reader();
    CHECK(stream.size() == 0);
    CHECK(stream.write("xyz") == 3);
    CHECK(stream.size() == 0);
    CHECK(stream.total() == 9);
}

} // namespace
