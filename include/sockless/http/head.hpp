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
};

/// Returns whether another response follows one with this status. 101 is final: after it the connection uses another protocol.
///
/// @par Source      RFC 9110 15.2, 15.2.2
[[nodiscard]] constexpr bool is_interim_status(std::uint16_t status) noexcept
{
    return status < 200 && status != 101;
}

namespace detail {

/// @param text  `d.d`, with any octet or none between the digits
[[nodiscard]] constexpr http_version parse_version_digits(std::string_view text) noexcept
{
    return {static_cast<std::uint8_t>(text.front() - '0'), static_cast<std::uint8_t>(text.back() - '0')};
}

} // namespace detail

/// Iterates over the elements of a comma-separated list of tokens. Empty elements are skipped.
///
/// It splits at every comma. Lists with quoted strings need their own grammar, such as that of `extension_cursor`.
class list_cursor {
public:
    constexpr list_cursor() noexcept = default;
    /// @param value  one field value; outlives the cursor and the elements
    explicit constexpr list_cursor(std::string_view value) noexcept : remaining_{value} {}

    /// Gives the next element without white space around it. The element is not checked to be a token.
    ///
    /// @param[out] element  unchanged at the end
    /// @return false at the end
    /// @par Source      RFC 9110 5.6.1
    /// @par Complexity  a constant number of looks at each character over the whole list
    constexpr bool next(std::string_view& element) noexcept
    {
        while (!remaining_.empty() && (remaining_.front() == ',' || detail::is_white_space(remaining_.front())))
            remaining_.remove_prefix(1);
        if (remaining_.empty())
            return false;
        const std::string_view piece = detail::before(remaining_, ',');
        remaining_.remove_prefix(piece.size());
        element = {piece.data(), detail::trimmed_size(piece.data(), piece.size())};
        return true;
    }

private:
    std::string_view remaining_;
};

/// Walks the lines of one field name, in order (RFC 9110 5.2).
class field_cursor {
public:
    constexpr field_cursor() noexcept = default;
    /// Both views outlive the cursor.
    constexpr field_cursor(std::span<const field> fields, std::string_view name) noexcept : rest_{fields}, name_{name}
    {
    }

    /// @return false at the end; `value` is unchanged then
    constexpr bool next(std::string_view& value) noexcept
    {
        while (!rest_.empty()) {
            const field& line = rest_.front();
            rest_ = rest_.subspan(1);
            if (equals_ignoring_case(line.name, name_)) {
                value = line.value;
                return true;
            }
        }
        return false;
    }

private:
    std::span<const field> rest_;
    std::string_view name_;
};

/// The value of the first line called `name`, or an empty view: for fields that a program is curious about.
[[nodiscard]] constexpr std::string_view find_field(std::span<const field> fields, std::string_view name) noexcept
{
    std::string_view value;
    static_cast<void>(field_cursor{fields, name}.next(value));
    return value;
}

/// Walks the elements of a comma-separated list that may be spread over several lines of one name.
class field_list_cursor {
public:
    constexpr field_list_cursor() noexcept = default;
    constexpr field_list_cursor(std::span<const field> fields, std::string_view name) noexcept : lines_{fields, name} {}
    /// One value, which outlives the cursor.
    explicit constexpr field_list_cursor(std::string_view value) noexcept : elements_{value} {}

    /// @return false at the end; `element` is unchanged then
    constexpr bool next(std::string_view& element) noexcept
    {
        std::string_view line;
        while (!elements_.next(element)) {
            if (!lines_.next(line))
                return false;
            elements_ = list_cursor{line};
        }
        return true;
    }

private:
    field_cursor lines_;
    list_cursor elements_;
};

} // namespace sockless::inline SOCKLESS_ABI
