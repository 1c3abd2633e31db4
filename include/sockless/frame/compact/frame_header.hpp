// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file leaves each header to be read byte by byte. For frame_parser.hpp; the other form is fast/frame_header.hpp.
#pragma once

#include "../../bytes/mask.hpp"
#include "../../config.hpp"
#include "../../core/role.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace sockless::inline SOCKLESS_ABI::detail::compact {

/// As fast::read_header, which never succeeds.
template <role>
SOCKLESS_INLINE std::size_t read_header(std::span<const std::byte>, bool, std::uint8_t&, std::uint64_t&,
                                        mask_key&) noexcept
{
    return 0;
}

} // namespace sockless::inline SOCKLESS_ABI::detail::compact
