// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A byte queue whose memory can be counted.
#pragma once

#include <sockless/with_heap.hpp>

#include <cstddef>

namespace example {

/// A growing queue that reports how much memory it holds.
class measured_queue : public sockless::growing_byte_queue {
public:
    using growing_byte_queue::growing_byte_queue;

    [[nodiscard]] std::size_t memory() const noexcept { return storage().size(); }
};

} // namespace example
