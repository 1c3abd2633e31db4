// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file validates text with the SIMD code. For utf8_stream.hpp; the other form is compact/utf8.hpp.
#pragma once

#include "../../config.hpp"
#include "../simd/chosen.hpp"
#include "../utf8.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI::detail {

/// Returns how many of the last bytes of some text, of which `end` is the end, begin a sequence that is not complete: 0 to 3.
[[nodiscard]] constexpr std::size_t incomplete_tail(std::span<const std::byte> end) noexcept
{
    for (std::size_t count = 1; count <= 3 && count <= end.size(); ++count) {
        const auto byte = std::to_integer<std::uint8_t>(end[end.size() - count]);
        if (byte < 0x80)
            return 0;
        if (byte >= 0xC0) {
            const std::size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
            return count < length ? count : 0;
        }
    }
    return 0;
}

/// Validates a piece of a text that is not masked. As utf8_validator::validate, with the SIMD code.
constexpr std::size_t validate_text(std::span<const std::byte> bytes, utf8_validator& text) noexcept
{
    if (std::is_constant_evaluated())
        return text.validate(bytes);
    std::size_t begin = 0;
    if (!text.complete()) { // the sequence that the piece before has begun
        begin = bytes.size() < text.bytes_missing() ? bytes.size() : text.bytes_missing();
        const std::size_t valid = text.validate(bytes.first(begin));
        if (!text.complete() || begin == bytes.size())
            return valid;
        bytes = bytes.subspan(begin);
    }
    if (portable::is_short_ascii(bytes.data(), bytes.size()))
        return begin + bytes.size();
    const std::size_t end = bytes.size() - incomplete_tail(bytes);
    if (!simd::is_text(bytes.data(), end))
        return begin + text.validate(bytes);
    return begin + end + text.validate(bytes.subspan(end));
}

namespace fast {

/// Returns whether all `size` bytes may follow what `text` has validated and, if `end`, the text may end after them.
[[nodiscard]] constexpr bool accepts(utf8_validator& text, const std::byte* bytes, std::size_t size, bool end) noexcept
{
    return validate_text({bytes, size}, text) == size && (!end || text.complete());
}

/// Returns whether `size` bytes are UTF-8 as a whole.
[[nodiscard]] constexpr bool is_utf8(const std::byte* bytes, std::size_t size) noexcept
{
    if (std::is_constant_evaluated())
        return portable::is_text(bytes, size);
    return portable::is_short_ascii(bytes, size) || simd::is_text(bytes, size);
}

} // namespace fast

} // namespace sockless::inline SOCKLESS_ABI::detail
