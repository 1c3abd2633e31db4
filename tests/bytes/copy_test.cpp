// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/hex.hpp"

#include <sockless/bytes/copy.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace {

using support::byte_vector;
using support::bytes_of;

constexpr std::array<std::byte, 3> copied_by_the_compiler()
{
    std::array<std::byte, 3> to{};
    sockless::detail::copy_bytes(std::string_view{"ab"}, std::span{to}.subspan(1));
    const std::array<std::byte, 1> from{std::byte{0x7A}};
    sockless::detail::copy_bytes(from, to);
    return to;
}
static_assert(copied_by_the_compiler() == std::array{std::byte{0x7A}, std::byte{'a'}, std::byte{'b'}});

TEST_CASE("bytes: a copy changes only the front of the destination")
{
    byte_vector to = bytes_of("ee ee ee ee");
    sockless::detail::copy_bytes(std::span<const std::byte>{bytes_of("01 02 03")}, to);
    CHECK(to == bytes_of("01 02 03 ee"));
    sockless::detail::copy_bytes(std::string_view{"A"}, to);
    CHECK(to == bytes_of("41 02 03 ee"));
}

TEST_CASE("bytes: source and destination may overlap if the destination begins first")
{
    byte_vector bytes = bytes_of("01 02 03 04 05");
    sockless::detail::copy_bytes(std::span<const std::byte>{bytes}.subspan(2), bytes);
    CHECK(bytes == bytes_of("03 04 05 04 05"));
}

TEST_CASE("bytes: both forms of a copy give the same result for all positions, also overlapping ones")
{
    constexpr std::size_t limit = 40;
    for (const auto copy : {sockless::detail::fast::copy, sockless::detail::compact::copy}) {
        for (std::size_t size = 0; size < limit; ++size) {
            for (std::size_t from = 0; from <= 9; ++from) {
                byte_vector memory(2 * limit);
                for (std::size_t i = 0; i < memory.size(); ++i)
                    memory[i] = static_cast<std::byte>(i);
                byte_vector wanted = memory;
                for (std::size_t i = 0; i < size; ++i)
                    wanted[i] = memory[from + i];
                copy(memory.data() + from, memory.data(), size);
                CHECK(memory == wanted);
                byte_vector elsewhere(size, std::byte{0xEE});
                copy(memory.data() + from, elsewhere.data(), size);
                CHECK(elsewhere == byte_vector(memory.begin() + static_cast<std::ptrdiff_t>(from),
                                               memory.begin() + static_cast<std::ptrdiff_t>(from + size)));
            }
        }
        copy(nullptr, nullptr, 0);
    }
}

TEST_CASE("bytes: copying nothing needs no memory")
{
    sockless::detail::copy_bytes(std::span<const std::byte>{}, {});
    sockless::detail::copy_bytes(std::string_view{}, {});
    CHECK(sockless::as_bytes({}).empty());
    CHECK(sockless::as_text({}).empty());
}

TEST_CASE("bytes: text is accepted as bytes, without a copy")
{
    const std::string_view text = "a\xC3\xA9";
    const std::span<const std::byte> bytes = sockless::as_bytes(text);
    CHECK(support::to_hex(bytes) == "61 c3 a9");
    CHECK(sockless::as_text(bytes) == text);
    CHECK(sockless::as_text(bytes).data() == text.data());
}

} // namespace
