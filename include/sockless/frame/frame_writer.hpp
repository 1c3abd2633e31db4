// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns payload into one frame on a byte queue: masked by a client, copied by a server.
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../bytes/copy.hpp"
#include "../bytes/mask.hpp"
#include "../bytes/random_source.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "../core/opcode.hpp"
#include "../core/role.hpp"
#include "frame_header.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace sockless::inline SOCKLESS_ABI {

/// Writes frames. `Role` is the end that writes; `MaskKeys` is asked once per frame, and only by a client (RFC 6455 5.1, 5.3).
template <role Role, class MaskKeys = no_mask_keys>
class frame_writer {
    static_assert(Role == role::server || mask_key_source<MaskKeys>, "a client masks: give it a source of mask keys");

public:
    static constexpr bool masks = Role == role::client;

    constexpr frame_writer() noexcept = default;
    explicit constexpr frame_writer(const MaskKeys& keys) noexcept : keys_{keys} {}

    /// Appends a whole frame, or nothing at all.
    ///
    /// `tx`      gets header and payload; unchanged on error
    /// `header`  FIN, reserved bits and opcode; the rest is filled in here, and nothing is checked
    /// `payload` looked at during the call only, and never modified; not inside `tx`
    /// errors    no_space, no_random
    /// source    RFC 6455 5.2, 5.3
    /// cost      O(payload.size()): one pass
    SOCKLESS_INLINE constexpr error write(byte_queue& tx, frame_header header,
                                          std::span<const std::byte> payload) noexcept
    {
        if constexpr (detail::optimize_size)
            return write_compact(
                tx, (header.fin ? wire::fin : 0U) | header.reserved_bits | static_cast<unsigned>(header.op),
                payload.data(), payload.size());
        return payload.size() <= max_control_payload ? write_inline<true>(tx, header, payload)
                                                     : write_inline<false>(tx, header, payload);
    }

    /// For a caller that puts the frame together itself: a client's header gets its key.
    ///
    /// errors    no_random
    constexpr error take_key(frame_header& header) noexcept
    {
        if constexpr (masks) {
            header.masked = true;
            if (!keys_.next(header.key))
                return error::no_random;
        }
        return error::none;
    }

private:
    /// What small code has instead of the two ways. `first` is the first byte of the frame.
    SOCKLESS_NOINLINE constexpr error write_compact(byte_queue& tx, unsigned first, const std::byte* bytes,
                                                    std::size_t size) noexcept
    {
        std::size_t length = size; // as the second byte says it
        std::size_t end = 2;       // of the length
        if (size >= wire::length_16) {
            length = size <= 0xFFFF ? wire::length_16 : wire::length_64;
            end = size <= 0xFFFF ? 4 : 10;
        }
        const std::size_t whole = end + (masks ? sizeof(mask_key) : 0) + size;
        std::byte* const room = tx.append_uninitialized(whole).data();
        if (room == nullptr)
            return error::no_space;
        room[0] = static_cast<std::byte>(first);
        room[1] = static_cast<std::byte>((masks ? wire::mask : 0U) | length);
        std::size_t rest = size;
        for (std::size_t i = end; i > 2; rest >>= 8U)
            room[--i] = static_cast<std::byte>(rest);
        if constexpr (masks) {
            mask_key key;
            if (!keys_.next(key)) {
                tx.rollback(whole);
                return error::no_random;
            }
            for (std::size_t i = 0; i < key.bytes.size(); ++i)
                room[end + i] = key.bytes[i];
            detail::mask_stream({bytes, size}, {room + end + key.bytes.size(), size}, key);
        } else {
            detail::copy_bytes(std::span{bytes, size}, {room + end, size});
        }
        return error::none;
    }

    /// The way of small frames has no calls and no loops, but for the source of the key.
    template <bool Small>
    SOCKLESS_INLINE constexpr error write_inline(byte_queue& tx, frame_header header,
                                                 std::span<const std::byte> payload) noexcept
    {
        header.payload_length = payload.size();
        const std::size_t size = header_size(Small ? 0 : payload.size(), masks);
        const std::span<std::byte> room = tx.append_uninitialized(size + payload.size());
        if (room.empty())
            return error::no_space;
        if (const error e = take_key(header); failed(e)) {
            tx.rollback(room.size());
            return e;
        }
        // RFC 6455 10.3: the payload is masked from a copy, so that nobody can change it once its frame has begun to leave.
        const std::span<std::byte> copy = room.subspan(size);
        if constexpr (Small) { // a server's key is 0, which makes a copy
            detail::encode_small_header(header, room);
            detail::mask_copy_small(payload, copy, header.key);
        } else {
            encode_header(header, room);
            if constexpr (masks)
                mask_copy(payload, copy, header.key);
            else
                detail::copy_bytes(payload, copy);
        }
        return error::none;
    }

    [[no_unique_address]] MaskKeys keys_{};
};

} // namespace sockless::inline SOCKLESS_ABI
