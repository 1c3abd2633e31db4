// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A websocket with a streamed head, as on a device: it keeps what the handshake needs and the fields that the program names.
#include "support/catch.hpp"
#include "support/event_lines.hpp"
#include "support/hex.hpp"
#include "support/print.hpp"

#include <sockless/sockless.hpp>
#include <sockless/testing/endpoint_pair.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using namespace sockless;
using strings = std::vector<std::string>;
using testing::predictable_source;

// Of the head: 128 characters and two named lines, although the whole head is longer.
constexpr websocket_sizes sizes{.message = 256, .output = 1024, .input = 256, .head = 160, .fields = 2};
using storage = static_websocket_storage<sizes>;

template <class Head>
using server = streaming_websocket<role::server, no_mask_keys, Head>;
template <class Head>
using client = streaming_websocket<role::client, predictable_source, Head>;
using no_fields = streamed_head;
using named = streamed_head::with<"Origin", "Cookie">;
using of_response = streamed_head::with<"Server", "Set-Cookie">;

static_assert(
    std::is_same_v<server<no_fields>, websocket<role::server, no_mask_keys, no_extension, sha1, streamed_head>>);
// What only a whole head has does not exist.
template <class Websocket>
concept has_response = requires(Websocket& ws) { ws.response(); };
template <class Websocket>
concept has_request = requires(Websocket& ws) { ws.request(); };
template <class Websocket>
concept has_fields = requires(Websocket& ws) { ws.fields(); };
static_assert(!has_response<client<no_fields>> && !has_request<server<no_fields>>);
static_assert(!has_fields<client<no_fields>> && !has_fields<server<no_fields>>);
static_assert(has_fields<client<of_response>> && has_fields<server<named>>);
static_assert(has_response<websocket<role::client, predictable_source>> && !has_fields<websocket<role::server>>);

std::string text_of(std::span<const field> fields)
{
    std::string result;
    for (const field& each : fields)
        result += std::string{each.name} + ": " + std::string{each.value} + "; ";
    return result;
}

/// Logs the events, with what is known of the head, and echoes messages.
struct logging {
    strings log{};

    [[nodiscard]] strings take() { return std::exchange(log, {}); }

    void on_open(auto& ws)
    {
        std::string line = "open";
        if constexpr (requires { ws.status(); })
            line += " " + std::to_string(ws.status());
        if constexpr (requires {
                          ws.status();
                          ws.fields();
                      })
            line += " " + text_of(ws.fields());
        log.push_back(line + " <" + std::string{ws.protocol()} + ">");
    }
    void on_message(auto& ws, const event& message)
    {
        log.push_back("message " + std::string{message.text()});
        if constexpr (requires { ws.target(); })
            CHECK(ws.send(message.text()) == error::none);
    }
    void on_error(auto& ws, const event& e)
    {
        std::string line = support::error_line(e.failure());
        if constexpr (requires { ws.status(); })
            line += " " + std::to_string(ws.status());
        log.push_back(line);
    }
    void on_close(auto&, const event& e) { log.push_back("close " + std::to_string(static_cast<int>(e.code()))); }
};

/// The same of a server, which answers.
struct answering : logging {
    std::uint16_t refusal = 0; ///< the status of the answer; 0: it accepts
    bool answers = true;
    std::string_view subprotocol{};

    void on_request(auto& ws)
    {
        std::string line = "request " + std::string{ws.target()};
        if constexpr (requires { ws.method(); })
            line += " " + std::string{ws.method()} + " " + text_of(ws.fields());
        for (list_cursor each = ws.subprotocols();;) {
            std::string_view name;
            if (!each.next(name))
                break;
            line += " <" + std::string{name} + ">";
        }
        log.push_back(line);
        if (answers)
            CHECK((refusal == 0 ? ws.accept(subprotocol) : ws.reject(refusal)) == error::none);
    }
    void on_plain_request(auto& ws)
    {
        log.push_back("plain " + std::string{ws.target()});
        CHECK(ws.refuse() == error::none);
    }
};

/// A client and a server; every transport delivers up to @p chunk bytes at once.
template <class ClientHead, class ServerHead>
struct pair {
    storage client_storage{};
    storage server_storage{};
    client<ClientHead> client_ws{client_storage};
    server<ServerHead> server_ws{server_storage};
    logging at_client{};
    answering at_server{};
    testing::endpoint_pair<client<ClientHead>, logging, server<ServerHead>, answering> both{client_ws, at_client,
                                                                                            server_ws, at_server};

    explicit pair(std::size_t chunk) { both.to_server().chunk = both.to_client().chunk = chunk; }
};

constexpr std::string_view offered[] = {"chat", "telemetry"};

TEST_CASE("W-10: a server with a streamed head has target, method, subprotocols and the named fields of the request",
          "[W-10]")
{
    for (const std::size_t chunk : {std::size_t{1}, std::size_t{7}, std::size_t{200}, ~std::size_t{0}}) {
        CAPTURE(chunk);
        pair<no_fields, named> ends{chunk};
        ends.at_server.subprotocol = "telemetry";
        const field more[] = {{"Cookie", "a=1"},
                              {"X-Long", "a field that nobody has named, longer than the memory of the head, "
                                         "and longer, and longer, and longer, and longer, and longer, and longer"}};
        const error e = ends.both.open("ws://device.example/feed?of=1",
                                       {.subprotocols = offered, .origin = "https://device.example", .fields = more});
        CHECK(e == error::none);
        CHECK(ends.at_server.take() ==
              strings{"request /feed?of=1 GET Origin: https://device.example; Cookie: a=1;  <chat> <telemetry>",
                      "open <telemetry>"});
        CHECK(ends.at_client.take() == strings{"open 101 <telemetry>"});
        CHECK(ends.client_ws.protocol() == "telemetry");
        CHECK(ends.server_ws.protocol() == "telemetry");
        // The memory of the head is that of messages now.
        CHECK(ends.server_ws.fields().empty());
        CHECK(ends.server_ws.target().empty());
        CHECK(ends.client_ws.status() == 0);
        CHECK(ends.client_ws.send("hello") == error::none);
        ends.both.run();
        CHECK(ends.at_client.take() == strings{"message hello"});
        ends.client_ws.close();
        ends.both.run();
        CHECK(ends.at_client.take() == strings{"close 1005"});
        CHECK(ends.at_server.take() == strings{"message hello", "close 1005"});
    }
}

TEST_CASE("W-10: a client with a streamed head has the status and the named fields of the response", "[W-10]")
{
    constexpr std::string_view response = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nServer: s/1\r\n"
                                          "X-Other: other\r\nConnection: Upgrade\r\n"
                                          "Sec-WebSocket-Accept: Bz3qJYTGdOe8gUSpLosEdiLKDrk=\r\n\r\n";
    for (std::size_t cut = 0; cut <= response.size(); ++cut) {
        CAPTURE(cut);
        storage memory;
        client<of_response> ws{memory};
        logging handler;
        predictable_source random;
        // The key is that of the bytes 0 to 15: "AAECAwQFBgcICQoLDA0ODw==".
        REQUIRE(ws.connect({.where = {.host = "h"}}, random) == error::none);
        for (const std::string_view part : {response.substr(0, cut), response.substr(cut)}) {
            std::vector<std::byte> bytes = support::text(part);
            ws.receive(bytes, 1);
            static_cast<void>(ws.poll(handler, 1));
        }
        CHECK(handler.take() == strings{"open 101 Server: s/1;  <>"});
        CHECK(ws.fields().empty());
    }
}

TEST_CASE("W-10: a refused client with a streamed head reports the status, drops the body, and ends", "[W-10]")
{
    storage memory;
    client<of_response> ws{memory};
    logging handler;
    predictable_source random;
    REQUIRE(ws.connect({.where = {.host = "h"}}, random) == error::none);
    std::vector<std::byte> bytes =
        support::text("HTTP/1.1 403 Forbidden\r\nServer: s/1\r\nContent-Length: 4\r\n\r\nbody");
    ws.receive(bytes, 1);
    const websocket_needs needs = ws.poll(handler, 1);
    CHECK(handler.take() == strings{"error status_not_101 403", "close 1006"});
    CHECK(ws.status() == 403);
    CHECK(text_of(ws.fields()) == "Server: s/1; ");
    CHECK(needs.close);
    CHECK(ws.failure() == error::status_not_101);
    // the same object, for the next attempt
    ws.reset();
    CHECK(ws.status() == 0);
    CHECK(ws.fields().empty());
    CHECK(ws.connect({.where = {.host = "h"}}, random) == error::none);
}

TEST_CASE("W-10: a client with a streamed head offers no extension, whose answer it would not keep", "[W-10]")
{
    storage memory;
    client<no_fields> ws{memory};
    predictable_source random;
    CHECK(ws.connect({.where = {.host = "h"}, .extensions = "permessage-deflate"}, random) ==
          error::extensions_not_sendable);
    CHECK(ws.connect({.where = {.host = "h"}}, random) == error::none);
    CHECK(ws.connect({.where = {.host = "h"}}, random) == error::not_open);
}

TEST_CASE("W-10: a client that names Sec-WebSocket-Extensions has the extensions in use", "[W-10]")
{
    constexpr std::string_view response = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                          "Connection: Upgrade\r\nSec-WebSocket-Extensions: x-test; a=1\r\n"
                                          "Sec-WebSocket-Accept: Bz3qJYTGdOe8gUSpLosEdiLKDrk=\r\n\r\n";
    storage memory;
    client<streamed_head::with<"Sec-WebSocket-Extensions">> ws{memory};
    predictable_source random;
    REQUIRE(ws.connect({.where = {.host = "h"}, .extensions = "x-test"}, random) == error::none);
    std::vector<std::byte> bytes = support::text(response);
    ws.receive(bytes, 1);
    CHECK(ws.poll().kind() == event_kind::open);
    extension_cursor in_use = ws.extensions();
    extension one;
    CHECK(in_use.next(one));
    CHECK(one.name == "x-test");
    CHECK_FALSE(in_use.next(one));
    CHECK(ws.poll().kind() == event_kind::need_input);
    extension_cursor later = ws.extensions();
    CHECK_FALSE(later.next(one));
}

TEST_CASE(
    "W-10: a server with a streamed head rejects, refuses plain requests, and answers 503 when the program does not",
    "[W-10]")
{
    const auto answer = [](answering handler, std::string_view request, std::uint64_t later) {
        storage memory;
        server<named> ws{memory};
        std::vector<std::byte> bytes = support::text(request);
        ws.receive(bytes, 1);
        static_cast<void>(ws.poll(handler, 1));
        static_cast<void>(ws.poll(handler, later));
        CHECK(ws.accept() == error::not_open);
        CHECK(ws.reject(403) == error::not_open);
        CHECK(ws.refuse() == error::not_open);
        const std::string text = support::to_string(ws.write_buffer());
        return text.substr(0, text.find("\r\n"));
    };
    constexpr std::string_view upgrade =
        "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    CHECK(answer({{}, 403}, upgrade, 1).starts_with("HTTP/1.1 403 "));
    CHECK(answer({{}, 0, false}, upgrade, 60'000).starts_with("HTTP/1.1 503 "));
    CHECK(answer({}, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", 1).starts_with("HTTP/1.1 426 "));
    CHECK(answer({}, "POST / HTTP/1.1\r\nHost: h\r\n\r\n", 1).starts_with("HTTP/1.1 405 "));
}

TEST_CASE("W-10: accept of a streamed head checks the subprotocol", "[W-10]")
{
    constexpr std::string_view upgrade =
        "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Protocol: chat\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    storage memory;
    server<no_fields> ws{memory};
    CHECK(ws.accept() == error::not_open);
    std::vector<std::byte> bytes = support::text(upgrade);
    ws.receive(bytes, 1);
    CHECK(ws.poll().kind() == event_kind::request);
    CHECK(ws.accept("other") == error::subprotocol_not_requested);
    CHECK(ws.accept(std::string(limits::subprotocol_bytes + 1, 'x')) == error::subprotocol_too_long);
    CHECK(ws.accept("chat") == error::none);
    CHECK(ws.poll().kind() == event_kind::open);
    CHECK(ws.protocol() == "chat");
}

} // namespace
