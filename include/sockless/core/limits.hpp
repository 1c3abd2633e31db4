// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file bounds what a peer may ask for (RFC 6455 10.4). Everything has a finite default and an error of its own.
#pragma once

#include "../config.hpp"

#include <cstddef>
#include <cstdint>

namespace sockless::inline SOCKLESS_ABI {

/// What one connection accepts. Copied when the connection is made.
struct limits {
    /// Bytes of payload in one frame, announced or not yet arrived: `frame_too_large`, close 1009.
    std::uint64_t frame_bytes = std::uint64_t{16} << 20;
    /// Bytes in one message over all its frames, after any extension has expanded them: `message_too_large`, close 1009.
    std::uint64_t message_bytes = std::uint64_t{16} << 20;
    /// Frames in one message, empty ones included: `too_many_fragments`, close 1008.
    std::uint32_t fragments = 16384;

    /// The handshake's limits are the sizes of the storage that the caller gives it; these are the defaults.
    static constexpr std::size_t head_bytes =
        8192;                                      ///< `request_target_too_long` or `head_too_large`, status 414 or 431
    static constexpr std::size_t head_fields = 64; ///< `too_many_fields`, status 431
};

} // namespace sockless::inline SOCKLESS_ABI
