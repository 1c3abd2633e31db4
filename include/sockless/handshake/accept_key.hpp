// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file makes the client's key and the server's answer to it, which shows that the server speaks WebSocket (RFC 6455 1.3).
#pragma once

#include "../bytes/base64.hpp"
#include "../bytes/random_source.hpp"
#include "../bytes/sha1.hpp"
#include "../config.hpp"
#include "../core/error.hpp"

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

namespace detail {

inline constexpr std::size_t key_bytes = 16;

} // namespace detail

/// The value of Sec-WebSocket-Key: 24 characters.
struct key_value : detail::base64_text<detail::key_bytes> {};

/// The value of Sec-WebSocket-Accept: 28 characters.
struct accept_value : detail::base64_text<detail::sha1_size> {};

namespace detail {

/// RFC 6455 1.3: the GUID that a server appends to the key before it computes the digest.
inline constexpr std::string_view accept_guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

inline constexpr std::size_t key_characters = base64_size(key_bytes);

inline constexpr auto key_bits = static_cast<std::uint16_t>((key_characters + accept_guid.size()) * 8);

/// What follows a key in its two blocks: the GUID, the end mark, and the length in bits at the very end.
inline constexpr std::array<std::byte, 2 * sha1_block_size - key_characters> key_padding = [] {
    std::array<std::byte, 2 * sha1_block_size - key_characters> bytes{};
    copy_bytes(accept_guid, bytes);
    bytes[accept_guid.size()] = std::byte{0x80};
    store_big_endian(std::span{bytes}.last<2>(), key_bits);
    return bytes;
}();

using key_text = std::array<char, key_characters>;

/// The words of the first block after the key.
inline constexpr auto key_padding_words = [] {
    std::array<std::uint32_t, (sha1_block_size - key_characters) / 4> words{};
    for (std::size_t i = 0; i < words.size(); ++i)
        words[i] = load_be32(&key_padding[4 * i]);
    return words;
}();

/// `make_accept_of` in less code: the words of both blocks are put together where they are used.
SOCKLESS_NOINLINE constexpr void accept_compact(const char* key, accept_value& accept) noexcept
{
    constexpr std::size_t key_words = key_characters / 4;
    sha1_words words;                    // NOLINT: all of it is written
    std::array<std::uint32_t, 5> digest; // NOLINT: the same; the last word first
    for (std::size_t i = 0; i < digest.size(); ++i)
        digest[i] = words[i] = sha1_start[digest.size() - 1 - i];
    for (std::uint32_t mask = 0;;) {
        mask = ~mask; // the second block is but the length
        for (std::size_t t = 0; t < 16; ++t)
            words[digest.size() + t] =
                mask & (t < key_words ? load_be32(key + 4 * t) : key_padding_words[t - key_words]);
        if (mask == 0)
            words.back() = key_bits;
        sha1_loop(words);
        for (std::size_t i = 0; i < digest.size(); ++i)
            words[i] = digest[i] += words[i];
        if (mask == 0)
            break;
    }
    base64_of_words(words.data(), sha1_size, accept.characters.data());
    accept.characters.back() = '=';
}

/// The answer to a key of any length, by any implementation.
///
/// @return false if the implementation failed
template <sha1_hash Sha1>
constexpr bool make_any_accept(std::string_view key, accept_value& result) noexcept
{
    Sha1 hash;
    hash.update(key);
    hash.update(accept_guid);
    base64_encode(hash.digest(), result.characters);
    return !hash_failed(hash);
}

/// The answer to a key that has the right length, `key_characters`: two blocks that are known but for it.
///
/// @return false if the implementation failed
template <sha1_hash Sha1>
constexpr bool make_accept_of(const char* key, accept_value& result) noexcept
{
    if constexpr (!std::is_same_v<Sha1, sha1>) {
        return make_any_accept<Sha1>({key, key_characters}, result);
    } else if constexpr (optimize_size) {
        accept_compact(key, result);
    } else {
        std::array<std::byte, 2 * sha1_block_size> blocks; // NOLINT: all of it is written
        copy_bytes(std::string_view{key, key_characters}, blocks);
        copy_bytes(key_padding, std::span{blocks}.last<key_padding.size()>());
        sha1_state state = sha1_start;
        sha1_compress(state, blocks.data(), 2);
        base64_encode(sha1_result(state), result.characters);
    }
    return true;
}

} // namespace detail

/// The answer to a key. `Sha1` may be another implementation, such as `openssl_sha1`.
///
/// @param key  the text as it was received, without white space around it: it is neither decoded nor checked here
/// @return the answer; null characters, which nobody sends, if the implementation of SHA-1 failed
/// @par Source RFC 6455 4.1, 4.2.2
/// @par Complexity two blocks of SHA-1
template <sha1_hash Sha1 = sha1>
[[nodiscard]] constexpr accept_value make_accept(std::string_view key) noexcept
{
    accept_value result;
    if (!(key.size() == detail::key_characters ? detail::make_accept_of<Sha1>(key.data(), result)
                                               : detail::make_any_accept<Sha1>(key, result)))
        result.characters = {};
    return result;
}

namespace detail {

/// Whether `key` is the base64 form of 16 bytes. Pad bits may be anything: see `is_base64`.
///
/// @par Source RFC 6455 4.2.1, 4.3
[[nodiscard]] constexpr bool is_key(std::string_view key) noexcept
{
    return is_base64(key, key_bytes);
}

} // namespace detail

/// Makes the key of one attempt to connect. Every attempt needs its own (RFC 6455 4.1).
///
/// @param random  asked for 16 bytes
/// @param out  unchanged after an error
/// @par Errors `no_random`
template <random_source Source>
[[nodiscard]] error make_key(Source& random, key_value& out) noexcept
{
    std::array<std::byte, detail::key_bytes> nonce; // NOLINT: all of it is filled
    if (!random.fill(nonce))
        return error::no_random;
    if constexpr (detail::optimize_size) {
        std::array<std::uint32_t, detail::key_bytes / 4> words; // NOLINT: the same
        for (std::size_t i = 0; i < words.size(); ++i)
            words[words.size() - 1 - i] = detail::load_be32(nonce.data() + 4 * i);
        detail::base64_of_words(words.data(), detail::key_bytes, out.characters.data());
        out.characters[22] = out.characters[23] = '=';
        return error::none;
    }
    detail::base64_encode(nonce, out.characters);
    return error::none;
}

} // namespace sockless::inline SOCKLESS_ABI
