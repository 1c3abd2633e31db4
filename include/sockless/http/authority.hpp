// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file checks `host [ ":" port ]` as it stands in URIs and in the Host field (RFC 3986 3.2.2, 3.2.3).
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "field_grammar.hpp"
#include "value_grammar.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

namespace detail {

/// Whether `text` consists of `wanted` characters and of "%" with two hexadecimal digits (RFC 3986 2.1).
[[nodiscard]] constexpr bool is_percent_encoded(std::string_view text, character_class wanted) noexcept
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is(text[i], wanted))
            continue;
        if (text[i] != '%' || text.size() - i < 3 || !is(text[i + 1], hex_digit) || !is(text[i + 2], hex_digit))
            return false;
        i += 2;
    }
    return true;
}

/// Four numbers from 0 to 255 without leading zeros.
[[nodiscard]] constexpr bool is_ipv4_address(std::string_view text) noexcept
{
    for (int part = 0; part < 4; ++part) {
        if (part != 0) {
            if (text.empty() || text.front() != '.')
                return false;
            text.remove_prefix(1);
        }
        std::size_t digits = 0;
        unsigned value = 0;
        while (digits < text.size() && digits < 3 && is(text[digits], decimal_digit))
            value = value * 10 + static_cast<unsigned>(text[digits++] - '0');
        if (digits == 0 || value > 255 || (digits > 1 && text.front() == '0'))
            return false;
        text.remove_prefix(digits);
    }
    return text.empty();
}

/// Eight groups of up to four hexadecimal digits; the last two may be an IPv4 address; "::" stands for one group or more.
[[nodiscard]] constexpr bool is_ipv6_address(std::string_view text) noexcept
{
    int groups = 0;
    bool shortened = begins_with(text, "::");
    if (shortened)
        text.remove_prefix(2);
    while (!text.empty()) {
        std::size_t digits = 0;
        while (digits < text.size() && digits < 5 && is(text[digits], hex_digit))
            ++digits;
        if (digits == 0 || digits > 4)
            return false;
        if (digits < text.size() && text[digits] == '.') {
            if (!is_ipv4_address(text))
                return false;
            groups += 2;
            break;
        }
        ++groups;
        text.remove_prefix(digits);
        if (text.empty())
            break;
        if (groups > 7 || text.front() != ':' || text.size() == 1)
            return false;
        text.remove_prefix(1);
        if (text.front() == ':') {
            if (shortened)
                return false;
            shortened = true;
            text.remove_prefix(1);
        }
    }
    return shortened ? groups < 8 : groups == 8;
}

/// "v" hexadecimal digits "." and characters of a registered name or ":"
[[nodiscard]] constexpr bool is_ip_future(std::string_view text) noexcept
{
    if (text.empty() || to_lower(text.front()) != 'v')
        return false;
    text.remove_prefix(1);
    const std::string_view version = up_to(text, '.');
    if (version.empty() || version.size() + 1 >= text.size() || !all_are<hex_digit>(version))
        return false;
    for (const char c : part(text, version.size() + 1))
        if (c != ':' && !is(c, reg_name_character))
            return false;
    return true;
}

/// Whether there is a port in what agrees with the grammar of a host.
[[nodiscard]] constexpr bool brings_port(std::string_view host) noexcept
{
    return !host.ends_with(']') && up_to(host, ':').size() != host.size();
}

} // namespace detail

/// Whether `host` may stand in a URI: a name, an IPv4 address, or an IPv6 or later address in brackets; never empty.
///
/// Names in other scripts have to be in their ASCII form (RFC 6455 11.1.1). Zone identifiers are refused: they mean nothing to
/// the peer.
///
/// source    RFC 3986 3.2.2
/// cost      O(host.size())
[[nodiscard]] constexpr bool is_host(std::string_view host) noexcept
{
    if constexpr (detail::optimize_size)
        return detail::agrees<detail::value_state::host>(host) && !detail::brings_port(host);
    if (host.empty())
        return false;
    if (host.front() != '[')
        return detail::is_percent_encoded(host, detail::reg_name_character);
    if (host.back() != ']')
        return false;
    const std::string_view address = detail::part(host, 1, host.size() - 2);
    return detail::is_ipv6_address(address) || detail::is_ip_future(address);
}

/// A host and a port, and whether the port was written.
struct authority {
    std::string_view host = {}; ///< with the brackets of an address
    std::uint16_t port = 0;
    bool has_port = false; ///< false for an empty port too, which means the default
};

/// Takes `host [ ":" port ]` apart.
///
/// `text`    the result's views point into it
/// errors    `uri_has_userinfo`, `uri_host_invalid`, `uri_port_invalid`; `out` is unchanged then
/// source    RFC 3986 3.2; RFC 6455 3
/// cost      O(text.size())
[[nodiscard]] constexpr error parse_authority(std::string_view text, authority& out) noexcept
{
    if (!detail::optimize_size && !text.empty() && detail::all_are<detail::reg_name_character>(text)) { // as most are
        out = {.host = text};
        return error::none;
    }
    if (detail::up_to(text, '@').size() != text.size())
        return error::uri_has_userinfo;
    const bool literal = text.starts_with('[');
    authority result{.host = detail::up_to(text, literal ? ']' : ':')};
    if (literal && result.host.size() < text.size())
        result.host = detail::part(text, 0, result.host.size() + 1);
    text.remove_prefix(result.host.size());
    if (!is_host(result.host) || (!text.empty() && text.front() != ':'))
        return error::uri_host_invalid;
    if (text.size() > 1) {
        std::uint32_t port = 0;
        for (const char c : detail::part(text, 1)) {
            if (!detail::is(c, detail::decimal_digit))
                return error::uri_port_invalid;
            port = port * 10 + static_cast<std::uint32_t>(c - '0');
            if (port > 0xFFFF)
                return error::uri_port_invalid;
        }
        result.port = static_cast<std::uint16_t>(port);
        result.has_port = true;
    }
    out = result;
    return error::none;
}

} // namespace sockless::inline SOCKLESS_ABI
