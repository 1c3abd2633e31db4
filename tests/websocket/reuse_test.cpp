// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// An object and its memory are used for one peer after another, and memory that is not in use is released.
#include "program.hpp"
#include "support/sanitizers.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

using namespace programs;

/// The object is as good as new: a whole session of another peer follows.
template <class Program>
void check_fresh(Program& one)
{
    one.handler = {};
    CHECK(one.ws.ready_state() == ready_state::connecting);
    CHECK(one.ws.failure() == error::none);
    CHECK(one.ws.protocol().empty());
    CHECK(one.ws.buffered_amount() == 0);
    CHECK(one.ws.unwritten() == 0);
    CHECK(one.ws.write_buffer().empty());
    CHECK_FALSE(one.ws.close_expected());
    CHECK_FALSE(one.ws.finished());
    CHECK(one.ws.send("x") == error::not_open);
    if constexpr (requires { one.ws.request(); }) {
        CHECK(one.ws.request().target.empty());
        CHECK_FALSE(one.ws.request_pending());
    } else {
        CHECK(one.ws.response().fields.empty());
        CHECK(one.ws.response().status == 0);
    }
    one.now += 123'456;
    one.poll();
    CHECK(one.handler.log.empty());
    CHECK(one.needs == websocket_needs{.read = true, .wake_after = 10'000}); // the clock starts again
    one.open();
    CHECK(one.ws.protocol().empty());
    one.take_frame(0x81, "hello");
    one.take_frame(0x89, "p");
    CHECK(one.handler.take() == strings{"hello", "ping 70"});
    one.ws.close();
    one.poll();
    one.leave_all();
    one.take_frame(0x88);
    one.ws.input_ended(one.now);
    CHECK(one.poll().close);
    CHECK(one.handler.take() == strings{"close 1005 clean"});
}

template <class Program>
void open_with_subprotocol(Program& one)
{
    if constexpr (requires { one.ws.request(); }) {
        one.handler.answers = false;
        one.take(heads::rfc_request.text());
        REQUIRE(one.ws.accept({.subprotocol = "chat"}) == error::none);
    } else {
        heads::fixed_random random;
        static constexpr std::string_view offered[] = {"chat", "superchat"};
        REQUIRE(one.ws.connect("ws://server.example.com/chat", {.subprotocols = offered}, random) == error::none);
        one.poll();
        one.leave_all();
        one.take(heads::rfc_response.text());
    }
    one.poll();
    REQUIRE(one.ws.protocol() == "chat");
}

void all_phases(auto check)
{
    check("new", [](auto&) {});
    check("within a head", [](auto& one) {
        if constexpr (requires { one.connect(); })
            one.connect();
        one.take("HTTP/1.1 101 Swit");
    });
    check("request pending, or request unsent", [](auto& one) {
        one.handler.answers = false;
        if constexpr (requires { one.ws.request(); }) {
            one.take(request + "\x81");
        } else {
            heads::fixed_random random;
            REQUIRE(one.ws.connect("ws://h/", {}, random) == error::none);
            one.poll();
            one.leave(10);
        }
    });
    check("head rejected", [](auto& one) {
        if constexpr (requires { one.connect(); }) {
            one.connect();
            one.take("HTTP/1.1 403 Forbidden\r\nContent-Length: 10\r\n\r\nbody");
        } else {
            one.take("GET\r\n\r\n");
            one.leave(10);
        }
        REQUIRE(failed(one.ws.failure()));
    });
    check("open event not yet returned", [](auto& one) { REQUIRE(one.ws.start_open("chat") == error::none); });
    check("open, with output in progress, a message in parts and unread input", [](auto& one) {
        open_with_subprotocol(one);
        REQUIRE(one.ws.send("unsent") == error::none);
        one.poll();
        one.leave(1);
        one.take_frame(0x01, "begin");
        one.take("\x89");
        REQUIRE(one.ws.begin_message(opcode::text) == error::none);
        REQUIRE(one.ws.send_fragment("begun") == error::none);
        static_cast<void>(one.ws.read_buffer());
    });
    check("after a message in parts, whose memory is that of the next head", [](auto& one) {
        one.open();
        one.take_frame(0x01, std::string(100, 'x'));
        one.take_frame(0x80, std::string(100, 'x'));
        REQUIRE(one.handler.take().size() == 1);
    });
    check("paused", [](auto& one) {
        open_with_subprotocol(one);
        REQUIRE(one.ws.send(std::string(300, 'x')) == error::none);
        one.take_frame(0x81, "kept");
        REQUIRE_FALSE(one.needs.read);
    });
    check("closing", [](auto& one) {
        one.open();
        REQUIRE(one.ws.close(close_code::normal, "bye") == error::none);
        CHECK(one.ws.send("late") == error::not_open);
        one.poll();
    });
    check("close frame waits for room", [](auto& one) {
        one.open();
        while (one.ws.send(std::string(100, 'x')) == error::none) {
        }
        while (one.ws.send("") == error::none) {
        }
        one.ws.close();
    });
    check("close frame received", [](auto& one) {
        one.open();
        one.take_frame(0x88, "\x03\xE8"
                             "bye");
    });
    check("failed", [](auto& one) {
        one.open();
        one.take_frame(0x83);
    });
    check("misused", [](auto& one) {
        one.open();
        one.ws.written(static_cast<std::size_t>(-1), one.now);
    });
    check("ping unanswered", [](auto& one) {
        one.open();
        one.at(one.now + 20'000);
        one.leave_all();
    });
    check("timed out", [](auto& one) { one.at(one.now + 10'000); });
    check("closed", [](auto& one) {
        open_with_subprotocol(one);
        one.ws.transport_failed(one.now);
        REQUIRE(one.poll().close);
    });
}

TEST_CASE("W7: reset begins again in every phase, and nothing of the old peer remains", "[W-7]")
{
    all_phases([](const char* name, auto reach) {
        INFO(name);
        const auto check = [&](auto& one) {
            one.poll();
            reach(one);
            one.ws.reset();
            check_fresh(one);
            one.ws.reset(); // any number of times
            one.ws.reset();
            check_fresh(one);
        };
        server fixed_server;
        check(fixed_server);
        client fixed_client;
        check(fixed_client);
        program<role::server, growing_websocket_storage> growing{{}, small_sizes};
        check(growing);
    });
}

/// A storage that several objects use one after another.
struct borrowed_storage {
    websocket_storage* storage;
    operator websocket_storage&() const noexcept { return *storage; }
};

TEMPLATE_TEST_CASE_SIG(
    "W7: another object over the storage begins empty, in whatever phase the one before was destroyed", "",
    ((role Role), Role), role::server, role::client)
{
    all_phases([](const char* name, auto reach) {
        INFO(name);
        static_websocket_storage<small_sizes> storage;
        const borrowed_storage borrowed{&storage};
        using one_of_many = program<Role, borrowed_storage>;
        {
            one_of_many before{{}, borrowed};
            reach(before);
        }
        one_of_many next{{}, borrowed};
        check_fresh(next);
    });
}

/// A storage that grows, whose memory is counted.
struct counted_storage {
    struct counted_queue : growing_byte_queue {
        using byte_queue::storage;
        using growing_byte_queue::growing_byte_queue;
    };
    explicit counted_storage(const websocket_sizes& sizes)
        : message{sizes.message}, storage{input, output, message, sizes}
    {
    }
    counted_queue input{std::size_t{1} << 20};
    growing_output_queue output{std::size_t{4} << 20};
    counted_queue message;
    websocket_storage storage;

    [[nodiscard]] std::size_t heap() const
    {
        return input.storage().size() + output.capacity() + message.storage().size();
    }
};

constexpr std::size_t mebibyte = std::size_t{1} << 20;
constexpr websocket_sizes large{.message = std::size_t{2} << 20};

/// An object of a role after a handshake and a message of 1 MiB in two fragments, which it echoes.
template <role Role>
struct after_large_message {
    counted_storage memory{large};
    websocket<Role, keys_of<Role>> ws{memory.storage, {.ping_interval = 1000, .pong_timeout = 400}};
    logging_handler handler{};
    std::size_t most = 0;

    after_large_message()
    {
        handler.echoes = true;
        if constexpr (Role == role::client) {
            heads::fixed_random random;
            REQUIRE(ws.connect("ws://server.example.com/chat", {}, random) == error::none);
            write();
            take(support::text(response));
        } else {
            take(support::text(request));
        }
        write();
        CHECK(memory.message.storage().empty()); // that of the head
        const std::string half(mebibyte / 2, 'x');
        take(support::frame_to(Role, 0x01, half));
        take(support::frame_to(Role, 0x80, half));
        most = memory.heap();
        write();
        CHECK(handler.lost_echoes == 0);
        CHECK(handler.take().back().size() == mebibyte);
    }
    websocket_needs take(const byte_vector& all, std::uint64_t now = 0)
    {
        websocket_needs needs;
        for (std::size_t i = 0; i < all.size(); i += 100'000) { // some of it is kept while reading pauses
            byte_vector bytes{all.begin() + static_cast<std::ptrdiff_t>(i),
                              all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), i + 100'000))};
            ws.receive(bytes, now);
            needs = ws.poll(handler, now);
        }
        return needs;
    }
    void write()
    {
        while (ws.unwritten() != 0) {
            ws.written(ws.write_buffer().size(), 0);
            static_cast<void>(ws.poll(handler, 0));
        }
    }
};

TEMPLATE_TEST_CASE_SIG("W8: an idle object with growing storage costs at most 1,500 bytes after a message of 1 MiB", "",
                       ((role Role), Role), role::server, role::client)
{
    after_large_message<Role> one;
    CHECK(one.most >= 2 * mebibyte); // the message and its echo
    one.ws.shrink();
    CHECK(one.memory.heap() == 0);
    if (sizeof(void*) == 8 && SOCKLESS_TEST_SANITIZED_HEAP == 0)
        CHECK(sizeof one.ws + sizeof(growing_websocket_storage) + one.memory.heap() <= 1500);
    one.take(support::frame_to(Role, 0x81, "again"));
    one.write();
    CHECK(one.handler.take() == strings{"again"});
}

TEST_CASE("W8: fixed storage is exactly what was chosen")
{
    static constexpr websocket_sizes sizes{.message = 20'000, .output = 50'000, .input = 4000};
    CHECK(sizeof(static_websocket_storage<sizes>) <= 20'000 + 50'000 + 4000 + 500);
    CHECK(sizeof(static_websocket_storage<sizes>) >= 20'000 + 50'000 + 4000);
}

TEST_CASE("W8: memory is released when the peer has sent nothing but a pong between two pings", "[W-8]")
{
    after_large_message<role::server> one;
    const auto pong_for = [&] {
        const std::span<const std::byte> ping = one.ws.write_buffer();
        REQUIRE(ping.size() == 10);
        byte_vector pong = support::frame_to(role::server, 0x8A, ping.last(8));
        one.ws.written(ping.size(), 0);
        return pong;
    };
    const auto at = [&](std::uint64_t now) { return one.ws.poll(one.handler, now); };
    at(0);
    CHECK(at(1000).write);
    CHECK(one.memory.heap() >= mebibyte); // it was not silent
    one.take(pong_for(), 1100);
    CHECK(at(1999).wake_after == 1);
    CHECK(one.memory.heap() >= mebibyte);
    CHECK(at(2000).write);
    CHECK(one.memory.heap() <= 1024); // the ping
    CHECK(at(2000).wake_after == 400);
    one.take(pong_for(), 2100);

    // A message between two pings prevents it.
    one.take(support::frame_to(role::server, 0x82, byte_vector(50'000)), 2200);
    while (one.ws.unwritten() != 0) {
        one.ws.written(one.ws.write_buffer().size(), 2300);
        at(2300);
    }
    CHECK(at(3000).write);
    CHECK(one.memory.heap() >= 50'000);
}

TEST_CASE("W8: shrink releases nothing that is in use", "[W-8]")
{
    after_large_message<role::server> one;
    one.ws.shrink();
    one.take(support::frame_to(role::server, 0x01, "a message "));
    byte_vector bytes =
        support::join({support::frame_to(role::server, 0x89, "p"), support::frame_to(role::server, 0x80, "in parts")});
    one.ws.receive(bytes, 0);
    CHECK(one.ws.poll().kind() == event_kind::ping);
    const std::span<const std::byte> lent = one.ws.write_buffer();
    const byte_vector copy{lent.begin(), lent.end()};
    REQUIRE(one.ws.send("unsent") == error::none);
    one.ws.shrink();
    one.ws.keep_input();
    std::ranges::fill(bytes, std::byte{0xDD});
    CHECK(one.ws.write_buffer().data() == lent.data());
    CHECK(std::ranges::equal(one.ws.write_buffer(), copy));
    const event e = one.ws.poll();
    CHECK(e.text() == "a message in parts");
    one.ws.written(copy.size(), 0);
    CHECK(support::to_hex(one.ws.write_buffer()) == support::to_hex(support::frame_from(role::server, 0x81, "unsent")));

    // A head is in the memory of messages while the request is pending.
    program<role::server, growing_websocket_storage> pending{{}, small_sizes};
    pending.handler.answers = false;
    pending.take(request);
    pending.ws.shrink();
    CHECK(pending.ws.request().target == "/chat");
    REQUIRE(pending.ws.accept() == error::none);
    pending.ws.shrink();
    CHECK(pending.ws.poll().kind() == event_kind::open);
    pending.ws.shrink();
    CHECK(pending.ws.request().target == "/chat"); // until the next poll
}

TEST_CASE("W10: an object may start open, in both roles, and everything but the handshake is as usual")
{
    const auto check = [](auto& one, role self) {
        REQUIRE(one.ws.start_open("chat") == error::none);
        CHECK(one.ws.ready_state() == ready_state::open);
        CHECK(one.ws.protocol() == "chat");
        CHECK(one.ws.unwritten() == 0); // no head is written
        REQUIRE(one.ws.send("at once") == error::none);
        CHECK(one.ws.buffered_amount() == 7);
        one.take_frame(0x81, "hello"); // and none is expected
        CHECK(one.handler.take() == strings{"open \"chat\"", "hello"});
        CHECK(one.needs.wake_after == 20'000);
        CHECK(support::to_hex(one.leave_all()) == support::to_hex(support::frame_from(self, 0x81, "at once")));
        CHECK(one.ws.buffered_amount() == 0);
        one.take_frame(0x88, "\x03\xE8");
        CHECK(support::to_hex(one.leave_all()) == support::to_hex(support::frame_from(self, 0x88, "\x03\xE8")));
        one.ws.input_ended(0);
        CHECK(one.poll().close);
        CHECK(one.handler.take() == strings{"close 1000 clean"});
        one.ws.reset(); // a handshake is possible again
        CHECK(one.ws.protocol().empty());
        one.open();
        one.ws.reset();
        CHECK(one.ws.start_open() == error::none);
        one.poll();
        CHECK(one.handler.take() == strings{"open \"\""});
    };
    server one;
    check(one, role::server);
    client other;
    check(other, role::client);
}

TEST_CASE("W10: an object cannot start open after its handshake has begun, or with a long subprotocol", "[W-10]")
{
    const auto cannot = [](auto& one) { CHECK(one.ws.start_open() == error::not_open); };
    server fresh;
    CHECK(fresh.ws.start_open(std::string(65, 'a')) == error::subprotocol_too_long);
    CHECK(fresh.ws.ready_state() == ready_state::connecting);
    CHECK(fresh.ws.start_open(std::string(64, 'a')) == error::none);
    CHECK(fresh.ws.protocol() == std::string(64, 'a'));
    cannot(fresh); // twice
    CHECK(fresh.ws.accept() == error::not_open);
    CHECK(fresh.ws.reject(403) == error::not_open);
    fresh.poll();
    cannot(fresh);

    server begun;
    begun.take("G");
    cannot(begun);
    server accepted;
    accepted.open();
    cannot(accepted);
    server closed;
    closed.ws.close();
    cannot(closed);
    client asked;
    asked.connect();
    cannot(asked);
    client started;
    REQUIRE(started.ws.start_open() == error::none);
    heads::fixed_random random;
    CHECK(started.ws.connect("ws://h/", {}, random) == error::not_open);
    CHECK(started.ws.response().status == 0);
    extension none;
    CHECK_FALSE(started.ws.extensions().next(none));
}

} // namespace
