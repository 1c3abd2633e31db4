// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// One unit of a program whose units are configured in different ways. It is compiled once for each way; UNIT is its name.
#include "units.hpp"

#include <sockless/sockless.hpp>

unit_facts UNIT() noexcept
{
    return {reinterpret_cast<void (*)()>(&sockless::format_uri),
            {SOCKLESS_VERSION_MAJOR, SOCKLESS_VERSION_MINOR, SOCKLESS_VERSION_PATCH, SOCKLESS_ASAN, SOCKLESS_SIMD_LEVEL,
             SOCKLESS_OPTIMIZE_SIZE}};
}
