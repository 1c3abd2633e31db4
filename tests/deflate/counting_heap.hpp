// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The memory of zlib in tests.
#pragma once

#include <sockless/with_zlib.hpp>

#include <cstddef>
#include <cstdlib>

namespace support {

/// An allocator that counts, and fails on demand.
struct counting_heap {
    std::size_t allocations = 0;
    std::size_t releases = 0;
    std::size_t bytes = 0;
    std::size_t fail_at = ~std::size_t{0};

    [[nodiscard]] sockless::zlib_memory memory() noexcept { return {&allocate, &release, this}; }
    /// Returns these options with this memory.
    [[nodiscard]] sockless::zlib_deflate::options with(sockless::zlib_deflate::options choice) noexcept
    {
        choice.memory = memory();
        return choice;
    }

    static void* allocate(void* context, unsigned items, unsigned size) noexcept
    {
        auto& self = *static_cast<counting_heap*>(context);
        if (self.allocations == self.fail_at)
            return nullptr;
        ++self.allocations;
        self.bytes += std::size_t{items} * size;
        return std::malloc(std::size_t{items} * size);
    }
    static void release(void* context, void* address) noexcept
    {
        ++static_cast<counting_heap*>(context)->releases;
        std::free(address);
    }
};

} // namespace support
