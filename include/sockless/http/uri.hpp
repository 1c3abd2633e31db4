// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns the text of a ws or wss URI into what a client needs: where to connect and what to ask for (RFC 6455 3).
#pragma once

#include "../bytes/byte_view.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "character_class.hpp"
#include "value_grammar.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

namespace detail {

/// Returns whether a text that matches the grammar of a host has a port.
[[nodiscard]] constexpr bool has_port_part(std::string_view host) noexcept
{
    return !host.ends_with(']') && before(host, ':').size() != host.size();
}

/// Reads a decimal port; an empty one is 0.
///
/// @return false if it is none; `port` is unchanged then
[[nodiscard]] constexpr bool parse_port(std::string_view digits, std::uint16_t& port) noexcept
{
    if (!matches(start_of("port"), digits))
        return false;
    port = static_cast<std::uint16_t>(parse_number(digits));
    return true;
}

/// Returns whether a URI can have this host: a name, an IPv4 address, or an IPv6 or later address in brackets; never empty.
///
/// Names in other scripts have to be in their ASCII form (RFC 6455 11.1.1). Zone identifiers are rejected: they mean nothing to
/// the peer.
///
/// @par Source      RFC 3986 3.2.2
/// @par Complexity  O(host.size())
[[nodiscard]] constexpr bool is_host(std::string_view host) noexcept
{
    return matches(start_of("host"), host) && !has_port_part(host);
}

/// A host, and a port if there is one.
struct authority {
    std::string_view host = {}; ///< with the brackets of an address
    std::uint16_t port = 0;
    bool has_port = false; ///< false for an empty port too, which means the default
};

/// Splits `host [ ":" port ]`.
///
/// @param text      the views of the result point into it
/// @param[out] out  unchanged on error
/// @par Errors      uri_has_userinfo, uri_host_invalid, uri_port_invalid
/// @par Source      RFC 3986 3.2; RFC 6455 3
/// @par Complexity  O(text.size())
[[nodiscard]] constexpr error parse_authority(std::string_view text, authority& out) noexcept
{
    if (before(text, '@').size() != text.size())
        return error::uri_has_userinfo;
    const bool literal = text.starts_with('[');
    std::size_t end = before(text, literal ? ']' : ':').size();
    if (literal && end < text.size())
        ++end;
    const std::string_view host = subview(text, 0, end);
    if (!is_host(host) || (end < text.size() && text[end] != ':'))
        return error::uri_host_invalid;
    const std::string_view port = subview(text, end < text.size() ? end + 1 : end);
    authority result{.host = host, .has_port = !port.empty()};
    if (!parse_port(port, result.port))
        return error::uri_port_invalid;
    out = result;
    return error::none;
}

[[nodiscard]] constexpr std::uint16_t default_port(bool secure) noexcept
{
    return secure ? 443 : 80;
}

} // namespace detail

/// The resource name of RFC 6455 is `path`, followed by "?" and `query` if that is not empty.
///
/// Nothing is normalized: letters keep their case, percent-encoding stays. All views point into the text that was parsed, but
/// for the path "/" of a URI without one.
struct uri {
    /// The schemes that `parse_uri` accepts.
    enum class schemes : std::uint8_t {
        websocket,         ///< ws and wss
        http,              ///< http and https: the absolute form of a request target
        websocket_or_http, ///< all four; the WHATWG's WebSocket takes http for ws and https for wss
    };

    bool secure = false;         ///< wss or https
    std::string_view host = {};  ///< an IP literal keeps its brackets, which name resolution does not want
    std::uint16_t port = 80;     ///< the scheme's default if the URI has none
    std::string_view path = "/"; ///< begins with a slash
    std::string_view query = {}; ///< without the question mark; empty if there is none

    /// Whether the Host field may leave the port out.
    [[nodiscard]] constexpr bool has_default_port() const noexcept { return port == detail::default_port(secure); }
};

namespace detail {

/// Writes a URI, or its parts one after the other. What does not fit sets `full`.
class uri_writer {
public:
    explicit constexpr uri_writer(std::span<char> storage) noexcept : storage_{storage} {}

    constexpr void put(char c) noexcept
    {
        full_ = full_ || size_ == storage_.size();
        if (!full_)
            storage_[size_++] = c;
    }
    constexpr void put(std::string_view text) noexcept
    {
        for (const char c : text)
            put(c);
    }
    /// Writes `%XX`.
    constexpr void put_encoded(char c) noexcept
    {
        constexpr std::string_view digits = "0123456789ABCDEF";
        const auto octet = static_cast<unsigned char>(c);
        put('%');
        put(digits[octet >> 4U]);
        put(digits[octet & 0x0FU]);
    }
    /// Returns the part that was written since the last call.
    [[nodiscard]] constexpr std::string_view take() noexcept
    {
        const std::string_view part = current();
        begin_ = size_;
        return part;
    }
    [[nodiscard]] constexpr std::string_view current() const noexcept
    {
        return {storage_.data() + begin_, size_ - begin_};
    }
    /// Removes the last segment of the path that is being written.
    constexpr void remove_segment() noexcept
    {
        const std::size_t slash = current().rfind('/');
        size_ = begin_ + (slash == std::string_view::npos ? 0 : slash);
    }
    [[nodiscard]] constexpr bool full() const noexcept { return full_; }
    /// Returns all of it, or an empty view if it does not fit.
    [[nodiscard]] constexpr std::string_view text() const noexcept
    {
        return full_ ? std::string_view{} : std::string_view{storage_.data(), size_};
    }

private:
    std::span<char> storage_;
    std::size_t begin_ = 0;
    std::size_t size_ = 0;
    bool full_ = false;
};

/// Writes host and port, but no default port.
constexpr void put_authority(uri_writer& out, const uri& where) noexcept
{
    out.put(where.host);
    if (!where.has_default_port()) {
        out.put(':');
        std::array<char, 20> digits{};
        out.put(format_number(where.port, digits));
    }
}

/// Writes path and query.
constexpr void put_resource_name(uri_writer& out, const uri& where) noexcept
{
    out.put(where.path);
    if (!where.query.empty()) {
        out.put('?');
        out.put(where.query);
    }
}

/// Reads the scheme of a URI.
///
/// @return false if it is none of the accepted ones; `secure` is set otherwise
[[nodiscard]] constexpr bool parse_scheme(std::string_view scheme, uri::schemes accepted, bool& secure) noexcept
{
    const bool websocket = accepted != uri::schemes::http;
    const bool http = accepted != uri::schemes::websocket;
    secure = (websocket && equals_ignoring_case(scheme, "wss")) || (http && equals_ignoring_case(scheme, "https"));
    return secure || (websocket && equals_ignoring_case(scheme, "ws")) ||
           (http && equals_ignoring_case(scheme, "http"));
}

/// Returns whether a request line can have this path and this query as they are.
///
/// @par Source      RFC 3986 3.3, 3.4; RFC 9112 3.2.1
/// @par Complexity  O(path.size() + query.size())
[[nodiscard]] constexpr bool is_resource_name(std::string_view path, std::string_view query) noexcept
{
    return matches(start_of("path"), path) && matches(start_of("resource"), query);
}

} // namespace detail

/// Takes a URI apart, strictly: what is not ASCII or not in the grammar is refused, never repaired.
///
/// @param text  outlives the result
/// @param accepted  the schemes; the default is what RFC 6455 defines
/// @par Errors `uri_has_fragment`, `uri_scheme_invalid`, `uri_has_userinfo`, `uri_host_invalid`, `uri_port_invalid`,
///           `uri_path_invalid`; `out` is unchanged then
/// @par Source RFC 6455 3, 11.1; RFC 3986
/// @par Complexity O(text.size())
[[nodiscard]] constexpr error parse_uri(std::string_view text, uri& out,
                                        uri::schemes accepted = uri::schemes::websocket) noexcept
{
    if (text.find('#') != std::string_view::npos)
        return error::uri_has_fragment;
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos)
        return error::uri_scheme_invalid;
    uri result;
    if (!detail::parse_scheme(detail::subview(text, 0, colon), accepted, result.secure))
        return error::uri_scheme_invalid;
    text.remove_prefix(colon + 1);
    if (!detail::equal(detail::subview(text, 0, 2), "//"))
        return error::uri_host_invalid;
    text.remove_prefix(2);

    const std::string_view before_path = detail::subview(text, 0, text.find_first_of("/?"));
    detail::authority where;
    if (const error e = detail::parse_authority(before_path, where); failed(e))
        return e;
    result.host = where.host;
    result.port = where.has_port ? where.port : detail::default_port(result.secure);
    text.remove_prefix(before_path.size());

    const std::string_view path = detail::subview(text, 0, text.find('?'));
    if (!path.empty())
        result.path = path;
    if (path.size() < text.size())
        result.query = detail::subview(text, path.size() + 1); // RFC 6455 3: an empty query is the same as none
    if (!detail::is_resource_name(result.path, result.query))
        return error::uri_path_invalid;
    out = result;
    return error::none;
}

/// Not available: the views of the result refer to the text.
template <detail::temporary_text Text>
error parse_uri(Text&& text, uri& out, uri::schemes allowed = uri::schemes::websocket) = delete;

/// Percent-encodes one component of a path or query, so that every character is data: "#" becomes "%23", and everything else
/// but letters, digits and -._~ is encoded too.
///
/// @param text  any octets, usually UTF-8; looked at during the call only
/// @param room  three times `text.size()` is always enough
/// @return a view into `room`, or an empty view if it is too small
/// @par Source RFC 3986 2.1, 2.3; RFC 6455 3
[[nodiscard]] constexpr std::string_view percent_encode(std::string_view text, std::span<char> room) noexcept
{
    constexpr std::string_view unreserved_marks = "-._~";
    detail::uri_writer out{room};
    for (const char c : text) {
        const bool letter = detail::to_lower(c) >= 'a' && detail::to_lower(c) <= 'z';
        if (letter || detail::has_class(c, detail::decimal_digit) || unreserved_marks.find(c) != std::string_view::npos)
            out.put(c);
        else
            out.put_encoded(c);
    }
    return out.text();
}

/// Writes a URI as a browser shows it: ws or wss, the port only if it is not the default one.
///
/// @param room  as many characters as the text that was parsed, and 1, are always enough
/// @return a view into `room`, or an empty view if it is too small
/// @par Source RFC 6455 3; WHATWG WebSockets 3.1 (url)
[[nodiscard]] constexpr std::string_view format_uri(const uri& where, std::span<char> room) noexcept
{
    detail::uri_writer out{room};
    out.put(where.secure ? "wss://" : "ws://");
    detail::put_authority(out, where);
    detail::put_resource_name(out, where);
    return out.text();
}

} // namespace sockless::inline SOCKLESS_ABI
