// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns payload into one frame on a byte queue: masked by a client, copied by a server.
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../bytes/byte_view.hpp"
#include "../bytes/random_source.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "../core/role.hpp"
#include "compact/frame_writer.hpp"
#include "fast/frame_writer.hpp"
#include "frame_header.hpp"

#include <cstddef>
#include <utility>

namespace sockless::inline SOCKLESS_ABI {

/// Writes frames. `Role` is the end that writes. A client takes one key from `MaskKeys` per frame (RFC 6455 5.1, 5.3).
template <role Role, class MaskKeys = no_mask_keys>
class frame_writer {
    static_assert(Role == role::server || mask_key_source<MaskKeys>, "a client masks: it needs a source of mask keys");

public:
    /// Whether payload is masked.
    static constexpr bool masks = Role == role::client;

    /// Makes a writer with a default source of keys.
    constexpr frame_writer() noexcept = default;
    /// Makes a writer.
    ///
    /// @param keys  owned
    explicit constexpr frame_writer(MaskKeys keys) noexcept : keys_{std::move(keys)} {}

    /// Appends a whole frame, or nothing.
    ///
    /// @param[in,out] tx  receives header and payload; unchanged on error
    /// @param header      FIN, reserved bits and opcode, none of which is checked; the other members are set here
    /// @param payload     read during the call only, and never modified; not inside @p tx
    /// @par Errors     no_space, no_random
    /// @par Source     RFC 6455 5.2, 5.3
    /// @par Complexity O(payload.size()), one pass
    SOCKLESS_INLINE error write(byte_queue& tx, frame_header header, byte_view payload) noexcept
    {
        return payload.size() <= frame_header::max_control_payload
                   ? detail::code::write_frame<masks, true>(tx, keys_, header, payload)
                   : detail::code::write_frame<masks, false>(tx, keys_, header, payload);
    }

    /// Appends a whole frame of up to 125 bytes of payload, or nothing; in less code than `write`.
    ///
    /// @param[in,out] tx  receives header and payload; unchanged on error
    /// @param header      as for `write`
    /// @param payload     up to 125 bytes; otherwise as for `write`
    /// @par Errors no_space, no_random
    SOCKLESS_INLINE error write_small(byte_queue& tx, frame_header header, byte_view payload) noexcept
    {
        SOCKLESS_ASSERT(payload.size() <= frame_header::max_control_payload);
        return detail::code::write_frame<masks, true>(tx, keys_, header, payload);
    }

    /// Sets `masked` and `key` of the header of a client's frame that the caller encodes itself.
    ///
    /// @par Errors no_random
    error take_key(frame_header& header) noexcept
    {
        if constexpr (masks) {
            header.masked = true;
            if (!keys_.next(header.key))
                return error::no_random;
        }
        return error::none;
    }

private:
    [[no_unique_address]] MaskKeys keys_{};
};

} // namespace sockless::inline SOCKLESS_ABI
