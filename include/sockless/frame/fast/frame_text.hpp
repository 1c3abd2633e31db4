// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file validates the text of a frame while it is unmasked. For frame_parser.hpp; the other form is compact/frame_text.hpp.
#pragma once

#include "../../bytes/copy.hpp"
#include "../../bytes/mask.hpp"
#include "../../bytes/utf8.hpp"
#include "../../bytes/utf8_stream.hpp"
#include "../../config.hpp"

#include <cstddef>
#include <span>

namespace sockless::inline SOCKLESS_ABI::detail::fast {

/// Copies the payload of a frame, unmasks it if it is masked, and validates it as the next part of `text`.
///
/// @tparam Masked     whether a client has sent it
/// @param[out] to     as long as `payload`; either the same bytes or disjoint from them
/// @param[in,out] key rotated for the next byte of payload
/// @param end         whether the text ends with it
/// @return whether the text is valid so far, and complete if it ends
template <bool Masked>
SOCKLESS_INLINE bool unmask_frame_text(std::span<const std::byte> payload, std::span<std::byte> to, mask_key& key,
                                       utf8_validator& text, bool end) noexcept
{
    std::size_t valid = 0;
    if constexpr (Masked) {
        valid = unmask_text(payload, to, key, text);
        key = rotate(key, payload.size());
    } else {
        if (payload.data() != to.data())
            copy_bytes(payload, to);
        valid = validate_text(to, text);
    }
    return valid == payload.size() && (!end || text.complete());
}

} // namespace sockless::inline SOCKLESS_ABI::detail::fast
