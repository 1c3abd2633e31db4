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

/// How far the vector code goes: 0 nowhere, 1 what every processor of the architecture has, 2 AVX2, 3 AVX-512. From 2 on the
/// processor is asked at run time. Kept below the default by tests, and by programs that want less code.
#ifndef SOCKLESS_VECTOR_LEVEL
#if (defined(__x86_64__) || defined(_M_X64)) && defined(__GNUC__)
#define SOCKLESS_VECTOR_LEVEL 3
#else
#define SOCKLESS_VECTOR_LEVEL 0
#endif
#endif

#if SOCKLESS_VECTOR_LEVEL == 0
#define SOCKLESS_VECTOR_FILE "vector/none.hpp"
#elif defined(__x86_64__)
#define SOCKLESS_VECTOR_FILE "vector/x86_64.hpp"
#endif

#if defined(__GNUC__)
#define SOCKLESS_TARGET(features) __attribute__((target(features)))
#define SOCKLESS_INLINE __attribute__((always_inline)) inline
#define SOCKLESS_NOINLINE __attribute__((noinline))
#else
#define SOCKLESS_TARGET(features)
#define SOCKLESS_INLINE inline
#define SOCKLESS_NOINLINE
#endif
