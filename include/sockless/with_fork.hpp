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
/// Returns a counter that the kernel sets to zero in every child, or nullptr (Linux before 4.14).
[[nodiscard]] inline std::atomic<std::uint64_t>* map_fork_page() noexcept
{
    constexpr std::size_t size = 1; // rounded up to a page
    void* const page = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return nullptr;
    if (::madvise(page, size, MADV_WIPEONFORK) != 0) {
        ::munmap(page, size);
        return nullptr;
    }
    return ::new (page) std::atomic<std::uint64_t>{0};
}
#endif

/// Returns a number that changes in a child of fork(2): the id of the process, which the kernel is asked for once per process
/// where it can clear a page in children, and else every time.
[[nodiscard]] inline std::uint64_t process_generation() noexcept
{
#if SOCKLESS_LINUX
    static std::atomic<std::uint64_t>* const page = map_fork_page();
    if (page == nullptr)
        return static_cast<std::uint64_t>(::getpid());
    std::uint64_t id = page->load(std::memory_order_relaxed);
    if (id == 0) {
        id = static_cast<std::uint64_t>(::getpid());
        page->store(id, std::memory_order_relaxed);
    }
    return id;
#else
    return static_cast<std::uint64_t>(::getpid());
#endif
}
#endif

} // namespace sockless::inline SOCKLESS_ABI::detail
