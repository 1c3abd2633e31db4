// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// permessage-deflate between two objects: offer, answer, negotiated parameters, compression of the first frame.
#include "deflate/reference_backend.hpp"
#include "websocket/ends.hpp"

#include <sockless/deflate/client_deflate.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace {

using namespace ends;
using inflater = deflate_test::reference_backend::inflater;
using deflater = deflate_test::reference_backend::deflater;
using client_extension = client_deflate<inflater, deflater>;
using server_extension = permessage_deflate<inflater, deflater>;

static_assert(negotiated_extension<client_extension>);

/// What one end brings.
struct codec {
    inflater in{15};
    deflater out{};
    std::array<std::byte, 50> room{};
};

constexpr deflate_parameters browser_offer[] = {deflate_parameters{}};
constexpr auto browser_text = offer_deflate(browser_offer);
const std::string text(300, 'a');

TEST_CASE("7692 5: a client and a server negotiate and compress the first message", "[7692-5-16][WHATWG-handshake-04]")
{
    for (const bool accepted : {true, false}) {
        for (const std::size_t max_size : {std::size_t{1}, std::size_t{7}, ~std::size_t{0}}) {
            codec of_client;
            codec of_server;
            end<role::client, client_extension> one{
                {.extension = {
                     of_client.in, of_client.room, of_client.out, browser_offer, {.when = deflate_when::always}}}};
            end<role::server, server_extension> other;
            other.on_event = [&](auto& ws, const event& e) {
                if (e.kind() == event_kind::request) {
                    deflate_text<1> answer;
                    negotiated_deflate agreed;
                    if (accepted)
                        REQUIRE(accept_deflate_offer(ws.request().extensions(), {}, answer, agreed) == error::none);
                    REQUIRE(ws.accept({.extensions = answer.view()},
                                      {of_server.in, of_server.room, agreed.received_by(role::server)},
                                      {of_server.out, agreed.sent_by(role::server)}) == error::none);
                }
                if (e.kind() == event_kind::message)
                    REQUIRE(ws.send(e.text()) == error::none);
            };
            one.on_event = [](auto& ws, const event& e) {
                if (e.kind() == event_kind::open)
                    REQUIRE(ws.send(text) == error::none);
                if (e.kind() == event_kind::message)
                    ws.close();
            };
            connect(one, "ws://h/", {.extensions = browser_text.view()});
            const auto at_most = [max_size](std::size_t) { return max_size; };
            carry(one, other, at_most, at_most);
            CHECK(one.ws().extensions().contains("permessage-deflate") == accepted);
            one.end_of_input();
            other.end_of_input();
            CHECK(one.log() == strings{"open \"\"", "text \"" + text + '"', "close 1005 clean"});
            CHECK(other.log() == strings{"request /", "open \"\"", "text \"" + text + '"', "close 1005 clean"});
            const std::string frames = frames_in(one.sent());
            CHECK(frames.starts_with(accepted ? "c1 " : "81 "));
        }
    }
}

TEST_CASE("7692 7: an answer that was not offered fails the client before it is open",
          "[7692-5-15][7692-7-08][7692-7-11]")
{
    for (const auto& [answer, why] :
         {std::pair{"permessage-deflate; server_max_window_bits=7", "extension_parameters_invalid"},
          {"permessage-deflate, permessage-deflate", "extension_repeated"},
          {"permessage-deflate; mystery", "extension_parameters_invalid"},
          {"permessage-deflate; client_max_window_bits=10", "extension_parameters_invalid"}}) {
        constexpr deflate_parameters offer[] = {{.client_max_window_bits = 0}};
        constexpr auto offered = offer_deflate(offer);
        codec mine;
        end<role::client, client_extension> one{{.extension = {mine.in, mine.room, mine.out, offer}}};
        connect(one, "ws://server.example.com/chat", {.extensions = offered.view()});
        one.leave();
        one.take(heads::rfc_response.without("Sec-WebSocket-Protocol").with("Sec-WebSocket-Extensions", answer).text());
        one.end_of_input();
        CHECK(one.log() == strings{"error " + std::string{why}, "close 1006 broken"});
        CHECK(one.ws().write_buffer().empty());
    }
}

TEST_CASE("7692 5: a client that offers nothing has a codec without effect")
{
    end<role::client, client_extension> one;
    open(one);
    CHECK(one.ws().send(text) == error::none);
    one.take(support::frame_to(role::client, 0xC1, "\x02\x03"));
    CHECK(one.log() == strings{"open \"\"", "error reserved_bit_set"});
    CHECK(support::to_hex(one.leave()).starts_with("81 "));
}

} // namespace
