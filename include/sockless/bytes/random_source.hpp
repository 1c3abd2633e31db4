// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file says where unpredictable bytes come from: from the program. There is no default, for there is no safe one.
#pragma once

#include "../config.hpp"
#include "copy.hpp"
#include "mask.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <span>

namespace sockless::inline SOCKLESS_ABI {

/// Fills all of `out` with bytes that nobody can predict, or returns false. Nonces (RFC 6455 4.1) come straight from it.
template <class Source>
concept random_source = requires(Source& source, std::span<std::byte> out) {
    { source.fill(out) } noexcept -> std::same_as<bool>;
};

/// Gives a fresh unpredictable key for every frame that a client sends (RFC 6455 5.3, 10.3), or returns false.
template <class Source>
concept mask_key_source = requires(Source& source, mask_key& key) {
    { source.next(key) } noexcept -> std::same_as<bool>;
};

/// What a server has: it never masks (RFC 6455 5.1).
struct no_mask_keys {};

/// Mask keys from a random source, which is asked for `Bytes` at a time: a system call per key would cost more than the frame.
template <random_source Source, std::size_t Bytes = 1024>
    requires(Bytes > 0 && Bytes % 4 == 0)
class mask_key_pool {
public:
    constexpr mask_key_pool() noexcept = default;
    explicit constexpr mask_key_pool(const Source& source) noexcept : source_{source} {}

    /// returns   false if the source failed; nothing is handed out then, and the next call asks again
    [[nodiscard]] constexpr bool next(mask_key& key) noexcept
    {
        if (used_ == Bytes && !refill())
            return false;
        const std::span<std::byte> from = std::span{pool_}.subspan(used_, sizeof key.bytes);
        detail::copy_bytes(from, key.bytes);
        detail::copy_bytes(mask_key{}.bytes, from); // a key that is on its way is of no use to a reader of this memory
        used_ += sizeof key.bytes;
        return true;
    }

private:
    SOCKLESS_NOINLINE constexpr bool refill() noexcept
    {
        if (!source_.fill(pool_))
            return false;
        used_ = 0;
        return true;
    }

    std::array<std::byte, Bytes> pool_{};
    std::size_t used_ = Bytes;
    [[no_unique_address]] Source source_{};
};

/// Keys from a source that many connections share; it outlives them all.
template <mask_key_source Source>
class shared_mask_keys {
public:
    explicit constexpr shared_mask_keys(Source& source) noexcept : source_{&source} {}
    [[nodiscard]] constexpr bool next(mask_key& key) noexcept { return source_->next(key); }

private:
    Source* source_;
};

} // namespace sockless::inline SOCKLESS_ABI
