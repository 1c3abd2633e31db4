// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Lock-free byte ring with a single producer (an interrupt) and a single consumer (the main loop).
#pragma once

#include <atomic>
#include <cstddef>
#include <span>

namespace firmware {

template <std::size_t Size>
    requires(Size > 0 && (Size & (Size - 1)) == 0)
class ring {
public:
    /// Producer: @return whether the ring is full.
    [[nodiscard]] bool full() const noexcept
    {
        return written_.load(std::memory_order_relaxed) - released_.load(std::memory_order_acquire) == Size;
    }
    /// Producer: appends a byte. @pre not full
    void push(std::byte byte) noexcept
    {
        const std::size_t written = written_.load(std::memory_order_relaxed);
        bytes_[written % Size] = byte;
        written_.store(written + 1, std::memory_order_release);
    }

    /// Consumer: @return the oldest contiguous bytes. They may be modified in place, so that payload is unmasked in the ring,
    /// and are valid until `release`.
    [[nodiscard]] std::span<std::byte> readable() noexcept
    {
        const std::size_t waiting = size();
        const std::size_t begin = released_.load(std::memory_order_relaxed) % Size;
        return std::span{bytes_}.subspan(begin, waiting < Size - begin ? waiting : Size - begin);
    }
    [[nodiscard]] std::size_t size() const noexcept
    {
        return written_.load(std::memory_order_acquire) - released_.load(std::memory_order_relaxed);
    }
    /// Consumer: removes the oldest @p count bytes.
    void release(std::size_t count) noexcept
    {
        released_.store(released_.load(std::memory_order_relaxed) + count, std::memory_order_release);
    }

private:
    std::byte bytes_[Size] = {};
    std::atomic<std::size_t> written_ = 0; // both counters only increase and wrap around; their difference is the size
    std::atomic<std::size_t> released_ = 0;
};

} // namespace firmware
