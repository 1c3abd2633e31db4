// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Feeds the same bytes to the connection and to a slow implementation: events and output have to be the same, however the bytes are cut.
#include "random_conversation.hpp"
#include "receiver.hpp"
#include "support/catch.hpp"
#include "support/connection_subject.hpp"
#include "support/receive.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

namespace {

using namespace support;
using reference::random_conversation;

constexpr sockless::limits tight{.frame_bytes = 64, .message_bytes = 100, .fragments = 3};

template <class Make>
void compare(role self, std::uint64_t seed, std::size_t runs, const sockless::limits& bounds, Make make)
{
    feed_options options;
    options.every_cut_up_to = 200;
    options.random_ways = 4;
    random_numbers numbers{seed};
    for (std::size_t run = 0; run < runs; ++run) {
        random_conversation conversation{self, numbers};
        const byte_vector bytes = make(conversation);
        options.seed = run;
        INFO("run " << run << ": " << to_hex(bytes));
        const strings log = receive(self, bytes, bounds, options);
        CHECK(log == reference::receiver{self, bounds}.log_of(bytes));
    }
}

TEST_CASE("6455 5: random conversations give the same events as the slow receiver",
          "[6455-2-01][6455-2.1-02][6455-5.4-12]")
{
    for (const role self : both_roles) {
        compare(self, 10, 60, {}, [](random_conversation& c) { return c.valid(); });
        compare(self, 11, 30, tight, [](random_conversation& c) { return c.valid(); });
    }
}

TEST_CASE("6455 5: damaged conversations fail at the same place and for the same reason as in the slow receiver",
          "[6455-2-01][6455-10.7-01][6455-7.1.7-06]")
{
    for (const role self : both_roles) {
        compare(self, 12, 120, {}, [](random_conversation& c) { return c.damaged(); });
        compare(self, 13, 40, tight, [](random_conversation& c) { return c.damaged(); });
    }
}

TEST_CASE("6455 5: random bytes fail at the same place as in the slow receiver", "[6455-2-01][6455-10.7-01]")
{
    for (const role self : both_roles)
        compare(self, 14, 200, tight, [](random_conversation& c) { return c.noise(); });
}

TEST_CASE("6455 5: conversations with much input after them give the same events", "[6455-2-01][6455-2.1-02]")
{
    // Readers have separate code for whole frames with further input after them.
    const auto long_one = [](random_conversation& c) {
        return support::join({c.valid(), c.noise(), c.damaged(), c.valid(), c.valid()});
    };
    const auto many_messages = [](random_conversation& c) {
        byte_vector bytes;
        while (bytes.size() < 500)
            bytes = support::join({bytes, c.message()});
        return support::join({bytes, c.damaged(), c.valid(), c.valid()});
    };
    for (const role self : both_roles) {
        compare(self, 16, 20, {}, long_one);
        compare(self, 17, 20, {}, many_messages);
        compare(self, 18, 20, tight, many_messages);
    }
}

void compare_one_way(role self, const byte_vector& bytes, const sockless::limits& bounds, const feed_way& way)
{
    strings log;
    if (self == role::server) {
        server_subject subject{sockless::server_connection{bounds}};
        feed(subject, bytes, way);
        log = subject.log();
    } else {
        client_subject subject{sockless::client_connection<zero_keys>{bounds}};
        feed(subject, bytes, way);
        log = subject.log();
    }
    const strings expected = reference::receiver{self, bounds}.log_of(bytes);
    if (log != expected) {
        INFO(receiving(self) << ", " << way.name << ": " << to_hex(bytes));
        CHECK(log == expected);
    }
}

TEST_CASE("6455 5: many conversations, cut in one random way each", "[6455-2-01][6455-2.1-02]")
{
    random_numbers numbers{15};
    for (std::size_t run = 0; run < 3000; ++run) {
        const role self = both_roles[run % 2];
        random_conversation conversation{self, numbers};
        const byte_vector bytes = run % 3 == 0 ? conversation.valid() : conversation.damaged();
        const sockless::limits bounds = run % 5 == 0 ? tight : sockless::limits{};
        feed_way way{"random", {}, feed_way::place::odd_block};
        for (std::size_t at = numbers.below(8); at < bytes.size(); at += numbers.below(30))
            way.cuts.push_back(at);
        INFO("run " << run);
        compare_one_way(self, bytes, bounds, way);
    }
}

/// A reader whose messages are whole: those that come in parts are in the storage of an assembler.
template <role Self>
struct assembling_subject {
    explicit assembling_subject(const sockless::limits& bounds) : connection{bounds} {}

    void feed(std::span<std::byte> chunk)
    {
        poll_all(chunk, [&](std::span<std::byte>& in) {
            const sockless::event e = connection.poll(in, tx, messages);
            promised(e.kind() != sockless::event_kind::message || (e.first() && e.last()), "a message is whole");
            events.add(e, tx);
            return e;
        });
    }
    [[nodiscard]] strings log() const { return events.lines(); }

    sockless::connection<Self, std::conditional_t<Self == role::server, sockless::no_mask_keys, zero_keys>> connection;
    sockless::static_byte_queue<300> tx;
    sockless::static_byte_queue<30000> storage;
    sockless::message_assembler messages{storage};
    endpoint_log events;
};

template <role Self>
void compare_assembled(const byte_vector& bytes, const sockless::limits& bounds, const feed_way& way)
{
    assembling_subject<Self> subject{bounds};
    feed(subject, bytes, way);
    const strings expected = reference::receiver{Self, bounds}.log_of(bytes);
    if (subject.log() != expected) {
        INFO(receiving(Self) << ", assembled, " << way.name << ": " << to_hex(bytes));
        CHECK(subject.log() == expected);
    }
}

TEST_CASE(
    "6455 5.6, 8.1: streams of messages of all sizes, good and bad, give the same events, in pieces and assembled",
    "[6455-2-01][6455-2.1-02][6455-5.6-02][6455-8.1-05]")
{
    random_numbers numbers{19};
    for (std::size_t run = 0; run < 12'000; ++run) {
        const role self = both_roles[run % 2];
        random_conversation conversation{self, numbers};
        const byte_vector bytes = conversation.stream();
        constexpr std::array<std::uint64_t, 5> limits{100, 200, 1000, 3000, 3000};
        sockless::limits bounds;
        if (numbers.below(2) == 0)
            bounds = {.frame_bytes = limits[numbers.below(limits.size())],
                      .message_bytes = limits[numbers.below(limits.size())],
                      .fragments = static_cast<std::uint32_t>(numbers.below(4))};
        feed_way way{"random", {}, run % 3 == 0 ? feed_way::place::guard_after : feed_way::place::odd_block};
        const std::size_t step = run % 4 < 2 ? bytes.size() + 1 : run % 4 == 2 ? 1500 : 60; // half of them uncut
        for (std::size_t at = numbers.below(step); step <= bytes.size() && at < bytes.size(); at += numbers.below(step))
            way.cuts.push_back(at);
        INFO("run " << run);
        if (run % 7 < 5)
            compare_one_way(self, bytes, bounds, way);
        else if (self == role::server)
            compare_assembled<role::server>(bytes, bounds, way);
        else
            compare_assembled<role::client>(bytes, bounds, way);
    }
}

/// Feeds whole input; also bytewise if it is short.
void compare_two_ways(role self, const byte_vector& bytes)
{
    compare_one_way(self, bytes, {}, {"whole", {}, feed_way::place::block});
    if (bytes.size() > 30)
        return;
    feed_way bytewise{"bytewise", {}, feed_way::place::block};
    for (std::size_t cut = 1; cut < bytes.size(); ++cut)
        bytewise.cuts.push_back(cut);
    compare_one_way(self, bytes, {}, bytewise);
}

TEST_CASE(
    "6455 5.2, 5.4: every first and every second byte, with and without an open message, with little and with much input after it",
    "[6455-2-01][6455-5.2-04][6455-5.2-05][6455-5.4-03][6455-5.4-04][6455-5.5-02][6455-5.1-02][6455-5.1-05]")
{
    for (const role self : both_roles) {
        byte_vector much;
        while (much.size() < 300)
            much = join({much, frame_to(self, 0x82, "much behind")});
        for (const bool open : {false, true}) {
            const byte_vector before = open ? frame_to(self, 0x01, "\xC3") : byte_vector{};
            for (unsigned byte = 0; byte < 256; ++byte) {
                for (const byte_vector& after : {byte_vector{}, much}) {
                    compare_two_ways(self, join({before, frame_to(self, byte, "\xA9"), after}));
                    for (const unsigned first : {0x81U, 0x82U, 0x89U, 0x80U}) {
                        const byte_vector two{static_cast<std::byte>(first), static_cast<std::byte>(byte)};
                        compare_two_ways(self, join({before, two, after}));
                    }
                }
            }
        }
    }
}

} // namespace
