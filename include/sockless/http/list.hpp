// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file splits a field value into the elements of a comma-separated list (RFC 9110 5.6.1).
#pragma once

#include "../config.hpp"
#include "character_class.hpp"

#include <cstddef>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI::detail {

/// Iterates over the elements of one field value with a comma-separated list of tokens. Empty elements are skipped.
///
/// It splits at every comma. Lists with quoted strings need their own grammar, such as `extension_cursor`.
class element_cursor {
public:
    constexpr element_cursor() noexcept = default;
    /// @param value  one field value; outlives the cursor and the elements
    explicit constexpr element_cursor(std::string_view value) noexcept : remaining_{value} {}

    /// Gives the next element without white space around it. The element is not checked to be a token.
    ///
    /// @param[out] element  unchanged at the end
    /// @return false at the end
    /// @par Source      RFC 9110 5.6.1
    /// @par Complexity  a constant number of looks at each character over the whole list
    constexpr bool next(std::string_view& element) noexcept
    {
        while (!remaining_.empty() && (remaining_.front() == ',' || is_white_space(remaining_.front())))
            remaining_.remove_prefix(1);
        if (remaining_.empty())
            return false;
        const std::string_view piece = before(remaining_, ',');
        remaining_.remove_prefix(piece.size());
        element = {piece.data(), trimmed_size(piece.data(), piece.size())};
        return true;
    }

private:
    std::string_view remaining_;
};

/// Returns whether a list contains @p name, exactly: "chat" is not "Chat" (RFC 7936 2).
///
/// @tparam Cursor  `element_cursor` over one value, or `list_cursor` over all lines
/// @par Complexity  O(size of the list)
template <class Cursor>
[[nodiscard]] constexpr bool contains_element(Cursor list, std::string_view name) noexcept
{
    std::string_view element;
    while (list.next(element))
        if (equal(element, name))
            return true;
    return false;
}

} // namespace sockless::inline SOCKLESS_ABI::detail
