// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The feeder: gives the same bytes to a receiver in every way in which a network may cut them, and requires the same result.
///
/// ```
/// struct subject {
///     void feed(std::span<std::byte> chunk);         // a piece of the input; may be written to; invalid after the call
///     std::vector<std::string> log() const;          // the events, independent of how the input was cut
/// };
/// const std::vector<std::string> log = support::feed_every_way(bytes, [] { return subject{}; });
/// REQUIRE(log == std::vector<std::string>{"text \"Hello\""});
/// ```
#pragma once

#include "catch.hpp"
#include "feed_ways.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace support {

/// Feeds @p bytes in every way of feed_ways.hpp, each time to a new subject. Fails the test if two runs differ.
///
/// @param bytes  the input; each run gets a new copy
/// @param make   returns a new subject with `feed(std::span<std::byte>)` and `log()`
/// @return       the log, which is the same in every run
template <class Make>
    requires feed_subject<std::invoke_result_t<Make&>>
std::vector<std::string> feed_every_way(std::span<const std::byte> bytes, Make make, const feed_options& options = {})
{
    feed_result result = try_every_way(bytes, std::move(make), options);
    INFO(result.difference);
    REQUIRE(result.difference.empty());
    return std::move(result.log);
}

} // namespace support
