// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Checks that the library does not allocate, and reads everything that it returns to the last byte.
#pragma once

#include "target.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#define SOCKLESS_FUZZ_MSAN 1
#endif
#endif

namespace fuzz {

/// Returns how often this thread has allocated memory.
[[nodiscard]] std::size_t allocations() noexcept;

/// Runs `work`, code of the core, and requires that it does not allocate.
template <class Work>
std::invoke_result_t<Work&> core(Work work)
{
    const std::size_t before = allocations();
    if constexpr (std::is_void_v<std::invoke_result_t<Work&>>) {
        work();
        require(allocations() == before, "the core allocates nothing");
    } else {
        auto result = work();
        require(allocations() == before, "the core allocates nothing");
        return result;
    }
}

/// Reads all of `bytes`, in a way that sanitizers regard as a use.
inline void touch(std::span<const std::byte> bytes) noexcept
{
#ifdef SOCKLESS_FUZZ_MSAN
    __msan_check_mem_is_initialized(bytes.data(), bytes.size());
#endif
    std::byte all{};
    for (const std::byte b : bytes)
        all ^= b;
    static_cast<void>(*static_cast<volatile std::byte*>(&all));
}
inline void touch(std::string_view text) noexcept
{
    touch(std::as_bytes(std::span{text.data(), text.size()}));
}

/// Returns whether `inner` is inside `outer`; an empty view may be anywhere.
[[nodiscard]] inline bool lies_in(std::string_view inner, std::string_view outer) noexcept
{
    return inner.empty() ||
           (inner.data() >= outer.data() && inner.data() + inner.size() <= outer.data() + outer.size());
}

} // namespace fuzz
