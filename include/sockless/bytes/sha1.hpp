// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns bytes into their SHA-1 digest (RFC 3174), which proves to a client that the server speaks WebSocket.
/// Nothing secret hangs on it (RFC 6455 10.8).
#pragma once

#include "../config.hpp"
#include "copy.hpp"
#include "endian.hpp"

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

inline constexpr std::size_t sha1_size = 20;

/// What may stand where `sha1` does: the same two operations, from another library or from hardware.
template <class Hash>
concept sha1_hash = requires(Hash hash, std::string_view text) {
    Hash{};
    { hash.update(text) } noexcept;
    { hash.digest() } noexcept -> std::same_as<std::array<std::byte, sha1_size>>;
};

/// The digest of everything that `update` was given, in any pieces.
class sha1 {
public:
    /// cost      O(bytes.size()); `bytes` is looked at during the call only
    constexpr void update(std::span<const std::byte> bytes) noexcept { add(bytes); }
    constexpr void update(std::string_view text) noexcept { add(text); }

    /// The digest. The object is used up: start a new one for new text.
    [[nodiscard]] constexpr std::array<std::byte, sha1_size> digest() noexcept
    {
        const std::uint64_t bits = count_ * 8;
        std::size_t used = count_ % block_size;
        block_[used++] = std::byte{0x80};
        if (used > block_size - sizeof bits) {
            pad_from(used);
            compress();
            used = 0;
        }
        pad_from(used);
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

    template <class Bytes>
    constexpr void add(Bytes bytes) noexcept
    {
        while (bytes.size() != 0) {
            const std::size_t used = count_ % block_size;
            const std::size_t room = block_size - used;
            const std::size_t taken = bytes.size() < room ? bytes.size() : room;
            copy_bytes(Bytes{bytes.data(), taken}, std::span{block_}.subspan(used));
            bytes = Bytes{bytes.data() + taken, bytes.size() - taken};
            count_ += taken;
            if (taken == room)
                compress();
        }
    }

    constexpr void pad_from(std::size_t used) noexcept
    {
        for (; used < block_size; ++used)
            block_[used] = std::byte{0};
    }

    struct variables {
        word a, b, c, d, e;

        constexpr void round(word mixed, word constant, word scheduled) noexcept
        {
            const word next = std::rotl(a, 5) + mixed + e + constant + scheduled;
            e = d;
            d = c;
            c = std::rotl(b, 30);
            b = a;
            a = next;
        }
        [[nodiscard]] constexpr word choice() const noexcept { return d ^ (b & (c ^ d)); }
        [[nodiscard]] constexpr word parity() const noexcept { return b ^ c ^ d; }
        [[nodiscard]] constexpr word majority() const noexcept { return (b & c) | (d & (b | c)); }
    };

    /// The words of the schedule that are still needed: the last sixteen.
    struct schedule {
        std::array<word, 16> words{};

        constexpr word next(std::size_t t) noexcept
        {
            word& w = words[t % 16];
            w = std::rotl(words[(t + 13) % 16] ^ words[(t + 8) % 16] ^ words[(t + 2) % 16] ^ w, 1);
            return w;
        }
    };

    constexpr void compress() noexcept
    {
        schedule w;
        for (std::size_t t = 0; t < 16; ++t)
            w.words[t] = load_big_endian<word>(std::span{block_}.subspan(t * sizeof(word)));
        variables v{state_[0], state_[1], state_[2], state_[3], state_[4]};
        for (std::size_t t = 0; t < 16; ++t)
            v.round(v.choice(), 0x5A827999, w.words[t]);
        for (std::size_t t = 16; t < 20; ++t)
            v.round(v.choice(), 0x5A827999, w.next(t));
        for (std::size_t t = 20; t < 40; ++t)
            v.round(v.parity(), 0x6ED9EBA1, w.next(t));
        for (std::size_t t = 40; t < 60; ++t)
            v.round(v.majority(), 0x8F1BBCDC, w.next(t));
        for (std::size_t t = 60; t < 80; ++t)
            v.round(v.parity(), 0xCA62C1D6, w.next(t));
        state_[0] += v.a;
        state_[1] += v.b;
        state_[2] += v.c;
        state_[3] += v.d;
        state_[4] += v.e;
    }

    std::array<word, 5> state_{0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    std::uint64_t count_ = 0;
    std::array<std::byte, block_size> block_{};
};

static_assert(sha1_hash<sha1>);

} // namespace sockless::inline SOCKLESS_ABI
