// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Unpredictable masking keys for peers that receive them from the program: from OpenSSL, 4 KiB at a time, as for this library's clients.
/// C++14.
#pragma once

#include <openssl/rand.h>

#include <cstddef>
#include <cstring>

namespace bench {

class random_pool {
public:
    /// Fills `out`; the size of the pool is a multiple of `size`.
    bool fill(void* out, std::size_t size) noexcept
    {
        if (used_ + size > sizeof pool_) {
            if (RAND_bytes(pool_, sizeof pool_) != 1)
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
