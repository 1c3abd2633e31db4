// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The glue of examples/http2 in memory: a client's connection and a server's, with orders of events that sockets do not show reliably.
#include "support/catch.hpp"

#include "../../examples/http2/http2_connection.hpp"
#include "../../examples/http2/http2_websocket.hpp"

#include <sockless/core/error_string.hpp>
#include <sockless/websocket.hpp>
#include <sockless/with_heap.hpp>
#include <sockless/with_os_random.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using example::http2_connection;
using sockless::role;

/// Collects what happens; a function of the test may do something with a message.
struct collector {
    template <class Websocket>
    void on_message(Websocket& ws, const sockless::event& message)
    {
        log->emplace_back(message.text());
        if (*log->rbegin() == "throw")
            throw std::runtime_error{"of a handler"};
        if (*log->rbegin() == "pause")
            ws.pause();
    }
    template <class Websocket>
    void on_error(Websocket&, const sockless::event& e)
    {
        log->push_back("error: " + std::string{to_string(e.failure())});
    }
    template <class Websocket>
    void on_close(Websocket&, const sockless::event& e)
    {
        log->push_back("close " + std::to_string(static_cast<unsigned>(e.code())));
    }
    std::vector<std::string>* log;
};
using server_stream = example::http2_websocket<role::server, sockless::no_mask_keys, sockless::no_extension, collector>;
using client_stream = example::http2_websocket<role::client, sockless::os_mask_keys, sockless::no_extension, collector>;

constexpr sockless::websocket_sizes sizes{.message = std::size_t{1} << 20};

/// Two connections, and the bytes between them.
struct two_ends {
    explicit two_ends(const example::http2_options& of_server = {})
        : server{of_server, [this](http2_connection& connection, std::int32_t id,
                                   std::span<const sockless::field> fields) { return answer(connection, id, fields); }}
    {
        exchange();
    }

    std::unique_ptr<example::http2_stream> answer(http2_connection& connection, std::int32_t id,
                                                  std::span<const sockless::field> fields)
    {
        sockless::upgrade_request request;
        REQUIRE(!failed(check_extended_connect(sockless::connect_head::from(fields), request)));
        auto made = server_stream::accept(connection, id, request, {}, {&server_log},
                                          {.ping_interval = 1'000, .pong_timeout = 1'000}, sizes);
        REQUIRE(made);
        opened.push_back(made.get());
        return made;
    }
    client_stream* open()
    {
        sockless::uri where;
        REQUIRE(!failed(parse_uri("ws://localhost/", where)));
        client_stream* const made = client_stream::connect(client, {.where = where}, {&client_log}, {}, sizes);
        REQUIRE(made != nullptr);
        exchange();
        return made;
    }
    static bool move(http2_connection& from, http2_connection& to, std::uint64_t now)
    {
        if (!from.poll(now).write)
            return false;
        const auto bytes = from.write_buffer();
        std::vector<std::byte> copy{bytes.begin(), bytes.end()};
        from.written(copy.size(), now);
        to.receive(copy, now);
        return true;
    }
    void exchange()
    {
        while (move(client, server, now) || move(server, client, now)) {
        }
    }

    std::uint64_t now = 1;
    std::vector<std::string> client_log;
    std::vector<std::string> server_log;
    std::vector<server_stream*> opened;
    http2_connection client{{}};
    http2_connection server;
};

using strings = std::vector<std::string>;

/// Returns the types of the frames.
std::vector<int> frame_types(std::span<const std::byte> bytes)
{
    std::vector<int> types;
    while (bytes.size() >= 9) {
        types.push_back(std::to_integer<int>(bytes[3]));
        const std::size_t size = std::to_integer<std::size_t>(bytes[0]) * 65536 +
                                 std::to_integer<std::size_t>(bytes[1]) * 256 + std::to_integer<std::size_t>(bytes[2]);
        bytes = bytes.subspan(std::min(9 + size, bytes.size()));
    }
    return types;
}

} // namespace

TEST_CASE("HTTP/2: a WebSocket that is given up while the output is full sends nothing more, and its stream is reset")
{
    two_ends both{{.max_output = 20'000}};
    both.open();
    server_stream& stream = *both.opened.front();
    REQUIRE(!failed(stream.ws.send(std::string(60'000, 'x'))));
    stream.flush();
    REQUIRE(both.server.poll(both.now).write);
    const std::size_t waiting = both.server.write_buffer().size();
    CHECK(waiting > 20'000); // a second DATA frame; nghttp2 has prepared a third one
    CHECK(waiting < 40'000);
    for (both.now = 1'002; both.now < 4'000; both.now += 1'000) // no pong
        both.server.on_tick(both.now);
    CHECK(both.server_log.back() == "close 1006");
    two_ends::move(both.server, both.client, both.now);
    REQUIRE(both.server.poll(both.now).write);
    CHECK(frame_types(both.server.write_buffer()) == std::vector<int>{NGHTTP2_RST_STREAM});
    both.exchange();
    CHECK(both.client_log.back() == "close 1006");
    CHECK(both.client.streams() == 0);
    CHECK(both.server.streams() == 0);
    both.open(); // the connection still works
    CHECK(both.client.streams() == 1);
}

TEST_CASE("HTTP/2: an exception of a handler passes through nghttp2, and the connection is over")
{
    two_ends both;
    client_stream* const stream = both.open();
    REQUIRE(!failed(stream->ws.send("throw")));
    stream->flush();
    CHECK_THROWS_WITH(both.exchange(), "of a handler");
    CHECK(both.server.is_over());
    CHECK(both.server.poll(both.now).close);
    CHECK(both.server_log ==
          strings{"throw", "error: " + std::string{to_string(sockless::error::connection_lost)}, "close 1006"});
}

TEST_CASE("HTTP/2: a WebSocket that pauses gets no more than its window, and does not stop another on the connection")
{
    two_ends both{{.stream_window = 1'000}};
    client_stream* const slow = both.open();
    client_stream* const fast = both.open();
    REQUIRE(!failed(slow->ws.send("pause")));
    slow->flush();
    both.exchange();
    for (int i = 0; i < 20; ++i) {
        REQUIRE(!failed(slow->ws.send(std::string(100, 's'))));
        REQUIRE(!failed(fast->ws.send(std::string(100, 'f'))));
    }
    slow->flush();
    fast->flush();
    both.exchange();
    const auto count = [&](char c) { return std::ranges::count(both.server_log, std::string(100, c)); };
    CHECK(count('f') == 20);
    CHECK(count('s') == 0);
    CHECK(slow->ws.unwritten() > 1'000);
    both.opened.front()->ws.resume();
    both.opened.front()->update();
    both.exchange();
    CHECK(count('s') == 20);
}

TEST_CASE("HTTP/2: many prepared messages arrive, whatever DATA frame they are in")
{
    two_ends both;
    both.open();
    sockless::shared_prepared_message message;
    REQUIRE(!failed(message.assign_text(std::string(700, 'p'))));
    for (int i = 0; i < 100; ++i) {
        REQUIRE(!failed(both.opened.front()->ws.send(*message)));
        REQUIRE(!failed(both.opened.front()->ws.send("between")));
    }
    both.opened.front()->flush();
    both.exchange();
    REQUIRE(both.client_log.size() == 200);
    CHECK(both.client_log[198] == std::string(700, 'p'));
    CHECK(both.client_log[199] == "between");
}

TEST_CASE("HTTP/2: a connection without streams ends after the idle time-out, first with GOAWAY")
{
    two_ends both{{.idle_timeout = 500, .closing_timeout = 300}};
    client_stream* const stream = both.open();
    REQUIRE(!failed(stream->ws.close(sockless::close_code::normal)));
    stream->update();
    both.exchange();
    CHECK(both.server_log == strings{"close 1000"});
    CHECK(both.server.streams() == 0);
    both.now = 490;
    both.server.on_tick(both.now);
    CHECK(!both.server.poll(both.now).write);
    both.now = 502;
    both.server.on_tick(both.now);
    CHECK(both.server.poll(both.now).write); // GOAWAY
    both.exchange();
    CHECK(both.server.poll(both.now).shut_down_write);
    CHECK(both.client.is_over());
    both.now = 900; // the client does not close the transport
    both.server.on_tick(both.now);
    CHECK(both.server.poll(both.now).close);
}
