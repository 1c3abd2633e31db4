// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file copies bytes with the C library's memmove. For copy.hpp; the other form is compact/copy.hpp.
#pragma once

#include "../../config.hpp"

#include <cstddef>
#include <cstring>

namespace sockless::inline SOCKLESS_ABI::detail::fast {

/// Copies `size` bytes. The two ranges may overlap.
inline void copy(const void* from, std::byte* to, std::size_t size) noexcept
{
    if (size != 0)
        std::memmove(to, from, size);
}

} // namespace sockless::inline SOCKLESS_ABI::detail::fast
