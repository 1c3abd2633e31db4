// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/random.hpp"

#include <sockless/bytes/byte_queue.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <deque>
#include <span>
#include <string_view>
#include <type_traits>

namespace {

using sockless::byte_queue;
using sockless::static_byte_queue;
using support::byte_vector;
using support::bytes_of;
using support::to_hex;

constexpr std::size_t used_by_the_compiler()
{
    static_byte_queue<4> queue;
    constexpr std::array bytes{std::byte{1}, std::byte{2}, std::byte{3}};
    bool fits = queue.append(bytes);
    queue.consume(2);
    fits = fits && queue.append(bytes) && !queue.append({bytes.data(), 1});
    return fits && queue.data()[0] == std::byte{3} ? queue.size() : 0;
}
static_assert(used_by_the_compiler() == 4);
static_assert(!std::is_copy_constructible_v<byte_queue> && !std::is_copy_assignable_v<byte_queue>);
static_assert(!std::is_copy_constructible_v<static_byte_queue<4>>);

TEST_CASE("bytes: a queue returns what was appended, first in, first out, in one piece")
{
    static_byte_queue<8> queue;
    CHECK(queue.empty());
    CHECK(queue.limit() == 8);
    CHECK(queue.free_space() == 8);
    CHECK(queue.append(bytes_of("01 02 03")));
    CHECK(queue.append(std::string_view{"AB"}));
    CHECK(to_hex(queue.data()) == "01 02 03 41 42");
    CHECK(queue.size() == 5);
    CHECK(queue.free_space() == 3);
    queue.consume(4);
    CHECK(to_hex(queue.data()) == "42");
    queue.consume(1);
    CHECK(queue.empty());
    CHECK(queue.free_space() == 8);
}

TEST_CASE("bytes: bytes that do not fit are not appended")
{
    static_byte_queue<4> queue;
    CHECK(queue.append(bytes_of("01 02 03")));
    CHECK_FALSE(queue.append(bytes_of("04 05")));
    CHECK_FALSE(queue.append(std::string_view{"ab"}));
    CHECK(to_hex(queue.data()) == "01 02 03");
    CHECK(queue.prepare(2).empty());
    CHECK(queue.append(bytes_of("04")));
    CHECK_FALSE(queue.append(bytes_of("05")));
    CHECK(queue.append({bytes_of("")}));
    CHECK(to_hex(queue.data()) == "01 02 03 04");
}

TEST_CASE("bytes: consumed space is reused")
{
    static_byte_queue<4> queue;
    CHECK(queue.append(bytes_of("01 02 03 04")));
    queue.consume(3);
    CHECK(queue.append(bytes_of("05 06")));
    CHECK(to_hex(queue.data()) == "04 05 06");
}

TEST_CASE("bytes: an empty queue begins at the front again, so that nothing has to be moved later")
{
    byte_vector memory(4);
    byte_queue queue{memory};
    CHECK(queue.append(bytes_of("01 02 03")));
    queue.consume(3);
    CHECK(queue.data().data() == memory.data());
    CHECK(queue.prepare(1).data() == memory.data());
    byte_queue nothing{{}};
    nothing.consume(0);
    CHECK(nothing.data().empty());
}

TEST_CASE("bytes: a queue is extended by uninitialised space for the caller, or not at all")
{
    std::array<std::byte, 8> memory{};
    byte_queue queue{memory};
    const std::span<std::byte> room = queue.append_uninitialized(5);
    REQUIRE(room.size() == 5);
    CHECK(room.data() == memory.data());
    CHECK(queue.size() == 5);
    CHECK(queue.append_uninitialized(4).empty());
    CHECK(queue.append_uninitialized(static_cast<std::size_t>(-1)).empty());
    CHECK(queue.size() == 5);
    CHECK(queue.append_uninitialized(3).data() == memory.data() + 5);
    queue.rollback(3);
    queue.consume(2);
    CHECK(queue.append_uninitialized(5).data() == memory.data() + 3); // the bytes in the queue were moved to the front
    CHECK(queue.size() == 8);
}

TEST_CASE("bytes: prepared space is part of the queue after commit, which may be smaller")
{
    static_byte_queue<8> queue;
    const std::span<std::byte> room = queue.prepare(5);
    REQUIRE(room.size() == 5);
    CHECK(queue.empty());
    room[0] = std::byte{1};
    room[1] = std::byte{2};
    queue.commit(2);
    CHECK(to_hex(queue.data()) == "01 02");
    queue.rollback(1);
    CHECK(to_hex(queue.data()) == "01");
    queue.clear();
    CHECK(queue.empty());
    CHECK(queue.prepare(8).size() == 8);
    CHECK(queue.prepare(9).empty());
    CHECK(queue.prepare(static_cast<std::size_t>(-1)).empty());
}

TEST_CASE("bytes: a queue over the caller's storage stays inside it")
{
    std::array<std::byte, 6> memory{};
    memory.fill(std::byte{0xEE});
    byte_queue queue{std::span{memory}.subspan(1, 4)};
    CHECK(queue.append(bytes_of("01 02 03 04")));
    CHECK_FALSE(queue.append(bytes_of("05")));
    CHECK(to_hex(memory) == "ee 01 02 03 04 ee");

    byte_queue nothing{{}};
    CHECK(nothing.empty());
    CHECK(nothing.limit() == 0);
    CHECK_FALSE(nothing.append(bytes_of("01")));
    CHECK(nothing.append(std::string_view{}));
}

TEST_CASE("bytes: any order of calls gives the same result as a std::deque")
{
    support::random_numbers numbers{20};
    static_byte_queue<23> queue;
    std::deque<std::byte> model;
    for (int call = 0; call < 5000; ++call) {
        const byte_vector bytes = numbers.bytes(numbers.below(10));
        switch (numbers.below(4)) {
        case 0:
        case 1:
            CHECK(queue.append(bytes) == (model.size() + bytes.size() <= 23));
            if (model.size() + bytes.size() <= 23)
                model.insert(model.end(), bytes.begin(), bytes.end());
            break;
        case 2: {
            const std::size_t count = numbers.below(model.size() + 1);
            queue.consume(count);
            model.erase(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(count));
            break;
        }
        default: {
            const std::size_t count = numbers.below(model.size() + 1) / 4;
            queue.rollback(count);
            model.resize(model.size() - count);
        }
        }
        REQUIRE(byte_vector(queue.data().begin(), queue.data().end()) == byte_vector(model.begin(), model.end()));
        CHECK(queue.free_space() == 23 - model.size());
    }
}

TEST_CASE(
    "A7: what free_space() returns can be appended, whole or in parts, and what is appended is subtracted from it")
{
    support::random_numbers numbers{21};
    for (const std::size_t capacity : {std::size_t{4096}, std::size_t{5000}, std::size_t{20000}}) {
        byte_vector memory(capacity);
        byte_queue queue{memory};
        std::deque<std::byte> model;
        for (int call = 0; call < 3000; ++call) {
            const std::size_t free = queue.free_space();
            CHECK(free <= capacity - queue.size());
            if (capacity <= 4096)
                CHECK(free == capacity - queue.size());
            CHECK(free + capacity / 8 >= capacity - queue.size());
            CHECK(queue.prepare(free + 1).empty());
            if (numbers.below(2) == 0) {
                const byte_vector bytes = numbers.bytes(numbers.below(4) == 0 ? free : numbers.below(free + 1) / 4);
                REQUIRE(queue.append(bytes));
                model.insert(model.end(), bytes.begin(), bytes.end());
                CHECK(queue.free_space() == free - bytes.size());
            } else {
                const std::size_t count = numbers.below(model.size() + 1) / (1 + numbers.below(8));
                queue.consume(count);
                model.erase(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(count));
                CHECK(queue.free_space() >= free);
            }
            REQUIRE(std::equal(queue.data().begin(), queue.data().end(), model.begin(), model.end()));
        }
    }
}

} // namespace
