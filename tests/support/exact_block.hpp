// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A copy of some bytes in a heap block of exactly their size, so that AddressSanitizer reports the first byte that is read beyond it.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>

namespace support {

class exact_block {
public:
    /// @param offset  number of unused bytes before the copy, which then begins at an unaligned address
    explicit exact_block(std::span<const std::byte> bytes, std::size_t offset = 0)
        : block_{new std::byte[offset + bytes.size()]}, bytes_{block_.get() + offset, bytes.size()}
    {
        if (!bytes.empty())
            std::memcpy(bytes_.data(), bytes.data(), bytes.size());
    }

    [[nodiscard]] std::span<std::byte> bytes() const noexcept { return bytes_; }

private:
    std::unique_ptr<std::byte[]> block_;
    std::span<std::byte> bytes_;
};

} // namespace support
