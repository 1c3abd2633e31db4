// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Opt-in, for sources of random bytes on systems with fork(2): notices that this process has become a child.
#pragma once

#include "config.hpp"

#include <cstdint>
#if SOCKLESS_FORK
#include <atomic>
#include <cstddef>
#include <new>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>
#endif

namespace sockless::inline SOCKLESS_ABI::detail {

#if !SOCKLESS_FORK
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

/// The number of this process, in memory that the kernel clears in a child. Before the first use, and without such memory, zero.
inline constinit std::atomic<std::uint32_t> no_generation{0};
inline constinit std::atomic<std::atomic<std::uint32_t>*> generation_page{&no_generation};

/// Numbers this process after its parent. More than one thread may do it at the same time: it need only be another number.
SOCKLESS_NOINLINE inline std::uint64_t begin_generation() noexcept
{
    static std::atomic<std::uint32_t>* const page = map_fork_page();
    static std::atomic<std::uint32_t> last{0}; // a child begins with its parent's
    if (page == nullptr)
        return static_cast<std::uint64_t>(::getpid());
    const std::uint32_t number = last.fetch_add(1, std::memory_order_relaxed) + 1;
    page->store(number, std::memory_order_relaxed);
    generation_page.store(page, std::memory_order_release);
    return number;
}
#endif

/// Returns a number that changes in a child of fork(2), and is never zero: a count of the children between the first process and
/// this one where the kernel can clear a page in them, and else the id of the process, which the kernel is asked for every time.
[[nodiscard]] inline std::uint64_t process_generation() noexcept
{
#if SOCKLESS_LINUX
    const std::uint32_t number = generation_page.load(std::memory_order_acquire)->load(std::memory_order_relaxed);
    return number != 0 ? number : begin_generation();
#else
    return static_cast<std::uint64_t>(::getpid());
#endif
}
#endif

} // namespace sockless::inline SOCKLESS_ABI::detail
