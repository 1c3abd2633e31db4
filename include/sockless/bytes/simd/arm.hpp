// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file chooses for ARM with NEON: all of it, and no special instructions for SHA-1, which not every such processor has.
#pragma once

#include "../../config.hpp"
#include "arm_neon.hpp"
#include "portable.hpp"

namespace sockless::inline SOCKLESS_ABI::detail::simd {

using neon::control_bitmap;
using neon::find;
using neon::is_text;
using neon::mask;
using neon::mask_ascii;
using neon::mask_fixed_128;
using neon::mask_short;
using neon::mask_text;
using neon::span_name;
using neon::span_visible;
using portable::bitmap_width;
using portable::scratch_size;
using portable::sha1_blocks;
using portable::short_size;

} // namespace sockless::inline SOCKLESS_ABI::detail::simd
