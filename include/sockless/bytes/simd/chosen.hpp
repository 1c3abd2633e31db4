// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file includes the SIMD code that config.hpp has chosen for the processor. It defines `detail::simd`.
#pragma once

#include "../../config.hpp"
#include SOCKLESS_SIMD_FILE
