// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Parses any characters as a URI: a parsed URI can be formatted again, every part conforms to RFC 3986, and the operating system accepts the
/// same addresses.
///
/// The first byte selects the schemes.
#include "slow_head.hpp"
#include "watch.hpp"

#include "support/exact_block.hpp"

#include <sockless/bytes/copy.hpp>
#include <sockless/http/uri.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#if defined(__unix__) || defined(__APPLE__)
#include <arpa/inet.h>
#endif

namespace {

using fuzz::require;
using sockless::error;

/// Returns whether every character is in a set, or "%" with two hexadecimal digits.
bool is_encoded(std::string_view text, std::string_view marks)
{
    const auto is_hex = [](char c) {
        return std::string_view{"0123456789abcdefABCDEF"}.find(c) != std::string_view::npos;
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            if (text.size() < i + 3 || !is_hex(text[i + 1]) || !is_hex(text[i + 2]))
                return false;
            i += 2;
        } else if (!fuzz::is_letter_or_digit(text[i]) && marks.find(text[i]) == std::string_view::npos) {
            return false;
        }
    }
    return true;
}

constexpr std::string_view name_marks = "-._~!$&'()*+,;=";
constexpr std::string_view path_marks = "-._~!$&'()*+,;=:@/";
constexpr std::string_view query_marks = "-._~!$&'()*+,;=:@/?";

bool is_slow_host(std::string_view host)
{
    if (!host.starts_with('['))
        return !host.empty() && is_encoded(host, name_marks);
    if (!host.ends_with(']') || host.size() < 2)
        return false;
    const std::string address{host.substr(1, host.size() - 2)};
    if (address.starts_with('v') || address.starts_with('V')) {
        const std::size_t dot = address.find('.');
        return dot != std::string::npos && dot > 1 && address.find_first_not_of("0123456789abcdefABCDEF", 1) == dot &&
               dot + 1 < address.size() && address.find('%') == std::string::npos &&
               is_encoded(std::string_view{address}.substr(dot + 1), "-._~!$&'()*+,;=:");
    }
#if defined(__unix__) || defined(__APPLE__)
    std::array<unsigned char, 16> bytes{};
    return address.find('\0') == std::string::npos && ::inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1;
#else
    return sockless::detail::is_host(host);
#endif
}

/// Each part is valid by itself, and together they are the text.
void check_parts(std::string_view text, const sockless::uri& read)
{
    require(fuzz::lies_in(read.host, text) && fuzz::lies_in(read.query, text), "the parts lie in the text");
    require(read.path == "/" || fuzz::lies_in(read.path, text), "the path lies there too");
    require(is_slow_host(read.host), "the host is one");
    require(read.path.starts_with('/') && is_encoded(read.path, path_marks), "the path is one");
    require(is_encoded(read.query, query_marks), "the query is one");

    const std::string scheme = fuzz::slow_head::lower(std::string{text.substr(0, text.find(':'))});
    require(read.secure == (scheme == "wss" || scheme == "https"), "secure is what ends with s");
    std::string_view rest = text.substr(scheme.size());
    const auto take = [&rest](std::string_view part, const char* what) {
        require(rest.starts_with(part), what);
        rest.remove_prefix(part.size());
    };
    take("://", "behind the scheme comes ://");
    take(read.host, "then the host");
    if (rest.starts_with(':')) {
        rest.remove_prefix(1);
        std::size_t digits = 0;
        unsigned port = 0;
        while (digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9')
            port = port * 10 + static_cast<unsigned>(rest[digits++] - '0');
        require(digits == 0 ? read.has_default_port() : port == read.port, "then the port");
        rest.remove_prefix(digits);
    } else {
        require(read.has_default_port(), "without a port it is the default");
    }
    if (rest.starts_with('/'))
        take(read.path, "then the path");
    else
        require(read.path == "/", "no path is the root");
    if (rest.starts_with('?')) {
        rest.remove_prefix(1);
        take(read.query, "then the query");
    } else {
        require(read.query.empty(), "no query is an empty one");
    }
    require(rest.empty(), "and nothing else");
}

/// The formatted URI is the same URI.
void check_written(std::string_view text, const sockless::uri& read)
{
    std::string room(text.size() + 1, ' ');
    const std::string_view written = fuzz::core([&] { return format_uri(read, room); });
    sockless::uri again;
    require(!written.empty() && parse_uri(written, again) == error::none, "what is written can be read");
    require(again.secure == read.secure && again.host == read.host && again.port == read.port &&
                again.path == read.path && again.query == read.query,
            "and is the same");
    require(format_uri(read, std::span{room}.first(written.size() - 1)).empty(), "too little room gives nothing");
}

void body(std::span<const std::byte> input)
{
    fuzz::decisions in{input};
    const auto schemes = static_cast<sockless::uri::schemes>(in.byte() % 3);
    const support::exact_block block{in.rest()};
    const std::string_view text = sockless::as_text(block.bytes());

    sockless::uri read;
    read.port = 7;
    const error e = fuzz::core([&] { return parse_uri(text, read, schemes); });
    require(!failed(e) || (read.port == 7 && read.host.empty()), "an error changes nothing");
    if (!failed(e)) {
        check_parts(text, read);
        require(sockless::detail::is_resource_name(read.path, read.query), "what was parsed can be sent");
        require(text.find('#') == std::string_view::npos && text.find(' ') == std::string_view::npos,
                "no fragment, no space");
    }
    require(fuzz::core([&] { return sockless::detail::is_host(text); }) == is_slow_host(text), "is_host");

    sockless::detail::authority where{"unchanged", 7, false};
    const error a = fuzz::core([&] { return sockless::detail::parse_authority(text, where); });
    require(failed(a) ? where.host == "unchanged" : is_slow_host(where.host), "an authority has a host");

    // After a scheme, most texts are hosts.
    const std::string ws = "ws://" + std::string{text};
    sockless::uri other;
    if (!failed(parse_uri(ws, other))) {
        check_parts(ws, other);
        check_written(ws, other);
    }

    std::string room(text.size() * 3, ' ');
    const std::string_view encoded = fuzz::core([&] { return sockless::percent_encode(text, room); });
    require(encoded.size() >= text.size() && is_encoded(encoded, "-._~"), "what is encoded is plain");
    std::string decoded;
    for (std::size_t i = 0; i < encoded.size(); ++i) {
        if (encoded[i] != '%') {
            decoded += encoded[i];
            continue;
        }
        decoded += static_cast<char>(std::stoi(std::string{encoded.substr(i + 1, 2)}, nullptr, 16));
        i += 2;
    }
    require(decoded == text, "and stands for the text");
    if (!encoded.empty())
        require(sockless::percent_encode(text, std::span{room}.first(encoded.size() - 1)).empty(),
                "too little room gives nothing");
}

const fuzz::target here{"uri", body};

} // namespace
