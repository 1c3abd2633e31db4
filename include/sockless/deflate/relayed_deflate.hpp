// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// permessage-deflate of a `relay`: compressed messages are passed on as they are. Opt-in; it needs no compressor.
///
/// @code
/// sockless::relayed_deflate::agreement agreed;
/// sockless::static_websocket_storage<> memory[2];
/// sockless::websocket<sockless::role::server, sockless::no_mask_keys, sockless::relayed_deflate> to_client{
///     memory[0], {.deflate = {&agreed}, .whole_messages = false}};
/// sockless::websocket<sockless::role::client, keys, sockless::relayed_deflate> to_upstream{
///     memory[1], {.deflate = {&agreed}, .whole_messages = false}};
/// sockless::relay joined{to_client, to_upstream};
///
/// // Functions of the handler of `joined.poll`: on_request of the client's end
/// agreed.offer(to_client.request().extensions());
/// e = to_upstream.connect("ws://127.0.0.1:9001/", {}, randomness);
/// // and on_open of the upstream end:
/// e = to_client.accept({.subprotocol = to_upstream.protocol()});
/// @endcode
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "../core/role.hpp"
#include "../frame/frame_header.hpp"
#include "../handshake/negotiation.hpp"
#include "negotiation.hpp"
#include "parameters.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sockless::inline SOCKLESS_ABI {

/// The extension of both ends of a `relay`, which negotiates between the client and the upstream server: the offers of one are
/// passed to the other, and so is the answer. So both connections have the same parameters in both directions.
///
/// The payload of a compressed message is neither inflated nor checked, and `limits` apply to its compressed size. Messages that the
/// program itself sends are not compressed; the peer's context would differ otherwise (RFC 7692 7.2.1).
class relayed_deflate {
public:
    /// What both ends agree on. One for each relay; it outlives both ends.
    class agreement {
    public:
        /// Takes the client's offers, of which the first two are passed on. Call it before `connect`; without it nothing is offered.
        ///
        /// @param offers  `request().extensions()`, read during the call only
        /// @par Complexity O(size of the list)
        constexpr void offer(extension_cursor offers) noexcept
        {
            *this = {};
            extension element;
            while (count_ < offers_.size() && offers.next(element))
                if (element.name == permessage_deflate_name &&
                    parse_deflate_parameters(element, role::client, offers_[count_]))
                    ++count_;
        }
        /// Returns whether the upstream server has accepted an offer.
        [[nodiscard]] constexpr bool in_use() const noexcept { return in_use_; }

    private:
        friend relayed_deflate;

        std::array<deflate_parameters, 2> offers_{};
        std::size_t count_ = 0;
        deflate_parameters answer_{}; ///< of the upstream server
        bool in_use_ = false;
    };
    /// The options of both ends.
    struct options {
        agreement* both = nullptr; ///< null: nothing is offered or accepted
    };

    /// The receiving half.
    class decoder {
    public:
        using passes_encoded = void; ///< the payload of marked messages is not decoded

        /// Returns the bit that marks a compressed message: RSV1, or none if nothing was negotiated.
        [[nodiscard]] constexpr std::uint8_t reserved_bits() const noexcept
        {
            return both_ != nullptr ? frame_header::rsv1 : std::uint8_t{0};
        }
        /// Begins a message.
        constexpr void begin(bool marked) noexcept { marked_ = marked; }

    private:
        friend relayed_deflate;

        const agreement* both_ = nullptr;
        bool marked_ = false;
    };
    /// The sending half.
    class encoder {
    public:
        using passes_encoded = void; ///< the payload of marked messages is encoded already

        /// Returns the bit that marks the next frame.
        [[nodiscard]] constexpr std::uint8_t reserved_bits() const noexcept
        {
            return marked_ ? frame_header::rsv1 : std::uint8_t{0};
        }
        /// Marks the next frame, the first one of a message, if the message that @p from receives is marked.
        ///
        /// @return false if it is, but has no meaning at this end
        constexpr bool mark_as(const decoder& from) noexcept
        {
            marked_ = from.marked_ && from.both_ == both_;
            return marked_ == from.marked_;
        }
        /// Marks the next frames no longer.
        constexpr void unmark() noexcept { marked_ = false; }

    private:
        friend relayed_deflate;

        const agreement* both_ = nullptr;
        bool marked_ = false;
    };

    /// Constructs an extension that has negotiated nothing.
    explicit constexpr relayed_deflate(const options& choice) noexcept : both_{choice.both} {}

    /// Returns the client's offers, for the upstream server; see `negotiated_extension`.
    [[nodiscard]] constexpr deflate_text<2> offer() const noexcept
    {
        deflate_text<2> text;
        for (const deflate_parameters& each : offers())
            text.add(each, role::client);
        return text;
    }

    /// Makes both halves of the upstream end from the server's answer.
    ///
    /// @param answer    the extensions of the response
    /// @param[out] in   unchanged on error, and if the offers were declined
    /// @param[out] out  the same
    /// @return `error::none`, or why the connection has to fail
    /// @par Errors those of check_deflate_answer
    [[nodiscard]] constexpr error check_answer(extension_cursor answer, decoder& in, encoder& out) noexcept
    {
        negotiated_deflate negotiated;
        if (const error e = check_deflate_answer(answer, offers(), negotiated); failed(e) || !negotiated.in_use())
            return e;
        extension element;
        while (answer.next(element))
            if (element.name == permessage_deflate_name)
                static_cast<void>(parse_deflate_parameters(element, role::server, both_->answer_));
        both_->in_use_ = answered_ = true;
        in.both_ = out.both_ = both_;
        return error::none;
    }

    /// Makes both halves of the client's end, if the upstream server has accepted.
    ///
    /// @param offers    the extensions of the request
    /// @param[out] in   unchanged if nothing is accepted
    /// @param[out] out  the same
    /// @return the upstream server's answer; empty if there is none, or if it answers none of @p offers
    [[nodiscard]] constexpr deflate_text<1> accept_offer(extension_cursor offers, decoder& in,
                                                         encoder& out) const noexcept
    {
        deflate_text<1> text;
        extension element;
        deflate_parameters offer;
        while (both_ != nullptr && both_->in_use_ && in.both_ == nullptr && offers.next(element)) {
            if (element.name != permessage_deflate_name || !parse_deflate_parameters(element, role::client, offer) ||
                !detail::answers_offer(both_->answer_, offer))
                continue;
            deflate_parameters answer = both_->answer_;
            if (answer.server_max_window_bits ==
                0) // RFC 7692 7.1.2.1: an answer repeats the parameter, and our offer omits 15
                answer.server_max_window_bits = offer.server_max_window_bits;
            text.add(answer, role::server);
            in.both_ = out.both_ = both_;
        }
        return text;
    }

    /// Forgets the answer.
    constexpr void reset() noexcept
    {
        if (answered_)
            both_->in_use_ = answered_ = false;
    }

private:
    [[nodiscard]] constexpr std::span<const deflate_parameters> offers() const noexcept
    {
        return both_ == nullptr ? std::span<const deflate_parameters>{}
                                : std::span<const deflate_parameters>{both_->offers_}.first(both_->count_);
    }

    agreement* both_;
    bool answered_ = false; ///< this is the upstream end
};

} // namespace sockless::inline SOCKLESS_ABI
