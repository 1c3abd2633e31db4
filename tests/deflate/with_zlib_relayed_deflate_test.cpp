// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A relay that passes compressed messages on as they are, between a client and an upstream server with zlib.
#include "support/catch.hpp"

#include <sockless/core/error_string.hpp>
#include <sockless/deflate/relayed_deflate.hpp>
#include <sockless/relay.hpp>
#include <sockless/testing/endpoint_pair.hpp>
#include <sockless/with_heap.hpp>
#include <sockless/with_zlib.hpp>

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace sockless;
using strings = std::vector<std::string>;
using source = testing::predictable_source;

struct peer_log {
    strings log{};

    void on_message(auto&, const event& e) { log.push_back((e.is_text() ? "t " : "b ") + std::string{e.text()}); }
    void on_error(auto&, const event& e) { log.push_back("error " + std::string{name_of(e.failure())}); }
    void on_close(auto&, const event& e) { log.push_back("close " + std::to_string(static_cast<unsigned>(e.code()))); }
    strings take() { return std::exchange(log, {}); }
};

using near_type = websocket<role::server, no_mask_keys, relayed_deflate>;
using far_type = websocket<role::client, source, relayed_deflate>;

/// Connects when the request has arrived, and answers it when the upstream server has answered.
struct gateway {
    near_type& near;
    far_type& far;
    relayed_deflate::agreement& agreed;
    bool accepts_early = false;
    bool offers_something_else = false;

    void on_request(near_type&)
    {
        source random;
        agreed.offer(offers_something_else ? extension_cursor{"permessage-deflate"} : near.request().extensions());
        REQUIRE(far.connect("ws://upstream/", {}, random) == error::none);
        if (accepts_early)
            REQUIRE(near.accept() == error::none);
    }
    void on_open(far_type&)
    {
        if (near.request_pending())
            REQUIRE(near.accept() == error::none);
    }
};

template <class ClientExtension = zlib_deflate, class UpstreamExtension = zlib_deflate>
struct rig {
    using client_type = websocket<role::client, source, ClientExtension>;
    using upstream_type = websocket<role::server, no_mask_keys, UpstreamExtension>;

    explicit rig(const typename ClientExtension::options& client_choice = {},
                 const typename UpstreamExtension::options& upstream_choice = {},
                 std::uint64_t max_message = std::uint64_t{16} << 20)
        : client{memory[0], {.deflate = client_choice}},
          upstream{memory[3], {.deflate = upstream_choice}},
          near{memory[1], {.limits = {.message_bytes = max_message}, .deflate = {&agreed}, .whole_messages = false}},
          far{memory[2], {.limits = {.message_bytes = max_message}, .deflate = {&agreed}, .whole_messages = false}}
    {
    }

    growing_websocket_storage memory[4];
    relayed_deflate::agreement agreed{};
    client_type client;
    upstream_type upstream;
    near_type near;
    far_type far;
    relay<near_type, far_type> joined{near, far};
    gateway handler{near, far, agreed};
    peer_log of_client{};
    peer_log of_upstream{};
    testing::byte_stream client_out{};
    testing::byte_stream near_out{};
    testing::byte_stream far_out{};
    testing::byte_stream upstream_out{};
    testing::endpoint<client_type, peer_log> client_end{client, of_client, near_out, client_out};
    testing::endpoint<upstream_type, peer_log> upstream_end{upstream, of_upstream, far_out, upstream_out};

    void open()
    {
        source random;
        REQUIRE(client.connect("ws://gateway/", {}, random) == error::none);
        run();
        REQUIRE(client.ready_state() == ready_state::open);
        REQUIRE(upstream.ready_state() == ready_state::open);
    }
    void run()
    {
        const auto transport = [](auto& ws, testing::byte_stream& in, testing::byte_stream& out) {
            std::size_t count = 0;
            const websocket_needs needs = ws.needs(0);
            if (needs.read && !in.at_end()) {
                count = in.read(ws.read_buffer());
                ws.received(count, 0);
            } else if (needs.read) {
                ws.input_ended(0);
                count = 1;
            }
            const std::size_t written = out.write(ws.write_buffer());
            ws.written(written, 0);
            if (needs.shut_down_write || needs.close)
                out.end();
            return count + written != 0;
        };
        for (bool progress = true; progress;) {
            static_cast<void>(joined.poll(handler, 0));
            progress = transport(near, client_out, near_out);
            progress = transport(far, upstream_out, far_out) || progress;
            progress = client_end.step(0) || progress;
            progress = upstream_end.step(0) || progress;
        }
    }
};

std::string json(std::size_t size)
{
    std::string text;
    for (int i = 0; text.size() < size; ++i)
        text += R"({"event":"trade","price":)" + std::to_string(i * 7919 % 1000) + "}";
    return text;
}

TEST_CASE(
    "7692 6.1: a relay passes a compressed message on as it is, with one frame for one frame, and an uncompressed one without RSV1")
{
    rig<> one;
    one.open();
    CHECK(one.agreed.in_use());
    one.near_out.stopped = one.far_out.stopped = true;
    for (const std::size_t size : {200U, 5U, 300U, 0U}) { // less than 64 bytes are not compressed
        const std::string text = json(size);
        REQUIRE(one.upstream.send(text) == error::none);
        one.upstream_out.stopped = true;
        one.run();
        std::vector<std::byte> sent = one.upstream_out.read_all();
        one.upstream_out.write(sent);
        one.upstream_out.stopped = false;
        one.run();
        CHECK(((sent.at(0) & std::byte{0x40}) != std::byte{}) == (size > 64));
        CHECK(sent.size() < 150);
        CHECK(one.near_out.read_all() == sent);
    }
}

TEST_CASE("7692 7.2.1: messages keep their context through a relay, in both directions and in any pieces")
{
    for (std::uint32_t seed = 0; seed < 20; ++seed) {
        CAPTURE(seed);
        std::mt19937 random{seed};
        rig<> one;
        one.open();
        strings to_client;
        strings to_upstream;
        for (testing::byte_stream* stream : {&one.client_out, &one.near_out, &one.far_out, &one.upstream_out})
            stream->chunk = 1 + random() % 300;
        const auto send = [&random](auto& ws, strings& sent) {
            std::string text = json(random() % 4 == 0 ? random() % 100'000 : random() % 300);
            if (random() % 4 == 0)
                for (char& c : text)
                    c = static_cast<char>('a' + random() % 26);
            const bool is_text = random() % 2 == 0;
            sent.push_back((is_text ? "t " : "b ") + text);
            REQUIRE((is_text ? ws.send(text) : ws.send(as_bytes(text))) == error::none);
        };
        for (int i = 0; i < 20; ++i) {
            send(one.client, to_upstream);
            send(one.upstream, to_client);
            if (random() % 3 == 0)
                one.run();
        }
        one.run();
        CHECK((one.of_client.take() == to_client));
        CHECK((one.of_upstream.take() == to_upstream));
        CHECK(one.joined.failure() == error::none);
    }
}

TEST_CASE("7692 7.1: both connections of a relay have the parameters on which client and upstream server agree")
{
    using options = zlib_deflate::options;
    const options choices[] = {zlib_deflate::browser_default(),
                               zlib_deflate::low_memory(),
                               {.send_context_takeover = false},
                               {.receive_window_bits = 9, .receive_context_takeover = false}};
    for (const options& of_client : choices)
        for (const options& of_upstream : choices) {
            rig<> one{of_client, of_upstream};
            one.open();
            for (int i = 0; i < 3; ++i) {
                REQUIRE(one.client.send(json(100'000)) == error::none);
                REQUIRE(one.upstream.send(json(100'000)) == error::none);
                one.run();
                CHECK((one.of_client.take() == strings{"t " + json(100'000)}));
                CHECK((one.of_upstream.take() == strings{"t " + json(100'000)}));
            }
            CHECK(one.far_out.total() < 60'000);
            CHECK(one.near_out.total() < 60'000);
        }
}

TEST_CASE("7692 5: a relay accepts nothing if the upstream server declines, and offers nothing if the client does not")
{
    rig<zlib_deflate, no_extension> declined;
    declined.open();
    CHECK_FALSE(declined.agreed.in_use());
    rig<no_extension, zlib_deflate> not_offered;
    not_offered.open();
    CHECK_FALSE(not_offered.agreed.in_use());
    const auto exchange = [](auto& one) {
        REQUIRE(one.client.send(json(300)) == error::none);
        REQUIRE(one.upstream.send(json(300)) == error::none);
        one.run();
        CHECK(one.of_client.take() == strings{"t " + json(300)});
        CHECK(one.of_upstream.take() == strings{"t " + json(300)});
        CHECK(one.client_out.write("\xC1\x80key1") == 6); // RSV1
        one.run();
        CHECK(one.near.failure() == error::reserved_bit_set);
    };
    exchange(declined);
    exchange(not_offered);
}

TEST_CASE(
    "a compressed message of an upstream server ends both connections with 1011 if the client was accepted without compression")
{
    rig<> one;
    one.handler.accepts_early = true;
    one.open();
    CHECK(one.agreed.in_use());
    REQUIRE(one.client.send(json(300)) == error::none);
    REQUIRE(one.upstream.send("short") == error::none);
    one.run();
    CHECK(one.of_upstream.take() == strings{"t " + json(300)});
    CHECK(one.of_client.take() == strings{"t short"});
    REQUIRE(one.upstream.send(json(300)) == error::none);
    one.run();
    CHECK(one.joined.failure() == error::extension_not_requested);
    CHECK(one.of_client.take() == strings{"close 1011"});
    CHECK(one.of_upstream.take() == strings{"close 1011"});
}

TEST_CASE("the same happens if the upstream server has agreed to parameters that the client did not offer")
{
    rig<> one{zlib_deflate::low_memory()}; // which requires windows of 11 bits
    one.handler.offers_something_else = true;
    one.open();
    CHECK(one.agreed.in_use());
    REQUIRE(one.client.send(json(300)) == error::none);
    REQUIRE(one.upstream.send(json(300)) == error::none);
    one.run();
    CHECK(one.joined.failure() == error::extension_not_requested);
    CHECK(one.of_client.take() == strings{"close 1011"});
    CHECK(one.of_upstream.take() == strings{"t " + json(300), "close 1011"});
}

TEST_CASE("a message that a program sends at an end of a relay is not compressed, and the peer's context stays right")
{
    rig<> one;
    one.open();
    REQUIRE(one.upstream.send(json(300)) == error::none);
    one.run();
    REQUIRE(one.near.send(json(200)) == error::none);
    REQUIRE(one.far.send(json(200)) == error::none);
    REQUIRE(one.upstream.send(json(300)) == error::none);
    one.run();
    CHECK(one.of_client.take() == strings{"t " + json(300), "t " + json(200), "t " + json(300)});
    CHECK(one.of_upstream.take() == strings{"t " + json(200)});
}

TEST_CASE("a relay checks the size of a compressed message as it arrives, and the text of an uncompressed one")
{
    rig<> one{{}, {}, 300};
    one.open();
    REQUIRE(one.upstream.send(json(300)) == error::none); // a tenth of that
    one.run();
    CHECK(one.of_client.take() == strings{"t " + json(300)});
    std::string noise(2000, ' ');
    std::mt19937 random{1};
    for (char& c : noise)
        c = static_cast<char>(' ' + random() % 90);
    REQUIRE(one.upstream.send(noise) == error::none);
    one.run();
    CHECK(one.far.failure() == error::message_too_large);

    rig<> other;
    other.open();
    CHECK(other.upstream_out.write("\x81\x01\xFF") == 3);
    other.run();
    CHECK(other.far.failure() == error::text_not_utf8);
}

TEST_CASE(
    "7692 7.1.2.1: the answer to the client repeats a window of 15 bits, which the offer to the upstream server omits")
{
    relayed_deflate::agreement agreed;
    relayed_deflate far{{&agreed}};
    relayed_deflate near{{&agreed}};
    relayed_deflate::decoder in;
    relayed_deflate::encoder out;
    const extension_cursor offers{
        "x, permessage-deflate; unknown, permessage-deflate; server_max_window_bits=15, permessage-deflate, "
        "permessage-deflate; client_max_window_bits"};
    const auto before_offer = near.accept_offer(offers, in, out);
    CHECK(before_offer.view().empty());
    agreed.offer(offers);
    const auto offer = far.offer();
    CHECK(offer.view() == "permessage-deflate, permessage-deflate"); // the first two that are valid
    const auto before_answer = near.accept_offer(offers, in, out);
    CHECK(before_answer.view().empty());
    CHECK(far.check_answer(extension_cursor{"permessage-deflate; client_max_window_bits=9"}, in, out) ==
          error::extension_parameters_invalid);
    CHECK(far.check_answer(extension_cursor{"x"}, in, out) == error::none);
    CHECK_FALSE(agreed.in_use());
    CHECK(in.reserved_bits() == 0);
    CHECK(far.check_answer(extension_cursor{"x, permessage-deflate, y"}, in, out) == error::none);
    CHECK(agreed.in_use());
    CHECK(in.reserved_bits() == frame_header::rsv1);
    CHECK(out.reserved_bits() == 0);
    in = {};
    const auto answer = near.accept_offer(offers, in, out);
    CHECK(answer.view() == "permessage-deflate; server_max_window_bits=15");
    near.reset();
    CHECK(agreed.in_use());
    far.reset();
    CHECK_FALSE(agreed.in_use());
    CHECK(far.check_answer(extension_cursor{"permessage-deflate"}, in, out) == error::none);
    agreed.offer(extension_cursor{"permessage-deflate; server_max_window_bits=9"}); // of another client
    CHECK_FALSE(agreed.in_use());
    const auto next_offer = far.offer();
    CHECK(next_offer.view() == "permessage-deflate; server_max_window_bits=9");
}

TEST_CASE("without an agreement a relay offers and accepts nothing")
{
    relayed_deflate none{{}};
    relayed_deflate::decoder in;
    relayed_deflate::encoder out;
    const auto offer = none.offer();
    CHECK(offer.view().empty());
    const auto answer = none.accept_offer(extension_cursor{"permessage-deflate"}, in, out);
    CHECK(answer.view().empty());
    CHECK(none.check_answer(extension_cursor{}, in, out) == error::none);
    CHECK(none.check_answer(extension_cursor{"permessage-deflate"}, in, out) == error::extension_not_offered);
    none.reset();
}

} // namespace
