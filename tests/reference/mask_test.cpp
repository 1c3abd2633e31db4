// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "mask.hpp"
#include "support/catch.hpp"
#include "support/guard_page.hpp"
#include "support/hex.hpp"
#include "support/random.hpp"

#include <sockless/bytes/mask.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace {

using sockless::mask_key;
using support::byte_vector;

mask_key random_key(support::random_numbers& numbers)
{
    mask_key key;
    const byte_vector bytes = numbers.bytes(4);
    std::copy(bytes.begin(), bytes.end(), key.bytes.begin());
    return key;
}

TEST_CASE("6455 5.3: masking is byte i XOR key byte i mod 4, for every length to 257 and every alignment to 63",
          "[6455-5.3-05][6455-2-01][MASK-5]")
{
    support::random_numbers numbers{1};
    for (std::size_t size = 0; size <= 257; ++size) {
        for (std::size_t alignment = 0; alignment < 64; ++alignment) {
            const byte_vector data = numbers.bytes(size);
            const mask_key key = random_key(numbers);
            byte_vector memory(64 + alignment + size + 1, std::byte{0xA5});
            const std::span<std::byte> bytes = std::span{memory}.subspan(64 + alignment, size);
            std::copy(data.begin(), data.end(), bytes.begin());

            const mask_key after = sockless::mask(bytes, key);
            const byte_vector expected = reference::masked(data, key);
            if (!std::equal(bytes.begin(), bytes.end(), expected.begin()) ||
                after != sockless::detail::rotate(key, size) || memory.back() != std::byte{0xA5} ||
                memory[63 + alignment] != std::byte{0xA5})
                FAIL("size " << size << ", alignment " << alignment << ", key " << support::to_hex(key.bytes));
        }
    }
}

TEST_CASE("6455 5.3: masking into another buffer does not change the source", "[6455-5.3-05][MASK-7]")
{
    support::random_numbers numbers{2};
    for (std::size_t size = 0; size <= 100; ++size) {
        const byte_vector data = numbers.bytes(size);
        const byte_vector copy = data;
        const mask_key key = random_key(numbers);
        byte_vector to(size);
        sockless::mask(data, to, key);
        CHECK(to == reference::masked(data, key));
        CHECK(data == copy);
    }
}

TEST_CASE("6455 5.3: the key continues from chunk to chunk, wherever the chunks are cut", "[6455-5.3-06][MASK-5]")
{
    support::random_numbers numbers{3};
    for (int run = 0; run < 500; ++run) {
        const byte_vector data = numbers.bytes(numbers.below(200));
        const mask_key key = random_key(numbers);
        byte_vector bytes = data;
        mask_key now = key;
        for (std::span<std::byte> rest{bytes}; !rest.empty();) {
            const std::size_t size = 1 + numbers.below(std::min<std::size_t>(rest.size(), 20));
            now = sockless::mask(rest.first(size), now);
            rest = rest.subspan(size);
        }
        CHECK(bytes == reference::masked(data, key));
        CHECK(now == sockless::detail::rotate(key, data.size()));
    }
}

TEST_CASE("6455 5.3: masking twice restores the bytes", "[6455-5.3-05][MASK-5]")
{
    support::random_numbers numbers{4};
    for (std::size_t size = 0; size <= 257; ++size) {
        const byte_vector data = numbers.bytes(size);
        const mask_key key = random_key(numbers);
        byte_vector bytes = data;
        sockless::mask(bytes, key);
        sockless::mask(bytes, key);
        CHECK(bytes == data);
    }
}

TEST_CASE("OSV-2021-1727: masking changes nothing outside the payload", "[MASK-5][MASK-6]")
{
    support::random_numbers numbers{5};
    for (std::size_t size = 0; size <= 130; ++size) {
        for (const support::guard side : {support::guard::after, support::guard::before}) {
            const byte_vector data = numbers.bytes(size);
            const mask_key key = random_key(numbers);
            const support::guard_page page{data, side};
            sockless::mask(page.bytes(), key);
            CHECK(std::ranges::equal(page.bytes(), reference::masked(data, key)));
        }
    }
}

} // namespace
