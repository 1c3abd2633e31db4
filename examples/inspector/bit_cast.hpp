// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// What Debian's emscripten lacks in its C++ standard library (libc++ 13): std::bit_cast.
#pragma once

#include <bit>

namespace std { // NOLINT: the name is that of C++20
template <class To, class From>
[[nodiscard]] constexpr To bit_cast(const From& from) noexcept
{
    return __builtin_bit_cast(To, from);
}
} // namespace std
