// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// `websocket` against itself, against a `connection`, and against the rules of the WHATWG's standard. websocket/model_test.cpp has
/// every order of calls and events, websocket/handler_test.cpp the `poll` with a handler.
#include "support/feed.hpp"
#include "support/print.hpp"
#include "support/random.hpp"
#include "support/run_length_extension.hpp"
#include "websocket/ends.hpp"

#include <sockless/connection.hpp>
#include <sockless/handshake/client_handshake.hpp>
#include <sockless/handshake/server_handshake.hpp>
#include <sockless/keep_alive.hpp>
#include <sockless/proxy/http_proxy.hpp>
#include <sockless/websocket.hpp>
#include <sockless/with_heap.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

template <>
struct Catch::StringMaker<sockless::ready_state> {
    static std::string convert(sockless::ready_state state) { return std::string{ends::name_of(state)}; }
};

namespace {

using namespace ends;
using support::close_body;
using support::frame_from;
using support::frame_to;
using support::to_hex;

constexpr std::array<std::string_view, 2> protocols{"chat", "superchat"};

/// The pending bytes in hexadecimal.
template <class End>
std::string waiting(End& one)
{
    return to_hex(one.ws().write_buffer());
}

// --- against itself ----------------------------------------------------------------------------------------------------

/// A client that sends messages of every kind to a server that answers, up to the closing handshake.
struct conversation {
    client_end client;
    server_end server;
    byte_vector large = byte_vector(200, std::byte{'x'});

    conversation()
    {
        client.on_event = [this](auto& ws, const event& e) {
            if (e.kind() == event_kind::open) {
                REQUIRE(ws.send("Hello") == error::none);
                REQUIRE(ws.begin_message(opcode::binary) == error::none);
                REQUIRE(ws.send_fragment(std::span{large}.first(150)) == error::none);
                REQUIRE(ws.ping(support::text("p")) == error::none);
                REQUIRE(ws.end_message(std::span{large}.first(50)) == error::none);
                REQUIRE(ws.send("") == error::none);
            }
            if (e.kind() == event_kind::message && e.text() == "bye")
                REQUIRE(ws.close(close_code::going_away, "see you") == error::none);
        };
        server.on_event = [](auto& ws, const event& e) {
            if (e.kind() == event_kind::request) {
                REQUIRE(ws.accept({.subprotocol = choose_subprotocol(ws.request().subprotocols(), protocols)}) ==
                        error::none);
                REQUIRE(ws.send("welcome") == error::none);
            }
            if (e.kind() == event_kind::message) {
                if (e.is_text() && !e.payload().empty())
                    REQUIRE(ws.send(e.text()) == error::none);
                if (!e.is_text())
                    REQUIRE(ws.send(e.payload()) == error::none);
                if (e.payload().empty())
                    REQUIRE(ws.send("bye") == error::none);
            }
        };
    }

    template <class Cut>
    void play(Cut to_server, Cut to_client)
    {
        connect(client, "ws://server.example.com/chat?a=b", {.subprotocols = protocols});
        carry(client, server, to_server, to_client);
        REQUIRE(server.ws().finished()); // which closes the transport
        REQUIRE(client.ws().finished());
        REQUIRE(client.ws().close_expected());
        REQUIRE_FALSE(server.ws().close_expected());
        server.end_of_input();
        client.end_of_input();
        REQUIRE_FALSE(client.ws().close_expected());
        REQUIRE(client.log() == strings{"open \"chat\"", "text \"welcome\"", "text \"Hello\"", "pong 70",
                                        support::binary_line(large), "text \"bye\"", "close 1001 clean"});
        REQUIRE(server.log() == strings{"request /chat?a=b", "open \"chat\"", "text \"Hello\"", "ping 70",
                                        support::binary_line(large), "text \"\"", "close 1001 \"see you\" clean"});
    }
};

TEST_CASE("6455 12: two objects exchange messages, wherever the input is cut",
          "[6455-12-01][6455-4.1-41][6455-4.1-01][WHATWG-feedback-05]")
{
    using cut = std::function<std::size_t(std::size_t)>;
    const cut all = [](std::size_t) { return ~std::size_t{0}; };
    conversation whole;
    whole.play(all, all);
    const std::size_t from_client = whole.client.sent().size();
    const std::size_t from_server = whole.server.sent().size();
    CHECK(from_client > 400);

    const auto at = [](std::size_t place) -> cut {
        return [place](std::size_t arrived) { return arrived < place ? place - arrived : ~std::size_t{0}; };
    };
    for (std::size_t place = 1; place < std::max(from_client, from_server); ++place) {
        INFO("cut at " << place);
        conversation{}.play(at(place), all);
        conversation{}.play(all, at(place));
    }
    const cut one = [](std::size_t) { return std::size_t{1}; };
    conversation{}.play(one, one);
    support::random_numbers numbers{5};
    for (int i = 0; i < 100; ++i) {
        const std::size_t max_size = 1 + numbers.below(100);
        const cut random = [&numbers, max_size](std::size_t) { return numbers.below(max_size) + 1; };
        conversation{}.play(random, random);
    }
}

TEST_CASE("6455 4: it receives input cut in every way, with messages whole and in pieces",
          "[6455-5.4-16][6455-5.4-17][6455-4.1-43]")
{
    for (const role self : support::both_roles) {
        for (const bool whole : {true, false}) {
            const byte_vector frames = support::join(
                {frame_to(self, 0x01, "Hel"), frame_to(self, 0x89, "ping"), frame_to(self, 0x80, "lo"),
                 frame_to(self, 0x82, std::string(150, 'b')), frame_to(self, 0x8A, "pong"), frame_to(self, 0x81),
                 frame_to(self, 0x88, close_body(1000, "bye")), frame_to(self, 0x81, "dropped")});
            strings expected{"ping 70 69 6e 67",
                             "text \"Hello\"",
                             support::binary_line(support::text(std::string(150, 'b'))),
                             "pong 70 6f 6e 67",
                             "text \"\"",
                             "close 1000 \"bye\" clean",
                             "frames " + to_hex(support::join({frame_from(self, 0x8A, "ping"),
                                                               frame_from(self, 0x88, close_body(1000))}))};
            const support::feed_options few{.random_ways = 4};
            if (self == role::server) {
                struct subject {
                    server_end one;
                    explicit subject(bool whole_messages) : one{{.whole_messages = whole_messages}} {}
                    void feed(std::span<std::byte> chunk)
                    {
                        one.take(chunk);
                        one.leave();
                    }
                    strings log()
                    {
                        one.end_of_input();
                        strings result = one.log();
                        result.push_back("frames " + frames_in(one.sent()));
                        return result;
                    }
                };
                expected.insert(expected.begin(), {"request /chat", "open \"\""});
                CHECK(support::feed_every_way(
                          support::join({support::text(request), frames}), [whole] { return subject{whole}; }, few) ==
                      expected);
            } else {
                struct subject {
                    client_end one;
                    explicit subject(bool whole_messages) : one{{.whole_messages = whole_messages}}
                    {
                        connect(one);
                        one.leave();
                    }
                    void feed(std::span<std::byte> chunk)
                    {
                        one.take(chunk);
                        one.leave();
                    }
                    strings log()
                    {
                        one.end_of_input();
                        strings result = one.log();
                        result.push_back("frames " + frames_in(one.sent()));
                        return result;
                    }
                };
                expected.insert(expected.begin(), "open \"\"");
                CHECK(support::feed_every_way(
                          support::join({support::text(response), frames}), [whole] { return subject{whole}; }, few) ==
                      expected);
            }
        }
    }
}

// --- against a connection ------------------------------------------------------------------------------------------------

TEST_CASE("6455 4, 7: a client object and a server made of parts interoperate", "[6455-7.1.4-01][6455-4.2.2-14]")
{
    client_end one;
    connect(one);
    head_storage<> storage;
    server_handshake handshake{storage};
    server_connection connection;
    static_byte_queue<500> tx;
    byte_vector bytes = one.leave();
    std::span<std::byte> in{bytes};
    REQUIRE(handshake.poll(in, tx) == server_handshake_result::request);
    REQUIRE(handshake.accept(tx) == error::none);
    REQUIRE(connection.send_text(tx, "hi") == error::none);
    one.take(tx.data());
    tx.clear();
    REQUIRE(one.ws().send("hello") == error::none);
    REQUIRE(one.ws().close(close_code::normal, "done") == error::none);
    bytes = one.leave();
    in = bytes;
    CHECK(connection.poll(in, tx).text() == "hello");
    const event e = connection.poll(in, tx);
    REQUIRE(e.kind() == event_kind::close);
    CHECK(e.code() == close_code::normal);
    CHECK(e.reason() == "done");
    CHECK(connection.finished());
    one.take(tx.data());
    one.end_of_input();
    CHECK(one.log() == strings{"open \"\"", "text \"hi\"", "close 1000 clean"});
}

TEST_CASE("6455 4, 7: a server object and a client made of parts interoperate", "[6455-7.1.4-01][6455-4.1-43]")
{
    server_end one;
    head_storage<> storage;
    client_handshake handshake{storage};
    client_connection<support::zero_keys> connection;
    static_byte_queue<500> tx;
    heads::fixed_random random;
    connect_options wanted;
    REQUIRE(parse_uri("ws://server.example.com/chat", wanted.where) == error::none);
    REQUIRE(handshake.start(tx, wanted, random) == error::none);
    one.take(tx.data());
    tx.clear();
    REQUIRE(one.ws().send("hi") == error::none);
    byte_vector bytes = one.leave();
    std::span<std::byte> in{bytes};
    REQUIRE(handshake.poll(in) == client_handshake_result::open);
    CHECK(connection.poll(in, tx).text() == "hi");
    REQUIRE(connection.send_binary(tx, support::text("hello")) == error::none);
    REQUIRE(connection.close(tx) == error::none);
    one.take(tx.data());
    tx.clear();
    bytes = one.leave();
    in = bytes;
    CHECK(connection.poll(in, tx).code() == close_code::no_status);
    one.end_of_input();
    CHECK(one.log() == strings{"request /chat", "open \"\"", "binary 68 65 6c 6c 6f", "close 1005 clean"});
}

// --- how a client opens --------------------------------------------------------------------------------------------------

TEST_CASE("WHATWG: a client is connecting until the response has been validated, and cannot send before",
          "[6455-4.1-01][6455-4.1-28][WHATWG-send-01][WHATWG-readyState-01][WHATWG-extensions-01]")
{
    client_end one;
    const auto cannot_send = [&] {
        CHECK(one.ws().ready_state() == ready_state::connecting);
        CHECK(one.ws().send("x") == error::not_open);
        CHECK(one.ws().send(support::text("x")) == error::not_open);
        CHECK(one.ws().begin_message(opcode::text) == error::not_open);
        CHECK(one.ws().send_fragment({}) == error::not_open);
        CHECK(one.ws().end_message() == error::not_open);
        CHECK(one.ws().ping() == error::not_open);
        CHECK(one.ws().buffered_amount() == 0); // it is an error, and loses nothing
        CHECK(one.ws().protocol().empty());
        extension element;
        CHECK_FALSE(one.ws().extensions().next(element));
        CHECK_FALSE(one.ws().finished());
    };
    cannot_send();
    one.poke();
    cannot_send();
    connect_options wanted{.subprotocols = protocols, .extensions = "foo, bar"};
    connect(one, "wss://server.example.com/chat", wanted);
    const std::string received = support::to_string(one.ws().write_buffer());
    cannot_send();
    CHECK(support::to_string(one.ws().write_buffer()) == received);
    heads::fixed_random random;
    CHECK(one.ws().connect("ws://other/", {}, random) == error::not_open); // once
    one.leave();
    const std::string text = heads::rfc_response.with("Sec-WebSocket-Extensions", "bar; x=1").text();
    one.take(text.substr(0, text.size() - 1));
    cannot_send();
    one.on_event = [](auto& ws, const event& e) {
        REQUIRE(e.kind() == event_kind::open);
        extension element;
        extension_cursor used = ws.extensions();
        REQUIRE(used.next(element));
        CHECK(element.name == "bar");
        CHECK_FALSE(used.next(element));
        CHECK(ws.response().status == 101);
    };
    one.take(text.substr(text.size() - 1));
    CHECK(one.log() == strings{"open \"chat\""});
    CHECK(one.ws().ready_state() == ready_state::open);
    CHECK(one.ws().protocol() == "chat");
    extension element;
    CHECK_FALSE(one.ws().extensions().next(element)); // the memory of the head is used for messages now
    CHECK(one.ws().response().status == 0);
    CHECK(one.ws().send("x") == error::none);
    one.on_event = nullptr;
    one.end_of_input();
    CHECK(one.ws().protocol() == "chat"); // unchanged
}

TEST_CASE("WHATWG: a URL is parsed and formatted as in a browser", "[WHATWG-url-01][WHATWG-ctor-01]")
{
    const auto url_of = [](std::string_view text) {
        client_end one;
        connect(one, text);
        std::array<char, 100> room{};
        return std::string{format_uri(one.ws().url(), room)};
    };
    CHECK(url_of("ws://h") == "ws://h/");
    CHECK(url_of("http://h/a?b=c") == "ws://h/a?b=c");
    CHECK(url_of("https://h:443/") == "wss://h/");
    CHECK(url_of("wss://h:80/") == "wss://h:80/");
    CHECK(url_of("WS://[2001:db8::1]:65535/?") == "ws://[2001:db8::1]:65535/");
    CHECK(url_of("ws://h:9?q") == "ws://h:9/?q");

    std::array<char, 12> room{};
    uri where;
    REQUIRE(parse_uri("ws://h:8080/", where) == error::none);
    CHECK(format_uri(where, room) == "ws://h:8080/");
    for (std::size_t size = 0; size < 12; ++size)
        CHECK(format_uri(where, std::span{room}.first(size)).empty());

    client_end one;
    heads::fixed_random random;
    CHECK(one.ws().connect("ws://h/#", {}, random) == error::uri_has_fragment);
    CHECK(one.ws().connect("ftp://h/", {}, random) == error::uri_scheme_invalid);
    CHECK(one.ws().connect("/chat", {}, random) == error::uri_scheme_invalid);
    CHECK(random.calls == 0);
    CHECK(one.ws().write_buffer().empty());
    CHECK(one.ws().ready_state() == ready_state::connecting);
    CHECK(one.ws().url().host.empty());
    connect(one, "ws://h/"); // nothing was changed
    CHECK(one.ws().url().host == "h");
}

TEST_CASE("WHATWG: subprotocols that are not tokens or are repeated are an error before any connection",
          "[WHATWG-ctor-03]")
{
    client_end one;
    heads::fixed_random random;
    for (const std::array<std::string_view, 2>& names :
         {std::array<std::string_view, 2>{"a", "a"}, {"a", "b c"}, {"", "b"}, {"a", "b\r\n"}})
        CHECK(one.ws().connect("ws://h/", {.subprotocols = names}, random) == error::subprotocol_not_sendable);
    CHECK(random.calls == 0);
    CHECK(one.ws().write_buffer().empty());
}

TEST_CASE("WHATWG: a server that selects none of the subprotocols is accepted unless the client requires one",
          "[WHATWG-handshake-03]")
{
    for (const bool required : {false, true}) {
        client_end one;
        connect(one, "ws://server.example.com/chat", {.subprotocols = protocols, .subprotocol_required = required});
        one.leave();
        one.take(response);
        one.take(frame_to(role::client, 0x81, "x"));
        one.end_of_input();
        if (required)
            CHECK(one.log() == strings{"error subprotocol_missing", "close 1006 broken"});
        else
            CHECK(one.log() == strings{"open \"\"", "text \"x\"", "error connection_lost", "close 1006 broken"});
        CHECK(one.ws().protocol().empty());
    }
}

TEST_CASE("WHATWG: a refused handshake is an error and then 1006, and the response has the reason",
          "[WHATWG-handshake-02][WHATWG-feedback-04][WHATWG-feedback-07][6455-7.1.4-02][6455-7.2.2-01]")
{
    for (const std::string_view status :
         {"301 Moved", "401 Unauthorized", "403 Forbidden", "404 Not Found", "200 OK"}) {
        client_end one;
        connect(one);
        one.leave(10); // the server does not wait for all of the request
        one.take("HTTP/1.1 " + std::string{status} + "\r\nLocation: ws://b/\r\nContent-Length: 4\r\n\r\nbody");
        CHECK(one.log() ==
              strings{"error status_not_101", "body \"body\"", "close 1006 broken"}); // the body is complete
        CHECK(one.ws().ready_state() == ready_state::closed);
        CHECK(one.ws().response().status == std::stoi(std::string{status}));
        CHECK(find_field(one.ws().response().fields, "location") == "ws://b/");
        CHECK(
            one.ws().write_buffer().empty()); // the remainder of the request is discarded, and there is no close frame
        CHECK(one.ws().finished());
        CHECK_FALSE(one.ws().close_expected());
        CHECK(one.ws().send("x") == error::not_open);
        CHECK(one.ws().buffered_amount() == 1);
        CHECK(one.ws().failure() == error::status_not_101);
    }
    for (const auto& [text, why] :
         {std::pair{heads::rfc_response.set("Sec-WebSocket-Accept", "x").text(), "accept_mismatch"},
          {std::string{"220 mail ESMTP\r\n"}, "status_line_invalid"},
          {heads::rfc_response.with("Sec-WebSocket-Extensions", "a").text(), "subprotocol_not_offered"}}) {
        client_end one;
        connect(one);
        one.leave();
        one.take(text);
        one.take(frame_to(role::client, 0x81, "x")); // discarded
        one.end_of_input();
        CHECK(one.log() == strings{"error " + std::string{why}, "close 1006 broken"});
    }
    client_end lost;
    connect(lost);
    lost.leave();
    lost.take("HTTP/1.1 101 Swi");
    lost.end_of_input();
    CHECK(lost.log() == strings{"error connection_lost", "close 1006 broken"});
}

/// The events of a client whose connection is refused, cut in every way, up to the end of the transport.
strings refused_with(std::string_view fields, std::string_view body, std::uint32_t body_bytes = 100)
{
    struct subject {
        client_end one;
        explicit subject(std::uint32_t max_size) : one{{.body_bytes = max_size}}
        {
            connect(one);
            one.leave();
        }
        void feed(std::span<std::byte> chunk) { one.take(chunk); }
        strings log()
        {
            strings result;
            result.emplace_back(one.ws().finished() ? "finished" : "not finished");
            one.end_of_input();
            for (const std::string& line : one.log())
                result.push_back(line);
            CHECK(one.ws().failure() == error::status_not_101);
            CHECK(one.ws().response().status == 401);
            return result;
        }
    };
    const std::string text = "HTTP/1.1 401 Unauthorized\r\n" + std::string{fields} + "\r\n" + std::string{body};
    strings log = support::feed_every_way(support::text(text), [&] { return subject{body_bytes}; });
    REQUIRE(log.size() > 2);
    CHECK(log[1] == "error status_not_101");
    CHECK(log.back() == "close 1006 broken");
    log.erase(log.begin() + 1);
    log.pop_back();
    return log;
}

TEST_CASE("A18: a client receives the body of a refusal in pieces, between the error and the close event",
          "[9112-6.3-05][9112-6.3-03]")
{
    const std::string whole = R"(body "{\"error\":\"bad token\"}")";
    const std::string_view json = R"({"error":"bad token"})";
    CHECK(refused_with("Content-Length: 21\r\n", json) == strings{"finished", whole});
    CHECK(refused_with("Content-Length: 21\r\n", std::string{json} + "HTTP/1.1 200 OK\r\n\r\n") ==
          strings{"finished", whole}); // nothing can follow
    CHECK(refused_with("Transfer-Encoding: chunked\r\n", "a;x\r\n" + std::string{json.substr(0, 10)} + "\r\nB\r\n" +
                                                             std::string{json.substr(10)} + "\r\n0\r\nA: b\r\n\r\n") ==
          strings{"finished", whole});
    CHECK(refused_with("", json) == strings{"not finished", whole});
    CHECK(refused_with("Content-Length: 0\r\n", "") == strings{"finished"});
    CHECK(refused_with("Content-Length: 0\r\n", "more") == strings{"finished"});
    CHECK(refused_with("", "") == strings{"not finished"});
}

TEST_CASE("A18: a body that is not whole, too large or malformed is an error of its own", "[9112-6.3-05][9112-6.3-03]")
{
    CHECK(refused_with("Content-Length: 5\r\n", "body") ==
          strings{"not finished", "body \"body\"", "error body_incomplete"});
    CHECK(refused_with("Content-Length: 5\r\n", "") == strings{"not finished", "error body_incomplete"});
    CHECK(refused_with("Transfer-Encoding: chunked\r\n", "4\r\nbody") ==
          strings{"not finished", "body \"body\"", "error body_incomplete"});
    CHECK(refused_with("", "body", 4) == strings{"not finished", "body \"body\""});
    CHECK(refused_with("", "body", 3) == strings{"finished", "body \"bod\"", "error body_too_large"});
    CHECK(refused_with("Content-Length: 4\r\n", "body", 3) ==
          strings{"finished", "body \"bod\"", "error body_too_large"});
    CHECK(refused_with("Transfer-Encoding: chunked\r\n", "4\r\nbodyx") ==
          strings{"finished", "body \"body\"", "error chunk_invalid"});
    CHECK(refused_with("Content-Length: 4, 5\r\n", "body") == strings{"finished", "error content_length_invalid"});
}

TEST_CASE("A18: the default limit of the body of a refusal is 64 KiB")
{
    client_end one;
    connect(one);
    one.leave();
    one.take("HTTP/1.1 500 No\r\n\r\n" + std::string(65536, 'x'));
    CHECK(one.log().size() == 2);
    CHECK_FALSE(one.ws().finished());
    one.take("x");
    CHECK(strings{one.log().end() - 2, one.log().end()} == strings{"error body_too_large", "close 1006 broken"});
}

TEST_CASE("A18: `close` drops the remaining body of a refusal, and nothing of a body follows a 101 that is rejected")
{
    client_end one;
    connect(one);
    one.leave();
    one.take("HTTP/1.1 401 No\r\nContent-Length: 8\r\n\r\nbody");
    CHECK_FALSE(one.ws().finished());
    CHECK(one.ws().close(close_code::normal) == error::none);
    CHECK(one.ws().finished());
    CHECK(one.ws().write_buffer().empty());
    one.take("more");
    one.end_of_input();
    CHECK(one.log() == strings{"error status_not_101", "body \"body\"", "close 1006 broken"});

    client_end other;
    connect(other);
    other.leave();
    other.take(heads::rfc_response.set("Sec-WebSocket-Accept", "x").with("Content-Length", "4").text() + "body");
    CHECK(other.ws().finished());
    other.end_of_input();
    CHECK(other.log() == strings{"error accept_mismatch", "close 1006 broken"});
}

TEST_CASE("6455 4.1: a handshake through a proxy's tunnel", "[6455-4.1-06]")
{
    static_websocket_storage<websocket_sizes{.message = 500, .head = 500, .fields = 10}> storage;
    head_storage<500, 10> head;
    static_byte_queue<500> to_proxy;
    http_proxy proxy{head};
    websocket<role::client, support::zero_keys> ws{storage};
    REQUIRE(proxy.start(to_proxy, "server.example.com", 80) == error::none);
    byte_vector bytes = support::text("HTTP/1.1 200 OK\r\n\r\n");
    std::span<std::byte> in{bytes};
    REQUIRE(proxy.poll(in) == proxy_result::tunnel);
    heads::fixed_random random;
    REQUIRE(ws.connect("ws://server.example.com/chat", {}, random) == error::none);
    CHECK(support::to_string(ws.write_buffer()).starts_with("GET /chat HTTP/1.1\r\n"));
    ws.written(ws.write_buffer().size(), 0);
    bytes = support::text(response);
    ws.receive(bytes, 0);
    CHECK(ws.poll().kind() == event_kind::open);
}

// --- how a server opens --------------------------------------------------------------------------------------------------

TEST_CASE("6455 4.2.2: a server receives the request and selects the answer", "[6455-12-01][6455-4.2.2-14]")
{
    server_end one;
    one.on_event = [](auto& ws, const event& e) {
        if (e.kind() != event_kind::request)
            return;
        const upgrade_request& received = ws.request();
        CHECK(received.path == "/chat");
        CHECK(received.host == "server.example.com");
        CHECK(received.origin == "http://example.com");
        CHECK(find_field(received.fields, "cookie") == "a=b");
        CHECK(received.subprotocols().contains("superchat"));
        CHECK(received.extensions().contains("foo"));
        CHECK(ws.request_pending());
        CHECK(ws.ready_state() == ready_state::connecting);
        CHECK(ws.send("x") == error::not_open);
        CHECK(ws.buffered_amount() == 0);
        CHECK(ws.accept({.subprotocol = "other"}) == error::subprotocol_not_requested); // changes nothing
        CHECK(ws.accept({.extensions = "bar"}) == error::extension_not_requested);
        CHECK(ws.write_buffer().empty());
        const std::array cookie{field{"Set-Cookie", "c=d"}};
        std::string choice = "superchat";
        CHECK(ws.accept({.subprotocol = choice, .extensions = "foo", .fields = cookie}) == error::none);
        choice = "forgotten"; // it was looked at during the call only
        CHECK_FALSE(ws.request_pending());
        CHECK_FALSE(ws.finished());
        CHECK(ws.accept() == error::not_open);
        CHECK(ws.reject(403) == error::not_open);
        CHECK(ws.ready_state() == ready_state::open); // at once
        CHECK(ws.send("early") == error::none);
        CHECK(ws.buffered_amount() == 5);
    };
    CHECK_FALSE(one.ws().request_pending());
    one.take(heads::rfc_request.with("Cookie", "a=b").with("Sec-WebSocket-Extensions", "foo; x").text());
    CHECK(one.log() == strings{"request /chat", "open \"superchat\""});
    const std::string head = support::to_string(one.ws().write_buffer());
    CHECK(head.find("Sec-WebSocket-Protocol: superchat\r\n") != std::string::npos);
    CHECK(head.find("Set-Cookie: c=d\r\n") != std::string::npos);
    const std::size_t frame = frame_from(role::server, 0x81, "early").size();
    one.leave(one.ws().write_buffer().size() - 5);
    CHECK(one.ws().buffered_amount() == 5);
    one.leave(2);
    CHECK(one.ws().buffered_amount() == 3);
    CHECK(one.leave().size() == frame - 4);
}

TEST_CASE("6455 7.2.2: a server that rejects a request answers in HTTP, sends no close frame, and has not failed",
          "[6455-7.2.2-01][6455-7.1.4-02]")
{
    for (const std::uint16_t status : std::array<std::uint16_t, 4>{401, 403, 404, 302}) {
        server_end one;
        const std::array fields{field{"WWW-Authenticate", "Basic"}, field{"Location", "/"}};
        one.on_event = [&](auto& ws, const event& e) {
            if (e.kind() == event_kind::request)
                REQUIRE(ws.reject(status, fields, support::text("no")) == error::none);
        };
        one.take(support::to_string(support::join({support::text(request), frame_to(role::server, 0x81, "x")})));
        CHECK(one.log() == strings{"request /chat"});
        CHECK(one.ws().ready_state() == ready_state::closing);
        CHECK_FALSE(one.ws().finished());
        CHECK(one.ws().accept() == error::not_open);
        one.ws().close(); // does nothing
        const std::string sent = support::to_string(one.leave());
        CHECK(sent.starts_with("HTTP/1.1 " + std::to_string(status) + ' '));
        CHECK(sent.ends_with("\r\n\r\nno"));
        CHECK(one.ws().finished());
        one.end_of_input();
        CHECK(one.log() == strings{"request /chat", "close 1006 broken"});
        CHECK(one.ws().failure() == error::none);
    }
    server_end slow; // a time-out, before there is a request
    slow.take("GET / HT");
    CHECK(slow.ws().reject(408) == error::none);
    CHECK(support::to_string(slow.leave()).starts_with("HTTP/1.1 408 "));
    CHECK(slow.ws().finished());
    slow.end_of_input();
    CHECK(slow.log() == strings{"close 1006 broken"});
}

TEST_CASE("6455 4.2.1: an invalid request is rejected automatically: an error, the status, and 1006", "[6455-7.2.2-01]")
{
    for (const auto& [text, why, status] :
         {std::tuple{heads::rfc_request.without("Sec-WebSocket-Key").text(), "key_missing", "400"},
          {heads::rfc_request.set("Sec-WebSocket-Version", "8").text(), "version_unsupported", "426"},
          {heads::rfc_request.line("POST / HTTP/1.1").text(), "method_not_get", "405"},
          {"GET /" + std::string(2000, 'a'), "request_target_too_long", "414"}}) {
        server_end one;
        one.take(text);
        CHECK(one.log() == strings{"error " + std::string{why}});
        CHECK(support::to_string(one.leave()).starts_with("HTTP/1.1 " + std::string{status} + ' '));
        CHECK(one.ws().finished());
        one.end_of_input();
        CHECK(one.log() == strings{"error " + std::string{why}, "close 1006 broken"});
    }
}

TEST_CASE("6455 4.2.1: a rejection that does not fit is not lost", "[6455-4.2.2-14]")
{
    // The queue still contains an earlier response: nothing fits until that is sent.
    static constexpr websocket_sizes sizes{.message = 10, .output = 150, .head = 300, .fields = 10};
    static_byte_queue<100> input;
    static_output_queue<sizes.output> output;
    static_byte_queue<sizes.message_memory()> message;
    websocket_storage storage{input, output, message, sizes};
    websocket<role::server> ws{storage};
    REQUIRE(output.append(byte_vector(100)));
    byte_vector bytes = support::text("bad\n");
    ws.receive(bytes, 0);
    CHECK(ws.poll().kind() == event_kind::error);
    CHECK(ws.write_buffer().size() == 100);
    CHECK_FALSE(ws.finished());
    CHECK(ws.poll().kind() == event_kind::need_input);
    CHECK(ws.write_buffer().size() == 100);
    ws.written(100, 0);
    CHECK(ws.poll().kind() == event_kind::need_input);
    CHECK(support::to_string(ws.write_buffer()).starts_with("HTTP/1.1 400 "));
    CHECK_FALSE(ws.finished());
    ws.written(ws.write_buffer().size(), 0);
    CHECK(ws.finished());
}

TEST_CASE("6455 4.2.1: a rejection that can never fit does not keep the transport open")
{
    end<role::server, no_extension, 20> one;
    one.take("bad\n");
    CHECK(one.ws().write_buffer().empty());
    CHECK(one.ws().finished());
    one.end_of_input();
    CHECK(one.log() == strings{"error line_end_invalid", "close 1006 broken"});
}

TEST_CASE(
    "6455 4.2.2: the name of a subprotocol that is too long for a server's copy is not chosen; a client's can be longer")
{
    const std::string name(limits::subprotocol_bytes + 1, 'a');
    const std::string offered = name + ", b";
    server_end one;
    one.on_event = [&](auto& ws, const event& e) {
        if (e.kind() != event_kind::request)
            return;
        CHECK(ws.accept({.subprotocol = name}) == error::subprotocol_too_long);
        CHECK(ws.accept({.subprotocol = "b"}) == error::none);
    };
    one.take(heads::rfc_request.set("Sec-WebSocket-Protocol", offered).text());
    CHECK(one.log() == strings{"request /chat", "open \"b\""});

    const std::array<std::string_view, 2> requested{name, "b"};
    client_end other;
    connect(other, "ws://server.example.com/chat", {.subprotocols = requested});
    other.leave();
    other.take(heads::rfc_response.set("Sec-WebSocket-Protocol", name).text());
    CHECK(other.ws().protocol() == name);
}

TEST_CASE("6455 4.2.2: a request may be answered later, and the transport may end before that", "[6455-7.1.4-02]")
{
    server_end one;
    int received = 0;
    one.on_event = [&](auto&, const event& e) { received += e.kind() == event_kind::request ? 1 : 0; };
    one.take(request);
    one.take(frame_to(role::server, 0x81, "ear"));
    one.take(frame_to(role::server, 0x81, "ly"));
    one.poke();
    CHECK(received == 1);
    CHECK(one.ws().request_pending());
    CHECK(one.ws().accept() == error::none);
    one.poke();
    CHECK(one.log() == strings{"request /chat", "open \"\"", "text \"ear\"", "text \"ly\""});

    server_end lost;
    lost.on_event = [](auto&, const event&) {};
    lost.take(request);
    lost.end_of_input();
    CHECK(lost.log() == strings{"request /chat", "error connection_lost", "close 1006 broken"});
    CHECK(lost.ws().accept() == error::not_open);

    server_end abandoned;
    abandoned.on_event = [](auto& ws, const event& e) {
        if (e.kind() == event_kind::request)
            ws.close();
    };
    abandoned.take(request);
    CHECK(abandoned.ws().write_buffer().empty());
    CHECK(abandoned.ws().finished());
    abandoned.end_of_input();
    CHECK(abandoned.log() == strings{"request /chat", "error connection_abandoned", "close 1006 broken"});
}

TEST_CASE("6455 8.1: text of the handshake is ASCII; other octets are rejected or returned as octets", "[6455-8.1-02]")
{
    for (const auto& [name, why] : {std::pair{"Sec-WebSocket-Protocol", "subprotocol_invalid"},
                                    {"Sec-WebSocket-Extensions", "extensions_invalid"},
                                    {"Host", "host_invalid"},
                                    {"Sec-WebSocket-Key", "key_invalid"},
                                    {"Sec-WebSocket-Version", "version_invalid"},
                                    {"Upgrade", "upgrade_not_websocket"},
                                    {"Connection", "connection_not_upgrade"}}) {
        INFO(name);
        server_end one;
        one.take(heads::rfc_request.without(name).with(name, "caf\xE9").text());
        if (std::string_view{name} == "Upgrade")
            CHECK(one.log() == strings{"plain /chat"});
        else
            CHECK(one.log() == strings{"error " + std::string{why}});
    }
    for (const std::string_view target : {"/caf\xE9", "/?\xFF", "/\xC3\xA9"}) {
        server_end one;
        one.take(heads::rfc_request.line("GET " + std::string{target} + " HTTP/1.1").text());
        CHECK(one.log() == strings{"error request_target_invalid"});
    }
    for (const std::string_view name : {"Sec-WebSocket-Protocol", "Sec-WebSocket-Accept", "Sec-WebSocket-Extensions"}) {
        client_end one;
        connect(one, "ws://server.example.com/chat", {.subprotocols = protocols, .extensions = "foo"});
        one.leave();
        one.take(heads::rfc_response.without(name).with(name, "caf\xE9").text());
        CHECK(one.log().size() == 2);
        CHECK(one.log().front().starts_with("error "));
    }
    server_end one;
    one.on_event = [](auto& ws, const event&) { CHECK(find_field(ws.request().fields, "cookie") == "caf\xE9"); };
    one.take(heads::rfc_request.with("Cookie", "caf\xE9").text());
    CHECK(one.log() == strings{"request /chat"});
}

// --- closing -------------------------------------------------------------------------------------------------------------

TEMPLATE_TEST_CASE("WHATWG: close codes are those of an endpoint, or only those of a browser",
                   "[WHATWG-close-01][WHATWG-close-02]", server_end, client_end)
{
    constexpr bool is_client = std::is_same_v<TestType, client_end>;
    constexpr role self = is_client ? role::client : role::server;
    for (unsigned code = 0; code <= 5001; ++code) {
        const bool browser = code == 1000 || (code >= 3000 && code <= 4999);
        const bool any = sockless::detail::may_send(self, static_cast<close_code>(code));
        REQUIRE((any || !browser));
        if (code != 0 && code != 999 && code != 2999 && code != 3000 && code < 4999 && (code < 1000 || code > 1016) &&
            code % 500 != 0)
            continue;
        for (const bool narrow : {false, true}) {
            INFO("code " << code << (narrow ? ", as a browser" : ""));
            TestType one{{.browser_close_codes = narrow}};
            open(one);
            const bool good = narrow ? browser : any;
            CHECK(one.ws().close(static_cast<close_code>(code), "why") ==
                  (good ? error::none : error::close_code_not_sendable));
            CHECK(one.ws().ready_state() == (good ? ready_state::closing : ready_state::open));
            CHECK(waiting(one) == (good ? to_hex(frame_from(self, 0x88, close_body(code, "why"))) : ""));
        }
    }
    TestType one;
    open(one);
    const std::string euros = [] { // 123 bytes in 41 characters
        std::string text;
        for (int i = 0; i < 41; ++i)
            text += "\xE2\x82\xAC";
        return text;
    }();
    CHECK(one.ws().close(close_code::normal, euros + "x") == error::reason_too_long);
    CHECK(one.ws().close(close_code::normal, "\xFF") == error::reason_not_utf8);
    CHECK(one.ws().ready_state() == ready_state::open);
    CHECK(one.ws().close(close_code::normal, euros) == error::none);
    CHECK(waiting(one) == to_hex(frame_from(self, 0x88, close_body(1000, euros))));
    one.ws().close(); // twice does nothing
    CHECK(one.ws().close(close_code::going_away, "again") == error::none);
    CHECK(one.ws().close(close_code::no_status) ==
          error::close_code_not_sendable); // an invalid code is rejected at any time
    CHECK(one.leave() == frame_from(self, 0x88, close_body(1000, euros)));
    CHECK(one.ws().write_buffer().empty());
}

TEMPLATE_TEST_CASE("WHATWG: close without a code sends an empty close frame, after the messages, and waits for space",
                   "[WHATWG-close-05][WHATWG-close-06][WHATWG-close-07]", server_end, client_end)
{
    constexpr bool is_client = std::is_same_v<TestType, client_end>;
    constexpr role self = is_client ? role::client : role::server;
    TestType plain;
    open(plain);
    CHECK(plain.ws().send("queued") == error::none);
    plain.ws().close();
    CHECK(waiting(plain) == to_hex(support::join({frame_from(self, 0x81, "queued"), frame_from(self, 0x88)})));

    end<self, no_extension, 300> full;
    open(full);
    const std::string filler(300 - (is_client ? 8 : 4) - 1, 'x');
    REQUIRE(full.ws().send(filler) == error::none); // one byte is free
    CHECK(full.ws().close(static_cast<close_code>(4000), "later") == error::none);
    CHECK(full.ws().ready_state() == ready_state::closing);
    CHECK(full.ws().send("x") == error::not_open);
    CHECK(full.ws().ping() == error::not_open);
    CHECK(full.ws().close(close_code::going_away) == error::none); // changes nothing
    full.poke();
    CHECK(full.ws().unwritten() == 299);
    CHECK(full.ws().buffered_amount() == filler.size() + 1);
    full.leave(5);
    CHECK(full.ws().unwritten() == 294); // not enough space yet
    full.leave(20);
    const byte_vector close_frame = frame_from(self, 0x88, close_body(4000, "later"));
    CHECK(full.ws().unwritten() == 274 + close_frame.size());
    full.leave(274);
    CHECK(full.leave() == close_frame);
    CHECK_FALSE(full.ws().finished()); // the peer has not answered
    full.take(frame_to(self, 0x88, close_body(4000)));
    CHECK(full.ws().finished());
    full.end_of_input();
    CHECK(full.log().back() == "close 4000 clean");

    // The peer's close frame arrives while ours is pending: ours becomes the reply.
    end<self, no_extension, 300> late;
    open(late);
    REQUIRE(late.ws().send(filler) == error::none);
    CHECK(late.ws().close(static_cast<close_code>(4000)) == error::none);
    late.take(frame_to(self, 0x88, close_body(1001, "gone")));
    CHECK_FALSE(late.ws().finished());
    late.leave(299);
    CHECK_FALSE(late.ws().finished());
    CHECK(late.leave() == frame_from(self, 0x88, close_body(1001)));
    CHECK(late.ws().finished());
    late.end_of_input();
    CHECK(late.log().back() == "close 1001 \"gone\" clean");
}

TEST_CASE("6455 5.3: a close frame without a masking key is pending like one that does not fit")
{
    struct some_keys {
        bool* works;
        bool next(mask_key& key) noexcept
        {
            key = {};
            return *works;
        }
    };
    bool works = true;
    static_websocket_storage<websocket_sizes{.message = 10, .output = 300, .head = 300, .fields = 10}> storage;
    websocket<role::client, some_keys> ws{storage, {.mask_keys = {&works}}};
    heads::fixed_random random;
    REQUIRE(ws.connect("ws://server.example.com/chat", {}, random) == error::none);
    ws.written(ws.write_buffer().size(), 0);
    byte_vector bytes = support::text(response);
    ws.receive(bytes, 0);
    REQUIRE(ws.poll().kind() == event_kind::open);
    works = false;
    CHECK(ws.send("x") == error::no_random);
    CHECK(ws.buffered_amount() == 0);
    ws.close();
    CHECK(ws.ready_state() == ready_state::closing);
    CHECK(ws.write_buffer().empty());
    works = true;
    CHECK(ws.poll().kind() == event_kind::need_input);
    CHECK(to_hex(ws.write_buffer()) == to_hex(frame_from(role::client, 0x88)));
}

TEST_CASE("WHATWG: close before the connection is open abandons it: nothing is sent, error, 1006",
          "[WHATWG-close-04][6455-7.2.2-01][6455-7.1.4-02]")
{
    for (const int left : {0, 10, 1000}) {
        client_end one;
        connect(one);
        one.leave(static_cast<std::size_t>(left));
        if (left == 0)
            one.ws().close();
        else
            CHECK(one.ws().close(close_code::normal, "never mind") == error::none);
        CHECK(one.ws().ready_state() == ready_state::closing);
        CHECK(one.ws().write_buffer().empty());
        CHECK(one.ws().finished());
        CHECK(one.ws().failure() == error::connection_abandoned);
        one.take(response);                                                             // too late
        CHECK(one.log() == strings{"error connection_abandoned", "close 1006 broken"}); // there is nothing to wait for
        CHECK(one.ws().protocol().empty());
        one.end_of_input();
        CHECK(one.log() == strings{"error connection_abandoned", "close 1006 broken"});
    }
    client_end idle; // not even a request
    idle.ws().close();
    heads::fixed_random random;
    CHECK(idle.ws().connect("ws://h/", {}, random) == error::not_open);
    idle.end_of_input();
    CHECK(idle.log() == strings{"error connection_abandoned", "close 1006 broken"});
}

TEMPLATE_TEST_CASE("WHATWG: after close() messages of the peer are discarded and pings are still answered",
                   "[WHATWG-feedback-01][6455-5.5.2-03]", server_end, client_end)
{
    constexpr role self = std::is_same_v<TestType, client_end> ? role::client : role::server;
    for (const bool whole : {true, false}) {
        TestType one{{.whole_messages = whole}};
        open(one);
        one.take(frame_to(self, 0x01, "begun "));
        one.ws().close();
        one.leave();
        one.take(support::join({frame_to(self, 0x80, "before"), frame_to(self, 0x81, "after"),
                                frame_to(self, 0x89, "p"), frame_to(self, 0x8A, "q")}));
        CHECK(one.leave() == frame_from(self, 0x8A, "p"));
        one.take(frame_to(self, 0x88));
        one.end_of_input();
        const strings last{one.log().end() - 3, one.log().end()};
        CHECK(last == strings{"ping 70", "pong 71", "close 1005 clean"});
        for (const std::string& line : one.log())
            CHECK_FALSE(line.starts_with("text"));
    }
}

TEMPLATE_TEST_CASE("6455 7.1.4: a close is clean if both close frames were exchanged and ours has been sent",
                   "[6455-7.1.4-01][WHATWG-feedback-05]", server_end, client_end)
{
    constexpr role self = std::is_same_v<TestType, client_end> ? role::client : role::server;
    const byte_vector close_frame = frame_to(self, 0x88, close_body(1001, "bye"));
    const auto last_line = [&](auto play) {
        TestType one;
        open(one);
        play(one);
        one.end_of_input();
        return one.log().back();
    };
    CHECK(last_line([&](auto& one) {
              one.take(close_frame);
              one.leave();
          }) == "close 1001 \"bye\" clean");
    CHECK(last_line([&](auto& one) { one.take(close_frame); }) ==
          "close 1001 \"bye\" broken"); // our reply has not been sent
    CHECK(last_line([&](auto& one) {
              one.take(close_frame);
              one.leave(one.ws().write_buffer().size() - 1);
          }) == "close 1001 \"bye\" broken");
    CHECK(last_line([&](auto& one) {
              one.ws().close();
              one.leave();
          }) == "close 1006 broken"); // the peer's close frame has not arrived
    CHECK(last_line([&](auto& one) {
              one.ws().close();
              one.leave();
              one.take(frame_to(self, 0x89, "p"));
              one.take(close_frame);
          }) == "close 1001 \"bye\" clean"); // only a pong has not been sent
    CHECK(last_line([&](auto& one) {
              one.ws().close();
              one.leave();
              one.take(frame_to(self, 0x83));
          }) == "close 1006 broken");
    CHECK(last_line([](auto&) {}) == "close 1006 broken");
}

TEMPLATE_TEST_CASE("WHATWG: a violation is an error first, then 1006, and a close frame is sent",
                   "[WHATWG-feedback-03][WHATWG-feedback-04][6455-7.1.7-01]", server_end, client_end)
{
    constexpr role self = std::is_same_v<TestType, client_end> ? role::client : role::server;
    TestType one;
    open(one);
    CHECK(one.ws().send("left behind") == error::none);
    one.take(support::join({frame_to(self, 0x83), frame_to(self, 0x81, "dropped")}));
    CHECK(one.log().back() == "error reserved_opcode");
    CHECK(one.ws().ready_state() == ready_state::closing);
    CHECK(one.ws().failure() == error::reserved_opcode);
    CHECK_FALSE(one.ws().finished());
    one.take(frame_to(self, 0x88)); // the peer's reply is ignored
    one.leave(13 + (self == role::client ? 4U : 0U));
    CHECK(one.leave() == frame_from(self, 0x88, close_body(1002)));
    CHECK(one.ws().finished());
    CHECK_FALSE(one.ws().close_expected());
    one.end_of_input();
    CHECK(one.log().back() == "close 1006 broken");
}

TEST_CASE("6455 7.4.1: a client that requires an extension can close with 1010, a server cannot", "[6455-7.4.1-11]")
{
    client_end one;
    open(one);
    CHECK(one.ws().close(close_code::mandatory_extension, "permessage-deflate") == error::none);
    CHECK(waiting(one) == to_hex(frame_from(role::client, 0x88, close_body(1010, "permessage-deflate"))));
    server_end other;
    open(other);
    CHECK(other.ws().close(close_code::mandatory_extension) == error::close_code_not_sendable);
    other.take(frame_to(role::server, 0x88, close_body(1010, "permessage-deflate")));
    other.leave();
    other.end_of_input();
    CHECK(other.log().back() == "close 1010 \"permessage-deflate\" clean");
}

// --- buffered amount -----------------------------------------------------------------------------------------------------

TEMPLATE_TEST_CASE(
    "WHATWG: buffered_amount is the payload that was not sent, without framing, and sends after close stay counted",
    "[WHATWG-send-02][WHATWG-send-03]", server_end, client_end)
{
    constexpr role self = std::is_same_v<TestType, client_end> ? role::client : role::server;
    TestType one;
    open(one);
    const std::string euro = "\xE2\x82\xAC";
    CHECK(one.ws().send(euro) == error::none);
    CHECK(one.ws().buffered_amount() == 3);
    CHECK(one.ws().ping(support::text("ping")) == error::none);
    CHECK(one.ws().buffered_amount() == 3);
    CHECK(one.ws().send(byte_vector(1000)) == error::none);
    CHECK(one.ws().buffered_amount() == 1003);
    one.take(frame_to(self, 0x89, "pong")); // our reply does not count
    CHECK(one.ws().buffered_amount() == 1003);
    CHECK(one.ws().begin_message(opcode::text) == error::none);
    CHECK(one.ws().send_fragment(support::text("piece")) == error::none);
    CHECK(one.ws().send("between") == error::message_open); // changes nothing
    CHECK(one.ws().end_message(support::text("end")) == error::none);
    CHECK(one.ws().buffered_amount() == 1011);
    CHECK(one.ws().send("\xED\xA0\x80") == error::payload_not_utf8); // a lone surrogate
    CHECK(one.ws().send(std::string(4000, 'x')) == error::no_space);
    CHECK(one.ws().buffered_amount() == 1011);
    std::uint64_t before = one.ws().buffered_amount();
    while (one.ws().unwritten() != 0) {
        one.leave(1);
        CHECK(before - one.ws().buffered_amount() <= 1);
        before = one.ws().buffered_amount();
    }
    CHECK(before == 0);

    CHECK(one.ws().send("never") == error::none);
    one.ws().close();
    CHECK(one.ws().send(euro) == error::not_open);
    CHECK(one.ws().send(byte_vector(10)) == error::not_open);
    CHECK(one.ws().send_fragment(byte_vector(100)) == error::not_open);
    CHECK(one.ws().buffered_amount() == 118);
    one.take(frame_to(self, 0x88));
    one.end_of_input();
    CHECK(one.ws().send("x") == error::not_open);
    CHECK(one.ws().buffered_amount() == 119); // closing does not reset it
}

TEMPLATE_TEST_CASE(
    "6455 1.4, 5.5.1: messages that arrive between the close frames are dropped, or are events if the program wants that",
    "[WHATWG-feedback-01]", server_end, client_end)
{
    constexpr role self = requires(TestType& one) { one.ws().request_pending(); } ? role::server : role::client;
    for (const bool wanted : {false, true}) {
        for (const bool whole : {false, true}) {
            TestType one{{.whole_messages = whole, .receive_while_closing = wanted}};
            open(one);
            const std::size_t before = one.log().size();
            one.ws().close();
            one.take(frame_to(self, 0x81, "late"));
            one.take(support::join({frame_to(self, 0x88, close_body(1000, "")), frame_to(self, 0x81, "too late")}));
            one.leave();
            one.end_of_input();
            strings expected{"close 1000 clean"};
            if (wanted)
                expected.insert(expected.begin(), "text \"late\"");
            CHECK(strings(one.log().begin() + static_cast<std::ptrdiff_t>(before), one.log().end()) == expected);
        }
    }
}

TEST_CASE("6455 8.1: a text that is assumed to be UTF-8 is sent without a check, and otherwise like every text")
{
    end<role::server, no_extension, 300> one;
    open(one);
    CHECK(one.ws().send("\xFF", assume_utf8{}) == error::none);
    CHECK(one.ws().buffered_amount() == 1);
    CHECK(waiting(one) == "81 01 ff");
    CHECK(one.ws().send(std::string(400, 'x'), assume_utf8{}) == error::exceeds_capacity);
    CHECK(one.ws().close(close_code::normal) == error::none);
    CHECK(one.ws().send("x", assume_utf8{}) == error::not_open);
    CHECK(one.ws().buffered_amount() == 2);
}

TEST_CASE("WHATWG: the program keeps a message that does not fit, or fail_when_full ends the connection",
          "[WHATWG-send-04]")
{
    end<role::server, no_extension, 300> patient;
    open(patient);
    CHECK(patient.ws().send(std::string(200, 'x')) == error::none);
    CHECK(patient.ws().send(std::string(200, 'y')) == error::no_space);
    CHECK(patient.ws().ready_state() == ready_state::open);
    CHECK(patient.ws().buffered_amount() == 200);

    end<role::server, no_extension, 300> strict{{.fail_when_full = true}};
    open(strict);
    CHECK(strict.ws().send(std::string(200, 'x')) == error::none);
    strict.leave(10);
    CHECK(strict.ws().send(std::string(200, 'y')) == error::no_space);
    CHECK(strict.ws().ready_state() == ready_state::closing);
    CHECK(strict.ws().send("z") == error::not_open);
    CHECK(strict.ws().buffered_amount() == 200 - 6 + 200 + 1);
    CHECK(strict.ws().finished()); // no close frame: the transport is to be closed at once
    strict.take(frame_to(role::server, 0x81, "dropped"));
    CHECK(strict.log() == strings{"request /chat", "open \"\"", "error no_space", "close 1006 broken"});
    CHECK(strict.ws().failure() == error::no_space);
}

TEMPLATE_TEST_CASE("6455 10.4: a message that its storage cannot hold is too large, unless it is read in pieces",
                   "[6455-10.4-01]", (end<role::server, no_extension, 1000, 100>),
                   (end<role::client, no_extension, 1000, 100>))
{
    constexpr role self = requires(TestType& one) { one.ws().request_pending(); } ? role::server : role::client;
    for (const bool whole : {true, false}) {
        TestType one{{.whole_messages = whole}};
        open(one);
        one.take(frame_to(self, 0x02, std::string(60, 'a')));
        one.take(frame_to(self, 0x80, std::string(60, 'a')));
        one.take(frame_to(self, 0x82, "b"));
        if (whole)
            CHECK(one.log().back() == "error message_too_large");
        else
            CHECK(one.log().back() == "binary 62");
    }
    TestType bounded{{.limits = {.message_bytes = 10}}};
    open(bounded);
    bounded.take(frame_to(self, 0x82, std::string(11, 'a')));
    CHECK(bounded.log().back() == "error message_too_large");
    CHECK(waiting(bounded) == to_hex(frame_from(self, 0x88, close_body(1009))));
}

TEST_CASE("websocket: it has a few hundred bytes, in addition to its storage")
{
    CHECK((sizeof(websocket<role::server>) <= 1216 || SOCKLESS_ASAN != 0));
    CHECK((sizeof(websocket<role::client, support::zero_keys>) <= 1344 || SOCKLESS_ASAN != 0));
    CHECK(sizeof(keep_alive<std::uint32_t>) <= 88);
}

TEST_CASE("websocket: every byte type is accepted, and only text is sent as text")
{
    static_websocket_storage<websocket_sizes{.message = 500, .output = 500, .head = 500, .fields = 10}> storage;
    websocket<role::server> ws{storage};
    std::string text = request;
    ws.receive(std::span{text}.first(20), 0);
    CHECK(ws.poll().kind() == event_kind::need_input);
    ws.receive(std::span{text}.subspan(20), 0);
    REQUIRE(ws.poll().kind() == event_kind::request);
    REQUIRE(ws.accept() == error::none);
    ws.written(ws.write_buffer().size(), 0);

    const byte_vector frames = support::join({frame_to(role::server, 0x82, "abc"), frame_to(role::server, 0x82, "de")});
    std::vector<std::uint8_t> octets(frames.size());
    std::ranges::transform(frames, octets.begin(), [](std::byte b) { return std::to_integer<std::uint8_t>(b); });
    ws.receive(octets, 0);
    REQUIRE(ws.poll().kind() == event_kind::open);
    CHECK(ws.poll().text() == "abc");
    struct {
        std::string heard;
        void on_message(websocket<role::server>&, const event& e) { heard += e.text(); }
    } handler;
    CHECK(ws.poll(handler, 0).read);
    CHECK(handler.heard == "de");

    const std::array<unsigned char, 2> some{'h', 'i'};
    const std::span<const char> characters{"hi", 2};
    CHECK(ws.send("hi") == error::none);
    CHECK(ws.send(std::string{"hi"}) == error::none);
    CHECK(ws.send(some) == error::none);
    CHECK(ws.send(characters) == error::none);
    CHECK(ws.send(support::text("hi")) == error::none);
    CHECK(ws.begin_message(opcode::text) == error::none);
    CHECK(ws.send_fragment("h") == error::none);
    CHECK(ws.end_message(characters.last(1)) == error::none);
    CHECK(ws.ping("p") == error::none);
    CHECK(to_hex(ws.write_buffer()) ==
          to_hex(support::join({frame_from(role::server, 0x81, "hi"), frame_from(role::server, 0x81, "hi"),
                                frame_from(role::server, 0x82, "hi"), frame_from(role::server, 0x82, "hi"),
                                frame_from(role::server, 0x82, "hi"), frame_from(role::server, 0x01, "h"),
                                frame_from(role::server, 0x80, "i"), frame_from(role::server, 0x89, "p")})));
}

TEST_CASE("websocket: storage may grow")
{
    growing_websocket_storage storage{{.message = 100, .output = 1000}};
    websocket<role::server> ws{storage};
    byte_vector bytes = support::text(request);
    ws.receive(bytes, 0);
    REQUIRE(ws.poll().kind() == event_kind::request);
    REQUIRE(ws.accept() == error::none);
    REQUIRE(ws.poll().kind() == event_kind::open);
    ws.written(ws.write_buffer().size(), 0);
    CHECK(ws.send(byte_vector(990)) == error::none);
    CHECK(ws.send(byte_vector(990)) == error::no_space);
    ws.written(ws.write_buffer().size(), 0);
    ws.shrink();
    CHECK(ws.send(byte_vector(990)) == error::none);
    bytes = support::join(
        {frame_to(role::server, 0x01, std::string(60, 'a')), frame_to(role::server, 0x80, std::string(40, 'b'))});
    ws.written(ws.write_buffer().size(), 0);
    ws.receive(bytes, 0);
    const event e = ws.poll();
    REQUIRE(e.kind() == event_kind::message);
    CHECK(e.payload().size() == 100);
    bytes = support::join(
        {frame_to(role::server, 0x01, std::string(60, 'a')), frame_to(role::server, 0x80, std::string(41, 'b'))});
    CHECK(ws.poll().kind() == event_kind::need_input);
    ws.receive(bytes, 0);
    CHECK(ws.poll().failure() == error::message_too_large);
}

// --- an extension ----------------------------------------------------------------------------------------------------------

using support::negotiated_run_length;
static_assert(negotiated_extension<negotiated_run_length> && !negotiated_extension<support::run_length>);

TEST_CASE("6455 9.1: an extension applies from the first frame, and buffered_amount counts its output", "[6455-6.2-05]")
{
    using client_type = end<role::client, negotiated_run_length>;
    using server_type = end<role::server, negotiated_run_length>;
    using enum negotiated_run_length::options;
    for (const bool agreed : {true, false}) {
        for (std::size_t max_size = 1; max_size < 30; ++max_size) {
            client_type one{{.deflate = agreed ? on : off}};
            server_type other{{.deflate = on}};
            other.on_event = [agreed](auto& ws, const event& e) {
                if (e.kind() == event_kind::request) {
                    REQUIRE(ws.accept() == error::none);
                    REQUIRE(ws.send(std::string(100, 'a')) == error::none);
                    REQUIRE(ws.buffered_amount() == (agreed ? 2 : 100));
                }
            };
            connect(one, "ws://h/");
            const auto at_most = [max_size](std::size_t) { return max_size; };
            carry(one, other, at_most, at_most);
            REQUIRE(one.ws().send(std::string(50, 'b')) == error::none);
            REQUIRE(one.ws().buffered_amount() == (agreed ? 2 : 50));
            carry(one, other, at_most, at_most);
            other.ws().close();
            carry(one, other, at_most, at_most);
            one.end_of_input();
            other.end_of_input();
            REQUIRE(one.log() == strings{"open \"\"", "text \"" + std::string(100, 'a') + '"', "close 1005 clean"});
            REQUIRE(other.log() ==
                    strings{"request /", "open \"\"", "text \"" + std::string(50, 'b') + '"', "close 1005 clean"});
        }
    }
}

TEST_CASE("6455 4.1: an extension that rejects the response fails the connection before it is open",
          "[6455-6.2-05][6455-7.2.2-01]")
{
    end<role::client, negotiated_run_length> one{{.deflate = negotiated_run_length::options::on}};
    connect(one, "ws://server.example.com/chat", {.subprotocols = protocols});
    one.leave();
    one.take(heads::rfc_response.text());
    one.take(frame_to(role::client, 0x81, "dropped"));
    CHECK(one.log() == strings{"error extension_not_offered", "close 1006 broken"});
    CHECK(one.ws().write_buffer().empty());
    CHECK(one.ws().finished());
    extension element;
    CHECK_FALSE(one.ws().extensions().next(element));
    CHECK(one.ws().protocol().empty());
}

TEST_CASE("LIFE-2: it may be destroyed after any byte, and its memory can be reused", "[LIFE-2]")
{
    const byte_vector input = support::join({support::text(request), frame_to(role::server, 0x89, "in two parts"),
                                             frame_to(role::server, 0x01, "be"), frame_to(role::server, 0x80, "gun"),
                                             frame_to(role::server, 0x88, close_body(1000, "bye"))});
    for (std::size_t size = 0; size <= input.size(); ++size) {
        // At -O3 g++ 12 merges functions of server and client, and warns if the larger of them does not fit.
        using larger = websocket<role::client, support::zero_keys>;
        static_assert(sizeof(larger) >= sizeof(websocket<role::server>));
        alignas(larger) std::byte memory[sizeof(larger)];
        static_websocket_storage<websocket_sizes{.message = 300, .output = 300, .head = 300, .fields = 10}> storage;
        auto* const ws = new (memory) websocket<role::server>{storage};
        byte_vector bytes{input.begin(), input.begin() + static_cast<std::ptrdiff_t>(size)};
        for (std::byte& each : bytes) { // so that as much payload as possible is in the object
            ws->receive(std::span{&each, 1}, 0);
            for (event e = ws->poll(); e.kind() != event_kind::need_input; e = ws->poll())
                if (e.kind() == event_kind::request)
                    REQUIRE(ws->accept() == error::none);
        }
        ws->~websocket();
        std::ranges::fill(memory, std::byte{0xDD});
        CHECK(memory[sizeof(websocket<role::server>) / 2] == std::byte{0xDD});
    }
}

TEST_CASE("A9: a websocket over used storage begins empty, and nothing for the old peer reaches the new one")
{
    using client = websocket<role::client, support::zero_keys>;
    static_websocket_storage<> storage;
    heads::fixed_random random;
    const std::array<field, 1> secret{{{"Authorization", "Basic c2VjcmV0"}}};
    {
        client ws{storage};
        REQUIRE(ws.connect("ws://a/first", {.fields = secret}, random) == error::none);
        ws.input_ended(0);
    }
    client ws{storage};
    CHECK(ws.write_buffer().empty());
    REQUIRE(ws.connect("ws://b/second", {}, random) == error::none);
    CHECK(support::to_string(ws.write_buffer()).starts_with("GET /second HTTP/1.1"));
    CHECK(support::to_string(ws.write_buffer()).find("secret") == std::string::npos);
    CHECK(support::to_string(ws.write_buffer()).find("c2VjcmV0") == std::string::npos);
}

} // namespace
