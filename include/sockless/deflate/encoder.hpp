// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The sending half of permessage-deflate: decides which messages are compressed, and compresses them (RFC 7692 6.1, 7.2.1).
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
    large_enough, ///< those whose size, or the size of their first fragment, is at least the threshold
    always,
    never, ///< for example secrets in a stream that also has bytes an attacker chooses (RFC 7692 8)
};

/// The options of a program for sending.
struct deflate_send_options {
    std::size_t threshold = 64;                     ///< bytes; smaller messages hardly shrink
    deflate_when when = deflate_when::large_enough; ///< which messages are compressed
    /// Other connections use the same deflater: it is reset for every frame, so that no connection's data refers to another's.
    bool shared = false;
};

/// A `message_encoder`. Refers to a deflater, which the program owns.
///
/// A default one, and one from parameters that are not in use, never compresses. Neither does one whose deflater, when the encoder
/// is constructed, is not open or has a larger window than negotiated: uncompressed messages are always allowed (RFC 7692 6).
template <deflate_backend Deflater>
class deflate_encoder {
public:
    /// Constructs an encoder that never compresses.
    constexpr deflate_encoder() noexcept = default;

    /// Constructs an encoder from a backend, whose window is emptied: no output refers to data of a previous connection.
    ///
    /// @param deflater    of this connection alone, unless `options.shared`; outlives this object and its copies
    /// @param negotiated  `sent_by(role)` of the negotiated parameters
    /// @param options     which messages are compressed
    constexpr deflate_encoder(Deflater& deflater, const deflate_direction& negotiated,
                              const deflate_send_options& options = {}) noexcept
        : deflater_{negotiated.in_use && deflater.window_bits() <= negotiated.window_bits ? &deflater : nullptr},
          options_{options},
          context_takeover_{negotiated.context_takeover}
    {
        if (deflater_ != nullptr)
            deflater_->reset();
    }

    /// Changes which messages are compressed, from the next message on.
    ///
    /// @pre no message is open whose first fragment has been sent
    void compress(deflate_when when) noexcept { options_.when = when; }
    /// Returns the options.
    [[nodiscard]] constexpr const deflate_send_options& options() const noexcept { return options_; }

    /// Returns the bit that marks a compressed message: RSV1, or none if nothing is ever compressed.
    [[nodiscard]] constexpr std::uint8_t reserved_bits() const noexcept
    {
        return deflater_ != nullptr ? frame_header::rsv1 : std::uint8_t{0};
    }

    /// Returns whether to compress a message; see `message_encoder`.
    ///
    /// @param payload  of the message, or of its first fragment
    [[nodiscard]] constexpr bool wants(opcode, std::span<const std::byte> payload) const noexcept
    {
        switch (options_.when) {
        case deflate_when::large_enough: return payload.size() >= options_.threshold;
        case deflate_when::always: return true;
        case deflate_when::never: break;
        }
        return false;
    }

    /// Begins a compressed message.
    void begin() noexcept
    {
        if ((!context_takeover_ || reset_pending_) && !options_.shared)
            deflater_->reset();
        reset_pending_ = false;
    }

    /// Makes the next message refer to nothing before it. Required after a compressed message that this encoder did not produce: the
    /// peer's window has received it, and this end's has not, so that the distance to everything before it differs.
    ///
    /// @par Source RFC 7692 7.2.1, 7.2.2
    /// @pre no message is open whose first fragment has been sent
    void reset_context() noexcept { reset_pending_ = true; }
    /// Returns the size of the deflater's window.
    ///
    /// @pre `reserved_bits() != 0`
    [[nodiscard]] constexpr std::uint8_t window_bits() const noexcept { return deflater_->window_bits(); }

    /// Returns the maximum number of bytes that `encode` writes for @p size bytes.
    [[nodiscard]] constexpr std::size_t bound(std::size_t size) const noexcept
    {
        return size == 0 ? 1 : deflater_->bound(size);
    }

    /// Compresses a fragment of the message; see `message_encoder`. It is flushed, so that the peer can inflate it at once.
    ///
    /// @param in        read during the call only
    /// @param end       the message ends with it
    /// @param[out] out  at least `bound(in.size())` bytes
    /// @return          number of bytes written to the front of @p out
    /// @par Source      RFC 7692 7.2.1, 7.2.3.6: the tail is removed at the end of the message and nowhere else
    /// @par Complexity  that of the deflater
    std::size_t encode(std::span<const std::byte> in, bool end, std::span<std::byte> out) noexcept
    {
        if (in.empty()) {
            // An empty stored block without its tail. The output before it ended at a byte boundary.
            out[0] = std::byte{0x00};
            return end ? 1 : 0;
        }
        if (options_.shared)
            deflater_->reset();
        const std::size_t produced = deflater_->deflate(in, out);
        SOCKLESS_ASSERT(produced > deflate_tail.size());
        SOCKLESS_ASSERT(
            std::equal(deflate_tail.begin(), deflate_tail.end(), out.data() + produced - deflate_tail.size()));
        return end ? produced - deflate_tail.size() : produced;
    }

private:
    Deflater* deflater_ = nullptr;
    deflate_send_options options_{};
    bool context_takeover_ = true;
    bool reset_pending_ = false;
};

} // namespace sockless::inline SOCKLESS_ABI
