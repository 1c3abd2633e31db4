// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/hex.hpp"

#include <sockless/bytes/endian.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace {

using sockless::detail::load_big_endian;
using sockless::detail::store_big_endian;
using support::byte_vector;
using support::bytes_of;

constexpr std::uint64_t round_trip(std::uint64_t value)
{
    std::array<std::byte, 8> bytes{};
    sockless::detail::store_big_endian(bytes, value);
    return sockless::detail::load_big_endian<std::uint64_t>(bytes);
}
static_assert(round_trip(0x0102030405060708) == 0x0102030405060708);
static_assert(round_trip(0xFFFFFFFFFFFFFFFF) == 0xFFFFFFFFFFFFFFFF);

TEST_CASE("6455 5.2: numbers on the wire have their most significant byte first", "[6455-5.2-07][6455-5.2-16]")
{
    const byte_vector bytes = bytes_of("81 02 03 04 05 06 07 f8 99");
    CHECK(sockless::detail::load_big_endian<std::uint8_t>(bytes) == 0x81);
    CHECK(sockless::detail::load_big_endian<std::uint16_t>(bytes) == 0x8102);
    CHECK(sockless::detail::load_big_endian<std::uint32_t>(bytes) == 0x81020304);
    CHECK(sockless::detail::load_big_endian<std::uint64_t>(bytes) == 0x81020304050607F8);
    CHECK(sockless::detail::load_big_endian<std::uint32_t>(std::span{bytes}.subspan(5)) == 0x0607F899);

    byte_vector out(9, std::byte{0xEE});
    sockless::detail::store_big_endian(out, std::uint64_t{0x81020304050607F8});
    CHECK(out == bytes_of("81 02 03 04 05 06 07 f8 ee"));
    sockless::detail::store_big_endian(out, std::uint16_t{0xA1B2});
    CHECK(out == bytes_of("a1 b2 03 04 05 06 07 f8 ee"));
    sockless::detail::store_big_endian(std::span{out}.subspan(5), std::uint32_t{0xC1C2C3C4});
    CHECK(out == bytes_of("a1 b2 03 04 05 c1 c2 c3 c4"));
}

} // namespace
