// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Lists the ways in which a network may cut an input, and feeds a receiver in each of them. Does not depend on Catch, because fuzz targets use
/// it too.
///
/// Whole; whole against an inaccessible page, on either side; one byte at a time, with and without empty pieces
/// in between; cut in two at every position (at `random_cuts` positions if the input is longer than `every_cut_up_to`);
/// `random_ways` times at random positions. Each piece is in a block of exactly its size, and each run has a new subject.
#pragma once

#include "exact_block.hpp"
#include "guard_page.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace support {

struct feed_options {
    std::size_t every_cut_up_to = 4096; ///< longer inputs are cut in two at random positions only
    std::size_t random_cuts = 32;       ///< number of these positions
    std::size_t random_ways = 16;       ///< runs with many random cuts
    std::size_t bytewise_up_to = std::size_t{1} << 20;
    std::uint64_t seed = 1;
};

/// One way to feed an input: the positions of the cuts, and the memory around the pieces.
struct feed_way {
    enum class place { block, odd_block, guard_after, guard_before };

    std::string name;
    std::vector<std::size_t> cuts; ///< ascending; the same position twice is an empty piece
    place where = place::block;
};

/// Returns all ways for an input of `size` bytes; the first feeds the whole.
[[nodiscard]] std::vector<feed_way> feed_ways(std::size_t size, const feed_options& options = {});

/// Returns a sentence with the way and both logs, or nothing if the logs are equal.
[[nodiscard]] std::string difference(const feed_way& way, const std::vector<std::string>& whole,
                                     const std::vector<std::string>& other);

template <class Subject>
concept feed_subject = requires(Subject& subject, std::span<std::byte> chunk) {
    subject.feed(chunk);
    { subject.log() } -> std::convertible_to<std::vector<std::string>>;
};

/// One run: feeds `bytes` to `subject`, cut as in `way`.
template <feed_subject Subject>
void feed(Subject& subject, std::span<const std::byte> bytes, const feed_way& way)
{
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= way.cuts.size(); ++i) {
        const std::size_t end = i < way.cuts.size() ? way.cuts[i] : bytes.size();
        const std::span<const std::byte> piece = bytes.subspan(begin, end - begin);
        switch (way.where) {
        case feed_way::place::block: subject.feed(exact_block{piece}.bytes()); break;
        case feed_way::place::odd_block: subject.feed(exact_block{piece, i % 8 + 1}.bytes()); break;
        case feed_way::place::guard_after: subject.feed(guard_page{piece, guard::after}.bytes()); break;
        case feed_way::place::guard_before: subject.feed(guard_page{piece, guard::before}.bytes()); break;
        }
        begin = end;
    }
}

struct feed_result {
    std::vector<std::string> log; ///< that of the run with the whole input
    std::string difference;       ///< empty if all runs have that log and none throws
};

/// All runs. Tests call `feed_every_way` of feed.hpp.
template <class Make>
    requires feed_subject<std::invoke_result_t<Make&>>
[[nodiscard]] feed_result try_every_way(std::span<const std::byte> bytes, Make make, const feed_options& options = {})
{
    feed_result result;
    bool first = true;
    for (const feed_way& way : feed_ways(bytes.size(), options)) {
        std::vector<std::string> log;
        try {
            auto subject = make();
            feed(subject, bytes, way);
            log = subject.log();
        } catch (const std::exception& problem) {
            result.difference = "input " + way.name + ": " + problem.what();
            return result;
        }
        if (first)
            result.log = std::move(log);
        else if (result.difference = difference(way, result.log, log); !result.difference.empty())
            return result;
        first = false;
    }
    return result;
}

} // namespace support
