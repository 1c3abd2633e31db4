// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Opt-in, for systems with getrandom(2): random bytes from the kernel, without another library.
#pragma once

#include "bytes/random_source.hpp"
#include "config.hpp"

#include <cerrno>
#include <cstddef>
#include <span>
#include <sys/random.h>
#include <sys/types.h>

namespace sockless::inline SOCKLESS_ABI {

/// Has no state; any number of threads may use it. Blocks only while the kernel's pool is not yet seeded, early at boot.
struct os_random {
    /// returns   false if the kernel refused for another reason than a signal; `out` is indeterminate then
    [[nodiscard]] bool fill(std::span<std::byte> out) noexcept
    {
        while (!out.empty()) {
            const ssize_t count = ::getrandom(out.data(), out.size(), 0);
            if (count > 0)
                out = out.subspan(static_cast<std::size_t>(count)); // fewer than asked for: large requests, signals
            else if (count == 0 || errno != EINTR)
                return false;
        }
        return true;
    }
};

using os_mask_keys = mask_key_pool<os_random>;

static_assert(random_source<os_random>);

} // namespace sockless::inline SOCKLESS_ABI
