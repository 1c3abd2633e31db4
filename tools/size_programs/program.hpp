// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// What the programs that tools/size measures have around them. What these four do stands in outside.c, so that the compiler
/// cannot know; an empty program has them as well, and they are not counted.
#pragma once

#include <sockless/sockless.hpp>

#include <cstddef>
#include <string_view>

extern "C" {
std::size_t receive(std::byte* bytes, std::size_t size) noexcept;
std::size_t transmit(const std::byte* bytes, std::size_t size) noexcept;
bool random_bytes(std::byte* bytes, std::size_t size) noexcept;
int main();
}

/// A random_source, and a source of mask keys.
struct random_outside {
    bool fill(std::span<std::byte> out) noexcept { return random_bytes(out.data(), out.size()); }
    bool next(sockless::mask_key& key) noexcept { return fill(key.bytes); }
};

/// The caller's own memory is called caller_*: it is not counted either.
inline constexpr std::size_t caller_bytes = 256;

inline constexpr std::string_view bye = "bye";
