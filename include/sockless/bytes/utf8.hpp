// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file validates UTF-8 (RFC 3629 4) in pieces and stops at the first byte that cannot follow.
#pragma once

#include "../config.hpp"
#include "byte_view.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

namespace detail {

/// The states between two bytes, each named after what the next byte has to be. The values are rows of the table in
/// compact/utf8.hpp, which asserts it.
enum class utf8_state : std::uint8_t {
    complete = 0,    ///< anything that begins a sequence
    failed = 8,      ///< nothing
    want_one = 9,    ///< the last byte, 80-BF
    want_two = 10,   ///< two more, each 80-BF
    want_three = 11, ///< three more, each 80-BF
    want_90_bf = 12, ///< after F0: a lower byte would be an overlong form
    want_a0_bf = 13, ///< after E0: a lower byte would be an overlong form
    want_80_9f = 15, ///< after ED: a higher byte would be a surrogate
    want_80_8f = 16, ///< after F4: a higher byte would be above U+10FFFF
};

/// Returns the state after the first byte of a sequence.
[[nodiscard]] constexpr utf8_state from_lead(std::uint8_t byte) noexcept
{
    if (byte < 0x80)
        return utf8_state::complete;
    if (byte < 0xC2)
        return utf8_state::failed; // a continuation byte, or C0 and C1: always overlong
    if (byte < 0xE0)
        return utf8_state::want_one;
    if (byte < 0xF0) {
        if (byte == 0xE0)
            return utf8_state::want_a0_bf;
        return byte == 0xED ? utf8_state::want_80_9f : utf8_state::want_two;
    }
    if (byte == 0xF0)
        return utf8_state::want_90_bf;
    if (byte < 0xF4)
        return utf8_state::want_three;
    return byte == 0xF4 ? utf8_state::want_80_8f : utf8_state::failed;
}

/// Returns `next` if the byte is between `low` and `high`.
[[nodiscard]] constexpr utf8_state in_range(std::uint8_t byte, std::uint8_t low, std::uint8_t high,
                                            utf8_state next) noexcept
{
    return byte >= low && byte <= high ? next : utf8_state::failed;
}

/// Returns the state after `byte`; `failed` if `byte` cannot follow.
[[nodiscard]] constexpr utf8_state next_state(utf8_state now, std::uint8_t byte) noexcept
{
    switch (now) {
    case utf8_state::complete: return from_lead(byte);
    case utf8_state::want_one: return in_range(byte, 0x80, 0xBF, utf8_state::complete);
    case utf8_state::want_two: return in_range(byte, 0x80, 0xBF, utf8_state::want_one);
    case utf8_state::want_three: return in_range(byte, 0x80, 0xBF, utf8_state::want_two);
    case utf8_state::want_a0_bf: return in_range(byte, 0xA0, 0xBF, utf8_state::want_one);
    case utf8_state::want_80_9f: return in_range(byte, 0x80, 0x9F, utf8_state::want_one);
    case utf8_state::want_90_bf: return in_range(byte, 0x90, 0xBF, utf8_state::want_two);
    case utf8_state::want_80_8f: return in_range(byte, 0x80, 0x8F, utf8_state::want_two);
    case utf8_state::failed: break;
    }
    return utf8_state::failed;
}

} // namespace detail

/// Validates text that arrives in pieces, split anywhere. One byte of state; trivially copyable.
class utf8_validator {
public:
    /// Validates the next piece of the text.
    ///
    /// @param piece  read during the call only
    /// @return how many bytes are valid: all of them, or the index of the first byte that cannot follow what came before.
    ///         The validator has failed then and accepts no more bytes until `reset`.
    /// @par Source      RFC 6455 8.1, RFC 3629 4
    /// @par Complexity  O(piece.size()); eight bytes at a time while they are ASCII
    constexpr std::size_t validate(byte_view piece) noexcept
    {
        const std::span<const std::byte> bytes = piece;
        std::size_t i = 0;
        while (i < bytes.size()) {
            if (complete())
                i += ascii_prefix(bytes.subspan(i));
            if (i == bytes.size())
                break;
            state_ = detail::next_state(state_, std::to_integer<std::uint8_t>(bytes[i]));
            if (state_ == detail::utf8_state::failed)
                break;
            ++i;
        }
        return i;
    }

    /// Returns whether the text may end here: all bytes were valid, and the last sequence is complete.
    [[nodiscard]] constexpr bool complete() const noexcept { return state_ == detail::utf8_state::complete; }

    /// Returns how many bytes the open sequence needs to be complete: 0 to 3.
    [[nodiscard]] constexpr std::size_t bytes_missing() const noexcept
    {
        switch (state_) {
        case detail::utf8_state::complete:
        case detail::utf8_state::failed: break;
        case detail::utf8_state::want_one: return 1;
        case detail::utf8_state::want_two:
        case detail::utf8_state::want_a0_bf:
        case detail::utf8_state::want_80_9f: return 2;
        case detail::utf8_state::want_three:
        case detail::utf8_state::want_90_bf:
        case detail::utf8_state::want_80_8f: return 3;
        }
        return 0;
    }

    /// Starts a new text.
    constexpr void reset() noexcept { state_ = detail::utf8_state::complete; }

private:
    friend constexpr detail::utf8_state& state_of(utf8_validator& validator) noexcept { return validator.state_; }

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

    detail::utf8_state state_ = detail::utf8_state::complete;
};

} // namespace sockless::inline SOCKLESS_ABI
