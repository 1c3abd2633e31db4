// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A websocket without memory for a head or for input, and calls in states in which programs seldom make them.
#include "support/catch.hpp"
#include "support/frames.hpp"
#include "support/mask_keys.hpp"
#include "websocket/ends.hpp"

#include <sockless/relay.hpp>
#include <sockless/testing/endpoint_pair.hpp>
#include <sockless/websocket.hpp>
#include <sockless/with_heap.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace {

using namespace sockless;
using support::byte_vector;
using support::frame_to;

using server = websocket<role::server>;
using client = websocket<role::client, support::zero_keys>;

/// A queue that could grow, but finds no memory.
class queue_without_memory : public byte_queue {
public:
    queue_without_memory() noexcept : byte_queue{{}, &grow, 10'000} {}

private:
    static bool grow(byte_queue&, std::size_t count) noexcept { return count == 0; }
};

/// A queue that finds memory once.
class queue_with_one_block : public byte_queue {
public:
    queue_with_one_block() noexcept : byte_queue{{}, &grow, 10'000} {}

private:
    static bool grow(byte_queue& queue, std::size_t count) noexcept
    {
        auto& self = static_cast<queue_with_one_block&>(queue);
        if (count > self.block_.size() - self.size())
            return false;
        self.move_to(self.block_);
        return true;
    }
    std::array<std::byte, 100> block_{};
};

template <class Input, class Message>
struct memory {
    static constexpr websocket_sizes sizes{.message = 100, .output = 400, .head = 400, .fields = 8};
    Input input;
    static_output_queue<400> output;
    Message message;
    websocket_storage storage{input, output, message, sizes};
};
using fixed_message = static_byte_queue<memory<static_byte_queue<1>, static_byte_queue<1>>::sizes.message_memory()>;
using without_input = memory<queue_without_memory, fixed_message>;
using without_head = memory<static_byte_queue<1000>, queue_without_memory>;
using ordinary = memory<static_byte_queue<1000>, fixed_message>;

void accept_request(server& ws)
{
    std::string request = ends::request;
    ws.receive(request, 0);
    REQUIRE(ws.poll().kind() == event_kind::request);
    REQUIRE(ws.accept() == error::none);
    REQUIRE(ws.poll().kind() == event_kind::open);
    CHECK(ws.ready_state() == ready_state::open);
    CHECK_FALSE(ws.finished());
    REQUIRE(ws.poll().kind() == event_kind::need_input);
    ws.written(ws.write_buffer().size(), 0);
}

TEST_CASE("W6: a server without memory for a head answers 503, and a client does not connect")
{
    without_head one;
    server ws{one.storage};
    std::string request = ends::request;
    ws.receive(request, 0);
    const event e = ws.poll();
    REQUIRE(e.kind() == event_kind::error);
    CHECK(e.failure() == error::no_memory);
    CHECK(support::to_string(ws.write_buffer()).starts_with("HTTP/1.1 503 "));

    without_head other;
    client to{other.storage};
    heads::fixed_random random;
    CHECK(to.connect("ws://h/", {}, random) == error::no_memory);
    CHECK(to.write_buffer().empty());
}

TEST_CASE("W2: without memory for input that has to be kept, or for a read, the connection fails with no_memory")
{
    {
        without_input one;
        server ws{one.storage};
        accept_request(ws);
        CHECK(ws.read_buffer().empty());
        CHECK(ws.poll().failure() == error::no_memory);
        CHECK(ws.poll().kind() == event_kind::close);
        CHECK(ws.needs(0).close);
    }
    {
        without_input one;
        server ws{one.storage, {.high_water = 1}};
        accept_request(ws);
        byte_vector frames = support::join({frame_to(role::server, 0x81, "a"), frame_to(role::server, 0x81, "b")});
        ws.receive(frames, 0);
        REQUIRE(ws.poll().text() == "a");
        REQUIRE(ws.send("reply") == error::none); // reading pauses: what follows has to be kept
        CHECK(ws.poll().failure() == error::no_memory);
        CHECK(ws.poll().kind() == event_kind::close);
    }
    {
        memory<queue_with_one_block, fixed_message> one;
        server ws{one.storage};
        byte_vector head = support::text(ends::request + std::string(10, 'x'));
        ws.receive(head, 0);
        REQUIRE(ws.poll().kind() == event_kind::request);
        REQUIRE(ws.poll().kind() == event_kind::need_input); // ten bytes are kept
        byte_vector much(200);
        ws.receive(much, 0);
        CHECK(ws.poll().failure() == error::no_memory);
    }
    {
        memory<static_byte_queue<1000>, fixed_message> one;
        server ws{one.storage};
        byte_vector head = support::text(ends::request + std::string(10, 'x'));
        ws.receive(head, 0);
        REQUIRE(ws.poll().kind() == event_kind::request);
        REQUIRE(ws.poll().kind() == event_kind::need_input); // ten bytes are kept
        byte_vector much(1001);
        ws.receive(much, 0);
        CHECK(ws.poll().failure() == error::exceeds_capacity);
    }
}

TEST_CASE(
    "W4: without an answer time-out a request can wait for ever, and a rejection without room ends the connection")
{
    ordinary one;
    server ws{one.storage, {.answer_timeout = 0}};
    std::string request = ends::request;
    ws.receive(request, 0);
    REQUIRE(ws.poll().kind() == event_kind::request);
    CHECK(ws.needs(0).wake_after == websocket_needs::never);
    CHECK(ws.needs(1'000'000'000).wake_after == websocket_needs::never);
    CHECK(ws.refuse() == error::none);
    CHECK(ws.refuse() == error::not_open); // it was answered
    CHECK(support::to_string(ws.write_buffer()).starts_with("HTTP/1.1 400 "));

    ordinary full;
    server slow{full.storage, {.handshake_timeout = 1000}};
    REQUIRE(full.output.append(byte_vector(395)));
    std::string part = "GET / HT";
    slow.receive(part, 0);
    REQUIRE(slow.poll().kind() == event_kind::need_input);
    CHECK(slow.needs(1000).wake_after == 0);
    CHECK(slow.poll().failure() == error::timed_out);
    CHECK(slow.poll().kind() == event_kind::close);
}

TEST_CASE("W4: a time-out whose event was not returned yet ends with the time-out for the end")
{
    ordinary one;
    server ws{one.storage, {.handshake_timeout = 1000, .closing_timeout = 500}};
    std::string part = "GET / HT";
    ws.receive(part, 0);
    REQUIRE(ws.poll().kind() == event_kind::need_input);
    CHECK(ws.needs(1000).write);
    CHECK(ws.needs(1500).wake_after == 0); // nothing was polled
    CHECK(ws.poll().failure() == error::timed_out);
    CHECK(ws.poll().kind() == event_kind::close);
    CHECK(ws.needs(1500).close);
    ws.transport_failed(1500);
    ws.written(7, 1500); // changes nothing after the end
    CHECK(ws.poll().kind() == event_kind::need_input);
}

TEST_CASE("W6: misuse after a failure, and while the body of a refusal arrives, adds no second failure")
{
    ordinary one;
    server ws{one.storage};
    accept_request(ws);
    byte_vector bad = frame_to(role::server, 0x83);
    ws.receive(bad, 0);
    CHECK(ws.poll().failure() == error::reserved_opcode);
    ws.shrink();
    ws.written(1000, 0);
    CHECK(ws.failure() == error::reserved_opcode);
    CHECK(ws.poll().kind() == event_kind::close);

    ordinary other;
    client to{other.storage};
    heads::fixed_random random;
    REQUIRE(to.connect("ws://h/", {}, random) == error::none);
    std::string refusal = "HTTP/1.1 403 No\r\n\r\nbody";
    to.receive(refusal, 0);
    CHECK(to.poll().failure() == error::status_not_101);
    to.shrink(); // the head of the response is still there
    CHECK(to.response().status == 403);
    CHECK(to.poll().text() == "body");
    to.written(1000, 0);
    CHECK(to.failure() == error::status_not_101);
    CHECK(to.poll().kind() == event_kind::close);
}

TEST_CASE("W8: the head of a handshake that has failed stays until the end, whatever memory is released", "[W-8]")
{
    growing_websocket_storage storage;
    server ws{storage};
    std::string request = ends::request;
    ws.receive(request, 0);
    REQUIRE(ws.poll().kind() == event_kind::request);
    const std::string path{ws.request().path};
    REQUIRE(ws.reject(403) == error::none);
    ws.shrink();
    CHECK(ws.request().path == path);
    ws.written(ws.write_buffer().size(), 0);
    ws.input_ended(0);
    CHECK(ws.poll().kind() == event_kind::close);
    ws.shrink();
    CHECK(ws.request().path == path);

    growing_websocket_storage other;
    client to{other};
    heads::fixed_random random;
    REQUIRE(to.connect("ws://h/", {}, random) == error::none);
    std::string refusal = "HTTP/1.1 403 No\r\nContent-Length: 0\r\nServer: one\r\n\r\n";
    to.receive(refusal, 0);
    REQUIRE(to.poll().failure() == error::status_not_101);
    to.shrink();
    CHECK(to.response().status == 403);
    CHECK(to.response().fields.back().value == "one");
    to.close();
    to.shrink();
    CHECK(to.response().fields.back().value == "one");
}

TEST_CASE("a pause does not delay the closing handshake, whoever begins it")
{
    ordinary one;
    server ws{one.storage};
    accept_request(ws);
    ws.pause();
    CHECK_FALSE(ws.needs(0).read);
    REQUIRE(ws.close(close_code::going_away) == error::none);
    ws.written(ws.write_buffer().size(), 0);
    CHECK(ws.needs(0).read);
    byte_vector reply = frame_to(role::server, 0x88, "\x03\xE9");
    ws.receive(reply, 0);
    CHECK(ws.poll().kind() == event_kind::need_input);
    ws.input_ended(0);
    const event closed = ws.poll();
    CHECK(closed.kind() == event_kind::close);
    CHECK(closed.was_clean());

    ordinary other;
    server late{other.storage};
    accept_request(late);
    late.receive(reply = frame_to(role::server, 0x88, "\x03\xE8"), 0);
    CHECK(late.poll().kind() == event_kind::need_input);
    late.written(late.write_buffer().size(), 0);
    late.pause();
    late.input_ended(0);
    CHECK(late.poll().kind() == event_kind::close);
    CHECK(late.needs(0).close);
    late.shrink(); // also without a head
}

TEST_CASE("W8: memory whose release is due is released by the next poll, however often it became due")
{
    growing_websocket_storage storage;
    server ws{storage, {.ping_interval = 1000, .pong_timeout = 0}};
    accept_request(ws);
    for (std::uint64_t now = 1000; now <= 4000; now += 1000)
        static_cast<void>(ws.needs(now));
    CHECK(ws.needs(4000).wake_after == 0);
    CHECK(ws.poll().kind() == event_kind::need_input);
    CHECK(ws.needs(4000).wake_after != 0);
}

TEST_CASE("W10: a response that does not fit, and a message that no room could be counted for")
{
    ordinary one;
    server ws{one.storage};
    CHECK(ws.start_open({}, byte_vector(401)) == error::no_space);
    CHECK(ws.start_open({}, support::text("HTTP/1.1 101 Switching Protocols\r\n\r\n")) == error::none);
    CHECK(ws.has_room(10));
    CHECK_FALSE(ws.has_room(~std::size_t{0}));
}

TEST_CASE("websocket_needs: the time-out of poll(2)")
{
    websocket_needs needs;
    CHECK(needs.poll_timeout() == -1);
    needs.wake_after = 5;
    CHECK(needs.poll_timeout() == 5);
    needs.wake_after = 0xF0000000;
    CHECK(needs.poll_timeout() == 0x7FFFFFFF);
}

TEST_CASE("W5: sizes are derived from the largest message, unless they are chosen")
{
    websocket_sizes sizes{.message = 20'000};
    CHECK(sizes.output_memory() == 2 * (20'000 + frame_header::max_size) + websocket_sizes::smallest_output);
    CHECK(sizes.input_memory() == 16384);
    CHECK(sizes.message_memory() == 20'000);
    sizes = {.message = 10, .output = 300, .input = 5};
    CHECK(sizes.output_memory() == 300);
    CHECK(sizes.input_memory() == 5);
    CHECK(sizes.message_memory() == sizes.head_memory());
}

/// Handles nothing but messages.
struct silent {
    void on_message(auto&, const event&) const noexcept {}
};

TEST_CASE("W12: a pair whose server does not accept reports why it is not open")
{
    struct rejecting : silent {
        void on_request(server& ws) const { CHECK(ws.reject(403) == error::none); }
    } at_server;
    silent at_client;
    growing_websocket_storage near;
    growing_websocket_storage far;
    client from{near, {.ping_interval = 0}};
    server to{far, {.ping_interval = 3000}};
    testing::endpoint_pair pair{from, at_client, to, at_server};
    CHECK(pair.open("ws://h/") == error::status_not_101);

    struct undecided : silent {
        void on_request(server&) const {}
    } thinking;
    growing_websocket_storage storage_of_client;
    growing_websocket_storage storage_of_server;
    client waiting{storage_of_client, {.handshake_timeout = 500}};
    server slow{storage_of_server};
    testing::endpoint_pair other{waiting, at_client, slow, thinking};
    CHECK(other.open("ws://h/") == error::not_open);
    CHECK(other.wake_after() == 500); // the client's is earlier than the server's
}

TEST_CASE("relay: without functions for requests every WebSocket is accepted, and nothing else")
{
    growing_websocket_storage near;
    growing_websocket_storage far;
    server from{near};
    client to{far};
    relay both{from, to};
    std::string page = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    from.receive(page, 0);
    CHECK(both.poll(0).server.write);
    CHECK(support::to_string(from.write_buffer()).starts_with("HTTP/1.1 426 "));
}

TEST_CASE("A10: shrink moves the bytes that a growing queue has")
{
    growing_byte_queue queue{1000};
    REQUIRE(queue.append(byte_vector(500)));
    queue.consume(400);
    queue.shrink();
    CHECK(queue.capacity() == 100);
    queue.shrink(); // nothing to do
    CHECK(queue.capacity() == 100);
}

} // namespace
