// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file decides how long a client waits before it connects again, so that many clients do not return at the same time.
///
/// @code
/// sockless::reconnect_backoff<> backoff;        // of a client, for all its connections
/// backoff.on_open(milliseconds());              // when a connection opens
/// std::uint64_t delay = 0;                      // when one has ended, or there is none:
/// e = backoff.next_delay(milliseconds(), randomness, delay); // wait, then begin with another websocket
/// @endcode
#pragma once

#include "bytes/random_source.hpp"
#include "config.hpp"
#include "core/error.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

/// Options of `reconnect_backoff`, in ticks of the caller's clock: the defaults are for milliseconds.
template <std::unsigned_integral Ticks>
    requires(sizeof(Ticks) >= 2)
struct reconnect_options {
    Ticks first_delay = static_cast<Ticks>(5000); ///< upper bound of the first delay: five seconds (RFC 6455 7.2.3)
    Ticks max_delay = static_cast<Ticks>(60000);  ///< upper bound of every delay
    Ticks min_delay = 0;                          ///< lower bound of every delay
    Ticks stable_after =
        static_cast<Ticks>(60000); ///< a connection that was open for so long starts again with `first_delay`
};

/// Chooses the delays between the attempts of one client: random, from `min_delay` to an upper bound that doubles with every
/// attempt ("full jitter").
///
/// Reads no clock and has no randomness of its own: both are passed in. `Ticks` may wrap around, as a 32-bit count of
/// milliseconds does: only differences count. Trivially copyable, never allocates.
///
/// @par Source RFC 6455 7.2.3
template <std::unsigned_integral Ticks = std::uint64_t>
    requires(sizeof(Ticks) >= 2)
class reconnect_backoff {
public:
    /// Starts before the first attempt, which needs no delay.
    ///
    /// @param options  copied; if `min_delay` is the largest of the bounds, every delay is `min_delay`
    explicit constexpr reconnect_backoff(const reconnect_options<Ticks>& options = {}) noexcept : options_{options} {}

    /// Records that the connection is open, since @p now.
    constexpr void on_open(Ticks now) noexcept
    {
        open_ = true;
        opened_ = now;
    }

    /// Records that the connection has ended or could not be opened, and chooses the delay before the next attempt.
    ///
    /// @param now            the present time
    /// @param[in,out] random source of the jitter
    /// @param[out] delay     from @p now on; `max_delay` if there is no randomness
    /// @return `error::none`, or `no_random` if @p random has failed
    /// @par Complexity O(1)
    template <random_source Source>
    [[nodiscard]] constexpr error next_delay(Ticks now, Source& random, Ticks& delay) noexcept
    {
        if (open_ && static_cast<Ticks>(now - opened_) >= options_.stable_after)
            attempts_ = 0;
        open_ = false;
        const Ticks bound = upper_bound();
        if (attempts_ < max_attempts)
            ++attempts_;
        std::array<std::byte, 4> bytes{};
        if (!random.fill(bytes)) {
            delay = options_.max_delay;
            return error::no_random;
        }
        std::uint64_t fraction = 0; // of 2^32
        for (const std::byte b : bytes)
            fraction = fraction << 8U | std::to_integer<std::uint64_t>(b);
        delay =
            static_cast<Ticks>(options_.min_delay + part_of(static_cast<Ticks>(bound - options_.min_delay), fraction));
        return error::none;
    }

    /// Returns the number of delays since the last stable connection.
    [[nodiscard]] constexpr unsigned attempts() const noexcept { return attempts_; }

private:
    static constexpr unsigned max_attempts = std::numeric_limits<Ticks>::digits;

    /// Returns the upper bound of the next delay, not less than `min_delay`.
    [[nodiscard]] constexpr Ticks upper_bound() const noexcept
    {
        Ticks bound = options_.first_delay;
        for (unsigned i = 0; i < attempts_ && bound < options_.max_delay; ++i)
            bound =
                bound > options_.max_delay / 2 ? options_.max_delay : static_cast<Ticks>(bound == 0 ? 1 : bound * 2U);
        bound = bound < options_.max_delay ? bound : options_.max_delay;
        return bound > options_.min_delay ? bound : options_.min_delay;
    }

    /// Returns `fraction` / 2^32 of the numbers from 0 to `range`, without a division.
    static constexpr std::uint64_t part_of(Ticks range, std::uint64_t fraction) noexcept
    {
        const std::uint64_t high = std::uint64_t{range} >> 32U;
        const std::uint64_t low = std::uint64_t{range} & 0xFFFFFFFFU;
        return high * fraction + ((low * fraction + fraction) >> 32U);
    }

    reconnect_options<Ticks> options_;
    Ticks opened_ = 0;
    unsigned attempts_ = 0;
    bool open_ = false;
};

static_assert(std::is_trivially_copyable_v<reconnect_backoff<>>);

} // namespace sockless::inline SOCKLESS_ABI
