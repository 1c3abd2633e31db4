// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// What the example servers have for requests that ask for no WebSocket: pages, which GET and HEAD have, and an answer to the OPTIONS
/// of health checks.
#pragma once

#include <sockless/handshake/upgrade_request.hpp>
#include <sockless/http/head.hpp>

#include <array>
#include <cstdint>

namespace example {

/// Fields of a response without a page.
inline constexpr std::array<sockless::field, 1> allowed_methods{{{"Allow", "GET, HEAD, OPTIONS"}}};

/// @return the status of the response to a method that has no page, which `allowed_methods` belongs to; 0 for GET and HEAD
[[nodiscard]] inline std::uint16_t status_without_page(const sockless::upgrade_request& request) noexcept
{
    if (request.method == "GET" || request.method == "HEAD")
        return 0;
    return request.method == "OPTIONS" ? 204 : 405;
}

} // namespace example
