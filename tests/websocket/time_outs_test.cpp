// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Each time-out at its exact time, what happens then, and that `wake_after` announces it.
#include "program.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

using namespace programs;

constexpr std::uint32_t never = websocket_needs::never;

TEST_CASE("W4: without time-outs nothing is waited for but the transport")
{
    server one{{.handshake_timeout = 0, .ping_interval = 0, .pong_timeout = 0, .closing_timeout = 0}};
    CHECK(one.poll().wake_after == never);
    one.open();
    CHECK(one.at(1'000'000'000).wake_after == never);
    one.ws.close();
    CHECK(one.at(2'000'000'000).wake_after == never);
    CHECK(one.ws.ready_state() == ready_state::closing);
}

TEST_CASE("W4: the defaults are 10 s for a handshake and for the end, and a ping after 20 s")
{
    server one;
    CHECK(one.poll().wake_after == 10'000);
    one.open();
    CHECK(one.needs.wake_after == 20'000);
    CHECK(one.at(20'000).wake_after == 20'000);
    one.ws.close();
    CHECK(one.poll().wake_after == 10'000);
}

TEST_CASE("W4: a server that receives no byte closes the transport without an answer", "[W-4]")
{
    server one{{.handshake_timeout = 1000}};
    one.now = 50;
    CHECK(one.poll().wake_after == 1000); // the clock starts with the first call
    CHECK(one.at(1049).wake_after == 1);
    CHECK(one.at(1050).close);
    CHECK_FALSE(one.needs.write);
    CHECK(one.needs.wake_after == never);
    CHECK(one.handler.take() == strings{"error timed_out", "close 1006 broken"});
    CHECK(one.ws.failure() == error::timed_out);
}

TEST_CASE("W4: a server that receives a part of a request answers 408, and closes the transport after the answer")
{
    server one{{.handshake_timeout = 1000, .closing_timeout = 300}};
    one.take("GET / HTTP/1.1\r\nHo");
    one.now = 900;
    one.take("st: h\r\n"); // slow progress gains no time
    CHECK(one.needs.wake_after == 100);
    CHECK(one.at(1000).write);
    CHECK(one.handler.take() == strings{"error timed_out"});
    CHECK_FALSE(one.needs.shut_down_write);
    CHECK(support::to_string(one.leave_all()).starts_with("HTTP/1.1 408 Request Timeout\r\n"));
    CHECK(one.needs.shut_down_write);
    CHECK(one.needs.read); // what the peer still sends is read, so that it receives the answer
    CHECK(one.needs.wake_after == 300);
    one.take("\r\nGET");
    CHECK(one.handler.log.empty());
    one.ws.input_ended(one.now);
    CHECK(one.poll().close);
    CHECK(one.handler.take() == strings{"close 1006 broken"});
}

TEST_CASE("W4: a request that the program does not answer is answered with 503, which is an error of the program",
          "[W-4]")
{
    server one{{.handshake_timeout = 5000, .answer_timeout = 1000, .closing_timeout = 300}};
    one.handler.answers = false;
    one.take(request);
    CHECK(one.needs.wake_after == 1000);
    CHECK_FALSE(one.needs.read);
    CHECK(one.handler.take() == strings{"request"});
    CHECK(one.at(1000).write);
    CHECK(one.handler.take() == strings{"error request_unanswered"});
    CHECK(one.ws.failure() == error::request_unanswered);
    CHECK(one.ws.accept() == error::not_open); // too late
    CHECK(support::to_string(one.leave_all()).starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
    CHECK(one.needs.shut_down_write);
    one.ws.input_ended(one.now);
    CHECK(one.poll().close);
}

TEST_CASE("W4: a rejection that the peer does not read ends with the time-out for the end")
{
    server late{{.handshake_timeout = 1000, .closing_timeout = 300}};
    late.take("GET");
    CHECK(late.at(1000).wake_after == 300);
    CHECK(late.at(1299).write);
    CHECK(late.at(1300).close);
    CHECK(late.ws.write_buffer().empty());
    CHECK(late.handler.take() == strings{"error timed_out", "close 1006 broken"});

    server rejecting{{.closing_timeout = 300}};
    rejecting.handler.answers = false;
    rejecting.take(request);
    REQUIRE(rejecting.ws.reject(403) == error::none);
    CHECK(rejecting.at(10).wake_after == 300); // from the first `needs` after it
    CHECK(rejecting.at(309).wake_after == 1);
    CHECK(rejecting.at(310).close);
    CHECK(rejecting.handler.take() == strings{"request", "close 1006 broken"});
    CHECK(rejecting.ws.failure() == error::none);

    server read{{.closing_timeout = 300}}; // the rejection is read, but the transport does not end
    read.handler.answers = false;
    read.take(request);
    REQUIRE(read.ws.reject(403) == error::none);
    read.poll();
    read.leave_all();
    CHECK(read.needs.shut_down_write);
    CHECK(read.at(300).close);
}

TEST_CASE("W4: a client whose server does not answer ends, whether the request was written or not")
{
    client one{{.handshake_timeout = 1000}};
    CHECK(one.poll().wake_after == 1000); // also before `connect`
    one.connect();
    CHECK(one.at(999).wake_after == 1);
    CHECK(one.at(1000).close);
    CHECK(one.handler.take() == strings{"error timed_out", "close 1006 broken"});

    client blocked{{.handshake_timeout = 1000}};
    heads::fixed_random random;
    REQUIRE(blocked.ws.connect("ws://h/", {}, random) == error::none);
    CHECK(blocked.poll().write);
    CHECK(blocked.at(1000).close);
    CHECK(blocked.ws.write_buffer().empty());

    client half{{.handshake_timeout = 1000}};
    half.connect();
    half.take("HTTP/1.1 101 Swit");
    CHECK(half.at(1000).close);
    CHECK(half.handler.take() == strings{"error timed_out", "close 1006 broken"});
}

TEMPLATE_TEST_CASE_SIG("W4: a ping per interval, and the peer is given up when nothing arrives after one", "",
                       ((role Role), Role), role::server, role::client)
{
    program<Role> one{{.ping_interval = 1000, .pong_timeout = 400}};
    one.now = 7;
    one.open();
    CHECK(one.needs.wake_after == 1000);
    CHECK(one.at(1006).wake_after == 1);
    CHECK_FALSE(one.needs.write);
    CHECK(one.at(1007).write);
    CHECK(one.needs.wake_after == 400);
    const byte_vector ping = one.leave_all();
    REQUIRE(ping.size() == (Role == role::client ? 14U : 10U)); // eight bytes
    CHECK(ping[0] == std::byte{0x89});
    one.now = 1050;
    one.take_frame(0x8A, support::to_string(std::span{ping}.last(8)));
    CHECK(one.needs.wake_after == 957); // the next ping
    CHECK(one.at(2007).write);
    one.leave_all();
    CHECK(one.at(2406).wake_after == 1);
    one.handler.take();
    CHECK(one.at(2407).close);
    CHECK(one.handler.take() == strings{"error timed_out", "close 1006 broken"});
}

TEST_CASE("W4: every byte is a sign of life, not only a pong")
{
    server one{{.ping_interval = 1000, .pong_timeout = 400}};
    one.open();
    one.at(1000);
    one.leave_all();
    one.now = 1399;
    one.take("\x81"); // the first byte of a frame
    CHECK(one.needs.wake_after == 601);
    CHECK(one.at(1999).wake_after == 1);
    CHECK(one.at(2000).write);
}

TEST_CASE("W4: a pong time-out that is longer than the interval counts from the first ping without an answer")
{
    server one{{.ping_interval = 1000, .pong_timeout = 2500}};
    one.open();
    CHECK(one.at(1000).wake_after == 1000);
    CHECK(one.at(2000).wake_after == 1000);
    CHECK(one.at(3000).wake_after == 500);
    CHECK(one.at(3499).wake_after == 1);
    CHECK(one.at(3500).close);
}

TEST_CASE("W4: progress of a write that was blocked is a sign of life; a write that the system buffers is none",
          "[W-4]")
{
    server one{{.ping_interval = 1000, .pong_timeout = 400}};
    one.open();
    REQUIRE(one.ws.send(std::string(150, 'x')) == error::none);
    one.at(1000);
    one.leave(100); // the transport takes a part, and is full
    CHECK(one.at(1300).wake_after == 100);
    one.leave(20); // it takes more: the peer has read
    CHECK(one.needs.wake_after == 700);
    CHECK(one.at(1400).wake_after == 600);
    CHECK(one.at(2000).wake_after == 400);
    one.leave(0); // it takes nothing
    CHECK(one.at(2400).close);

    server buffered{{.ping_interval = 1000, .pong_timeout = 400}};
    buffered.open();
    buffered.at(1000);
    buffered.leave_all();
    CHECK(buffered.at(1200).wake_after == 200);
    REQUIRE(buffered.ws.send("more") == error::none);
    buffered.poll();
    buffered.leave_all();
    CHECK(buffered.needs.wake_after == 200);
    CHECK(buffered.at(1400).close);
}

TEST_CASE("W4: a pause of reading ends with a write, which is a sign of life")
{
    server one{{.ping_interval = 1000, .pong_timeout = 400, .high_water = 50}};
    one.open();
    REQUIRE(one.ws.send(std::string(60, 'x')) == error::none);
    CHECK_FALSE(one.at(1000).read);
    one.now = 1399;
    one.leave();
    CHECK(one.needs.read);
    CHECK_FALSE(one.at(1400).close);
}

TEST_CASE("W4: a peer that never answers the close frame is given up: timed_out, 1006")
{
    for (const bool written : {true, false}) {
        server one{{.closing_timeout = 300}};
        one.now = 100;
        one.open();
        one.ws.close();
        CHECK(one.poll().wake_after == 300);
        if (written)
            one.leave_all();
        CHECK(one.at(399).wake_after == 1);
        CHECK(one.at(400).close);
        CHECK(one.handler.take() == strings{"error timed_out", "close 1006 broken"});
        CHECK(one.ws.failure() == error::timed_out);
    }
}

TEST_CASE("W4: a close frame that waits for room is given up, too")
{
    server one{{.closing_timeout = 300, .high_water = 10'000}};
    one.open();
    while (one.ws.send(std::string(100, 'x')) == error::none) {
    }
    while (one.ws.send("") == error::none) {
    }
    one.ws.close();
    CHECK(one.poll().wake_after == 300);
    CHECK(one.at(300).close);
    CHECK(one.handler.take() == strings{"error timed_out", "close 1006 broken"});
}

TEMPLATE_TEST_CASE_SIG("W4: a transport that does not end after the closing handshake is given up without an error", "",
                       ((role Role), Role), role::server, role::client)
{
    program<Role> one{{.closing_timeout = 300}};
    one.open();
    one.take_frame(0x88, "\x03\xE8");
    CHECK(one.needs.wake_after == 300);
    one.leave_all();
    CHECK(one.needs.shut_down_write == (Role == role::server)); // a client waits for its server
    CHECK(one.needs.read);
    CHECK(one.at(299).wake_after == 1);
    CHECK(one.at(300).close);
    CHECK(one.handler.take() == strings{"close 1000 clean"});
    CHECK(one.ws.failure() == error::none);
}

TEST_CASE("W4: a violation gives the peer the time of a closing handshake to read the close frame")
{
    server one{{.closing_timeout = 300}};
    one.open();
    one.take_frame(0x83);
    CHECK(one.needs.write);
    CHECK(one.needs.wake_after == 300);
    one.leave_all();
    CHECK(one.at(300).close);
    CHECK(one.handler.take() == strings{"error reserved_opcode", "close 1006 broken"});
}

TEST_CASE("W4: output that nobody reads after the end of the input does not keep the transport open")
{
    server one{{.closing_timeout = 300}};
    one.open();
    REQUIRE(one.ws.send("unread") == error::none);
    one.ws.input_ended(0);
    CHECK(one.poll().write);
    CHECK_FALSE(one.needs.shut_down_write);
    CHECK(one.handler.take() == strings{"error connection_lost", "close 1006 broken"});
    CHECK_FALSE(one.needs.close);
    CHECK(one.needs.wake_after == 300);
    CHECK(one.at(300).close);
}

TEST_CASE("W4: a client reads the body of a refusal no longer than the time-out for the end")
{
    client one{{.closing_timeout = 300}};
    one.connect();
    one.take("HTTP/1.1 403 Forbidden\r\nContent-Length: 10\r\n\r\nslow");
    CHECK(one.needs.wake_after == 300);
    CHECK(one.at(300).close);
    CHECK(one.handler.take() ==
          strings{"error status_not_101", "body slow", "error body_incomplete", "close 1006 broken"});

    client closing{{.closing_timeout = 300}}; // and no longer than the program wants to
    closing.connect();
    closing.take("HTTP/1.1 403 Forbidden\r\nContent-Length: 10\r\n\r\nslow");
    closing.ws.close();
    CHECK(closing.ws.needs(0).wake_after == 0);
    CHECK(closing.poll().close);
}

TEST_CASE("W4: a clock of 32 bits may wrap around, and one of 64 bits may be passed")
{
    for (const std::uint64_t start : {std::uint64_t{0xFFFF'FFFF} - 500, std::uint64_t{1} << 40U}) {
        for (const std::uint64_t mask : {std::uint64_t{0xFFFF'FFFF}, ~std::uint64_t{0}}) {
            server one{{.ping_interval = 1000, .pong_timeout = 400}};
            one.now = start & mask;
            one.open();
            CHECK(one.at((start + 999) & mask).wake_after == 1);
            CHECK(one.at((start + 1000) & mask).write);
            CHECK(one.needs.wake_after == 400);
            CHECK(one.at((start + 1399) & mask).wake_after == 1);
            CHECK(one.at((start + 1400) & mask).close);
        }
    }
}

TEST_CASE("W4: a step of the clock back by less than a minute counts as none")
{
    server one{{.ping_interval = 1000, .pong_timeout = 400}};
    one.now = 100'000;
    one.open();
    CHECK(one.at(100'999).wake_after == 1);
    CHECK(one.at(100'998).wake_after == 1);
    CHECK(one.at(41'000).wake_after == 1);
    CHECK(one.at(101'000).write);
}

} // namespace
