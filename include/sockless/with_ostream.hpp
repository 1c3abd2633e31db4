// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Opt-in, for programs that print: `std::cout << error`, and `std::format("{}", error)` where the standard library has it. Errors,
/// conditions, close codes, opcodes and states of the closing handshake are printed as their `to_string`.
#pragma once

#include "closing.hpp"
#include "config.hpp"
#include "core/close_code.hpp"
#include "core/error.hpp"
#include "core/error_string.hpp"
#include "core/opcode.hpp"

#include <concepts>
#include <ostream>
#include <string_view>

#if SOCKLESS_HAS_FORMAT
#include <format>
#endif

namespace sockless::inline SOCKLESS_ABI {

namespace detail {

/// The types of the library that have a text.
template <class T>
concept printable = std::same_as<T, error> || std::same_as<T, condition> || std::same_as<T, close_code> ||
                    std::same_as<T, opcode> || std::same_as<T, closing_state>;

} // namespace detail

/// Prints the text of @p value.
///
/// @return @p out
template <class Traits, detail::printable T>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, T value)
{
    return out << to_string(value);
}

} // namespace sockless::inline SOCKLESS_ABI

#if SOCKLESS_HAS_FORMAT
/// Formats the text of a value, with the specifications of a string.
template <sockless::detail::printable T>
struct std::formatter<T> : std::formatter<std::string_view> {
    template <class Context>
    auto format(T value, Context& context) const
    {
        return std::formatter<std::string_view>::format(to_string(value), context);
    }
};
#endif
