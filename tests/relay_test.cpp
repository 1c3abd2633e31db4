// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A client and an upstream server that are joined by a relay, over four streams in memory with any cuts, capacities and stops.
#include "support/catch.hpp"

#include <sockless/core/error_string.hpp>
#include <sockless/relay.hpp>
#include <sockless/testing/endpoint_pair.hpp>
#include <sockless/with_heap.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace sockless;
using strings = std::vector<std::string>;

using client_type = websocket<role::client, testing::predictable_source>;
using server_type = websocket<role::server>;

/// One of the two peers, with whole messages.
struct peer_handler {
    strings log{};

    void on_open(auto&) { log.emplace_back("open"); }
    void on_message(auto&, const event& e) { log.push_back((e.is_text() ? "t " : "b ") + std::string{e.text()}); }
    void on_pong(auto&, const event& e) { log.push_back("pong " + std::string{e.text()}); }
    void on_error(auto&, const event& e) { log.push_back("error " + std::string{name_of(e.failure())}); }
    void on_close(auto&, const event& e)
    {
        log.push_back("close " + std::to_string(static_cast<unsigned>(e.code())) + ' ' + std::string{e.reason()});
    }
    strings take() { return std::exchange(log, {}); }
};

/// Accepts the client when the upstream server has accepted, as a gateway does.
struct gateway_handler {
    server_type& server;
    client_type& client;
    strings log{};

    void on_request(server_type&)
    {
        log.emplace_back("request");
        if (client.ready_state() == ready_state::open)
            REQUIRE(server.accept() == error::none);
    }
    void on_open(client_type&)
    {
        if (server.request_pending())
            REQUIRE(server.accept() == error::none);
    }
    void on_error(auto&, const event& e) { log.push_back("error " + std::string{name_of(e.failure())}); }
    void on_close(auto&, const event& e) { log.push_back("close " + std::to_string(static_cast<unsigned>(e.code()))); }
};

template <class Storage>
struct storage_of {
    std::unique_ptr<Storage> memory = std::make_unique<Storage>();
};
constexpr limits limits_of_peers{.frame_bytes = std::size_t{32} << 20, .message_bytes = std::size_t{32} << 20};
constexpr websocket_sizes huge{.message = std::size_t{32} << 20, .output = std::size_t{33} << 20};

template <class Storage = growing_websocket_storage>
class rig {
public:
    explicit rig(relay_options choice = {}, std::size_t read_size = 16384)
        : near{*near_memory.memory, {.limits = limits_of_peers, .read_size = read_size, .whole_messages = false}},
          far{*far_memory.memory, {.limits = limits_of_peers, .read_size = read_size, .whole_messages = false}},
          joined{near, far, choice}
    {
    }

    growing_websocket_storage client_storage{huge};
    growing_websocket_storage upstream_storage{huge};
    storage_of<Storage> near_memory{};
    storage_of<Storage> far_memory{};
    client_type client{client_storage, {.limits = limits_of_peers, .high_water = ~std::size_t{0}}};
    server_type upstream{upstream_storage,
                         {.limits = limits_of_peers, .ping_interval = 0, .high_water = ~std::size_t{0}}};
    server_type near;
    client_type far;
    relay<server_type, client_type> joined;
    peer_handler client_handler{};
    peer_handler upstream_handler{};
    gateway_handler handler{near, far};
    testing::byte_stream client_out{};
    testing::byte_stream near_out{};
    testing::byte_stream far_out{};
    testing::byte_stream upstream_out{};
    testing::endpoint<client_type, peer_handler> client_end{client, client_handler, near_out, client_out};
    testing::endpoint<server_type, peer_handler> upstream_end{upstream, upstream_handler, far_out, upstream_out};
    relay_needs needs{};
    std::uint64_t now = 0;

    void connect()
    {
        testing::predictable_source random;
        REQUIRE(client.connect("ws://gateway/", {}, random) == error::none);
        REQUIRE(far.connect("ws://upstream/", {}, random) == error::none);
    }
    void open()
    {
        connect();
        run();
        REQUIRE(client_handler.take() == strings{"open"});
        REQUIRE(upstream_handler.take() == strings{"open"});
    }
    bool step()
    {
        needs = joined.poll(handler, now);
        bool progress = step_end(near, needs.server, client_out, near_out);
        needs = joined.poll(handler, now);
        progress = step_end(far, needs.client, upstream_out, far_out) || progress;
        needs = joined.poll(handler, now);
        progress = client_end.step(now) || progress;
        return upstream_end.step(now) || progress;
    }
    void run()
    {
        while (step()) {
        }
    }

private:
    bool step_end(auto& ws, const websocket_needs& need, testing::byte_stream& in, testing::byte_stream& out) const
    {
        std::size_t progress = 0;
        if (need.read) {
            if (const std::size_t count = in.read(ws.read_buffer()); count != 0) {
                ws.received(count, now);
                progress += count;
            } else if (in.at_end()) {
                ws.input_ended(now);
                ++progress;
            }
        }
        if (need.write) {
            const std::size_t count = out.write(ws.write_buffer());
            ws.written(count, now);
            progress += count;
        }
        if (need.shut_down_write || need.close)
            out.end();
        if (need.close)
            in.close_reader();
        return progress != 0;
    }
};

TEST_CASE("a relay passes messages on in both directions, and each end answers pings itself")
{
    rig<> one;
    one.open();
    REQUIRE(one.client.send("question") == error::none);
    REQUIRE(one.client.send(as_bytes("\x01\x02")) == error::none);
    REQUIRE(one.client.ping("p") == error::none);
    REQUIRE(one.upstream.send("answer") == error::none);
    REQUIRE(one.upstream.send("") == error::none);
    one.run();
    CHECK(one.upstream_handler.take() == strings{"t question", "b \x01\x02"});
    CHECK(one.client_handler.take() == strings{"pong p", "t answer", "t "});
    CHECK(one.handler.log == strings{"request"});
    CHECK(one.joined.failure() == error::none);
}

TEST_CASE("the first piece of a message is passed on before the last one arrives")
{
    rig<> one;
    one.open();
    REQUIRE(one.client.begin_message(opcode::text) == error::none);
    REQUIRE(one.client.send_fragment("\xC3") == error::none); // half of a character
    const std::uint64_t before = one.far_out.total();
    one.run();
    CHECK(one.far_out.total() > before);
    CHECK(one.upstream_handler.log.empty());
    REQUIRE(one.client.send_fragment("") == error::none);
    REQUIRE(one.client.end_message("\xA9") == error::none);
    one.run();
    CHECK(one.upstream_handler.take() == strings{"t \xC3\xA9"});
}

TEST_CASE("a close frame is passed on with code and reason, where the other role may send it")
{
    const auto [sent, to_client, to_upstream] = GENERATE(table<int, int, int>({
        {1000, 1000, 1000},
        {1001, 1001, 1001},
        {1005, 1005, 1005},
        {1009, 1009, 1009},
        {1011, 1011, 1011},
        {3000, 3000, 3000},
        {4999, 4999, 4999},
        {1010, 0, 1010},
    }));
    const auto close = [code = sent](auto& ws) {
        if (code == 1005)
            ws.close();
        else
            REQUIRE(ws.close(static_cast<close_code>(code), "why") == error::none);
    };
    const auto line = [](int code) { return "close " + std::to_string(code) + (code == 1005 ? " " : " why"); };

    rig<> by_client;
    by_client.open();
    REQUIRE(by_client.client.send("last") == error::none);
    close(by_client.client);
    by_client.run();
    CHECK(by_client.upstream_handler.take() == strings{"t last", line(to_upstream)});
    CHECK(by_client.near.ready_state() == ready_state::closed);
    CHECK(by_client.far.ready_state() == ready_state::closed);
    CHECK(by_client.needs.server.close);
    CHECK(by_client.needs.client.close);

    if (to_client == 0)
        return;
    rig<> by_upstream;
    by_upstream.open();
    REQUIRE(by_upstream.upstream.send("last") == error::none);
    close(by_upstream.upstream);
    by_upstream.run();
    CHECK(by_upstream.client_handler.take() == strings{"t last", line(to_client)});
    CHECK(by_upstream.near.ready_state() == ready_state::closed);
    CHECK(by_upstream.far.ready_state() == ready_state::closed);
}

TEST_CASE("1010 of an upstream server, which only clients may send, becomes 1011 without the reason")
{
    rig<> one;
    one.open();
    const std::string_view frame{"\x88\x05\x03\xF2why", 7};
    CHECK(one.upstream_out.write(frame) == frame.size());
    one.run();
    CHECK(one.client_handler.take() == strings{"close 1011 "});
}

TEST_CASE("an end without a close frame is 1014 for the client and 1001 for the upstream server")
{
    rig<> one;
    one.open();
    one.upstream_out.end();
    one.run();
    CHECK(one.client_handler.take() == strings{"close 1014 "});

    rig<> other;
    other.open();
    other.client_out.end();
    other.run();
    CHECK(other.upstream_handler.take() == strings{"close 1001 "});

    rig<> violating;
    violating.open();
    CHECK(violating.upstream_out.write("\xF0\xFF") == 2);
    violating.run();
    CHECK(violating.client_handler.take() == strings{"close 1014 "});
    CHECK(violating.upstream_handler.take() == strings{"close 1002 "});
}

TEST_CASE("a close frame and a violation are passed on before the transport ends")
{
    rig<> by_upstream;
    by_upstream.open();
    by_upstream.far_out.stopped = true;
    CHECK(by_upstream.upstream_out.write("\x88\x05\x03\xE9why") == 7);
    by_upstream.run();
    CHECK(by_upstream.far.ready_state() == ready_state::closing);
    CHECK(by_upstream.client_handler.take() == strings{"close 1001 why"});

    rig<> by_client;
    by_client.open();
    by_client.near_out.stopped = true;
    CHECK(by_client.client_out.write(std::string_view{"\x88\x82\0\0\0\0\x03\xE8", 8}) == 8);
    by_client.run();
    CHECK(by_client.near.ready_state() == ready_state::closing);
    CHECK(by_client.upstream_handler.take() == strings{"close 1000 "});

    rig<> violating;
    violating.open();
    violating.far_out.stopped = true;
    CHECK(violating.upstream_out.write("\xF0\xFF") == 2);
    violating.run();
    CHECK(violating.far.ready_state() == ready_state::closing);
    CHECK(violating.client_handler.take() == strings{"close 1014 "});
}

/// A handler whose last function ends by an exception.
struct throwing_handler {
    static void on_close(auto&, const event&) { throw std::runtime_error{"from a handler"}; }
};

TEST_CASE("the end of a connection is passed on although the handler's on_close throws")
{
    rig<> one;
    one.open();
    one.near.input_ended(one.now);
    throwing_handler handler;
    CHECK_THROWS_AS(one.joined.poll(handler, one.now), std::runtime_error);
    one.run();
    CHECK(one.upstream_handler.take() == strings{"close 1001 "});
}

TEST_CASE("a message whose end does not arrive is not completed")
{
    rig<> one;
    one.open();
    REQUIRE(one.client.begin_message(opcode::binary) == error::none);
    REQUIRE(one.client.send_fragment("half") == error::none);
    one.run();
    one.near.transport_failed(0);
    one.run();
    CHECK(one.upstream_handler.take() == strings{"close 1001 "});
}

TEST_CASE("the client's request is answered with 502 if the upstream server cannot be reached")
{
    rig<> one;
    const bool request_first = GENERATE(false, true);
    one.connect();
    if (request_first) {
        one.far_out.capacity = 0;
        one.run();
    }
    one.upstream_out.end();
    one.far_out.close_reader();
    one.run();
    CHECK(one.client_handler.take() == strings{"error status_not_101", "close 1006 "});
    CHECK(one.client.response().status == 502);
    strings expected{"request", "error connection_lost", "close 1006", "close 1006"};
    if (!request_first)
        expected.erase(expected.begin());
    CHECK(one.handler.log == expected);
}

TEST_CASE("an upstream connection that is not open yet is abandoned when the client goes away")
{
    rig<> one;
    one.connect();
    one.far_out.capacity = 0;
    one.run();
    one.near.transport_failed(0);
    one.run();
    CHECK(one.far.ready_state() == ready_state::closed);
    CHECK(one.far.failure() == error::connection_abandoned);
}

TEST_CASE(
    "an upstream server that does not read is given up, and its client, which is not read meanwhile, receives 1014")
{
    rig<> one;
    one.open();
    one.far_out.stopped = true;
    one.far_out.capacity = one.client_out.capacity = 1000;
    REQUIRE(one.client.send(std::string(200'000, 'x')) == error::none);
    one.run();
    CHECK_FALSE(one.needs.server.read);
    while (one.now < 39'000) {
        one.now += 1000;
        one.run();
    }
    CHECK(one.client.ready_state() == ready_state::open);
    CHECK(one.far.ready_state() == ready_state::open);
    while (one.now < 100'000) {
        one.now += 1000;
        one.run();
    }
    CHECK(one.far.failure() == error::timed_out);
    CHECK(one.near.failure() == error::none);
    CHECK(one.client_handler.take() == strings{"close 1014 "});
}

TEST_CASE("two peers that send and do not read are given up, and two that read slowly are not")
{
    rig<> one;
    const bool slow = GENERATE(false, true);
    one.open();
    one.near_out.stopped = one.far_out.stopped = true;
    for (testing::byte_stream* stream : {&one.client_out, &one.near_out, &one.far_out, &one.upstream_out})
        stream->capacity = 1000;
    REQUIRE(one.client.send(std::string(200'000, 'x')) == error::none);
    REQUIRE(one.upstream.send(std::string(200'000, 'y')) == error::none);
    one.run();
    CHECK_FALSE(one.needs.server.read);
    CHECK_FALSE(one.needs.client.read);
    while (one.now < 100'000) {
        one.now += 10'000;
        one.near_out.stopped = one.far_out.stopped = !slow;
        one.near_out.chunk = one.far_out.chunk = 10;
        one.step();
        one.near_out.stopped = one.far_out.stopped = true;
        one.run();
    }
    CHECK(one.near.failure() == (slow ? error::none : error::timed_out));
    CHECK(one.far.failure() == (slow ? error::none : error::timed_out));
    CHECK((one.near.ready_state() == ready_state::open) == slow);
}

TEST_CASE("without a handler the client is accepted at once, and its messages wait for the upstream server")
{
    growing_websocket_storage near_storage;
    growing_websocket_storage far_storage;
    growing_websocket_storage client_storage;
    server_type near{near_storage, {.whole_messages = false}};
    client_type far{far_storage, {.whole_messages = false}};
    client_type client{client_storage};
    relay joined{near, far};
    peer_handler handler;
    testing::byte_stream in;
    testing::byte_stream out;
    testing::endpoint end{client, handler, in, out};
    testing::predictable_source random;
    REQUIRE(client.connect("ws://gateway/", {}, random) == error::none);
    end.run(0);
    std::vector<std::byte> request = out.read_all();
    near.receive(request, 0);
    CHECK(joined.poll(0).server.write);
    in.write(near.write_buffer());
    near.written(near.write_buffer().size(), 0);
    end.run(0);
    CHECK(handler.take() == strings{"open"});
    REQUIRE(client.send("early") == error::none);
    end.run(0);
    std::vector<std::byte> message = out.read_all();
    near.receive(message, 0);
    CHECK_FALSE(joined.poll(0).server.read);
    std::ranges::fill(message, std::byte{0xDD});
    REQUIRE(far.start_open() == error::none);
    CHECK(joined.poll(0).client.write);
    CHECK(joined.poll(0).server.read);
    CHECK(far.buffered_amount() == 5);

    growing_websocket_storage plain_storage;
    server_type plain{plain_storage, {.whole_messages = false}};
    relay other{plain, far};
    std::string text = "GET /health HTTP/1.1\r\nHost: h\r\n\r\n";
    plain.receive(std::as_writable_bytes(std::span{text}), 0);
    CHECK(other.poll(0).server.write);
    CHECK(as_text(plain.write_buffer()).starts_with("HTTP/1.1 426 "));
}

TEST_CASE("a relay whose output is too small closes both connections with 1011, and nothing is lost silently")
{
    using small = static_websocket_storage<websocket_sizes{.message = 1000, .output = 600, .input = 5000}>;
    rig<small> one{{}, 5000};
    one.open();
    REQUIRE(one.client.send(std::string(2000, 'x')) == error::none);
    one.run();
    CHECK(one.joined.failure() == error::exceeds_capacity);
    CHECK(one.client_handler.take() == strings{"close 1011 "});
    CHECK(one.upstream_handler.take() == strings{"close 1011 "});
}

/// A message with characters of several bytes, so that pieces end inside of them.
std::string text_of(std::size_t size, std::mt19937& random)
{
    std::string text;
    while (text.size() < size)
        text += random() % 3 == 0   ? "\xF0\x9F\x98\x80"
                : random() % 2 == 0 ? "\xC3\xA4"
                                    : std::string(1, static_cast<char>('a' + random() % 26));
    return text;
}

/// Sends a random message, in fragments or not.
void send_random(auto& ws, strings& sent, std::mt19937& random)
{
    const bool is_text = random() % 2 == 0;
    const std::string message = text_of(random() % 4 == 0 ? random() % 5000 : random() % 200, random);
    sent.push_back((is_text ? "t " : "b ") + message);
    if (random() % 2 == 0) {
        REQUIRE((is_text ? ws.send(message) : ws.send(as_bytes(message))) == error::none);
        return;
    }
    REQUIRE(ws.begin_message(is_text ? opcode::text : opcode::binary) == error::none);
    std::string_view rest = message;
    for (unsigned i = random() % 4; i != 0; --i) {
        const std::string_view part = rest.substr(0, random() % (rest.size() + 1));
        REQUIRE(ws.send_fragment(part) == error::none);
        rest.remove_prefix(part.size());
    }
    REQUIRE(ws.end_message(rest) == error::none);
}

template <class Storage>
void play(std::uint32_t seed, relay_options choice, std::size_t read_size)
{
    std::mt19937 random{seed};
    rig<Storage> one{choice, read_size};
    one.open();
    testing::byte_stream* const streams[] = {&one.client_out, &one.near_out, &one.far_out, &one.upstream_out};
    strings to_upstream;
    strings to_client;
    for (int round = 0; round < 40; ++round) {
        for (testing::byte_stream* stream : streams) {
            stream->chunk = 1 + random() % (random() % 2 == 0 ? 10 : 3000);
            stream->capacity = 1 + random() % (random() % 2 == 0 ? 10 : 3000);
            stream->stopped = random() % 3 == 0;
        }
        send_random(one.client, to_upstream, random);
        send_random(one.upstream, to_client, random);
        if (random() % 3 == 0)
            REQUIRE(one.client.ping("p") == error::none);
        for (auto i = random() % 50; i != 0 && one.step(); --i) {
        }
        CHECK(one.near.unwritten() <= choice.high_water + choice.piece + 300);
        CHECK(one.far.unwritten() <= choice.high_water + choice.piece + 300);
    }
    for (testing::byte_stream* stream : streams)
        stream->stopped = false;
    one.client.close();
    one.run();
    CHECK(one.joined.failure() == error::none);
    to_upstream.emplace_back("close 1005 ");
    CHECK(one.upstream_handler.take() == to_upstream);
    strings received = one.client_handler.take();
    std::erase(received, "pong p");
    REQUIRE_FALSE(received.empty());
    CHECK(received.back() == "close 1005 ");
    received.pop_back(); // the client closes while messages for it are on their way, which are dropped
    REQUIRE(received.size() <= to_client.size());
    CHECK(std::equal(received.begin(), received.end(), to_client.begin()));
}

TEST_CASE("no byte is lost with slow readers at all four ends, any cuts, and little memory")
{
    using small = static_websocket_storage<websocket_sizes{.message = 700, .output = 1500, .input = 600}>;
    for (std::uint32_t seed = 0; seed < 60; ++seed) {
        CAPTURE(seed);
        play<growing_websocket_storage>(seed, {.high_water = 1 + seed * 20, .piece = 500}, 1 + seed * 8);
        play<small>(seed, {.high_water = 700, .piece = 600}, 600);
    }
}

/// Returns how much more memory than an idle relay it needs for a message from the client, and possibly another one to the client at
/// the same time.
std::size_t memory_for(std::size_t size, bool both_ways)
{
    rig<> one;
    one.open();
    const auto memory = [&one] { return one.near_memory.memory->capacity() + one.far_memory.memory->capacity(); };
    const std::size_t idle = memory();
    std::size_t most = idle;
    const std::string large(size, 'x');
    one.client_out.capacity = one.far_out.capacity = one.upstream_out.capacity = one.near_out.capacity = 60'000;
    one.far_out.stopped = one.near_out.stopped = true;
    REQUIRE(one.client.send(large) == error::none);
    if (both_ways)
        REQUIRE(one.upstream.send(as_bytes(large)) == error::none);
    while (one.step())
        most = std::max(most, memory());
    CHECK(one.client.unwritten() > size - 300'000); // the relay does not read
    one.far_out.stopped = one.near_out.stopped = false;
    one.far_out.chunk = 4000;
    while (one.step())
        most = std::max(most, memory());
    CHECK((one.upstream_handler.take() == strings{"t " + large}));
    if (both_ways)
        CHECK((one.client_handler.take() == strings{"b " + large}));
    return most - idle;
}

TEST_CASE("a message of 30 MB needs no more than 128 kB over an idle relay, however slow the reader is")
{
    const std::size_t one_way = memory_for(30'000'000, false);
    const std::size_t both_ways = memory_for(30'000'000, true);
    CAPTURE(one_way, both_ways);
    CHECK(one_way <= 128'000);
    CHECK(both_ways <= 2 * 128'000);
}

} // namespace
