// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns the payload of a close frame into code and reason and back (RFC 6455 5.5.1).
#pragma once

#include "../bytes/copy.hpp"
#include "../bytes/endian.hpp"
#include "../bytes/utf8_stream.hpp"
#include "../config.hpp"
#include "../core/close_code.hpp"
#include "../core/error.hpp"
#include "../core/role.hpp"
#include "frame_header.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

inline constexpr std::size_t max_close_reason = max_control_payload - 2;

/// What a close frame says.
struct close_payload {
    close_code code = close_code::no_status; ///< `no_status` for an empty payload
    std::span<const std::byte> reason{};     ///< UTF-8, inside the bytes that were decoded
};

/// Reads the payload of a close frame.
///
/// `payload` at most 125 bytes, the caller's; `out.reason` points into it
/// `out`     unchanged on error
/// errors    close_payload_truncated, close_code_not_on_wire, close_reason_not_utf8
/// source    RFC 6455 5.5.1, 7.1.5, 7.4
[[nodiscard]] constexpr error decode_close(std::span<const std::byte> payload, close_payload& out) noexcept
{
    if (payload.empty()) {
        out = {};
        return error::none;
    }
    if (payload.size() == 1)
        return error::close_payload_truncated;
    const auto code = static_cast<close_code>(detail::load_big_endian<std::uint16_t>(payload));
    if (!is_on_wire(code))
        return error::close_code_not_on_wire;
    if (!is_utf8(payload.subspan(2)))
        return error::close_reason_not_utf8;
    out = {code, payload.subspan(2)};
    return error::none;
}

/// Writes the payload of a close frame.
///
/// `sender`  which end this is: a server does not send 1010
/// `out`     at least 2 + reason.size() bytes, written from the front; untouched on error
/// errors    close_code_not_sendable, reason_too_long, reason_not_utf8
/// source    RFC 6455 5.5.1, 7.4
[[nodiscard]] inline error encode_close(role sender, close_code code, std::string_view reason,
                                        std::span<std::byte> out) noexcept
{
    if (!may_send(sender, code))
        return error::close_code_not_sendable;
    if (reason.size() > max_close_reason)
        return error::reason_too_long;
    if (!is_utf8(as_bytes(reason)))
        return error::reason_not_utf8;
    detail::store_big_endian(out, static_cast<std::uint16_t>(code));
    detail::copy_bytes(reason, out.subspan(2));
    return error::none;
}

} // namespace sockless::inline SOCKLESS_ABI
