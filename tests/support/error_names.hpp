// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The enumerators of `error` as text, from the compiler, so that there is no list to maintain.
#pragma once

#include <sockless/core/error.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace support {

namespace detail {

template <sockless::error Value>
constexpr std::string_view spelling() noexcept
{
#if defined(_MSC_VER) && !defined(__clang__)
    std::string_view name = __FUNCSIG__;
    name = name.substr(0, name.rfind('>'));
#else
    std::string_view name = __PRETTY_FUNCTION__;
    name = name.substr(0, name.find_first_of(";]", name.find("Value = ")));
#endif
    return name.substr(name.rfind(':') + 1);
}

template <std::size_t... Index>
constexpr std::array<std::string_view, sizeof...(Index)> spellings(std::index_sequence<Index...>) noexcept
{
    return {spelling<static_cast<sockless::error>(Index)>()...};
}

} // namespace detail

inline constexpr std::array<std::string_view, sockless::detail::error_count> error_names =
    detail::spellings(std::make_index_sequence<sockless::detail::error_count>{});

/// `"length_not_minimal"` for `error::length_not_minimal`.
[[nodiscard]] constexpr std::string_view spelling_of(sockless::error e) noexcept
{
    const auto index = static_cast<std::size_t>(e);
    return index < error_names.size() ? error_names[index] : std::string_view{"(not an error)"};
}

[[nodiscard]] constexpr std::optional<sockless::error> error_named(std::string_view name) noexcept
{
    for (std::size_t i = 0; i < error_names.size(); ++i)
        if (error_names[i] == name)
            return static_cast<sockless::error>(i);
    return std::nullopt;
}

static_assert(spelling_of(sockless::error::length_not_minimal) == "length_not_minimal");
static_assert(error_named("none") == sockless::error::none);

} // namespace support
