// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "feed_ways.hpp"

#include "random.hpp"

#include <algorithm>
#include <numeric>

namespace support {

namespace {

std::vector<std::size_t> random_places(random_numbers& numbers, std::size_t size, std::size_t count)
{
    std::vector<std::size_t> places(count);
    std::generate(places.begin(), places.end(), [&] { return numbers.below(size + 1); });
    std::sort(places.begin(), places.end());
    return places;
}

/// Shortens a long line to both of its ends and its length.
std::string shortened(const std::string& line)
{
    constexpr std::size_t max_size = 120;
    if (line.size() <= max_size)
        return line;
    return line.substr(0, max_size / 2) + " ... " + line.substr(line.size() - max_size / 2) + " (" +
           std::to_string(line.size()) + " characters)";
}

} // namespace

std::vector<feed_way> feed_ways(std::size_t size, const feed_options& options)
{
    using place = feed_way::place;
    std::vector<feed_way> ways;
    ways.push_back({"whole", {}, place::block});
    ways.push_back({"whole, an inaccessible page after it", {}, place::guard_after});
    ways.push_back({"whole, an inaccessible page before it", {}, place::guard_before});

    if (size <= options.bytewise_up_to && size > 0) {
        std::vector<std::size_t> every(size - 1);
        std::iota(every.begin(), every.end(), std::size_t{1});
        std::vector<std::size_t> twice;
        for (const std::size_t cut : every)
            twice.insert(twice.end(), 2, cut);
        ways.push_back({"one byte at a time", std::move(every), place::block});
        ways.push_back({"one byte at a time, empty pieces in between", std::move(twice), place::odd_block});
    }

    random_numbers numbers{options.seed};
    std::vector<std::size_t> cuts;
    if (size <= options.every_cut_up_to) {
        cuts.resize(size + 1);
        std::iota(cuts.begin(), cuts.end(), std::size_t{0});
    } else {
        // Headers are at the front, where cuts are most likely to find errors.
        cuts.resize(std::min<std::size_t>(size, 32));
        std::iota(cuts.begin(), cuts.end(), std::size_t{1});
        const std::vector<std::size_t> more = random_places(numbers, size, options.random_cuts);
        cuts.insert(cuts.end(), more.begin(), more.end());
    }
    for (const std::size_t cut : cuts)
        ways.push_back({"cut in two at byte " + std::to_string(cut), {cut}, place::block});

    for (std::size_t i = 0; i < options.random_ways; ++i) {
        // From two cuts to about one per 16 bytes.
        const std::size_t count = 2 + numbers.below(std::min<std::size_t>(size / 16, 1000) + 3);
        std::vector<std::size_t> places = random_places(numbers, size, count);
        std::string name = "cut at random (run " + std::to_string(i) + ") at bytes";
        for (std::size_t k = 0; k < std::min<std::size_t>(places.size(), 16); ++k)
            name += ' ' + std::to_string(places[k]);
        if (places.size() > 16)
            name += " and " + std::to_string(places.size() - 16) + " more";
        ways.push_back({std::move(name), std::move(places), place::odd_block});
    }
    return ways;
}

std::string difference(const feed_way& way, const std::vector<std::string>& whole,
                       const std::vector<std::string>& other)
{
    if (whole == other)
        return {};
    const auto [a, b] = std::mismatch(whole.begin(), whole.end(), other.begin(), other.end());
    std::string result = "input " + way.name + ": " + std::to_string(other.size()) + " lines of log instead of " +
                         std::to_string(whole.size()) + "\n  line " + std::to_string(a - whole.begin() + 1);
    result += "\n    whole: " + (a != whole.end() ? shortened(*a) : "(nothing)");
    result += "\n    cut:   " + (b != other.end() ? shortened(*b) : "(nothing)");
    return result;
}

} // namespace support
