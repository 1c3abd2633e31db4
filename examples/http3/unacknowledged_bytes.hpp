// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Output of one stream of QUIC, which has to keep its address until the peer has acknowledged it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <nghttp3/nghttp3.h>
#include <span>
#include <vector>

namespace example {

/// A queue in blocks of 16 KiB. Bytes are appended, then lent to nghttp3, then acknowledged; without bytes it has no memory.
class unacknowledged_bytes {
public:
    /// Returns the number of bytes that have not been acknowledged.
    [[nodiscard]] std::size_t size() const noexcept { return end_ - begin_; }
    /// Returns whether there are bytes that have not been lent.
    [[nodiscard]] bool has_more() const noexcept { return lent_ != end_; }
    /// Returns the number of bytes of the memory.
    [[nodiscard]] std::size_t memory() const noexcept { return blocks_.size() * block_size; }

    /// Appends a copy.
    ///
    /// @par Errors  throws std::bad_alloc, and some bytes may have been appended
    void append(std::span<const std::byte> bytes)
    {
        while (!bytes.empty()) {
            if (end_ == memory())
                blocks_.push_back(std::make_unique_for_overwrite<block>());
            const std::size_t count = std::min(bytes.size(), memory() - end_);
            std::copy_n(bytes.begin(), count, at(end_));
            end_ += count;
            bytes = bytes.subspan(count);
        }
    }
    /// Lends bytes that have not been lent yet.
    ///
    /// @param[out] to  written from the front
    /// @return the number of elements that were written
    std::size_t lend(std::span<nghttp3_vec> to) noexcept
    {
        std::size_t used = 0;
        for (; used != to.size() && has_more(); ++used) {
            const std::size_t count = std::min(end_ - lent_, block_size - lent_ % block_size);
            to[used] = {reinterpret_cast<std::uint8_t*>(at(lent_)), count};
            lent_ += count;
        }
        return used;
    }
    /// Removes the first bytes, of those that were lent.
    void acknowledge(std::size_t count) noexcept
    {
        begin_ += count;
        if (size() == 0) {
            blocks_.clear();
            begin_ = lent_ = end_ = 0;
        }
        const std::size_t blocks = begin_ / block_size;
        blocks_.erase(blocks_.begin(), blocks_.begin() + static_cast<std::ptrdiff_t>(blocks));
        for (std::size_t* const offset : {&begin_, &lent_, &end_})
            *offset -= blocks * block_size;
    }

private:
    static constexpr std::size_t block_size = 16384;
    using block = std::array<std::byte, block_size>;

    [[nodiscard]] std::byte* at(std::size_t offset) noexcept
    {
        return blocks_[offset / block_size]->data() + offset % block_size;
    }

    std::vector<std::unique_ptr<block>> blocks_;
    std::size_t begin_ = 0; ///< offsets from the first block: begin_ <= lent_ <= end_
    std::size_t lent_ = 0;
    std::size_t end_ = 0;
};

} // namespace example
