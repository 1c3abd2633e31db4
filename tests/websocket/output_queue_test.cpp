// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/random.hpp"

#include <sockless/websocket/output_queue.hpp>
#include <sockless/with_heap.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <deque>
#include <span>
#include <vector>

namespace {

using sockless::growing_output_queue;
using sockless::output_queue;
using support::byte_vector;
using support::bytes_of;
using support::to_hex;

/// Compares a queue with a list of bytes after every step; lent bytes keep address and content.
class checked_queue {
public:
    explicit checked_queue(output_queue& queue) : queue_{queue} {}

    bool append(std::size_t count)
    {
        byte_vector bytes(count);
        for (std::byte& b : bytes)
            b = static_cast<std::byte>(++last_);
        const bool fits = queue_.append(bytes);
        if (fits)
            model_.insert(model_.end(), bytes.begin(), bytes.end());
        else
            last_ -= static_cast<unsigned>(count);
        check();
        return fits;
    }
    std::size_t lend()
    {
        const std::span<const std::byte> lent = queue_.lend();
        if (promised_.empty())
            promised_ = lent;
        check();
        return lent.size();
    }
    void write(std::size_t count)
    {
        REQUIRE(queue_.written(count));
        model_.erase(model_.begin(), model_.begin() + static_cast<std::ptrdiff_t>(count));
        promised_ = promised_.subspan(count);
        check();
    }
    void drop()
    {
        queue_.clear();
        model_.resize(promised_.size());
        check();
    }
    [[nodiscard]] std::size_t size() const { return model_.size(); }

private:
    void check()
    {
        REQUIRE(queue_.lent().size() == promised_.size());
        if (!promised_.empty())
            REQUIRE(queue_.lent().data() == promised_.data());
        REQUIRE(queue_.unwritten() == model_.size());
        REQUIRE(std::equal(promised_.begin(), promised_.end(), model_.begin()));
        REQUIRE(std::equal(queue_.data().begin(), queue_.data().end(),
                           model_.begin() + static_cast<std::ptrdiff_t>(promised_.size()), model_.end()));
    }

    output_queue& queue_;
    std::deque<std::byte> model_;
    std::span<const std::byte> promised_;
    unsigned last_ = 0;
};

TEST_CASE(
    "W1: lent bytes keep address and content, and everything comes out in order: every order of calls on small storage")
{
    // Each step is one of: append 1, append 3, lend, write 1, write all, drop.
    constexpr int depth = 6;
    constexpr int kinds = 6;
    int orders = 1;
    for (int i = 0; i < depth; ++i)
        orders *= kinds;
    const bool grows = GENERATE(false, true);
    for (int order = 0; order < orders; ++order) {
        std::array<std::byte, 6> storage{};
        output_queue fixed{storage};
        growing_output_queue growing{6};
        checked_queue queue{grows ? static_cast<output_queue&>(growing) : fixed};
        for (int rest = order, i = 0; i < depth; ++i, rest /= kinds) {
            output_queue& q = grows ? static_cast<output_queue&>(growing) : fixed;
            switch (rest % kinds) {
            case 0: queue.append(1); break;
            case 1: queue.append(3); break;
            case 2: queue.lend(); break;
            case 3:
                if (!q.lent().empty())
                    queue.write(1);
                break;
            case 4: queue.write(q.lent().size()); break;
            default: queue.drop(); break;
            }
        }
    }
}

TEST_CASE("W1: random calls on larger storage, which is never full without need")
{
    support::random_numbers random{1};
    for (int round = 0; round < 400; ++round) {
        const std::size_t limit = 1 + random.below(300);
        byte_vector storage(limit);
        output_queue fixed{storage};
        growing_output_queue growing{limit * 20};
        const bool grows = round % 2 == 1;
        output_queue& q = grows ? static_cast<output_queue&>(growing) : fixed;
        checked_queue queue{q};
        for (int step = 0; step < 300; ++step) {
            switch (random.below(5)) {
            case 0:
            case 1: {
                const std::size_t count = random.below(grows ? limit * 8 : limit + 2);
                const std::size_t free = q.free_space();
                const bool was_empty = queue.size() == 0;
                const bool fits = queue.append(count);
                CHECK((!fits || count <= free));
                if (grows || was_empty)
                    CHECK(fits == (count <= free));
                break;
            }
            case 2: queue.lend(); break;
            case 3: queue.write(random.below(q.lent().size() + 1)); break;
            default:
                if (random.below(4) == 0)
                    queue.drop();
                if (grows && random.below(4) == 0)
                    growing.shrink();
                break;
            }
        }
    }
}

TEST_CASE("W1: while bytes are lent, both the storage before and after them is used", "[W-1]")
{
    std::array<std::byte, 10> storage{};
    output_queue queue{storage};
    REQUIRE(queue.append(bytes_of("01 02 03 04 05 06")));
    REQUIRE(queue.lend().size() == 6);
    REQUIRE(queue.written(5));
    CHECK(queue.append(bytes_of("07 08 09 0a"))); // after them
    CHECK(queue.append(bytes_of("0b")));          // all five before them
    CHECK_FALSE(queue.append(bytes_of("0c")));
    CHECK(to_hex(queue.lend()) == "06");
    REQUIRE(queue.written(1));
    CHECK(queue.append(bytes_of("0c 0d 0e 0f 10")));
    CHECK(to_hex(queue.lend()) == "07 08 09 0a 0b 0c 0d 0e 0f 10");
}

TEST_CASE("W6: a count of more than the lent bytes removes nothing")
{
    std::array<std::byte, 10> storage{};
    output_queue queue{storage};
    CHECK_FALSE(queue.written(1));
    REQUIRE(queue.append(bytes_of("01 02")));
    CHECK_FALSE(queue.written(1)); // not lent
    REQUIRE(queue.lend().size() == 2);
    CHECK_FALSE(queue.written(static_cast<std::size_t>(-1)));
    CHECK(queue.unwritten() == 2);
    CHECK(queue.written(0));
    CHECK(queue.written(2));
    CHECK(queue.unwritten() == 0);
}

TEST_CASE("W8: a growing queue without bytes has no memory after shrink, and keeps what is lent")
{
    growing_output_queue queue{100'000};
    REQUIRE(queue.append(byte_vector(5'000)));
    CHECK(queue.capacity() >= 5'000);
    REQUIRE(queue.lend().size() == 5'000);
    CHECK(queue.capacity() >= 5'000);
    REQUIRE(queue.append(byte_vector(50'000)));
    queue.shrink();
    CHECK(queue.capacity() == 55'000);
    REQUIRE(queue.written(5'000));
    CHECK(queue.capacity() == 50'000);
    REQUIRE(queue.lend().size() == 50'000);
    queue.shrink();
    CHECK(queue.lent().size() == 50'000);
    REQUIRE(queue.written(50'000));
    queue.shrink();
    CHECK(queue.capacity() == 0);
}

/// Has memory for one block only.
class exhausted_queue : public output_queue {
public:
    exhausted_queue() : output_queue{&take, [](std::span<std::byte>) noexcept {}, 4000} { taken = false; }

private:
    static inline std::array<std::byte, 1024> block{};
    static inline bool taken = false;
    static std::span<std::byte> take(std::size_t size) noexcept
    {
        if (taken || size > block.size())
            return {};
        taken = true;
        return std::span{block}.first(size);
    }
};

TEST_CASE("W6: without memory nothing is appended, and what is in the queue stays")
{
    exhausted_queue queue;
    REQUIRE(queue.append(bytes_of("01 02 03")));
    CHECK_FALSE(queue.append(byte_vector(1022)));
    CHECK(to_hex(queue.lend()) == "01 02 03");
    CHECK_FALSE(queue.append(byte_vector(1022)));
    CHECK(queue.append(byte_vector(1021)));
    CHECK(queue.unwritten() == 1024);
}

} // namespace
