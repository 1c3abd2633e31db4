// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file judges a response: does it open the WebSocket that the client asked for (RFC 6455 4.1)? A pure function over a head
/// that any HTTP parser may have read.
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "../http/field_grammar.hpp"
#include "../http/field_index.hpp"
#include "../http/head.hpp"
#include "accept_key.hpp"
#include "extension.hpp"
#include "negotiation.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

/// What the client has asked for, as far as the response depends on it. The lists belong to the caller.
struct expected_response {
    accept_value accept = {}; ///< of `make_accept`
    std::span<const std::string_view> subprotocols = {};
    std::string_view extensions = {}; ///< as offered; empty: none
    bool subprotocol_required = false;
};

/// What the server has agreed to. All views point into the head that was judged.
struct upgrade_response {
    std::string_view subprotocol = {};  ///< empty: none
    std::span<const field> fields = {}; ///< everything else, Set-Cookie lines included

    /// In the order in which they transform what is sent. Whether their parameters are acceptable is for the extensions to say.
    [[nodiscard]] constexpr extension_cursor extensions() const noexcept { return extension_cursor{fields}; }
};

namespace detail {

/// RFC 6455 4.1: the value as a whole, although Upgrade is a list
[[nodiscard]] constexpr error check_upgraded(const field_index& index) noexcept
{
    if (!index.has(known_field::upgrade))
        return error::upgrade_missing;
    const bool good =
        !index.repeats(known_field::upgrade) && equals_ignoring_case(index.value(known_field::upgrade), "websocket");
    return good ? error::none : error::upgrade_not_websocket;
}

/// RFC 6455 4.1, 11.3.3: exactly one value, and the very one: base64 knows upper and lower case. It is no secret, so that the
/// time which the comparison takes may depend on it; nothing that the handshake compares is one.
[[nodiscard]] constexpr error check_accept(const field_index& index, const accept_value& expected) noexcept
{
    if (!index.has(known_field::websocket_accept))
        return error::accept_missing;
    if (index.repeats(known_field::websocket_accept))
        return error::accept_repeated;
    return index.value(known_field::websocket_accept) == expected.view() ? error::none : error::accept_mismatch;
}

/// RFC 6455 11.3.4: each line is one name
[[nodiscard]] constexpr bool names_subprotocols(const field_index& index) noexcept
{
    field_cursor lines{index.from(known_field::websocket_protocol), field_name::websocket_protocol};
    std::string_view value;
    while (lines.next(value))
        if (!is_token(value))
            return false;
    return true;
}

/// RFC 6455 4.1, 11.3.4: one name at most, and one of those that were offered
[[nodiscard]] constexpr error
check_chosen_subprotocol(const field_index& index, std::span<const std::string_view> offered, bool required) noexcept
{
    if (!index.has(known_field::websocket_protocol))
        return required && !offered.empty() ? error::subprotocol_missing : error::none;
    if (index.repeats(known_field::websocket_protocol))
        return error::subprotocol_repeated;
    const std::string_view chosen = index.value(known_field::websocket_protocol);
    for (const std::string_view name : offered)
        if (name == chosen)
            return error::none;
    return error::subprotocol_not_offered;
}

/// RFC 6455 4.1, 9.1; erratum 3433: any number of lines
[[nodiscard]] constexpr error check_chosen_extensions(const field_index& index, std::string_view offered) noexcept
{
    const extension_cursor chosen{index.from(known_field::websocket_extensions)};
    return contains_all_extensions(extension_cursor{offered}, chosen) ? error::none : error::extension_not_offered;
}

/// What `check_response` says, with an index of `head.fields`.
[[nodiscard]] constexpr error judge_response(const response_head& head, const field_index& index,
                                             const expected_response& expected, upgrade_response& out) noexcept
{
    out = {{}, head.fields};
    if (head.status != 101)
        return error::status_not_101;
    if (const error e = check_no_body(index); failed(e))
        return e;
    if (head.version.major_digit != 1 || head.version.minor_digit == 0) // RFC 9110 15.2: HTTP/1.0 has no 101
        return error::http_version_unsupported;
    if (const error e = check_upgraded(index); failed(e))
        return e;
    if (!has_connection_option(index, "upgrade"))
        return error::connection_not_upgrade;
    if (!names_subprotocols(index))
        return error::subprotocol_invalid;
    if (const error e = check_extensions(index); failed(e))
        return e;
    if (const error e = check_accept(index, expected.accept); failed(e))
        return e;
    if (const error e = check_chosen_subprotocol(index, expected.subprotocols, expected.subprotocol_required);
        failed(e))
        return e;
    if (const error e = check_chosen_extensions(index, expected.extensions); failed(e))
        return e;
    out.subprotocol = index.value(known_field::websocket_protocol);
    return error::none;
}

} // namespace detail

/// Judges a response by everything that RFC 6455 4.1 asks for.
///
/// Interim responses (RFC 9110 15.2) are for the caller to skip. A Content-Length other than 0 and any Transfer-Encoding in a 101
/// are refused: they may not stand there, and who means them would send a body where frames belong.
///
/// `head`     of any parser; field values have no white space around them; outlives `out`
/// `expected` looked at during the call only
/// `out`      `fields` always; the rest is true if there is no error
/// errors     `status_not_101` before all; then in this order, which is that of `error`: `body_announced`,
///            `http_version_unsupported`, `upgrade_missing`, `upgrade_not_websocket`, `connection_not_upgrade`,
///            `subprotocol_invalid`, `extensions_invalid`, `accept_missing`, `accept_repeated`, `accept_mismatch`,
///            `subprotocol_repeated`, `subprotocol_not_offered`, `subprotocol_missing`, `extension_not_offered`
/// source     RFC 6455 4.1, 11.3; RFC 9110 8.6; RFC 9112 6.1
/// cost       O(size of the head), times the number of subprotocols and extensions that the client has offered
[[nodiscard]] constexpr error check_response(const response_head& head, const expected_response& expected,
                                             upgrade_response& out) noexcept
{
    return detail::judge_response(head, detail::field_index{head.fields}, expected, out);
}

} // namespace sockless::inline SOCKLESS_ABI
