// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Whether a sanitizer owns the heap of this build: it aborts where an allocator would say no.
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SOCKLESS_TEST_SANITIZED_HEAP 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SOCKLESS_TEST_SANITIZED_HEAP 1
#endif
#endif
#ifndef SOCKLESS_TEST_SANITIZED_HEAP
#define SOCKLESS_TEST_SANITIZED_HEAP 0
#endif

/// Whether this is so slow that tests of every order shall play shorter ones: a sanitizer, or a machine that is emulated.
#ifndef SOCKLESS_TEST_SLOW
#define SOCKLESS_TEST_SLOW SOCKLESS_TEST_SANITIZED_HEAP
#endif
