// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file holds what a WebSocket handshake agrees on, over HTTP/1.1 and HTTP/2 alike: version, subprotocol, extensions and
/// origin (RFC 6455 4.1, 4.2; RFC 8441 5).
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "../http/field_grammar.hpp"
#include "../http/field_index.hpp"
#include "../http/head.hpp"
#include "extension.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

inline constexpr std::uint8_t websocket_version = 13;

/// A version number: 0..255 in decimal without leading zeros (RFC 6455 4.3).
///
/// returns   false if `text` is none; `out` is unchanged then
[[nodiscard]] constexpr bool parse_version(std::string_view text, std::uint8_t& out) noexcept
{
    unsigned value = 0;
    if (text.empty() || text.size() > 3 || (text.size() > 1 && text.front() == '0'))
        return false;
    for (const char c : text) {
        if (!detail::is(c, detail::decimal_digit))
            return false;
        value = value * 10 + static_cast<unsigned>(c - '0');
    }
    if (value > 255)
        return false;
    out = static_cast<std::uint8_t>(value);
    return true;
}

/// Walks the versions that a server says it speaks, over all lines of a refusal (RFC 6455 4.4). What is no number is skipped.
class version_cursor {
public:
    explicit constexpr version_cursor(std::span<const field> fields) noexcept
        : elements_{fields, field_name::websocket_version}
    {
    }

    /// returns   false at the end
    constexpr bool next(std::uint8_t& version) noexcept
    {
        std::string_view element;
        while (elements_.next(element))
            if (parse_version(element, version))
                return true;
        return false;
    }

private:
    field_list_cursor elements_;
};

/// Whether a list of subprotocols has `name`, exactly: "chat" is not "Chat" (RFC 7936 2).
///
/// `Cursor`  list_cursor over one line, or field_list_cursor over all of them
template <class Cursor>
[[nodiscard]] constexpr bool contains_subprotocol(Cursor list, std::string_view name) noexcept
{
    std::string_view element;
    while (list.next(element))
        if (detail::same(element, name))
            return true;
    return false;
}

/// The first subprotocol on the client's list, which is in order of preference, that the server speaks.
///
/// `offered`   the client's list
/// `supported` the server's; its order does not matter
/// returns     a view of the client's spelling, or an empty one: no subprotocol
/// cost        O(size of `offered` * supported.size())
[[nodiscard]] constexpr std::string_view choose_subprotocol(field_list_cursor offered,
                                                            std::span<const std::string_view> supported) noexcept
{
    std::string_view element;
    while (offered.next(element))
        for (const std::string_view name : supported)
            if (name == element)
                return element;
    return {};
}

/// What a program thinks of requests without Origin, which do not come from a browser page (RFC 6455 4.2.1).
enum class missing_origin : std::uint8_t { reject, allow };

/// Whether an origin is on the program's list. An origin outside is answered with 403 (RFC 6455 10.2).
///
/// The whole string is compared, octet by octet: scheme, host and port. There are no patterns, no default ports and no case
/// folding; browsers send the lower-case form without a default port (RFC 6454 6.2). "null" is an origin like any other, and
/// it only matches if the program lists it. Origin is no authentication: other clients send what they like (RFC 6455 10.1).
///
/// `has_origin`  whether there is an Origin field; `origin` is its value, which may be empty
/// `allowed`     looked at during the call only
/// source        RFC 6455 4.2.2, 10.2; RFC 6454 6.2
[[nodiscard]] constexpr bool is_origin_allowed(bool has_origin, std::string_view origin,
                                               std::span<const std::string_view> allowed,
                                               missing_origin absent) noexcept
{
    if (!has_origin)
        return absent == missing_origin::allow;
    if (origin.empty())
        return false;
    for (const std::string_view one : allowed)
        if (one == origin)
            return true;
    return false;
}

namespace detail {

/// RFC 6455 4.2.1: the number 13
[[nodiscard]] constexpr error check_version_value(std::string_view value) noexcept
{
    std::uint8_t version = 0;
    if (!parse_version(value, version))
        return error::version_invalid;
    return version == websocket_version ? error::none : error::version_unsupported;
}

/// RFC 6455 4.2.1, 11.3.5: one Sec-WebSocket-Version line with it
[[nodiscard]] constexpr error check_version(const field_index& index) noexcept
{
    if (!index.has(known_field::websocket_version))
        return error::version_missing;
    if (index.repeats(known_field::websocket_version))
        return error::version_repeated;
    return check_version_value(index.value(known_field::websocket_version));
}

/// RFC 6455 4.1, 4.3, 11.3.4: 1#token, over any number of lines, all different.
///
/// A name is compared with the first 32, so that a long list costs no more than its length: a list with more is a client's
/// joke, and what is repeated behind them harms nobody.
[[nodiscard]] constexpr error check_offered_subprotocols(const field_index& index) noexcept
{
    if (!index.has(known_field::websocket_protocol))
        return error::none;
    std::array<std::string_view, 32> names{};
    std::size_t count = 0;
    field_list_cursor list = index.list(known_field::websocket_protocol);
    std::string_view name;
    bool any = false;
    while (list.next(name)) {
        if (!is_token(name))
            return error::subprotocol_invalid;
        for (std::size_t i = 0; i < count; ++i)
            if (names[i] == name)
                return error::subprotocol_repeated_name;
        if (count < names.size())
            names[count++] = name;
        any = true;
    }
    return any ? error::none : error::subprotocol_invalid;
}

/// RFC 6455 9.1: at least one extension, and all of them well formed; over any number of lines (erratum 3433)
[[nodiscard]] constexpr error check_extensions(const field_index& index) noexcept
{
    if (!index.has(known_field::websocket_extensions))
        return error::none;
    extension_cursor list{index.from(known_field::websocket_extensions)};
    extension element;
    bool any = false;
    while (list.next(element))
        any = true;
    return any && !list.malformed() ? error::none : error::extensions_invalid;
}

/// Whether every element of a list is a token, or two with a slash between (RFC 9110 7.6.1, 7.8).
///
/// `found`   set if one of them is `wanted`, in any case; otherwise left as it was
template <class Cursor>
[[nodiscard]] constexpr bool check_options(Cursor list, std::string_view wanted, bool& found,
                                           bool with_versions = false) noexcept
{
    std::string_view element;
    while (list.next(element)) {
        const std::string_view plain = with_versions ? up_to(element, '/') : element;
        if (!is_token(plain) || (plain.size() < element.size() && !is_token(part(element, plain.size() + 1))))
            return false;
        found = found || equals_ignoring_case(element, wanted);
    }
    return true;
}

/// Whether one element of a list is `wanted`, in any case, whatever the others are.
template <class Cursor>
[[nodiscard]] constexpr bool contains_ignoring_case(Cursor list, std::string_view wanted) noexcept
{
    std::string_view element;
    while (list.next(element))
        if (equals_ignoring_case(element, wanted))
            return true;
    return false;
}

/// RFC 9112 6: `Content-Length: 0` says that no body follows, with as many zeros as the peer likes.
[[nodiscard]] constexpr bool is_no_length(std::string_view value) noexcept
{
    std::size_t zeros = 0;
    while (zeros < value.size() && value[zeros] == '0')
        ++zeros;
    return zeros != 0 && zeros == value.size();
}

/// RFC 6454 7.3: at most one origin
[[nodiscard]] constexpr error check_origin(const field_index& index) noexcept
{
    return index.repeats(known_field::origin) ? error::origin_repeated : error::none;
}

/// RFC 9112 6: what would make a body come before the first frame.
[[nodiscard]] constexpr error check_no_body(const field_index& index) noexcept
{
    if (index.has(known_field::transfer_encoding))
        return error::body_announced;
    if (!index.has(known_field::content_length))
        return error::none;
    field_cursor lines{index.from(known_field::content_length), field_name::content_length};
    std::string_view value;
    while (lines.next(value))
        if (!is_no_length(value))
            return error::body_announced;
    return error::none;
}

/// Whether every element of a list is a token, and one of them `option`, in any case (RFC 9110 7.6.1).
[[nodiscard]] constexpr bool has_connection_option(const field_index& index, std::string_view option) noexcept
{
    if (!index.repeats(known_field::connection) && equals_ignoring_case(index.value(known_field::connection), option))
        return true; // as nearly all say it
    bool found = false;
    return check_options(index.list(known_field::connection), option, found) && found;
}

} // namespace detail

} // namespace sockless::inline SOCKLESS_ABI
