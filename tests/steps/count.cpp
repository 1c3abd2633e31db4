// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "count.hpp"
#include "support/sanitizers.hpp"

#include <cstring>

namespace {

std::uint64_t blocks = 0;
std::uint64_t moved = 0;

} // namespace

extern "C" {

// The compiler inserts a call of it at the beginning of every basic block.
void __sanitizer_cov_trace_pc(); // NOLINT: its name
void __sanitizer_cov_trace_pc()  // NOLINT
{
    ++blocks;
}

#if defined(__GLIBC__) && !SOCKLESS_TEST_SANITIZED_HEAP // a sanitizer has functions of its own
void* __memmove_chk(void* to, const void* from, std::size_t size, std::size_t room) __THROW; // NOLINT: glibc's memmove
volatile std::size_t unlimited = ~std::size_t{0}; // a constant would let the compiler call memmove instead

/// Replace the C library's functions, also for zlib. glibc declares them without noexcept if the compiler is not GNU.
void* memcpy(void* to, const void* from, std::size_t size) __THROW
{
    moved += size;
    return __memmove_chk(to, from, size, unlimited);
}
void* memmove(void* to, const void* from, std::size_t size) __THROW
{
    moved += size;
    return __memmove_chk(to, from, size, unlimited);
}
#endif
}

std::uint64_t steps::taken() noexcept
{
    return blocks + moved / 16;
}
