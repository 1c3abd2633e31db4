// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file appends a frame to a byte queue in little time. For frame_writer.hpp; the other form is
/// compact/frame_writer.hpp.
#pragma once

#include "../../bytes/byte_queue.hpp"
#include "../../bytes/copy.hpp"
#include "../../bytes/mask.hpp"
#include "../../config.hpp"
#include "../../core/error.hpp"
#include "../frame_header.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace sockless::inline SOCKLESS_ABI::detail::fast {

/// Appends a whole frame, or nothing. The instance for small frames has neither calls nor loops, except for the source of the key.
///
/// @tparam Masks   whether a client writes
/// @tparam Small   whether the payload has up to 125 bytes
/// @param header   FIN, reserved bits and opcode
/// @param payload  up to 125 bytes if `Small`
/// @return no_space, no_random
template <bool Masks, bool Small, class MaskKeys>
SOCKLESS_INLINE error write_frame(byte_queue& tx, MaskKeys& keys, frame_header header,
                                  std::span<const std::byte> payload) noexcept
{
    header.payload_length = payload.size();
    header.masked = Masks;
    const std::size_t size = header_size(Small ? 0 : payload.size(), Masks);
    const std::span<std::byte> out = tx.append_uninitialized(size + payload.size());
    if (out.size() <= payload.size()) { // also if the payload is the -1 of a failed call, as a size
        tx.rollback(out.size());
        return error::no_space;
    }
    if constexpr (Masks) {
        if (!keys.next(header.key)) {
            tx.rollback(out.size());
            return error::no_random;
        }
    }
    // RFC 6455 10.3: the payload is masked in a copy, so that nobody can change it once its frame has begun to leave.
    const std::span<std::byte> copy = out.subspan(size);
    if constexpr (Small) {
        out[0] = static_cast<std::byte>((header.fin ? wire::fin : 0U) | header.reserved_bits |
                                        static_cast<unsigned>(header.op));
        out[1] = static_cast<std::byte>((Masks ? wire::mask : 0U) | payload.size());
        if constexpr (Masks)
            copy_bytes(header.key.bytes, out.subspan(2));
        mask_copy_small(payload, copy, header.key); // a server's key is 0, which makes a copy
    } else {
        encode_header(header, out);
        if constexpr (Masks)
            sockless::mask(payload, copy, header.key);
        else
            copy_bytes(payload, copy);
    }
    return error::none;
}

} // namespace sockless::inline SOCKLESS_ABI::detail::fast
