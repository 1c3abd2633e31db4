// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file masks payload and rotates the key with the SIMD code. For mask.hpp; the other form is compact/mask.hpp.
#pragma once

#include "../../config.hpp"
#include "../simd/chosen.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace sockless::inline SOCKLESS_ABI::detail::fast {

/// XORs `size` bytes of `from` into `to`, which is the same place or disjoint.
///
/// @param key  the four bytes of the masking key; afterwards those for the byte after the last
inline void mask_stream(const std::byte* from, std::byte* to, std::size_t size, std::byte* key) noexcept
{
    std::uint32_t bits = 0;
    std::memcpy(&bits, key, sizeof bits);
    simd::mask(from, to, size, bits);
    bits = portable::rotated_key(bits, size);
    std::memcpy(key, &bits, sizeof bits);
}

} // namespace sockless::inline SOCKLESS_ABI::detail::fast
