// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A program whose configuration header was found, or named: what it chose holds.
#include <sockless/sockless.hpp>

static_assert(SOCKLESS_SIMD_LEVEL == 0);

int main()
{
    const sockless::event nothing;
    (void)nothing.reason();
    return broken_preconditions == 1 ? 0 : 1;
}
