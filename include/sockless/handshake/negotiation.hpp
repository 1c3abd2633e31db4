// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file holds what a WebSocket handshake negotiates, over HTTP/1.1 and HTTP/2 alike: version, subprotocol and origin
/// (RFC 6455 4.1, 4.2; RFC 8441 5).
#pragma once

#include "../config.hpp"
#include "../http/character_class.hpp"
#include "../http/head.hpp"
#include "../http/value_grammar.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

/// The version of the protocol (RFC 6455 4.1).
inline constexpr std::uint8_t websocket_version = 13;

/// Reads a version number: 0 to 255 in decimal, without leading zeros.
///
/// @param[out] out  unchanged if `text` is not a version
/// @return whether it is one
/// @par Source      RFC 6455 4.3
[[nodiscard]] constexpr bool parse_version(std::string_view text, std::uint8_t& out) noexcept
{
    if (!detail::matches(detail::start_of("octet"), text))
        return false;
    out = static_cast<std::uint8_t>(detail::parse_number(text));
    return true;
}

/// Returns whether a list of subprotocols contains a name, exactly: "chat" is not "Chat" (RFC 7936 2).
///
/// @tparam Cursor  list_cursor over one line, or field_list_cursor over all lines
/// @par Complexity  O(size of the list)
template <class Cursor>
[[nodiscard]] constexpr bool contains_subprotocol(Cursor list, std::string_view name) noexcept
{
    std::string_view element;
    while (list.next(element))
        if (detail::equal(element, name))
            return true;
    return false;
}

/// Chooses the first subprotocol of the client's list, which is in order of preference, that the server supports.
///
/// @param offered    the client's list
/// @param supported  the server's list; its order does not matter
/// @return a view of the client's spelling; empty: no subprotocol
/// @par Complexity  O(size of `offered` * supported.size())
[[nodiscard]] constexpr std::string_view choose_subprotocol(field_list_cursor offered,
                                                            std::span<const std::string_view> supported) noexcept
{
    std::string_view element;
    while (offered.next(element))
        for (const std::string_view name : supported)
            if (name == element)
                return element;
    return {};
}

/// What a server does with requests without an Origin field, which do not come from a browser (RFC 6455 4.2.1).
enum class missing_origin : std::uint8_t { reject, allow };

/// Returns whether the program allows an origin. Other origins are answered with 403 (RFC 6455 10.2).
///
/// The whole string is compared, octet by octet: scheme, host and port. There are no patterns, no default ports and no case
/// folding; browsers send the lower-case form without a default port (RFC 6454 6.2). "null" is an origin like any other, and
/// it only matches if the program lists it. Origin is no authentication: other clients send any value (RFC 6455 10.1).
///
/// @param has_origin  whether there is an Origin field
/// @param origin      its value, which can be empty
/// @param allowed     read during the call only
/// @param absent      the result without an Origin field
/// @par Source      RFC 6455 4.2.2, 10.2; RFC 6454 6.2
[[nodiscard]] constexpr bool is_origin_allowed(bool has_origin, std::string_view origin,
                                               std::span<const std::string_view> allowed,
                                               missing_origin absent) noexcept
{
    if (!has_origin)
        return absent == missing_origin::allow;
    if (origin.empty())
        return false;
    for (const std::string_view each : allowed)
        if (each == origin)
            return true;
    return false;
}

} // namespace sockless::inline SOCKLESS_ABI
