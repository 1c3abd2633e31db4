// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#pragma once

#include "support/connection_subject.hpp"

#include <sockless/with_zlib.hpp>

#include <cstdint>
#include <memory>

namespace deflate_test {

struct zlib_backend {
    using inflater = sockless::zlib_inflater;
    using deflater = sockless::zlib_deflater;
    static std::unique_ptr<inflater> make_inflater(std::uint8_t bits)
    {
        auto made = std::make_unique<inflater>();
        support::promised(made->open(bits), "memory is available");
        return made;
    }
    static std::unique_ptr<deflater> make_deflater(std::uint8_t bits)
    {
        auto made = std::make_unique<deflater>();
        support::promised(made->open(bits), "memory is available");
        return made;
    }
};

} // namespace deflate_test
