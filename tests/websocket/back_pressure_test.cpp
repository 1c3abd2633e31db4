// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Reading pauses by itself while output waits, and resumes.
#include "program.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace {

using namespace programs;

using growing_server = program<role::server, growing_websocket_storage>;

/// A server, which has headers of two bytes for the messages here.
template <class Server>
void check_marks(Server& one)
{
    one.open();
    REQUIRE(one.ws.send(std::string(97, 'x')) == error::none); // 99 bytes wait
    CHECK(one.poll().read);
    REQUIRE(one.ws.send("") == error::none); // 101
    CHECK_FALSE(one.poll().read);
    CHECK(one.needs.write);
    one.leave(60); // 41
    CHECK_FALSE(one.needs.read);
    one.leave(1); // 40
    CHECK(one.needs.read);
    // Below the upper mark it does not pause again.
    REQUIRE(one.ws.send(std::string(57, 'x')) == error::none); // 99
    CHECK(one.poll().read);
    REQUIRE(one.ws.ping() == error::none); // 101
    CHECK_FALSE(one.poll().read);
    one.leave_all();
    CHECK(one.needs.read);
    CHECK_FALSE(one.needs.write);
}

TEST_CASE("W3: reading pauses at the upper mark of output and resumes at the lower one", "[W-3]")
{
    server fixed{{.high_water = 100, .low_water = 40}};
    check_marks(fixed);
    growing_server growing{{.high_water = 100, .low_water = 40}};
    check_marks(growing);
    server exact{{.high_water = 100, .low_water = 40}};
    exact.open();
    REQUIRE(exact.ws.send(std::string(98, 'x')) == error::none);
    CHECK_FALSE(exact.poll().read); // at 100, not only above
}

TEST_CASE("W3: the lower mark is half of the upper one unless it is chosen", "[W-3]")
{
    server one{{.high_water = 100}};
    one.open();
    REQUIRE(one.ws.send(std::string(98, 'x')) == error::none);
    CHECK_FALSE(one.poll().read);
    one.leave(49);
    CHECK_FALSE(one.needs.read); // 51 wait
    one.leave(1);
    CHECK(one.needs.read);
}

/// @param room  in the output, of which all may wait that leaves the room for one message of the largest size
template <class Server>
void check_room(Server& one, std::size_t room)
{
    one.open();
    const std::size_t largest = 200 + 14; // header of the largest size
    const std::size_t size = room - largest - 4;
    REQUIRE(size > 126);
    REQUIRE(one.ws.send(std::string(size, 'x')) == error::none);
    CHECK(one.poll().read);
    REQUIRE(one.ws.ping() == error::none);
    CHECK_FALSE(one.poll().read);
    one.leave_all();
    CHECK(one.needs.read);
}

TEST_CASE("W3: without marks reading pauses when a message of the largest size might have no room")
{
    server fixed;
    check_room(fixed, small_sizes.output);
    growing_server growing{{}, small_sizes};
    check_room(growing, small_sizes.output);
}

TEST_CASE("W3: a message that has arrived before the pause is received after it, and no event is needed for that")
{
    const auto check = [](auto& one) {
        one.open();
        REQUIRE(one.ws.send(std::string(98, 'x')) == error::none);
        one.take(support::join(
            {support::frame_to(role::server, 0x81, "one"), support::frame_to(role::server, 0x81, "two")}));
        CHECK(one.handler.log.empty());
        CHECK_FALSE(one.needs.read);
        one.leave_all();
        CHECK(one.handler.take() == strings{"one", "two"});
        CHECK(one.needs.read);
        one.take_frame(0x81, "three"); // and everything goes on as before
        CHECK(one.handler.take() == strings{"three"});
        CHECK(one.needs.wake_after == 20'000);
    };
    server fixed{{.high_water = 100}};
    check(fixed);
    growing_server growing{{.high_water = 100}};
    check(growing);
}

TEST_CASE("W3: the pause can begin between two messages of one piece of input")
{
    server one{{.high_water = 100}};
    one.open();
    one.handler.echoes = true;
    byte_vector input;
    for (const char c : std::string_view{"abcde"}) {
        const byte_vector frame = support::frame_to(role::server, 0x81, std::string(58, c));
        input.insert(input.end(), frame.begin(), frame.end());
    }
    one.take(input);
    CHECK(one.handler.log.size() == 2); // 2 * 60 >= 100
    CHECK_FALSE(one.needs.read);
    one.leave_all();
    CHECK(one.handler.log.size() == 5);
    CHECK(one.handler.lost_echoes == 0);
    CHECK(one.needs.read);
}

TEST_CASE("W3: the peer that does not read is given up while reading pauses, and the close event comes")
{
    const auto check = [](auto& one) {
        one.open();
        REQUIRE(one.ws.send(std::string(98, 'x')) == error::none);
        one.take_frame(0x81, "kept");
        CHECK_FALSE(one.needs.read);
        CHECK(one.at(1000).wake_after == 500); // the ping waits, too
        CHECK(one.at(1500).close);
        CHECK(one.handler.take() == strings{"error timed_out", "close 1006 broken"});
    };
    server fixed{{.ping_interval = 1000, .pong_timeout = 500, .high_water = 100}};
    check(fixed);
}

TEST_CASE("W3: the end of the input is reported after the pause, and the messages before it")
{
    server one{{.high_water = 100}};
    one.open();
    REQUIRE(one.ws.send(std::string(98, 'x')) == error::none);
    one.take_frame(0x81, "kept");
    one.ws.input_ended(0);
    CHECK_FALSE(one.poll().close);
    CHECK(one.handler.log.empty());
    one.leave_all();
    CHECK(one.handler.take() == strings{"kept", "error connection_lost", "close 1006 broken"});
    CHECK(one.needs.close);

    server failing{{.high_water = 100}};
    failing.open();
    REQUIRE(failing.ws.send(std::string(98, 'x')) == error::none);
    failing.take_frame(0x81, "kept");
    failing.ws.transport_failed(0); // nothing can be written that the messages would wait for
    CHECK(failing.poll().close);
    CHECK(failing.handler.take() == strings{"kept", "error connection_lost", "close 1006 broken"});
}

TEST_CASE("W3: an answer from the message event always has room, with small storage and in every rhythm of writing")
{
    for (std::size_t output = 256; output < 700; output += 62) {
        const websocket_sizes sizes{.message = 200, .output = output, .input = 1000, .head = 500, .fields = 10};
        for (std::size_t step = 1; step < 300; step += 23) {
            byte_vector memory(output);
            static_byte_queue<1000> input;
            output_queue out{memory};
            growing_byte_queue message{sizes.message_memory()};
            websocket_storage storage{input, out, message, sizes};
            websocket<role::server> ws{storage};
            logging_handler handler;
            handler.echoes = true;
            byte_vector first = support::text(request);
            ws.receive(first, 0);
            websocket_needs needs = ws.poll(handler, 0);
            handler.take();
            for (int i = 0; i < 2000; ++i) {
                if (needs.read) {
                    byte_vector bytes = support::frame_to(role::server, 0x81, std::string(i % 3 == 0 ? 3 : 200, 'x'));
                    ws.receive(bytes, 0);
                    needs = ws.poll(handler, 0);
                    continue;
                }
                if (!needs.write)
                    FAIL("it neither reads nor writes");
                ws.written(std::min(step, ws.write_buffer().size()), 0);
                needs = ws.poll(handler, 0);
            }
            CHECK(handler.log.size() > 5);
            CHECK(handler.lost_echoes == 0);
        }
    }
}

TEST_CASE("W3: a pong that is larger than the largest message takes no room from the answer to a message")
{
    static constexpr websocket_sizes sizes{.message = 10, .output = 256, .input = 1000, .head = 500, .fields = 10};
    const byte_vector message = support::frame_to(role::server, 0x81, "0123456789");
    const byte_vector input =
        support::join({support::frame_to(role::server, 0x89, std::string(125, 'p')), message, message});
    for (std::size_t waiting = 210; waiting < 250; ++waiting) {
        for (std::size_t written = 100; written < 200; ++written) {
            program<role::server, static_websocket_storage<sizes>> one;
            one.open();
            one.handler.echoes = true;
            const error sent = one.ws.send(std::string(waiting - 4, 'x'));
            one.poll();
            const std::size_t lent = one.ws.write_buffer().size();
            one.take(input);
            one.leave(written); // at once, so that there is suddenly room for the pong
            one.leave_all();
            if (failed(sent) || lent != waiting || one.handler.log.size() != 3 || one.handler.lost_echoes != 0)
                FAIL(waiting << ' ' << written << ' ' << one.handler.log.size());
        }
    }
}

TEST_CASE("W3: the pong that waited for room is written before the next message, which it can delay")
{
    static constexpr websocket_sizes sizes{.message = 200, .output = 512};
    program<role::server, static_websocket_storage<sizes>> one{{.high_water = 500, .low_water = 499}};
    one.open();
    REQUIRE(one.ws.send(std::string(485, 'x')) == error::none);
    one.take(support::frame_to(role::server, 0x89, std::string(125, 'p')));
    CHECK(one.ws.unwritten() == 489);
    const auto write = [&](std::size_t count) { // without `poll`, which would write the pong
        REQUIRE(one.ws.write_buffer().size() >= count);
        one.ws.written(count, one.now);
    };
    write(115);
    REQUIRE(one.ws.send(std::string(26, 'x')) == error::none);
    write(374);
    REQUIRE(one.ws.send(std::string(350, 'x')) == error::none);
    CHECK(one.ws.unwritten() == 28 + 354);
    const byte_vector message = support::frame_to(role::server, 0x81, "m");
    one.take(support::join({message, message, message}));
    CHECK(one.ws.unwritten() == 28 + 354 + 127);
    CHECK_FALSE(one.needs.read);
    one.leave_all();
    CHECK(one.handler.take().size() == 4); // the ping, and the messages
}

TEST_CASE("W3: output that is dropped ends the pause: a client reads the body of a refusal")
{
    client one{{.closing_timeout = 0, .high_water = 100}};
    heads::fixed_random random;
    REQUIRE(one.ws.connect("ws://server.example.com/chat", {}, random) == error::none);
    one.poll();
    one.leave(50); // a server may answer before it has read the whole request
    CHECK_FALSE(one.needs.read);
    one.take("HTTP/1.1 403 Forbidden\r\nContent-Length: 5\r\n\r\nno");
    CHECK(one.needs.read);
    one.take("pe!");
    CHECK(one.handler.take() == strings{"error status_not_101", "body no", "body pe!", "close 1006 broken"});
    CHECK(one.needs.close);
}

} // namespace
