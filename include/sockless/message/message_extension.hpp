// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file says what an extension may do between frames and messages: transform payload, marked by a reserved bit
/// (RFC 6455 5.8, 9; RFC 7692 5, 6). permessage-deflate is one; the default does nothing and costs nothing.
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "../core/opcode.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sockless::inline SOCKLESS_ABI {

/// What one step of decoding made.
struct decoded_payload {
    std::size_t consumed = 0;         ///< bytes of the input that are done with
    std::span<const std::byte> out{}; ///< the result, in the decoder's storage, until its next call
    bool done = false;                ///< nothing more will come of this input, which is then consumed
    error failure = error::none;      ///< `extension_data_invalid`; the decoder is not called again
};

/// The receiving half of an extension.
///
/// `reserved_bits()`      the bits of `wire::rsv` that mark the first frame of its messages; 0 if it was not negotiated
/// `begin()`              a marked message begins
/// `decode(in, end, most)`  the next payload; `end` if the message ends with it. Makes `most` + 1 bytes at the most, so
///                        that a message past its limit is seen without being made. Called again with what is left of
///                        `in`, even if that is nothing, until `done`; each call consumes or makes something
template <class Decoder>
concept message_decoder = requires(Decoder& decoder, const Decoder& const_codec, std::span<const std::byte> in,
                                   bool end, std::uint64_t most) {
    { const_codec.reserved_bits() } noexcept -> std::same_as<std::uint8_t>;
    { decoder.begin() } noexcept -> std::same_as<void>;
    { decoder.decode(in, end, most) } noexcept -> std::same_as<decoded_payload>;
};

/// The sending half of an extension.
///
/// `reserved_bits()`      as above
/// `wants(type, payload)` whether to encode a message; asked once, with all of it or with its first piece
/// `begin()`              such a message begins
/// `bound(size)`          the most bytes that one `encode` of `size` bytes can make
/// `encode(in, end, out)` all of `in` to the front of `out`, which has `bound(in.size())` bytes; returns how many it made
template <class Encoder>
concept message_encoder = requires(Encoder& encoder, const Encoder& const_codec, std::span<const std::byte> in,
                                   std::span<std::byte> out, bool end, opcode type, std::size_t size) {
    { const_codec.reserved_bits() } noexcept -> std::same_as<std::uint8_t>;
    { const_codec.wants(type, in) } noexcept -> std::same_as<bool>;
    { encoder.begin() } noexcept -> std::same_as<void>;
    { const_codec.bound(size) } noexcept -> std::same_as<std::size_t>;
    { encoder.encode(in, end, out) } noexcept -> std::same_as<std::size_t>;
};

/// Reserved bits fail the connection, payload goes through as it is.
struct no_codec {};

/// An extension is two halves that share nothing, so that reader and writer may live in two threads.
struct no_extension {
    using decoder = no_codec;
    using encoder = no_codec;
};

namespace detail {

/// What a reader needs beside its decoder; nothing if there is none.
struct no_decoding {
    static constexpr bool unfinished = false;
};
struct decoding {
    std::size_t given_back = 0; ///< bytes at the front of the input that are unmasked already
    bool marked = false;        ///< the open message carries the extension's bit
    bool unfinished = false;    ///< the decoder has more to give without any more input
    bool end = false;           ///< that is the end of the message
};

[[nodiscard]] constexpr std::uint8_t reserved_bits_of(no_codec) noexcept
{
    return 0;
}
template <message_decoder Decoder>
[[nodiscard]] constexpr std::uint8_t reserved_bits_of(const Decoder& decoder) noexcept
{
    return decoder.reserved_bits();
}

} // namespace detail

} // namespace sockless::inline SOCKLESS_ABI
