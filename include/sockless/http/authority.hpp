// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file checks and splits `host [ ":" port ]`, which URIs and the Host field have (RFC 3986 3.2.2, 3.2.3).
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "character_class.hpp"
#include "value_grammar.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

namespace detail {

/// Returns whether a text that matches the grammar of a host has a port.
[[nodiscard]] constexpr bool has_port_part(std::string_view host) noexcept
{
    return !host.ends_with(']') && before(host, ':').size() != host.size();
}

/// Reads a decimal port.
///
/// @return false if it is none; `port` is unchanged then
[[nodiscard]] constexpr bool parse_port(std::string_view digits, std::uint16_t& port) noexcept
{
    std::uint32_t value = 0;
    for (const char c : digits) {
        if (!has_class(c, decimal_digit))
            return false;
        value = value * 10 + static_cast<std::uint32_t>(c - '0');
        if (value > 0xFFFF)
            return false;
    }
    port = static_cast<std::uint16_t>(value);
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
    return matches<value_state::host>(host) && !has_port_part(host);
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
    if (!text.empty() && all_of<reg_name_character>(text)) { // the common form
        out = {.host = text};
        return error::none;
    }
    if (before(text, '@').size() != text.size())
        return error::uri_has_userinfo;
    const bool literal = text.starts_with('[');
    authority result{.host = before(text, literal ? ']' : ':')};
    if (literal && result.host.size() < text.size())
        result.host = subview(text, 0, result.host.size() + 1);
    text.remove_prefix(result.host.size());
    if (!is_host(result.host) || (!text.empty() && text.front() != ':'))
        return error::uri_host_invalid;
    if (text.size() > 1) {
        if (!parse_port(subview(text, 1), result.port))
            return error::uri_port_invalid;
        result.has_port = true;
    }
    out = result;
    return error::none;
}

} // namespace detail

} // namespace sockless::inline SOCKLESS_ABI
