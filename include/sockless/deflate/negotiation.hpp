// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Negotiates permessage-deflate: a server answers the offers of a client, and a client checks the answer (RFC 7692 5, 7). It
/// works on the list of extensions, however that was parsed, and ignores other extensions.
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "../core/role.hpp"
#include "../handshake/negotiation.hpp"
#include "parameters.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace sockless::inline SOCKLESS_ABI {

/// The requirements of a server. The defaults limit nothing and fit zlib.
struct deflate_accept_options {
    /// The largest window that the server compresses with. If less than 15, the answer has it, whatever the offer.
    std::uint8_t server_max_window_bits = max_window_bits;
    /// The smallest window that its compressor supports: an offer that requires a smaller one is declined. zlib's is 9.
    std::uint8_t server_min_window_bits = 9;
    /// Every message of the server is compressed by itself. The answer has it, whatever the offer.
    bool server_no_context_takeover = false;

    /// The largest window that the server keeps for inflating. Only a client that offers the parameter can be limited, see below.
    std::uint8_t client_max_window_bits = max_window_bits;
    /// Offers without client_max_window_bits are declined, if the member above is less than 15. Otherwise they get 15.
    bool client_max_window_bits_required = false;
    /// Every message of the client has to be compressed by itself. Every client supports that.
    bool client_no_context_takeover = false;
};

/// Answers a client's offers: accepts the first permessage-deflate element that the server can. The others are declined.
///
/// @param offers          the client's list; other extensions in it are ignored
/// @param options         the server's requirements
/// @param[out] answer     for `accept_options::extensions`; empty if all offers are declined
/// @param[out] negotiated parameters for the codec; not in use if all offers are declined
/// @return                `error::none`, or why nothing is accepted
/// @par Errors     extensions_invalid: the list violates the grammar, which a handshake has found before
/// @par Source     RFC 7692 5, 7
/// @par Complexity O(size of the list)
[[nodiscard]] constexpr error accept_deflate_offer(extension_cursor offers, const deflate_accept_options& options,
                                                   deflate_text<1>& answer, negotiated_deflate& negotiated) noexcept;

/// Formats a client's offers, in order of preference, for `connect_options::extensions`.
///
/// A requirement belongs in every offer. A preference belongs in the first, and the second does without.
///
/// @param offers  the parameters of each
/// @return        an object that owns the text
template <std::size_t Count>
[[nodiscard]] constexpr deflate_text<Count> offer_deflate(const deflate_parameters (&offers)[Count]) noexcept
{
    deflate_text<Count> text;
    for (const deflate_parameters& offer : offers)
        text.add(offer, role::client);
    return text;
}

/// Checks the answer that a client receives.
///
/// @param answer          the server's list; other extensions in it are ignored
/// @param offers          all offers that were sent
/// @param[out] negotiated parameters for the codec; not in use if the server declined, and on error
/// @return                `error::none`, or why the connection has to fail
/// @par Errors     extensions_invalid: an element that no server may send, or a second one, which would use RSV1 too;
///                 extension_not_offered: an element that answers none of the offers
/// @par Source     RFC 7692 5, 5.1, 7
/// @par Complexity O(size of the list + number of offers)
[[nodiscard]] constexpr error check_deflate_answer(extension_cursor answer, std::span<const deflate_parameters> offers,
                                                   negotiated_deflate& negotiated) noexcept;

namespace detail {

/// Makes a server's answer to one offer.
///
/// @param[out] answer unchanged if the offer is declined
/// @return            false if the offer is declined
/// @par Source        RFC 7692 7.1.1, 7.1.2
[[nodiscard]] constexpr bool answer_deflate_offer(const deflate_parameters& offer,
                                                  const deflate_accept_options& options,
                                                  deflate_parameters& answer) noexcept
{
    deflate_parameters chosen{.client_max_window_bits = 0};

    // RFC 7692 7.1.1: the answer repeats what the offer requires of the server, and the hint of the client: some clients require that.
    chosen.server_no_context_takeover = offer.server_no_context_takeover || options.server_no_context_takeover;
    chosen.client_no_context_takeover = offer.client_no_context_takeover || options.client_no_context_takeover;

    // RFC 7692 7.1.2.1: the answer repeats a limit that was offered, with the same value or a smaller one.
    const bool required = offer.server_max_window_bits != 0;
    const std::uint8_t limit = required ? offer.server_max_window_bits : max_window_bits;
    const std::uint8_t own = limit < options.server_max_window_bits ? limit : options.server_max_window_bits;
    if (own < options.server_min_window_bits)
        return false;
    chosen.server_max_window_bits = required || own < max_window_bits ? own : std::uint8_t{0};

    // RFC 7692 7.1.2.2: the client's window can be limited only if it has offered that; its own hint does not bind it.
    if (options.client_max_window_bits < max_window_bits) {
        if (offer.client_max_window_bits == 0) {
            if (options.client_max_window_bits_required)
                return false;
        } else {
            chosen.client_max_window_bits = offer.client_max_window_bits < options.client_max_window_bits
                                                ? offer.client_max_window_bits
                                                : options.client_max_window_bits;
        }
    }
    answer = chosen;
    return true;
}

/// Returns whether a server may send this answer to @p offer (RFC 7692 7.1.1.1, 7.1.2.1, 7.1.2.2).
[[nodiscard]] constexpr bool answers_offer(const deflate_parameters& answer, const deflate_parameters& offer) noexcept
{
    if (offer.server_no_context_takeover && !answer.server_no_context_takeover)
        return false;
    if (offer.server_max_window_bits != 0 && offer.server_max_window_bits != max_window_bits &&
        (answer.server_max_window_bits == 0 || answer.server_max_window_bits > offer.server_max_window_bits))
        return false;
    return answer.client_max_window_bits == 0 || offer.client_max_window_bits != 0;
}

} // namespace detail

constexpr error accept_deflate_offer(extension_cursor offers, const deflate_accept_options& options,
                                     deflate_text<1>& answer, negotiated_deflate& negotiated) noexcept
{
    SOCKLESS_ASSERT(options.server_max_window_bits >= options.server_min_window_bits);
    SOCKLESS_ASSERT(options.server_min_window_bits >= min_window_bits);
    SOCKLESS_ASSERT(options.server_max_window_bits <= max_window_bits);
    SOCKLESS_ASSERT(options.client_max_window_bits >= min_window_bits);
    SOCKLESS_ASSERT(options.client_max_window_bits <= max_window_bits);
    answer = {};
    negotiated = {};
    extension element;
    deflate_parameters offer;
    deflate_parameters chosen;
    bool found = false;
    while (offers.next(element)) {
        // RFC 7692 7: an element with invalid parameters is declined by itself.
        if (!found && element.name == permessage_deflate_name && parse_deflate_parameters(element, role::client, offer))
            found = detail::answer_deflate_offer(offer, options, chosen);
    }
    if (offers.malformed())
        return error::extensions_invalid;
    if (found) {
        answer.add(chosen, role::server);
        negotiated = detail::negotiated_from(chosen);
    }
    return error::none;
}

constexpr error check_deflate_answer(extension_cursor answer, std::span<const deflate_parameters> offers,
                                     negotiated_deflate& negotiated) noexcept
{
    negotiated = {};
    extension element;
    deflate_parameters chosen;
    bool found = false;
    while (answer.next(element)) {
        if (element.name != permessage_deflate_name)
            continue;
        if (found || !parse_deflate_parameters(element, role::server, chosen))
            return error::extensions_invalid;
        found = true;
    }
    if (answer.malformed())
        return error::extensions_invalid;
    if (!found)
        return error::none;
    for (const deflate_parameters& offer : offers) {
        if (detail::answers_offer(chosen, offer)) {
            negotiated = detail::negotiated_from(chosen);
            return error::none;
        }
    }
    return error::extension_not_offered;
}

} // namespace sockless::inline SOCKLESS_ABI
