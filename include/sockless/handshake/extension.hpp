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

namespace detail {

/// Eats one extension or parameter piece by piece. Every function looks at each character once.
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

    /// Behind a ";": `name [ "=" value ]` and the white space around it.
    constexpr bool parameter(extension_parameter& out) noexcept
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

/// Walks the parameters of one extension, in order. Whether a name may be repeated is a rule of the extension.
class parameter_cursor {
public:
    constexpr parameter_cursor() noexcept = default;
    /// @param text  everything after an extension's name, as `extension_cursor` returns it
    explicit constexpr parameter_cursor(std::string_view text) noexcept : rest_{text} {}

    /// @return false at the end
    constexpr bool next(extension_parameter& out) noexcept
    {
        detail::extension_scanner scanner{rest_};
        scanner.skip_white_space();
        const bool found = scanner.take(';') && scanner.parameter(out);
        rest_.remove_prefix(found ? scanner.position() : rest_.size());
        return found;
    }

private:
    std::string_view rest_;
};

/// One element of the list. The views point into the field value.
struct extension {
    std::string_view name = {};
    std::string_view parameter_text = {}; ///< what `parameters()` walks; may be copied into an answer unchanged

    [[nodiscard]] constexpr parameter_cursor parameters() const noexcept { return parameter_cursor{parameter_text}; }
};

/// Walks the extensions of one field value. Empty elements are skipped.
class extension_list {
public:
    constexpr extension_list() noexcept = default;
    /// @param value  outlives the list and what it gives out
    explicit constexpr extension_list(std::string_view value) noexcept : rest_{value} {}

    /// Gives the next extension, of which every parameter has been checked.
    ///
    /// @return false at the end and at the first element that breaks the grammar; see `malformed`
    /// @par Source RFC 6455 9.1; RFC 9110 5.6.1, 5.6.4
    /// @par Complexity each character is looked at a constant number of times over the whole list
    constexpr bool next(extension& out) noexcept
    {
        while (!rest_.empty() && (rest_.front() == ',' || detail::is_white_space(rest_.front())))
            rest_.remove_prefix(1);
        if (rest_.empty())
            return false;
        detail::extension_scanner scanner{rest_};
        const std::string_view name = scanner.token();
        const std::size_t name_end = scanner.position();
        scanner.skip_white_space();
        extension_parameter checked{.name = name};
        bool good = !name.empty();
        while (good && scanner.take(';'))
            good = scanner.parameter(checked);
        malformed_ = !good || !(scanner.at_end() || scanner.at(','));
        out = {name, detail::trimmed(detail::subview(rest_, name_end, scanner.position() - name_end))};
        rest_.remove_prefix(malformed_ ? rest_.size() : scanner.position());
        return !malformed_;
    }

    /// Whether the last `next` met an element that breaks the grammar. The list is at its end then.
    [[nodiscard]] constexpr bool malformed() const noexcept { return malformed_; }

private:
    std::string_view rest_;
    bool malformed_ = false;
};

/// The same for a list that may be spread over several lines (RFC 6455 9.1).
class extension_cursor {
public:
    constexpr extension_cursor() noexcept = default;
    /// All Sec-WebSocket-Extensions lines among `fields`, which outlive the cursor.
    explicit constexpr extension_cursor(std::span<const field> fields) noexcept
        : lines_{fields, field_name::websocket_extensions}
    {
    }
    /// One value, which outlives the cursor.
    explicit constexpr extension_cursor(std::string_view value) noexcept : line_{value} {}

    /// See extension_list::next.
    constexpr bool next(extension& out) noexcept
    {
        std::string_view value;
        while (!line_.next(out)) {
            if (line_.malformed() || !lines_.next(value))
                return false;
            line_ = extension_list{value};
        }
        return true;
    }

    /// Whether the last `next` met an element that breaks the grammar. The cursor stays there.
    [[nodiscard]] constexpr bool malformed() const noexcept { return line_.malformed(); }

private:
    field_cursor lines_;
    extension_list line_;
};

/// Returns whether a list contains an extension. Names are compared exactly.
///
/// @tparam Cursor  extension_list over one value, or extension_cursor over all lines
/// @par Complexity  O(size of the list)
template <class Cursor>
[[nodiscard]] constexpr bool contains_extension(Cursor list, std::string_view name) noexcept
{
    extension element;
    while (list.next(element))
        if (detail::equal(element.name, name))
            return true;
    return false;
}

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
/// @tparam Cursor  list_cursor over one value, or field_list_cursor over all lines
/// @par Source      RFC 6455 4.1, 4.2.2, 9.1
/// @par Complexity  O(size of `chosen` * size of `offered`): one of the two is always the program's own
template <class Cursor>
[[nodiscard]] constexpr bool contains_all_extensions(Cursor offered, std::string_view chosen) noexcept
{
    list_cursor list{chosen};
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
    return is_valid_to_send(start_of("outgoing_list"), value) && matches(start_of("extensions"), value);
}

} // namespace detail

} // namespace sockless::inline SOCKLESS_ABI
