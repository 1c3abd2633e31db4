// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file tells UTF-8 from other bytes (RFC 3629 4), a piece at a time, and stops at the first impossible byte.
#pragma once

#include "../config.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

/// Validates text that comes in pieces, cut anywhere. One byte of state; trivially copyable.
class utf8_validator {
public:
    /// Goes on with `bytes`, which is looked at during the call only.
    ///
    /// returns   how many bytes were taken: all of them, or the index of the first one that cannot follow what came
    ///           before (RFC 6455 8.1). After that the validator has failed and takes no more bytes until `reset`.
    /// cost      O(bytes.size()); eight bytes at a time through ASCII
    constexpr std::size_t validate(std::span<const std::byte> bytes) noexcept
    {
        std::size_t i = 0;
        while (i < bytes.size()) {
            if (state_ == state::complete)
                i += ascii_prefix(bytes.subspan(i));
            if (i == bytes.size())
                break;
            const state next = after(state_, std::to_integer<std::uint8_t>(bytes[i]));
            state_ = next;
            if (next == state::failed)
                break;
            ++i;
        }
        return i;
    }

    /// For small code: whether all `size` bytes may follow and, if `end`, the text may end behind them.
    SOCKLESS_NOINLINE constexpr bool accepts(const std::byte* bytes, std::size_t size, bool end) noexcept
    {
        constexpr std::size_t word = sizeof(std::uint64_t);
        state now = state_;
        for (; size > 0; ++bytes, --size) { // a state that has failed stays so
            if (now == state::complete && size >= word && ascii_prefix({bytes, word}) != 0) {
                bytes += word - 1;
                size -= word - 1;
            } else {
                now = after_by_table(now, std::to_integer<std::uint8_t>(*bytes));
            }
        }
        state_ = now;
        return end ? now == state::complete : now != state::failed;
    }

    /// Whether the text may end here: no failure, and not inside a sequence.
    [[nodiscard]] constexpr bool complete() const noexcept { return state_ == state::complete; }

    /// How many bytes the open sequence still wants: 0 to 3.
    [[nodiscard]] constexpr std::size_t missing() const noexcept
    {
        switch (state_) {
        case state::complete:
        case state::failed: break;
        case state::want_one: return 1;
        case state::want_two:
        case state::want_a0_bf:
        case state::want_80_9f: return 2;
        case state::want_three:
        case state::want_90_bf:
        case state::want_80_8f: return 3;
        }
        return 0;
    }

    constexpr void reset() noexcept { state_ = state::complete; }

private:
    /// Named after what the next byte has to be. The values are rows of `steps`.
    enum class state : std::uint8_t {
        complete = 0,    ///< anything that begins a sequence
        failed = 8,      ///< nothing
        want_one = 9,    ///< the last byte, 80-BF
        want_two = 10,   ///< two more, each 80-BF
        want_three = 11, ///< three more, each 80-BF
        want_90_bf = 12, ///< after F0: below would be overlong
        want_a0_bf = 13, ///< after E0: below would be overlong
        want_80_9f = 15, ///< after ED: above would be a surrogate
        want_80_8f = 16, ///< after F4: above would be past U+10FFFF
    };

    static constexpr state begin(std::uint8_t byte) noexcept
    {
        if (byte < 0x80)
            return state::complete;
        if (byte < 0xC2)
            return state::failed; // a continuation byte, or C0 and C1: always overlong
        if (byte < 0xE0)
            return state::want_one;
        if (byte < 0xF0) {
            if (byte == 0xE0)
                return state::want_a0_bf;
            return byte == 0xED ? state::want_80_9f : state::want_two;
        }
        if (byte == 0xF0)
            return state::want_90_bf;
        if (byte < 0xF4)
            return state::want_three;
        return byte == 0xF4 ? state::want_80_8f : state::failed;
    }

    static constexpr state within(std::uint8_t byte, std::uint8_t low, std::uint8_t high, state next) noexcept
    {
        return byte >= low && byte <= high ? next : state::failed;
    }

    /// The first row from that of the state on whose range holds the byte says what it leads to. What a state does not allow
    /// is in none of the ranges up to the next row of all bytes.
    struct step {
        std::uint8_t low;
        std::uint8_t more; ///< values of the range above `low`
        state next;
    };
    static constexpr step steps[] = {
        {0x00, 0x7F, state::complete},   {0xC2, 0x1D, state::want_one},   {0xE0, 0x00, state::want_a0_bf},
        {0xED, 0x00, state::want_80_9f}, {0xE1, 0x0E, state::want_two},   {0xF0, 0x00, state::want_90_bf},
        {0xF1, 0x02, state::want_three}, {0xF4, 0x00, state::want_80_8f}, {0x00, 0xFF, state::failed},
        {0x80, 0x3F, state::complete},   {0x80, 0x3F, state::want_one},   {0x80, 0x3F, state::want_two},
        {0x90, 0x2F, state::want_two},   {0xA0, 0x1F, state::want_one},   {0x00, 0xFF, state::failed},
        {0x80, 0x1F, state::want_one},   {0x80, 0x0F, state::want_two},   {0x00, 0xFF, state::failed},
    };

    /// `after` by a table, which is less code.
    static constexpr state after_by_table(state now, std::uint8_t byte) noexcept
    {
        const step* row = &steps[static_cast<std::size_t>(now)];
        while (static_cast<std::uint8_t>(byte - row->low) > row->more)
            ++row;
        return row->next;
    }

    static constexpr state after(state now, std::uint8_t byte) noexcept
    {
        if constexpr (detail::optimize_size)
            return after_by_table(now, byte);
        switch (now) {
        case state::complete: return begin(byte);
        case state::want_one: return within(byte, 0x80, 0xBF, state::complete);
        case state::want_two: return within(byte, 0x80, 0xBF, state::want_one);
        case state::want_three: return within(byte, 0x80, 0xBF, state::want_two);
        case state::want_a0_bf: return within(byte, 0xA0, 0xBF, state::want_one);
        case state::want_80_9f: return within(byte, 0x80, 0x9F, state::want_one);
        case state::want_90_bf: return within(byte, 0x90, 0xBF, state::want_two);
        case state::want_80_8f: return within(byte, 0x80, 0x8F, state::want_two);
        case state::failed: break;
        }
        return state::failed;
    }

    static constexpr std::size_t ascii_prefix(std::span<const std::byte> bytes) noexcept
    {
        if (std::is_constant_evaluated())
            return 0;
        std::size_t i = 0;
        while (bytes.size() - i >= sizeof(std::uint64_t)) {
            std::uint64_t word = 0;
            std::memcpy(&word, bytes.data() + i, sizeof word);
            if ((word & 0x8080'8080'8080'8080U) != 0)
                break;
            i += sizeof word;
        }
        return i;
    }

    state state_ = state::complete;
};

} // namespace sockless::inline SOCKLESS_ABI
