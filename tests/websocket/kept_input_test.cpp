// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Bytes that cannot be processed now are kept by the object, in every way of reading.
#include "program.hpp"
#include "support/guard_page.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace {

using namespace programs;

byte_vector frame(std::string_view text)
{
    return support::frame_to(role::server, 0x81, text);
}

/// Calls @p check with a server whose storage has a fixed size, and with one whose storage grows.
void with_each_storage(const auto& check)
{
    server fixed;
    check(fixed);
    program<role::server, growing_websocket_storage> growing;
    check(growing);
}

TEST_CASE("W2: bytes after the request are kept until it is answered, in pieces as well", "[W-2]")
{
    with_each_storage([](auto& one) {
        const byte_vector two = frame("two");
        one.handler.answers = false;
        one.take(support::join({support::text(request), frame("one"), std::span{two}.first(3)}));
        CHECK(one.handler.take() == strings{"request"});
        CHECK(one.ws.request_pending());
        CHECK_FALSE(one.needs.read);
        one.poll();                          // any number of times
        one.take(std::span{two}.subspan(3)); // a read that was in progress
        one.take(frame("three"));
        CHECK(one.handler.take().empty());
        REQUIRE(one.ws.accept() == error::none);
        CHECK(one.ws.needs(0).wake_after == 0);
        one.poll();
        CHECK(one.handler.take() == strings{"open \"\"", "one", "two", "three"});
        CHECK(one.needs.read);
    });
}

TEST_CASE("W2: a program that stops polling keeps the remaining input with keep_input")
{
    server one;
    one.open();
    {
        const byte_vector input = support::join({frame("one"), frame("two"), frame("three")});
        support::guard_page bytes{input}; // gone afterwards
        one.ws.receive(bytes.bytes(), 0);
        CHECK(one.ws.poll().text() == "one");
        one.ws.keep_input();
        std::ranges::fill(bytes.bytes(), std::byte{0xDD});
    }
    CHECK_FALSE(one.ws.needs(0).read);
    CHECK(one.ws.needs(0).wake_after == 0);
    byte_vector more = frame("four");
    one.ws.receive(more, 0); // after it bytes may arrive
    CHECK(one.ws.poll().text() == "two");
    one.ws.keep_input(); // it changes nothing here: they are kept
    CHECK(one.ws.poll().text() == "three");
    CHECK(one.ws.poll().text() == "four");
    CHECK(one.ws.poll().kind() == event_kind::need_input);
    CHECK(one.ws.needs(0).read);
}

TEST_CASE("W2, W6: bytes that arrive before those of the program were consumed are an error", "[W-2]")
{
    server one;
    one.open();
    byte_vector first = support::join({frame("one"), frame("two")});
    byte_vector second = frame("three");
    one.ws.receive(first, 0);
    CHECK(one.ws.poll().text() == "one");
    one.ws.receive(second, 0);
    CHECK(one.ws.failure() == error::input_not_consumed);
    CHECK(one.poll().close);
    CHECK(one.handler.take() == strings{"error input_not_consumed", "close 1006 broken"});

    server empty; // nothing arrives: nothing is lost
    empty.open();
    empty.ws.receive(first, 0);
    empty.ws.receive({}, 0);
    CHECK(empty.ws.failure() == error::input_not_consumed);
}

TEST_CASE("W2: bytes that must not be changed are copied, in any pieces and whatever waits")
{
    with_each_storage([](auto& one) {
        one.open();
        const byte_vector input = support::join({frame("one"), frame("two"), frame("three")});
        const byte_vector unchanged = input;
        const std::span<const std::byte> bytes{input};
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            one.ws.receive_copy(bytes.subspan(i, 1), 0);
            if (i % 3 == 0)
                one.poll();
        }
        one.poll();
        CHECK(one.handler.take() == strings{"one", "two", "three"});
        CHECK(input == unchanged);

        byte_vector own = support::join({frame("four"), frame("five")});
        one.ws.receive(own, 0);
        CHECK(one.ws.poll().text() == "four");
        one.ws.receive_copy(bytes.first(frame("one").size()), 0); // what the program had lent is kept as well
        std::ranges::fill(own, std::byte{0xDD});
        one.ws.receive_copy({}, 0);
        one.poll();
        CHECK(one.handler.take() == strings{"five", "one"});
    });
}

TEST_CASE("W2, W6: more copied bytes than the storage has are an error, with those that wait")
{
    const byte_vector half(500, std::byte{0});
    server one;
    one.open();
    one.ws.pause();
    one.ws.receive_copy(half, 0);
    one.ws.receive_copy(half, 0);
    CHECK(one.ws.failure() == error::none);
    one.ws.receive_copy(std::span{half}.first(1), 0);
    CHECK(one.ws.failure() == error::exceeds_capacity);
    one.ws.resume();
    CHECK(one.poll().close);
    one.ws.receive_copy(half, 0); // after the end: nothing
    CHECK(one.poll().close);
    server other;
    other.open();
    byte_vector lent = frame(std::string(100, 'x'));
    other.ws.receive(lent, 0);
    other.ws.receive_copy(byte_vector(900), 0);
    CHECK(other.ws.failure() == error::exceeds_capacity);
}

/// Pauses after each message.
struct pausing_handler {
    static void on_message(websocket<role::server>& ws, const event&) { ws.pause(); }
};

TEST_CASE("W2: up to the size of the input every byte is kept, also if few of those before were consumed")
{
    static constexpr websocket_sizes sizes{.message = 10'000, .input = 10'000};
    const byte_vector small = frame("1234"); // 10 bytes
    const byte_vector large = frame(std::string(9'952, 'x'));
    const auto check = [&](auto& one) {
        one.open();
        byte_vector input = support::join({small, small, large});
        input.resize(10'000);
        one.ws.pause();
        one.ws.receive(input, 0);
        one.ws.keep_input();
        one.ws.resume();
        REQUIRE_FALSE(one.ws.poll(pausing_handler{}, 0).read);
        one.ws.receive_copy(small, 0);
        CHECK(one.ws.failure() == error::none);
        one.ws.receive_copy(byte_vector(1), 0);
        CHECK(one.ws.failure() == error::exceeds_capacity);
    };
    program<role::server, static_websocket_storage<sizes>> fixed;
    check(fixed);
    program<role::server, growing_websocket_storage> growing{{}, sizes};
    check(growing);
}

/// Reads into the buffer of the object.
template <class Program>
void read_into(Program& one, std::span<const std::byte> bytes)
{
    const std::span<std::byte> room = one.ws.read_buffer();
    REQUIRE(room.size() >= bytes.size());
    std::ranges::copy(bytes, room.begin());
    one.ws.received(bytes.size(), one.now);
}

TEST_CASE("W2: a read into the object's buffer may be in progress during every call")
{
    server one;
    one.open();
    const std::span<std::byte> room = one.ws.read_buffer();
    REQUIRE(room.size() == 1000); // all that the storage has
    CHECK(one.ws.read_buffer().data() == room.data());
    REQUIRE(one.ws.send("x") == error::none);
    one.poll();
    one.leave_all();
    one.ws.shrink();
    CHECK(one.ws.read_buffer().data() == room.data());
    CHECK(one.ws.read_buffer().size() == room.size());
    read_into(one, frame("one"));
    one.poll();
    CHECK(one.handler.take() == strings{"one"});
    one.ws.received(0, 0); // no read is in progress
    one.poll();
    CHECK(one.ws.failure() == error::none);
}

TEST_CASE(
    "W2: the object's buffer has the size that the options choose, whatever was sent since the program was to read",
    "[W-2]")
{
    server one{{.high_water = 50, .read_size = 100}};
    one.open();
    CHECK(one.ws.read_buffer().size() == 100);
    read_into(one, frame("one"));
    one.poll();
    // Another connection sends to this one, after its last poll: a `recv` of 0 bytes would look like the end of input.
    REQUIRE(one.needs.read);
    REQUIRE(one.ws.send(std::string(60, 'x')) == error::none);
    CHECK(one.ws.read_buffer().size() == 100);
    one.poll();
    CHECK_FALSE(one.needs.read);
    // A program that reads all the same fills the buffer once.
    read_into(one, frame("two"));
    one.poll();
    CHECK(one.ws.read_buffer().empty());
    one.leave_all();
    one.poll();
    CHECK(one.handler.take().back() == "two");
    CHECK(one.ws.read_buffer().size() == 100);
    CHECK(server{{.read_size = 0}}.ws.read_buffer().size() == small_sizes.input); // the default is larger

    server waiting{};
    waiting.handler.answers = false;
    waiting.take(request);
    CHECK(waiting.ws.read_buffer().empty()); // a request is pending
    REQUIRE(waiting.ws.accept() == error::none);
    waiting.poll();
    CHECK_FALSE(waiting.ws.read_buffer().empty());
    waiting.ws.input_ended(0);
    waiting.poll();
    CHECK(waiting.ws.read_buffer().empty());
}

TEST_CASE("W2: what is read while reading pauses is kept, also when the read began before")
{
    server one{{.high_water = 50}};
    one.open();
    REQUIRE_FALSE(one.ws.read_buffer().empty());
    REQUIRE(one.ws.send(std::string(60, 'x')) == error::none);
    CHECK_FALSE(one.poll().read);
    read_into(one, support::join({frame("one"), frame("two")}));
    CHECK_FALSE(one.poll().read);
    CHECK(one.handler.take().empty());
    one.leave_all();
    CHECK(one.handler.take() == strings{"one", "two"});
}

TEST_CASE("W2: both ways of reading may alternate, and no read without bytes changes anything")
{
    server one;
    one.open();
    read_into(one, frame("one"));
    CHECK(one.ws.poll().text() == "one");
    byte_vector bytes = support::join({frame("two"), frame("three")});
    REQUIRE_FALSE(one.ws.read_buffer().empty());
    one.ws.receive(bytes, 0); // the read was given up
    one.ws.received(0, 0);
    CHECK(one.ws.poll().text() == "two");
    one.ws.received(0, 0);
    CHECK(one.ws.poll().text() == "three");
    one.ws.receive({}, 0);
    CHECK(one.ws.poll().kind() == event_kind::need_input);
    CHECK(one.ws.failure() == error::none);
}

/// A queue whose memory cannot be allocated, once `broken` is true.
class failing_queue : public byte_queue {
public:
    failing_queue() noexcept : byte_queue{{}, &grow, 1000} {}
    bool broken = false;

private:
    static bool grow(byte_queue& queue, std::size_t count) noexcept
    {
        auto& self = static_cast<failing_queue&>(queue);
        if (self.broken || count > self.bytes_.size())
            return false;
        self.move_to(self.bytes_);
        return true;
    }
    std::array<std::byte, 1000> bytes_{};
};

TEST_CASE("W6: if there is no memory for input, the connection fails, and only shrink and read_buffer lose nothing")
{
    const auto run = [](bool keep) {
        failing_queue input;
        input.broken = true;
        static_output_queue<512> output;
        static_byte_queue<1000> message;
        websocket_storage storage{input, output, message, small_sizes};
        websocket<role::server> ws{storage};
        REQUIRE(ws.start_open() == error::none);
        logging_handler handler;
        byte_vector bytes = support::join({frame("one"), frame("two")});
        ws.receive(bytes, 0);
        CHECK(ws.poll().kind() == event_kind::open);
        CHECK(ws.poll().text() == "one");
        ws.shrink();
        CHECK(ws.read_buffer().empty());
        if (keep)
            ws.keep_input();
        CHECK(ws.poll(handler, 0).close == keep);
        return handler.take();
    };
    CHECK(run(false) == strings{"two"});
    CHECK(run(true) == strings{"error no_memory", "close 1006 broken"});
}

TEST_CASE("W6: bytes that cannot be copied because there is no memory fail the connection")
{
    for (const bool waiting : {false, true}) {
        failing_queue input;
        static_output_queue<512> output;
        static_byte_queue<1000> message;
        websocket_storage storage{input, output, message, small_sizes};
        websocket<role::server> ws{storage};
        REQUIRE(ws.start_open() == error::none);
        logging_handler handler;
        byte_vector bytes = support::join({frame("one"), frame("two")});
        if (waiting)
            ws.receive(bytes, 0);
        input.broken = true;
        ws.receive_copy(frame("three"), 0);
        CHECK(ws.poll(handler, 0).close);
        CHECK(ws.failure() == error::no_memory);
    }
}

} // namespace
