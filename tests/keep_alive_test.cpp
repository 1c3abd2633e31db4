// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/random.hpp"

#include <sockless/keep_alive.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

/// Writes the advice of a failed comparison.
struct advice_maker {
    template <class Advice>
    static std::string convert(const Advice& advice)
    {
        constexpr std::array<const char*, 3> names{"wait", "ping", "give_up"};
        return std::string{names[static_cast<std::size_t>(advice.result)]} + ' ' + std::to_string(advice.wait);
    }
};

template <>
struct Catch::StringMaker<sockless::keep_alive<std::uint32_t>::advice> : advice_maker {};
template <>
struct Catch::StringMaker<sockless::keep_alive<std::uint64_t>::advice> : advice_maker {};

namespace {

using sockless::keep_alive;
using sockless::keep_alive_result;

template <class Ticks>
using advice = typename keep_alive<Ticks>::advice;

template <class Ticks>
constexpr advice<Ticks> wait(Ticks ticks)
{
    return {keep_alive_result::wait, ticks};
}
template <class Ticks>
constexpr advice<Ticks> ping{keep_alive_result::ping, 0};
template <class Ticks>
constexpr advice<Ticks> give_up{keep_alive_result::give_up, 0};

template <class Ticks>
std::vector<std::byte> payload_of(keep_alive<Ticks>& alive)
{
    const std::span<const std::byte> payload = alive.ping_payload();
    return {payload.begin(), payload.end()};
}

/// Start values of the clock, which must not change the results.
template <class Ticks>
std::vector<Ticks> starts()
{
    constexpr Ticks max = std::numeric_limits<Ticks>::max();
    return {0,
            1,
            1000,
            max / 2,
            static_cast<Ticks>(max - 1000),
            static_cast<Ticks>(max - 99),
            static_cast<Ticks>(max - 35),
            static_cast<Ticks>(max - 1),
            max};
}

TEMPLATE_TEST_CASE("keep_alive: the handshake times out at its tick, wherever the clock wraps around", "",
                   std::uint32_t, std::uint64_t)
{
    for (const TestType zero : starts<TestType>()) {
        const auto at = [zero](TestType ticks) { return static_cast<TestType>(zero + ticks); };
        keep_alive<TestType> alive{{.handshake_timeout = 100, .ping_interval = 10, .pong_timeout = 5}, zero};
        CHECK(alive.poll(zero) == wait<TestType>(100));
        CHECK(alive.poll(at(1)) == wait<TestType>(99));
        alive.received(at(50)); // received bytes do not complete the handshake
        CHECK(alive.poll(at(99)) == wait<TestType>(1));
        CHECK(alive.poll(at(100)) == give_up<TestType>);
        CHECK(alive.poll(at(101)) == give_up<TestType>);
        CHECK(alive.poll(at(1'000'000)) == give_up<TestType>);
        const keep_alive<TestType> patient{{.ping_interval = 10}, zero};
        CHECK(patient.poll(at(1'000'000)) == wait<TestType>(0));
    }
}

TEMPLATE_TEST_CASE("keep_alive: a ping is due at its tick and after each interval, and give_up at its own tick",
                   "[6455-5.5.2-05]", std::uint32_t, std::uint64_t)
{
    for (const TestType zero : starts<TestType>()) {
        const auto at = [zero](TestType ticks) { return static_cast<TestType>(zero + ticks); };
        keep_alive<TestType> alive{{.handshake_timeout = 7, .ping_interval = 30, .pong_timeout = 20}, zero};
        alive.on_open(at(5));
        CHECK(alive.poll(at(5)) == wait<TestType>(30));
        CHECK(alive.poll(at(34)) == wait<TestType>(1));
        CHECK(alive.poll(at(35)) == ping<TestType>);
        CHECK(alive.poll(at(36)) == ping<TestType>); // until it is sent
        alive.on_ping_sent(at(36));
        CHECK(alive.poll(at(36)) == wait<TestType>(20)); // for the pong, which is due before the next ping
        CHECK(alive.poll(at(55)) == wait<TestType>(1));
        keep_alive<TestType> other = alive;
        CHECK(alive.poll(at(56)) == give_up<TestType>);
        CHECK(alive.poll(at(80)) == give_up<TestType>);

        // After any received byte the next ping is due.
        other.received(at(55));
        CHECK(other.poll(at(56)) == wait<TestType>(10));
        CHECK(other.poll(at(66)) == ping<TestType>);
        other.on_ping_sent(at(66));
        CHECK(other.poll(at(85)) == wait<TestType>(1));
        CHECK(other.poll(at(86)) == give_up<TestType>);
    }
}

TEST_CASE("keep_alive: pings that are more frequent than give_up do not delay it")
{
    keep_alive<std::uint32_t> alive{{.ping_interval = 10, .pong_timeout = 35}, 0};
    alive.on_open(0);
    for (const std::uint32_t now : {10U, 20U, 30U, 40U}) {
        CHECK(alive.poll(now) == ping<std::uint32_t>);
        alive.on_ping_sent(now);
    }
    CHECK(alive.poll(40) == wait<std::uint32_t>(5)); // the first of them was sent at 10
    CHECK(alive.poll(45) == give_up<std::uint32_t>);
    CHECK(alive.poll(50) == give_up<std::uint32_t>); // rather than a ping
    alive.received(50);                              // the program polled late, and the peer is active again
    CHECK(alive.poll(50) == ping<std::uint32_t>);
    alive.on_ping_sent(50);
    CHECK(alive.poll(59) == wait<std::uint32_t>(1));
}

TEST_CASE("keep_alive: without a pong time-out a peer may be silent, without pings nothing is due")
{
    keep_alive<std::uint32_t> alive{{.ping_interval = 10}, 0};
    alive.on_open(0);
    alive.on_ping_sent(10);
    CHECK(alive.poll(11) == wait<std::uint32_t>(9));
    CHECK(alive.poll(20) == ping<std::uint32_t>);
    CHECK(alive.poll(100'000) == ping<std::uint32_t>);

    keep_alive<std::uint32_t> quiet{{.pong_timeout = 5}, 0};
    quiet.on_open(0);
    CHECK(quiet.poll(100'000) == wait<std::uint32_t>(0));
    quiet.on_ping_sent(100'000); // the program pings when it likes
    CHECK(quiet.poll(100'004) == wait<std::uint32_t>(1));
    CHECK(quiet.poll(100'005) == give_up<std::uint32_t>);
}

TEMPLATE_TEST_CASE("keep_alive: the closing handshake times out, and its time begins once", "[6455-7.1.1-05]",
                   std::uint32_t, std::uint64_t)
{
    for (const TestType zero : starts<TestType>()) {
        const auto at = [zero](TestType ticks) { return static_cast<TestType>(zero + ticks); };
        keep_alive<TestType> alive{
            {.handshake_timeout = 50, .ping_interval = 10, .pong_timeout = 5, .closing_timeout = 40}, zero};
        alive.on_open(zero);
        alive.on_ping_sent(at(3));
        alive.on_closing(at(7));
        CHECK(alive.poll(at(8)) == wait<TestType>(39)); // pings and pongs no longer matter
        alive.on_ping_sent(at(25));                     // a ping that still went out puts nothing off
        alive.on_closing(at(30));
        alive.on_open(at(30)); // `on_open` may be called after `on_closing`
        CHECK(alive.poll(at(46)) == wait<TestType>(1));
        CHECK(alive.poll(at(47)) == give_up<TestType>);

        keep_alive<TestType> early{{.handshake_timeout = 50, .closing_timeout = 40}, zero};
        early.on_closing(at(20)); // given up before it was open
        CHECK(early.poll(at(59)) == wait<TestType>(1));
        CHECK(early.poll(at(60)) == give_up<TestType>);
    }
}

TEMPLATE_TEST_CASE("keep_alive: round trips are measured from ping to pong: last, min, mean, max", "", std::uint32_t,
                   std::uint64_t)
{
    for (const TestType zero : starts<TestType>()) {
        TestType now = zero;
        keep_alive<TestType> alive{{.ping_interval = 100}, now};
        alive.on_open(now);
        CHECK(alive.measured().count == 0);
        CHECK(alive.measured().mean == 0);
        for (const TestType trip : {TestType{7}, TestType{3}, TestType{12}, TestType{4}}) {
            now = static_cast<TestType>(now + 100);
            const std::vector<std::byte> payload = payload_of(alive);
            CHECK(payload.size() == 8);
            alive.on_ping_sent(now);
            now = static_cast<TestType>(now + trip);
            CHECK(alive.on_pong(payload, now));
            CHECK(alive.measured().last == trip);
        }
        CHECK(alive.measured().min == 3);
        CHECK(alive.measured().max == 12);
        CHECK(alive.measured().mean == 6); // 26 / 4, rounded down
        CHECK(alive.measured().count == 4);
    }
}

TEST_CASE("keep_alive: an unsolicited or late pong is activity of the peer, not a measurement",
          "[6455-5.5.3-03][6455-5.5.3-04]")
{
    keep_alive<std::uint32_t> alive{{.ping_interval = 10, .pong_timeout = 8}, 0};
    alive.on_open(0);
    const std::vector<std::byte> early = payload_of(alive);
    CHECK_FALSE(alive.on_pong(early, 1)); // guessed
    CHECK_FALSE(alive.on_pong({}, 2));
    alive.on_ping_sent(10);
    const std::vector<std::byte> first = early;
    const std::vector<std::byte> second = payload_of(alive);
    CHECK(first != second);
    alive.on_ping_sent(16);
    CHECK_FALSE(alive.on_pong(first, 17)); // an answer to the one before: RFC 6455 5.5.3 lets it be skipped
    CHECK(alive.poll(18) == wait<std::uint32_t>(8));
    CHECK_FALSE(alive.on_pong(std::span{second}.first(7), 18));
    CHECK(alive.measured().count == 0);
    CHECK(alive.on_pong(second, 20));
    CHECK_FALSE(alive.on_pong(second, 21)); // again
    CHECK(alive.measured().count == 1);
    CHECK(alive.measured().last == 4);

    // A pong that arrives during the closing handshake is measured too.
    const std::vector<std::byte> third = payload_of(alive);
    alive.on_ping_sent(26);
    alive.on_closing(30);
    CHECK(alive.on_pong(third, 31));
    CHECK(alive.measured().last == 5);
}

TEST_CASE("keep_alive: at any time the result is the same as that of a list of events")
{
    support::random_numbers numbers{11};
    for (int run = 0; run < 500; ++run) {
        const std::uint32_t every = static_cast<std::uint32_t>(numbers.below(4) == 0 ? 0 : 1 + numbers.below(40));
        const std::uint32_t within = static_cast<std::uint32_t>(numbers.below(4) == 0 ? 0 : 1 + numbers.below(40));
        std::uint32_t now = static_cast<std::uint32_t>(0U - numbers.below(300)); // wraps around soon
        keep_alive<std::uint32_t> alive{{.handshake_timeout = 5, .ping_interval = every, .pong_timeout = within}, now};
        alive.on_open(now);
        std::uint64_t slow_now = 0;
        std::uint64_t last_ping = 0;
        std::uint64_t waiting_since = ~std::uint64_t{0}; // the first ping after the last byte
        for (int i = 0; i < 100; ++i) {
            const std::uint64_t step = numbers.below(8);
            now = static_cast<std::uint32_t>(now + step);
            slow_now += step;
            if (numbers.below(5) == 0) {
                alive.received(now);
                waiting_since = ~std::uint64_t{0};
            }
            const bool waiting = waiting_since != ~std::uint64_t{0};
            const bool lost = waiting && within != 0 && slow_now - waiting_since >= within;
            const bool due = every != 0 && slow_now - last_ping >= every;
            std::uint64_t next = ~std::uint64_t{0};
            if (every != 0 && !due)
                next = last_ping + every - slow_now;
            if (waiting && within != 0 && !lost && waiting_since + within - slow_now < next)
                next = waiting_since + within - slow_now;
            const advice<std::uint32_t> expected = lost  ? give_up<std::uint32_t>
                                                   : due ? ping<std::uint32_t>
                                                         : wait(static_cast<std::uint32_t>(next + 1 == 0 ? 0 : next));
            REQUIRE(alive.poll(now) == expected);
            if (due && numbers.below(2) == 0) {
                alive.on_ping_sent(now);
                last_ping = slow_now;
                waiting_since = waiting ? waiting_since : slow_now;
            }
        }
    }
}

} // namespace
