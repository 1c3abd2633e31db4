// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is SHA-1 of one block with the rounds unrolled. For sha1.hpp; the other form is compact/sha1.hpp.
#pragma once

#include "../../config.hpp"
#include "../endian.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace sockless::inline SOCKLESS_ABI::detail::fast {

/// The 80 rounds of RFC 3174 6.1. The variables A to E do not move: each round calls them by other names. Only the last sixteen
/// words of the schedule are kept.
struct sha1_rounds {
    using word = std::uint32_t;
    word variables[5]; // plain arrays: compilers keep those in registers more readily than std::array
    word schedule[16];

    template <std::size_t T>
    constexpr void round() noexcept
    {
        const word a = variables[(80 - T) % 5];
        word& b = variables[(81 - T) % 5];
        const word c = variables[(82 - T) % 5];
        const word d = variables[(83 - T) % 5];
        word& e = variables[(84 - T) % 5];
        word& w = schedule[T % 16];
        if constexpr (T >= 16)
            w = std::rotl(schedule[(T + 13) % 16] ^ schedule[(T + 8) % 16] ^ schedule[(T + 2) % 16] ^ w, 1);
        if constexpr (T < 20)
            e += std::rotl(a, 5) + (d ^ (b & (c ^ d))) + 0x5A827999 + w;
        else if constexpr (T < 40)
            e += std::rotl(a, 5) + (b ^ c ^ d) + 0x6ED9EBA1 + w;
        else if constexpr (T < 60)
            e += std::rotl(a, 5) + (b & c) + (d & (b ^ c)) + 0x8F1BBCDC + w;
        else
            e += std::rotl(a, 5) + (b ^ c ^ d) + 0xCA62C1D6 + w;
        b = std::rotl(b, 30);
    }

    template <std::size_t... T>
    constexpr void run(std::index_sequence<T...>) noexcept
    {
        (round<T>(), ...);
    }
};

/// Updates the five words of `state` with one block of 64 bytes.
constexpr void sha1_block(std::uint32_t* state, const std::byte* block) noexcept
{
    sha1_rounds rounds{};
    for (std::size_t i = 0; i < 16; ++i)
        rounds.schedule[i] = load_big_endian<std::uint32_t>(std::span{block + i * 4, 4});
    for (std::size_t i = 0; i < 5; ++i)
        rounds.variables[i] = state[i];
    rounds.run(std::make_index_sequence<80>{});
    for (std::size_t i = 0; i < 5; ++i)
        state[i] += rounds.variables[i];
}

} // namespace sockless::inline SOCKLESS_ABI::detail::fast
