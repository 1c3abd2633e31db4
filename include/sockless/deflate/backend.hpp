// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file says what permessage-deflate asks of a compression library (RFC 1951, RFC 7692 7.2). with_zlib.hpp has one.
#pragma once

#include "../config.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sockless::inline SOCKLESS_ABI {

/// RFC 7692 7.2.1: what a message ends with, but for the wire: the length of an empty stored block.
inline constexpr std::array<std::byte, 4> deflate_tail{std::byte{0x00}, std::byte{0x00}, std::byte{0xFF},
                                                       std::byte{0xFF}};

/// What one call of `inflate` did.
struct inflate_step {
    std::size_t consumed = 0;
    std::size_t made = 0;
    bool at_block_end = false; ///< what was consumed ends, with its last byte, where a block ends; or nothing was
    /// The data is no deflate stream, or refers to what is not in the window. What was made before that counts, and every
    /// later call makes nothing and fails as well.
    bool failed = false;
};

/// Inflates raw deflate data, whatever the split.
///
/// `inflate(in, out)`  eats from the front of `in` and writes to the front of `out`, which is not empty, until one of them is
///                     used up. When `out` is, there may be more to come without more input. A block with BFINAL=1 ends
///                     nothing: the next block begins with the next byte, and the window stays (RFC 7692 7.2.3.4).
///                     Works in O(in.size() + out.size()), and takes no memory
/// `reset()`           forgets everything: the window is empty
template <class Inflater>
concept inflate_backend = requires(Inflater& inflater, std::span<const std::byte> in, std::span<std::byte> out) {
    { inflater.inflate(in, out) } noexcept -> std::same_as<inflate_step>;
    { inflater.reset() } noexcept -> std::same_as<void>;
};

/// Deflates, one sync flush per call.
///
/// `window_bits()`     no reference reaches further back than 2^window_bits() bytes
/// `bound(size)`       the most bytes that one `deflate` of `size` bytes makes
/// `deflate(in, out)`  all of `in`, which is not empty, to the front of `out`, which has `bound(in.size())` bytes. Returns how
///                     many it made, the last of which are those of an empty stored block: `deflate_tail`. Takes no memory
/// `reset()`           forgets the window: what comes next refers to nothing that went before
template <class Deflater>
concept deflate_backend = requires(Deflater& deflater, const Deflater& const_codec, std::span<const std::byte> in,
                                   std::span<std::byte> out, std::size_t size) {
    { const_codec.window_bits() } noexcept -> std::same_as<std::uint8_t>;
    { const_codec.bound(size) } noexcept -> std::same_as<std::size_t>;
    { deflater.deflate(in, out) } noexcept -> std::same_as<std::size_t>;
    { deflater.reset() } noexcept -> std::same_as<void>;
};

/// What takes its memory only when it is known how much: `open(window_bits)`, once what both ends agreed on is. It returns false if
/// there is none.
template <class Backend>
concept opened_backend = requires(Backend& backend, std::uint8_t window_bits) {
    { backend.open(window_bits) } noexcept -> std::same_as<bool>;
};

} // namespace sockless::inline SOCKLESS_ABI
