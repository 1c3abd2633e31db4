// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Tests for the SHA-1 of every library.
#pragma once

#include "catch.hpp"
#include "hex.hpp"
#include "random.hpp"

#include <sockless/bytes/sha1.hpp>
#include <sockless/handshake/accept_key.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace support {

/// Checks the digests of all lengths up to 300 bytes, in any two pieces, and RFC 6455's accept value.
template <class Hash>
void check_sha1()
{
    random_numbers numbers{3};
    for (std::size_t size = 0; size < 300; ++size) {
        const std::vector<std::byte> text = numbers.bytes(size);
        const std::size_t cut = numbers.below(size + 1);
        sockless::sha1 own;
        own.update(text);
        Hash other;
        other.update(std::span{text}.first(cut));
        other.update(std::span{text}.subspan(cut));
        if (own.digest() != other.digest())
            FAIL("length " << size << ", cut at " << cut);
    }
    CHECK(sockless::make_accept<Hash>("dGhlIHNhbXBsZSBub25jZQ==").view() == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

/// Checks that there is one digest: a second one, and more data, fail.
template <class Hash>
void check_single_digest()
{
    constexpr std::array<std::byte, sockless::sha1::digest_size> zeros{};
    Hash hash;
    hash.update(std::string_view{"abc"});
    CHECK(to_hex(hash.digest()).starts_with("a9 99 3e"));
    CHECK_FALSE(hash.failed());
    CHECK(hash.digest() == zeros);
    CHECK(hash.failed());

    Hash other;
    CHECK(to_hex(other.digest()).starts_with("da 39 a3"));
    for (int i = 0; i < 2; ++i) {
        other.update(std::string_view{"abc"});
        CHECK(other.failed());
    }
    CHECK(other.digest() == zeros);
}

} // namespace support
