// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file selects the code for ARM with NEON. The instructions for SHA-1 are not used: not every such processor has them.
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
using neon::mask_fixed_128_text;
using neon::mask_medium;
using neon::mask_short;
using neon::mask_text;
using neon::mask_text_medium;
using neon::span_name;
using neon::span_visible;
using portable::bitmap_width;
using portable::scratch_size;
using portable::sha1_blocks;
using portable::short_size;

} // namespace sockless::inline SOCKLESS_ABI::detail::simd
