// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Parses the query of a request target and writes JSON strings.
#pragma once

#include "printable.hpp"

#include <sockless/http/field_grammar.hpp>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace example {

/// Decodes percent-encoding and "+": "a%20b+c" becomes "a b c".
///
/// @return nothing if "%" is not followed by two hexadecimal digits
[[nodiscard]] inline std::optional<std::string> percent_decoded(std::string_view text)
{
    std::string result;
    while (!text.empty()) {
        std::size_t size = 1;
        char c = text.front() == '+' ? ' ' : text.front();
        if (c == '%') {
            std::uint8_t value = 0;
            const char* digits = text.data() + 1;
            if (text.size() < 3 || std::from_chars(digits, digits + 2, value, 16).ptr != digits + 2)
                return {};
            c = static_cast<char>(value);
            size = 3;
        }
        result += c;
        text.remove_prefix(size);
    }
    return result;
}

/// Finds @p key in a query of the form "key=value&key=value".
///
/// @return the decoded value; empty if the key is missing, nothing if its value is malformed
[[nodiscard]] inline std::optional<std::string> query_value(std::string_view query, std::string_view key)
{
    while (!query.empty()) {
        const std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(pair.size() < query.size() ? pair.size() + 1 : pair.size());
        const std::string_view name = pair.substr(0, pair.find('='));
        if (name == key)
            return percent_decoded(pair.substr(name.size() < pair.size() ? name.size() + 1 : name.size()));
    }
    return std::string{};
}

/// @param text  UTF-8
/// @return a JSON string, with quotation marks
[[nodiscard]] inline std::string json_string(std::string_view text)
{
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            result += {'\\', c};
        else if (static_cast<unsigned char>(c) < 0x20)
            result += "\\u00" + hex(sockless::as_bytes(std::string_view{&c, 1}));
        else
            result += c;
    }
    return result + '"';
}

} // namespace example
