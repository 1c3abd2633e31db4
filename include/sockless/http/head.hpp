// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file says what an HTTP head consists of, whoever took it apart: the reader of this library, llhttp, Beast, nghttp2
/// or the program's own. Every check of the handshake works on these types.
#pragma once

#include "../config.hpp"
#include "character_class.hpp"

#include <compare>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

/// One field line. Repeated lines stay apart and in order; the value has no white space around it.
struct field {
    std::string_view name = {};
    std::string_view value = {};
};

namespace detail {

/// Returns whether a status is that of an interim response. 101 is final: after it the connection uses another protocol.
///
/// @par Source      RFC 9110 15.2, 15.2.2
[[nodiscard]] constexpr bool is_interim_status(std::uint16_t status) noexcept
{
    return status < 200 && status != 101;
}

} // namespace detail

struct http_version {
    std::uint8_t major_digit = 1;
    std::uint8_t minor_digit = 1;

    friend constexpr auto operator<=>(const http_version&, const http_version&) = default;
};

/// A request without its body. The views belong to whoever parsed it.
struct request_head {
    std::string_view method = {};
    std::string_view target = {}; ///< as written in the request line
    http_version version = {};
    std::span<const field> fields = {};
};

/// A response without its body. The views belong to whoever parsed it.
struct response_head {
    http_version version = {};
    std::uint16_t status = 0;
    std::string_view reason = {};
    std::span<const field> fields = {};

    /// Returns whether another response follows this one (RFC 9110 15.2). 101 is final.
    [[nodiscard]] constexpr bool is_interim() const noexcept { return detail::is_interim_status(status); }
};

namespace detail {

/// @param text  `d.d`, with any octet or none between the digits
[[nodiscard]] constexpr http_version parse_version_digits(std::string_view text) noexcept
{
    return {static_cast<std::uint8_t>(text.front() - '0'), static_cast<std::uint8_t>(text.back() - '0')};
}

/// Iterates over the elements of one field value with a comma-separated list of tokens. Empty elements are skipped.
///
/// It splits at every comma. Lists with quoted strings need their own grammar, such as that of `extension_cursor`.
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

} // namespace detail

/// Iterates over the values of all lines with one name, in order, such as Set-Cookie (RFC 9110 5.2).
class field_cursor {
public:
    /// Constructs a cursor over no lines.
    constexpr field_cursor() noexcept = default;
    /// Constructs a cursor over all lines with a name.
    ///
    /// @param fields  outlive the cursor and the values
    /// @param name    compared without regard to case; outlives the cursor
    constexpr field_cursor(std::span<const field> fields, std::string_view name) noexcept
        : remaining_{fields}, name_{name}
    {
    }

    /// Moves to the next line.
    ///
    /// @param[out] value  unchanged at the end
    /// @return false at the end
    constexpr bool next(std::string_view& value) noexcept
    {
        while (!remaining_.empty()) {
            const field& line = remaining_.front();
            remaining_ = remaining_.subspan(1);
            if (detail::equals_ignoring_case(line.name, name_)) {
                value = line.value;
                return true;
            }
        }
        return false;
    }

private:
    std::span<const field> remaining_;
    std::string_view name_;
};

/// Returns the value of the first line called @p name, in any case; empty if there is none.
[[nodiscard]] constexpr std::string_view find_field(std::span<const field> fields, std::string_view name) noexcept
{
    std::string_view value;
    static_cast<void>(field_cursor{fields, name}.next(value));
    return value;
}

/// Iterates over the elements of a comma-separated list of tokens, in one field value or in all lines of one name (RFC 9110 5.6.1).
/// Empty elements are skipped.
class list_cursor {
public:
    /// Constructs a cursor over an empty list.
    constexpr list_cursor() noexcept = default;
    /// Constructs a cursor over one field value.
    ///
    /// @param value  outlives the cursor and the elements
    explicit constexpr list_cursor(std::string_view value) noexcept : elements_{value} {}
    /// Constructs a cursor over all lines with a name.
    ///
    /// @param fields  outlive the cursor and the elements
    /// @param name    compared without regard to case; outlives the cursor
    constexpr list_cursor(std::span<const field> fields, std::string_view name) noexcept : lines_{fields, name} {}

    /// Moves to the next element.
    ///
    /// @param[out] element  without white space around it, and not checked to be a token; unchanged at the end
    /// @return false at the end
    /// @par Source      RFC 9110 5.2, 5.6.1
    /// @par Complexity  O(size of the list) for all elements together
    constexpr bool next(std::string_view& element) noexcept
    {
        std::string_view line;
        while (!elements_.next(element)) {
            if (!lines_.next(line))
                return false;
            elements_ = detail::element_cursor{line};
        }
        return true;
    }

    /// Returns whether the list, from here on, contains @p name, exactly: "chat" is not "Chat" (RFC 7936 2).
    ///
    /// @par Complexity  O(size of the list)
    [[nodiscard]] constexpr bool contains(std::string_view name) const noexcept
    {
        return detail::contains_element(*this, name);
    }

private:
    field_cursor lines_;
    detail::element_cursor elements_;
};

} // namespace sockless::inline SOCKLESS_ABI
