// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "deflate.hpp"

#include <string_view>

namespace example {

namespace {

/// Parses extension parameters with the parser that is used for peers.
sockless::deflate_parameters parse_terms(std::string_view parameters, sockless::role sender)
{
    const std::string value = std::string{sockless::permessage_deflate_name} + "; " + std::string{parameters};
    sockless::extension_cursor list{value};
    sockless::extension only;
    sockless::extension more;
    sockless::deflate_parameters terms;
    if (!list.next(only) || !parse_deflate_parameters(only, sender, terms) || list.next(more) || list.malformed())
        throw usage_error{"--deflate: not parameters of permessage-deflate: " + std::string{parameters}};
    return terms;
}

} // namespace

bool read_deflate_option(arguments& words, sockless::role self, deflate_options& result)
{
    const std::string_view name = words.name();
    if (name == "--deflate") {
        const std::string_view parameters = words.attached_value();
        if (self == sockless::role::server)
            result.terms.clear();
        result.terms.push_back(parameters.empty() ? sockless::deflate_parameters{} : parse_terms(parameters, self));
        static_cast<void>(deflater{result.compression}); // throws if the program was built without zlib
        if (self == sockless::role::server && result.terms[0].server_max_window_bits == 8)
            throw usage_error{"--deflate: zlib compresses with a window of 9 bits at least"};
    } else if (name == "--deflate-level") {
        result.compression.level = words.number(9);
    } else if (name == "--deflate-memory") {
        result.compression.memory_level = words.number(9);
        if (result.compression.memory_level == 0)
            throw usage_error{"--deflate-memory: 1 to 9"};
    } else if (name == "--deflate-from") {
        result.sending.threshold = words.number<std::size_t>();
    } else {
        return false;
    }
    return true;
}

std::string deflate_offers(const deflate_options& options)
{
    std::string result;
    for (const sockless::deflate_parameters& terms : options.terms) {
        sockless::deflate_text<1> one;
        one.add(terms, sockless::role::client);
        result.append(result.empty() ? "" : ", ").append(one.view());
    }
    return result;
}

sockless::deflate_accept_options make_deflate_policy(const deflate_options& options)
{
    const sockless::deflate_parameters& terms = options.terms.front();
    const auto limit = [](std::uint8_t bits) { return bits == 0 ? sockless::max_window_bits : bits; };
    return {.server_max_window_bits = limit(terms.server_max_window_bits),
            .server_no_context_takeover = terms.server_no_context_takeover,
            .server_parameters = sockless::deflate_accept_options::announcement::always,
            .client_max_window_bits = limit(terms.client_max_window_bits),
            .client_no_context_takeover = terms.client_no_context_takeover};
}

} // namespace example
