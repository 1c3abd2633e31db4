// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Counts allocations: with the hooks of the sanitizer that replaces the heap, otherwise by replacing operator new.
#include "watch.hpp"

#include "support/sanitizers.hpp"

#include <cstdlib>
#include <new>

namespace {

thread_local std::size_t count = 0;

} // namespace

std::size_t fuzz::allocations() noexcept
{
    return count;
}

#if SOCKLESS_TEST_SANITIZED_HEAP

extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*allocated)(const volatile void*, std::size_t),
                                                         void (*freed)(const volatile void*)); // NOLINT: its name

namespace {

const int hooks = __sanitizer_install_malloc_and_free_hooks([](const volatile void*, std::size_t) { ++count; },
                                                            [](const volatile void*) {});

} // namespace

#else

namespace {

void* counted(std::size_t size)
{
    ++count;
    if (void* const memory = std::malloc(size == 0 ? 1 : size))
        return memory;
    throw std::bad_alloc{};
}

} // namespace

void* operator new(std::size_t size)
{
    return counted(size);
}
void* operator new[](std::size_t size)
{
    return counted(size);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept
{
    ++count;
    return std::malloc(size == 0 ? 1 : size);
}
void operator delete(void* memory) noexcept
{
    std::free(memory);
}
void operator delete[](void* memory) noexcept
{
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept
{
    std::free(memory);
}

#endif
