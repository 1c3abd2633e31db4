// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file copies bytes and characters into bytes: one memmove at run time, a loop where the compiler evaluates it.
#pragma once

#include "../config.hpp"

#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

namespace detail {

/// memmove in less code, for `to` that begins before `from` or elsewhere: each word is read before it is written over.
SOCKLESS_NOINLINE inline void copy_forward(const void* from, std::byte* to, std::size_t size) noexcept
{
    const auto* bytes = static_cast<const std::byte*>(from);
    std::size_t i = 0;
    for (std::size_t word = 0; has_unaligned_access && size - i >= sizeof word; i += sizeof word) {
        std::memcpy(&word, bytes + i, sizeof word);
        std::memcpy(to + i, &word, sizeof word);
    }
    for (; i < size; ++i)
        to[i] = bytes[i];
}

/// How a view goes to a function beside three other arguments: small code passes its address, for both halves of it do not fit
/// into the registers.
using view_beside_three =
    std::conditional_t<optimize_size, const std::span<const std::byte>&, std::span<const std::byte>>;

} // namespace detail

/// Copies all of `from` to the front of `to`, which is at least as long. The two may overlap if `to` begins first.
constexpr void copy_bytes(std::span<const std::byte> from, std::span<std::byte> to) noexcept
{
    SOCKLESS_ASSERT(from.size() <= to.size());
    if (std::is_constant_evaluated()) {
        for (std::size_t i = 0; i < from.size(); ++i)
            to[i] = from[i];
    } else if (detail::optimize_size) {
        detail::copy_forward(from.data(), to.data(), from.size());
    } else if (!from.empty()) {
        std::memmove(to.data(), from.data(), from.size());
    }
}

/// The same for characters.
constexpr void copy_bytes(std::string_view from, std::span<std::byte> to) noexcept
{
    SOCKLESS_ASSERT(from.size() <= to.size());
    if (std::is_constant_evaluated()) {
        for (std::size_t i = 0; i < from.size(); ++i)
            to[i] = static_cast<std::byte>(from[i]);
    } else if (detail::optimize_size) {
        detail::copy_forward(from.data(), to.data(), from.size());
    } else if (!from.empty()) {
        std::memmove(to.data(), from.data(), from.size());
    }
}

/// Text as the bytes that it is. The view lives as long as `text` does.
[[nodiscard]] inline std::span<const std::byte> as_bytes(std::string_view text) noexcept
{
    return std::as_bytes(std::span{text.data(), text.size()});
}

/// Bytes as text, which is for the caller to know. The view lives as long as `bytes` does.
[[nodiscard]] inline std::string_view as_text(std::span<const std::byte> bytes) noexcept
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

namespace detail {

/// Calls `poll` with a cursor over the same bytes that cannot write them, and moves `in` along.
template <class Poll>
constexpr auto reading(std::span<std::byte>& in, const Poll& poll) noexcept
{
    std::span<const std::byte> view{in};
    const auto told = poll(view);
    in = in.last(view.size());
    return told;
}

} // namespace detail

} // namespace sockless::inline SOCKLESS_ABI
