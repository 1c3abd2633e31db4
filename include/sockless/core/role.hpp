// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file names the two ends of a connection. The client masks its frames, the server does not (RFC 6455 5.1).
#pragma once

#include "../config.hpp"

#include <cstdint>

namespace sockless::inline SOCKLESS_ABI {

/// One end of a connection.
enum class role : std::uint8_t { client, server };

namespace detail {

/// Returns the role of the other end.
[[nodiscard]] constexpr role peer_of(role self) noexcept
{
    return self == role::client ? role::server : role::client;
}

} // namespace detail

} // namespace sockless::inline SOCKLESS_ABI
