// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns the payload of compressed messages back into what was sent (RFC 7692 6.2, 7.2.2), piece by piece.
#pragma once

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

/// The receiving half of permessage-deflate. Points at an inflater and at room for its output, which the program owns.
///
/// A default one, and one made of terms that are not in use, has negotiated nothing: RSV1 fails the connection.
template <inflate_backend Inflater>
class deflate_decoder {
public:
    constexpr deflate_decoder() noexcept = default;

    /// `inflater`  of this connection alone, with a window of at least `agreed.window_bits`; outlives this object and its copies
    /// `output`    where inflated payload is put and shown, never empty; the same. Its size is that of the largest piece
    /// `agreed`    `received_by(role)` of what was negotiated
    constexpr deflate_decoder(Inflater& inflater, std::span<std::byte> output, const deflate_direction& agreed) noexcept
        : inflater_{agreed.in_use ? &inflater : nullptr}, output_{output}, context_takeover_{agreed.context_takeover}
    {
        SOCKLESS_ASSERT(!output.empty());
    }

    [[nodiscard]] constexpr std::uint8_t reserved_bits() const noexcept
    {
        return inflater_ != nullptr ? wire::rsv1 : std::uint8_t{0};
    }

    /// RFC 7692 7.2.2: the window may be dropped only if the peer has agreed never to refer to it.
    constexpr void begin() noexcept
    {
        if (!context_takeover_)
            inflater_->reset();
        in_tail_ = false;
        tail_left_ = deflate_tail.size();
    }

    /// See `message_decoder`.
    ///
    /// errors    `extension_data_invalid`: not a deflate stream, a reference beyond the window, or an end inside a block
    /// source    RFC 7692 7.2.2. A message that ends where a block ends is taken as it is: an empty payload, a last block with
    ///           BFINAL=1, a sender that forgot to cut the tail
    /// cost      O(in.size() + bytes made)
    constexpr decoded_payload decode(std::span<const std::byte> in, bool end, std::uint64_t most) noexcept
    {
        const std::span<std::byte> room =
            most < output_.size() ? output_.first(static_cast<std::size_t>(most) + 1) : output_;
        decoded_payload result;
        std::size_t made = 0;
        if (!in_tail_) {
            const inflate_step step = inflater_->inflate(in, room);
            made = step.made;
            // What was made before a failure is looked at first, or it would depend on the split which rule was broken.
            if (step.failed && made == 0)
                return failure();
            result = {step.consumed, room.first(made), false, error::none};
            if (step.failed || step.consumed < in.size() || made == room.size())
                return result;
            result.done = !end || step.at_block_end;
            if (result.done)
                return result;
            in_tail_ = true;
        }
        // The tail is an input of its own: nothing is ever written behind the caller's bytes.
        const inflate_step step = inflater_->inflate(std::span{deflate_tail}.last(tail_left_), room.subspan(made));
        tail_left_ -= step.consumed;
        made += step.made;
        result.out = room.first(made);
        // An end inside a block is told by the next call, like any failure behind bytes that were made.
        result.done = tail_left_ == 0 && made < room.size() && step.at_block_end;
        const bool broken = step.failed || (tail_left_ == 0 && made < room.size() && !step.at_block_end);
        return broken && made == 0 ? failure() : result;
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
