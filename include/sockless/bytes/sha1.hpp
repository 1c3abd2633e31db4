// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns bytes into their SHA-1 digest (RFC 3174), which proves to a client that the server speaks WebSocket.
/// Nothing secret hangs on it (RFC 6455 10.8).
#pragma once

#include "../config.hpp"
#include SOCKLESS_VECTOR_FILE
#include "copy.hpp"
#include "endian.hpp"

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

/// The 80 rounds of RFC 3174 6.1 over one block, written out by the compiler. The variables A to E do not move: each round calls
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

} // namespace detail

/// The digest of everything that `update` was given, in any pieces.
class sha1 {
public:
    /// cost      O(bytes.size()); `bytes` is looked at during the call only
    constexpr void update(std::span<const std::byte> bytes) noexcept
    {
        while (!bytes.empty()) {
            const std::size_t taken = taken_now(bytes.size());
            copy_bytes(bytes.first(taken), rest_of_block());
            bytes = bytes.subspan(taken);
            count(taken);
        }
    }
    constexpr void update(std::string_view text) noexcept
    {
        while (!text.empty()) {
            const std::size_t taken = taken_now(text.size());
            copy_bytes(std::string_view{text.data(), taken}, rest_of_block());
            text.remove_prefix(taken);
            count(taken);
        }
    }

    /// The digest. The object is used up: start a new one for new text.
    [[nodiscard]] constexpr std::array<std::byte, sha1_size> digest() noexcept
    {
        const std::uint64_t bits = count_ * 8;
        const std::size_t used = count_ % block_size;
        std::array<std::byte, block_size> last{};
        if (used < block_size - sizeof bits) {
            copy_bytes(std::span{block_}.first(used), last);
            last[used] = std::byte{0x80};
        } else { // the text, its end mark and its length need two blocks
            block_[used] = std::byte{0x80};
            for (std::size_t i = used + 1; i < block_size; ++i)
                block_[i] = std::byte{0};
            compress();
        }
        block_ = last;
        store_big_endian(std::span{block_}.last<sizeof bits>(), bits);
        compress();
        std::array<std::byte, sha1_size> result{};
        for (std::size_t i = 0; i < state_.size(); ++i)
            store_big_endian(std::span{result}.subspan(i * sizeof(word)), state_[i]);
        return result;
    }

private:
    using word = std::uint32_t;
    static constexpr std::size_t block_size = 64;

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

    constexpr void compress() noexcept
    {
        if (!std::is_constant_evaluated() && detail::vector::sha1_block(state_.data(), block_.data()))
            return;
        detail::sha1_rounds rounds{};
        for (std::size_t i = 0; i < 16; ++i)
            rounds.schedule[i] = load_big_endian<word>(std::span{block_}.subspan(i * sizeof(word)));
        for (std::size_t i = 0; i < 5; ++i)
            rounds.variables[i] = state_[i];
        rounds.run(std::make_index_sequence<80>{});
        for (std::size_t i = 0; i < 5; ++i)
            state_[i] += rounds.variables[i];
    }

    std::array<word, 5> state_{0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    std::uint64_t count_ = 0;
    std::array<std::byte, block_size> block_{};
};

static_assert(sha1_hash<sha1>);

} // namespace sockless::inline SOCKLESS_ABI
