// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "../support/arguments.hpp"
#include "../support/text.hpp"
#include "backplane.hpp"

#include <limits>

namespace example {

namespace {

[[noreturn]] void refuse(const char* problem)
{
    throw usage_error{std::string{"--backplane: "} + problem +
                      "; expected redis://[[user]:password@]host[:port][/database]"};
}

std::string decoded(std::string_view text)
{
    std::string plus; // "+" is an ordinary character here
    for (const char c : text)
        c == '+' ? plus.append("%2B") : plus.append(1, c);
    std::optional<std::string> value = percent_decoded(plus);
    if (!value)
        refuse("user or password is not percent-encoded");
    return *value;
}

template <class Number>
Number number_of(std::string_view text, const char* problem)
{
    Number value{};
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc{} || end != text.data() + text.size())
        refuse(problem);
    return value;
}

} // namespace

void parse_backplane_url(std::string_view text, backplane_options& options)
{
    constexpr std::string_view scheme = "redis://";
    if (text.starts_with("rediss://"))
        refuse("TLS to Redis is not supported");
    if (!text.starts_with(scheme))
        refuse("the scheme is not redis");
    text.remove_prefix(scheme.size());
    if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
        const std::string_view login = text.substr(0, at);
        const std::size_t colon = login.find(':');
        if (colon == std::string_view::npos)
            refuse("there is a user without a password");
        options.user = decoded(login.substr(0, colon));
        options.password = decoded(login.substr(colon + 1));
        text.remove_prefix(at + 1);
    }
    if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
        if (slash + 1 != text.size())
            options.database = number_of<std::uint16_t>(text.substr(slash + 1), "the database is not a number");
        text = text.substr(0, slash);
    }
    const std::size_t host_end = text.starts_with('[') ? text.find(']') : text.find(':');
    std::string_view host = text.substr(0, host_end);
    std::string_view port = host_end == std::string_view::npos ? std::string_view{} : text.substr(host_end);
    if (text.starts_with('[')) {
        if (host_end == std::string_view::npos)
            refuse("a bracket is missing");
        host.remove_prefix(1);
        port.remove_prefix(1);
    }
    if (!port.empty()) {
        if (port.front() != ':')
            refuse("the host is malformed");
        options.port = number_of<std::uint16_t>(port.substr(1), "the port is not a number from 1 to 65535");
        if (options.port == 0)
            refuse("the port is 0");
    }
    if (host.empty())
        refuse("the host is missing");
    options.host = host;
}

} // namespace example
