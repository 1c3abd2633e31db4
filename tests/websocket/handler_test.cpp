// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// `poll` with a handler: any subset of functions, each of which may send, close, accept and reject.
#include "ends.hpp"

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

using namespace ends;

using server_websocket = websocket<role::server>;
using client_websocket = websocket<role::client, support::zero_keys>;

/// A handler with every function of a server.
struct all_functions {
    strings* log;

    void on_request(auto& ws)
    {
        log->emplace_back("request");
        CHECK(ws.ready_state() == ready_state::connecting);
        CHECK(ws.accept() == error::none);
        CHECK(ws.send("first of all") == error::none); // it is open from here on
    }
    void on_plain_request(auto& ws)
    {
        log->emplace_back("plain");
        CHECK(ws.reject(200, {}, "<!doctype html>") == error::none);
    }
    void on_open(auto& ws)
    {
        log->emplace_back("open");
        CHECK(ws.send("hello") == error::none);
    }
    void on_message(auto& ws, const event& e)
    {
        log->push_back(std::string{e.text()});
        if (e.text() == "bye")
            CHECK(ws.close(close_code::normal, "bye") == error::none);
        else
            CHECK(ws.send(e.text()) == error::none);
    }
    void on_ping(auto&, const event& e) { log->push_back("ping " + std::string{e.text()}); }
    void on_pong(auto&, const event& e) { log->push_back("pong " + std::string{e.text()}); }
    void on_error(auto&, const event& e) { log->push_back(support::error_line(e.failure())); }
    void on_close(auto& ws, const event& e)
    {
        log->push_back(close_line(e));
        CHECK(ws.ready_state() == ready_state::closed);
        CHECK(ws.send("too late") == error::not_open);
        ws.close();
    }
};

struct fixture {
    static_websocket_storage<websocket_sizes{.message = 500, .output = 1000, .head = 500, .fields = 10}> storage;
    server_websocket ws{storage};
    byte_vector sent;

    template <class Handler>
    void take(std::span<const std::byte> bytes, Handler&& handler)
    {
        byte_vector copy{bytes.begin(), bytes.end()};
        ws.receive(copy, 0);
        websocket_needs needs = ws.poll(handler, 0);
        while (needs.write) {
            sent.insert(sent.end(), ws.write_buffer().begin(), ws.write_buffer().end());
            ws.written(ws.write_buffer().size(), 0);
            needs = ws.poll(handler, 0);
        }
    }
    template <class Handler>
    void end(Handler&& handler)
    {
        ws.input_ended(0);
        take({}, handler);
        CHECK(ws.ready_state() == ready_state::closed);
    }
};

byte_vector frames(std::initializer_list<byte_vector> each)
{
    byte_vector result;
    for (const byte_vector& one : each)
        result.insert(result.end(), one.begin(), one.end());
    return result;
}

byte_vector to_server(unsigned first, std::string_view payload = {})
{
    return support::frame_to(role::server, first, payload);
}
byte_vector from_server(unsigned first, std::string_view payload = {})
{
    return support::frame_from(role::server, first, payload);
}

TEST_CASE("handler: every event in order; each function may send and close", "[WHATWG-feedback-01]")
{
    strings log;
    all_functions handler{&log};
    fixture one;
    // All input in one piece: the bytes after "bye" are processed after the handler has called `close`.
    one.take(frames({support::text(request), to_server(0x81, "a"), to_server(0x89, "p"), to_server(0x8A, "q"),
                     to_server(0x81, "bye"), to_server(0x81, "dropped"), to_server(0x89, "r"),
                     to_server(0x88, "\x03\xE8"
                                     "bye")}),
             handler);
    CHECK(log == strings{"request", "open", "a", "ping p", "pong q", "bye", "ping r"});
    CHECK(frames_in(one.sent) == support::to_hex(frames({from_server(0x81, "first of all"), from_server(0x81, "hello"),
                                                         from_server(0x81, "a"), from_server(0x8A, "p"),
                                                         from_server(0x88, "\x03\xE8"
                                                                           "bye"),
                                                         from_server(0x8A, "r")})));
    CHECK(one.ws.finished());
    log.clear();
    one.end(handler);
    CHECK(log == strings{"close 1000 \"bye\" clean"});
    one.take(to_server(0x81, "x"), handler);
    CHECK(log.size() == 1);
    CHECK(one.ws.buffered_amount() == std::string_view{"too late"}.size());
}

TEST_CASE("handler: an error is delivered before the close event")
{
    strings log;
    all_functions handler{&log};
    fixture one;
    one.take(frames({support::text(request), to_server(0x83)}), handler);
    one.end(handler);
    CHECK(log == strings{"request", "open", "error reserved_opcode", "close 1006 broken"});
}

/// A handler with as little as possible: one without on_message does not compile (tests/compile/mistakes.txt).
struct only_messages {
    void on_message(auto&, const event&) {}
};

TEST_CASE("handler: events without a function are ignored, and a request without a function is accepted")
{
    fixture quiet;
    quiet.take(frames({support::text(request), to_server(0x81, "a"), to_server(0x89, "p"), to_server(0x8A, "q")}),
               only_messages{});
    CHECK(quiet.ws.ready_state() == ready_state::open);
    CHECK(frames_in(quiet.sent) == support::to_hex(from_server(0x8A, "p")));
    quiet.end(only_messages{});

    struct only_close {
        int closes = 0;
        void on_message(server_websocket&, const event&) {}
        void on_close(server_websocket&, const event& e) { closes += e.was_clean() ? 100 : 1; }
    } counting;
    fixture another;
    another.take(frames({support::text(request), to_server(0x83)}), counting);
    another.end(counting);
    CHECK(counting.closes == 1);

    struct own_type {
        std::size_t bytes = 0;
        void on_message(server_websocket&, const event& e) { bytes += e.payload().size(); }
    } typed;
    fixture third;
    third.take(frames({support::text(request), to_server(0x82, "abc")}), typed);
    CHECK(typed.bytes == 3);
}

TEST_CASE("A15: a plain request with any method is answered by the handler, or with 426 or 405", "[9110-9.1-01][HS-10]")
{
    const auto answer = [](std::string_view line, auto handler) {
        fixture one;
        one.take(support::text(heads::head_text{std::string{line}, {{"Host", "h"}}}.text()), handler);
        CHECK(one.ws.finished());
        return support::to_string(one.sent);
    };
    strings log;
    const std::string head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 15\r\n\r\n";
    CHECK(answer("HEAD / HTTP/1.1", all_functions{&log}) == head);
    CHECK(answer("OPTIONS / HTTP/1.0", all_functions{&log}) == head + "<!doctype html>");
    CHECK(log == strings{"plain", "plain"});
    CHECK(answer("HEAD / HTTP/1.0", only_messages{}).starts_with("HTTP/1.1 426 Upgrade Required\r\n"));
    for (const std::string_view line : {"OPTIONS / HTTP/1.0", "POST / HTTP/1.1"})
        CHECK(answer(line, only_messages{}) ==
              "HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\nContent-Length: 0\r\nAllow: GET, HEAD\r\n\r\n");
}

TEST_CASE("6455 4.2.1: a plain request is answered by the handler, or with 426", "[6455-7.2.2-01]")
{
    const std::string page = heads::head_text{"GET / HTTP/1.1", {{"Host", "h"}}}.text();
    strings log;
    fixture one;
    one.take(support::text(page), all_functions{&log});
    CHECK(log == strings{"plain"});
    CHECK(support::to_string(one.sent).starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(support::to_string(one.sent).ends_with("\r\n\r\n<!doctype html>"));
    CHECK(one.ws.finished());
    one.end(all_functions{&log});
    CHECK(log == strings{"plain", "close 1006 broken"}); // nothing has failed

    fixture other;
    other.take(support::text(page), only_messages{});
    CHECK(support::to_string(other.sent).starts_with("HTTP/1.1 426 Upgrade Required\r\n"));
    CHECK(other.ws.finished());
}

TEST_CASE("handler: a request may be answered later, and the bytes after it are kept")
{
    struct undecided {
        int requests = 0;
        int messages = 0;
        void on_request(server_websocket&) { ++requests; }
        void on_message(server_websocket&, const event&) { ++messages; }
    } handler;
    fixture one;
    byte_vector bytes = frames({support::text(request), to_server(0x81, "early")});
    one.ws.receive(bytes, 0);
    for (int i = 0; i < 3; ++i) {
        CHECK_FALSE(one.ws.poll(handler, 0).read);
        std::ranges::fill(bytes, std::byte{0xDD}); // the buffer can be used for something else
        CHECK(handler.requests == 1);
        CHECK(one.ws.request_pending());
    }
    CHECK(one.ws.accept() == error::none);
    CHECK(one.ws.poll(handler, 0).write);
    CHECK(handler.messages == 1);
    CHECK(handler.requests == 1);
}

TEST_CASE("handler: an exception leaves the object valid and the event delivered")
{
    struct throwing {
        int messages = 0;
        void on_message(server_websocket&, const event& e)
        {
            ++messages;
            if (e.text() == "throw")
                throw std::runtime_error("from a handler");
        }
    } handler;
    fixture one;
    byte_vector bytes = frames({support::text(request), to_server(0x81, "throw"), to_server(0x81, "after")});
    one.ws.receive(bytes, 0);
    CHECK_THROWS_AS(one.ws.poll(handler, 0), std::runtime_error);
    CHECK(handler.messages == 1);
    std::ranges::fill(bytes, std::byte{0xDD}); // the remaining bytes were copied
    CHECK(one.ws.poll(handler, 0).read);
    CHECK(handler.messages == 2);
    CHECK(one.ws.ready_state() == ready_state::open);
}

TEST_CASE("handler: if the output is too small for any answer, the connection is abandoned")
{
    for (const std::string& text : {request, heads::head_text{"GET / HTTP/1.1", {{"Host", "h"}}}.text()}) {
        static constexpr websocket_sizes sizes{.message = 10, .output = 10, .head = 500, .fields = 10};
        static_byte_queue<1000> input;
        static_output_queue<sizes.output> output;
        static_byte_queue<sizes.message_memory()> message;
        websocket_storage storage{input, output, message, sizes};
        server_websocket ws{storage};
        byte_vector bytes = support::text(text);
        ws.receive(bytes, 0);
        CHECK(ws.poll(only_messages{}, 0).close);
        CHECK(ws.failure() == error::connection_abandoned);
        CHECK(ws.finished());
    }
}

struct with_close_only {
    void on_close(int) const {}
};
struct with_none final {};
template <class Handler>
constexpr bool has_on_close = !requires { &sockless::detail::and_handler_names<Handler>::on_close; };
template <class Handler>
constexpr bool has_on_open = !requires { &sockless::detail::and_handler_names<Handler>::on_open; };
// A function whose parameters do not fit is detected by its name, and does not compile.
static_assert(has_on_close<with_close_only> && !has_on_open<with_close_only>);
static_assert(has_on_close<all_functions> && has_on_open<all_functions>);
static_assert(!has_on_close<with_none>);

TEST_CASE("handler: a client's handler is the same, without requests")
{
    struct greeter {
        strings log;
        void on_open(client_websocket& ws) { CHECK(ws.send("hi") == error::none); }
        void on_message(client_websocket& ws, const event& e)
        {
            log.push_back(std::string{e.text()});
            ws.close();
        }
        void on_close(client_websocket&, const event& e) { log.push_back(close_line(e)); }
    } handler;
    static_websocket_storage<websocket_sizes{.message = 500, .output = 1000, .head = 500, .fields = 10}> storage;
    client_websocket ws{storage};
    heads::fixed_random random;
    REQUIRE(ws.connect("ws://server.example.com/chat", {}, random) == error::none);
    ws.written(ws.write_buffer().size(), 0);
    byte_vector bytes = frames({support::text(response), support::frame_to(role::client, 0x81, "hello"),
                                support::frame_to(role::client, 0x88)});
    ws.receive(bytes, 0);
    CHECK(ws.poll(handler, 0).write);
    CHECK(support::to_hex(ws.write_buffer()) == support::to_hex(frames({support::frame_from(role::client, 0x81, "hi"),
                                                                        support::frame_from(role::client, 0x88)})));
    ws.written(ws.write_buffer().size(), 0);
    CHECK(ws.finished());
    CHECK(ws.close_expected());
    ws.input_ended(0);
    CHECK(ws.poll(handler, 0).close);
    CHECK(handler.log == strings{"hello", "close 1005 clean"});
}

struct refused_client {
    websocket_needs needs{};
    static_websocket_storage<websocket_sizes{.message = 500, .output = 1000, .head = 500, .fields = 10}> storage;
    client_websocket ws{storage};

    template <class Handler>
    void take(std::string_view text, Handler& handler)
    {
        byte_vector bytes = support::text(text);
        ws.receive(bytes, 0);
        needs = ws.poll(handler, 0);
    }
    refused_client()
    {
        heads::fixed_random random;
        REQUIRE(ws.connect("ws://server.example.com/chat", {}, random) == error::none);
        ws.written(ws.write_buffer().size(), 0);
    }
};

TEST_CASE("A18: a handler receives the body of a refusal that comes in two reads")
{
    struct {
        std::string body;
        strings log;
        void on_message(client_websocket&, const event&) {}
        void on_body(client_websocket& ws, const event& e)
        {
            CHECK(ws.response().status == 401);
            body += e.text();
        }
        void on_error(client_websocket&, const event& e) { log.push_back(support::error_line(e.failure())); }
        void on_close(client_websocket&, const event& e) { log.push_back(close_line(e)); }
    } handler;
    refused_client one;
    one.take("HTTP/1.1 401 Unauthorized\r\nContent-Length: 26\r\n\r\n{\"error\":\"bad", handler);
    CHECK(handler.body == "{\"error\":\"bad");
    CHECK_FALSE(one.ws.finished());
    one.take(" password!!\"}", handler);
    CHECK(handler.body == "{\"error\":\"bad password!!\"}");
    CHECK(one.ws.finished());
    one.ws.input_ended(0);
    one.take("", handler);
    CHECK(handler.log == strings{"error status_not_101", "close 1006 broken"});
}

TEST_CASE("A18: without on_body a refusal is reported, and the transport is not kept open for its body")
{
    struct {
        strings log;
        void on_message(client_websocket&, const event&) {}
        void on_error(client_websocket& ws, const event& e)
        {
            log.push_back(support::error_line(e.failure()) + ' ' + std::to_string(ws.response().status));
        }
        void on_close(client_websocket&, const event& e) { log.push_back(close_line(e)); }
    } handler;
    refused_client one;
    one.take("HTTP/1.1 401 Unauthorized\r\nContent-Length: 26\r\n\r\n{\"error\":\"bad", handler);
    CHECK(one.ws.finished());
    one.take("more", handler);
    one.ws.input_ended(0);
    one.take("", handler);
    CHECK(handler.log == strings{"error status_not_101 401", "close 1006 broken"});
}

} // namespace
