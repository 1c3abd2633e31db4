// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file copies bytes in less code than the C library's memmove has. For copy.hpp; the other form is fast/copy.hpp.
#pragma once

#include "../../config.hpp"

#include <cstddef>
#include <cstring>

namespace sockless::inline SOCKLESS_ABI::detail::compact {

/// Copies `size` bytes. The two ranges may overlap if `to` begins first: each word is read before it is overwritten.
SOCKLESS_NOINLINE inline void copy(const void* from, std::byte* to, std::size_t size) noexcept
{
    const auto* bytes = static_cast<const std::byte*>(from);
    std::size_t i = 0;
    for (std::size_t word = 0; has_unaligned_access && size - i >= sizeof word; i += sizeof word) {
        std::memcpy(&word, bytes + i, sizeof word);
        std::memcpy(to + i, &word, sizeof word);
    }
    for (; i < size; ++i)
        to[i] = bytes[i];
}

} // namespace sockless::inline SOCKLESS_ABI::detail::compact
