// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "feed_head.hpp"
#include "support/catch.hpp"
#include "support/exact_block.hpp"

#include <sockless/handshake/client_handshake.hpp>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using heads::failure_line;
using heads::fixed_random;
using heads::rfc_response;
using sockless::client_handshake;
using sockless::client_handshake_result;
using sockless::connect_options;
using sockless::error;
using sockless::field;
using sockless::head_storage;
using sockless::static_byte_queue;
using sockless::streaming_client_handshake;
using strings = std::vector<std::string>;

constexpr std::array<std::string_view, 2> subprotocols{"chat", "superchat"};

connect_options sample()
{
    connect_options result;
    REQUIRE(parse_uri("ws://server.example.com/chat", result.where) == error::none);
    result.subprotocols = subprotocols;
    result.extensions = "foo";
    return result;
}

constexpr support::feed_options few{.random_ways = 2};

strings answered(std::string_view text, const connect_options& request = sample())
{
    return heads::answer(text, request, few);
}

const std::string frame = support::to_string(support::bytes_of("81 05 48 65 6c 6c 6f"));

TEST_CASE("6455 4.1: a valid response opens the connection, and the frames after it stay in the input",
          "[6455-4.1-33][6455-4.1-43][6455-4.1-31][6455-4.1-32][HS-14]")
{
    CHECK(answered(rfc_response.text()) == strings{"open 101 chat"});
    CHECK(answered(rfc_response.text() + frame + frame) == strings{"open 101 chat", "rest " + frame + frame});
    CHECK(answered(rfc_response.without("Sec-WebSocket-Protocol").text()) == strings{"open 101 "});
    // RFC 9110 5.5: white space around the value is not part of it
    CHECK(answered(rfc_response.set("Sec-WebSocket-Accept", " \t s3pPLMBiTxaQ9kYGzzhZRbK+xOo= \t").text()) ==
          strings{"open 101 chat"});
    CHECK(answered(rfc_response.line("HTTP/1.1 101 ").text()) == strings{"open 101 chat"});
}

TEST_CASE("9112 5.2: a value may continue, begin or end in the next lines", "[9112-5.2-03]")
{
    const std::string good = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    for (const std::string_view before : {"\r\n ", " \r\n\t", "\r\n\t\r\n  "})
        CHECK(answered(rfc_response.set("Sec-WebSocket-Accept", std::string{before} + good).text()) ==
              strings{"open 101 chat"});
    for (const std::string_view after : {"\r\n ", " \r\n\t", "\r\n \r\n "})
        CHECK(answered(rfc_response.set("Sec-WebSocket-Accept", good + std::string{after}).text()) ==
              strings{"open 101 chat"});
    CHECK(answered(rfc_response.set("Connection", "keep-alive,\r\n Upgrade").text()) == strings{"open 101 chat"});
    CHECK(answered(rfc_response.set("Upgrade", "web\r\n socket").text()) ==
          strings{failure_line(error::upgrade_not_websocket, 0)});
    CHECK(answered(rfc_response.set("Sec-WebSocket-Protocol", "\r\n ").text()) ==
          strings{failure_line(error::subprotocol_invalid, 0)});
    CHECK(answered(rfc_response.with("Set-Cookie", "a\r\n b\r\n\tSec-WebSocket-Accept: x").text()) ==
          strings{"open 101 chat"});
    CHECK(answered(rfc_response.with("Set-Cookie", "\r\n Sec-WebSocket-Accept: x").text()) == strings{"open 101 chat"});
}

TEST_CASE("9110 15.2: interim responses are skipped, 101 ends them", "[9110-15.2-01][WHATWG-fetch-01][6455-4.1-43]")
{
    const std::string interim =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nSec-WebSocket-Accept: x\r\n\r\n";
    CHECK(answered(interim + rfc_response.text() + frame) == strings{"open 101 chat", "rest " + frame});
    CHECK(answered("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 404 Not Found\r\n\r\n") == strings{"refused 404 "});
    CHECK(answered("HTTP/1.1 100 Continue\r\nbad line\r\n\r\n") == strings{failure_line(error::field_name_space, 26)});
}

TEST_CASE("9110 15.2: endless interim responses are rejected", "[HS-2][6455-10.4-03]")
{
    std::string endless;
    while (endless.size() < 20000)
        endless += "HTTP/1.1 100 Continue\r\n\r\n";
    const support::feed_options short_cut{.random_cuts = 8, .random_ways = 2};
    CHECK(heads::answer(endless, sample(), short_cut) == strings{failure_line(error::head_too_large, 0)});
    CHECK(heads::answer("HTTP/1.1 101 " + std::string(20000, 'a'), sample(), short_cut) ==
          strings{failure_line(error::head_too_large, 8192)});
}

TEST_CASE("6455 4.1, CVE-2018-1002105: another status is returned with its fields, and the body stays in the input",
          "[6455-4.1-29][6455-4.1-30][9112-6.3-05][9112-9.2-01][6455-1.6-01][HS-11]")
{
    for (const std::string_view status :
         {"200 OK", "301 Moved", "401 Unauthorized", "403 Forbidden", "426 Upgrade Required", "503 x", "999 x"}) {
        const std::string expected = "refused " + std::string{status.substr(0, 3)} + " ";
        CHECK(answered("HTTP/1.1 " + std::string{status} + "\r\nContent-Length: 4\r\n\r\nbody") ==
              strings{expected, "rest body"});
    }
    CHECK(answered(rfc_response.line("HTTP/1.1 200 OK").text() + frame) == strings{"refused 200 ", "rest " + frame});
    CHECK(answered("HTTP/1.0 404 Not Found\r\n\r\n") == strings{"refused 404 "});

    head_storage<> storage;
    client_handshake handshake{storage};
    heads::wide_queue tx;
    fixed_random random;
    REQUIRE(handshake.start(tx, sample(), random) == error::none);
    const std::vector<std::byte> text = support::text("HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\n"
                                                      "Sec-WebSocket-Version: 8, 7\r\nRetry-After: 5\r\n\r\nbody");
    std::span<const std::byte> in{text};
    REQUIRE(handshake.poll(in) == client_handshake_result::refused);
    CHECK(handshake.failure() == error::status_not_101);
    CHECK(handshake.head().status == 426);
    CHECK(handshake.head().reason == "Upgrade Required");
    CHECK(find_field(handshake.head().fields, "retry-after") == "5");
    sockless::list_cursor versions{handshake.head().fields, "Sec-WebSocket-Version"};
    std::string_view version;
    int count = 0;
    while (versions.next(version))
        ++count;
    CHECK(count == 3);
    CHECK(in.size() == 4);
    CHECK(handshake.poll(in) == client_handshake_result::refused); // on every later call
    CHECK(in.size() == 4);
    CHECK_FALSE(handshake.is_open());
}

TEST_CASE(
    "6455 4.1: an invalid response fails once with its own error, and the input after it is discarded",
    "[6455-4.1-31][6455-4.1-32][6455-4.1-33][6455-4.1-36][6455-4.1-37][6455-4.1-38][6455-10.7-01][HS-11][HS-15][R6]")
{
    CHECK(answered(rfc_response.without("Upgrade").text() + frame) == strings{failure_line(error::upgrade_missing, 0)});
    CHECK(answered(rfc_response.set("Upgrade", "websocket, foo").text() + frame) ==
          strings{failure_line(error::upgrade_not_websocket, 0)});
    CHECK(answered(rfc_response.set("Connection", "close").text() + frame) ==
          strings{failure_line(error::connection_not_upgrade, 0)});
    CHECK(answered(rfc_response.without("Sec-WebSocket-Accept").text() + frame) ==
          strings{failure_line(error::accept_missing, 0)});
    CHECK(answered(rfc_response.with("Sec-WebSocket-Accept", "x").text() + frame) ==
          strings{failure_line(error::accept_repeated, 0)});
    CHECK(answered(rfc_response.set("Sec-WebSocket-Accept", "s3ppLMBiTxaQ9kYGzzhZRbK+xOo=").text() + frame) ==
          strings{failure_line(error::accept_mismatch, 0)});
    CHECK(answered(rfc_response.set("Sec-WebSocket-Protocol", "other").text()) ==
          strings{failure_line(error::subprotocol_not_offered, 0)});
    CHECK(answered(rfc_response.set("Sec-WebSocket-Protocol", "").text()) ==
          strings{failure_line(error::subprotocol_invalid, 0)});
    CHECK(answered(rfc_response.with("Sec-WebSocket-Protocol", "chat").text()) ==
          strings{failure_line(error::subprotocol_repeated, 0)});
    CHECK(answered(rfc_response.with("Sec-WebSocket-Extensions", "bar").text()) ==
          strings{failure_line(error::extension_not_offered, 0)});
    CHECK(answered(rfc_response.with("Sec-WebSocket-Extensions", "foo;").text()) ==
          strings{failure_line(error::extensions_invalid, 0)});
    CHECK(answered(rfc_response.with("Sec-WebSocket-Extensions", "foo").text()) == strings{"open 101 chat"});
    for (const std::string_view spaced : {"foo ; x", "foo\t;x", "foo;x ", "foo , foo"})
        CHECK(answered(rfc_response.with("Sec-WebSocket-Extensions", spaced).text()) == strings{"open 101 chat"});
    connect_options spaced = sample();
    spaced.extensions = "bar ; x, foo ; x=1";
    CHECK(answered(rfc_response.with("Sec-WebSocket-Extensions", "foo; x=2").text(), spaced) ==
          strings{"open 101 chat"});
    CHECK(answered(rfc_response.line("HTTP/1.0 101 x").text()) ==
          strings{failure_line(error::http_version_unsupported, 0)});
    CHECK(answered("HTTP/1.1 101\r\n\r\n") == strings{failure_line(error::upgrade_missing, 0)});
    CHECK(answered("HTTP/1.1 10 x\r\n\r\n") == strings{failure_line(error::status_line_invalid, 11)});
    CHECK(answered("HTTP/1.1 1010 x\r\n\r\n") == strings{failure_line(error::status_line_invalid, 12)});
    CHECK(answered("220 mail.example.com ESMTP\r\n") == strings{failure_line(error::status_line_invalid, 0)});
}

TEST_CASE("of two faults of a response the first in the order of `error` is reported", "[6455-4.1-29]")
{
    using how = heads::fault::how;
    constexpr heads::fault faults[] = {
        {error::http_version_unsupported, how::line, "", "HTTP/1.0 101 x"},
        {error::upgrade_missing, how::without, "Upgrade"},
        {error::upgrade_not_websocket, how::set, "Upgrade", "h2c"},
        {error::connection_not_upgrade, how::set, "Connection", "close"},
        {error::subprotocol_invalid, how::with, "Sec-WebSocket-Protocol", "a b"},
        {error::extensions_invalid, how::with, "Sec-WebSocket-Extensions", "foo;"},
        {error::accept_missing, how::without, "Sec-WebSocket-Accept"},
        {error::accept_repeated, how::with, "Sec-WebSocket-Accept", "x"},
        {error::accept_mismatch, how::set, "Sec-WebSocket-Accept", "x"},
        {error::subprotocol_repeated, how::with, "Sec-WebSocket-Protocol", "chat"},
        {error::subprotocol_not_offered, how::set, "Sec-WebSocket-Protocol", "other"},
        {error::subprotocol_missing, how::without, "Sec-WebSocket-Protocol"},
        {error::extension_not_offered, how::with, "Sec-WebSocket-Extensions", "bar"},
    };
    connect_options request = sample();
    request.subprotocol_required = true;
    heads::check_faults(faults, rfc_response, [&](std::string_view text) { return answered(text, request); });
}

TEST_CASE("A13: a 101 ends at its empty line, whatever body its fields announce (9112 6.3)",
          "[9112-6.3-01][9112-6.1-01][HS-11]")
{
    for (const auto& [name, value] :
         {std::pair{"Content-Length", "7"}, {"Content-Length", "0"}, {"Transfer-Encoding", "chunked"}})
        CHECK(answered(rfc_response.with(name, value).text() + frame) == strings{"open 101 chat", "rest " + frame});
    // An interim response ends at its empty line, whatever its fields are.
    CHECK(answered("HTTP/1.1 100 Continue\r\nContent-Length: 7\r\n\r\n" + rfc_response.text() + frame) ==
          strings{"open 101 chat", "rest " + frame});
}

TEST_CASE("A14: a status line may end after the status (9112 4)", "[9112-4-01]")
{
    CHECK(answered(rfc_response.line("HTTP/1.1 101").text() + frame) == strings{"open 101 chat", "rest " + frame});
    CHECK(answered("HTTP/1.1 404\r\n\r\n") == strings{"refused 404 "});
    CHECK(answered("HTTP/1.1 40\r\n\r\n") == strings{failure_line(error::status_line_invalid, 11)});
    CHECK(answered("HTTP/1.1 404\rx") == strings{failure_line(error::line_end_invalid, 13)});
}

TEST_CASE("WHATWG: a client that requires a subprotocol fails without one", "[WHATWG-handshake-03]")
{
    connect_options request = sample();
    request.subprotocol_required = true;
    CHECK(answered(rfc_response.without("Sec-WebSocket-Protocol").text(), request) ==
          strings{failure_line(error::subprotocol_missing, 0)});
    CHECK(answered(rfc_response.text(), request) == strings{"open 101 chat"});
}

TEST_CASE("6455 4.1: every attempt has its own key, and only the response to the last one is valid",
          "[6455-4.1-18][9110-15.4-01]")
{
    head_storage<> storage;
    client_handshake handshake{storage};
    heads::wide_queue tx;
    fixed_random random{.bytes = "another nonce..."};
    REQUIRE(handshake.start(tx, sample(), random) == error::none);
    const std::string first = support::to_string(tx.data());
    tx.clear();
    random.bytes = heads::rfc_nonce;
    REQUIRE(handshake.start(tx, sample(), random) == error::none);
    CHECK(random.calls == 2);
    CHECK(support::to_string(tx.data()) != first);
    const std::vector<std::byte> text = support::text(rfc_response.text());
    std::span<const std::byte> in{text};
    CHECK(handshake.poll(in) == client_handshake_result::open);
    CHECK(handshake.is_open());
    CHECK(handshake.poll(in) == client_handshake_result::open);

    random.bytes = "another nonce...";
    REQUIRE(handshake.start(tx, sample(), random) == error::none);
    CHECK_FALSE(handshake.is_open());
    CHECK(handshake.head().status == 0);
    in = text;
    CHECK(handshake.poll(in) == client_handshake_result::failed);
    CHECK(handshake.failure() == error::accept_mismatch);
    CHECK(in.empty());
    in = text;
    CHECK(handshake.poll(in) == client_handshake_result::need_input);
    CHECK(in.empty());
    CHECK(handshake.failure() == error::accept_mismatch);
}

TEST_CASE("6455 4.1: an invalid request draws no random bytes and writes nothing", "[6455-4.1-02][HS-12]")
{
    head_storage<> storage;
    client_handshake handshake{storage};
    heads::wide_queue tx;
    fixed_random random;
    REQUIRE(handshake.start(tx, sample(), random) == error::none);
    CHECK(random.calls == 1);
    tx.clear();

    connect_options bad = sample();
    bad.where.host = "h\r\n";
    CHECK(handshake.start(tx, bad, random) == error::host_not_sendable);
    bad = sample();
    bad.extensions = "foo;";
    CHECK(handshake.start(tx, bad, random) == error::extensions_not_sendable);
    CHECK(random.calls == 1);
    random.works = false;
    CHECK(handshake.start(tx, bad, random) == error::extensions_not_sendable);
    CHECK(handshake.start(tx, sample(), random) == error::no_random);
    random.works = true;
    sockless::static_byte_queue<20> small;
    CHECK(handshake.start(small, sample(), random) == error::no_space);
    CHECK(small.empty());
    CHECK(tx.empty());

    const std::vector<std::byte> text = support::text(rfc_response.text()); // the answer to the first attempt
    std::span<const std::byte> in{text};
    CHECK(handshake.poll(in) == client_handshake_result::open);
}

TEST_CASE("A client and a server complete the handshake", "[6455-4.1-11][6455-4.2.2-14]")
{
    head_storage<> client_storage;
    head_storage<> server_storage;
    client_handshake client{client_storage};
    sockless::server_handshake server{server_storage};
    heads::wide_queue to_server;
    heads::wide_queue to_client;
    fixed_random random;
    REQUIRE(client.start(to_server, sample(), random) == error::none);
    std::span<const std::byte> in = to_server.data();
    REQUIRE(server.poll(in, to_client) == sockless::server_handshake_result::request);
    CHECK(in.empty());
    const std::string_view chosen = choose_subprotocol(server.request().subprotocols(), subprotocols);
    REQUIRE(server.accept(to_client, {.subprotocol = chosen, .extensions = "foo; x=1"}) == error::none);
    in = to_client.data();
    REQUIRE(client.poll(in) == client_handshake_result::open);
    CHECK(in.empty());
    CHECK(client.response().subprotocol == "chat");
    auto extensions = client.response().extensions();
    sockless::extension element;
    REQUIRE(extensions.next(element));
    CHECK(element.name == "foo");
}

constexpr connect_options plain_sample{.where = {.host = "server.example.com", .path = "/chat"},
                                       .subprotocols = subprotocols};

/// A client with a streamed head and a buffer of exactly `Room` octets, which has read a response.
template <std::size_t Room = 64>
struct streamed_once {
    explicit streamed_once(std::string_view text, const connect_options& request = plain_sample)
        : block{support::text(text)}, in{block.bytes()}
    {
        fixed_random random;
        REQUIRE(handshake.start(tx, request, random) == error::none);
        outcome = handshake.poll(in);
    }

    support::exact_block room{std::vector<std::byte>(Room)};
    streaming_client_handshake handshake{{reinterpret_cast<char*>(room.bytes().data()), Room}};
    heads::wide_queue tx;
    support::exact_block block;
    std::span<const std::byte> in;
    client_handshake_result outcome{};
};

TEST_CASE("6455 4.1: status and subprotocol are kept", "[6455-4.1-29]")
{
    streamed_once<> one{rfc_response.text() + "frames"};
    REQUIRE(one.outcome == client_handshake_result::open);
    CHECK(one.handshake.is_open());
    CHECK(one.handshake.status() == 101);
    CHECK(one.handshake.subprotocol() == "chat");
    CHECK(one.handshake.subprotocol().data() == subprotocols[0].data()); // the caller's own
    CHECK(one.handshake.failure() == error::none);
    CHECK(one.in.size() == 6);
    CHECK(one.handshake.poll(one.in) == client_handshake_result::open); // on every later call
    CHECK(one.in.size() == 6);

    streamed_once<> other{"HTTP/1.1 503 Service Unavailable\r\n\r\nbody"};
    REQUIRE(other.outcome == client_handshake_result::refused);
    CHECK(other.handshake.status() == 503);
    CHECK(other.handshake.failure() == error::status_not_101);
    CHECK(other.handshake.poll(other.in) == client_handshake_result::refused);
    CHECK(other.in.size() == 4);
}

TEST_CASE("6455 10.4: a field without a rule can be longer than the buffer; others fail", "[6455-10.4-03][HS-2]")
{
    const std::string large(3000, 'c');
    CHECK(streamed_once<28>{rfc_response.line("HTTP/1.1 101 " + large).with("Set-Cookie", large).text()}.outcome ==
          client_handshake_result::open);
    streamed_once<28> long_field{rfc_response.set("Upgrade", large).text() + "frames"};
    CHECK(long_field.outcome == client_handshake_result::failed);
    CHECK(long_field.handshake.failure() == error::head_too_large);
    CHECK(long_field.in.empty());
    CHECK(streamed_once<2>{rfc_response.text()}.handshake.failure() == error::head_too_large); // the status
    CHECK(streamed_once<27>{rfc_response.text()}.handshake.failure() ==
          error::head_too_large); // an accept value has 28
}

TEST_CASE("6455 4.1: every attempt has its own key and starts from the beginning", "[6455-4.1-18]")
{
    streamed_once<> one{rfc_response.set("Upgrade", "h2c").text()};
    REQUIRE(one.outcome == client_handshake_result::failed);
    CHECK(one.handshake.failure() == error::upgrade_not_websocket);
    CHECK(one.handshake.poll(one.in) == client_handshake_result::need_input); // returned once

    one.tx.clear();
    fixed_random failing{.works = false};
    CHECK(one.handshake.start(one.tx, plain_sample, failing) == error::no_random);
    CHECK(one.tx.empty());
    fixed_random random;
    connect_options bad = plain_sample;
    bad.where.host = "a b";
    CHECK(one.handshake.start(one.tx, bad, random) == error::host_not_sendable);
    CHECK(one.tx.empty());
    CHECK(random.calls == 0);
    static_byte_queue<20> narrow;
    CHECK(one.handshake.start(narrow, plain_sample, random) == error::no_space);
    CHECK(narrow.empty());

    REQUIRE(one.handshake.start(one.tx, plain_sample, random) == error::none);
    CHECK(support::to_string(one.tx.data()).find("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n") !=
          std::string::npos);
    const std::vector<std::byte> text = support::text(rfc_response.text());
    std::span<const std::byte> in{text};
    CHECK(one.handshake.poll(in) == client_handshake_result::open);
}

TEST_CASE("6455 4.1: fields of requests are ignored in a response", "[6455-4.1-29]")
{
    std::string text = rfc_response.text();
    for (const std::string_view name : {"Expect", "Host", "Origin", "Sec-WebSocket-Key", "Sec-WebSocket-Version"})
        text.insert(text.size() - 2, std::string{name} + ": x\r\n");
    CHECK(streamed_once<>{text}.outcome == client_handshake_result::open);
}

TEST_CASE("WHATWG: a required subprotocol has to be in the response", "[WHATWG-handshake-03]")
{
    connect_options request = plain_sample;
    request.subprotocol_required = true;
    CHECK(streamed_once<>{rfc_response.text(), request}.outcome == client_handshake_result::open);
    CHECK(streamed_once<>{rfc_response.without("Sec-WebSocket-Protocol").text(), request}.handshake.failure() ==
          error::subprotocol_missing);
    // An interim response before it does not change the requirement.
    const std::string interim = "HTTP/1.1 103 x\r\nSec-WebSocket-Protocol: other\r\n\r\n";
    CHECK(
        streamed_once<>{interim + rfc_response.without("Sec-WebSocket-Protocol").text(), request}.handshake.failure() ==
        error::subprotocol_missing);
    CHECK(streamed_once<>{interim + rfc_response.text(), request}.handshake.subprotocol() == "chat");
}

} // namespace
