// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The environment of the programs that tools/size measures. outside.c defines these functions, so that the compiler cannot inline them; the
/// empty program contains them too, so that they are not counted.
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

/// A `random_source`, also used for masking keys.
struct random_outside {
    constexpr random_outside() noexcept {} // as a source with a state has
    bool fill(std::span<std::byte> out) noexcept { return random_bytes(out.data(), out.size()); }
    bool next(sockless::mask_key& key) noexcept { return fill(key.bytes); }
};

/// Memory of the caller has names that begin with caller_ and is not counted.
inline constexpr std::size_t caller_bytes = 256;

inline constexpr std::string_view bye = "bye";
