// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Counts the cost of work without a clock. A step is a basic block of this folder's tests and of the headers they include,
/// which the compiler reports (-fsanitize-coverage=trace-pc), or 16 bytes that memcpy or memmove moves.
#pragma once

#include "support/catch.hpp"

#include <cstddef>
#include <cstdint>

namespace steps {

/// The number of steps so far.
[[nodiscard]] std::uint64_t taken() noexcept;

template <class Work>
[[nodiscard]] std::uint64_t of(const Work& work)
{
    const std::uint64_t before = taken();
    work();
    return taken() - before;
}

/// Checks that work is linear: twice the input may take two and a half times the steps, and the steps per byte are limited.
///
/// @param make  returns input of about the given size; not counted
/// @param work  processes the input
template <class Make, class Work>
void check_linear(std::size_t size, const Make& make, const Work& work)
{
    const auto input = make(size);
    const auto twice_the_input = make(2 * size);
    const std::uint64_t once = of([&] { work(input); });
    const std::uint64_t twice = of([&] { work(twice_the_input); });
    CHECK(once >= 20); // or nothing was counted
    CHECK(twice * 2 <= once * 5);
    CHECK(twice <= 2 * size * 200);
}

} // namespace steps
