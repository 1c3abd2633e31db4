// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The comparison with the definition, over all lengths and alignments, is in reference/mask_test.cpp.
#include "support/catch.hpp"
#include "support/exact_block.hpp"
#include "support/guard_page.hpp"
#include "support/hex.hpp"

#include <sockless/bytes/mask.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace {

using sockless::mask_key;
using support::byte_vector;
using support::bytes_of;

constexpr mask_key example{{std::byte{0x37}, std::byte{0xFA}, std::byte{0x21}, std::byte{0x3D}}};

constexpr std::array<std::byte, 5> hello{std::byte{'H'}, std::byte{'e'}, std::byte{'l'}, std::byte{'l'},
                                         std::byte{'o'}};
constexpr std::array<std::byte, 5> masked(std::array<std::byte, 5> bytes, mask_key key)
{
    sockless::mask(bytes, key);
    return bytes;
}
// RFC 6455 5.7: "Hello" with that key is 7f 9f 4d 51 58.
static_assert(masked(hello, example) ==
              std::array{std::byte{0x7F}, std::byte{0x9F}, std::byte{0x4D}, std::byte{0x51}, std::byte{0x58}});
static_assert(masked(masked(hello, example), example) == hello);
static_assert(masked(hello, {}) == hello);

TEST_CASE("6455 5.7: \"Hello\" under the key 37 fa 21 3d is 7f 9f 4d 51 58", "[6455-5.3-07][6455-5.7-01]")
{
    byte_vector bytes = bytes_of("48 65 6c 6c 6f");
    sockless::mask(bytes, example);
    CHECK(bytes == bytes_of("7f 9f 4d 51 58"));
    byte_vector to = bytes_of("ee ee ee ee ee ee");
    sockless::mask(bytes, to, example);
    CHECK(to == support::join({support::text("Hello"), bytes_of("ee")}));
}

TEST_CASE("6455 5.3: the key for the next byte is the key, rotated by the number of masked bytes", "[6455-5.3-06]")
{
    byte_vector bytes(7);
    CHECK(sockless::mask(bytes, example).bytes ==
          std::array{std::byte{0x3D}, std::byte{0x37}, std::byte{0xFA}, std::byte{0x21}});
    CHECK(sockless::detail::rotate(example, 0) == example);
    CHECK(sockless::detail::rotate(example, 4) == example);
    CHECK(sockless::detail::rotate(sockless::detail::rotate(example, 1), 2) == sockless::detail::rotate(example, 3));
    CHECK(sockless::detail::rotate(example, std::size_t{0} - 1) == sockless::detail::rotate(example, 3));
}

TEST_CASE("6455 5.3: a key that is updated in place is the rotated key", "[6455-5.3-06][MASK-5]")
{
    const byte_vector bytes(23, std::byte{0x55});
    byte_vector wanted = bytes;
    sockless::mask(wanted, example);
    for (const auto mask_stream : {sockless::detail::fast::mask_stream, sockless::detail::compact::mask_stream}) {
        for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
            byte_vector to(bytes.size());
            mask_key key = example;
            mask_stream(bytes.data(), to.data(), cut, key.bytes.data());
            CHECK(key == sockless::detail::rotate(example, cut));
            mask_stream(bytes.data() + cut, to.data() + cut, bytes.size() - cut, key.bytes.data());
            CHECK(key == sockless::detail::rotate(example, bytes.size()));
            CHECK(to == wanted);
        }
    }
    byte_vector to(bytes.size());
    mask_key key = example;
    sockless::detail::mask_stream(bytes, to, key);
    CHECK(key == sockless::detail::rotate(example, bytes.size()));
    CHECK(to == wanted);
}

TEST_CASE("6455 5.3: masking in a constant expression gives the same result as at run time", "[6455-5.3-05]")
{
    byte_vector bytes = bytes_of("48 65 6c 6c 6f 20 61 67 61 69 6e");
    byte_vector wanted(bytes.size());
    sockless::detail::mask_bytewise(bytes, wanted.data(), example);
    sockless::mask(bytes, example);
    CHECK(bytes == wanted);
}

TEST_CASE("6455 5.3: bytes of any type are masked")
{
    std::vector<std::uint8_t> octets{'H', 'e', 'l', 'l', 'o'};
    char characters[5];
    const mask_key next = sockless::mask(octets, characters, example);
    CHECK(sockless::mask(octets, example) == next);
    CHECK(support::to_hex(sockless::as_bytes(octets)) == "7f 9f 4d 51 58");
    CHECK(support::to_hex(sockless::as_bytes(std::span{characters})) == "7f 9f 4d 51 58");
}

TEST_CASE("6455 5.3: a key of zeros is a valid key", "[6455-5.3-04]")
{
    byte_vector bytes = bytes_of("00 01 02 03 04 05 06 07 08");
    const byte_vector copy = bytes;
    CHECK(sockless::mask(bytes, {}) == mask_key{});
    CHECK(bytes == copy);
}

TEST_CASE("ithewei/libhv#769: unmasking 48 bytes in a block of 48 reads no byte outside it", "[MASK-6]")
{
    for (std::size_t size = 40; size <= 48; ++size) {
        const byte_vector bytes(size, std::byte{0x55});
        const std::byte last = bytes.back() ^ example.bytes[(size - 1) % 4];
        const support::exact_block block{bytes, 1};
        sockless::mask(block.bytes(), example);
        CHECK(block.bytes().back() == last);
        const support::guard_page page{bytes};
        sockless::mask(page.bytes(), example);
        CHECK(page.bytes().back() == last);
    }
}

TEST_CASE("6455 5.3: masking nothing changes nothing", "[6455-5.3-05]")
{
    CHECK(sockless::mask({}, example) == example);
}

} // namespace
