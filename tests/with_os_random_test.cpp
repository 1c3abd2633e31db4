// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/print.hpp"

#include <sockless/handshake/accept_key.hpp>
#include <sockless/with_os_random.hpp>

#include <array>
#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <sys/mman.h>
#include <vector>

namespace {

using sockless::os_random;

static_assert(sockless::random_source<os_random> && sockless::mask_key_source<sockless::os_mask_keys>);

TEST_CASE("6455 10.3: the kernel fills all bytes, differently each time", "[6455-5.3-03][6455-4.1-18][MASK-3]")
{
    os_random random;
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        std::array<std::byte, 16> bytes{};
        REQUIRE(random.fill(bytes));
        CHECK(seen.insert(support::to_hex(bytes)).second);
    }
    CHECK(random.fill({}));

    // The kernel gives at most 32 MiB - 1 at a time: the rest has to be asked for again.
    std::vector<std::byte> many((std::size_t{1} << 25) + 4096);
    REQUIRE(random.fill(many));
    std::array<int, 256> counts{};
    for (std::size_t i = many.size() - 100000; i < many.size(); ++i)
        ++counts[std::to_integer<std::size_t>(many[i])];
    for (const int count : counts)
        CHECK(count > 100); // about 390 each

    sockless::os_mask_keys keys;
    sockless::mask_key one;
    sockless::mask_key two;
    REQUIRE(keys.next(one));
    REQUIRE(keys.next(two));
    CHECK_FALSE(one == two);
}

TEST_CASE("6455 10.3: a failure of the kernel is reported", "[MASK-3]")
{
    // Memory that it may not write to.
    void* const page = ::mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(page != MAP_FAILED);
    os_random random;
    CHECK_FALSE(random.fill(std::span{static_cast<std::byte*>(page), 16}));
    ::munmap(page, 4096);
}

} // namespace
