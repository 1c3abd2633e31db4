// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A slow parser of a complete HTTP head: first it searches the end, then it divides lines, then it parses their content (RFC 9112 2-5).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fuzz {

struct slow_head {
    bool good = false;              ///< complete and well formed; otherwise the other members are not set
    std::size_t size = 0;           ///< of the head, including its empty line
    std::vector<std::string> start; ///< method or status, target or reason, version
    std::vector<std::pair<std::string, std::string>> fields;

    [[nodiscard]] std::vector<std::string> lines() const
    {
        std::vector<std::string> result = start;
        for (const auto& [name, value] : fields)
            result.push_back(name + ": " + value);
        return result;
    }
    /// Returns the values of all fields with this name, which is in lower case.
    [[nodiscard]] std::vector<std::string> values(std::string_view name) const
    {
        std::vector<std::string> result;
        for (const auto& [each, value] : fields)
            if (lower(each) == name)
                result.push_back(value);
        return result;
    }

    [[nodiscard]] static std::string lower(std::string text)
    {
        for (char& c : text)
            if (c >= 'A' && c <= 'Z')
                c = static_cast<char>(c - 'A' + 'a');
        return text;
    }
};

[[nodiscard]] inline bool is_letter_or_digit(char c) noexcept
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// RFC 9110 5.6.2
[[nodiscard]] inline bool is_slow_token(std::string_view text)
{
    for (const char c : text)
        if (!is_letter_or_digit(c) &&
            (c == '\0' || std::string_view{"!#$%&'*+-.^_`|~"}.find(c) == std::string_view::npos))
            return false;
    return !text.empty();
}

/// RFC 9110 5.5, including white space inside the value
[[nodiscard]] inline bool is_slow_value(std::string_view text)
{
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if ((octet < 0x20 && octet != '\t') || octet == 0x7F)
            return false;
    }
    return true;
}

[[nodiscard]] inline std::string slow_trim(std::string text)
{
    const auto outer = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && outer(text.front()))
        text.erase(text.begin());
    while (!text.empty() && outer(text.back()))
        text.pop_back();
    return text;
}

namespace detail {

/// `HTTP/` DIGIT `.` DIGIT
inline bool read_version(std::string_view text, slow_head& head)
{
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (text.size() != 8 || !text.starts_with("HTTP/") || !digit(text[5]) || text[6] != '.' || !digit(text[7]))
        return false;
    head.start.emplace_back(text.substr(5));
    return true;
}

inline bool read_request_line(std::string_view line, slow_head& head)
{
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == std::string_view::npos || first == last)
        return false;
    const std::string_view target = line.substr(first + 1, last - first - 1);
    for (const char c : target)
        if (c < 0x21 || c > 0x7E)
            return false;
    if (!is_slow_token(line.substr(0, first)) || target.empty())
        return false;
    head.start = {std::string{line.substr(0, first)}, std::string{target}};
    return read_version(line.substr(last + 1), head);
}

inline bool read_status_line(std::string_view line, slow_head& head)
{
    if (line.size() < 12 || line[8] != ' ' || (line.size() > 12 && line[12] != ' ') || !is_slow_value(line))
        return false;
    const std::string_view status = line.substr(9, 3);
    if (status[0] < '1' || status[0] > '9' || status[1] < '0' || status[1] > '9' || status[2] < '0' || status[2] > '9')
        return false;
    head.start = {std::string{status}, std::string{line.size() > 12 ? line.substr(13) : line.substr(12)}};
    return read_version(line.substr(0, 8), head);
}

} // namespace detail

/// Reads the head at the front of `text` and ignores the text after it.
[[nodiscard]] inline slow_head read_head_slowly(std::string_view text, bool request)
{
    slow_head head;
    const std::size_t begin = request && text.starts_with("\r\n") ? 2 : 0; // RFC 9112 2.2
    const std::size_t end = text.find("\r\n\r\n", begin);
    if (end == std::string_view::npos)
        return head;
    head.size = end + 4;
    std::vector<std::string_view> lines;
    for (std::string_view rest = text.substr(begin, end + 2 - begin); !rest.empty();) {
        const std::size_t line_end = rest.find("\r\n");
        lines.push_back(rest.substr(0, line_end));
        rest.remove_prefix(line_end + 2);
    }
    if (!(request ? detail::read_request_line(lines[0], head) : detail::read_status_line(lines[0], head)))
        return head;
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const std::string_view line = lines[i];
        if (line.front() == ' ' || line.front() == '\t') { // RFC 9112 5.2
            if (request || head.fields.empty() || !is_slow_value(line))
                return head;
            head.fields.back().second += "  " + std::string{line};
            continue;
        }
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos || !is_slow_token(line.substr(0, colon)) ||
            !is_slow_value(line.substr(colon + 1)))
            return head;
        head.fields.emplace_back(line.substr(0, colon), line.substr(colon + 1));
    }
    for (auto& [name, value] : head.fields)
        value = slow_trim(std::move(value));
    head.good = true;
    return head;
}

} // namespace fuzz
