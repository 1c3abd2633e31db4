// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A relay between a client with permessage-deflate and an upstream server without it, or with both: each end encodes for itself.
#include "support/catch.hpp"

#include <sockless/relay.hpp>
#include <sockless/testing/endpoint_pair.hpp>
#include <sockless/with_heap.hpp>
#include <sockless/with_zlib.hpp>

#include <cstddef>
#include <string>

namespace {

using namespace sockless;

struct last_message {
    std::string text{};
    std::string failure{};

    void on_message(auto&, const event& e) { text.assign(e.text()); }
    void on_close(auto&, const event& e) { failure = std::to_string(static_cast<unsigned>(e.code())); }
};

/// Messages of different sizes in both directions, of which the larger ones can be compressed a hundred times.
template <class ClientSide, class UpstreamSide>
void check_relay()
{
    using source = testing::predictable_source;
    growing_websocket_storage memory[4];
    websocket<role::client, source, ClientSide> client{memory[0], {}};
    websocket<role::server, no_mask_keys, ClientSide> near{memory[1], {.whole_messages = false}};
    websocket<role::client, source, UpstreamSide> far{memory[2], {.whole_messages = false}};
    websocket<role::server, no_mask_keys, UpstreamSide> upstream{memory[3], {}};
    relay joined{near, far};
    last_message of_client;
    last_message of_upstream;
    testing::byte_stream client_out;
    testing::byte_stream near_out;
    testing::byte_stream far_out;
    testing::byte_stream upstream_out;
    testing::endpoint client_end{client, of_client, near_out, client_out};
    testing::endpoint upstream_end{upstream, of_upstream, far_out, upstream_out};
    source random;
    REQUIRE(client.connect("ws://gateway/", {}, random) == error::none);
    REQUIRE(far.connect("ws://upstream/", {}, random) == error::none);
    client_out.chunk = near_out.chunk = 1000;
    far_out.capacity = near_out.capacity = 5000;

    std::size_t most = 0;
    const auto transport = [](auto& ws, testing::byte_stream& in, testing::byte_stream& out) {
        std::size_t count = 0;
        if (ws.needs(0).read) {
            count = in.read(ws.read_buffer());
            ws.received(count, 0);
        }
        const std::size_t written = out.write(ws.write_buffer());
        ws.written(written, 0);
        return count + written != 0;
    };
    const auto run = [&] {
        for (bool progress = true; progress;) {
            static_cast<void>(joined.poll(0));
            progress = transport(near, client_out, near_out);
            progress = transport(far, upstream_out, far_out) || progress;
            progress = client_end.step(0) || progress;
            progress = upstream_end.step(0) || progress;
            most = near.unwritten() > most ? near.unwritten() : most;
            most = far.unwritten() > most ? far.unwritten() : most;
        }
    };
    run();
    for (const std::size_t size : {0U, 1U, 1000U, 2'000'000U}) {
        std::string text;
        while (text.size() < size)
            text += R"({"event":"trade","price":100})";
        REQUIRE(client.send(text) == error::none);
        REQUIRE(upstream.send(text + "!") == error::none);
        run();
        CHECK((of_upstream.text == text));
        CHECK((of_client.text == text + "!"));
    }
    CHECK(most < 16'000 + 16'384);
    CHECK(joined.failure() == error::none);
    CHECK(of_client.failure.empty());
    CHECK(of_upstream.failure.empty());
}

TEST_CASE("a relay inflates and deflates at each end on its own")
{
    check_relay<zlib_deflate, no_extension>();
    check_relay<no_extension, zlib_deflate>();
    check_relay<zlib_deflate, zlib_deflate>();
}

} // namespace
