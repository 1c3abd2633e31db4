// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/random.hpp"

#include <sockless/reconnect_backoff.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace {

using sockless::error;
using sockless::reconnect_backoff;
using sockless::reconnect_options;

/// Returns the same byte always, or fails.
struct fixed_source {
    std::byte value{};
    bool works = true;
    bool fill(std::span<std::byte> out) noexcept
    {
        std::fill(out.begin(), out.end(), value);
        return works;
    }
};
constexpr std::byte highest{0xFF};

struct seeded_source {
    support::random_numbers numbers{7};
    bool fill(std::span<std::byte> out) noexcept
    {
        std::generate(out.begin(), out.end(), [this] { return static_cast<std::byte>(numbers.below(256)); });
        return true;
    }
};

template <class Ticks, class Source>
Ticks next(reconnect_backoff<Ticks>& backoff, Ticks now, Source& random)
{
    Ticks delay = 0;
    REQUIRE(backoff.next_delay(now, random, delay) == error::none);
    return delay;
}

template <class Ticks, class Source>
std::vector<Ticks> delays(const reconnect_options<Ticks>& options, std::size_t count, Source random)
{
    reconnect_backoff<Ticks> backoff{options};
    std::vector<Ticks> result;
    while (result.size() < count)
        result.push_back(next(backoff, Ticks{0}, random));
    return result;
}

TEMPLATE_TEST_CASE("6455 7.2.3: the bounds of the delays double with each attempt up to the maximum",
                   "[6455-7.2.3-01][6455-7.2.3-03][CLS-7]", std::uint16_t, std::uint32_t, std::uint64_t)
{
    const reconnect_options<TestType> options{.first_delay = 1000, .max_delay = 10'000, .min_delay = 10};
    CHECK(delays(options, 6, fixed_source{highest}) == std::vector<TestType>{1000, 2000, 4000, 8000, 10'000, 10'000});
    CHECK(delays(options, 6, fixed_source{}) == std::vector<TestType>(6, 10));
    CHECK(delays<TestType>({}, 6, fixed_source{highest}) ==
          std::vector<TestType>{5000, 10'000, 20'000, 40'000, 60'000, 60'000});
}

TEST_CASE("6455 7.2.3: the first delay is random, from zero to five seconds", "[6455-7.2.3-02][CLS-7]")
{
    seeded_source random;
    std::uint64_t lowest = 5000;
    std::uint64_t largest = 0;
    std::uint64_t sum = 0;
    for (int i = 0; i < 1000; ++i) {
        reconnect_backoff<> backoff;
        const std::uint64_t delay = next(backoff, std::uint64_t{0}, random);
        lowest = std::min(lowest, delay);
        largest = std::max(largest, delay);
        sum += delay;
    }
    CHECK(lowest < 50);
    CHECK((largest > 4950 && largest <= 5000));
    CHECK((sum > 2'350'000 && sum < 2'650'000));
}

TEST_CASE("6455 7.2.3: a connection that was open for long enough starts again, a shorter one does not",
          "[6455-7.2.3-03][CLS-7]")
{
    fixed_source random{highest};
    reconnect_backoff<std::uint32_t> backoff{{.first_delay = 100, .max_delay = 800, .stable_after = 5000}};
    std::uint32_t now = std::numeric_limits<std::uint32_t>::max() - 2000; // wraps around
    CHECK(next(backoff, now, random) == 100);
    CHECK(next(backoff, now, random) == 200);
    backoff.on_open(now);
    now += 4999;
    CHECK(next(backoff, now, random) == 400);
    backoff.on_open(now);
    now += 5000;
    CHECK(next(backoff, now, random) == 100);
    CHECK(backoff.attempts() == 1);
    now += 5000; // this attempt was not opened
    CHECK(next(backoff, now, random) == 200);
}

TEST_CASE("6455 7.2.3: bounds that contradict each other, and the largest numbers", "[6455-7.2.3-03][CLS-7]")
{
    using wide = std::vector<std::uint64_t>;
    constexpr std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
    CHECK(delays<std::uint64_t>({.first_delay = 10, .max_delay = 20, .min_delay = 50}, 3, fixed_source{highest}) ==
          wide{50, 50, 50});
    CHECK(delays<std::uint64_t>({.first_delay = 100, .max_delay = 20}, 2, fixed_source{highest}) == wide{20, 20});
    const wide large = delays<std::uint64_t>({.first_delay = 1, .max_delay = max}, 70, fixed_source{highest});
    CHECK(large[1] == 2);
    CHECK(large[20] == std::uint64_t{1} << 20U);
    CHECK(large[64] >= max - (std::uint64_t{1} << 32U)); // a fraction of 2^32 is its resolution
    CHECK(std::is_sorted(large.begin(), large.end()));
    CHECK(delays<std::uint64_t>({.first_delay = 0, .max_delay = 100}, 4, fixed_source{highest}) == wide{0, 1, 2, 4});
}

TEST_CASE("6455 7.2.3: without randomness there is an error, and the longest delay", "[6455-7.2.3-02][CLS-7]")
{
    fixed_source broken{.works = false};
    reconnect_backoff<> backoff;
    std::uint64_t delay = 0;
    CHECK(backoff.next_delay(0, broken, delay) == error::no_random);
    CHECK(delay == 60'000);
    CHECK(backoff.attempts() == 1);
}

} // namespace
