// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file parses URLs as people write them, as a browser does, and repairs what a request cannot carry.
///
/// @code
/// std::array<char, 1024> storage_of_url;        // outlives the websocket, like the result
/// sockless::url address;
/// e = sockless::parse_url("wss://user:p%40ss@example.com/a b?q=|", storage_of_url, address);
/// sockless::connect_options options{.where = address.where};
/// std::array<char, 256> credentials;            // outlives the call of `connect`
/// const sockless::field authorization{"Authorization",
///                                     sockless::basic_credentials(address.user, address.password, credentials)};
/// if (!address.user.empty() && !authorization.value.empty())
///     options.fields = {&authorization, 1};
/// @endcode
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "character_class.hpp"
#include "uri.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

/// The parts of a URL. All views point into the storage that `parse_url` was given.
struct url {
    uri where = {};             ///< for `connect_options::where`
    std::string_view host = {}; ///< for name resolution: without brackets, with the zone of a link-local address
    std::string_view user = {}; ///< percent-decoded, for `basic_credentials`, which takes none with ":"; may be empty
    std::string_view password = {}; ///< percent-decoded
};

namespace detail {

/// Returns whether `text` starts with `%XX`.
[[nodiscard]] constexpr bool starts_with_code(std::string_view text) noexcept
{
    return text.size() > 2 && text[0] == '%' && digit_value(text[1]) < 16 && digit_value(text[2]) < 16;
}

/// Writes a text with each `%XX` replaced by its octet.
constexpr void put_decoded(std::string_view text, uri_writer& out) noexcept
{
    while (!text.empty()) {
        const bool code = starts_with_code(text);
        out.put(code ? static_cast<char>(digit_value(text[1]) * 16 + digit_value(text[2])) : text[0]);
        text.remove_prefix(code ? 3 : 1);
    }
}

/// Writes a text that a path or a query may have: what RFC 3986 does not allow there is percent-encoded, codes stay as they are.
constexpr void put_resource(std::string_view text, uri_writer& out) noexcept
{
    for (; !text.empty(); text.remove_prefix(1)) {
        const char c = text[0];
        if (has_class(c, path_character) || c == '?' || starts_with_code(text))
            out.put(c);
        else
            out.put_encoded(c);
    }
}

/// Returns the number of dots that a segment consists of, if it is "." or ".." in any spelling; else 0.
[[nodiscard]] constexpr std::size_t dots_of(std::string_view segment) noexcept
{
    std::size_t dots = 0;
    while (!segment.empty() && dots < 3) {
        const bool code = starts_with_code(segment) && segment[1] == '2' && to_lower(segment[2]) == 'e';
        if (!code && segment[0] != '.')
            return 0;
        segment.remove_prefix(code ? 3 : 1);
        ++dots;
    }
    return dots < 3 ? dots : 0;
}

/// Writes a path without "." and "..".
constexpr void put_path(std::string_view path, uri_writer& out) noexcept
{
    while (!path.empty()) {
        path.remove_prefix(1); // "/" or "\"
        const std::string_view segment = subview(path, 0, path.find_first_of("/\\"));
        path.remove_prefix(segment.size());
        const std::size_t dots = dots_of(segment);
        if (dots == 2)
            out.remove_segment();
        if (dots == 0 || path.empty())
            out.put('/');
        if (dots == 0)
            put_resource(segment, out);
    }
    if (out.current().empty())
        out.put('/');
}

/// Reads a part of an IPv4 address: decimal, with 0x hexadecimal, with another 0 octal.
///
/// @return false if it is not a number
[[nodiscard]] constexpr bool parse_ipv4_part(std::string_view part, std::uint64_t& value) noexcept
{
    unsigned base = 10;
    if (part.empty())
        return false;
    if (part.size() > 1 && part[0] == '0') {
        base = to_lower(part[1]) == 'x' ? 16 : 8;
        part.remove_prefix(base == 16 ? 2 : 1);
    }
    value = 0;
    for (const char c : part) {
        const unsigned digit = digit_value(c);
        if (digit >= base)
            return false;
        value = value >> 32U != 0 ? value : value * base + digit; // anything above 32 bits is too large
    }
    return true;
}

/// Returns whether the last label is a number: the host is an IPv4 address then, or invalid.
[[nodiscard]] constexpr bool ends_in_number(std::string_view host) noexcept
{
    if (host.ends_with('.'))
        host.remove_suffix(1);
    const std::size_t dot = host.rfind('.');
    const std::string_view last = dot == std::string_view::npos ? host : subview(host, dot + 1);
    std::uint64_t value = 0;
    return (!last.empty() && last.find_first_not_of("0123456789") == std::string_view::npos) ||
           parse_ipv4_part(last, value);
}

/// Writes the usual form of an IPv4 address.
///
/// @return false if it is none
[[nodiscard]] constexpr bool put_ipv4(std::string_view host, uri_writer& out) noexcept
{
    if (host.ends_with('.'))
        host.remove_suffix(1);
    std::uint64_t address = 0;
    unsigned parts = 0;
    for (bool last = false; !last; ++parts) {
        const std::string_view part = before(host, '.');
        last = part.size() == host.size();
        host.remove_prefix(part.size() + (last ? 0 : 1));
        std::uint64_t value = 0;
        if (parts == 4 || !parse_ipv4_part(part, value))
            return false;
        const unsigned bits = last ? 8 * (4 - parts) : 8; // the last part fills the address
        if (value >> bits != 0)
            return false;
        address = (address << bits) | value;
    }
    for (unsigned shift = 32; shift != 0; shift -= 8) {
        std::array<char, 20> digits{};
        out.put(format_number(address >> (shift - 8) & 0xFFU, digits));
        if (shift != 8)
            out.put('.');
    }
    return true;
}

/// Writes the forms of a host: for the Host field, and for name resolution.
[[nodiscard]] constexpr error put_host(std::string_view text, uri_writer& out, url& result) noexcept
{
    if (text.starts_with('[')) {
        if (!text.ends_with(']') || text.find('v') == 1 || text.find('V') == 1)
            return error::uri_host_invalid;
        const std::string_view address = before(subview(text, 1, text.size() - 2), '%');
        std::string_view zone = subview(text, 1 + address.size(), text.size() - 2 - address.size());
        out.put('[');
        for (const char c : address)
            out.put(to_lower(c));
        out.put(']');
        result.where.host = out.take();
        if (out.full())
            return error::no_space;
        result.host = subview(result.where.host, 1, address.size());
        if (!zone.empty()) { // RFC 6874 2: "%25" and the name of an interface; many programs write "%" alone
            zone.remove_prefix(zone.starts_with("%25") ? 3 : 1);
            if (zone.empty())
                return error::uri_host_invalid;
            out.put(result.host);
            out.put('%');
            const std::size_t name = out.current().size();
            put_decoded(zone, out);
            // a resolver would read a part of it, or take it for another address
            for (const char c : subview(out.current(), name))
                if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '[' || c == ']')
                    return error::uri_host_invalid;
            result.host = out.take();
        }
        return is_host(result.where.host) ? error::none : error::uri_host_invalid;
    }
    put_decoded(text, out);
    const std::string_view decoded = out.take();
    for (const char c : decoded) {
        if (static_cast<unsigned char>(c) > 0x7F)
            return error::uri_host_not_ascii;
        out.put(to_lower(c));
    }
    result.where.host = out.take();
    if (out.full())
        return error::no_space;
    if (ends_in_number(result.where.host)) {
        if (!put_ipv4(result.where.host, out))
            return error::uri_host_invalid;
        result.where.host = out.take();
    }
    result.host = result.where.host;
    // WHATWG URL 3.5: these are forbidden in a domain, even if they were percent-encoded
    const bool good = is_host(result.host) && result.host.find_first_of("%[") == std::string_view::npos;
    return good || out.full() ? error::none : error::uri_host_invalid;
}

} // namespace detail

/// Parses a URL as a browser does, and repairs what a request cannot carry.
///
/// Takes what the WHATWG's URL parser takes for ws, wss, http (as ws) and https (as wss), without a base URL. White space around
/// it, and tabs and line ends in it, are removed; "\" is "/"; "." and ".." are resolved; the host has lower-case letters, and an IPv4
/// address four decimal parts; a path and a query keep their percent-codes, and every other octet that RFC 3986 does not allow there is
/// percent-encoded, also "|", "[", "]", "^" and a "%" without two digits, which a browser sends as they are. An IPv6 address may
/// have a zone, which the Host field does not get, and which has no control characters and no brackets.
///
/// @param text      read during the call only
/// @param storage   of the caller; the result points into it. Four times `text.size()`, and 64, are always enough
/// @param[out] out  unchanged on error
/// @return          `error::none`, or why it is no URL of a WebSocket
/// @par Errors      uri_scheme_invalid, uri_has_fragment, uri_host_invalid, uri_host_not_ascii (write a name of another script in
///                  its ASCII form, "xn--..."), uri_port_invalid, no_space
/// @par Source      WHATWG URL 4.4, WebSockets 3.1; RFC 6455 3, 11.1.1; RFC 6874
/// @par Complexity  O(text.size())
[[nodiscard]] constexpr error parse_url(std::string_view text, std::span<char> storage, url& out) noexcept
{
    using detail::subview;
    detail::uri_writer writer{storage};
    while (!text.empty() && static_cast<unsigned char>(text.front()) <= 0x20)
        text.remove_prefix(1);
    while (!text.empty() && static_cast<unsigned char>(text.back()) <= 0x20)
        text.remove_suffix(1);
    if (text.find_first_of("\t\r\n") != std::string_view::npos) {
        for (const char c : text)
            if (c != '\t' && c != '\r' && c != '\n')
                writer.put(c);
        text = writer.take();
        if (writer.full())
            return error::no_space;
    }
    if (text.find('#') != std::string_view::npos)
        return error::uri_has_fragment;

    const std::string_view scheme = detail::before(text, ':');
    url result;
    if (scheme.size() == text.size() ||
        !detail::parse_scheme(scheme, uri::schemes::websocket_or_http, result.where.secure))
        return error::uri_scheme_invalid;
    text.remove_prefix(scheme.size() + 1);
    while (text.starts_with('/') || text.starts_with('\\'))
        text.remove_prefix(1);

    std::string_view where = subview(text, 0, text.find_first_of("/\\?"));
    text.remove_prefix(where.size());
    if (const std::size_t at = where.rfind('@'); at != std::string_view::npos) {
        const std::string_view user = detail::before(subview(where, 0, at), ':');
        detail::put_decoded(user, writer);
        result.user = writer.take();
        if (user.size() < at)
            detail::put_decoded(subview(where, user.size() + 1, at - user.size() - 1), writer);
        result.password = writer.take();
        where.remove_prefix(at + 1);
    }
    const std::size_t bracket = where.starts_with('[') ? where.find(']') : 0;
    if (bracket == std::string_view::npos)
        return error::uri_host_invalid;
    const std::string_view host = subview(where, 0, where.find(':', bracket));
    if (const error e = detail::put_host(host, writer, result); failed(e))
        return e;
    result.where.port = detail::default_port(result.where.secure);
    if (where.size() > host.size() + 1 && !detail::parse_port(subview(where, host.size() + 1), result.where.port))
        return error::uri_port_invalid;

    const std::string_view path = subview(text, 0, text.find('?'));
    detail::put_path(path, writer);
    result.where.path = writer.take();
    if (path.size() < text.size())
        detail::put_resource(subview(text, path.size() + 1), writer);
    result.where.query = writer.take();
    if (writer.full())
        return error::no_space;
    out = result;
    return error::none;
}

} // namespace sockless::inline SOCKLESS_ABI
