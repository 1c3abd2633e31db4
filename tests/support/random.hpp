// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Pseudo-random numbers that are the same in every run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace support {

/// SplitMix64: every seed gives a different sequence. For the selection of inputs only.
class random_numbers {
public:
    explicit constexpr random_numbers(std::uint64_t seed) noexcept : state_{seed} {}

    constexpr std::uint64_t next() noexcept
    {
        state_ += 0x9E3779B97F4A7C15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
        return z ^ (z >> 31U);
    }

    /// A number from 0 to `limit - 1`; 0 if `limit` is 0.
    constexpr std::size_t below(std::size_t limit) noexcept
    {
        return limit == 0 ? 0 : static_cast<std::size_t>(next() % limit);
    }

    std::vector<std::byte> bytes(std::size_t count)
    {
        std::vector<std::byte> result(count);
        for (std::byte& b : result)
            b = static_cast<std::byte>(next() >> 56U);
        return result;
    }

private:
    std::uint64_t state_;
};

} // namespace support
