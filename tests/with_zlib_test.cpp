// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// zlib as a backend: its memory, its bounds, its windows. tests/deflate has the tests with messages.
#include "deflate/counting_heap.hpp"
#include "deflate/deflate_subject.hpp"
#include "deflate/zlib_backend.hpp"
#include "support/catch.hpp"
#include "support/exact_block.hpp"
#include "support/frames.hpp"
#include "support/print.hpp"
#include "support/random.hpp"

#include <sockless/with_zlib.hpp>

#include <array>
#include <climits>
#include <cstdint>
#include <vector>

namespace {

using namespace deflate_test;
using sockless::error;
using sockless::zlib_arena;
using sockless::zlib_deflater;
using sockless::zlib_inflater;
using sockless::zlib_memory;

static_assert(sockless::inflate_backend<zlib_inflater> && sockless::deflate_backend<zlib_deflater>);
static_assert(sizeof(sockless::connection<role::server, sockless::no_mask_keys, sockless::zlib_deflate>) <= 432 ||
              SOCKLESS_ASAN != 0);

/// Of all settings: those that differ in memory.
template <class Check>
void for_all_settings(Check check)
{
    for (int bits = 9; bits <= 15; ++bits)
        for (int memory_level = 1; memory_level <= 9; ++memory_level)
            check(static_cast<std::uint8_t>(bits), memory_level);
}

byte_vector deflated(zlib_deflater& deflater, std::span<const std::byte> in)
{
    const support::exact_block block{byte_vector(deflater.bound(in.size()))};
    const std::size_t made = deflater.deflate(in, block.bytes());
    REQUIRE(made + 1 < block.bytes().size()); // or zlib would flush twice
    return {block.bytes().begin(), block.bytes().begin() + static_cast<std::ptrdiff_t>(made)};
}

} // namespace

TEST_CASE("zlib: open allocates all memory, and close releases it")
{
    support::counting_heap heap;
    {
        zlib_inflater inflater{heap.memory()};
        zlib_deflater deflater{{}, heap.memory()};
        REQUIRE(inflater.open(15));
        REQUIRE(deflater.open(15));
        const std::size_t taken = heap.allocations;
        for (int round = 0; round < 3; ++round) {
            const byte_vector message = support::random_numbers{1}.bytes(100'000);
            byte_vector payload = deflated(deflater, message);
            byte_vector back(message.size() + 1);
            const sockless::inflate_result step = inflater.inflate(payload, back);
            CHECK(step.produced == message.size());
            CHECK(step.at_block_end);
            inflater.reset();
            deflater.reset();
        }
        CHECK(heap.allocations == taken);
        REQUIRE(inflater.open(9)); // again: the old memory is given back
        CHECK(heap.releases == 2);
        CHECK(inflater.is_open());
    }
    CHECK(heap.releases == heap.allocations);
}

TEST_CASE("zlib: open fails if any allocation fails, and no memory leaks")
{
    for (std::size_t fail_at = 0; fail_at < 2; ++fail_at) {
        support::counting_heap heap;
        heap.fail_at = fail_at;
        zlib_inflater inflater{heap.memory()};
        CHECK_FALSE(inflater.open(15));
        CHECK_FALSE(inflater.is_open());
        CHECK(heap.releases == heap.allocations);
        std::array<std::byte, 4> out{};
        CHECK(inflater.inflate({}, out).failed);
    }
    for (std::size_t fail_at = 0; fail_at < 5; ++fail_at) {
        support::counting_heap heap;
        heap.fail_at = fail_at;
        zlib_deflater deflater{{}, heap.memory()};
        CHECK_FALSE(deflater.open(15));
        CHECK(heap.releases == heap.allocations);
        const sockless::deflate_encoder<zlib_deflater> encoder{deflater, agreed().from_server};
        CHECK(encoder.reserved_bits() == 0); // plain messages, which are always allowed
    }
    CHECK_FALSE(zlib_deflater{{.level = 10}}.open(15));
    CHECK_FALSE(zlib_deflater{{.memory_level = 10}}.open(15));
}

TEST_CASE("zlib: memory_needed is sufficient for an arena and little more than that")
{
    for (int bits = 8; bits <= 15; ++bits) {
        const auto window_bits = static_cast<std::uint8_t>(bits);
        const support::exact_block storage{byte_vector(zlib_inflater::memory_needed(window_bits))};
        zlib_arena arena{storage.bytes()};
        zlib_inflater inflater{arena.memory()};
        REQUIRE(inflater.open(window_bits));
        CHECK(arena.used() + 4096 > storage.bytes().size());
        inflater.close();
        CHECK(arena.used() == 0);
        REQUIRE(inflater.open(window_bits));
    }
    for_all_settings([](std::uint8_t bits, int memory_level) {
        const support::exact_block storage{byte_vector(zlib_deflater::memory_needed(bits, memory_level))};
        zlib_arena arena{storage.bytes()};
        zlib_deflater deflater{{.memory_level = memory_level}, arena.memory()};
        REQUIRE(deflater.open(bits));
        CHECK(arena.used() + arena.used() / 4 + 4096 > storage.bytes().size());
        zlib_inflater inflater{arena.memory()};
        CHECK_FALSE(inflater.open(15)); // full
    });
}

TEST_CASE("zlib: an arena is aligned for every storage and allocates only what fits")
{
    for (std::size_t offset = 0; offset < 16; ++offset) {
        const support::exact_block storage{byte_vector(200), offset};
        zlib_arena arena{storage.bytes()};
        const zlib_memory memory = arena.memory();
        void* const one = memory.allocate(memory.context, 3, 5);
        void* const two = memory.allocate(memory.context, 1, 100);
        REQUIRE(one != nullptr);
        REQUIRE(two != nullptr);
        CHECK(reinterpret_cast<std::uintptr_t>(one) % alignof(std::max_align_t) == 0);
        CHECK(reinterpret_cast<std::uintptr_t>(two) % alignof(std::max_align_t) == 0);
        CHECK(memory.allocate(memory.context, 1, 100) == nullptr);
        CHECK(memory.allocate(memory.context, ~0U, ~0U) == nullptr);
        memory.release(memory.context, one);
        memory.release(memory.context, two);
        CHECK(arena.used() == 0);
    }
    const support::exact_block storage{byte_vector(1), 1};
    zlib_arena tiny{storage.bytes()}; // it ends before the first place that is aligned
    CHECK(tiny.memory().allocate(tiny.memory().context, 1, 1) == nullptr);
    CHECK(tiny.used() == 0);
}

TEST_CASE("zlib: an object that is not open can be reset and closed, and stays closed")
{
    zlib_inflater inflater;
    zlib_deflater deflater;
    for (int i = 0; i < 2; ++i) {
        inflater.reset();
        deflater.reset();
        CHECK_FALSE(inflater.is_open());
        CHECK_FALSE(deflater.is_open());
        REQUIRE(inflater.open(15));
        REQUIRE(deflater.open(15));
        CHECK((inflater.is_open() && deflater.is_open()));
        inflater.close();
        deflater.close();
    }
}

TEST_CASE("zlib: zlib receives at most as many bytes per call as it can count")
{
    CHECK(sockless::detail::zlib_count(5) == 5);
    CHECK(sockless::detail::zlib_count(UINT_MAX) == UINT_MAX);
    CHECK(sockless::detail::zlib_count(SIZE_MAX) == UINT_MAX);
}

TEST_CASE("zlib: bound is sufficient for a flush of any data, on a fresh stream and on a used one", "[zlib-flush-02]")
{
    support::random_numbers numbers{9};
    const byte_vector noise = numbers.bytes(70'000);
    byte_vector nines(70'000); // literals that fixed codes write with nine bits
    for (std::byte& b : nines)
        b = static_cast<std::byte>(0x90 + numbers.below(0x70));
    byte_vector pairs; // references that cost more than they save
    while (pairs.size() < 70'000) {
        const byte_vector three = support::random_numbers{numbers.below(2000)}.bytes(3);
        pairs.insert(pairs.end(), three.begin(), three.end());
        pairs.push_back(static_cast<std::byte>(numbers.below(256)));
    }
    for (const int level : {0, 1, 2, 3, 4, 6, 9})
        for (const int memory_level : {1, 4, 8, 9})
            for (const std::uint8_t bits : {std::uint8_t{9}, std::uint8_t{12}, std::uint8_t{15}}) {
                zlib_deflater deflater{{level, memory_level}};
                REQUIRE(deflater.open(bits));
                for (const std::span<const std::byte> data :
                     {std::span<const std::byte>{noise}, std::span<const std::byte>{nines},
                      std::span<const std::byte>{pairs}})
                    for (const std::size_t size : {1U, 2U, 5U, 100U, 511U, 1025U, 16'383U, 40'000U, 70'000U}) {
                        const std::span<const std::byte> part = data.first(size);
                        const byte_vector once = deflated(deflater, part);
                        const byte_vector again = deflated(deflater, part);
                        CHECK(std::equal(once.end() - 4, once.end(), sockless::deflate_tail.begin()));
                        CHECK(std::equal(again.end() - 4, again.end(), sockless::deflate_tail.begin()));
                        if (numbers.below(3) == 0)
                            deflater.reset();
                    }
            }
}

TEST_CASE("zlib: a deflater for 8 bits has 9, and does not compress if 8 were negotiated",
          "[zlib-windowBits-01][7692-7-10][7692-7.2.1-10][PMD-5]")
{
    zlib_deflater deflater;
    REQUIRE(deflater.open(8));
    CHECK(deflater.window_bits() == 9);
    const sockless::deflate_send_options always{.when = sockless::deflate_when::always};
    CHECK(sockless::deflate_encoder<zlib_deflater>{deflater, agreed(0, 8).from_client, always}.reserved_bits() == 0);
    CHECK(sockless::deflate_encoder<zlib_deflater>{deflater, agreed(0, 9).from_client, always}.reserved_bits() != 0);
    end_point<zlib_backend, role::client> client{agreed(0, 8)};
    CHECK(support::to_hex(written_by(client.ws(), [](auto& ws, auto& tx) { return ws.send_text(tx, "Hello"); })) ==
          "81 85 00 00 00 00 48 65 6c 6c 6f");
}

TEST_CASE("zlib: Hello compresses to the RFC's bytes, twice", "[7692-7.2.1-01][7692-7.2.3.2-01]")
{
    end_point<zlib_backend, role::server> server{agreed()};
    const auto hello = [&] {
        return support::to_hex(written_by(server.ws(), [](auto& ws, auto& tx) { return ws.send_text(tx, "Hello"); }));
    };
    CHECK(hello() == "c1 07 f2 48 cd c9 c9 07 00");
    CHECK(hello() == "c1 05 f2 00 11 00 00");
    const byte_vector pieces = written_by(server.ws(), [](auto& ws, auto& tx) {
        CHECK(ws.begin_message(sockless::opcode::text) == error::none);
        CHECK(ws.send_fragment(tx, support::text("Hello")) == error::none);
        return ws.end_message(tx);
    });
    CHECK(support::to_hex(pieces) == "41 08 02 13 00 00 00 00 ff ff 80 01 00");
}

TEST_CASE("zlib: one deflater serves many connections without sharing their data", "[7692-7.2.1-09]")
{
    zlib_deflater deflater;
    REQUIRE(deflater.open(15));
    using connection = sockless::connection<role::server, sockless::no_mask_keys, sockless::zlib_deflate>;
    const sockless::deflate_encoder<zlib_deflater> shared{
        deflater, agreed().from_server, {.when = sockless::deflate_when::always, .shared = true}};
    std::vector<connection> connections(5, connection{{.encoder = shared}});
    for (int round = 0; round < 2; ++round)
        for (connection& ws : connections)
            CHECK(support::to_hex(written_by(ws, [](auto& w, auto& tx) { return w.send_text(tx, "Hello"); })) ==
                  "c1 07 f2 48 cd c9 c9 07 00");
    // A peer that agreed to less gets plain messages from the same deflater.
    connection small{
        {.encoder = {deflater, agreed(10).from_server, {.when = sockless::deflate_when::always, .shared = true}}}};
    CHECK(support::to_hex(written_by(small, [](auto& w, auto& tx) { return w.send_text(tx, "Hello"); })) ==
          "81 05 48 65 6c 6c 6f");
}

TEST_CASE("A23: a size that zlib cannot count has no bound, on Windows from 2 GiB on", "[zlib-flush-01]")
{
    using sockless::detail::is_countable;
    static_assert(is_countable<std::uint32_t>((std::uint64_t{1} << 31) - 1));
    static_assert(!is_countable<std::uint32_t>(std::uint64_t{1} << 31));
    static_assert(!is_countable<std::uint32_t>(std::uint64_t{1} << 32)); // what deflateBound would count as 0
    zlib_deflater deflater;
    REQUIRE(deflater.open(15));
    CHECK(deflater.bound(1000) >= 1000);
    CHECK(deflater.bound(SIZE_MAX / 2) >= SIZE_MAX / 2);
    CHECK(deflater.bound(SIZE_MAX) == SIZE_MAX);
    CHECK(deflater.bound(SIZE_MAX - 10) == SIZE_MAX);
}
