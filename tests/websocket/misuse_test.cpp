// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Sizes that agree by construction, and mistakes of the program, which are errors that it sees.
#include "program.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>

namespace {

using namespace programs;

constexpr auto minus_one = static_cast<std::size_t>(-1); // what `write` and `read` return when they fail

TEST_CASE("W5: the largest message derives all sizes, and a message of that size can be echoed")
{
    static constexpr websocket_sizes sizes{.message = 3000};
    static_assert(sizes.output_memory() == 2 * (3000 + 14) + 256);
    static_assert(sizes.message_memory() == sizes.head_memory() && sizes.head_memory() > 3000);
    static_assert(websocket_sizes{.message = 100'000}.message_memory() == 100'000);
    const auto check = [](auto& one) {
        one.open();
        one.handler.echoes = true;
        one.take_frame(0x81, std::string(3000, 'x'));
        one.take_frame(0x01, std::string(2000, 'y'));
        one.take_frame(0x80, std::string(1000, 'z'));
        CHECK(one.handler.take().size() == 2);
        CHECK(one.handler.lost_echoes == 0);
        one.leave_all();
        one.take_frame(0x81, std::string(3001, 'x'));
        CHECK(one.handler.take() == strings{"error message_too_large"});
    };
    program<role::server, static_websocket_storage<sizes>> fixed;
    check(fixed);
    program<role::server, growing_websocket_storage> growing{{}, sizes};
    check(growing);
}

TEMPLATE_TEST_CASE_SIG("W5: the -1 of a failed call, as a size, is an error, and nothing is read", "",
                       ((role Role), Role), role::server, role::client)
{
    program<Role, static_websocket_storage<small_sizes>> one;
    one.open();
    const std::byte byte{};
    for (std::size_t size = ~std::size_t{0}; size > ~std::size_t{0} - 200; --size) {
        const std::span<const std::byte> bytes{&byte, size};
        const std::string_view text{reinterpret_cast<const char*>(&byte), size};
        CHECK(one.ws.send(bytes) == error::exceeds_capacity);
        CHECK(one.ws.send(text) == error::exceeds_capacity);
        CHECK(one.ws.send(text, assume_utf8{}) == error::exceeds_capacity);
    }
    REQUIRE(one.ws.begin_message(opcode::text) == error::none);
    CHECK(one.ws.send_fragment(std::span{&byte, ~std::size_t{0}}) == error::exceeds_capacity);
    CHECK(one.ws.end_message(std::span{&byte, ~std::size_t{0}}) == error::exceeds_capacity);
    CHECK(one.ws.unwritten() == 0);
    CHECK(one.ws.end_message() == error::none);
}

TEMPLATE_TEST_CASE_SIG("W5: a message that never fits is another error than one that does not fit now", "",
                       ((role Role), Role), role::server, role::client)
{
    const auto check = [](auto& one) {
        one.open();
        constexpr std::size_t header = Role == role::client ? 8 : 4;
        const std::size_t largest = small_sizes.output - header;
        CHECK(one.ws.send(std::string(largest + 1, 'x')) == error::exceeds_capacity);
        CHECK(one.ws.unwritten() == 0);
        CHECK(one.ws.send(byte_vector(largest)) == error::none);
        CHECK(one.ws.send(std::string(largest, 'x')) == error::no_space);
        CHECK(one.ws.send(byte_vector(largest + 1)) == error::exceeds_capacity);
        CHECK(one.ws.send("") == error::no_space);
        CHECK(one.ws.failure() == error::none);
        one.poll();
        one.leave_all();
        CHECK(one.ws.send(std::string(largest, 'x')) == error::none);
    };
    program<Role> fixed;
    check(fixed);
    program<Role, growing_websocket_storage> growing{{}, small_sizes};
    check(growing);
}

TEST_CASE("W5: an output without room for a header is an error, too", "[W-5]")
{
    static_byte_queue<10> input;
    static_output_queue<1> output;
    static_byte_queue<10> message;
    websocket_storage storage{input, output, message, small_sizes};
    websocket<role::server> ws{storage};
    REQUIRE(ws.start_open() == error::none);
    CHECK(ws.send("") == error::exceeds_capacity);
}

TEST_CASE("W5: with fail_when_full a message that never fits fails the connection like one that does not fit now")
{
    server one{{.fail_when_full = true}};
    one.open();
    CHECK(one.ws.send(std::string(1000, 'x')) == error::exceeds_capacity);
    CHECK(one.poll().close);
    CHECK(one.ws.buffered_amount() == 1000);
    CHECK(one.handler.take() == strings{"error exceeds_capacity", "close 1006 broken"});
}

TEST_CASE("W5: a piece of input that is larger than the storage could keep is an error", "[W-5]")
{
    server one;
    one.open();
    byte_vector most = support::frame_to(role::server, 0x82, byte_vector(200));
    while (most.size() < 1000)
        for (const std::byte b : support::frame_to(role::server, 0x81, "x"))
            if (most.size() < 1000)
                most.push_back(b);
    one.take(most);
    CHECK(one.ws.failure() == error::none);
    one.take(byte_vector(1001));
    CHECK(one.handler.log.back() == "close 1006 broken");
    CHECK(one.ws.failure() == error::exceeds_capacity);

    server kept; // bytes that are kept count
    kept.handler.answers = false;
    kept.take(support::join({support::text(request), byte_vector(600)}));
    kept.take(byte_vector(400));
    CHECK(kept.ws.failure() == error::none);
    kept.take(byte_vector(1));
    CHECK(kept.ws.failure() == error::exceeds_capacity);
    CHECK(kept.needs.close);
}

TEMPLATE_TEST_CASE_SIG("W6: -1 as a number of bytes that were written or received is an error, and harms nothing",
                       "[W-6]", ((role Role), Role), role::server, role::client)
{
    program<Role> writing;
    writing.open();
    REQUIRE(writing.ws.send("hello") == error::none);
    REQUIRE(writing.poll().write);
    const std::size_t size = writing.ws.write_buffer().size();
    writing.ws.written(minus_one, 0);
    CHECK(writing.ws.failure() == error::count_invalid);
    CHECK(writing.ws.unwritten() == 0);
    CHECK(writing.poll().close);
    CHECK(writing.handler.take() == strings{"error count_invalid", "close 1006 broken"});

    program<Role> beyond; // one byte too much; also without bytes
    beyond.open();
    REQUIRE(beyond.ws.send("hello") == error::none);
    CHECK(beyond.ws.write_buffer().size() == size);
    REQUIRE(beyond.ws.send("not in the buffer yet") == error::none);
    beyond.ws.written(size + 1, 0);
    CHECK(beyond.ws.failure() == error::count_invalid);
    program<Role> nothing;
    nothing.open();
    nothing.ws.written(1, 0);
    CHECK(nothing.ws.failure() == error::count_invalid);

    program<Role> reading;
    reading.open();
    REQUIRE_FALSE(reading.ws.read_buffer().empty());
    reading.ws.received(minus_one, 0);
    CHECK(reading.ws.failure() == error::count_invalid);
    CHECK(reading.poll().close);
    CHECK(reading.handler.take() == strings{"error count_invalid", "close 1006 broken"});
    program<Role> without;
    without.open();
    without.ws.received(1, 0); // no read_buffer was requested
    CHECK(without.ws.failure() == error::count_invalid);
}

TEST_CASE("W6: misuse after the closing handshake is an error, too, and the end is not clean then")
{
    server one;
    one.open();
    one.take_frame(0x88, "\x03\xE8");
    one.leave_all();
    one.ws.written(minus_one, 0);
    CHECK(one.poll().close);
    CHECK(one.handler.take() == strings{"error count_invalid", "close 1000 broken"});
    one.ws.written(minus_one, 0); // nothing comes after the close event
    one.ws.received(minus_one, 0);
    byte_vector many(5000);
    one.ws.receive(many, 0);
    CHECK(one.poll().close);
    CHECK(one.handler.take().empty());
}

TEST_CASE("W6: a second object over a storage does not discard the prepared messages of the first")
{
    static_websocket_storage<small_sizes> storage;
    std::array<std::byte, 100> room{};
    prepared_message message{room};
    REQUIRE(message.assign_text("prepared") == error::none);
    websocket<role::server> first{storage};
    REQUIRE(first.start_open() == error::none);
    REQUIRE(first.send(message) == error::none);
    websocket<role::server> second{storage};
    second.discard_prepared();
    CHECK(second.buffered_amount() == 0);
    CHECK(first.buffered_amount() == 8);
    CHECK(first.unwritten() == 2 + 8);
    CHECK(message.in_use());
    first.written(first.write_buffer().size(), 0);
    CHECK_FALSE(message.in_use());
}

TEST_CASE("W6: a second object over a storage fails, and does no harm to the first")
{
    static_websocket_storage<small_sizes> storage;
    CHECK_FALSE(storage.in_use());
    logging_handler handler;
    logging_handler second_handler;
    {
        websocket<role::server> first{storage};
        CHECK(storage.in_use());
        byte_vector bytes = support::text(request);
        first.receive(bytes, 0);
        CHECK(first.poll(handler, 0).write);
        REQUIRE(first.send("unsent") == error::none);
        const byte_vector before{first.write_buffer().begin(), first.write_buffer().end()};
        bytes =
            support::join({support::frame_to(role::server, 0x81, "one"), support::frame_to(role::server, 0x81, "two")});
        first.receive(bytes, 0);
        CHECK(first.poll().text() == "one");
        first.keep_input();
        const auto use = [&](auto& second) {
            CHECK(second.failure() == error::storage_in_use);
            CHECK(second.ready_state() == ready_state::closing);
            byte_vector other(100, std::byte{0xEE});
            second.receive(other, 0);
            second.receive_copy(other, 0);
            second.keep_input();
            CHECK(second.read_buffer().empty());
            second.received(minus_one, 0);
            CHECK(second.write_buffer().empty());
            CHECK(second.unwritten() == 0);
            second.written(minus_one, 0);
            second.shrink();
            second.reset();
            CHECK(second.send("x") == error::not_open);
            CHECK(second.ping() == error::not_open);
            CHECK(second.start_open() == error::not_open);
            second.close();
            CHECK(second.poll(second_handler, 0).close);
            CHECK(second.ready_state() == ready_state::closed);
            CHECK(second_handler.take() == strings{"error storage_in_use", "close 1006 broken"});
        };
        {
            websocket<role::server> second{storage};
            CHECK(second.accept() == error::not_open);
            CHECK(second.reject(403) == error::not_open);
            use(second);
            websocket<role::client, support::zero_keys> third{storage};
            heads::fixed_random random;
            CHECK(third.connect("ws://h/", {}, random) == error::not_open);
            use(third);
            websocket<role::server> late{storage};
            CHECK(late.needs(1).wake_after == 0);
            late.transport_failed(1);
        }
        CHECK(storage.in_use());
        CHECK(std::ranges::equal(first.write_buffer(), before));
        CHECK(first.poll().text() == "two");
        CHECK(first.poll().kind() == event_kind::need_input);
    }
    CHECK_FALSE(storage.in_use());
    websocket<role::server> next{storage};
    CHECK(next.failure() == error::none);
    CHECK(next.unwritten() == 0);
    byte_vector bytes = support::text(request);
    next.receive(bytes, 0);
    CHECK(next.poll(handler, 0).write);
    CHECK(next.ready_state() == ready_state::open);
}

} // namespace
