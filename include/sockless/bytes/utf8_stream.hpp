// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file validates text at the speed of the SIMD code, while it is unmasked or by itself.
#pragma once

#include "../config.hpp"
#include "byte_view.hpp"
#include "compact/utf8.hpp"
#include "fast/utf8.hpp"
#include "mask.hpp"
#include "simd/chosen.hpp"
#include "utf8.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

namespace detail {

/// Unmasks a piece of a text and validates it.
///
/// @param from      masked; read during the call only
/// @param[out] to   at least as long; either the same bytes as `from` or disjoint from it; written completely
/// @param key       the key for the first byte of `from`
/// @param text      the state between pieces
/// @return as utf8_validator::validate
/// @par Source      RFC 6455 5.3, 8.1
/// @par Complexity  O(from.size()): one pass, and a second one up to the first invalid byte if there is one
inline std::size_t unmask_text(std::span<const std::byte> from, std::span<std::byte> to, mask_key key,
                               utf8_validator& text) noexcept
{
    std::size_t begin = 0;
    const auto advance = [&](std::size_t count) {
        begin += count;
        key = rotate(key, count);
        from = from.subspan(count);
        to = to.subspan(count);
    };
    if (!text.complete()) { // the sequence that the piece before has begun
        const std::size_t missing = from.size() < text.bytes_missing() ? from.size() : text.bytes_missing();
        sockless::mask(from.first(missing), to, key);
        const std::size_t valid = text.validate(to.first(missing));
        if (!text.complete() || missing == from.size()) {
            sockless::mask(from.subspan(missing), to.subspan(missing), rotate(key, missing));
            return valid;
        }
        advance(missing);
    }
    const auto bits = [](mask_key k) { return std::bit_cast<std::uint32_t>(k.bytes); };
    const std::size_t ascii = simd::mask_ascii(from.data(), to.data(), from.size(), bits(key));
    if (ascii == from.size())
        return begin + ascii;
    advance(ascii);
    // The SIMD code needs complete sequences: the incomplete one at the end is left to the validator.
    std::array<std::byte, 3> last{};
    const std::size_t look = from.size() < last.size() ? from.size() : last.size();
    mask_bytewise(from.last(look), last.data(), rotate(key, from.size() - look));
    const std::size_t end = from.size() - incomplete_tail(std::span{last}.first(look));
    const bool good = simd::mask_text(from.data(), to.data(), end, bits(key));
    sockless::mask(from.subspan(end), to.subspan(end), rotate(key, end));
    to = to.first(from.size());
    return begin + (good ? end + text.validate(to.subspan(end)) : text.validate(to));
}

/// Returns whether all of `bytes` may follow what `text` has validated and, if `end`, the text may end after them.
[[nodiscard]] constexpr bool accepts(utf8_validator& text, std::span<const std::byte> bytes, bool end) noexcept
{
    return code::accepts(text, bytes.data(), bytes.size(), end);
}

} // namespace detail

/// Returns whether @p bytes is valid UTF-8 as a whole.
///
/// @param bytes  bytes or text; read during the call only
/// @par Source      RFC 3629 4
/// @par Complexity  O(bytes.size())
[[nodiscard]] constexpr bool is_utf8(byte_view bytes) noexcept
{
    return detail::code::is_utf8(bytes.data(), bytes.size());
}

} // namespace sockless::inline SOCKLESS_ABI
