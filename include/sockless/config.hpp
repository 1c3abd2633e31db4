// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The only file that looks at the compiler and the platform, and the only one that defines macros.
///
/// | macro                 | values                       | default                                       |
/// |-----------------------|------------------------------|-----------------------------------------------|
/// | `SOCKLESS_ASSERT(c)`  | any expression               | `assert(c)`: nothing in a build with `NDEBUG` |
/// | `SOCKLESS_ASAN`       | 0, 1                         | 1 when AddressSanitizer is on                 |
///
/// `SOCKLESS_ABI` names the inline namespace. It carries the version, so that two versions may meet in one program.
#pragma once

#include <cassert>

#define SOCKLESS_VERSION_MAJOR 0
#define SOCKLESS_VERSION_MINOR 1
#define SOCKLESS_VERSION_PATCH 0
#define SOCKLESS_VERSION_STRING "0.1.0"
#define SOCKLESS_ABI v0_1

#if !defined(__cplusplus) || (defined(_MSVC_LANG) ? _MSVC_LANG : __cplusplus) < 202002L
#error "sockless needs C++20"
#endif

/// A precondition that the caller broke. Never used for anything that a peer can do.
#ifndef SOCKLESS_ASSERT
#define SOCKLESS_ASSERT(condition) assert(condition)
#endif

#ifndef SOCKLESS_ASAN
#if defined(__SANITIZE_ADDRESS__)
#define SOCKLESS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SOCKLESS_ASAN 1
#endif
#endif
#endif
#ifndef SOCKLESS_ASAN
#define SOCKLESS_ASAN 0
#endif

#if SOCKLESS_ASAN
#include <sanitizer/asan_interface.h>
#define SOCKLESS_POISON(address, size) ASAN_POISON_MEMORY_REGION(address, size)
#define SOCKLESS_UNPOISON(address, size) ASAN_UNPOISON_MEMORY_REGION(address, size)
#else
#define SOCKLESS_POISON(address, size) static_cast<void>(0)
#define SOCKLESS_UNPOISON(address, size) static_cast<void>(0)
#endif
