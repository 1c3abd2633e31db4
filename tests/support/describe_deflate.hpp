// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Describes negotiated parameters as the vectors do: `deflate sent 9 alone, received 15`.
#pragma once

#include <sockless/core/role.hpp>
#include <sockless/deflate/parameters.hpp>

#include <string>

namespace support {

/// Describes how a role compresses, and how its peer does.
[[nodiscard]] inline std::string describe(const sockless::negotiated_deflate& negotiated, sockless::role own)
{
    if (!negotiated.in_use())
        return "deflate none";
    const auto one = [](const sockless::deflate_direction& direction) {
        return std::to_string(direction.window_bits) + (direction.context_takeover ? "" : " alone");
    };
    return "deflate sent " + one(negotiated.sent_by(own)) + ", received " + one(negotiated.received_by(own));
}

} // namespace support
