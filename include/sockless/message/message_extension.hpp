// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file defines what an extension may do between frames and messages: transform payload, marked by a reserved bit
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

/// The result of one step of decoding.
struct decoded_payload {
    std::size_t consumed = 0;         ///< bytes of the input that are not needed any more
    std::span<const std::byte> out{}; ///< the output, in the decoder's storage, valid until its next call
    bool done = false;                ///< there is no more output of this input, all of which is consumed
    error failure = error::none;      ///< `extension_data_invalid`; the decoder is not called again
};

/// The receiving half of an extension.
///
/// | member | |
/// |---|---|
/// | `reserved_bits()` | returns the reserved bits, such as `frame_header::rsv1`, that mark the first frame of its messages; 0 if it was not negotiated |
/// | `begin()` | begins a marked message |
/// | `decode(in, end, max)` | decodes the next payload; `end` if the message ends with it. Outputs up to `max` + 1 bytes, so that a message beyond its limit is detected without being decoded. Called again with the input that remains, even if none does, until `done`; each call consumes or outputs something |
template <class Decoder>
concept message_decoder =
    requires(Decoder& decoder, const Decoder& const_codec, std::span<const std::byte> in, bool end, std::uint64_t max) {
        { const_codec.reserved_bits() } noexcept -> std::same_as<std::uint8_t>;
        { decoder.begin() } noexcept -> std::same_as<void>;
        { decoder.decode(in, end, max) } noexcept -> std::same_as<decoded_payload>;
    };

/// The sending half of an extension.
///
/// | member | |
/// |---|---|
/// | `reserved_bits()` | as above |
/// | `wants(type, payload)` | returns whether to encode a message; called once, with all of it or with its first fragment |
/// | `begin()` | begins such a message |
/// | `bound(size)` | returns the greatest size of the output of one `encode` of `size` bytes |
/// | `encode(in, end, out)` | encodes all of `in` to the front of `out`, which has `bound(in.size())` bytes; returns the size of the output |
template <class Encoder>
concept message_encoder = requires(Encoder& encoder, const Encoder& const_codec, std::span<const std::byte> in,
                                   std::span<std::byte> out, bool end, opcode type, std::size_t size) {
    { const_codec.reserved_bits() } noexcept -> std::same_as<std::uint8_t>;
    { const_codec.wants(type, in) } noexcept -> std::same_as<bool>;
    { encoder.begin() } noexcept -> std::same_as<void>;
    { const_codec.bound(size) } noexcept -> std::same_as<std::size_t>;
    { encoder.encode(in, end, out) } noexcept -> std::same_as<std::size_t>;
};

/// No extension: reserved bits fail the connection, payload is not changed. Its halves share nothing, so that reader and writer
/// may be used by two threads.
struct no_extension {
    struct codec {};
    /// There are none. g++ calls `memset` for an object with an empty member that has no constructor.
    struct options {
        constexpr options() noexcept {} // NOLINT
    };
    /// The receiving half.
    using decoder = codec;
    /// The sending half.
    using encoder = codec;

    constexpr no_extension() noexcept = default;
    /// Constructs an extension that is never negotiated.
    constexpr explicit no_extension(const options&) noexcept {}
};

namespace detail {

/// One half of an extension that leaves the payload of marked messages as it is, as a relay does: `begin(marked)` of a decoder is
/// called for each message, and `reserved_bits()` of an encoder returns those of the next frame. Texts to be sent are not checked.
template <class Codec>
concept passing_codec = requires { typename Codec::passes_encoded; };

/// The state of a writer beside its encoder; none without one.
struct no_encoding {};
struct encoding {
    bool marked = false; ///< the open message goes through the encoder
};

/// The state of a reader beside its decoder; none without one.
struct no_decoding {
    static constexpr bool unfinished = false;
    static constexpr bool marked = false;
};
struct decoding {
    std::size_t given_back = 0; ///< bytes at the front of the input that are already unmasked
    bool marked = false;        ///< the open message has the extension's bit
    bool unfinished = false;    ///< the decoder has more output without more input
    bool end = false;           ///< the message ends with that output
};

[[nodiscard]] constexpr std::uint8_t reserved_bits_of(no_extension::codec) noexcept
{
    return 0;
}
template <class Decoder>
    requires message_decoder<Decoder> || passing_codec<Decoder>
[[nodiscard]] constexpr std::uint8_t reserved_bits_of(const Decoder& decoder) noexcept
{
    return decoder.reserved_bits();
}

/// Begins a message at the decoder.
template <class Decoder>
constexpr void begin_message(Decoder& decoder, bool marked) noexcept
{
    if constexpr (passing_codec<Decoder>)
        decoder.begin(marked);
    else if (marked)
        decoder.begin();
}

} // namespace detail

} // namespace sockless::inline SOCKLESS_ABI
