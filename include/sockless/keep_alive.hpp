// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file decides when to ping and when to give up, from the times that the program passes in, and measures round trips.
#pragma once

#include "bytes/byte_view.hpp"
#include "bytes/copy.hpp"
#include "config.hpp"

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

/// Options of `keep_alive`, in ticks of the caller's clock; 0: no limit, or no pings.
template <std::unsigned_integral Ticks>
struct keep_alive_options {
    Ticks handshake_timeout = 0; ///< from the start until the connection is open
    Ticks ping_interval = 0;     ///< from one ping to the next; longer than a round trip, or none is ever measured
    Ticks pong_timeout = 0;      ///< from the first ping after the last byte that came
    Ticks closing_timeout = 0;   ///< from `on_closing` until the transport ends
};

/// What a program does now.
enum class keep_alive_result : std::uint8_t {
    wait,
    ping,    ///< send a ping with `ping_payload()`, then call `on_ping_sent()`
    give_up, ///< call `end_of_input()` of the connection, and close the transport
};

/// Keeps one connection alive, or detects that it is dead. Reads no clock: every function is passed the time.
///
/// `Ticks` is any unsigned integer and may wrap around, as a 32-bit count of milliseconds does: only differences count. An
/// option and the delay with which `poll` is called after it has passed are together shorter than the range of `Ticks`.
///
/// Trivially copyable, never allocates.
///
/// @tparam Measures  whether round trips are measured, which takes memory and code
template <std::unsigned_integral Ticks = std::uint64_t, bool Measures = true>
class keep_alive {
public:
    /// Measured round trips, in ticks; all 0 before the first pong.
    struct round_trips {
        Ticks last = 0;          ///< the latest one
        Ticks min = 0;           ///< the shortest one
        Ticks mean = 0;          ///< rounded down
        Ticks max = 0;           ///< the longest one
        std::uint32_t count = 0; ///< number of round trips
    };

    /// What a program does now, and when it polls again.
    struct advice {
        keep_alive_result result = keep_alive_result::wait; ///< what to do
        Ticks wait = 0; ///< with `keep_alive_result::wait`: ticks until the next poll; 0: not before the next event

        friend constexpr bool operator==(const advice&, const advice&) = default;
    };

    /// Starts the handshake.
    ///
    /// @param options  copied
    constexpr keep_alive(const keep_alive_options<Ticks>& options, Ticks now) noexcept : options_{options}, since_{now}
    {
    }

    /// Returns @p result once @p timeout has passed since @p from, and the remaining time before; for a time-out of the program's own.
    ///
    /// @param timeout  0: never
    [[nodiscard]] static constexpr advice until(Ticks now, Ticks from, Ticks timeout, keep_alive_result result) noexcept
    {
        if (timeout == 0)
            return {};
        const Ticks passed = elapsed(from, now);
        if (passed >= timeout)
            return {result, 0};
        return {keep_alive_result::wait, static_cast<Ticks>(timeout - passed)};
    }

    /// Starts the handshake of another connection with the same options.
    constexpr void restart(Ticks now) noexcept { *this = keep_alive{options_, now}; }

    /// Records that the connection is open: pings are due from now on. Only the first call counts, and none after `on_closing`.
    constexpr void on_open(Ticks now) noexcept
    {
        if (phase_ != phase::opening)
            return;
        phase_ = phase::open;
        since_ = now;
    }
    /// Records that bytes of the peer were received, or that the transport accepts output again after it was blocked: both show that the
    /// peer is alive. A successful write alone does not, because the local system buffers it.
    constexpr void received(Ticks) noexcept { silent_ = false; }
    /// Records that a close frame, or a response other than 101, was sent or received: `ready_state()` of a `websocket` is neither
    /// `connecting` nor `open`. Only the first call counts.
    constexpr void on_closing(Ticks now) noexcept
    {
        if (phase_ == phase::closing)
            return;
        phase_ = phase::closing;
        since_ = now;
    }

    /// Returns what to do at @p now: `give_up` in every call once it is due, and `ping` until `on_ping_sent`.
    [[nodiscard]] constexpr advice poll(Ticks now) const noexcept
    {
        switch (phase_) {
        case phase::opening: return until(now, since_, options_.handshake_timeout, keep_alive_result::give_up);
        case phase::closing: return until(now, since_, options_.closing_timeout, keep_alive_result::give_up);
        case phase::open: break;
        }
        const advice ping = until(now, since_, options_.ping_interval, keep_alive_result::ping);
        if (!silent_)
            return ping;
        const advice lost = until(now, silent_since_, options_.pong_timeout, keep_alive_result::give_up);
        if (lost.result == keep_alive_result::give_up)
            return lost;
        if (ping.result == keep_alive_result::ping || lost.wait == 0)
            return ping;
        return ping.wait == 0 || lost.wait < ping.wait ? lost : ping;
    }

    /// Returns the payload of the next ping: eight bytes that identify its pong. Valid until `on_ping_sent`.
    [[nodiscard]] constexpr std::span<const std::byte> ping_payload() const noexcept { return next_; }
    /// Records that this ping was written, or found no room: a peer that accepts nothing will be given up.
    constexpr void on_ping_sent(Ticks now) noexcept
    {
        next_ = std::bit_cast<payload>(std::bit_cast<std::uint64_t>(next_) + 1);
        unanswered_ = true;
        if constexpr (Measures)
            trips_.sent = now;
        if (phase_ == phase::open)
            since_ = now;
        if (silent_)
            return;
        silent_ = true;
        silent_since_ = now;
    }
    /// Records a pong. A pong for another ping than the last, or for none, measures no round trip.
    ///
    /// @param bytes  payload of the pong; read during the call only
    /// @return whether it is the first reply to the last ping
    constexpr bool on_pong(byte_view bytes, Ticks now) noexcept
    {
        received(now);
        if (!unanswered_ || bytes.size() != sizeof next_)
            return false;
        payload received_payload;
        detail::copy_bytes(bytes, received_payload);
        if (std::bit_cast<std::uint64_t>(received_payload) + 1 != std::bit_cast<std::uint64_t>(next_))
            return false;
        unanswered_ = false;
        if constexpr (Measures)
            measure(elapsed(trips_.sent, now));
        return true;
    }

    /// Returns the round trips so far.
    [[nodiscard]] constexpr round_trips measured() const noexcept
        requires Measures
    {
        round_trips result = trips_;
        result.mean = trips_.count == 0 ? Ticks{0} : static_cast<Ticks>(trips_.sum / trips_.count);
        return result;
    }

private:
    enum class phase : std::uint8_t { opening, open, closing };
    using payload = std::array<std::byte, sizeof(std::uint64_t)>;
    struct no_measurement {};
    struct measurement : round_trips {
        std::uint64_t sum = 0;
        Ticks sent = 0; ///< the last ping
    };

    static constexpr Ticks elapsed(Ticks from, Ticks to) noexcept { return static_cast<Ticks>(to - from); }

    constexpr void measure(Ticks trip) noexcept
        requires Measures
    {
        if (trips_.count == 0 || trip < trips_.min)
            trips_.min = trip;
        if (trip > trips_.max)
            trips_.max = trip;
        trips_.last = trip;
        trips_.sum += trip;
        ++trips_.count;
    }

    keep_alive_options<Ticks> options_;
    Ticks since_;            ///< the start of the phase, or the last ping
    Ticks silent_since_ = 0; ///< the first ping after the last byte that came
    [[no_unique_address]] std::conditional_t<Measures, measurement, no_measurement> trips_{};
    payload next_ = std::bit_cast<payload>(std::uint64_t{1}); ///< of the next ping: a number
    phase phase_ = phase::opening;
    bool unanswered_ = false; ///< the last ping
    bool silent_ = false;     ///< a ping was sent, and no byte came since
};

static_assert(std::is_trivially_copyable_v<keep_alive<>>);

} // namespace sockless::inline SOCKLESS_ABI
