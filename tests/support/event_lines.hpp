// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The log of a receiver: one line per event, in the same form for tests and for files of vectors.
///
/// Only whole messages are lines. The part of a message that precedes a failure or a close frame is not logged, because its size depends on
/// how the input was cut.
#pragma once

#include "error_names.hpp"
#include "hex.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace support {

/// `"Hello"`: with quotes, `\"`, `\\`, `\n`, and `\x00` for every other byte outside printable ASCII.
[[nodiscard]] inline std::string quoted(std::string_view text)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result = "\"";
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            result += '\\';
            result += c;
        } else if (c == '\n') {
            result += "\\n";
        } else if (code < 0x20 || code > 0x7E) {
            result += "\\x";
            result += digits[code >> 4U];
            result += digits[code & 0xFU];
        } else {
            result += c;
        }
    }
    return result + '"';
}

namespace detail {

inline std::string with_bytes(std::string line, std::span<const std::byte> payload)
{
    return payload.empty() ? line : line + ' ' + to_hex(payload);
}

} // namespace detail

[[nodiscard]] inline std::string text_line(std::span<const std::byte> payload)
{
    return "text " + quoted(to_string(payload));
}

[[nodiscard]] inline std::string binary_line(std::span<const std::byte> payload)
{
    return detail::with_bytes("binary", payload);
}

[[nodiscard]] inline std::string ping_line(std::span<const std::byte> payload)
{
    return detail::with_bytes("ping", payload);
}

[[nodiscard]] inline std::string pong_line(std::span<const std::byte> payload)
{
    return detail::with_bytes("pong", payload);
}

/// `close 1000 "bye"`, or `close 1005` without a reason.
[[nodiscard]] inline std::string close_line(std::uint16_t code, std::string_view reason = {})
{
    const std::string line = "close " + std::to_string(code);
    return reason.empty() ? line : line + ' ' + quoted(reason);
}

[[nodiscard]] inline std::string error_line(sockless::error e)
{
    return "error " + std::string(spelling_of(e));
}

} // namespace support
