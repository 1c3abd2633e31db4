// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file validates the text of a frame after it is unmasked. For frame_parser.hpp; the other form is fast/frame_text.hpp.
#pragma once

#include "../../bytes/copy.hpp"
#include "../../bytes/mask.hpp"
#include "../../bytes/utf8.hpp"
#include "../../bytes/utf8_stream.hpp"
#include "../../config.hpp"

#include <cstddef>
#include <span>

namespace sockless::inline SOCKLESS_ABI::detail::compact {

/// As fast::unmask_frame_text.
template <bool Masked>
SOCKLESS_INLINE bool unmask_frame_text(std::span<const std::byte> payload, std::span<std::byte> to, mask_key& key,
                                       utf8_validator& text, bool end) noexcept
{
    if constexpr (Masked)
        detail::mask_stream(payload, to, key);
    else if (payload.data() != to.data())
        copy_bytes(payload, to);
    return detail::accepts(text, to, end);
}

} // namespace sockless::inline SOCKLESS_ABI::detail::compact
