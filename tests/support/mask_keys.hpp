// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Sources of masking keys for tests. They are predictable; no program may use them.
#pragma once

#include <sockless/bytes/mask.hpp>
#include <sockless/bytes/random_source.hpp>

#include <cstddef>

namespace support {

/// With these keys masked bytes are equal to unmasked ones, so that expected output is easy to write.
struct zero_keys {
    constexpr bool next(sockless::mask_key& key) noexcept
    {
        key = {};
        return true;
    }
};

struct failing_keys {
    constexpr bool next(sockless::mask_key&) noexcept { return false; }
};

/// Key n is `n, n+1, n+2, n+3`. Counts its calls; fails while `failing` is true.
class counted_keys {
public:
    constexpr bool next(sockless::mask_key& key) noexcept
    {
        ++calls_;
        if (failing)
            return false;
        key = key_number(given_++);
        return true;
    }

    [[nodiscard]] static constexpr sockless::mask_key key_number(std::size_t n) noexcept
    {
        sockless::mask_key key;
        for (std::size_t i = 0; i < key.bytes.size(); ++i)
            key.bytes[i] = static_cast<std::byte>((n + i) & 0xFFU);
        return key;
    }

    [[nodiscard]] constexpr std::size_t calls() const noexcept { return calls_; }
    [[nodiscard]] constexpr std::size_t given() const noexcept { return given_; }

    bool failing = false;

private:
    std::size_t calls_ = 0;
    std::size_t given_ = 0;
};

} // namespace support
