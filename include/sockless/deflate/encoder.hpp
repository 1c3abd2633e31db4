// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns messages into compressed ones (RFC 7692 6.1, 7.2.1), and decides which.
#pragma once

#include "../config.hpp"
#include "../core/opcode.hpp"
#include "../frame/frame_header.hpp"
#include "../message/message_extension.hpp"
#include "backend.hpp"
#include "parameters.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sockless::inline SOCKLESS_ABI {

/// Which messages are compressed.
enum class deflate_when : std::uint8_t {
    large_enough, ///< those whose size, or that of whose first piece, is at least the threshold
    always,
    never, ///< e.g. for what must stay secret next to what an attacker can choose (RFC 7692 8)
};

/// How a program sends.
struct deflate_sending {
    std::size_t threshold = 64; ///< bytes; smaller messages hardly shrink
    deflate_when when = deflate_when::large_enough;
    /// Other connections use the same deflater: it is reset for every frame, so that none sees anything of another's.
    bool shared = false;
};

/// The sending half of permessage-deflate. Points at a deflater, which the program owns.
///
/// A default one, and one made of terms that are not in use, never compresses. Neither does one whose deflater, when the encoder is
/// made, is not open or has a larger window than was agreed: sending plain messages is always allowed (RFC 7692 6).
template <deflate_backend Deflater>
class deflate_encoder {
public:
    constexpr deflate_encoder() noexcept = default;

    /// `deflater`  of this connection alone, unless `sending.shared`; outlives this object and its copies
    /// `agreed`    `sent_by(role)` of what was negotiated
    constexpr deflate_encoder(Deflater& deflater, const deflate_direction& agreed,
                              const deflate_sending& sending = {}) noexcept
        : deflater_{agreed.in_use && deflater.window_bits() <= agreed.window_bits ? &deflater : nullptr},
          sending_{sending},
          context_takeover_{agreed.context_takeover}
    {
    }

    /// From the next message on. Not while a message is open whose first piece has been sent.
    constexpr void compress(deflate_when when) noexcept { sending_.when = when; }
    [[nodiscard]] constexpr const deflate_sending& sending() const noexcept { return sending_; }

    [[nodiscard]] constexpr std::uint8_t reserved_bits() const noexcept
    {
        return deflater_ != nullptr ? wire::rsv1 : std::uint8_t{0};
    }

    /// See `message_encoder`.
    [[nodiscard]] constexpr bool wants(opcode, std::span<const std::byte> payload) const noexcept
    {
        switch (sending_.when) {
        case deflate_when::large_enough: return payload.size() >= sending_.threshold;
        case deflate_when::always: return true;
        case deflate_when::never: break;
        }
        return false;
    }

    constexpr void begin() noexcept
    {
        if (!context_takeover_ && !sending_.shared)
            deflater_->reset();
    }

    [[nodiscard]] constexpr std::size_t bound(std::size_t size) const noexcept
    {
        return size == 0 ? 1 : deflater_->bound(size);
    }

    /// See `message_encoder`. Every piece is flushed, so that the peer can inflate it at once.
    ///
    /// source    RFC 7692 7.2.1, 7.2.3.6: the tail is cut at the end of the message and nowhere else
    /// cost      that of the deflater
    constexpr std::size_t encode(std::span<const std::byte> in, bool end, std::span<std::byte> out) noexcept
    {
        if (in.empty()) {
            // An empty stored block without its tail. What went before ended with a whole byte.
            out[0] = std::byte{0x00};
            return end ? 1 : 0;
        }
        if (sending_.shared)
            deflater_->reset();
        const std::size_t made = deflater_->deflate(in, out);
        SOCKLESS_ASSERT(made > deflate_tail.size());
        SOCKLESS_ASSERT(std::ranges::equal(out.subspan(made - deflate_tail.size(), deflate_tail.size()), deflate_tail));
        return end ? made - deflate_tail.size() : made;
    }

private:
    Deflater* deflater_ = nullptr;
    deflate_sending sending_{};
    bool context_takeover_ = true;
};

} // namespace sockless::inline SOCKLESS_ABI
