// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file names the contents of a frame: the opcodes of RFC 6455 5.2 and 11.8.
#pragma once

#include "../config.hpp"

#include <cstdint>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

/// The opcode of a frame: the four bits of the wire format. 0x3-0x7 and 0xB-0xF are reserved and have no name.
enum class opcode : std::uint8_t {
    continuation = 0x0,
    text = 0x1,
    binary = 0x2,
    close = 0x8,
    ping = 0x9,
    pong = 0xA,
};

/// Returns whether frames with @p op are control frames: close, ping, pong and the reserved 0xB-0xF.
///
/// @par Source      RFC 6455 5.5: the most significant bit of the opcode is 1
[[nodiscard]] constexpr bool is_control(opcode op) noexcept
{
    return (static_cast<std::uint8_t>(op) & 0x8U) != 0;
}

namespace detail {

/// Returns whether RFC 6455 defines @p op. Any other opcode fails the connection.
///
/// @par Source      RFC 6455 5.2, 11.8
[[nodiscard]] constexpr bool is_known(opcode op) noexcept
{
    constexpr std::uint16_t assigned = 0b0000'0111'0000'0111;
    return ((assigned >> static_cast<std::uint8_t>(op)) & 1U) != 0;
}

} // namespace detail

/// Returns the name in RFC 6455, or "reserved".
[[nodiscard]] constexpr std::string_view to_string(opcode op) noexcept
{
    switch (op) {
    case opcode::continuation: return "continuation";
    case opcode::text: return "text";
    case opcode::binary: return "binary";
    case opcode::close: return "close";
    case opcode::ping: return "ping";
    case opcode::pong: return "pong";
    }
    return "reserved";
}

} // namespace sockless::inline SOCKLESS_ABI
