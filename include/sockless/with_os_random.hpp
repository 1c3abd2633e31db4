// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Opt-in, for Windows and for systems with getrandom(2): random bytes from the system, without another library.
#pragma once

#include "bytes/random_source.hpp"
#include "config.hpp"
#include "with_fork.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#if SOCKLESS_WINDOWS
#include <algorithm>
#else
#include <cerrno>
#include <sys/random.h>
#include <sys/types.h>
#endif

#if SOCKLESS_WINDOWS
/// RtlGenRandom of advapi32, under the name by which it is linked; declared here because <windows.h> declares too much.
extern "C" __declspec(dllimport) unsigned char __stdcall SystemFunction036(void* bytes, unsigned long count);
#endif

namespace sockless::inline SOCKLESS_ABI {

/// A `random_source` without state; any number of threads may use it. It blocks only early at boot, until the kernel's
/// generator is seeded.
struct os_random {
    /// Returns a number that changes in a child of `fork`: see `mask_key_pool`.
    [[nodiscard]] std::uint64_t generation() const noexcept { return detail::process_generation(); }

    /// Fills @p out with random bytes.
    ///
    /// @return false if the system call failed for another reason than a signal; @p out is indeterminate then
#if SOCKLESS_WINDOWS
    [[nodiscard]] bool fill(std::span<std::byte> out) noexcept
    {
        while (!out.empty()) {
            const std::size_t count =
                (std::min)(out.size(), std::size_t{1} << 30U); // parentheses: a macro of <windows.h>
            if (SystemFunction036(out.data(), static_cast<unsigned long>(count)) == 0)
                return false;
            out = out.subspan(count);
        }
        return true;
    }
#else
    [[nodiscard]] bool fill(std::span<std::byte> out) noexcept
    {
        while (!out.empty()) {
            const ssize_t count = ::getrandom(out.data(), out.size(), 0);
            if (count > 0)
                out = out.subspan(static_cast<std::size_t>(count)); // fewer than requested: large requests, signals
            else if (count == 0 || errno != EINTR)
                return false;
        }
        return true;
    }
#endif
};

/// Masking keys from the system, one system call for many. A child of `fork` shares none with its parent.
using os_mask_keys = mask_key_pool<os_random>;

static_assert(random_source<os_random>);

} // namespace sockless::inline SOCKLESS_ABI
