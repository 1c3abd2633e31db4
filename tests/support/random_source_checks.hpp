// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Tests for every random source of an operating system or library.
#pragma once

#include "catch.hpp"
#include "hex.hpp"

#include <sockless/handshake/accept_key.hpp>

#include <array>
#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace support {

/// Checks that the source fills all bytes, differently each time, and that keys differ.
///
/// @param keys  from that source
/// @param size  of a long request, in bytes
template <class Source, class MaskKeys>
void check_random_source(Source& random, MaskKeys keys, std::size_t size)
{
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        std::array<std::byte, 16> bytes{};
        REQUIRE(random.fill(bytes));
        CHECK(seen.insert(to_hex(bytes)).second);
    }
    CHECK(random.fill({}));

    std::vector<std::byte> many(size);
    REQUIRE(random.fill(many));
    std::array<int, 256> counts{};
    for (const std::byte b : std::span{many}.last(100000))
        ++counts[std::to_integer<std::size_t>(b)];
    for (const int count : counts)
        CHECK(count > 100); // about 390 each

    sockless::mask_key one;
    sockless::mask_key two;
    REQUIRE(keys.next(one));
    REQUIRE(keys.next(two));
    CHECK_FALSE(one == two);

    sockless::key_value first;
    sockless::key_value second;
    REQUIRE(make_key(random, first) == sockless::error::none);
    REQUIRE(make_key(random, second) == sockless::error::none);
    CHECK(first.view() != second.view());
}

} // namespace support
