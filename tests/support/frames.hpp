// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Frames for tests, written according to the figure in RFC 6455 5.2 and not by the library. Nothing is checked, because most of them are
/// invalid on purpose.
#pragma once

#include "event_lines.hpp"
#include "hex.hpp"

#include <sockless/bytes/mask.hpp>
#include <sockless/core/error.hpp>
#include <sockless/core/role.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace support {

using sockless::role;
using strings = std::vector<std::string>;

inline constexpr std::array<role, 2> both_roles{role::server, role::client};

/// The key of the examples in RFC 6455 5.7.
inline constexpr sockless::mask_key example_key{{std::byte{0x37}, std::byte{0xFA}, std::byte{0x21}, std::byte{0x3D}}};

/// `INFO(receiving(self))`
[[nodiscard]] inline std::string receiving(role self)
{
    return self == role::server ? "a server receives" : "a client receives";
}

/// Byte 0, then MASK and length in the shortest form.
[[nodiscard]] inline byte_vector header_of(unsigned first, std::uint64_t length, bool masked)
{
    byte_vector result{static_cast<std::byte>(first)};
    const unsigned mask_bit = masked ? 0x80 : 0;
    unsigned bytes_of_length = 0;
    if (length <= 125) {
        result.push_back(static_cast<std::byte>(mask_bit | length));
    } else if (length <= 0xFFFF) {
        result.push_back(static_cast<std::byte>(mask_bit | 126));
        bytes_of_length = 2;
    } else {
        result.push_back(static_cast<std::byte>(mask_bit | 127));
        bytes_of_length = 8;
    }
    while (bytes_of_length-- > 0)
        result.push_back(static_cast<std::byte>(length >> (8 * bytes_of_length)));
    return result;
}

[[nodiscard]] inline byte_vector unmasked_frame(unsigned first, std::span<const std::byte> payload)
{
    return join({header_of(first, payload.size(), false), payload});
}

[[nodiscard]] inline byte_vector masked_frame(unsigned first, std::span<const std::byte> payload,
                                              sockless::mask_key key = example_key)
{
    byte_vector result = join({header_of(first, payload.size(), true), key.bytes});
    for (std::size_t i = 0; i < payload.size(); ++i)
        result.push_back(payload[i] ^ key.bytes[i % 4]);
    return result;
}

/// A frame as the peer of `receiver` has to send it: masked if that peer is a client.
[[nodiscard]] inline byte_vector frame_to(role receiver, unsigned first, std::span<const std::byte> payload = {})
{
    return receiver == role::server ? masked_frame(first, payload) : unmasked_frame(first, payload);
}

[[nodiscard]] inline byte_vector frame_to(role receiver, unsigned first, std::string_view payload)
{
    return frame_to(receiver, first, text(payload));
}

/// A header alone, of any length, with the key if one is required.
[[nodiscard]] inline byte_vector header_to(role receiver, unsigned first, std::uint64_t length)
{
    byte_vector result = header_of(first, length, receiver == role::server);
    if (receiver == role::server)
        result.insert(result.end(), example_key.bytes.begin(), example_key.bytes.end());
    return result;
}

/// A frame as `sender` sends it in tests: a client masks with keys of zeros.
[[nodiscard]] inline byte_vector frame_from(role sender, unsigned first, std::span<const std::byte> payload = {})
{
    return sender == role::client ? masked_frame(first, payload, {}) : unmasked_frame(first, payload);
}

[[nodiscard]] inline byte_vector frame_from(role sender, unsigned first, std::string_view payload)
{
    return frame_from(sender, first, text(payload));
}

/// The payload of a close frame.
[[nodiscard]] inline byte_vector close_body(unsigned code, std::string_view reason = {})
{
    byte_vector result{static_cast<std::byte>(code >> 8U), static_cast<std::byte>(code & 0xFFU)};
    const byte_vector words = text(reason);
    result.insert(result.end(), words.begin(), words.end());
    return result;
}

/// The last line of a log: everything that was appended to `tx`.
[[nodiscard]] inline std::string out_line(std::span<const std::byte> bytes)
{
    return "out " + to_hex(bytes);
}

/// The log of a connection whose peer has violated a rule: one error, one close frame, nothing else.
[[nodiscard]] inline strings refused(role self, sockless::error e, unsigned code)
{
    return {error_line(e), out_line(frame_from(self, 0x88, close_body(code)))};
}

} // namespace support
