// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The allocator of ngtcp2 and nghttp3 for one connection: what they keep for a peer, such as data with gaps, is counted and limited.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <malloc.h>

namespace example {

class counted_memory {
public:
    /// @param limit  in bytes; more is refused, as if there were no memory
    explicit counted_memory(std::size_t limit) noexcept : limit_{limit} {}
    counted_memory(const counted_memory&) = delete;
    counted_memory& operator=(const counted_memory&) = delete;

    [[nodiscard]] std::size_t used() const noexcept { return used_; }

    /// Returns an allocator of this memory.
    ///
    /// @tparam Allocator  ngtcp2_mem or nghttp3_mem
    template <class Allocator>
    [[nodiscard]] Allocator allocator() noexcept
    {
        return {this, [](std::size_t size, void* self) { return resize(self, nullptr, size); },
                [](void* memory, void* self) { release(self, memory); },
                [](std::size_t count, std::size_t size, void* self) { return zeroed(self, count, size); },
                [](void* memory, std::size_t size, void* self) { return resize(self, memory, size); }};
    }

private:
    static void* resize(void* self, void* memory, std::size_t size) noexcept
    {
        auto& all = *static_cast<counted_memory*>(self);
        const std::size_t before = malloc_usable_size(memory);
        void* const result = all.allows(size) ? std::realloc(memory, size) : nullptr;
        return all.count(before, result);
    }
    static void* zeroed(void* self, std::size_t count, std::size_t size) noexcept
    {
        auto& all = *static_cast<counted_memory*>(self);
        const bool allowed = size == 0 || (count <= SIZE_MAX / size && all.allows(count * size));
        return all.count(0, allowed ? std::calloc(count, size) : nullptr);
    }
    static void release(void* self, void* memory) noexcept
    {
        static_cast<counted_memory*>(self)->used_ -= malloc_usable_size(memory);
        std::free(memory);
    }

    [[nodiscard]] bool allows(std::size_t size) const noexcept { return used_ < limit_ && size < limit_ - used_; }
    void* count(std::size_t before, void* result) noexcept
    {
        if (result != nullptr)
            used_ = used_ - before + malloc_usable_size(result);
        return result;
    }

    std::size_t limit_;
    std::size_t used_ = 0;
};

} // namespace example
