// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file appends a frame to a byte queue in little code. For frame_writer.hpp; the other form is
/// fast/frame_writer.hpp.
#pragma once

#include "../../bytes/byte_queue.hpp"
#include "../../bytes/copy.hpp"
#include "../../bytes/mask.hpp"
#include "../../config.hpp"
#include "../../core/error.hpp"
#include "../frame_header.hpp"

#include <cstddef>
#include <span>

namespace sockless::inline SOCKLESS_ABI::detail::compact {

/// Appends a whole frame, or nothing.
///
/// @tparam Masks      whether a client writes
/// @param first_byte  FIN, reserved bits and opcode
/// @param payload     its address; passed beside its size, so that all arguments fit into the registers of a Cortex-M
/// @return no_space, no_random
template <bool Masks, class MaskKeys>
SOCKLESS_NOINLINE error write_compact(byte_queue& tx, MaskKeys& keys, unsigned first_byte, const std::byte* payload,
                                      std::size_t size) noexcept
{
    std::size_t short_length = size; // in the second byte
    std::size_t key_offset = 2;
    if (size >= wire::length_16) {
        short_length = size <= 0xFFFF ? wire::length_16 : wire::length_64;
        key_offset = size <= 0xFFFF ? 4 : 10;
    }
    const std::size_t frame_size = key_offset + (Masks ? sizeof(mask_key) : 0) + size;
    std::byte* const out = tx.append_uninitialized(frame_size).data();
    if (out == nullptr)
        return error::no_space;
    out[0] = static_cast<std::byte>(first_byte);
    out[1] = static_cast<std::byte>((Masks ? wire::mask : 0U) | short_length);
    std::size_t remaining = size;
    for (std::size_t i = key_offset; i > 2; remaining >>= 8U)
        out[--i] = static_cast<std::byte>(remaining);
    if constexpr (Masks) {
        mask_key key;
        if (!keys.next(key)) {
            tx.rollback(frame_size);
            return error::no_random;
        }
        for (std::size_t i = 0; i < key.bytes.size(); ++i)
            out[key_offset + i] = key.bytes[i];
        detail::mask_stream({payload, size}, {out + key_offset + key.bytes.size(), size}, key);
    } else {
        copy_bytes(std::span{payload, size}, {out + key_offset, size});
    }
    return error::none;
}

/// As fast::write_frame.
template <bool Masks, bool, class MaskKeys>
SOCKLESS_INLINE error write_frame(byte_queue& tx, MaskKeys& keys, const frame_header& header,
                                  std::span<const std::byte> payload) noexcept
{
    const unsigned first_byte = (header.fin ? wire::fin : 0U) | header.reserved_bits | static_cast<unsigned>(header.op);
    return write_compact<Masks>(tx, keys, first_byte, payload.data(), payload.size());
}

} // namespace sockless::inline SOCKLESS_ABI::detail::compact
