// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file reads a header that is whole and valid in one step. For frame_parser.hpp; the other form is compact/frame_header.hpp.
#pragma once

#include "../../bytes/copy.hpp"
#include "../../bytes/endian.hpp"
#include "../../bytes/mask.hpp"
#include "../../config.hpp"
#include "../../core/error.hpp"
#include "../../core/opcode.hpp"
#include "../../core/role.hpp"
#include "../frame_header.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sockless::inline SOCKLESS_ABI::detail::fast {

/// For every first byte without reserved bits: bit 0 if it is valid while no message is open, bit 1 if it is while one is.
inline constexpr std::array<std::uint8_t, 256> valid_first_bytes = [] {
    std::array<std::uint8_t, 256> table{};
    for (std::size_t i = 0; i < table.size(); ++i) {
        const auto byte = static_cast<std::uint8_t>(i);
        table[i] = static_cast<std::uint8_t>((failed(check_first_byte(byte, {.message_open = false})) ? 0 : 1) |
                                             (failed(check_first_byte(byte, {.message_open = true})) ? 0 : 2));
    }
    return table;
}();

/// Reads a whole header without reserved bits that breaks no rule.
///
/// @param in            at least `frame_header::max_size` bytes
/// @param message_open  whether the last data frame had FIN=0
/// @return the size of the header; or 0 if it has to be read byte by byte, and then `length` and `key` are meaningless
template <role Role>
SOCKLESS_INLINE std::size_t read_header(std::span<const std::byte> in, bool message_open, std::uint8_t& first_byte,
                                        std::uint64_t& length, mask_key& key) noexcept
{
    const auto first = std::to_integer<std::uint8_t>(in[0]);
    const auto second = std::to_integer<std::uint8_t>(in[1]);
    const unsigned masked = Role == role::server ? wire::mask : 0;
    const unsigned valid = message_open ? 2 : 1;
    if ((valid_first_bytes[first] & valid) == 0 || (second & wire::mask) != masked)
        return 0;
    std::uint64_t announced = second & wire::length;
    std::size_t size = 2;
    if (announced >= wire::length_16) {
        size = announced == wire::length_16 ? 4 : 10;
        announced =
            size == 4 ? load_big_endian<std::uint16_t>(in.subspan(2)) : load_big_endian<std::uint64_t>(in.subspan(2));
        if (is_control(static_cast<opcode>(first & wire::opcode)) || failed(check_extended_length(second, announced)))
            return 0;
    }
    if constexpr (Role == role::server) {
        copy_bytes(in.subspan(size, 4), key.bytes);
        size += 4;
    }
    first_byte = first;
    length = announced;
    return size;
}

} // namespace sockless::inline SOCKLESS_ABI::detail::fast
