// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file copies bytes and characters into bytes.
#pragma once

#include "../config.hpp"
#include "byte_view.hpp"
#include "compact/copy.hpp"
#include "fast/copy.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI::detail {

/// Copies `size` objects of a byte type. The two ranges may overlap if `to` begins first.
template <byte_type T>
constexpr void copy_octets(const T* from, std::size_t size, std::byte* to) noexcept
{
    if (std::is_constant_evaluated())
        for (std::size_t i = 0; i < size; ++i)
            to[i] = static_cast<std::byte>(from[i]);
    else
        code::copy(from, to, size);
}

/// Copies all of `from` to the front of `to`, which is at least as long. The two may overlap if `to` begins first.
constexpr void copy_bytes(std::span<const std::byte> from, std::span<std::byte> to) noexcept
{
    SOCKLESS_ASSERT(from.size() <= to.size());
    copy_octets(from.data(), from.size(), to.data());
}
constexpr void copy_bytes(std::string_view from, std::span<std::byte> to) noexcept
{
    SOCKLESS_ASSERT(from.size() <= to.size());
    copy_octets(from.data(), from.size(), to.data());
}

/// Calls `poll` with a cursor over the same bytes that cannot write them, and moves `in` along.
template <class Poll>
constexpr auto with_const_cursor(std::span<std::byte>& in, const Poll& poll) noexcept
{
    std::span<const std::byte> view{in};
    const auto result = poll(view);
    in = in.last(view.size());
    return result;
}

} // namespace sockless::inline SOCKLESS_ABI::detail
