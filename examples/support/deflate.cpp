// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "deflate.hpp"

#include <sockless/with_zlib.hpp>

namespace example {

struct inflater::library : sockless::zlib_inflater {
    using zlib_inflater::zlib_inflater;
};

inflater::inflater() : library_{std::make_unique<library>()} {}
inflater::~inflater() = default;
bool inflater::open(std::uint8_t window_bits) noexcept
{
    return library_->open(window_bits);
}
sockless::inflate_result inflater::inflate(std::span<const std::byte> in, std::span<std::byte> out) noexcept
{
    return library_->inflate(in, out);
}
void inflater::reset() noexcept
{
    library_->reset();
}

struct deflater::library : sockless::zlib_deflater {
    using zlib_deflater::zlib_deflater;
};

deflater::deflater(const compression_settings& compression)
    : library_{std::make_unique<library>(sockless::zlib_options{compression.level, compression.memory_level})}
{
}
deflater::~deflater() = default;
bool deflater::open(std::uint8_t window_bits) noexcept
{
    return library_->open(window_bits);
}
std::uint8_t deflater::window_bits() const noexcept
{
    return library_->window_bits();
}
std::size_t deflater::bound(std::size_t size) const noexcept
{
    return library_->bound(size);
}
std::size_t deflater::deflate(std::span<const std::byte> in, std::span<std::byte> out) noexcept
{
    return library_->deflate(in, out);
}
void deflater::reset() noexcept
{
    library_->reset();
}

} // namespace example
