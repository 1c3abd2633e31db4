// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file hands bytes from an interrupt to the main loop: one side writes, the other reads, nobody locks.
#pragma once

#include <atomic>
#include <cstddef>
#include <span>

namespace firmware {

template <std::size_t Size>
    requires(Size > 0 && (Size & (Size - 1)) == 0)
class ring {
public:
    /// For the interrupt.
    [[nodiscard]] bool full() const noexcept
    {
        return written_.load(std::memory_order_relaxed) - released_.load(std::memory_order_acquire) == Size;
    }
    /// For the interrupt, if the ring is not full.
    void push(std::byte byte) noexcept
    {
        const std::size_t written = written_.load(std::memory_order_relaxed);
        bytes_[written % Size] = byte;
        written_.store(written + 1, std::memory_order_release);
    }

    /// For the main loop: the oldest bytes, as many as lie in one piece. They may be changed where they are, so that payload
    /// is unmasked in the ring itself, and stay until `release`.
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
    /// For the main loop: the oldest `count` bytes are done with.
    void release(std::size_t count) noexcept
    {
        released_.store(released_.load(std::memory_order_relaxed) + count, std::memory_order_release);
    }

private:
    std::byte bytes_[Size] = {};
    std::atomic<std::size_t> written_ = 0; // both count on for ever; their difference is what waits
    std::atomic<std::size_t> released_ = 0;
};

} // namespace firmware
