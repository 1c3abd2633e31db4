// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Replaces deflate.cpp in programs built without zlib.

#include "deflate.hpp"

#include <stdexcept>

namespace example {

struct inflater::library {};
struct deflater::library {};

inflater::inflater() = default;
inflater::~inflater() = default;
deflater::deflater(const compression_settings&)
{
    throw std::runtime_error{
        "this program was built without permessage-deflate: install zlib's headers (Debian: zlib1g-dev), "
        "run cmake again, and build it again"};
}
deflater::~deflater() = default;

// Never called: no deflater can be constructed.
bool inflater::open(std::uint8_t) noexcept
{
    return false;
}
sockless::inflate_result inflater::inflate(std::span<const std::byte>, std::span<std::byte>) noexcept
{
    return {.failed = true};
}
void inflater::reset() noexcept {}
bool deflater::open(std::uint8_t) noexcept
{
    return false;
}
std::uint8_t deflater::window_bits() const noexcept
{
    return sockless::max_window_bits;
}
std::size_t deflater::bound(std::size_t size) const noexcept
{
    return size;
}
std::size_t deflater::deflate(std::span<const std::byte>, std::span<std::byte>) noexcept
{
    return 0;
}
void deflater::reset() noexcept {}

} // namespace example
