// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The receiving half of permessage-deflate: inflates the payload of compressed messages (RFC 7692 6.2, 7.2.2).
#pragma once

#include "../bytes/byte_view.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "../frame/frame_header.hpp"
#include "../message/message_extension.hpp"
#include "backend.hpp"
#include "parameters.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace sockless::inline SOCKLESS_ABI {

/// A `message_decoder`. Refers to an inflater and to memory for its output, which the program owns.
///
/// A default one, and one from parameters that are not in use, has negotiated nothing: RSV1 fails the connection.
template <inflate_backend Inflater>
class deflate_decoder {
public:
    /// Constructs a decoder that has negotiated nothing.
    constexpr deflate_decoder() noexcept = default;

    /// Constructs a decoder from a backend, whose window is emptied: nothing of a previous connection remains in it.
    ///
    /// @param inflater    of this connection alone, with a window of at least `negotiated.window_bits`; outlives this object
    ///                    and its copies
    /// @param output      memory for inflated payload, never empty; outlives them too. Its size is that of the largest fragment
    /// @param negotiated  `received_by(role)` of the negotiated parameters
    constexpr deflate_decoder(Inflater& inflater, byte_span output, const deflate_direction& negotiated) noexcept
        : inflater_{negotiated.in_use ? &inflater : nullptr},
          output_{output},
          context_takeover_{negotiated.context_takeover}
    {
        SOCKLESS_ASSERT(!output.empty());
        if (inflater_ != nullptr)
            inflater_->reset();
    }

    /// Returns the bit that marks a compressed message: RSV1, or none if nothing was negotiated.
    [[nodiscard]] constexpr std::uint8_t reserved_bits() const noexcept
    {
        return inflater_ != nullptr ? frame_header::rsv1 : std::uint8_t{0};
    }

    /// Begins a compressed message.
    ///
    /// @par Source RFC 7692 7.2.2: the window may be dropped only if the peer has agreed never to refer to it
    void begin() noexcept
    {
        if (!context_takeover_)
            inflater_->reset();
        in_tail_ = false;
        tail_left_ = deflate_tail.size();
    }

    /// Inflates the next payload of the message; see `message_decoder`.
    ///
    /// @param in        unmasked payload
    /// @param end       the message ends with it
    /// @param max_size  bytes that the message may still have; one more is produced, so that its excess is noticed
    /// @return          inflated bytes in the output memory, valid until the next call
    /// @par Errors      extension_data_invalid: not a deflate stream, a reference outside of the window, or an end inside a block
    /// @par Source      RFC 7692 7.2.2. A message that ends where a block ends is accepted: an empty payload, a last block with
    ///                  BFINAL=1, a sender that did not remove the tail
    /// @par Complexity  O(in.size() + bytes produced)
    decoded_payload decode(std::span<const std::byte> in, bool end, std::uint64_t max_size) noexcept
    {
        const std::span<std::byte> room =
            max_size < output_.size() ? output_.first(static_cast<std::size_t>(max_size) + 1) : output_;
        decoded_payload result;
        std::size_t produced = 0;
        if (!in_tail_) {
            const inflate_result step = inflater_->inflate(in, room);
            produced = step.produced;
            // Bytes produced before a failure are delivered first; otherwise the error would depend on the split.
            if (step.failed && produced == 0)
                return failure();
            result = {step.consumed, room.first(produced), false, error::none};
            if (step.failed || step.consumed < in.size() || produced == room.size())
                return result;
            result.done = !end || step.at_block_end;
            if (result.done)
                return result;
            in_tail_ = true;
        }
        // The tail is a separate input: nothing is ever written after the caller's bytes.
        const inflate_result step =
            inflater_->inflate(std::span{deflate_tail}.last(tail_left_), room.subspan(produced));
        tail_left_ -= step.consumed;
        produced += step.produced;
        result.out = room.first(produced);
        // An end inside a block is reported by the next call, like any failure after bytes that were produced.
        result.done = tail_left_ == 0 && produced < room.size() && step.at_block_end;
        const bool broken = step.failed || (tail_left_ == 0 && produced < room.size() && !step.at_block_end);
        return broken && produced == 0 ? failure() : result;
    }

private:
    [[nodiscard]] static constexpr decoded_payload failure() noexcept
    {
        return {0, {}, false, error::extension_data_invalid};
    }

    Inflater* inflater_ = nullptr;
    std::span<std::byte> output_{};
    std::size_t tail_left_ = deflate_tail.size(); ///< bytes of the tail that have not been inflated yet
    bool context_takeover_ = true;
    bool in_tail_ = false; ///< all payload of the message has been inflated
};

} // namespace sockless::inline SOCKLESS_ABI
