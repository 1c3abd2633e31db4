// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Deflate with stored blocks, and a reference if data repeats the previous call, so that the window is needed.
#pragma once

#include <sockless/deflate/backend.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace reference {

/// Stored blocks. A call with the same bytes as the previous one becomes one reference, if it is 3 to 10 bytes long and the window
/// is kept.
class deflater {
public:
    [[nodiscard]] std::uint8_t window_bits() const noexcept { return 15; }
    [[nodiscard]] std::size_t bound(std::size_t size) const noexcept { return size + 5 * (size / 65535 + 2); }

    std::size_t deflate(std::span<const std::byte> in, std::span<std::byte> out) noexcept
    {
        std::size_t made = 0;
        const auto put = [&](unsigned value) { out[made++] = static_cast<std::byte>(value & 0xFFU); };
        const bool again = in.size() >= 3 && in.size() <= 10 && last_.size() == in.size() &&
                           std::equal(in.begin(), in.end(), last_.begin());
        if (again) {
            // Fixed codes: length 3..10 is symbol 257..264 in 7 bits, distance 3..10 is symbol 2..6 in 5 bits and extra bits.
            unsigned bits = 0b010; // BFINAL=0, type 1, first bit lowest
            unsigned count = 3;
            const auto add = [&](unsigned value, unsigned size, bool reversed) {
                for (unsigned i = 0; i < size; ++i)
                    bits |= (value >> (reversed ? size - 1 - i : i) & 1U) << count++;
            };
            const auto length = static_cast<unsigned>(in.size());
            add(length - 3 + 1, 7, true);
            const unsigned distance = length - 1;
            if (distance < 4) {
                add(distance, 5, true); // symbols 2 and 3
            } else if (distance < 8) {
                add(4 + (distance - 4) / 2, 5, true);
                add(distance % 2, 1, false);
            } else {
                add(6 + (distance - 8) / 4, 5, true);
                add(distance % 4, 2, false);
            }
            add(0, 7, true); // end of block
            add(0, 3, false);
            for (unsigned done = 0; done < count; done += 8)
                put(bits >> done);
        } else {
            for (std::size_t at = 0; at < in.size(); at += 65535) {
                const std::span<const std::byte> piece = in.subspan(at, std::min<std::size_t>(in.size() - at, 65535));
                put(0);
                put_length(put, piece.size());
                for (const std::byte b : piece)
                    out[made++] = b;
            }
            put(0);
        }
        put_length(put, 0);
        last_.assign(in.begin(), in.end());
        return made;
    }

    void reset() noexcept { last_.clear(); }

private:
    static void put_length(const auto& put, std::size_t size)
    {
        const auto length = static_cast<unsigned>(size);
        put(length);
        put(length >> 8U);
        put(~length);
        put(~length >> 8U);
    }

    std::vector<std::byte> last_;
};

static_assert(sockless::deflate_backend<deflater>);

} // namespace reference
