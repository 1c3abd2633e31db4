// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file holds what a WebSocket handshake negotiates, over HTTP/1.1 and HTTP/2 alike: extensions (RFC 6455 9.1), version,
/// subprotocol and origin (RFC 6455 4.1, 4.2; RFC 8441 5).
///
///     extensions = 1#( token *( ";" token [ "=" ( token / quoted-string ) ] ) )
///
/// White space around "," ";" and "=" is accepted, as the RFC's own grammar implies. Names are compared exactly, case
/// included: RFC 6455 does not say, and implementations do so.
#pragma once

#include "../config.hpp"
#include "../http/character_class.hpp"
#include "../http/head.hpp"
#include "../http/value_grammar.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

/// One parameter of an extension. The views point into the field value.
struct extension_parameter {
    std::string_view name = {};
    std::string_view value =
        {}; ///< without quotes, but with the backslashes that a quoted string may have: see `unescaped`
    bool has_value = false;
};

/// The value without quotes and escapes (RFC 9110 5.6.4: a backslash and a character mean the character).
///
/// @param room  where a value with backslashes is written to; not touched otherwise
/// @return a view into the value itself, or into `room`, or an empty view if `room` is too small
[[nodiscard]] constexpr std::string_view unquote(std::string_view value, std::span<char> room) noexcept
{
    constexpr char escape = '\\';
    if (value.find(escape) == std::string_view::npos)
        return value;
    std::size_t size = 0;
    for (const char c : value) {
        if (c == escape) // never itself escaped: the content of the quotes is a token
            continue;
        if (size == room.size())
            return {};
        room[size++] = c;
    }
    return {room.data(), size};
}

/// Iterates over the parameters of one extension, in order. Whether a name may be repeated is a rule of the extension.
class parameter_cursor {
public:
    constexpr parameter_cursor() noexcept = default;
    /// @param text  everything after an extension's name, as `extension_cursor` returns it
    explicit constexpr parameter_cursor(std::string_view text) noexcept : rest_{text} {}

    /// @return false at the end
    constexpr bool next(extension_parameter& out) noexcept
    {
        rest_.remove_prefix(detail::before(rest_, ';').size());
        const std::string_view text = detail::before(detail::subview(rest_, rest_.empty() ? 0 : 1), ';');
        if (!detail::matches(detail::start_of("parameters"), text)) {
            rest_ = {};
            return false;
        }
        rest_.remove_prefix(1 + text.size());
        const std::string_view name = detail::before(text, '=');
        out = {.name = detail::trimmed(name), .has_value = name.size() != text.size()};
        if (out.has_value)
            out.value = detail::trimmed(detail::subview(text, name.size() + 1));
        if (out.value.starts_with('"'))
            out.value = detail::subview(out.value, 1, out.value.size() - 2);
        return true;
    }

private:
    std::string_view rest_;
};

/// One element of the list. The views point into the field value.
struct extension {
    std::string_view name = {};
    std::string_view parameter_text = {}; ///< what `parameters` iterates over; can be copied into a response unchanged

    [[nodiscard]] constexpr parameter_cursor parameters() const noexcept { return parameter_cursor{parameter_text}; }
};

namespace detail {

/// Returns the size of the name that a well-formed element of a list of extensions begins with.
[[nodiscard]] constexpr std::size_t extension_name_size(const char* element, std::size_t size) noexcept
{
    std::size_t end = 0;
    while (end < size && element[end] != ';' && !is_white_space(element[end]))
        ++end;
    return end;
}

} // namespace detail

/// Iterates over the extensions of one field value, or of several lines (RFC 6455 9.1). Empty elements are skipped.
class extension_cursor {
public:
    constexpr extension_cursor() noexcept = default;
    /// All Sec-WebSocket-Extensions lines among `fields`, which outlive the cursor.
    explicit constexpr extension_cursor(std::span<const field> fields) noexcept
        : elements_{fields, detail::field_name(detail::field_id::websocket_extensions)}
    {
    }
    /// One value, which outlives the cursor.
    explicit constexpr extension_cursor(std::string_view value) noexcept : elements_{value} {}

    /// Gives the next extension, of which every parameter has been checked.
    ///
    /// @return false at the end and at the first element that breaks the grammar; see `malformed`
    /// @par Source      RFC 6455 9.1; RFC 9110 5.6.1, 5.6.4
    /// @par Complexity  a constant number of looks at each character over the whole list
    constexpr bool next(extension& out) noexcept
    {
        std::string_view element;
        if (malformed_ || !elements_.next(element))
            return false;
        // The list can be split at commas before it is checked: no quoted string contains one, since it is a token.
        malformed_ = !detail::matches(detail::start_of("extensions"), element);
        const std::size_t name = detail::extension_name_size(element.data(), element.size());
        out = {detail::subview(element, 0, name), detail::trimmed(detail::subview(element, name))};
        return !malformed_;
    }

    /// Returns whether the last `next` found an element that breaks the grammar. The cursor stays there.
    [[nodiscard]] constexpr bool malformed() const noexcept { return malformed_; }

private:
    field_list_cursor elements_;
    bool malformed_ = false;
};

/// Returns whether a list contains an extension. Names are compared exactly.
///
/// @par Complexity  O(size of the list)
[[nodiscard]] constexpr bool contains_extension(extension_cursor list, std::string_view name) noexcept
{
    extension element;
    while (list.next(element))
        if (detail::equal(element.name, name))
            return true;
    return false;
}

namespace detail {

/// Returns whether all extensions of one well-formed list are in another one. A client checks the response so, a server its own
/// choice. The elements can be split at commas: no value of a parameter contains one, since it is a token.
///
/// @tparam Cursor  list_cursor over one value, or field_list_cursor over all lines
/// @par Source      RFC 6455 4.1, 4.2.2, 9.1
/// @par Complexity  O(size of `chosen` * size of `offered`): one of the two is always the program's own
template <class Cursor>
[[nodiscard]] constexpr bool contains_all_extensions(Cursor offered, std::string_view chosen) noexcept
{
    list_cursor list{chosen};
    std::string_view element;
    while (list.next(element)) {
        const std::size_t size = extension_name_size(element.data(), element.size());
        Cursor others = offered;
        std::string_view other;
        bool found = false;
        while (!found && others.next(other))
            found = equal(other.data(), extension_name_size(other.data(), other.size()), element.data(), size);
        if (!found)
            return false;
    }
    return true;
}

/// Returns whether a program can send a list of extensions: at least one, and without the empty elements that only a recipient
/// accepts.
///
/// @par Source      RFC 6455 9.1; RFC 9110 5.5, 5.6.1
[[nodiscard]] constexpr bool is_extension_list_valid_to_send(std::string_view value) noexcept
{
    return is_valid_to_send(start_of("outgoing_list"), value) && matches(start_of("extensions"), value);
}

} // namespace detail

/// The version of the protocol (RFC 6455 4.1).
inline constexpr std::uint8_t websocket_version = 13;

/// Reads a version number: 0 to 255 in decimal, without leading zeros.
///
/// @param[out] out  unchanged if `text` is not a version
/// @return whether it is one
/// @par Source      RFC 6455 4.3
[[nodiscard]] constexpr bool parse_version(std::string_view text, std::uint8_t& out) noexcept
{
    if (!detail::matches(detail::start_of("octet"), text))
        return false;
    out = static_cast<std::uint8_t>(detail::parse_number(text));
    return true;
}

/// Returns whether a list of subprotocols contains a name, exactly: "chat" is not "Chat" (RFC 7936 2).
///
/// @tparam Cursor  list_cursor over one line, or field_list_cursor over all lines
/// @par Complexity  O(size of the list)
template <class Cursor>
[[nodiscard]] constexpr bool contains_subprotocol(Cursor list, std::string_view name) noexcept
{
    std::string_view element;
    while (list.next(element))
        if (detail::equal(element, name))
            return true;
    return false;
}

/// Chooses the first subprotocol of the client's list, which is in order of preference, that the server supports.
///
/// @param offered    the client's list
/// @param supported  the server's list; its order does not matter
/// @return a view of the client's spelling; empty: no subprotocol
/// @par Complexity  O(size of `offered` * supported.size())
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

/// What a server does with requests without an Origin field, which do not come from a browser (RFC 6455 4.2.1).
enum class missing_origin : std::uint8_t { reject, allow };

/// Returns whether the program allows an origin. Other origins are answered with 403 (RFC 6455 10.2).
///
/// The whole string is compared, octet by octet: scheme, host and port. There are no patterns, no default ports and no case
/// folding; browsers send the lower-case form without a default port (RFC 6454 6.2). "null" is an origin like any other, and
/// it only matches if the program lists it. Origin is no authentication: other clients send any value (RFC 6455 10.1).
///
/// @param has_origin  whether there is an Origin field
/// @param origin      its value, which can be empty
/// @param allowed     read during the call only
/// @param absent      the result without an Origin field
/// @par Source      RFC 6455 4.2.2, 10.2; RFC 6454 6.2
[[nodiscard]] constexpr bool is_origin_allowed(bool has_origin, std::string_view origin,
                                               std::span<const std::string_view> allowed,
                                               missing_origin absent) noexcept
{
    if (!has_origin)
        return absent == missing_origin::allow;
    if (origin.empty())
        return false;
    for (const std::string_view each : allowed)
        if (each == origin)
            return true;
    return false;
}

} // namespace sockless::inline SOCKLESS_ABI
