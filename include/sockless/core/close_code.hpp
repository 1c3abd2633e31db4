// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file names the reasons for which connections end: the close codes of RFC 6455 7.4 and of the IANA registry.
#pragma once

#include "../config.hpp"
#include "role.hpp"

#include <cstdint>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

/// A close code. The names are those of the registry; any other 16-bit value is possible.
enum class close_code : std::uint16_t {
    normal = 1000,
    going_away = 1001,
    protocol_error = 1002,
    unsupported_data = 1003,
    no_status = 1005, ///< never sent: the close frame had no code
    abnormal = 1006,  ///< never sent: no close frame arrived
    invalid_payload = 1007,
    policy_violation = 1008,
    message_too_big = 1009,
    mandatory_extension = 1010, ///< sent by clients only
    internal_error = 1011,
    service_restart = 1012,
    try_again_later = 1013,
    bad_gateway = 1014,
    tls_handshake = 1015, ///< never sent: the TLS handshake failed
    unauthorized = 3000,
    forbidden = 3003,
    timeout = 3008,
};

namespace detail {

/// Returns whether @p code is allowed in a close frame. Reserved codes (1004, 1016-2999), local ones (1005, 1006, 1015) and
/// values outside of the registry (below 1000, above 4999) are not.
///
/// @par Source      RFC 6455 7.4; IANA registered 1012-1014 later
[[nodiscard]] constexpr bool is_on_wire(close_code code) noexcept
{
    const auto value = static_cast<std::uint16_t>(code);
    return (value >= 1000 && value <= 1003) || (value >= 1007 && value <= 1014) || (value >= 3000 && value <= 4999);
}

/// Returns whether this end may send @p code: any that is allowed in a close frame, but a server does not send 1010, because it
/// rejects the handshake instead.
///
/// @param self  the role of the sender
/// @param code  the close code
/// @par Source      RFC 6455 7.4, 7.4.1
[[nodiscard]] constexpr bool may_send(role self, close_code code) noexcept
{
    return is_on_wire(code) && !(self == role::server && code == close_code::mandatory_extension);
}

} // namespace detail

/// Returns the name in the registry, or "private use", "registered" or "reserved" for the ranges.
[[nodiscard]] constexpr std::string_view to_string(close_code code) noexcept
{
    switch (code) {
    case close_code::normal: return "normal closure";
    case close_code::going_away: return "going away";
    case close_code::protocol_error: return "protocol error";
    case close_code::unsupported_data: return "unsupported data";
    case close_code::no_status: return "no status received";
    case close_code::abnormal: return "abnormal closure";
    case close_code::invalid_payload: return "invalid payload";
    case close_code::policy_violation: return "policy violation";
    case close_code::message_too_big: return "message too big";
    case close_code::mandatory_extension: return "mandatory extension";
    case close_code::internal_error: return "internal error";
    case close_code::service_restart: return "service restart";
    case close_code::try_again_later: return "try again later";
    case close_code::bad_gateway: return "bad gateway";
    case close_code::tls_handshake: return "TLS handshake failed";
    case close_code::unauthorized: return "unauthorized";
    case close_code::forbidden: return "forbidden";
    case close_code::timeout: return "timeout";
    }
    const auto value = static_cast<std::uint16_t>(code);
    if (value >= 4000 && value <= 4999)
        return "private use";
    return value >= 3000 && value <= 3999 ? "registered" : "reserved";
}

} // namespace sockless::inline SOCKLESS_ABI
