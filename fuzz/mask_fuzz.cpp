// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Masks any bytes with any key, from every alignment to every alignment, in place and in parts, and compares with RFC 6455 5.3.
///
/// Five bytes select the key, and where the data is cut.
#include "watch.hpp"

#include "reference/mask.hpp"
#include "support/exact_block.hpp"
#include "support/guard_page.hpp"

#include <sockless/bytes/mask.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace {

using fuzz::require;

bool same(std::span<const std::byte> a, std::span<const std::byte> b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

void body(std::span<const std::byte> input)
{
    fuzz::decisions in{input};
    sockless::mask_key key;
    for (std::byte& b : key.bytes)
        b = static_cast<std::byte>(in.byte());
    const unsigned where = in.byte();
    const std::span<const std::byte> data = in.rest();
    const std::vector<std::byte> wanted = reference::masked(data, key);
    const sockless::mask_key next = sockless::detail::rotate(key, data.size());

    const auto mask = [](std::span<std::byte> bytes, sockless::mask_key with) {
        return fuzz::core([&] { return sockless::mask(bytes, with); });
    };

    constexpr std::size_t alignments = 8;
    const std::size_t from_offset = where % alignments;
    for (std::size_t to_offset = 0; to_offset < alignments; ++to_offset) {
        const support::exact_block from{data, from_offset};
        const support::exact_block to{data, to_offset};
        std::fill(to.bytes().begin(), to.bytes().end(), std::byte{0x5A});
        require(fuzz::core([&] { return sockless::mask(from.bytes(), to.bytes(), key); }) == next,
                "the returned key continues where this one ended");
        require(same(to.bytes(), wanted), "octet i is masked with octet i mod 4 of the key");
        require(same(from.bytes(), data), "the source is not changed");
        if (data.size() <= sockless::detail::simd::short_size) {
            std::fill(to.bytes().begin(), to.bytes().end(), std::byte{0x5A});
            fuzz::core([&] { sockless::detail::mask_copy_small(from.bytes(), to.bytes(), key); });
            require(same(to.bytes(), wanted), "the function for short payloads gives the same");
        }

        require(mask(from.bytes(), key) == next, "masking in place returns the same key");
        require(same(from.bytes(), wanted), "masking in place gives the same bytes");
    }

    const support::exact_block pieces{data};
    const std::size_t cut = data.empty() ? 0 : where * 257 % (data.size() + 1);
    const sockless::mask_key between = mask(pieces.bytes().first(cut), key);
    require(mask(pieces.bytes().subspan(cut), between) == next && same(pieces.bytes(), wanted),
            "two pieces give the same as the whole");
    require(mask(pieces.bytes(), key) == next && same(pieces.bytes(), data), "masking twice restores the bytes");

    for (const auto mask_stream : {sockless::detail::fast::mask_stream, sockless::detail::compact::mask_stream}) {
        const support::exact_block from{data, from_offset};
        const support::exact_block to{data};
        sockless::mask_key running = key;
        fuzz::core([&] {
            mask_stream(from.bytes().data(), to.bytes().data(), cut, running.bytes.data());
            mask_stream(from.bytes().data() + cut, to.bytes().data() + cut, data.size() - cut, running.bytes.data());
        });
        require(running == next && same(to.bytes(), wanted), "both forms of masking with a running key give the same");
    }

    if (where % 16 == 0) {
        const support::guard_page page{data, where % 32 == 0 ? support::guard::after : support::guard::before};
        mask(page.bytes(), key);
        require(same(page.bytes(), wanted), "masking next to an inaccessible page gives the same bytes");
    }
}

const fuzz::target here{"mask", body};

} // namespace
