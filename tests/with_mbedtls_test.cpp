// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/hex.hpp"
#include "support/print.hpp"
#include "support/random.hpp"
#include "support/random_source_checks.hpp"

#include <sockless/handshake/accept_key.hpp>
#include <sockless/with_mbedtls.hpp>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace {

using sockless::mbedtls_mask_keys;
using sockless::mbedtls_random;
using sockless::mbedtls_sha1;
using sockless::sha1;

static_assert(sockless::mask_key_source<mbedtls_mask_keys>);
static_assert(!std::is_default_constructible_v<mbedtls_random>, "without a generator there are no random bytes");

/// A seeded generator of mbedTLS.
struct generator {
    generator()
    {
        mbedtls_entropy_init(&entropy);
        mbedtls_ctr_drbg_init(&state);
        REQUIRE(mbedtls_ctr_drbg_seed(&state, mbedtls_entropy_func, &entropy, nullptr, 0) == 0);
    }
    ~generator()
    {
        mbedtls_ctr_drbg_free(&state);
        mbedtls_entropy_free(&entropy);
    }
    generator(const generator&) = delete;
    generator& operator=(const generator&) = delete;

    mbedtls_entropy_context entropy{};
    mbedtls_ctr_drbg_context state{};
};

TEST_CASE("6455 10.3: mbedTLS fills all bytes, differently each time, also more than it returns at once",
          "[6455-4.1-18][6455-5.3-03]")
{
    generator from;
    mbedtls_random random{mbedtls_ctr_drbg_random, &from.state};
    support::check_random_source(random, mbedtls_mask_keys{random}, 100'003);
}

TEST_CASE("6455 10.3: a generator of mbedTLS that fails gives no keys", "[6455-5.3-03]")
{
    int calls_that_work = 1;
    const auto generate = [](void* left, unsigned char* out, std::size_t size) {
        std::fill_n(out, size, static_cast<unsigned char>(1));
        return (*static_cast<int*>(left))-- > 0 ? 0 : MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED;
    };
    mbedtls_random random{generate, &calls_that_work};
    std::array<std::byte, 300> bytes{};
    CHECK_FALSE(random.fill(bytes)); // in the second part
    mbedtls_mask_keys keys{random};
    sockless::mask_key key;
    CHECK_FALSE(keys.next(key));
    calls_that_work = 1;
    CHECK(keys.next(key));
}

TEST_CASE("3174: the SHA-1 of mbedTLS agrees with the library's at every length, in any pieces", "[6455-10.8-01]")
{
    support::random_numbers numbers{3};
    for (std::size_t size = 0; size < 300; ++size) {
        const std::vector<std::byte> text = numbers.bytes(size);
        const std::size_t cut = numbers.below(size + 1);
        sha1 own;
        own.update(text);
        mbedtls_sha1 other;
        other.update(std::span{text}.first(cut));
        other.update(std::span{text}.subspan(cut));
        if (own.digest() != other.digest())
            FAIL("length " << size << ", cut at " << cut);
    }
}

TEST_CASE("6455 1.3: the accept value by mbedTLS", "[6455-4.2.2-16]")
{
    CHECK(sockless::make_accept<mbedtls_sha1>("dGhlIHNhbXBsZSBub25jZQ==").view() == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_CASE("A hash of mbedTLS has one digest: a second one, and more data, fail")
{
    mbedtls_sha1 hash;
    hash.update(std::string_view{"abc"});
    CHECK(support::to_hex(hash.digest()).starts_with("a9 99 3e"));
    CHECK_FALSE(hash.failed());
    CHECK(hash.digest() == std::array<std::byte, 20>{});
    CHECK(hash.failed());

    mbedtls_sha1 other;
    CHECK(support::to_hex(other.digest()).starts_with("da 39 a3"));
    other.update(std::string_view{"abc"});
    CHECK(other.failed());
    other.update(std::string_view{"abc"});
    CHECK(other.digest() == std::array<std::byte, 20>{});
}

} // namespace
