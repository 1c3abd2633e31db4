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
#include <sockless/http/url.hpp>

#include <algorithm>
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
    require(fuzz::lies_in(read.host, text) && fuzz::lies_in(read.query, text), "the parts are inside the text");
    require(read.path == "/" || fuzz::lies_in(read.path, text), "the path is inside the text");
    require(is_slow_host(read.host), "the host is valid");
    require(read.path.starts_with('/') && is_encoded(read.path, path_marks), "the path is valid");
    require(is_encoded(read.query, query_marks), "the query is valid");

    const std::string scheme = fuzz::slow_head::lower(std::string{text.substr(0, text.find(':'))});
    require(read.secure == (scheme == "wss" || scheme == "https"), "schemes that end with s are secure");
    std::string_view rest = text.substr(scheme.size());
    const auto take = [&rest](std::string_view part, const char* what) {
        require(rest.starts_with(part), what);
        rest.remove_prefix(part.size());
    };
    take("://", "the scheme is followed by ://");
    take(read.host, "the host follows");
    if (rest.starts_with(':')) {
        rest.remove_prefix(1);
        std::size_t digits = 0;
        unsigned port = 0;
        while (digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9')
            port = port * 10 + static_cast<unsigned>(rest[digits++] - '0');
        require(digits == 0 ? read.has_default_port() : port == read.port, "the port follows the host");
        rest.remove_prefix(digits);
    } else {
        require(read.has_default_port(), "without a port the default port is used");
    }
    if (rest.starts_with('/'))
        take(read.path, "the path follows");
    else
        require(read.path == "/", "an absent path is a slash");
    if (rest.starts_with('?')) {
        rest.remove_prefix(1);
        take(read.query, "the query follows");
    } else {
        require(read.query.empty(), "an absent query is empty");
    }
    require(rest.empty(), "nothing follows the query");
}

/// The formatted URI is the same URI.
void check_written(std::size_t enough, const sockless::uri& read)
{
    std::string room(enough, ' ');
    const std::string_view written = fuzz::core([&] { return format_uri(read, room); });
    sockless::uri again;
    require(!written.empty() && parse_uri(written, again) == error::none, "a formatted URI can be parsed");
    require(again.secure == read.secure && again.host == read.host && again.port == read.port &&
                again.path == read.path && again.query == read.query,
            "parsing a formatted URI gives the same parts");
    require(format_uri(read, std::span{room}.first(written.size() - 1)).empty(),
            "a buffer that is too small gives nothing");
}

/// A URL is repaired to a URI that a request can carry, whatever it was.
void check_url(std::string_view text, std::size_t room)
{
    std::string storage(4 * text.size() + 64, ' ');
    sockless::url whole;
    const error e = fuzz::core([&] { return parse_url(text, storage, whole); });
    require(e != error::no_space, "so much storage is always enough");
    const support::exact_block small{std::as_bytes(std::span{storage}.first(std::min(room, storage.size())))};
    sockless::url out;
    const auto characters = std::span{reinterpret_cast<char*>(small.bytes().data()), small.bytes().size()};
    const error f = fuzz::core([&] { return parse_url(text, characters, out); });
    require(f == e || f == error::no_space, "less storage only means that it does not fit");
    if (failed(f))
        return;
    require(sockless::detail::is_resource_name(out.where.path, out.where.query) && is_slow_host(out.where.host),
            "a request can carry it");
    require(out.host.find('[') == std::string_view::npos, "an address to connect to has no brackets");
    check_written(storage.size(), out.where);
    std::string again(4 * storage.size() + 64, ' ');
    std::string written(storage.size(), ' ');
    sockless::url same;
    require(parse_url(format_uri(out.where, written), again, same) == error::none &&
                same.where.path == out.where.path && same.where.query == out.where.query &&
                same.where.host == out.where.host,
            "what was repaired stays as it is");
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
        require(sockless::detail::is_resource_name(read.path, read.query), "a parsed URI is valid to send");
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
        check_written(ws.size() + 1, other);
    }
    check_url(text, input.size() % 97);
    check_url(ws, input.size() % 97);

    std::string room(text.size() * 3, ' ');
    const std::string_view encoded = fuzz::core([&] { return sockless::percent_encode(text, room); });
    require(encoded.size() >= text.size() && is_encoded(encoded, "-._~"),
            "encoded text has unreserved characters only");
    std::string decoded;
    for (std::size_t i = 0; i < encoded.size(); ++i) {
        if (encoded[i] != '%') {
            decoded += encoded[i];
            continue;
        }
        decoded += static_cast<char>(std::stoi(std::string{encoded.substr(i + 1, 2)}, nullptr, 16));
        i += 2;
    }
    require(decoded == text, "decoding restores the text");
    if (!encoded.empty())
        require(sockless::percent_encode(text, std::span{room}.first(encoded.size() - 1)).empty(),
                "a buffer that is too small gives nothing");
}

const fuzz::target here{"uri", body};

} // namespace
