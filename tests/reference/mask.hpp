// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Masking as RFC 6455 5.3 defines it: octet i of the result is octet i of the data XOR octet i mod 4 of the key.
#pragma once

#include <sockless/bytes/mask.hpp>

#include <cstddef>
#include <span>
#include <vector>

namespace reference {

[[nodiscard]] inline std::vector<std::byte> masked(std::span<const std::byte> data, sockless::mask_key key)
{
    std::vector<std::byte> result;
    for (std::size_t i = 0; i < data.size(); ++i)
        result.push_back(data[i] ^ key.bytes[i % 4]);
    return result;
}

} // namespace reference
