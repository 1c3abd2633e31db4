// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The feeder: gives the same bytes to a receiver in every way in which a network may cut them, and asks for the same result.
///
/// ```
/// struct subject {
///     void feed(std::span<std::byte> chunk);         // a piece of the input; it may be written to; gone after the call
///     std::vector<std::string> log() const;          // what happened, without a trace of how the input was cut
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

/// Feeds `bytes` in every way of feed_ways.hpp, each time to a fresh subject. Fails the test if two runs differ.
///
/// `bytes`   the input; each run gets a fresh copy
/// `make`    gives a fresh subject: `feed(std::span<std::byte>)` and `log()`
/// returns   the log, which was the same in every run
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
