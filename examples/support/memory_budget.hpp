// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Limit of the memory that all connections of a server may use together.
#pragma once

#include <cstddef>

namespace example {

/// Counts bytes against a limit. Limits per connection do not bound a process: their sum grows with the number of connections.
class memory_budget {
public:
    explicit memory_budget(std::size_t limit) noexcept : limit_{limit} {}
    memory_budget(const memory_budget&) = delete;
    memory_budget& operator=(const memory_budget&) = delete;

    void add(std::size_t count) noexcept { used_ += count; }
    void remove(std::size_t count) noexcept { used_ -= count; }

    [[nodiscard]] std::size_t used() const noexcept { return used_; }
    [[nodiscard]] bool is_exceeded() const noexcept { return used_ > limit_; }
    /// @return whether new connections should be rejected, so that existing ones keep the last eighth
    [[nodiscard]] bool is_low() const noexcept { return used_ > limit_ - limit_ / 8; }

private:
    std::size_t limit_;
    std::size_t used_ = 0;
};

} // namespace example
