// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"

#include <sockless/bytes/byte_view.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace {

using sockless::byte_span;
using sockless::byte_view;

template <class T>
constexpr bool is_read = std::is_convertible_v<T, byte_view>;
template <class T>
constexpr bool is_written = std::is_convertible_v<T, byte_span>;

static_assert(is_read<std::span<const char>> && is_read<std::span<unsigned char>> && is_read<std::span<std::byte, 4>>);
static_assert(is_read<std::vector<char>> && is_read<const std::vector<std::uint8_t>&> && is_read<std::array<char, 3>&>);
static_assert(is_read<std::string> && is_read<const std::string&> && is_read<std::string_view> &&
              is_read<std::u8string_view>);
static_assert(is_read<const char*> && is_read<const char (&)[4]> && is_read<unsigned char (&)[4]>);
static_assert(is_read<byte_span> && !is_written<byte_view>);
static_assert(!is_read<char (&)[4]> && !is_read<std::nullptr_t>, "these may not be what they seem");
static_assert(!is_read<std::vector<int>> && !is_read<std::span<signed char>> && !is_read<std::wstring>);

static_assert(is_written<std::span<char>> && is_written<const std::span<unsigned char>&> &&
              is_written<std::span<std::byte, 4>&>);
static_assert(is_written<std::vector<char>&> && is_written<std::string&> && is_written<std::array<std::byte, 2>&>);
static_assert(is_written<char (&)[4]> && is_written<unsigned char (&)[4]>);
static_assert(!is_written<std::vector<char>>, "it would not outlive the call");
static_assert(!is_written<const std::vector<char>&> && !is_written<std::string_view> && !is_written<const char*> &&
              !is_written<std::span<const std::byte>> && !is_written<std::span<int>>);

static_assert(std::is_trivially_copyable_v<byte_view> && sizeof(byte_view) == sizeof(std::span<std::byte>));
static_assert(std::is_trivially_copyable_v<byte_span> && sizeof(byte_span) == sizeof(std::span<std::byte>));

constexpr std::array three{std::byte{1}, std::byte{2}, std::byte{3}};
static_assert(sockless::as_bytes(three).size() == 3 && sockless::as_bytes({three.data() + 1, 2})[0] == std::byte{2});
static_assert(sockless::as_bytes({}).empty() && byte_view{}.empty() && byte_span{}.data() == nullptr);

TEST_CASE("bytes: every byte type is accepted, without a copy")
{
    std::vector<std::uint8_t> octets{1, 2, 3};
    std::vector<char> characters{'a', 'b'};
    const byte_view read{octets};
    CHECK(static_cast<const void*>(read.data()) == octets.data());
    CHECK(read.size() == 3);
    const byte_span written{characters};
    CHECK(static_cast<void*>(written.data()) == characters.data());
    CHECK(written.size() == 2);
    CHECK_FALSE(written.empty());
    CHECK(byte_view{octets.data() + 1, 1}.data()[0] == std::byte{2});

    std::span<std::byte> cursor = sockless::byte_span{characters.data(), 1};
    cursor[0] = std::byte{'z'};
    CHECK(characters[0] == 'z');
    const std::span<const std::byte> view = read;
    CHECK(view.size() == 3);
}

TEST_CASE("bytes: a literal is accepted without its terminator, an array of octets completely")
{
    CHECK(byte_view{"abc"}.size() == 3);
    CHECK_FALSE(byte_view{"abc"}.empty());
    CHECK(byte_view{""}.empty());
    CHECK(byte_view{std::string_view{"a\0b", 3}}.size() == 3);
    const unsigned char octets[] = {1, 0, 2};
    CHECK(byte_view{octets}.size() == 3);
    char buffer[7] = {};
    CHECK(byte_span{buffer}.size() == 7);
}

} // namespace
