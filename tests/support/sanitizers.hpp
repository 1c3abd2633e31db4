// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Whether a sanitizer replaces the heap of this build: it aborts instead of returning a null pointer.
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

/// Whether the program is so slow, because of a sanitizer or an emulator, that tests of every order of steps use fewer steps.
#ifndef SOCKLESS_TEST_SLOW
#define SOCKLESS_TEST_SLOW SOCKLESS_TEST_SANITIZED_HEAP
#endif
