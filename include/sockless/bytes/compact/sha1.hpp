// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is SHA-1 of one block as a loop. For sha1.hpp; the other form is fast/sha1.hpp.
#pragma once

#include "../../config.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace sockless::inline SOCKLESS_ABI::detail::compact {

inline constexpr std::uint32_t sha1_constants[4] = {0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6};

/// Loads four octets, the most significant first. Compilers make one load of it.
template <class Octet>
[[nodiscard]] constexpr std::uint32_t load_be32(const Octet* octets) noexcept
{
    const auto octet = [octets](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(octets[i])}; };
    return octet(0) << 24U | octet(1) << 16U | octet(2) << 8U | octet(3);
}

/// The variables E, D, C, B and A, then the next sixteen words of the schedule.
using sha1_words = std::array<std::uint32_t, 21>;

/// The 80 rounds of RFC 3174 6.1 as a loop. All words move by one place each round, so that each round reads the same places.
constexpr void sha1_loop(sha1_words& words) noexcept
{
    const auto e = words.begin();
    for (unsigned round = 0; round < 80; ++round) {
        const unsigned part = round / 20;
        const auto schedule = e + 5;
        const std::uint32_t d = e[1];
        const std::uint32_t b = e[3];
        std::uint32_t mixed = d ^ e[2];
        if (part % 2 != 0)
            mixed ^= b;
        else
            mixed = d ^ ((part == 0 ? b : b ^ d) & mixed);
        std::uint32_t moving = std::rotl(schedule[13] ^ schedule[8] ^ schedule[2] ^ schedule[0], 1);
        schedule[0] += std::rotl(e[4], 5) + mixed + e[0] + sha1_constants[part]; // which moves to A
        for (auto at = words.end(); at != e;)
            std::swap(moving, *--at); // a copying loop would become a call of memmove
        e[2] = std::rotl(e[2], 30);
    }
}

/// As fast::sha1_block.
constexpr void sha1_block(std::uint32_t* state, const std::byte* block) noexcept
{
    sha1_words words; // NOLINT: all of it is written
    for (std::size_t i = 0; i < 5; ++i)
        words[i] = state[4 - i];
    for (std::size_t t = 0; t < 16; ++t)
        words[5 + t] = load_be32(block + 4 * t);
    sha1_loop(words);
    for (std::size_t i = 0; i < 5; ++i)
        state[4 - i] += words[i];
}

} // namespace sockless::inline SOCKLESS_ABI::detail::compact
