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

/// One element of a list of extensions. The views point into the field value.
struct extension {
    /// One parameter. The views point into the field value.
    struct parameter {
        std::string_view name = {}; ///< a token
        std::string_view value =
            {}; ///< without quotes, but with the backslashes that a quoted string may have: see `unquote`
        bool has_value = false; ///< false for a parameter without "="

        /// Returns the value without quotes and escapes (RFC 9110 5.6.4: a backslash and a character mean the character).
        ///
        /// @param room  receives a value that has backslashes; unchanged otherwise
        /// @return a view of the value itself, or of `room`; empty if `room` is too small
        [[nodiscard]] constexpr std::string_view unquote(std::span<char> room) const noexcept
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
    };

    /// Iterates over the parameters of one extension, in order. Whether a name may be repeated is a rule of the extension.
    class parameter_cursor {
    public:
        /// Constructs a cursor over no parameters.
        constexpr parameter_cursor() noexcept = default;
        /// Constructs a cursor over the parameters of an element.
        ///
        /// @param text  `extension::parameter_text`; outlives the cursor and the parameters
        explicit constexpr parameter_cursor(std::string_view text) noexcept : remaining_{text} {}

        /// Moves to the next parameter.
        ///
        /// @param[out] out  indeterminate at the end
        /// @return false at the end
        constexpr bool next(parameter& out) noexcept
        {
            remaining_.remove_prefix(detail::before(remaining_, ';').size());
            const std::string_view text = detail::before(detail::subview(remaining_, remaining_.empty() ? 0 : 1), ';');
            if (!detail::matches(detail::start_of("parameters"), text)) {
                remaining_ = {};
                return false;
            }
            remaining_.remove_prefix(1 + text.size());
            const std::string_view before_value = detail::before(text, '=');
            out = {.name = detail::trimmed(before_value), .has_value = before_value.size() != text.size()};
            if (out.has_value)
                out.value = detail::trimmed(detail::subview(text, before_value.size() + 1));
            if (out.value.starts_with('"'))
                out.value = detail::subview(out.value, 1, out.value.size() - 2);
            return true;
        }

    private:
        std::string_view remaining_;
    };

    std::string_view name = {};           ///< a token
    std::string_view parameter_text = {}; ///< what `parameters()` walks; may be copied into an answer unchanged

    /// Returns a cursor over the parameters.
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

    /// Returns whether the list, from here on, contains an extension. Names are compared exactly.
    ///
    /// @par Complexity  O(size of the list)
    [[nodiscard]] constexpr bool contains(std::string_view name) const noexcept
    {
        extension_cursor list = *this;
        extension element;
        while (list.next(element))
            if (detail::equal(element.name, name))
                return true;
        return false;
    }

    /// Returns whether the last `next` found an element that breaks the grammar. The cursor stays there.
    [[nodiscard]] constexpr bool malformed() const noexcept { return malformed_; }

private:
    list_cursor elements_;
    bool malformed_ = false;
};

namespace detail {

/// Returns whether all extensions of one well-formed list are in another one. A client checks the response so, a server its own
/// choice. The elements can be split at commas: no value of a parameter contains one, since it is a token.
///
/// @tparam Cursor  `element_cursor` over one value, or `list_cursor` over all lines
/// @par Source      RFC 6455 4.1, 4.2.2, 9.1
/// @par Complexity  O(size of `chosen` * size of `offered`): one of the two is always the program's own
template <class Cursor>
[[nodiscard]] constexpr bool contains_all_extensions(Cursor offered, std::string_view chosen) noexcept
{
    element_cursor list{chosen};
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

/// Chooses the first subprotocol of the client's list, which is in order of preference, that the server supports.
///
/// @param offered    the client's list
/// @param supported  the server's list; its order does not matter
/// @return a view of the client's spelling; empty: no subprotocol
/// @par Complexity  O(size of `offered` * supported.size())
[[nodiscard]] constexpr std::string_view choose_subprotocol(list_cursor offered,
                                                            std::span<const std::string_view> supported) noexcept
{
    std::string_view element;
    while (offered.next(element))
        for (const std::string_view name : supported)
            if (name == element)
                return element;
    return {};
}

/// Returns whether the program allows an origin. Other origins are answered with 403 (RFC 6455 10.2).
///
/// The whole string is compared, octet by octet: scheme, host and port. There are no patterns, no default ports and no case
/// folding; browsers send the lower-case form without a default port (RFC 6454 6.2). "null" is an origin like any other, and
/// it only matches if the program lists it. Origin is no authentication: other clients send any value (RFC 6455 10.1).
///
/// @param origin   the value of the Origin field; an empty one is not allowed
/// @param allowed  read during the call only
/// @par Source      RFC 6455 4.2.2, 10.2; RFC 6454 6.2
[[nodiscard]] constexpr bool is_origin_allowed(std::string_view origin,
                                               std::span<const std::string_view> allowed) noexcept
{
    if (origin.empty())
        return false;
    for (const std::string_view each : allowed)
        if (detail::equal(each, origin))
            return true;
    return false;
}

} // namespace sockless::inline SOCKLESS_ABI
