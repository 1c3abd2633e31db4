// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns bytes, cut anywhere, into chunks of frames: unmasked in place, every rule of a single frame checked.
#pragma once

#include "../config.hpp"
#include "../core/opcode.hpp"
#include "../core/role.hpp"
#include "frame_parser.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace sockless::inline SOCKLESS_ABI {

/// Reads frames. `Role` is the end that reads: a server accepts masked frames only, a client the others only.
template <role Role>
class frame_reader {
public:
    /// Makes a reader that expects the first byte of a frame.
    ///
    /// @param max_payload    longer frames fail with `frame_too_large` before any of their payload is read
    /// @param reserved_bits  those that an extension may set on the first frame of a message
    explicit constexpr frame_reader(std::uint64_t max_payload, std::uint8_t reserved_bits = 0) noexcept
        : frames_{max_payload, reserved_bits}
    {
    }

    /// Consumes bytes from the front of @p in and returns the next chunk of a frame.
    ///
    /// @param[in,out] in  cursor over the caller's bytes, any split; the chunk's payload is a part of them, unmasked in place
    /// @return `payload` for each chunk: one for a frame that is whole in @p in, and one without bytes as soon as a header
    ///         is complete; `need_input` when @p in is empty; `error` once, after which all input is dropped
    /// @par Errors     reserved_bit_set, reserved_opcode, control_frame_fragmented, control_frame_too_long,
    ///                 message_interleaved, unexpected_continuation, mask_missing, mask_unexpected, length_not_minimal,
    ///                 length_out_of_range, frame_too_large
    /// @par Source     RFC 6455 5.2-5.5
    /// @par Complexity O(bytes consumed)
    frame_chunk poll(std::span<std::byte>& in) noexcept
    {
        const frame_chunk chunk = frames_.read_chunk(in, in.size());
        frames_.unmask(chunk.payload);
        return chunk;
    }

    /// Returns the opcode of the last chunk's frame.
    [[nodiscard]] opcode op() const noexcept { return frames_.op(); }
    /// Returns whether that frame ends its message.
    [[nodiscard]] bool fin() const noexcept { return frames_.fin(); }
    /// Returns the reserved bits of that frame.
    [[nodiscard]] std::uint8_t reserved_bits() const noexcept { return frames_.reserved_bits(); }
    /// Returns how many bytes of its payload have not come yet.
    [[nodiscard]] std::uint64_t remaining() const noexcept { return frames_.remaining(); }

    /// Drops all further input, for a layer above that has found a violation or a close frame.
    void stop() noexcept { frames_.stop(); }

private:
    detail::frame_parser<Role> frames_;
};

static_assert(sizeof(frame_reader<role::server>) <= 24);

} // namespace sockless::inline SOCKLESS_ABI
