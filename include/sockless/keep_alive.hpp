// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns the time that the program tells into when to ping and when to give up, and measures round trips.
#pragma once

#include "bytes/endian.hpp"
#include "config.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

/// How long things may take, in ticks of the caller's clock; 0 means for ever.
template <std::unsigned_integral Ticks>
struct keep_alive_options {
    Ticks handshake_timeout = 0; ///< from the start until the connection is open
    Ticks ping_interval = 0;     ///< from one ping to the next; longer than a round trip, or none is ever measured
    Ticks pong_timeout = 0;      ///< from the first ping that is followed by silence: not one byte came since
    Ticks closing_timeout = 0;   ///< from the first close frame until the transport ends
};

/// What has been measured, in ticks. All 0 before the first answer.
template <std::unsigned_integral Ticks>
struct round_trips {
    Ticks last = 0;
    Ticks min = 0;
    Ticks mean = 0; ///< rounded down
    Ticks max = 0;
    std::uint32_t count = 0;
};

enum class keep_alive_result : std::uint8_t {
    wait,
    ping,    ///< send a ping with `ping_payload()`, then say `on_ping_sent()`
    give_up, ///< say `end_of_input()` to the connection, and close the transport
};

/// What to do now, and when to ask again.
template <std::unsigned_integral Ticks>
struct keep_alive_advice {
    keep_alive_result result = keep_alive_result::wait;
    Ticks wait = 0; ///< of `wait`: ticks from now; 0: not before something happens

    friend constexpr bool operator==(const keep_alive_advice&, const keep_alive_advice&) = default;
};

/// Keeps one connection alive, or finds that it is dead. Reads no clock: every function is told the time.
///
/// `Ticks` is any unsigned integer and may wrap around, as a 32-bit count of milliseconds does: only differences count. A
/// time and the delay with which `poll` comes after it has passed are together shorter than the range of `Ticks`.
///
/// Trivially copyable, never allocates.
template <std::unsigned_integral Ticks = std::uint64_t>
class keep_alive {
public:
    /// The handshake begins at `now`.
    constexpr keep_alive(const keep_alive_options<Ticks>& options, Ticks now) noexcept : options_{options}, since_{now}
    {
    }

    /// The connection is open: pings are due from here on. Only the first call counts, and none after `on_closing`.
    constexpr void on_open(Ticks now) noexcept
    {
        if (phase_ != phase::opening)
            return;
        phase_ = phase::open;
        since_ = now;
    }
    /// Bytes came in, whatever they are, or the peer's system took some: there is somebody.
    constexpr void received(Ticks) noexcept { silent_ = false; }
    /// A close frame went or came. Only the first call counts.
    constexpr void on_closing(Ticks now) noexcept
    {
        if (phase_ == phase::closing)
            return;
        phase_ = phase::closing;
        since_ = now;
    }

    /// returns   what to do at `now`; `give_up` again and again once it is due, and `ping` until `on_ping_sent`
    [[nodiscard]] constexpr keep_alive_advice<Ticks> poll(Ticks now) const noexcept
    {
        switch (phase_) {
        case phase::opening: return until(now, since_, options_.handshake_timeout, keep_alive_result::give_up);
        case phase::closing: return until(now, since_, options_.closing_timeout, keep_alive_result::give_up);
        case phase::open: break;
        }
        const keep_alive_advice<Ticks> ping = until(now, since_, options_.ping_interval, keep_alive_result::ping);
        if (!silent_)
            return ping;
        const keep_alive_advice<Ticks> lost =
            until(now, silent_since_, options_.pong_timeout, keep_alive_result::give_up);
        if (lost.result == keep_alive_result::give_up)
            return lost;
        if (ping.result == keep_alive_result::ping || lost.wait == 0)
            return ping;
        return ping.wait == 0 || lost.wait < ping.wait ? lost : ping;
    }

    /// The payload of the next ping: eight bytes that tell its pong from all others. Valid until `on_ping_sent`.
    [[nodiscard]] constexpr std::span<const std::byte> ping_payload() noexcept
    {
        detail::store_big_endian(payload_, sequence_ + 1);
        return payload_;
    }
    /// That ping has been written at `now`. Say so too if it found no room: a peer that takes nothing will be given up.
    constexpr void on_ping_sent(Ticks now) noexcept
    {
        ++sequence_;
        unanswered_ = true;
        pinged_ = now;
        if (phase_ == phase::open)
            since_ = now;
        if (silent_)
            return;
        silent_ = true;
        silent_since_ = now;
    }
    /// A pong came at `now`. One that answers another ping than the last, or none, is no measurement.
    ///
    /// returns   whether it answered the last ping, for the first time
    constexpr bool on_pong(std::span<const std::byte> payload, Ticks now) noexcept
    {
        received(now);
        if (!unanswered_ || payload.size() != sizeof sequence_ ||
            detail::load_big_endian<std::uint64_t>(payload) != sequence_)
            return false;
        unanswered_ = false;
        measure(elapsed(pinged_, now));
        return true;
    }

    [[nodiscard]] constexpr round_trips<Ticks> measured() const noexcept
    {
        round_trips<Ticks> result = trips_;
        result.mean = trips_.count == 0 ? Ticks{0} : static_cast<Ticks>(sum_ / trips_.count);
        return result;
    }

private:
    enum class phase : std::uint8_t { opening, open, closing };

    static constexpr Ticks elapsed(Ticks from, Ticks to) noexcept { return static_cast<Ticks>(to - from); }

    static constexpr keep_alive_advice<Ticks> until(Ticks now, Ticks from, Ticks time,
                                                    keep_alive_result result) noexcept
    {
        if (time == 0)
            return {};
        const Ticks gone = elapsed(from, now);
        if (gone >= time)
            return {result, 0};
        return {keep_alive_result::wait, static_cast<Ticks>(time - gone)};
    }

    constexpr void measure(Ticks trip) noexcept
    {
        if (trips_.count == 0 || trip < trips_.min)
            trips_.min = trip;
        if (trip > trips_.max)
            trips_.max = trip;
        trips_.last = trip;
        sum_ += trip;
        ++trips_.count;
    }

    keep_alive_options<Ticks> options_;
    Ticks since_;            ///< when the phase began, or the last ping went
    Ticks pinged_ = 0;       ///< when the last ping went
    Ticks silent_since_ = 0; ///< when the first ping went after the last byte came
    round_trips<Ticks> trips_{};
    std::uint64_t sum_ = 0;
    std::uint64_t sequence_ = 0; ///< of the last ping
    std::array<std::byte, sizeof(std::uint64_t)> payload_{};
    phase phase_ = phase::opening;
    bool unanswered_ = false; ///< the last ping
    bool silent_ = false;     ///< a ping went, and not a byte came since
};

static_assert(std::is_trivially_copyable_v<keep_alive<>>);

} // namespace sockless::inline SOCKLESS_ABI
