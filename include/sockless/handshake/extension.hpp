// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file parses Sec-WebSocket-Extensions (RFC 6455 9.1): extensions, their parameters, and the values of these.
///
///     extensions = 1#( token *( ";" token [ "=" ( token / quoted-string ) ] ) )
///
/// White space around "," ";" and "=" is accepted, as the RFC's own grammar implies. Names are compared exactly, case
/// included: RFC 6455 does not say, and implementations do so.
#pragma once

#include "../config.hpp"
#include "../http/character_class.hpp"
#include "../http/head.hpp"
#include "../http/list.hpp"
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
        std::string_view name = {};
        std::string_view value =
            {}; ///< without quotes, but with the backslashes that a quoted string may have: see `unquote`
        bool has_value = false;

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
        constexpr bool next(parameter& out) noexcept;

    private:
        std::string_view remaining_;
    };

    std::string_view name = {};
    std::string_view parameter_text = {}; ///< what `parameters()` walks; may be copied into an answer unchanged

    /// Returns a cursor over the parameters.
    [[nodiscard]] constexpr parameter_cursor parameters() const noexcept { return parameter_cursor{parameter_text}; }
};

namespace detail {

/// Consumes one extension or parameter piece by piece. Every function looks at each character once.
class extension_scanner {
public:
    explicit constexpr extension_scanner(std::string_view text) noexcept : text_{text} {}

    [[nodiscard]] constexpr bool at_end() const noexcept { return at_ == text_.size(); }
    [[nodiscard]] constexpr std::size_t position() const noexcept { return at_; }
    [[nodiscard]] constexpr bool at(char c) const noexcept { return !at_end() && text_[at_] == c; }

    constexpr void skip_white_space() noexcept { at_ += span_of<white_space>(subview(text_, at_)); }

    constexpr bool take(char c) noexcept
    {
        if (!at(c))
            return false;
        ++at_;
        return true;
    }

    /// @return an empty view if there is none
    constexpr std::string_view token() noexcept
    {
        const std::size_t begin = at_;
        while (!at_end() && has_class(text_[at_], token_character))
            ++at_;
        return subview(text_, begin, at_ - begin);
    }

    /// What follows an opening quote. RFC 6455 9.1: it has to be a token once it is unescaped.
    ///
    /// @return an empty view if it is not, or if the closing quote is missing
    constexpr std::string_view quoted() noexcept
    {
        const std::size_t begin = at_;
        while (!at('"')) {
            take('\\');
            if (at_end() || !has_class(text_[at_], token_character))
                return {};
            ++at_;
        }
        return subview(text_, begin, at_++ - begin);
    }

    /// After a ";": `name [ "=" value ]` and the white space around it.
    constexpr bool parameter(extension::parameter& out) noexcept
    {
        skip_white_space();
        out.name = token();
        skip_white_space();
        out.value = {};
        out.has_value = take('=');
        if (out.has_value) {
            skip_white_space();
            out.value = take('"') ? quoted() : token();
            skip_white_space();
        }
        return !out.name.empty() && out.has_value != out.value.empty();
    }

private:
    std::string_view text_;
    std::size_t at_ = 0;
};

} // namespace detail

constexpr bool extension::parameter_cursor::next(parameter& out) noexcept
{
    detail::extension_scanner scanner{remaining_};
    scanner.skip_white_space();
    const bool found = scanner.take(';') && scanner.parameter(out);
    remaining_.remove_prefix(found ? scanner.position() : remaining_.size());
    return found;
}

/// Iterates over the extensions in one field value, or in all Sec-WebSocket-Extensions lines (RFC 6455 9.1). Empty elements are
/// skipped.
class extension_cursor {
public:
    /// Constructs a cursor over an empty list.
    constexpr extension_cursor() noexcept = default;
    /// Constructs a cursor over all Sec-WebSocket-Extensions lines.
    ///
    /// @param fields  outlive the cursor and the elements
    explicit constexpr extension_cursor(std::span<const field> fields) noexcept
        : lines_{fields, detail::field_name::websocket_extensions}
    {
    }
    /// Constructs a cursor over one field value.
    ///
    /// @param value  outlives the cursor and the elements
    explicit constexpr extension_cursor(std::string_view value) noexcept : remaining_{value} {}

    /// Moves to the next extension, of which every parameter has been checked.
    ///
    /// @param[out] out  indeterminate if the result is false
    /// @return false at the end and at the first element that breaks the grammar; see `malformed`
    /// @par Source RFC 6455 9.1; RFC 9110 5.6.1, 5.6.4
    /// @par Complexity  O(size of the list) for all elements together
    constexpr bool next(extension& out) noexcept
    {
        while (!malformed_) {
            while (!remaining_.empty() && (remaining_.front() == ',' || detail::is_white_space(remaining_.front())))
                remaining_.remove_prefix(1);
            if (!remaining_.empty())
                return read(out);
            if (!lines_.next(remaining_))
                break;
        }
        return false;
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

    /// Returns whether `next` has met an element that breaks the grammar. The cursor is at its end then.
    [[nodiscard]] constexpr bool malformed() const noexcept { return malformed_; }

private:
    constexpr bool read(extension& out) noexcept
    {
        detail::extension_scanner scanner{remaining_};
        const std::string_view name = scanner.token();
        const std::size_t name_end = scanner.position();
        scanner.skip_white_space();
        extension::parameter checked{.name = name};
        bool good = !name.empty();
        while (good && scanner.take(';'))
            good = scanner.parameter(checked);
        malformed_ = !good || !(scanner.at_end() || scanner.at(','));
        out = {name, detail::trimmed(detail::subview(remaining_, name_end, scanner.position() - name_end))};
        remaining_.remove_prefix(scanner.position());
        return !malformed_;
    }

    field_cursor lines_;
    std::string_view remaining_;
    bool malformed_ = false;
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

/// Returns whether an extension is in a well-formed list.
template <class Cursor>
[[nodiscard]] constexpr bool contains_extension_name(Cursor list, const char* name, std::size_t size) noexcept
{
    std::string_view element;
    while (list.next(element))
        if (equal(element.data(), extension_name_size(element.data(), element.size()), name, size))
            return true;
    return false;
}

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
    while (list.next(element))
        if (!contains_extension_name(offered, element.data(), extension_name_size(element.data(), element.size())))
            return false;
    return true;
}

/// Returns whether a program can send a list of extensions: at least one, and without the empty elements that only a recipient
/// accepts.
///
/// @par Source      RFC 6455 9.1; RFC 9110 5.5, 5.6.1
[[nodiscard]] constexpr bool is_extension_list_valid_to_send(std::string_view value) noexcept
{
    return is_valid_to_send(start_of(value_state::outgoing_list), value) && matches<value_state::extensions>(value);
}

} // namespace detail

} // namespace sockless::inline SOCKLESS_ABI
