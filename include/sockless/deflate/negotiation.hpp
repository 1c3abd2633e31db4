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
    /// Which parameters of the server an answer has: server_max_window_bits and server_no_context_takeover.
    enum class announcement : std::uint8_t {
        never,      ///< none: an offer that requires one is declined
        if_offered, ///< those of the offer. The server keeps to its own limits below without announcing them
        always, ///< its own limits too. Some clients refuse an answer with what they did not offer, Netty among them
    };

    /// The largest window that the server compresses with.
    std::uint8_t server_max_window_bits = max_window_bits;
    /// The smallest window that its compressor supports: an offer that requires a smaller one is declined. zlib's is 9.
    std::uint8_t server_min_window_bits = 9;
    /// Every message of the server is compressed by itself.
    bool server_no_context_takeover = false;
    announcement server_parameters = announcement::if_offered; ///< the parameters of the server's window

    /// The largest window that the server keeps for inflating. Only a client that offers the parameter can be limited, see below.
    std::uint8_t client_max_window_bits = max_window_bits;
    /// Offers without client_max_window_bits are declined, if the member above is less than 15. Otherwise they get 15.
    bool client_max_window_bits_required = false;
    /// Every message of the client has to be compressed by itself. Every client supports that, so the answer has it, whatever the
    /// offer. Without it the answer repeats that hint of the client.
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
/// @par Errors     extensions_invalid: the list violates the grammar, which a handshake has found before; extension_not_offered:
///                 there were no offers; extension_repeated: a second element, which would use RSV1 too;
///                 extension_parameters_invalid: parameters that no server may send, or that answer none of the offers
/// @par Source     RFC 7692 5, 5.1, 7. A client keeps to its own hints, whether or not the answer repeats them: 7.1.1.2, 7.1.2.2
/// @par Complexity O(size of the list + number of offers)
[[nodiscard]] constexpr error check_deflate_answer(extension_cursor answer, std::span<const deflate_parameters> offers,
                                                   negotiated_deflate& negotiated) noexcept;

namespace detail {

/// Makes a server's answer to one offer.
///
/// @param[out] answer     unchanged if the offer is declined
/// @param[out] negotiated the same
/// @return                false if the offer is declined
/// @par Source            RFC 7692 7.1.1, 7.1.2
[[nodiscard]] constexpr bool answer_deflate_offer(const deflate_parameters& offer,
                                                  const deflate_accept_options& options, deflate_parameters& answer,
                                                  negotiated_deflate& negotiated) noexcept
{
    using announcement = deflate_accept_options::announcement;
    const announcement announced = options.server_parameters;
    if (announced == announcement::never && (offer.server_no_context_takeover || offer.server_max_window_bits != 0))
        return false;
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

    // RFC 7692 7.1.2.2: the client's window can be limited only if it has offered that.
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
    negotiated = negotiated_from(chosen);
    if (announced != announcement::always) { // the server keeps to its limits without a word
        chosen.server_no_context_takeover = offer.server_no_context_takeover;
        chosen.server_max_window_bits = required ? own : std::uint8_t{0};
    }
    answer = chosen;
    return true;
}

/// Returns whether a server may send this answer to @p offer (RFC 7692 7.1.1.1, 7.1.2.1, 7.1.2.2: a window of the client that is not
/// larger than offered).
[[nodiscard]] constexpr bool answers_offer(const deflate_parameters& answer, const deflate_parameters& offer) noexcept
{
    if (offer.server_no_context_takeover && !answer.server_no_context_takeover)
        return false;
    if (offer.server_max_window_bits != 0 && offer.server_max_window_bits != max_window_bits &&
        (answer.server_max_window_bits == 0 || answer.server_max_window_bits > offer.server_max_window_bits))
        return false;
    return answer.client_max_window_bits <= offer.client_max_window_bits;
}

/// Returns what a client has agreed to with @p answer to its @p offer. RFC 7692 7.1.1.2, 7.1.2.2: it said what it is going to do,
/// whether or not the answer repeats that.
[[nodiscard]] constexpr negotiated_deflate agreed_by_client(deflate_parameters answer,
                                                            const deflate_parameters& offer) noexcept
{
    answer.client_no_context_takeover = answer.client_no_context_takeover || offer.client_no_context_takeover;
    if (answer.client_max_window_bits == 0) // otherwise not more than in the offer
        answer.client_max_window_bits = offer.client_max_window_bits;
    return negotiated_from(answer);
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
    negotiated_deflate agreed;
    bool found = false;
    while (offers.next(element)) {
        // RFC 7692 7: an element with invalid parameters is declined by itself.
        if (!found && element.name == permessage_deflate_name && parse_deflate_parameters(element, role::client, offer))
            found = detail::answer_deflate_offer(offer, options, chosen, agreed);
    }
    if (offers.malformed())
        return error::extensions_invalid;
    if (found) {
        answer.add(chosen, role::server);
        negotiated = agreed;
    }
    return error::none;
}

constexpr error check_deflate_answer(extension_cursor answer, std::span<const deflate_parameters> offers,
                                     negotiated_deflate& negotiated) noexcept
{
    negotiated = {};
    extension element;
    deflate_parameters chosen;
    int found = 0;
    bool valid = true;
    while (answer.next(element)) {
        if (element.name == permessage_deflate_name) {
            valid = parse_deflate_parameters(element, role::server, chosen) && valid;
            ++found;
        }
    }
    if (answer.malformed())
        return error::extensions_invalid;
    if (found == 0)
        return error::none;
    if (offers.empty())
        return error::extension_not_offered;
    if (found > 1)
        return error::extension_repeated;
    for (const deflate_parameters& offer : offers) {
        if (valid && detail::answers_offer(chosen, offer)) {
            negotiated = detail::agreed_by_client(chosen, offer);
            return error::none;
        }
    }
    return error::extension_parameters_invalid;
}

} // namespace sockless::inline SOCKLESS_ABI
