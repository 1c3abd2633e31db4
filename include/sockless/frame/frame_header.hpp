// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns bytes into a frame header and back, and checks it: pure functions, one error per rule (RFC 6455 5.2).
///
///     byte 0   FIN RSV1 RSV2 RSV3 opcode(4)
///     byte 1   MASK length(7)
///     then     2 more bytes of length if these are 126, 8 more if they are 127; 4 bytes of masking key if MASK is set
#pragma once

#include "../bytes/byte_view.hpp"
#include "../bytes/copy.hpp"
#include "../bytes/endian.hpp"
#include "../bytes/mask.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "../core/opcode.hpp"
#include "../core/role.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

/// The bits of the first two bytes of a frame.
namespace detail::wire {

inline constexpr std::uint8_t fin = 0x80;
inline constexpr std::uint8_t rsv1 = 0x40;
inline constexpr std::uint8_t rsv2 = 0x20;
inline constexpr std::uint8_t rsv3 = 0x10;
inline constexpr std::uint8_t rsv = rsv1 | rsv2 | rsv3;
inline constexpr std::uint8_t opcode = 0x0F;
inline constexpr std::uint8_t mask = 0x80;
inline constexpr std::uint8_t length = 0x7F;
inline constexpr std::uint8_t length_16 = 126; ///< two more bytes follow
inline constexpr std::uint8_t length_64 = 127; ///< eight more bytes follow

} // namespace detail::wire

namespace detail {

/// Returns the size of a header in its shortest form: 2 to 14 bytes.
[[nodiscard]] constexpr std::size_t header_size(std::uint64_t payload_length, bool masked) noexcept
{
    const std::size_t size = payload_length < wire::length_16 ? 2 : payload_length <= 0xFFFF ? 4 : 10;
    return size + (masked ? 4 : 0);
}

} // namespace detail

/// The header of a frame: everything before its payload.
struct frame_header {
    /// The size of the longest header in bytes.
    static constexpr std::size_t max_size = 14;
    /// RFC 6455 5.2: the most significant bit of a length is 0.
    static constexpr std::uint64_t max_payload = 0x7FFF'FFFF'FFFF'FFFF;
    /// RFC 6455 5.5: the payload of a control frame has up to 125 bytes.
    static constexpr std::size_t max_control_payload = 125;
    static constexpr std::uint8_t rsv1 = detail::wire::rsv1; ///< of `reserved_bits`
    static constexpr std::uint8_t rsv2 = detail::wire::rsv2; ///< of `reserved_bits`
    static constexpr std::uint8_t rsv3 = detail::wire::rsv3; ///< of `reserved_bits`

    std::uint64_t payload_length = 0;           ///< in bytes
    mask_key key{};                             ///< meaningless unless `masked`
    sockless::opcode op = opcode::continuation; ///< of the frame
    std::uint8_t reserved_bits = 0;             ///< any of `rsv1`, `rsv2` and `rsv3`
    bool fin = true;                            ///< the last frame of a message
    bool masked = false;                        ///< a frame of a client

    /// Returns the size of the header in its shortest form: 2 to 14 bytes.
    [[nodiscard]] constexpr std::size_t size() const noexcept { return detail::header_size(payload_length, masked); }

    friend constexpr bool operator==(const frame_header&, const frame_header&) = default;
};

/// Writes a header in its shortest form.
///
/// @param header       `payload_length` is up to `max_payload`; nothing else is checked
/// @param[out] buffer  at least `header.size()` bytes, written from the front
/// @return how many bytes were written
/// @par Source RFC 6455 5.2
SOCKLESS_INLINE constexpr std::size_t encode_header(const frame_header& header, byte_span buffer) noexcept
{
    const std::span<std::byte> out = buffer;
    const std::uint64_t length = header.payload_length;
    const std::size_t size = header.size();
    SOCKLESS_ASSERT(length <= frame_header::max_payload);
    SOCKLESS_ASSERT(out.size() >= size);

    const std::size_t key_offset = detail::header_size(length, false);
    const auto fin = header.fin ? detail::wire::fin : std::uint8_t{0};
    const auto mask = header.masked ? detail::wire::mask : std::uint8_t{0};
    const auto short_length = key_offset == 2   ? static_cast<std::uint8_t>(length)
                              : key_offset == 4 ? detail::wire::length_16
                                                : detail::wire::length_64;
    out[0] = static_cast<std::byte>(fin | header.reserved_bits | static_cast<std::uint8_t>(header.op));
    out[1] = static_cast<std::byte>(mask | short_length);
    std::uint64_t remaining = length;
    for (std::size_t i = key_offset; i > 2; remaining >>= 8U)
        out[--i] = static_cast<std::byte>(remaining);
    if (header.masked)
        detail::copy_bytes(header.key.bytes, out.subspan(key_offset));
    return size;
}

/// A frame header by itself, for a program that sends the payload on its own.
struct encoded_header {
    std::array<std::byte, frame_header::max_size> bytes{}; ///< the header at the front
    std::uint8_t size = 0;                                 ///< of the header, in bytes

    /// Returns the bytes of the header, which are a part of this object.
    [[nodiscard]] constexpr std::span<const std::byte> view() const noexcept { return std::span{bytes}.first(size); }
};

namespace detail {

/// A length within its limit, in one register.
using length_type = std::conditional_t<optimize_size, std::size_t, std::uint64_t>;

/// Returns @p limit as a `length_type`. Where that has 32 bits, larger limits count as 2^32-1.
[[nodiscard]] constexpr length_type saturate(std::uint64_t limit) noexcept
{
    constexpr auto max = static_cast<length_type>(-1);
    return limit < max ? static_cast<length_type>(limit) : max;
}

/// What the handshake and the frames before this one determine.
struct frame_context {
    role receiver = role::server;
    bool message_open = false;      ///< the last data frame had FIN=0
    std::uint8_t reserved_bits = 0; ///< those that an extension may set on the first frame of a message
};

/// Checks byte 0: reserved bits, opcode, FIN of control frames, the order of fragments (RFC 6455 5.2, 5.4, 5.5).
[[nodiscard]] constexpr error check_first_byte(std::uint8_t byte, const frame_context& context) noexcept
{
    const auto op = static_cast<opcode>(byte & wire::opcode);
    const bool begins_message = op == opcode::text || op == opcode::binary;

    // RFC 6455 5.2: MUST be 0 unless negotiated; RFC 7692 6.1: never on continuation or control frames.
    const auto allowed = begins_message ? context.reserved_bits : std::uint8_t{0};
    if ((byte & wire::rsv & ~allowed) != 0)
        return error::reserved_bit_set;
    // RFC 6455 5.2: an unknown opcode fails the connection.
    if (!is_known(op))
        return error::reserved_opcode;
    // RFC 6455 5.5: control frames are never fragmented.
    if (is_control(op))
        return (byte & wire::fin) != 0 ? error::none : error::control_frame_fragmented;
    // RFC 6455 5.4: fragments of one message follow each other, with no other message between.
    if ((op == opcode::continuation) == context.message_open)
        return error::none;
    return context.message_open ? error::message_interleaved : error::unexpected_continuation;
}

/// Checks byte 1: the MASK bit for this receiver, the length of control frames (RFC 6455 5.1, 5.5).
[[nodiscard]] constexpr error check_second_byte(std::uint8_t first, std::uint8_t second, role receiver) noexcept
{
    // RFC 6455 5.1: clients mask every frame, servers none.
    const bool masked = (second & wire::mask) != 0;
    if (masked != (receiver == role::server))
        return masked ? error::mask_unexpected : error::mask_missing;
    // RFC 6455 5.5: control frames carry up to 125 bytes.
    if (is_control(static_cast<opcode>(first & wire::opcode)) &&
        (second & wire::length) > frame_header::max_control_payload)
        return error::control_frame_too_long;
    return error::none;
}

/// Checks a length in its 2-byte or 8-byte form, which byte 1 selects (RFC 6455 5.2).
[[nodiscard]] constexpr error check_extended_length(std::uint8_t second, std::uint64_t length) noexcept
{
    if (length > frame_header::max_payload)
        return error::length_out_of_range;
    const std::uint64_t min = (second & wire::length) == wire::length_16 ? wire::length_16 : 0x1'0000;
    return length < min ? error::length_not_minimal : error::none;
}

/// Returns the number of bytes of extended length that byte 1 announces: 0, 2 or 8.
[[nodiscard]] constexpr std::size_t extended_length_size(std::uint8_t second) noexcept
{
    const auto length = second & wire::length;
    return length == wire::length_16 ? 2 : length == wire::length_64 ? 8 : 0;
}

/// The result of `decode_header`.
struct decoded_header {
    frame_header header{};
    std::size_t size = 0; ///< bytes of the header, or 0: more bytes are needed, or it failed
    error failure = error::none;
};

/// Reads one header from the front of @p in and makes every check as soon as the bytes allow it.
///
/// @param in  read during the call only; may hold more or less than one header
/// @return the header and its size; or size 0 and the rule it breaks; or size 0 and `error::none` if more bytes are needed
/// @par Errors     those of the check functions above
/// @par Source     RFC 6455 5.1, 5.2, 5.4, 5.5
/// @par Complexity O(1)
[[nodiscard]] constexpr decoded_header decode_header(std::span<const std::byte> in,
                                                     const frame_context& context) noexcept
{
    if (in.empty())
        return {};
    const auto first = std::to_integer<std::uint8_t>(in[0]);
    if (const error e = check_first_byte(first, context); failed(e))
        return {{}, 0, e};
    if (in.size() < 2)
        return {};
    const auto second = std::to_integer<std::uint8_t>(in[1]);
    if (const error e = check_second_byte(first, second, context.receiver); failed(e))
        return {{}, 0, e};

    decoded_header result;
    frame_header& header = result.header;
    header.fin = (first & wire::fin) != 0;
    header.reserved_bits = first & wire::rsv;
    header.op = static_cast<opcode>(first & wire::opcode);
    header.masked = (second & wire::mask) != 0;
    header.payload_length = second & wire::length;

    std::size_t size = 2 + extended_length_size(second);
    if (in.size() < size)
        return {};
    if (size > 2) {
        header.payload_length =
            size == 4 ? load_big_endian<std::uint16_t>(in.subspan(2)) : load_big_endian<std::uint64_t>(in.subspan(2));
        if (const error e = check_extended_length(second, header.payload_length); failed(e))
            return {{}, 0, e};
    }
    if (header.masked) {
        if (in.size() < size + 4)
            return {};
        for (std::size_t i = 0; i < 4; ++i)
            header.key.bytes[i] = in[size + i];
        size += 4;
    }
    result.size = size;
    return result;
}

} // namespace detail

} // namespace sockless::inline SOCKLESS_ABI
