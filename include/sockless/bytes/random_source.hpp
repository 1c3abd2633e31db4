// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file names what the program has to provide: a source of unpredictable bytes. There is no default, because none is safe.
#pragma once

#include "../config.hpp"
#include "copy.hpp"
#include "mask.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <span>

namespace sockless::inline SOCKLESS_ABI {

/// A type whose `fill(out)` fills all of `out` with bytes that nobody can predict, or returns false.
///
/// @par Source      RFC 6455 4.1, 10.3: for nonces and masking keys
template <class Source>
concept random_source = requires(Source& source, std::span<std::byte> out) {
    { source.fill(out) } noexcept -> std::same_as<bool>;
};

/// A type whose `next(key)` sets `key` to a new unpredictable key, one for each frame that a client sends, or returns false.
///
/// @par Source      RFC 6455 5.3, 10.3
template <class Source>
concept mask_key_source = requires(Source& source, mask_key& key) {
    { source.next(key) } noexcept -> std::same_as<bool>;
};

/// The source of a server, which never masks.
///
/// @par Source      RFC 6455 5.1
struct no_mask_keys {};

/// A `mask_key_source` over a `random_source`, from which it takes `Bytes` at a time: a system call for each key would cost more
/// than the frame.
///
/// @tparam Source  the random source; owned
/// @tparam Bytes   how much is taken at a time, a multiple of 4
template <random_source Source, std::size_t Bytes = 1024>
    requires(Bytes > 0 && Bytes % 4 == 0)
class mask_key_pool {
public:
    /// Starts with a default-constructed source.
    constexpr mask_key_pool() noexcept = default;
    /// Starts with a copy of @p source.
    explicit constexpr mask_key_pool(const Source& source) noexcept : source_{source} {}

    /// Sets @p key to the next key.
    ///
    /// @param[out] key  unchanged on failure
    /// @return false if the source failed; the next call tries again
    [[nodiscard]] constexpr bool next(mask_key& key) noexcept
    {
        if (used_ == Bytes && !refill())
            return false;
        const std::span<std::byte> from = std::span{pool_}.subspan(used_, sizeof key.bytes);
        detail::copy_bytes(from, key.bytes);
        detail::copy_bytes(mask_key{}.bytes, from); // a used key must not remain readable in this memory
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

/// A `mask_key_source` that many connections share.
///
/// @tparam Source  the shared source, which outlives all of them
template <mask_key_source Source>
class shared_mask_keys {
public:
    /// Takes keys from @p source, which outlives this object.
    explicit constexpr shared_mask_keys(Source& source) noexcept : source_{&source} {}
    /// As `next` of the shared source.
    [[nodiscard]] constexpr bool next(mask_key& key) noexcept { return source_->next(key); }

private:
    Source* source_;
};

} // namespace sockless::inline SOCKLESS_ABI
