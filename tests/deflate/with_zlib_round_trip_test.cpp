// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Seeded inputs for what a fuzz target does with chosen ones.
#include "deflate_round_trip.hpp"
#include "reference_backend.hpp"
#include "support/catch.hpp"
#include "support/random.hpp"
#include "zlib_backend.hpp"

#include <cstddef>

namespace {

using namespace deflate_test;

using mixed_backend = two_backends<reference_backend, zlib_backend>;
using stored_backend = two_backends<zlib_backend, reference_backend>;

} // namespace

TEST_CASE(
    "7692 7.2: any messages, sent in any way with any parameters, arrive unchanged",
    "[7692-4-01][7692-5-16][7692-6-01][7692-6-02][7692-6.1-01][7692-6.1-02][7692-6.2-01][7692-7.2.1-01][7692-7.2.1-04][7692-7.2.1-06]"
    "[7692-7.2.1-08][7692-7.2.1-10][7692-7.2.1-11][7692-7.2.2-01][zlib-flush-01][zlib-flush-02]")
{
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        INFO("seed " << seed);
        support::random_numbers numbers{seed};
        const byte_vector input = numbers.bytes(20 + numbers.below(600));
        REQUIRE_NOTHROW(round_trip<zlib_backend>(input));
        if (seed % 6 == 0) {
            REQUIRE_NOTHROW(round_trip<mixed_backend>(input));
            REQUIRE_NOTHROW(round_trip<stored_backend>(input));
        }
    }
}

TEST_CASE("7692 7.2.2: any bytes give the same message, or the same failure, in two inflaters",
          "[7692-7.2.2-10][PMD-7]")
{
    for (std::uint64_t seed = 0; seed < 1500; ++seed) {
        INFO("seed " << seed);
        support::random_numbers numbers{seed};
        byte_vector input = numbers.bytes(8 + numbers.below(60));
        if (seed % 3 != 0) { // a valid message, and in every second run one byte of it changed
            const auto deflater = zlib_backend::make_deflater(15);
            byte_vector message = numbers.bytes(numbers.below(200));
            const byte_vector copy = message;
            message.insert(message.end(), copy.begin(), copy.end());
            for (std::byte& b : message)
                b &= std::byte{0x1F};
            message.push_back(std::byte{0x61});
            byte_vector out(deflater->bound(message.size()));
            out.resize(deflater->deflate(message, out) - 4);
            if (seed % 2 == 0)
                out[numbers.below(out.size())] ^= static_cast<std::byte>(1U << numbers.below(8));
            input.resize(7);
            input.insert(input.end(), out.begin(), out.end());
        }
        REQUIRE_NOTHROW((same_verdict<zlib_backend, reference_backend>(hostile_input{input})));
    }
}
