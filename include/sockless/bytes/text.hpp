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
[[nodiscard]] constexpr std::size_t open_sequence(std::span<const std::byte> end) noexcept
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
    std::size_t begin = 0;
    if (!text.complete()) { // the rest of a sequence that the piece before has begun
        begin = from.size() < 3 ? from.size() : 3;
        key = mask_copy(from.first(begin), to, key);
        const std::size_t valid = text.validate(to.first(begin));
        if (valid != begin || !text.complete() || begin == from.size()) {
            mask_copy(from.subspan(begin), to.subspan(begin), key);
            return valid != begin ? valid : begin + text.validate(to.subspan(begin, from.size() - begin));
        }
    }
    from = from.subspan(begin);
    to = to.subspan(begin);
    // Vector code wants whole sequences: what is open at the end is left to the validator. Usually that is nothing.
    std::array<std::byte, 3> last{};
    std::size_t open = 0;
    if (!from.empty() && (from.back() ^ key.bytes[(from.size() - 1) % 4]) >= std::byte{0x80}) {
        const std::size_t look = from.size() < last.size() ? from.size() : last.size();
        for (std::size_t i = from.size() - look, j = 0; j < look; ++i, ++j)
            last[j] = from[i] ^ key.bytes[i % 4];
        open = detail::open_sequence(std::span{last}.first(look));
        for (std::size_t i = 0; i < open; ++i) // to the front
            last[i] = last[look - open + i];
    }
    const std::size_t end = from.size() - open;
    const std::span<const std::byte> tail = std::span{last}.first(open);
    const bool good = detail::vector::mask_text(from.data(), to.data(), end, std::bit_cast<std::uint32_t>(key.bytes));
    copy_bytes(tail, to.subspan(end));
    return begin + (good ? end + text.validate(tail) : text.validate(to.first(from.size())));
}

/// The same for text that is not masked.
constexpr std::size_t validate_text(std::span<const std::byte> bytes, utf8_validator& text) noexcept
{
    if (std::is_constant_evaluated() || bytes.size() < 16 || !text.complete())
        return text.validate(bytes);
    const std::size_t end = bytes.size() - detail::open_sequence(bytes);
    if (!detail::vector::is_text(bytes.data(), end))
        return text.validate(bytes);
    return end + text.validate(bytes.subspan(end));
}

/// Whether `bytes` is UTF-8 as a whole.
[[nodiscard]] constexpr bool is_text(std::span<const std::byte> bytes) noexcept
{
    utf8_validator text;
    return validate_text(bytes, text) == bytes.size() && text.complete();
}

} // namespace sockless::inline SOCKLESS_ABI
