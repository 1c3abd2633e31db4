// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The requirements of permessage-deflate on a compression library (RFC 1951, RFC 7692 7.2). with_zlib.hpp has a backend.
#pragma once

#include "../config.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sockless::inline SOCKLESS_ABI {

/// The end of every compressed message, which is not transmitted (RFC 7692 7.2.1): the length of an empty stored block.
inline constexpr std::array<std::byte, 4> deflate_tail{std::byte{0x00}, std::byte{0x00}, std::byte{0xFF},
                                                       std::byte{0xFF}};

/// The result of one call of `inflate`.
struct inflate_result {
    std::size_t consumed = 0;  ///< bytes of the input
    std::size_t produced = 0;  ///< bytes of the output
    bool at_block_end = false; ///< the last byte that was consumed ends a block; or nothing was ever consumed
    /// The data is not a deflate stream, or refers to bytes outside of the window. What was produced before that is valid,
    /// and every later call produces nothing and fails too.
    bool failed = false;
};

/// Inflates raw deflate data that is cut anywhere.
///
/// - `inflate(in, out)` consumes bytes from the front of `in` and writes to the front of `out`, which is not empty, until one of
///   them is used up. If that is `out`, a later call may produce more without more input. A block with BFINAL=1 does not
///   end the data: the next block begins with the next byte, and the window stays (RFC 7692 7.2.3.4). It takes
///   O(in.size() + out.size()) and allocates no memory.
/// - `reset()` empties the window.
template <class Inflater>
concept inflate_backend = requires(Inflater& inflater, std::span<const std::byte> in, std::span<std::byte> out) {
    { inflater.inflate(in, out) } noexcept -> std::same_as<inflate_result>;
    { inflater.reset() } noexcept -> std::same_as<void>;
};

/// Deflates, with one sync flush per call.
///
/// - `window_bits()`: no reference reaches back further than 2^window_bits() bytes.
/// - `bound(size)` is the maximum number of bytes that one `deflate` of `size` bytes produces, or the largest `std::size_t` if it
///   cannot compress so many: sending them fails with `payload_too_long`.
/// - `deflate(in, out)` compresses all of `in`, which is not empty, to the front of `out`, which has `bound(in.size())` bytes. It
///   returns the number of bytes, the last of which are those of an empty stored block: `deflate_tail`. It allocates no
///   memory.
/// - `reset()` empties the window: later output refers to nothing before it.
template <class Deflater>
concept deflate_backend = requires(Deflater& deflater, const Deflater& const_codec, std::span<const std::byte> in,
                                   std::span<std::byte> out, std::size_t size) {
    { const_codec.window_bits() } noexcept -> std::same_as<std::uint8_t>;
    { const_codec.bound(size) } noexcept -> std::same_as<std::size_t>;
    { deflater.deflate(in, out) } noexcept -> std::same_as<std::size_t>;
    { deflater.reset() } noexcept -> std::same_as<void>;
};

/// A backend that allocates its memory when the negotiated window is known: `open(window_bits)`, which returns false if
/// there is no memory.
template <class Backend>
concept opened_backend = requires(Backend& backend, std::uint8_t window_bits) {
    { backend.open(window_bits) } noexcept -> std::same_as<bool>;
};

} // namespace sockless::inline SOCKLESS_ABI
