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
#include <cstdint>
#include <span>
#include <utility>

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
struct no_mask_keys {
    constexpr no_mask_keys() noexcept {} // NOLINT: see `no_extension::options`
};

namespace detail {

/// A random source whose `generation()` changes when this process has become another one, as after `fork`.
template <class Source>
concept counts_generations = requires(const Source& source) {
    { source.generation() } noexcept -> std::convertible_to<std::uint64_t>;
};

} // namespace detail

/// A `mask_key_source` over a `random_source`, from which it takes `Bytes` at a time: a system call for each key would cost more
/// than the frame.
///
/// No two pools give out the same key: a pool cannot be copied, starts empty after it was moved, and drops its content when
/// `source.generation()` returns another number, so that a process and its child after `fork` do not share keys. From a source
/// without that function it takes every key by itself. Where no `fork` exists, the function may return a constant.
///
/// @tparam Source  the random source; owned
/// @tparam Bytes   how much is taken at a time, a multiple of 4
/// @par Source     RFC 6455 5.3, 10.3
template <random_source Source, std::size_t Bytes = 1024>
    requires(Bytes > 0 && Bytes % 4 == 0)
class mask_key_pool {
public:
    /// Starts with a default-constructed source.
    constexpr mask_key_pool() noexcept = default;
    /// Starts with a copy of @p source.
    explicit constexpr mask_key_pool(const Source& source) noexcept : source_{source} {}
    /// Starts empty with the source of @p other, which is empty afterwards.
    constexpr mask_key_pool(mask_key_pool&& other) noexcept : source_{std::move(other.source_)} { other.clear(); }
    /// As the constructor.
    constexpr mask_key_pool& operator=(mask_key_pool&& other) noexcept
    {
        source_ = std::move(other.source_);
        clear();
        other.clear();
        return *this;
    }

    /// Sets @p key to the next key.
    ///
    /// @param[out] key  unchanged on failure
    /// @return false if the source failed; the next call tries again
    [[nodiscard]] constexpr bool next(mask_key& key) noexcept
    {
        if (must_refill() && !refill())
            return false;
        const std::span<std::byte> from = std::span{pool_}.subspan(used_, sizeof key.bytes);
        detail::copy_bytes(from, key.bytes);
        detail::copy_bytes(mask_key{}.bytes, from); // a used key must not remain readable in this memory
        used_ += sizeof key.bytes;
        return true;
    }

private:
    static constexpr bool notices_forks = detail::counts_generations<Source>;
    static constexpr std::size_t size = notices_forks ? Bytes : sizeof(mask_key);

    [[nodiscard]] constexpr bool must_refill() const noexcept
    {
        if constexpr (notices_forks)
            return used_ == size || generation_ != source_.generation();
        else
            return true;
    }

    SOCKLESS_NOINLINE constexpr bool refill() noexcept
    {
        clear();
        if (!source_.fill(pool_))
            return false;
        if constexpr (notices_forks)
            generation_ = source_.generation();
        used_ = 0;
        return true;
    }

    constexpr void clear() noexcept
    {
        pool_ = {};
        used_ = size;
    }

    std::array<std::byte, size> pool_{};
    std::size_t used_ = size;
    std::uint64_t generation_ = 0;
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
