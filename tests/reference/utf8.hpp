// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// UTF-8 according to the definition in RFC 3629 3: code points are assembled from their bits; then it is checked whether
/// they exist and whether the form is the shortest. There is no table of byte ranges, so that it verifies the one in the library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace reference {

/// The sequence at the front of some bytes.
struct sequence {
    enum class kind { whole, beginning, impossible };
    kind what = kind::impossible;
    std::size_t size = 0; ///< of a complete sequence
};

/// The first byte of a sequence determines how many bytes follow, with six bits each. If some are missing, the code point
/// is between the one with zeros for the missing bits and the one with ones.
[[nodiscard]] inline sequence first_sequence(std::span<const std::byte> bytes)
{
    if (bytes.empty())
        return {sequence::kind::beginning, 0};
    const auto lead = std::to_integer<std::uint32_t>(bytes[0]);
    std::size_t size = 0;
    std::uint32_t low = 0;
    std::uint32_t least = 0; // shorter forms are for the code points below
    if ((lead & 0x80U) == 0) {
        size = 1;
        low = lead;
    } else if ((lead & 0xE0U) == 0xC0) {
        size = 2;
        low = lead & 0x1FU;
        least = 0x80;
    } else if ((lead & 0xF0U) == 0xE0) {
        size = 3;
        low = lead & 0x0FU;
        least = 0x800;
    } else if ((lead & 0xF8U) == 0xF0) {
        size = 4;
        low = lead & 0x07U;
        least = 0x10000;
    } else {
        return {};
    }
    std::uint32_t high = low;
    for (std::size_t i = 1; i < size; ++i) {
        if (i < bytes.size() && (std::to_integer<std::uint32_t>(bytes[i]) & 0xC0U) != 0x80)
            return {};
        const std::uint32_t bits = i < bytes.size() ? std::to_integer<std::uint32_t>(bytes[i]) & 0x3FU : 0;
        low = low << 6U | bits;
        high = high << 6U | (i < bytes.size() ? bits : 0x3FU);
    }
    const auto some_between = [](std::uint32_t from, std::uint32_t to, std::uint32_t first, std::uint32_t last) {
        return from <= last && to >= first;
    };
    low = low < least ? least : low;
    const bool possible =
        low <= high && (some_between(low, high, 0, 0xD7FF) || some_between(low, high, 0xE000, 0x10FFFF));
    if (!possible)
        return {};
    return size <= bytes.size() ? sequence{sequence::kind::whole, size} : sequence{sequence::kind::beginning, 0};
}

/// Returns the number of bytes before the first one that cannot follow the bytes before it, and whether a text may end there.
struct utf8_prefix {
    std::size_t size = 0;
    bool complete = false;
};

[[nodiscard]] inline utf8_prefix longest_utf8_prefix(std::span<const std::byte> bytes)
{
    std::size_t done = 0;
    while (done < bytes.size()) {
        const sequence next = first_sequence(bytes.subspan(done));
        if (next.what == sequence::kind::beginning)
            return {bytes.size(), false};
        if (next.what == sequence::kind::impossible) {
            std::size_t taken = 0;
            while (first_sequence(bytes.subspan(done, taken + 1)).what != sequence::kind::impossible)
                ++taken;
            return {done + taken, false};
        }
        done += next.size;
    }
    return {done, true};
}

/// Encodes according to RFC 3629 3. `code_point` is at most 0x1FFFFF; surrogates are encoded like any other.
[[nodiscard]] inline std::vector<std::byte> encoded(std::uint32_t code_point)
{
    if (code_point < 0x80)
        return {static_cast<std::byte>(code_point)};
    std::vector<std::byte> result;
    const int more = code_point < 0x800 ? 1 : code_point < 0x10000 ? 2 : 3;
    const std::uint32_t lead = more == 1 ? 0xC0 : more == 2 ? 0xE0 : 0xF0;
    result.push_back(static_cast<std::byte>(lead | code_point >> (6 * more)));
    for (int i = more - 1; i >= 0; --i)
        result.push_back(static_cast<std::byte>(0x80U | (code_point >> (6 * i) & 0x3FU)));
    return result;
}

} // namespace reference
