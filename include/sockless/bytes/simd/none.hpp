// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file selects the portable code, for processors without SIMD code.
#pragma once

#include "../../config.hpp"
#include "portable.hpp"

namespace sockless::inline SOCKLESS_ABI::detail {

namespace simd = portable;

} // namespace sockless::inline SOCKLESS_ABI::detail
