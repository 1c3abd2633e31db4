// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/print.hpp"
#include "support/random_source_checks.hpp"
#include "support/sha1_checks.hpp"

#include <sockless/with_mbedtls.hpp>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>

namespace {

using sockless::mbedtls_mask_keys;
using sockless::mbedtls_random;
using sockless::mbedtls_sha1;

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
          "[6455-4.1-18][6455-5.3-03][MASK-3]")
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

TEST_CASE("3174: the SHA-1 of mbedTLS agrees with the library's at every length, in any pieces",
          "[6455-10.8-01][6455-4.2.2-16]")
{
    support::check_sha1<mbedtls_sha1>();
}

TEST_CASE("A hash of mbedTLS has one digest: a second one, and more data, fail")
{
    support::check_single_digest<mbedtls_sha1>();
}

} // namespace
