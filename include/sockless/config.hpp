// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The only file that looks at the compiler and the platform, and the only one that defines macros.
///
/// A program may define these, for all of its units alike: on the command line, in a file <sockless_config.hpp> of its own,
/// which is included wherever it is found, or in another file that `SOCKLESS_CONFIG` names.
///
/// | macro                    | values                                                     | default                           |
/// |--------------------------|------------------------------------------------------------|-----------------------------------|
/// | `SOCKLESS_CONFIG`        | `"file"` or `<file>`                                       | `<sockless_config.hpp>`           |
/// | `SOCKLESS_ASSERT(c)`     | any expression                                             | `assert(c)`; a trap instruction   |
/// |                          |                                                            | where `SOCKLESS_OPTIMIZE_SIZE`    |
/// | `SOCKLESS_ASAN`          | 1: stale payload is poisoned; 0                            | 1 under AddressSanitizer          |
/// | `SOCKLESS_OPTIMIZE_SIZE` | 1: less code, which is slower; 0                           | 0                                 |
/// | `SOCKLESS_SIMD_LEVEL`    | 0: none; 1: what all processors of the architecture have;  | 3 on x86-64 with GCC or Clang;    |
/// |                          | 2: up to AVX2; 3: up to AVX-512, if the processor has them | 1 on ARM with NEON; 0 elsewhere   |
/// |                          |                                                            | and where `SOCKLESS_OPTIMIZE_SIZE`|
///
/// No default depends on an option of the optimiser, so that units compiled with -O2 and with -Os link. `NDEBUG` removes the
/// default assertions, as it removes those of `assert`.
///
/// `SOCKLESS_ABI` names the inline namespace. It contains the version and every choice that changes a type or the body of a
/// function: two versions can be used in one program, and units with different choices do not link by mistake. Assertions
/// change neither the result of a function nor a layout, and are not part of it.
#pragma once

#if !defined(__cplusplus) || (defined(_MSVC_LANG) ? _MSVC_LANG : __cplusplus) < 202002L
#error "sockless needs C++20: compile with -std=c++20, or /std:c++20"
#include <an option for C++20 is missing> // stops compilers that read on after an error
#endif

#if defined(SOCKLESS_CONFIG)
#include SOCKLESS_CONFIG
#elif __has_include(<sockless_config.hpp>)
#include <sockless_config.hpp>
#endif

#define SOCKLESS_VERSION_MAJOR 0
#define SOCKLESS_VERSION_MINOR 1
#define SOCKLESS_VERSION_PATCH 0
#define SOCKLESS_VERSION_STRING "0.1.0"

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
#define SOCKLESS_ABI_ASAN _asan
#include <sanitizer/asan_interface.h>
#define SOCKLESS_POISON(address, size) ASAN_POISON_MEMORY_REGION(address, size)
#define SOCKLESS_UNPOISON(address, size) ASAN_UNPOISON_MEMORY_REGION(address, size)
#else
#define SOCKLESS_ABI_ASAN
#define SOCKLESS_POISON(address, size) static_cast<void>(0)
#define SOCKLESS_UNPOISON(address, size) static_cast<void>(0)
#endif

#ifndef SOCKLESS_OPTIMIZE_SIZE
#define SOCKLESS_OPTIMIZE_SIZE 0
#endif
#if SOCKLESS_OPTIMIZE_SIZE
#define SOCKLESS_ABI_OPTIMIZE_SIZE _optimize_size
#else
#define SOCKLESS_ABI_OPTIMIZE_SIZE
#endif

/// A precondition of the caller. Never used for anything that a peer can do.
#ifndef SOCKLESS_ASSERT
#if SOCKLESS_OPTIMIZE_SIZE && defined(NDEBUG)
#define SOCKLESS_ASSERT(condition) static_cast<void>(0)
#elif SOCKLESS_OPTIMIZE_SIZE && defined(__GNUC__)
#define SOCKLESS_ASSERT(condition) ((condition) ? static_cast<void>(0) : __builtin_trap())
#else
#include <cassert>
#define SOCKLESS_ASSERT(condition) assert(condition)
#endif
#endif

#ifndef SOCKLESS_SIMD_LEVEL
#if SOCKLESS_OPTIMIZE_SIZE
#define SOCKLESS_SIMD_LEVEL 0
#elif (defined(__x86_64__) || defined(_M_X64)) && defined(__GNUC__)
#define SOCKLESS_SIMD_LEVEL 3
#elif defined(__ARM_NEON) && !defined(__ARM_BIG_ENDIAN) && defined(__GNUC__)
#define SOCKLESS_SIMD_LEVEL 1
#else
#define SOCKLESS_SIMD_LEVEL 0
#endif
#endif

#if SOCKLESS_SIMD_LEVEL == 0
#define SOCKLESS_SIMD_FILE "none.hpp"
#elif defined(__x86_64__) && SOCKLESS_SIMD_LEVEL <= 3
#define SOCKLESS_SIMD_FILE "x86_64.hpp"
#elif defined(__ARM_NEON) && SOCKLESS_SIMD_LEVEL == 1
#define SOCKLESS_SIMD_FILE "arm.hpp"
#else
#error "SOCKLESS_SIMD_LEVEL: sockless has no such SIMD code for this processor"
#endif

/// Where the instructions for x86-64 come from. <immintrin.h> has them, in 40,000 lines with GCC; the built-in functions that it calls
/// are the same from GCC 11 to 15.
#if defined(__GNUC__) && !defined(__clang__) && !defined(__EDG__) && __GNUC__ >= 11 && __GNUC__ <= 15
#define SOCKLESS_X86_BUILTINS 1
#define SOCKLESS_X86_HEADER <emmintrin.h>
#else
#define SOCKLESS_X86_BUILTINS 0
#define SOCKLESS_X86_HEADER <immintrin.h>
#endif

#if defined(_WIN32)
#define SOCKLESS_WINDOWS 1
#else
#define SOCKLESS_WINDOWS 0
#endif
#if defined(__linux__)
#define SOCKLESS_LINUX 1
#else
#define SOCKLESS_LINUX 0
#endif
#if defined(__unix__) || defined(__APPLE__)
#define SOCKLESS_FORK 1
#else
#define SOCKLESS_FORK 0
#endif
#include <version>
#if defined(__cpp_lib_format)
#define SOCKLESS_HAS_FORMAT 1
#else
#define SOCKLESS_HAS_FORMAT 0
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
/// Cold path: out of line in fast code, where it would slow down the common path; the compiler's choice in small code.
#if SOCKLESS_OPTIMIZE_SIZE
#define SOCKLESS_COLD
#else
#define SOCKLESS_COLD SOCKLESS_NOINLINE
#endif

#define SOCKLESS_JOIN(major, minor, asan, size, simd) v##major##_##minor##asan##size##_simd##simd
#define SOCKLESS_ABI_NAME(...) SOCKLESS_JOIN(__VA_ARGS__)
#define SOCKLESS_ABI                                                                                                   \
    SOCKLESS_ABI_NAME(SOCKLESS_VERSION_MAJOR, SOCKLESS_VERSION_MINOR, SOCKLESS_ABI_ASAN, SOCKLESS_ABI_OPTIMIZE_SIZE,   \
                      SOCKLESS_SIMD_LEVEL)

namespace sockless::inline SOCKLESS_ABI::detail {

/// An algorithm that has two forms defines one in `fast`, in a file of a folder fast/, and the other in `compact`, in a file of
/// the same name in compact/. Both have the same signature; a call of `code::name` selects one.
namespace fast {
}
namespace compact {
}
#if SOCKLESS_OPTIMIZE_SIZE
namespace code = compact;
#else
namespace code = fast;
#endif

/// `SOCKLESS_OPTIMIZE_SIZE` for `if constexpr`.
inline constexpr bool optimize_size = SOCKLESS_OPTIMIZE_SIZE != 0;
/// Whether one instruction loads a word from any address; not so on a Cortex-M0.
#if defined(__arm__) && !defined(__ARM_FEATURE_UNALIGNED)
inline constexpr bool has_unaligned_access = false;
#else
inline constexpr bool has_unaligned_access = true;
#endif

} // namespace sockless::inline SOCKLESS_ABI::detail
