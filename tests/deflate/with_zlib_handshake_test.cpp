// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// From the first byte of the handshake to compressed messages in both directions, as docs/deflate.md has it.
#include "support/catch.hpp"
#include "support/mask_keys.hpp"
#include "support/print.hpp"

#include <sockless/bytes/byte_queue.hpp>
#include <sockless/connection.hpp>
#include <sockless/handshake/client_handshake.hpp>
#include <sockless/handshake/server_handshake.hpp>
#include <sockless/http/head_storage.hpp>
#include <sockless/message/message_assembler.hpp>
#include <sockless/with_zlib.hpp>

#include <array>
#include <span>
#include <string>

namespace {

using namespace sockless;

struct session {
    explicit session(const zlib_memory& memory) : inflater{memory}, deflater{{.memory_level = 5}, memory} {}

    zlib_inflater inflater;
    zlib_deflater deflater;
    std::array<std::byte, 4096> output{};
    connection<role::server, no_mask_keys, zlib_deflate> ws{};
};

error accept(session& s, server_handshake& handshake, byte_queue& tx, const deflate_accept_options& policy)
{
    deflate_text<1> answer;
    negotiated_deflate agreed;
    if (const error e = accept_deflate_offer(handshake.request().extensions(), policy, answer, agreed); failed(e))
        return e;
    if (agreed.in_use() &&
        (!s.inflater.open(agreed.from_client.window_bits) || !s.deflater.open(agreed.from_server.window_bits))) {
        answer = {};
        agreed = {};
    }
    if (const error e = handshake.accept(tx, {.extensions = answer.view()}); failed(e))
        return e;
    s.ws = decltype(s.ws){
        {.decoder = {s.inflater, s.output, agreed.from_client}, .encoder = {s.deflater, agreed.from_server}}};
    return error::none;
}

struct no_entropy {
    constexpr bool fill(std::span<std::byte> out) noexcept
    {
        for (std::byte& b : out)
            b = std::byte{7};
        return true;
    }
};

struct both_ends {
    std::string request;
    std::string response;
    std::size_t frame_bytes = 0;
    std::string received;
    error refused = error::none;
};

both_ends talk(std::span<const deflate_parameters> offers, std::string_view offer, const deflate_accept_options& policy,
               const zlib_memory& memory = {})
{
    both_ends result;
    static_byte_queue<65536> tx;
    head_storage<> client_space;
    head_storage<> server_space;

    client_handshake client{client_space};
    no_entropy entropy;
    const uri where{.host = "example.com", .path = "/"};
    REQUIRE(client.start(tx, {.where = where, .extensions = offer}, entropy) == error::none);
    result.request = std::string{as_text(tx.data())};

    server_handshake server{server_space};
    std::span<const std::byte> in = tx.data();
    static_byte_queue<65536> answer;
    REQUIRE(server.poll(in, answer) == server_handshake_result::request);
    session s{memory};
    REQUIRE(accept(s, server, answer, policy) == error::none);
    result.response = std::string{as_text(answer.data())};

    in = answer.data();
    REQUIRE(client.poll(in) == client_handshake_result::open);
    negotiated_deflate agreed;
    REQUIRE(check_deflate_answer(client.response().extensions(), offers, agreed) == error::none);
    zlib_inflater inflater;
    zlib_deflater deflater;
    if (agreed.in_use())
        REQUIRE((inflater.open(agreed.from_server.window_bits) && deflater.open(agreed.from_client.window_bits)));
    std::array<std::byte, 1024> output{};
    connection<role::client, support::zero_keys, zlib_deflate> ws{
        {.decoder = {inflater, output, agreed.from_server}, .encoder = {deflater, agreed.from_client}}};

    // The client sends a long message, and the server echoes it.
    const std::string text(5000, 'x');
    tx.clear();
    answer.clear();
    static_byte_queue<65536> whole;
    message_assembler messages{whole};
    REQUIRE(ws.send_text(tx, text) == error::none);
    result.frame_bytes = tx.size();
    std::vector<std::byte> bytes{tx.data().begin(), tx.data().end()};
    std::span<std::byte> cursor{bytes};
    const event heard = s.ws.poll(cursor, answer, messages);
    REQUIRE(heard.kind() == event_kind::message);
    REQUIRE(s.ws.send_text(answer, heard.text()) == error::none);
    bytes.assign(answer.data().begin(), answer.data().end());
    cursor = bytes;
    const event echo = ws.poll(cursor, tx, messages);
    REQUIRE(echo.kind() == event_kind::message);
    result.received = std::string{echo.text()};
    CHECK(result.received == text);
    return result;
}

} // namespace

TEST_CASE("7692 5: both ends negotiate in the handshake and compress the messages after it",
          "[7692-5-01][7692-5-07][7692-5-16][7692-5-05]")
{
    constexpr deflate_parameters offers[] = {{.server_max_window_bits = 12}, {}};
    const auto offer = offer_deflate(offers);
    const both_ends done = talk(offers, offer.view(), {.client_max_window_bits = 11});
    CHECK(done.request.find(
              "\r\nSec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=12; client_max_window_bits, "
              "permessage-deflate; client_max_window_bits\r\n") != std::string::npos);
    CHECK(done.response.find("\r\nSec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=12; "
                             "client_max_window_bits=11\r\n") != std::string::npos);
    CHECK(done.frame_bytes < 100);
}

TEST_CASE("7692 5: without negotiated parameters, or without memory for them, messages are uncompressed",
          "[7692-5-13][7692-5-14][6455-9.2-01]")
{
    constexpr deflate_parameters offers[] = {{.server_max_window_bits = 8}};
    const auto offer = offer_deflate(offers);
    const both_ends declined = talk(offers, offer.view(), {});
    CHECK(declined.response.find("Extensions") == std::string::npos);
    CHECK(declined.frame_bytes > 5000);

    constexpr deflate_parameters usual[] = {{}};
    const auto text = offer_deflate(usual);
    zlib_arena nothing{{}};
    const both_ends poor = talk(usual, text.view(), {}, nothing.memory());
    CHECK(poor.response.find("Extensions") == std::string::npos);
    CHECK(poor.frame_bytes > 5000);
    CHECK(talk(usual, text.view(), {}).frame_bytes < 100);
}
