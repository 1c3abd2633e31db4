// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Lists of fields as an HTTP/2 library passes them, from text, and a slow check of RFC 9113 8.2.
#pragma once

#include "slow_head.hpp"

#include "support/hex.hpp"

#include <sockless/http/head.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

/// @param text  a field in each line, `name: value`; outlives the fields
inline std::vector<sockless::field> fields_of(std::string_view text)
{
    std::vector<sockless::field> result;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const std::size_t end = line.find(": ");
        if (end == std::string_view::npos)
            result.push_back({line, {}});
        else
            result.push_back({line.substr(0, end), line.substr(end + 2)});
    }
    return result;
}

/// Returns whether fields that are no pseudo-header fields are well-formed (RFC 9113 8.2).
inline bool are_slow_lines(const std::vector<sockless::field>& lines)
{
    constexpr std::array<std::string_view, 5> of_connection{"connection", "keep-alive", "proxy-connection",
                                                            "transfer-encoding", "upgrade"};
    return std::all_of(lines.begin(), lines.end(), [&](const sockless::field& each) {
        const std::string name{each.name};
        const std::string value{each.value};
        return is_slow_token(name) && slow_head::lower(name) == name && is_slow_value(value) &&
               slow_trim(value) == value &&
               std::find(of_connection.begin(), of_connection.end(), name) == of_connection.end() &&
               (name != "te" || value == "trailers");
    });
}

} // namespace fuzz
