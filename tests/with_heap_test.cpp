// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/random.hpp"
#include "support/sanitizers.hpp"

#include <sockless/with_heap.hpp>

#include <cstddef>
#include <limits>
#include <span>

namespace {

using sockless::growing_byte_queue;
using support::byte_vector;

TEST_CASE("with_heap: a growing queue grows up to its limit", "[LIM-8]")
{
    growing_byte_queue queue{5000};
    CHECK(queue.limit() == 5000);
    CHECK(queue.free_space() == 5000);
    support::random_numbers numbers{1};
    byte_vector model;
    while (true) {
        const byte_vector bytes = numbers.bytes(1 + numbers.below(300));
        const bool fits = model.size() + bytes.size() <= 5000;
        CHECK(queue.append(bytes) == fits);
        if (!fits)
            break;
        model.insert(model.end(), bytes.begin(), bytes.end());
    }
    CHECK(support::to_hex(queue.data()) == support::to_hex(model));
    CHECK(queue.append(byte_vector(queue.free_space())));
    CHECK_FALSE(queue.append(byte_vector(1)));
    queue.consume(100);
    CHECK(queue.free_space() == 100);
    CHECK(queue.append(byte_vector(100)));
    CHECK_FALSE(queue.append(byte_vector(1)));
}

TEST_CASE("with_heap: one large append grows once")
{
    growing_byte_queue queue{1000000};
    CHECK(queue.append(byte_vector(10)));
    CHECK(queue.append(byte_vector(900000)));
    CHECK(queue.size() == 900010);
    CHECK(queue.prepare(100000).empty());
}

TEST_CASE("with_heap: shrink releases the memory of an empty queue, and of no other")
{
    growing_byte_queue queue{3000};
    queue.shrink();
    CHECK(queue.append(byte_vector(2000, std::byte{7})));
    queue.shrink();
    CHECK(queue.size() == 2000);
    CHECK(queue.data().back() == std::byte{7});
    queue.consume(2000);
    queue.shrink();
    CHECK(queue.empty());
    CHECK(queue.append(byte_vector(3000, std::byte{8})));
    CHECK(queue.data().front() == std::byte{8});
}

TEST_CASE("with_heap: a limit of zero and no limit")
{
    growing_byte_queue nothing{0};
    CHECK_FALSE(nothing.append(byte_vector(1)));
    growing_byte_queue endless{std::numeric_limits<std::size_t>::max()};
    CHECK(endless.append(byte_vector(5000)));
    CHECK(endless.append(byte_vector(5000)));
    CHECK(endless.size() == 10000);
}

TEST_CASE("with_heap: a failed allocation counts as no space")
{
    growing_byte_queue endless{std::numeric_limits<std::size_t>::max()};
    CHECK(endless.append(byte_vector(3, std::byte{9})));
#if !SOCKLESS_TEST_SANITIZED_HEAP
    // More than an address space.
    CHECK(endless.prepare(std::numeric_limits<std::size_t>::max() / 2).empty());
#endif
    CHECK(support::to_hex(endless.data()) == "09 09 09");
}

} // namespace
