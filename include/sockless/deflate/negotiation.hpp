// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file lets two ends agree on permessage-deflate: a server answers the offers of a client, and a client checks the
/// answer (RFC 7692 5, 7). It works on the list of extensions, whoever parsed it, and leaves other extensions alone.
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "../core/role.hpp"
#include "../handshake/extension.hpp"
#include "parameters.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace sockless::inline SOCKLESS_ABI {

/// What a server asks for. The defaults limit nothing and fit zlib.
struct deflate_policy {
    /// The largest window that the server compresses with. Less than 15 is said in the answer, asked for or not.
    std::uint8_t server_max_window_bits = max_window_bits;
    /// The smallest window that its compressor can keep to: an offer that asks for a smaller one is declined. zlib's is 9.
    std::uint8_t server_least_window_bits = 9;
    /// Every message of the server is compressed by itself. Said in the answer, asked for or not.
    bool server_no_context_takeover = false;

    /// The largest window that the server keeps to inflate with. Can be said only to a client that offers it, see below.
    std::uint8_t client_max_window_bits = max_window_bits;
    /// Offers without client_max_window_bits are declined, if the line above says less than 15. Otherwise they get 15.
    bool client_max_window_bits_required = false;
    /// Every message of the client has to be compressed by itself. Every client can do so.
    bool client_no_context_takeover = false;
};

/// What a server answers to one offer.
///
/// `offer`   the parameters of one element
/// `answer`  those of the answer; unchanged when there is none
/// returns   false if the offer is declined
/// source    RFC 7692 7.1.1, 7.1.2
[[nodiscard]] constexpr bool answer_deflate_offer(const deflate_parameters& offer, const deflate_policy& policy,
                                                  deflate_parameters& answer) noexcept
{
    deflate_parameters chosen{.client_max_window_bits = 0};

    // RFC 7692 7.1.1: what is offered of the server has to come back; what is said of the client every client can do.
    chosen.server_no_context_takeover = offer.server_no_context_takeover || policy.server_no_context_takeover;
    chosen.client_no_context_takeover = policy.client_no_context_takeover;

    // RFC 7692 7.1.2.1: a limit that was offered has to come back, as large or smaller.
    const bool asked = offer.server_max_window_bits != 0;
    const std::uint8_t limit = asked ? offer.server_max_window_bits : max_window_bits;
    const std::uint8_t own = limit < policy.server_max_window_bits ? limit : policy.server_max_window_bits;
    if (own < policy.server_least_window_bits)
        return false;
    chosen.server_max_window_bits = asked || own < max_window_bits ? own : std::uint8_t{0};

    // RFC 7692 7.1.2.2: the client's window can be limited only if it has offered that; what it hinted at does not bind it.
    if (policy.client_max_window_bits < max_window_bits) {
        if (offer.client_max_window_bits == 0) {
            if (policy.client_max_window_bits_required)
                return false;
        } else {
            chosen.client_max_window_bits = offer.client_max_window_bits < policy.client_max_window_bits
                                                ? offer.client_max_window_bits
                                                : policy.client_max_window_bits;
        }
    }
    answer = chosen;
    return true;
}

/// A server's choice: the first permessage-deflate element that it can accept. The others are declined by silence.
///
/// `offers`  the client's list, with whatever other extensions stand in it
/// `answer`  what to put into the 101, see `acceptance::extensions`; empty if all offers are declined
/// `agreed`  what to make the codec with; not in use if all offers are declined
/// errors    `extensions_invalid`: the list breaks the grammar, which a handshake has found before; nothing is accepted then
/// source    RFC 7692 5, 7
/// cost      O(size of the list)
[[nodiscard]] constexpr error accept_deflate_offer(extension_cursor offers, const deflate_policy& policy,
                                                   deflate_text<1>& answer, negotiated_deflate& agreed) noexcept
{
    SOCKLESS_ASSERT(policy.server_max_window_bits >= policy.server_least_window_bits);
    SOCKLESS_ASSERT(policy.server_least_window_bits >= min_window_bits);
    SOCKLESS_ASSERT(policy.server_max_window_bits <= max_window_bits);
    SOCKLESS_ASSERT(policy.client_max_window_bits >= min_window_bits);
    SOCKLESS_ASSERT(policy.client_max_window_bits <= max_window_bits);
    answer = {};
    agreed = {};
    extension element;
    deflate_parameters offer;
    deflate_parameters chosen;
    bool found = false;
    while (offers.next(element)) {
        // RFC 7692 7: an element with parameters that make no sense is declined by itself.
        if (!found && element.name == permessage_deflate_name && parse_deflate_terms(element, role::client, offer))
            found = answer_deflate_offer(offer, policy, chosen);
    }
    if (offers.malformed())
        return error::extensions_invalid;
    if (found) {
        answer.add(chosen, role::server);
        agreed = deflate_agreement(chosen);
    }
    return error::none;
}

/// A client's offers, in order of preference: see `connect_options::extensions`.
///
/// What a client requires stands in every offer. What it merely wants stands in the first, and the second does without.
template <std::size_t Count>
[[nodiscard]] constexpr deflate_text<Count> offer_deflate(const deflate_parameters (&offers)[Count]) noexcept
{
    deflate_text<Count> text;
    for (const deflate_parameters& offer : offers)
        text.add(offer, role::client);
    return text;
}

/// Whether a server may answer so to `offer`.
///
/// source    RFC 7692 7.1.1.1, 7.1.2.1, 7.1.2.2
[[nodiscard]] constexpr bool answers_offer(const deflate_parameters& answer, const deflate_parameters& offer) noexcept
{
    if (offer.server_no_context_takeover && !answer.server_no_context_takeover)
        return false;
    if (offer.server_max_window_bits != 0 && offer.server_max_window_bits != max_window_bits &&
        (answer.server_max_window_bits == 0 || answer.server_max_window_bits > offer.server_max_window_bits))
        return false;
    return answer.client_max_window_bits == 0 || offer.client_max_window_bits != 0;
}

/// A client's check of what came back.
///
/// `answer`  the server's list, with whatever other extensions stand in it
/// `offers`  all that were sent
/// `agreed`  what to make the codec with; not in use if the server declined, and on error
/// errors    the connection has to be failed: `extensions_invalid` for an element that no server may send, or a second one
///           (both would use RSV1); `extension_not_offered` for one that answers none of the offers
/// source    RFC 7692 5, 5.1, 7
/// cost      O(size of the list + number of offers)
[[nodiscard]] constexpr error check_deflate_answer(extension_cursor answer, std::span<const deflate_parameters> offers,
                                                   negotiated_deflate& agreed) noexcept
{
    agreed = {};
    extension element;
    deflate_parameters chosen;
    bool found = false;
    while (answer.next(element)) {
        if (element.name != permessage_deflate_name)
            continue;
        if (found || !parse_deflate_terms(element, role::server, chosen))
            return error::extensions_invalid;
        found = true;
    }
    if (answer.malformed())
        return error::extensions_invalid;
    if (!found)
        return error::none;
    for (const deflate_parameters& offer : offers) {
        if (answers_offer(chosen, offer)) {
            agreed = deflate_agreement(chosen);
            return error::none;
        }
    }
    return error::extension_not_offered;
}

} // namespace sockless::inline SOCKLESS_ABI
