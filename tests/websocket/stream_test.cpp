// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The opening handshake on a stream of HTTP/2 or HTTP/3: fields instead of bytes. What follows is the same as after a 101.
#include "ends.hpp"
#include "program.hpp"
#include "support/run_length_extension.hpp"

#include <sockless/handshake/extended_connect.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace ends;
using support::negotiated_run_length;
using enum negotiated_run_length::options;
using fields = std::vector<field>;

constexpr std::array<std::string_view, 2> subprotocols{"chat", "superchat"};
const fields plain_request{{":method", "CONNECT"},
                           {":protocol", "websocket"},
                           {":scheme", "https"},
                           {":path", "/chat"},
                           {":authority", "h"},
                           {"sec-websocket-version", "13"},
                           {"sec-websocket-protocol", "chat, superchat"}};

std::string lines(std::span<const field> list)
{
    std::string result;
    for (const field& each : list)
        result += std::string{each.name} + " = " + std::string{each.value} + "\n";
    return result;
}

connect_options options_of_client()
{
    connect_options result{.subprotocols = subprotocols};
    REQUIRE(parse_uri("wss://h/chat", result.where) == error::none);
    return result;
}

upgrade_request checked(std::span<const field> list)
{
    upgrade_request result;
    REQUIRE(check_extended_connect(connect_head::from(list), result) == error::none);
    return result;
}

/// Both ends, after the handshake.
template <class Client, class Server>
void open_both(Client& one, Server& other, std::string_view subprotocol = "chat")
{
    std::span<const field> sent;
    REQUIRE(one.ws().write_connect_fields(sent, options_of_client()) == error::none);
    std::span<const field> answer;
    REQUIRE(other.ws().write_accept_fields(answer, checked(sent), {.subprotocol = subprotocol}) == error::none);
    REQUIRE(one.ws().check_connect_response(answer) == error::none);
    one.poke();
    other.poke();
}

TEST_CASE("W10: both ends open on a stream, with a subprotocol, and exchange messages", "[8441-5-08]")
{
    client_end one;
    server_end other;
    open_both(one, other);
    CHECK(one.ws().protocol() == "chat");
    CHECK(one.ws().url().host == "h");
    CHECK(other.ws().protocol() == "chat");
    REQUIRE(one.ws().send("from the client") == error::none);
    REQUIRE(other.ws().send("from the server") == error::none);
    carry(one, other);
    REQUIRE(other.ws().close(close_code::going_away) == error::none);
    carry(one, other);
    one.end_of_input();
    other.end_of_input();
    CHECK(one.log() == strings{"open \"chat\"", "text \"from the server\"", "close 1001 clean"});
    CHECK(other.log() == strings{"open \"chat\"", "text \"from the client\"", "close 1001 clean"});
    CHECK(frames_in(other.sent()).starts_with("81 0f")); // not after a head
}

TEST_CASE("W6: an extension is negotiated on a stream, or declined by either end", "[6455-6.2-05][W-10]")
{
    using client_type = end<role::client, negotiated_run_length>;
    using server_type = end<role::server, negotiated_run_length>;
    for (const auto& [of_client, of_server] : {std::pair{on, on}, {on, off}, {off, on}, {off, off}}) {
        client_type one{{.deflate = of_client}};
        server_type other{{.deflate = of_server}};
        const bool agreed = of_client == on && of_server == on;
        std::span<const field> sent;
        REQUIRE(one.ws().write_connect_fields(sent, options_of_client()) == error::none);
        CHECK(lines(sent).ends_with("sec-websocket-extensions = run-length\nsec-websocket-version = 13\n") ==
              (of_client == on));
        std::span<const field> answer;
        REQUIRE(other.ws().write_accept_fields(answer, checked(sent)) == error::none);
        CHECK(lines(answer) == (agreed ? ":status = 200\nsec-websocket-extensions = run-length\n" : ":status = 200\n"));
        const bool required = of_client == on && !agreed; // by this extension
        CHECK(one.ws().check_connect_response(answer) == (required ? error::extension_not_offered : error::none));
        one.poke();
        other.poke();
        if (required) {
            CHECK(one.log() == strings{"error extension_not_offered", "close 1006 broken"});
            continue;
        }
        REQUIRE(one.ws().send(std::string(100, 'a')) == error::none);
        CHECK(one.ws().buffered_amount() == (agreed ? 2 : 100));
        carry(one, other);
        CHECK(other.log() == strings{"open \"\"", "text \"" + std::string(100, 'a') + '"'});
    }
}

TEST_CASE("W10: the fields are in the storage until the first poll after the open event")
{
    static_websocket_storage<websocket_sizes{.message = 300, .output = 300, .head = 60, .fields = 5}> storage;
    websocket<role::server, no_mask_keys, negotiated_run_length> ws{storage, {.deflate = on}};
    fields list = plain_request;
    list.push_back({"sec-websocket-extensions", "run-length"});
    std::span<const field> answer;
    REQUIRE(ws.write_accept_fields(answer, checked(list), {.subprotocol = "superchat"}) == error::none);
    list.clear();
    REQUIRE(ws.send("at once") == error::none);
    REQUIRE(ws.poll().kind() == event_kind::open);
    CHECK(lines(answer) ==
          ":status = 200\nsec-websocket-protocol = superchat\nsec-websocket-extensions = run-length\n");
    CHECK(ws.poll().kind() == event_kind::need_input);
    CHECK(ws.protocol() == "superchat");
}

TEST_CASE("W10: a storage that is too small for the fields changes nothing")
{
    using sizes = websocket_sizes;
    static_websocket_storage<sizes{.message = 300, .output = 300, .head = 5, .fields = 2}> small;
    websocket<role::server, no_mask_keys, negotiated_run_length> of_server{small, {.deflate = on}};
    fields list = plain_request;
    std::span<const field> out;
    CHECK(of_server.write_accept_fields(out, checked(list), {.subprotocol = "chat"}) == error::none);
    of_server.reset();
    list.push_back({"sec-websocket-extensions", "run-length"});
    CHECK(of_server.write_accept_fields(out, checked(list)) == error::no_space); // characters
    CHECK(of_server.ready_state() == ready_state::connecting);
    static_websocket_storage<sizes{.message = 300, .output = 300, .head = 50, .fields = 2}> few;
    websocket<role::server> other{few};
    CHECK(other.write_accept_fields(out, checked(list), {.subprotocol = "chat", .extensions = "run-length"}) ==
          error::no_space); // fields
    CHECK(other.write_accept_fields(out, checked(list), {.subprotocol = "chat"}) == error::none);

    static_websocket_storage<sizes{.message = 300, .output = 300, .head = 20, .fields = 9}> of_head;
    websocket<role::client, support::zero_keys> of_client{of_head};
    CHECK(of_client.write_connect_fields(out, options_of_client()) == error::no_space);
    connect_options without = options_of_client();
    without.subprotocols = {};
    CHECK(of_client.write_connect_fields(out, without) == error::none);
    CHECK(out.size() == 6);
}

TEST_CASE("W10: a server accepts once, and with texts that it can send")
{
    server_end one;
    std::span<const field> out;
    const std::string long_name(limits::subprotocol_bytes + 1, 'a');
    fields list = plain_request;
    list.back().value = long_name;
    CHECK(one.ws().write_accept_fields(out, checked(list), {.subprotocol = long_name}) == error::subprotocol_too_long);
    CHECK(one.ws().write_accept_fields(out, checked(plain_request), {.subprotocol = "other"}) ==
          error::subprotocol_not_requested);
    end<role::server, negotiated_run_length> other{{.deflate = on}};
    CHECK(other.ws().write_accept_fields(out, checked(plain_request), {.extensions = "run-length"}) ==
          error::extensions_not_sendable);
    CHECK(out.empty());
    CHECK(one.ws().ready_state() == ready_state::connecting);
    CHECK(one.ws().write_accept_fields(out, checked(plain_request)) == error::none);
    CHECK(one.ws().write_accept_fields(out, checked(plain_request)) == error::not_open);
    CHECK(one.ws().start_open() == error::not_open);
    one.poke();
    CHECK(one.log() == strings{"open \"\""});
    server_end late;
    late.take("GET");
    CHECK(late.ws().write_accept_fields(out, checked(plain_request)) == error::not_open);
}

TEST_CASE("W10: a client requests once, and takes one response", "[8441-5-07]")
{
    client_end one;
    const fields good{{":status", "200"}, {"sec-websocket-protocol", "superchat"}};
    CHECK(one.ws().check_connect_response(good) == error::not_open);
    std::span<const field> out;
    REQUIRE(one.ws().write_connect_fields(out, options_of_client()) == error::none);
    CHECK(lines(out).starts_with(":method = CONNECT\n:protocol = websocket\n:scheme = https\n:path = /chat\n"));
    CHECK(one.ws().write_connect_fields(out, options_of_client()) == error::not_open);
    heads::fixed_random random;
    CHECK(one.ws().connect("ws://h/", {}, random) == error::not_open);
    CHECK(one.ws().unwritten() == 0);
    one.poke();
    CHECK(one.log().empty());
    CHECK(one.ws().check_connect_response(good) == error::none);
    CHECK(one.ws().check_connect_response(good) == error::not_open);
    one.poke();
    CHECK(one.log() == strings{"open \"superchat\""});

    client_end closed;
    closed.ws().close();
    CHECK(closed.ws().write_connect_fields(out, options_of_client()) == error::not_open);

    client_end other; // the other kind of handshake
    connect(other);
    CHECK(other.ws().check_connect_response(good) == error::not_open);
    CHECK(other.ws().write_connect_fields(out, options_of_client()) == error::not_open);
}

TEST_CASE("W10: a response that does not open the connection is an error event, and the end", "[8441-5-07][W-10]")
{
    const auto reported = [](const fields& response, connect_options options = options_of_client()) {
        client_end one;
        std::span<const field> out;
        REQUIRE(one.ws().write_connect_fields(out, options) == error::none);
        const error e = one.ws().check_connect_response(response);
        CHECK(one.ws().ready_state() == ready_state::closing);
        one.poke();
        CHECK(one.log() == strings{support::error_line(e), "close 1006 broken"});
        CHECK(one.ws().failure() == e);
        CHECK(one.ws().needs(0).close);
        return e;
    };
    CHECK(reported({{":status", "403"}}) == error::status_not_2xx);
    CHECK(reported({{":status", "101"}}) == error::status_not_2xx);
    CHECK(reported({}) == error::pseudo_field_invalid);
    CHECK(reported({{":status", "200"}, {"sec-websocket-protocol", "other"}}) == error::subprotocol_not_offered);
    CHECK(reported({{":status", "200"}, {"sec-websocket-extensions", "foo"}}) == error::extension_not_offered);
    connect_options options = options_of_client();
    options.subprotocol_required = true;
    CHECK(reported({{":status", "200"}}, options) == error::subprotocol_missing);
}

TEST_CASE("W4: a response over a stream that does not come is waited for as long as one of HTTP/1.1")
{
    programs::client one{{.handshake_timeout = 1000}};
    std::span<const field> out;
    REQUIRE(one.ws.write_connect_fields(out, options_of_client()) == error::none);
    CHECK(one.poll().wake_after == 1000);
    CHECK(one.needs.read);
    CHECK(one.at(999).wake_after == 1);
    CHECK(one.at(1000).close);
    CHECK(one.handler.take() == strings{"error timed_out", "close 1006 broken"});
}

TEST_CASE("W10: a stream that is lost before the response is connection_lost, and the object can be used again")
{
    programs::client one;
    std::span<const field> out;
    REQUIRE(one.ws.write_connect_fields(out, options_of_client()) == error::none);
    one.ws.transport_failed(0);
    CHECK(one.poll().close);
    CHECK(one.handler.take() == strings{"error connection_lost", "close 1006 broken"});
    one.ws.reset();
    one.open(); // over HTTP/1.1
    one.ws.reset();
    REQUIRE(one.ws.write_connect_fields(out, options_of_client()) == error::none);
    REQUIRE(one.ws.check_connect_response(fields{{":status", "200"}}) == error::none);
    one.poll();
    CHECK(one.handler.take() == strings{"open \"\""});
}

} // namespace
