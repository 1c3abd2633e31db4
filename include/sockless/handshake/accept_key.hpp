// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file makes the client's key and the server's answer to it, which shows that the server speaks WebSocket (RFC 6455 1.3).
#pragma once

#include "../bytes/base64.hpp"
#include "../bytes/random_source.hpp"
#include "../bytes/sha1.hpp"
#include "../config.hpp"
#include "../words/error.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

inline constexpr std::size_t key_bytes = 16;

using key_value = base64_text<key_bytes>;    ///< 24 characters: Sec-WebSocket-Key
using accept_value = base64_text<sha1_size>; ///< 28 characters: Sec-WebSocket-Accept

/// RFC 6455 1.3: what a server puts behind the key before it takes the digest.
inline constexpr std::string_view accept_guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The answer to a key. `Sha1` may be another implementation, such as `openssl_sha1`.
///
/// `key`     the text as it was received, without white space around it: it is neither decoded nor checked here
/// source    RFC 6455 4.1, 4.2.2
/// cost      two blocks of SHA-1
template <sha1_hash Sha1 = sha1>
[[nodiscard]] constexpr accept_value make_accept(std::string_view key) noexcept
{
    Sha1 hash;
    hash.update(key);
    hash.update(accept_guid);
    const std::array<std::byte, sha1_size> digest = hash.digest();
    accept_value result;
    base64_encode(digest, result.characters);
    return result;
}

/// Whether `key` is the base64 form of 16 bytes. Pad bits may be anything: see `base64_decode`.
///
/// source    RFC 6455 4.2.1, 4.3
[[nodiscard]] constexpr bool is_key(std::string_view key) noexcept
{
    std::array<std::byte, key_bytes> nonce{};
    return base64_decode(key, nonce);
}

/// Makes the key of one attempt to connect. Every attempt needs its own (RFC 6455 4.1).
///
/// `random`  asked for 16 bytes
/// `out`     unchanged after an error
/// errors    `no_random`
template <random_source Source>
[[nodiscard]] constexpr error make_key(Source& random, key_value& out) noexcept
{
    std::array<std::byte, key_bytes> nonce{};
    if (!random.fill(nonce))
        return error::no_random;
    base64_encode(nonce, out.characters);
    return error::none;
}

} // namespace sockless::inline SOCKLESS_ABI
