// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Feeds an input whole and in a few other ways, and requires the same log each time. Because a fuzzer repeats similar inputs, a few ways per
/// input, selected by the input itself, find more per second than all ways.
#pragma once

#include "support/feed_ways.hpp"
#include "target.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace fuzz {

/// Each part is in a block of exactly its size; some inputs end at an inaccessible page.
[[nodiscard]] inline std::vector<support::feed_way> few_ways(std::span<const std::byte> input)
{
    using support::feed_way;
    using place = feed_way::place;
    const std::size_t size = input.size();
    std::uint64_t hash = hash_of(input);
    const auto choose = [&hash](std::size_t below) {
        hash = hash * 0x5851F42D4C957F2DU + 0x14057B7EF767814FU;
        return static_cast<std::size_t>((hash >> 33U) % below);
    };
    std::vector<feed_way> ways;
    ways.push_back({"whole", {}, place::block});
    if (size < 2)
        return ways;
    const std::size_t side = choose(16);
    if (side < 2)
        ways.push_back(
            {"whole, next to an inaccessible page", {}, side == 0 ? place::guard_after : place::guard_before});
    const std::size_t cut = choose(size + 1);
    ways.push_back({"cut in two at byte " + std::to_string(cut), {cut}, place::block});
    if (size <= 512) {
        std::vector<std::size_t> every;
        for (std::size_t i = 1; i < size; ++i)
            every.push_back(i);
        ways.push_back({"one byte at a time", std::move(every), place::block});
    }
    std::vector<std::size_t> some(2 + choose(std::min<std::size_t>(size / 8 + 2, 64)));
    for (std::size_t& at : some)
        at = choose(size + 1);
    std::sort(some.begin(), some.end());
    ways.push_back({"cut at random", std::move(some), place::odd_block});
    return ways;
}

/// @param make  returns a new subject with `feed(std::span<std::byte>)` and `log()`
/// @return      the log, which is the same in every run
template <class Make>
std::vector<std::string> same_log_in_every_way(std::span<const std::byte> input, Make make)
{
    std::vector<std::string> whole;
    bool first = true;
    for (const support::feed_way& way : few_ways(input)) {
        auto subject = make();
        support::feed(subject, input, way);
        std::vector<std::string> log = subject.log();
        if (first)
            whole = std::move(log);
        else if (const std::string difference = support::difference(way, whole, log); !difference.empty())
            throw finding(difference);
        first = false;
    }
    return whole;
}

/// Requires both logs of one input to be the same.
inline void require_equal(const std::vector<std::string>& ours, const std::vector<std::string>& theirs, const char* who)
{
    if (const std::string difference = support::difference({who, {}, {}}, ours, theirs); !difference.empty())
        throw finding("the results differ (whole: the library): " + difference);
}

} // namespace fuzz
