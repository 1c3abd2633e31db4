// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "deflate.hpp"

#include <stdexcept>
#include <string>
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
        if (!has_zlib)
            throw std::runtime_error{"this program was built without permessage-deflate: install zlib's headers "
                                     "(Debian: zlib1g-dev), run cmake again, and build it again"};
        sockless::deflate_text<1> offer;
        offer.add(result.terms.back(), sockless::role::client);
        result.offers.append(result.offers.empty() ? "" : ", ").append(offer.view());
        if (self == sockless::role::server && result.terms[0].server_max_window_bits == 8)
            throw usage_error{"--deflate: zlib compresses with a window of 9 bits at least"};
    } else if (name == "--deflate-level") {
        result.codec.level = words.number(9);
    } else if (name == "--deflate-memory") {
        result.codec.memory_level = words.number(9);
        if (result.codec.memory_level == 0)
            throw usage_error{"--deflate-memory: 1 to 9"};
    } else if (name == "--deflate-from") {
        result.codec.threshold = words.number<std::size_t>();
    } else {
        return false;
    }
    return true;
}

sockless::deflate_accept_options make_deflate_policy(const deflate_options& options) noexcept
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
