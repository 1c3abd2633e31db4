// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file bounds what a peer can demand (RFC 6455 10.4). Each limit has a finite default and an error of its own.
#pragma once

#include "../config.hpp"

#include <cstddef>
#include <cstdint>

namespace sockless::inline SOCKLESS_ABI {

/// What one connection accepts from the peer. Copied by the constructor of the connection.
struct limits {
    /// The maximum payload of a frame in bytes, checked when the header arrives: `frame_too_large`, close code 1009.
    std::uint64_t frame_bytes = std::uint64_t{16} << 20;
    /// The maximum size of a message in bytes, all frames together and decompressed: `message_too_large`, close code 1009.
    std::uint64_t message_bytes = std::uint64_t{16} << 20;
    /// The maximum number of frames in a message, empty ones included: `too_many_fragments`, close code 1008.
    std::uint32_t fragments = 131072;

    /// The default size of the storage for an HTTP head, which is the limit of a handshake: `request_target_too_long`, status
    /// 414, or `head_too_large`, status 431.
    static constexpr std::size_t head_bytes = 8192;
    /// The default size of the storage for fields: `too_many_fields`, status 431.
    static constexpr std::size_t head_fields = 100;
    /// The default maximum size of the body of a response that refuses the connection: `body_too_large`.
    static constexpr std::uint32_t body_bytes = 65536;
    /// The maximum size of the name of a subprotocol that a `websocket` uses: `subprotocol_too_long`.
    static constexpr std::size_t subprotocol_bytes = 64;
};

} // namespace sockless::inline SOCKLESS_ABI
