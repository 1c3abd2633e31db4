// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A slow backend that does not need a library.
#pragma once

#include "reference/deflate.hpp"
#include "reference/inflate.hpp"

#include <cstdint>
#include <memory>

namespace deflate_test {

struct reference_backend {
    using inflater = reference::inflater;
    using deflater = reference::deflater;
    static std::unique_ptr<inflater> make_inflater(std::uint8_t bits) { return std::make_unique<inflater>(bits); }
    static std::unique_ptr<deflater> make_deflater(std::uint8_t) { return std::make_unique<deflater>(); }
};

} // namespace deflate_test
