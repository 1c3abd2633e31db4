// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Replaces with_zlib.hpp in programs built without zlib: a compression library without memory, so that nothing is negotiated.
#pragma once

#include <sockless/deflate/backend.hpp>
#include <sockless/deflate/extension.hpp>
#include <sockless/deflate/parameters.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace example {

struct without_zlib {
    struct memory {};
    struct settings {
        int level;
        int memory_level;
    };
    struct inflater {
        explicit inflater(const memory&) noexcept {}
        [[nodiscard]] bool open(std::uint8_t) noexcept { return false; }
        sockless::inflate_result inflate(std::span<const std::byte>, std::span<std::byte>) noexcept
        {
            return {.failed = true};
        }
        void reset() noexcept {}
        [[nodiscard]] static std::size_t memory_needed(std::uint8_t) noexcept { return 0; }
    };
    struct deflater {
        static constexpr std::uint8_t min_window_bits = sockless::min_window_bits;

        explicit deflater(const settings&, const memory& = {}) noexcept {}
        [[nodiscard]] bool open(std::uint8_t) noexcept { return false; }
        [[nodiscard]] std::uint8_t window_bits() const noexcept { return sockless::max_window_bits; }
        [[nodiscard]] std::size_t bound(std::size_t size) const noexcept { return size; }
        std::size_t deflate(std::span<const std::byte>, std::span<std::byte>) noexcept { return 0; }
        void reset() noexcept {}
        [[nodiscard]] static std::size_t memory_needed(std::uint8_t, int) noexcept { return 0; }
    };
    [[nodiscard]] static void* allocate(const memory&, std::size_t) noexcept { return nullptr; }
    static void release(const memory&, void*) noexcept {}
};

} // namespace example
