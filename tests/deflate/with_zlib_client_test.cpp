// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A client's `websocket` over zlib: memory is allocated for the negotiated parameters, and not earlier.
#include "websocket/ends.hpp"

#include <sockless/deflate/client_deflate.hpp>
#include <sockless/with_zlib.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace {

using namespace ends;
using extension = client_deflate<zlib_inflater, zlib_deflater>;

constexpr deflate_parameters offers[] = {deflate_parameters{}};
constexpr auto offered = offer_deflate(offers);
const std::string text(300, 'a');

/// Returns a description of the client's first message after this answer, or the error.
struct attempt {
    attempt(std::string_view answer, const zlib_memory& to_inflate, const zlib_memory& to_deflate)
        : inflater{to_inflate}, deflater{{.memory_level = 1}, to_deflate}
    {
        connect(client, "ws://server.example.com/chat", {.extensions = offered.view()});
        client.leave();
        CHECK_FALSE((inflater.is_open() || deflater.is_open()));
        const auto plain = heads::rfc_response.without("Sec-WebSocket-Protocol");
        client.take((answer.empty() ? plain : plain.with("Sec-WebSocket-Extensions", answer)).text());
    }
    std::string first_frame()
    {
        REQUIRE(client.ws().send(text) == error::none);
        return support::to_hex(client.leave());
    }

    zlib_inflater inflater;
    zlib_deflater deflater;
    std::array<std::byte, 100> room{};
    end<role::client, extension> client{
        {.extension = {inflater, room, deflater, offers, {.when = deflate_when::always}}}};
};

TEST_CASE("7692 7.1.2.2: a client's deflater uses the window that the server requires",
          "[7692-7.1.2.2-05][7692-7.2.1-10]")
{
    std::array<std::byte, zlib_inflater::memory_needed(11)> of_inflater{};
    std::array<std::byte, zlib_deflater::memory_needed(10, 1)> of_deflater{};
    zlib_arena to_inflate{of_inflater};
    zlib_arena to_deflate{of_deflater};
    attempt one{"permessage-deflate; client_max_window_bits=10; server_max_window_bits=11", to_inflate.memory(),
                to_deflate.memory()};
    CHECK(one.deflater.window_bits() == 10);
    CHECK(one.first_frame().starts_with("c1 "));
    one.client.take(
        support::frame_to(role::client, 0xC1, support::to_string(support::bytes_of("f2 48 cd c9 c9 07 00"))));
    CHECK(one.client.log() == strings{"open \"\"", "text \"Hello\""});
}

TEST_CASE("7692 6: a client without memory to deflate sends plain messages; without memory to inflate it fails")
{
    zlib_arena nothing{{}};
    attempt plain{"permessage-deflate", {}, nothing.memory()};
    CHECK(plain.first_frame().starts_with("81 "));
    attempt broken{"permessage-deflate", nothing.memory(), {}};
    broken.client.end_of_input();
    CHECK(broken.client.log() == strings{"error no_memory", "close 1006 broken"});
    attempt declined{"", nothing.memory(), nothing.memory()};
    CHECK(declined.first_frame().starts_with("81 "));
}

} // namespace
