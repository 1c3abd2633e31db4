// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Unpredictable mask keys for peers that ask the program for them: from the kernel, 4 KiB at a time. C++14.
#pragma once

#include <cstddef>
#include <cstring>
#include <sys/random.h>

namespace bench {

class random_pool {
public:
    /// Fills `out`; `size` divides the pool's.
    bool fill(void* out, std::size_t size) noexcept
    {
        if (used_ + size > sizeof pool_) {
            if (getrandom(pool_, sizeof pool_, 0) != static_cast<ssize_t>(sizeof pool_))
                return false;
            used_ = 0;
        }
        std::memcpy(out, pool_ + used_, size);
        used_ += size;
        return true;
    }

private:
    unsigned char pool_[4096];
    std::size_t used_ = sizeof pool_;
};

} // namespace bench
