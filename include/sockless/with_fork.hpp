// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Opt-in, for sources of random bytes on systems with fork(2): notices that this process has become a child.
#pragma once

#include "config.hpp"

#include <cstdint>
#if !SOCKLESS_WINDOWS
#include <atomic>
#include <cstddef>
#include <new>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>
#endif

namespace sockless::inline SOCKLESS_ABI::detail {

#if SOCKLESS_WINDOWS
/// Without fork(2) a process never becomes another one.
[[nodiscard]] inline std::uint64_t process_generation() noexcept
{
    return 1;
}
#else
#if SOCKLESS_LINUX
/// Returns a number that the kernel sets to zero in every child, or nullptr (Linux before 4.14; qemu, which reports success for any
/// advice, also for one that does not exist).
[[nodiscard]] inline std::atomic<std::uint32_t>* map_fork_page() noexcept
{
    constexpr std::size_t size = 1; // rounded up to a page
    void* const page = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return nullptr;
    constexpr int no_advice = -1;
    if (::madvise(page, size, no_advice) == 0 || ::madvise(page, size, MADV_WIPEONFORK) != 0) {
        ::munmap(page, size);
        return nullptr;
    }
    return ::new (page) std::atomic<std::uint32_t>{0};
}
#endif

/// Returns a number that changes in a child of fork(2): a count of the children between the first process and this one where the
/// kernel can clear a page in them, and else the id of the process, which the kernel is asked for every time.
[[nodiscard]] inline std::uint64_t process_generation() noexcept
{
#if SOCKLESS_LINUX
    static std::atomic<std::uint32_t>* const page = map_fork_page();
    static std::atomic<std::uint32_t> generation{0}; // a child begins with its parent's
    if (page != nullptr) {
        if (page->load(std::memory_order_acquire) ==
            0) { // more than one thread may count: the number need only be another one
            generation.fetch_add(1, std::memory_order_relaxed);
            page->store(1, std::memory_order_release);
        }
        return generation.load(std::memory_order_relaxed);
    }
#endif
    return static_cast<std::uint64_t>(::getpid());
}
#endif

} // namespace sockless::inline SOCKLESS_ABI::detail
