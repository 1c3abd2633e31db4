// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file validates text that comes in pieces at the speed of the vector code, while it is unmasked or by itself.
#pragma once

#include "../config.hpp"
#include "copy.hpp"
#include "mask.hpp"
#include "utf8.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

namespace detail {

/// How many of the last bytes of `end`, the end of some text, belong to a sequence that goes on behind it: 0 to 3.
[[nodiscard]] constexpr std::size_t incomplete_tail(std::span<const std::byte> end) noexcept
{
    for (std::size_t count = 1; count <= 3 && count <= end.size(); ++count) {
        const auto byte = std::to_integer<std::uint8_t>(end[end.size() - count]);
        if (byte < 0x80)
            return 0;
        if (byte >= 0xC0) {
            const std::size_t whole = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
            return count < whole ? count : 0;
        }
    }
    return 0;
}

} // namespace detail

/// Unmasks `from` into `to` and goes on with the validation of the text that it is a part of.
///
/// `from`    looked at during the call only
/// `to`      at least as long; either the same bytes as `from` or disjoint from it; all of it is written
/// `key`     as it stands for the first byte of `from`
/// `text`    the state between pieces
/// returns   as utf8_validator::validate
/// source    RFC 6455 5.3, 8.1
/// cost      O(from.size()), one pass; a second one up to the first impossible byte, if there is one
inline std::size_t unmask_text(std::span<const std::byte> from, std::span<std::byte> to, mask_key key,
                               utf8_validator& text) noexcept
{
    if constexpr (detail::optimize_size) {
        mask_copy(from, to, key);
        return text.validate(to.first(from.size()));
    }
    std::size_t begin = 0;
    const auto go_on_behind = [&](std::size_t count) {
        begin += count;
        key = rotate(key, count);
        from = from.subspan(count);
        to = to.subspan(count);
    };
    if (!text.complete()) { // the rest of a sequence that the piece before has begun
        const std::size_t rest = from.size() < text.missing() ? from.size() : text.missing();
        mask_copy(from.first(rest), to, key);
        const std::size_t valid = text.validate(to.first(rest));
        if (!text.complete() || rest == from.size()) {
            mask_copy(from.subspan(rest), to.subspan(rest), rotate(key, rest));
            return valid;
        }
        go_on_behind(rest);
    }
    const auto bits = [](mask_key k) { return std::bit_cast<std::uint32_t>(k.bytes); };
    const std::size_t ascii = detail::simd::mask_ascii(from.data(), to.data(), from.size(), bits(key));
    if (ascii == from.size())
        return begin + ascii;
    go_on_behind(ascii);
    // Vector code wants whole sequences: what is open at the end is left to the validator.
    std::array<std::byte, 3> last{};
    const std::size_t look = from.size() < last.size() ? from.size() : last.size();
    detail::mask_bytewise(from.last(look), last.data(), rotate(key, from.size() - look));
    const std::size_t end = from.size() - detail::incomplete_tail(std::span{last}.first(look));
    const bool good = detail::simd::mask_text(from.data(), to.data(), end, bits(key));
    mask_copy(from.subspan(end), to.subspan(end), rotate(key, end));
    to = to.first(from.size());
    return begin + (good ? end + text.validate(to.subspan(end)) : text.validate(to));
}

/// The same for text that is not masked.
constexpr std::size_t validate_text(std::span<const std::byte> bytes, utf8_validator& text) noexcept
{
    if (detail::optimize_size || std::is_constant_evaluated())
        return text.validate(bytes);
    std::size_t begin = 0;
    if (!text.complete()) { // the rest of a sequence that the piece before has begun
        begin = bytes.size() < text.missing() ? bytes.size() : text.missing();
        const std::size_t valid = text.validate(bytes.first(begin));
        if (!text.complete() || begin == bytes.size())
            return valid;
        bytes = bytes.subspan(begin);
    }
    if (detail::portable::is_short_ascii(bytes.data(), bytes.size()))
        return begin + bytes.size();
    const std::size_t end = bytes.size() - detail::incomplete_tail(bytes);
    if (!detail::simd::is_text(bytes.data(), end))
        return begin + text.validate(bytes);
    return begin + end + text.validate(bytes.subspan(end));
}

/// Whether all of `bytes` may follow what `text` has seen and, if `end`, the text may end behind them.
[[nodiscard]] constexpr bool accepts(utf8_validator& text, std::span<const std::byte> bytes, bool end) noexcept
{
    if constexpr (detail::optimize_size)
        return text.accepts(bytes.data(), bytes.size(), end);
    return validate_text(bytes, text) == bytes.size() && (!end || text.complete());
}

/// Whether `bytes` is UTF-8 as a whole.
[[nodiscard]] constexpr bool is_utf8(std::span<const std::byte> bytes) noexcept
{
    utf8_validator text;
    return accepts(text, bytes, true);
}

} // namespace sockless::inline SOCKLESS_ABI
