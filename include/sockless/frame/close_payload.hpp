// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns the payload of a close frame into a code and a reason and back (RFC 6455 5.5.1).
#pragma once

#include "../bytes/byte_view.hpp"
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

/// The content of a close frame.
struct close_payload {
    /// The greatest size of the reason in bytes.
    static constexpr std::size_t max_reason = frame_header::max_control_payload - 2;

    close_code code = close_code::no_status; ///< `no_status` for an empty payload
    std::span<const std::byte> reason{};     ///< UTF-8, a part of the bytes that were decoded

    /// Returns as much of the front of @p text as a close frame can have as its reason: all of it, or up to the end of a character.
    ///
    /// @param text  UTF-8 of any size
    /// @return up to `max_reason` bytes of @p text, valid as long as it
    /// @par Source RFC 6455 5.5
    [[nodiscard]] static constexpr std::string_view truncated_reason(std::string_view text) noexcept
    {
        if (text.size() <= max_reason)
            return text;
        std::size_t size = max_reason;
        while (size > max_reason - 3 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80)
            --size;
        return {text.data(), size};
    }
};

/// Decodes the payload of a close frame.
///
/// @param payload   up to 125 bytes of the caller's; the reason refers to them
/// @param[out] out  the content; unchanged on error
/// @par Errors close_payload_truncated, close_code_not_on_wire, close_reason_not_utf8
/// @par Source RFC 6455 5.5.1, 7.1.5, 7.4
[[nodiscard]] constexpr error decode_close(byte_view payload, close_payload& out) noexcept
{
    const std::span<const std::byte> bytes = payload;
    if (bytes.empty()) {
        out = {};
        return error::none;
    }
    if (bytes.size() == 1)
        return error::close_payload_truncated;
    const auto code = static_cast<close_code>(detail::load_big_endian<std::uint16_t>(bytes));
    if (!detail::is_on_wire(code))
        return error::close_code_not_on_wire;
    if (!is_utf8(bytes.subspan(2)))
        return error::close_reason_not_utf8;
    out = {code, bytes.subspan(2)};
    return error::none;
}

/// Encodes the payload of a close frame.
///
/// @param sender       the end that sends it: a server does not send 1010
/// @param reason       UTF-8, up to 123 bytes; read during the call only
/// @param[out] buffer  at least `2 + reason.size()` bytes, written from the front; unchanged on error
/// @par Errors close_code_not_sendable, reason_too_long, reason_not_utf8
/// @par Source RFC 6455 5.5.1, 7.4
[[nodiscard]] inline error encode_close(role sender, close_code code, std::string_view reason,
                                        byte_span buffer) noexcept
{
    if (!detail::may_send(sender, code))
        return error::close_code_not_sendable;
    if (reason.size() > close_payload::max_reason)
        return error::reason_too_long;
    if (!is_utf8(reason))
        return error::reason_not_utf8;
    const std::span<std::byte> out = buffer;
    detail::store_big_endian(out, static_cast<std::uint16_t>(code));
    detail::copy_bytes(reason, out.subspan(2));
    return error::none;
}

} // namespace sockless::inline SOCKLESS_ABI
