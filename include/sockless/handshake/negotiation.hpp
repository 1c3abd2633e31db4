// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file holds what a WebSocket handshake negotiates, over HTTP/1.1 and HTTP/2 alike: version, subprotocol and origin
/// (RFC 6455 4.1, 4.2; RFC 8441 5).
#pragma once

#include "../config.hpp"
#include "../http/character_class.hpp"
#include "../http/head.hpp"
#include "../http/list.hpp"
#include "../http/value_grammar.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

/// Chooses the first subprotocol of the client's list, which is in order of preference, that the server supports.
///
/// @param offered    the client's list
/// @param supported  the server's list; its order does not matter
/// @return a view of the client's spelling; empty: no subprotocol
/// @par Complexity  O(size of `offered` * supported.size())
[[nodiscard]] constexpr std::string_view choose_subprotocol(list_cursor offered,
                                                            std::span<const std::string_view> supported) noexcept
{
    std::string_view element;
    while (offered.next(element))
        for (const std::string_view name : supported)
            if (name == element)
                return element;
    return {};
}

/// Returns whether the program allows an origin. Other origins are answered with 403 (RFC 6455 10.2).
///
/// The whole string is compared, octet by octet: scheme, host and port. There are no patterns, no default ports and no case
/// folding; browsers send the lower-case form without a default port (RFC 6454 6.2). "null" is an origin like any other, and
/// it only matches if the program lists it. Origin is no authentication: other clients send any value (RFC 6455 10.1).
///
/// @param origin   the value of the Origin field; an empty one is not allowed
/// @param allowed  read during the call only
/// @par Source      RFC 6455 4.2.2, 10.2; RFC 6454 6.2
[[nodiscard]] constexpr bool is_origin_allowed(std::string_view origin,
                                               std::span<const std::string_view> allowed) noexcept
{
    if (origin.empty())
        return false;
    for (const std::string_view each : allowed)
        if (each == origin)
            return true;
    return false;
}

} // namespace sockless::inline SOCKLESS_ABI
