// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/mask_keys.hpp"

#include <sockless/bytes/random_source.hpp>
#include <sockless/connection.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace {

using sockless::mask_key;
using sockless::mask_key_pool;
using support::to_hex;

/// Bytes 00 01 02 ..., shared by all copies.
struct counting_source {
    struct record {
        std::size_t calls = 0;
        std::size_t bytes = 0;
        std::uint64_t generation = 1;
        bool broken = false;
    };
    record* what = nullptr;

    [[nodiscard]] std::uint64_t generation() const noexcept { return what->generation; }
    bool fill(std::span<std::byte> out) noexcept
    {
        ++what->calls;
        if (what->broken)
            return false;
        for (std::byte& b : out)
            b = static_cast<std::byte>(what->bytes++ & 0xFFU);
        return true;
    }
};

static_assert(sockless::random_source<counting_source>);
static_assert(sockless::mask_key_source<mask_key_pool<counting_source>>);
static_assert(sockless::mask_key_source<sockless::shared_mask_keys<support::counted_keys>>);
static_assert(!sockless::mask_key_source<sockless::no_mask_keys>, "a client cannot be built without a source");
static_assert(!sockless::random_source<mask_key_pool<counting_source>>);

TEST_CASE("6455 5.3: a pool returns each byte of its source once, in order", "[6455-5.3-02][6455-5.3-03][6455-10.3-01]")
{
    counting_source::record record;
    mask_key_pool<counting_source, 16> pool{counting_source{&record}};
    CHECK(record.calls == 0);
    std::set<std::string> keys;
    for (std::size_t i = 0; i < 12; ++i) {
        mask_key key;
        REQUIRE(pool.next(key));
        CHECK(key.bytes[0] == static_cast<std::byte>(4 * i));
        CHECK(key.bytes[3] == static_cast<std::byte>(4 * i + 3));
        CHECK(keys.insert(to_hex(key.bytes)).second);
        CHECK(record.calls == i / 4 + 1);
    }
}

TEST_CASE("6455 10.3: a source that fails gives no key; the next call tries again", "[MASK-4][6455-5.3-03]")
{
    counting_source::record record;
    record.broken = true;
    mask_key_pool<counting_source, 8> pool{counting_source{&record}};
    mask_key key{{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}}};
    CHECK_FALSE(pool.next(key));
    CHECK(to_hex(key.bytes) == "01 02 03 04");
    CHECK_FALSE(pool.next(key));
    CHECK(record.calls == 2);
    record.broken = false;
    CHECK(pool.next(key));
    CHECK(to_hex(key.bytes) == "00 01 02 03");
    record.broken = true;
    CHECK(pool.next(key));
    CHECK(to_hex(key.bytes) == "04 05 06 07");
    CHECK_FALSE(pool.next(key));
}

TEST_CASE("6455 10.3: a used key is erased from the pool", "[6455-5.3-03]")
{
    counting_source::record record;
    record.bytes = 0xB0;
    mask_key_pool<counting_source, 8> pool{counting_source{&record}};
    mask_key key;
    REQUIRE(pool.next(key));
    const std::span<const std::byte> memory = std::as_bytes(std::span{&pool, 1});
    const std::string all = to_hex(memory);
    CHECK(all.find(to_hex(key.bytes)) == std::string::npos);
    CHECK(all.find("b4 b5 b6 b7") != std::string::npos);
}

TEST_CASE("A5: no two pools give out the same key: a copy does not exist, and what was moved starts empty",
          "[6455-5.3-02][6455-10.3-01]")
{
    using pool_type = mask_key_pool<counting_source, 16>;
    static_assert(!std::is_copy_constructible_v<pool_type> && !std::is_copy_assignable_v<pool_type>);
    static_assert(!std::is_copy_constructible_v<sockless::client_connection<pool_type>>);
    counting_source::record record;
    pool_type first{counting_source{&record}};
    mask_key key;
    REQUIRE(first.next(key));
    pool_type second{std::move(first)};
    CHECK(second.next(key));
    CHECK(to_hex(key.bytes) == "10 11 12 13");
    CHECK(first.next(key)); // NOLINT: a pool that was moved is empty
    CHECK(to_hex(key.bytes) == "20 21 22 23");
    first = std::move(second);
    CHECK(first.next(key));
    CHECK(to_hex(key.bytes) == "30 31 32 33");
    CHECK(second.next(key)); // NOLINT: the same
    CHECK(to_hex(key.bytes) == "40 41 42 43");
}

TEST_CASE("A5: a pool drops its keys when the process has become another one", "[6455-5.3-02][6455-10.3-01]")
{
    counting_source::record record;
    mask_key_pool<counting_source, 16> pool{counting_source{&record}};
    mask_key key;
    REQUIRE(pool.next(key));
    record.generation = 2;
    REQUIRE(pool.next(key));
    CHECK(to_hex(key.bytes) == "10 11 12 13");
    REQUIRE(pool.next(key));
    CHECK(to_hex(key.bytes) == "14 15 16 17");
    record.generation = 3;
    record.broken = true;
    CHECK_FALSE(pool.next(key));
    record.generation = 2; // what was dropped does not come back
    CHECK_FALSE(pool.next(key));
}

TEST_CASE("A5: from a source that notices no fork every key is taken by itself", "[6455-5.3-02][6455-10.3-01]")
{
    struct plain_source {
        counting_source inner;
        bool fill(std::span<std::byte> out) noexcept { return inner.fill(out); }
    };
    counting_source::record record;
    mask_key_pool<plain_source> pool{plain_source{{&record}}};
    mask_key key;
    for (std::size_t calls = 1; calls < 10; ++calls) {
        REQUIRE(pool.next(key));
        CHECK(record.calls == calls);
        CHECK(record.bytes == 4 * calls);
    }
    record.broken = true;
    const mask_key before = key;
    CHECK_FALSE(pool.next(key));
    CHECK(key == before);
}

TEST_CASE("6455 5.3: connections that share a source never share a key", "[6455-5.3-02][6455-10.3-01]")
{
    support::counted_keys source;
    sockless::shared_mask_keys<support::counted_keys> one{source};
    sockless::shared_mask_keys<support::counted_keys> other{source};
    mask_key a;
    mask_key b;
    REQUIRE(one.next(a));
    REQUIRE(other.next(b));
    CHECK(a != b);
    CHECK(source.calls() == 2);
    source.failing = true;
    CHECK_FALSE(one.next(a));
}

} // namespace
