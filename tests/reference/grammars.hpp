// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The grammars of field values, hosts, paths and queries as functions, written from the RFCs for comparison with the table.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace reference {

inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}
inline bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
inline bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
/// RFC 3986 2.2, 2.3: unreserved and sub-delims
inline bool is_name_character(char c)
{
    return is_letter(c) || is_digit(c) || std::string_view{"-._~!$&'()*+,;="}.find(c) != std::string_view::npos;
}
/// RFC 9110 5.6.2
inline bool is_token(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return is_letter(c) || is_digit(c) || std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
    });
}
inline std::vector<std::string_view> split(std::string_view text, char at)
{
    std::vector<std::string_view> result;
    while (true) {
        const std::size_t end = text.find(at);
        result.push_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return result;
        text.remove_prefix(end + 1);
    }
}
inline std::string_view trimmed(std::string_view text)
{
    const std::size_t begin = text.find_first_not_of(" \t");
    return begin == std::string_view::npos ? std::string_view{}
                                           : text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

/// RFC 9110 5.6.1, 7.8: tokens, each with a version after a slash if `with_versions`
inline bool is_list(std::string_view text, bool with_versions)
{
    for (const std::string_view part : split(text, ',')) {
        const std::string_view element = trimmed(part);
        if (element.empty())
            continue;
        const std::vector<std::string_view> words = split(element, '/');
        if (words.size() > (with_versions ? 2 : 1) || !std::all_of(words.begin(), words.end(), is_token))
            return false;
    }
    return true;
}

inline bool is_number(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

/// RFC 6455 4.3, RFC 3986 3.2.2 (dec-octet): 0 to 255 without leading zeros
inline bool is_octet(std::string_view text)
{
    if (text.empty() || text.size() > 3 || !std::all_of(text.begin(), text.end(), is_digit))
        return false;
    int value = 0;
    for (const char c : text)
        value = value * 10 + (c - '0');
    return value <= 255 && (text.size() == 1 || text.front() != '0');
}

inline bool is_ipv4_address(std::string_view text)
{
    const std::vector<std::string_view> parts = split(text, '.');
    return parts.size() == 4 && std::all_of(parts.begin(), parts.end(), is_octet);
}

/// RFC 3986 3.2.2: groups on either side of a "::", or eight of them; the last two can be an IPv4 address
inline bool is_ipv6_address(std::string_view text)
{
    const auto count = [](std::string_view side, bool with_ipv4) -> int { // of groups; -1: malformed
        if (side.empty())
            return 0;
        const std::vector<std::string_view> groups = split(side, ':');
        int result = 0;
        for (std::size_t i = 0; i < groups.size(); ++i) {
            if (with_ipv4 && i + 1 == groups.size() && is_ipv4_address(groups[i]))
                result += 2;
            else if (groups[i].empty() || groups[i].size() > 4 ||
                     !std::all_of(groups[i].begin(), groups[i].end(), is_hex))
                return -1;
            else
                ++result;
        }
        return result;
    };
    const std::size_t gap = text.find("::");
    if (gap == std::string_view::npos)
        return count(text, true) == 8;
    const int before = count(text.substr(0, gap), false);
    const int after = count(text.substr(gap + 2), true);
    return before >= 0 && after >= 0 && before + after < 8;
}

/// RFC 3986 3.2.2: "v" hexadecimal digits "." and characters of a registered name or ":"
inline bool is_ip_future(std::string_view text)
{
    const std::size_t dot = text.find('.');
    if (text.empty() || (text.front() != 'v' && text.front() != 'V') || dot == std::string_view::npos)
        return false;
    const std::string_view version = text.substr(1, dot - 1);
    const std::string_view address = text.substr(dot + 1);
    return !version.empty() && !address.empty() && std::all_of(version.begin(), version.end(), is_hex) &&
           std::all_of(address.begin(), address.end(), [](char c) { return c == ':' || is_name_character(c); });
}

template <class IsAllowed>
bool is_percent_encoded(std::string_view text, const IsAllowed& is_allowed)
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_allowed(text[i]))
            continue;
        if (text[i] != '%' || text.size() - i < 3 || !is_hex(text[i + 1]) || !is_hex(text[i + 2]))
            return false;
        i += 2;
    }
    return true;
}

inline bool is_host(std::string_view text)
{
    if (text.starts_with('['))
        return text.size() > 1 && text.ends_with(']') &&
               (is_ipv6_address(text.substr(1, text.size() - 2)) || is_ip_future(text.substr(1, text.size() - 2)));
    return !text.empty() && is_percent_encoded(text, is_name_character);
}

/// RFC 3986 3.3
inline bool is_path_character(char c)
{
    return is_name_character(c) || c == ':' || c == '@' || c == '/';
}
inline bool is_path(std::string_view text)
{
    return text.starts_with('/') && is_percent_encoded(text, is_path_character);
}
/// RFC 3986 3.4
inline bool is_query(std::string_view text)
{
    return is_percent_encoded(text, [](char c) { return is_path_character(c) || c == '?'; });
}

/// extension-list = 1#( token *( OWS ";" OWS token [ OWS "=" OWS ( token / quoted-string ) ] ) )
class slow_extension_parser {
public:
    explicit slow_extension_parser(std::string_view text) : text_{text} {}

    /// Returns one line per extension, up to the first malformed one. `good` if the whole text is well formed.
    std::vector<std::string> list(bool& good)
    {
        std::vector<std::string> result;
        good = true;
        while (true) {
            while (at_ < text_.size() && (text_[at_] == ',' || text_[at_] == ' ' || text_[at_] == '\t'))
                ++at_;
            if (at_ == text_.size())
                return result;
            std::string line = token();
            good = !line.empty();
            space();
            while (good && take(';')) {
                space();
                const std::string name = token();
                space();
                line += " ; " + name;
                good = !name.empty();
                if (good && take('=')) {
                    space();
                    const std::string value = take('"') ? quoted() : token();
                    space();
                    line += " = " + value;
                    good = !value.empty();
                }
            }
            good = good && (at_ == text_.size() || text_[at_] == ',');
            if (!good)
                return result;
            result.push_back(line);
        }
    }

private:
    void space()
    {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t'))
            ++at_;
    }
    bool take(char c)
    {
        if (at_ == text_.size() || text_[at_] != c)
            return false;
        ++at_;
        return true;
    }
    std::string token()
    {
        std::string result;
        while (at_ < text_.size() && is_token(text_.substr(at_, 1)))
            result += text_[at_++];
        return result;
    }
    /// After the opening quotation mark; returns nothing if the unquoted value is not a token.
    std::string quoted()
    {
        std::string result;
        while (at_ < text_.size() && text_[at_] != '"') {
            if (text_[at_] == '\\' && ++at_ == text_.size())
                return {};
            result += text_[at_++];
        }
        return take('"') && is_token(result) ? result : std::string{};
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

} // namespace reference
