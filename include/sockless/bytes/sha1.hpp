// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns bytes into their SHA-1 digest (RFC 3174), which proves to a client that the server speaks WebSocket.
/// Nothing secret hangs on it (RFC 6455 10.8).
#pragma once

#include "../config.hpp"
#include "copy.hpp"
#include "endian.hpp"
#include "simd/chosen.hpp"

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace sockless::inline SOCKLESS_ABI {

inline constexpr std::size_t sha1_size = 20;

/// What may stand where `sha1` does: the same two operations, from another library or from hardware.
template <class Hash>
concept sha1_hash = requires(Hash hash, std::string_view text) {
    Hash{};
    { hash.update(text) } noexcept;
    { hash.digest() } noexcept -> std::same_as<std::array<std::byte, sha1_size>>;
};

namespace detail {

inline constexpr std::size_t sha1_block_size = 64;
using sha1_state = std::array<std::uint32_t, 5>;
inline constexpr sha1_state sha1_start{0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};

inline constexpr std::uint32_t sha1_constants[4] = {0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6};

/// Four octets as a word, in small code.
template <class Octet>
[[nodiscard]] constexpr std::uint32_t load_be32(const Octet* octets) noexcept
{
    const auto octet = [octets](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(octets[i])}; };
    return octet(0) << 24U | octet(1) << 16U | octet(2) << 8U | octet(3); // one instruction, where compilers see it
}

/// The variables E, D, C, B and A, and behind them the next sixteen words of the schedule.
using sha1_words = std::array<std::uint32_t, 21>;

/// The 80 rounds of RFC 3174 6.1 as a loop, for small code. All words move on by one place each round, so that those that are
/// read stand in the same places.
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

/// The same written out by the compiler. The variables A to E do not move: each round calls
/// them by other names. Of the schedule only the last sixteen words are kept.
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

/// Goes on with one block in the way of processors without special instructions.
constexpr void sha1_block(sha1_state& state, const std::byte* block) noexcept
{
    if constexpr (optimize_size) {
        sha1_words words; // NOLINT: all of it is written
        for (std::size_t i = 0; i < state.size(); ++i)
            words[i] = state[state.size() - 1 - i];
        for (std::size_t t = 0; t < 16; ++t)
            words[state.size() + t] = load_be32(block + 4 * t);
        sha1_loop(words);
        for (std::size_t i = 0; i < state.size(); ++i)
            state[state.size() - 1 - i] += words[i];
    } else {
        sha1_rounds rounds{};
        for (std::size_t i = 0; i < 16; ++i)
            rounds.schedule[i] = load_big_endian<std::uint32_t>(std::span{block + i * 4, 4});
        for (std::size_t i = 0; i < 5; ++i)
            rounds.variables[i] = state[i];
        rounds.run(std::make_index_sequence<80>{});
        for (std::size_t i = 0; i < 5; ++i)
            state[i] += rounds.variables[i];
    }
}

/// Goes on with `count` blocks, in the best way there is.
constexpr void sha1_compress(sha1_state& state, const std::byte* blocks, std::size_t count) noexcept
{
    if (!std::is_constant_evaluated() && simd::sha1_blocks(state.data(), blocks, count))
        return;
    for (std::size_t i = 0; i < count; ++i)
        sha1_block(state, blocks + i * sha1_block_size);
}

[[nodiscard]] constexpr std::array<std::byte, sha1_size> sha1_result(const sha1_state& state) noexcept
{
    std::array<std::byte, sha1_size> result; // NOLINT: all of it is written
    for (std::size_t i = 0; i < state.size(); ++i)
        store_big_endian(std::span{result}.subspan(i * sizeof state[i]), state[i]);
    return result;
}

} // namespace detail

/// The digest of everything that `update` was given, in any pieces.
class sha1 {
public:
    /// cost      O(bytes.size()); `bytes` is looked at during the call only
    constexpr void update(std::span<const std::byte> bytes) noexcept
    {
        while (!bytes.empty()) {
            const std::size_t taken = taken_now(bytes.size());
            detail::copy_bytes(bytes.first(taken), rest_of_block());
            bytes = bytes.subspan(taken);
            count(taken);
        }
    }
    constexpr void update(std::string_view text) noexcept
    {
        while (!text.empty()) {
            const std::size_t taken = taken_now(text.size());
            detail::copy_bytes(std::string_view{text.data(), taken}, rest_of_block());
            text.remove_prefix(taken);
            count(taken);
        }
    }

    /// The digest. The object is used up: start a new one for new text.
    [[nodiscard]] constexpr std::array<std::byte, sha1_size> digest() noexcept
    {
        const std::uint64_t bits = count_ * 8;
        const std::size_t last = block_size - sizeof bits;
        std::byte mark{0x80};
        do { // the text, its end mark and its length may need two blocks
            block_[count_ % block_size] = mark;
            count(1);
            mark = std::byte{0};
        } while (count_ % block_size != last);
        detail::store_big_endian(std::span{block_}.last<sizeof bits>(), bits);
        compress();
        return detail::sha1_result(state_);
    }

private:
    static constexpr std::size_t block_size = detail::sha1_block_size;

    [[nodiscard]] constexpr std::span<std::byte> rest_of_block() noexcept
    {
        return std::span{block_}.subspan(count_ % block_size);
    }
    [[nodiscard]] constexpr std::size_t taken_now(std::size_t size) noexcept
    {
        const std::size_t room = rest_of_block().size();
        return size < room ? size : room;
    }
    constexpr void count(std::size_t taken) noexcept
    {
        count_ += taken;
        if (count_ % block_size == 0)
            compress();
    }

    constexpr void compress() noexcept { detail::sha1_compress(state_, block_.data(), 1); }

    detail::sha1_state state_ = detail::sha1_start;
    std::uint64_t count_ = 0;
    std::array<std::byte, block_size> block_{};
};

static_assert(sha1_hash<sha1>);

} // namespace sockless::inline SOCKLESS_ABI
