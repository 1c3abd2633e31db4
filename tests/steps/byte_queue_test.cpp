// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Bytes that pass through a queue cost the same in a large queue as in a small one, however full it is.
#include "count.hpp"
#include "support/frames.hpp"
#include "support/print.hpp"

#include <sockless/connection.hpp>
#include <sockless/with_heap.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace {

using namespace sockless;
using namespace support;

constexpr std::size_t kibi = 1024;
constexpr std::size_t frame = 127; ///< a pong with the largest payload

/// Sends as many pings as fill `tx`, twice, to a peer that takes one pong after each. Returns the steps per ping.
std::uint64_t cost_of_ping(byte_queue& tx)
{
    server_connection connection;
    const byte_vector ping = masked_frame(0x89, byte_vector(frame - 2));
    const auto one = [&] {
        byte_vector copy = ping;
        std::span<std::byte> in{copy};
        while (connection.poll(in, tx).kind() != event_kind::need_input) {
        }
    };
    while (tx.free_space() >= frame)
        one();
    const std::size_t count = 2 * tx.limit() / frame;
    const std::uint64_t steps = steps::of([&] {
        for (std::size_t i = 0; i < count; ++i) {
            tx.consume(frame < tx.size() ? frame : tx.size());
            one();
        }
    });
    return steps / count;
}

TEST_CASE("A7: a ping costs the same whether the output queue has 4 KiB or 4 MiB, nearly full", "[CPU-1]")
{
    byte_vector memory(4 * kibi);
    byte_queue small{memory};
    const std::uint64_t once = cost_of_ping(small);
    CHECK(once >= 10); // or nothing was counted
    for (const std::size_t size : {64 * kibi, kibi * kibi, 4 * kibi * kibi}) {
        INFO(size);
        byte_vector larger(size);
        byte_queue large{larger};
        CHECK(cost_of_ping(large) <= 2 * once);
        growing_byte_queue growing{size};
        CHECK(cost_of_ping(growing) <= 2 * once);
    }
}

TEST_CASE("A7: appending a byte costs no more in a queue of 4 MiB than in one of 4 KiB, however full it is", "[CPU-1]")
{
    constexpr std::size_t count = 100000;
    const auto cost = [](std::size_t size, std::size_t waiting) {
        byte_vector memory(size);
        byte_queue queue{memory};
        REQUIRE(queue.append_uninitialized(waiting).size() == waiting);
        return steps::of([&] {
            for (std::size_t i = 0; i < count; ++i) {
                static_cast<void>(queue.append_uninitialized(1));
                queue.consume(1);
            }
        });
    };
    const std::uint64_t once = cost(4 * kibi, 4 * kibi - 1);
    CHECK(once >= count); // or nothing was counted
    for (const std::size_t size : {64 * kibi, 4 * kibi * kibi})
        for (const std::size_t waiting : {std::size_t{1}, size / 2, size - size / 16, size - 1}) {
            INFO(size << ", " << waiting << " bytes in it");
            CHECK(cost(size, waiting) <= 2 * once);
        }
}

} // namespace
