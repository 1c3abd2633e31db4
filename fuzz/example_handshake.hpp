// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The handshake of RFC 6455 1.2 and 1.3, for targets that begin with a handshake.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace fuzz {

/// A source of randomness that returns the RFC's key.
struct example_nonce {
    bool fill(std::span<std::byte> out) noexcept
    {
        constexpr std::string_view nonce = "the sample nonce";
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = static_cast<std::byte>(nonce[i % nonce.size()]);
        return true;
    }
};

/// The response to that key.
inline constexpr const char* example_accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

inline constexpr std::string_view example_request =
    "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
inline constexpr std::string_view example_response =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

} // namespace fuzz
