// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/random.hpp"

#include <sockless/bytes/sha1.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using sockless::sha1;

std::string digest_of(std::string_view text)
{
    sha1 hash;
    hash.update(text);
    std::string result = support::to_hex(hash.digest());
    std::erase(result, ' ');
    return result;
}

constexpr bool used_by_the_compiler()
{
    sha1 hash;
    hash.update(std::string_view{"abc"});
    const auto digest = hash.digest();
    return digest[0] == std::byte{0xA9} && digest[1] == std::byte{0x99} && digest[19] == std::byte{0x9D};
}
static_assert(used_by_the_compiler());

/// RFC 3174 6.1 literally, with all 80 words of the schedule.
std::array<std::byte, 20> slow_sha1(std::span<const std::byte> text)
{
    std::vector<std::uint8_t> padded;
    for (const std::byte b : text)
        padded.push_back(std::to_integer<std::uint8_t>(b));
    padded.push_back(0x80);
    while (padded.size() % 64 != 56)
        padded.push_back(0);
    const std::uint64_t bits = std::uint64_t{text.size()} * 8;
    for (int shift = 56; shift >= 0; shift -= 8)
        padded.push_back(static_cast<std::uint8_t>(bits >> shift));
    const auto rotated_left = [](std::uint32_t x, unsigned n) { return (x << n) | (x >> (32 - n)); };
    std::uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    for (std::size_t block = 0; block < padded.size(); block += 64) {
        std::uint32_t w[80] = {};
        for (std::size_t t = 0; t < 16; ++t)
            for (std::size_t i = 0; i < 4; ++i)
                w[t] = w[t] << 8U | padded[block + t * 4 + i];
        for (std::size_t t = 16; t < 80; ++t)
            w[t] = rotated_left(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
        std::uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
        for (std::size_t t = 0; t < 80; ++t) {
            std::uint32_t mixed = t < 20   ? (b & c) | (~b & d)
                                  : t < 40 ? b ^ c ^ d
                                  : t < 60 ? (b & c) | (b & d) | (c & d)
                                           : b ^ c ^ d;
            mixed += t < 20 ? 0x5A827999U : t < 40 ? 0x6ED9EBA1U : t < 60 ? 0x8F1BBCDCU : 0xCA62C1D6U;
            const std::uint32_t next = rotated_left(a, 5) + mixed + e + w[t];
            e = d;
            d = c;
            c = rotated_left(b, 30);
            b = a;
            a = next;
        }
        h[0] += a;
        h[1] += b;
        h[2] += c;
        h[3] += d;
        h[4] += e;
    }
    std::array<std::byte, 20> result{};
    for (std::size_t i = 0; i < 20; ++i)
        result[i] = static_cast<std::byte>(h[i / 4] >> (24 - 8 * (i % 4)));
    return result;
}

TEST_CASE("3174 7.3: the test vectors of the RFC", "[6455-10.8-01]")
{
    CHECK(digest_of("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d");
    CHECK(digest_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
          "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    CHECK(digest_of(std::string(1000000, 'a')) == "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
    CHECK(digest_of("") == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

TEST_CASE("3174: the digest is equal to that of a slow implementation, at every length up to four blocks")
{
    support::random_numbers numbers{1};
    for (std::size_t size = 0; size < 260; ++size) {
        const std::vector<std::byte> text = numbers.bytes(size);
        sha1 hash;
        hash.update(text);
        if (hash.digest() != slow_sha1(text))
            FAIL("length " << size);
    }
}

TEST_CASE("3174 6.1: both forms of a block give the same next state from every state")
{
    support::random_numbers numbers{3};
    for (int i = 0; i < 100; ++i) {
        const std::vector<std::byte> block = numbers.bytes(64);
        std::array<std::uint32_t, 5> fast{};
        for (std::uint32_t& word : fast)
            word = static_cast<std::uint32_t>(numbers.next());
        std::array<std::uint32_t, 5> compact = fast;
        sockless::detail::fast::sha1_block(fast.data(), block.data());
        sockless::detail::compact::sha1_block(compact.data(), block.data());
        CHECK(fast == compact);
    }
}

TEST_CASE("3174: bytes of any type are digested")
{
    const std::array<std::byte, 20> expected = slow_sha1(support::text("abc"));
    const std::vector<std::uint8_t> octets{'a', 'b', 'c'};
    const std::vector<char> characters{'a', 'b', 'c'};
    const std::string text = "abc";
    const auto digest = [](const auto& bytes) {
        sha1 hash;
        hash.update(bytes);
        return hash.digest();
    };
    CHECK(digest(octets) == expected);
    CHECK(digest(characters) == expected);
    CHECK(digest(text) == expected);
    CHECK(digest("abc") == expected);
}

TEST_CASE("3174: the digest does not depend on the pieces in which the text arrives")
{
    support::random_numbers numbers{2};
    const std::vector<std::byte> text = numbers.bytes(300);
    const std::array<std::byte, 20> expected = slow_sha1(text);
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        sha1 hash;
        hash.update(std::span{text}.first(cut));
        hash.update(std::string_view{});
        hash.update(std::span{text}.subspan(cut));
        if (hash.digest() != expected)
            FAIL("cut at " << cut);
    }
    sha1 bytewise;
    for (const std::byte& b : text)
        bytewise.update(std::span{&b, 1});
    CHECK(bytewise.digest() == expected);
}

} // namespace
