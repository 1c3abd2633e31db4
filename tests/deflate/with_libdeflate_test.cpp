// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// libdeflate as a backend: it supports whole buffers only and has no flush, but is sufficient for a sender. Every frame is a deflate
/// stream of its own, which RFC 7692 7.2.1 allows: a block with BFINAL=1 ends nothing. Shows that the concept fits others.
#include "deflate_round_trip.hpp"
#include "received.hpp"
#include "support/catch.hpp"
#include "support/print.hpp"
#include "support/random.hpp"
#include "zlib_backend.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <memory>

namespace {

using namespace deflate_test;

class libdeflate_deflater {
public:
    libdeflate_deflater() : compressor_{libdeflate_alloc_compressor(6), &libdeflate_free_compressor} {}

    [[nodiscard]] std::uint8_t window_bits() const noexcept { return 15; }
    [[nodiscard]] std::size_t bound(std::size_t size) const noexcept
    {
        return libdeflate_deflate_compress_bound(compressor_.get(), size) + flush;
    }
    std::size_t deflate(std::span<const std::byte> in, std::span<std::byte> out) noexcept
    {
        const std::size_t made =
            libdeflate_deflate_compress(compressor_.get(), in.data(), in.size(), out.data(), out.size() - flush);
        out[made] = std::byte{0x00}; // the header of an empty stored block
        std::ranges::copy(sockless::deflate_tail, out.begin() + static_cast<std::ptrdiff_t>(made + 1));
        return made + flush;
    }
    void reset() noexcept {} // every stream is a fresh one

private:
    static constexpr std::size_t flush = 5;
    std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor_;
};

struct libdeflate_backend {
    using inflater = sockless::zlib_inflater;
    using deflater = libdeflate_deflater;
    static std::unique_ptr<inflater> make_inflater(std::uint8_t bits) { return zlib_backend::make_inflater(bits); }
    static std::unique_ptr<deflater> make_deflater(std::uint8_t) { return std::make_unique<deflater>(); }
};

} // namespace

TEST_CASE("deflate: a compressor of whole buffers can be a backend, for whole messages and for pieces",
          "[7692-7.2.1-02][7692-7.2.3.4-01][PMD-8]")
{
    static_assert(sockless::deflate_backend<libdeflate_deflater>);
    for (std::uint64_t seed = 0; seed < 150; ++seed) {
        INFO("seed " << seed);
        support::random_numbers numbers{seed};
        REQUIRE_NOTHROW(round_trip<libdeflate_backend>(numbers.bytes(20 + numbers.below(400))));
    }
}
