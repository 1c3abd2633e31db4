// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns bytes into their SHA-1 digest (RFC 3174), by which a server shows that it speaks WebSocket. Nothing secret
/// depends on it (RFC 6455 10.8).
#pragma once

#include "../config.hpp"
#include "byte_view.hpp"
#include "compact/sha1.hpp"
#include "copy.hpp"
#include "endian.hpp"
#include "fast/sha1.hpp"
#include "simd/chosen.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

namespace detail {

/// The size of a digest in bytes.
inline constexpr std::size_t sha1_size = 20;

} // namespace detail

/// An implementation of SHA-1: the same two operations as `sha1`, from another library or from hardware. One that can fail has
/// a third one, `failed()`, which is called after `digest()`.
template <class Hash>
concept sha1_hash = requires(Hash hash, std::string_view text) {
    Hash{};
    { hash.update(text) } noexcept;
    { hash.digest() } noexcept -> std::same_as<std::array<std::byte, detail::sha1_size>>;
};

namespace detail {

/// Returns whether the digest that @p hash has returned is none.
template <sha1_hash Hash>
[[nodiscard]] constexpr bool hash_failed([[maybe_unused]] const Hash& hash) noexcept
{
    if constexpr (requires {
                      { hash.failed() } noexcept -> std::same_as<bool>;
                  })
        return hash.failed();
    else
        return false;
}

inline constexpr std::size_t sha1_block_size = 64;
using sha1_state = std::array<std::uint32_t, 5>;
inline constexpr sha1_state sha1_start{0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};

using compact::load_be32;
using compact::sha1_loop;
using compact::sha1_words;

/// Updates `state` with `count` blocks.
constexpr void sha1_compress(sha1_state& state, const std::byte* blocks, std::size_t count) noexcept
{
    if (!std::is_constant_evaluated() && simd::sha1_blocks(state.data(), blocks, count))
        return;
    for (std::size_t i = 0; i < count; ++i)
        code::sha1_block(state.data(), blocks + i * sha1_block_size);
}

/// Returns the state as the digest that it is after the last block.
[[nodiscard]] constexpr std::array<std::byte, sha1_size> sha1_result(const sha1_state& state) noexcept
{
    std::array<std::byte, sha1_size> result; // NOLINT: all of it is written
    for (std::size_t i = 0; i < state.size(); ++i)
        store_big_endian(std::span{result}.subspan(i * sizeof state[i]), state[i]);
    return result;
}

} // namespace detail

/// Computes the digest of everything that `update` is called with.
class sha1 {
public:
    /// The size of a digest in bytes.
    static constexpr std::size_t digest_size = detail::sha1_size;

    /// Adds @p text to what is digested.
    ///
    /// @param text  read during the call only
    /// @par Source      RFC 3174
    /// @par Complexity  O(text.size())
    constexpr void update(std::string_view text) noexcept;

    /// Adds @p bytes to what is digested.
    ///
    /// @param bytes  any contiguous range of a byte type; read during the call only
    /// @par Source      RFC 3174
    /// @par Complexity  O(bytes.size())
    template <detail::byte_range Range>
        requires(!std::is_convertible_v<const Range&, std::string_view>)
    constexpr void update(const Range& bytes) noexcept
    {
        add(std::data(bytes), std::size(bytes));
    }

    /// Returns the digest. The object cannot be used after that, except to be assigned to.
    ///
    /// @par Source      RFC 3174 4
    [[nodiscard]] constexpr std::array<std::byte, digest_size> digest() noexcept
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
        detail::sha1_compress(state_, block_.data(), 1);
        return detail::sha1_result(state_);
    }

private:
    static constexpr std::size_t block_size = detail::sha1_block_size;

    template <detail::byte_type T>
    constexpr void add(const T* first, std::size_t size) noexcept
    {
        while (size > 0) {
            const std::size_t room = block_size - count_ % block_size;
            const std::size_t added = size < room ? size : room;
            detail::copy_octets(first, added, block_.data() + count_ % block_size);
            first += added;
            size -= added;
            count(added);
        }
    }
    constexpr void count(std::size_t added) noexcept
    {
        count_ += added;
        if (count_ % block_size == 0)
            detail::sha1_compress(state_, block_.data(), 1);
    }

    detail::sha1_state state_ = detail::sha1_start;
    std::uint64_t count_ = 0;
    std::array<std::byte, block_size> block_{};
};

// After the class: clang 14 evaluates no member template whose definition it has not read yet.
constexpr void sha1::update(std::string_view text) noexcept
{
    add(text.data(), text.size());
}

static_assert(sha1_hash<sha1>);

} // namespace sockless::inline SOCKLESS_ABI
