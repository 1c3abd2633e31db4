// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A program's own choices: it counts the preconditions that it broke, and leaves the vector code out.
#pragma once

inline int broken_preconditions = 0;

#define SOCKLESS_ASSERT(condition) static_cast<void>((condition) ? 0 : ++broken_preconditions)
#define SOCKLESS_SIMD_LEVEL 0
