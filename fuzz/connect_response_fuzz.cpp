// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Takes any list of fields as a response over HTTP/2. It opens the connection exactly if a slow check of RFC 9113 8.2 and 8.3 finds nothing, its
/// status is 2xx, and check_response accepts the same fields in a 101.
///
/// Each line is a field: its name up to the first ": ", and its value.
#include "field_lines.hpp"
#include "watch.hpp"

#include <sockless/handshake/extended_connect.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using fuzz::require;
using sockless::error;
using sockless::field;

constexpr std::array<std::string_view, 2> subprotocols{"chat", "superchat"};

void body(std::span<const std::byte> input)
{
    const std::string text = support::to_string(input);
    const std::vector<field> all = fuzz::fields_of(text);
    const sockless::expected_response wanted{.accept = sockless::make_accept("dGhlIHNhbXBsZSBub25jZQ=="),
                                             .subprotocols = subprotocols,
                                             .extensions = "permessage-deflate, foo; bar",
                                             .subprotocol_required = text.size() % 2 != 0};
    sockless::upgrade_response out;
    const error e = fuzz::core([&] { return check_connect_response(all, wanted, out); });
    fuzz::touch(out.subprotocol);

    const bool has_status = !all.empty() && all[0].name == ":status" && all[0].value.size() == 3 &&
                            all[0].value.find_first_not_of("0123456789") == std::string_view::npos;
    require((e == error::status_not_2xx) == (has_status && all[0].value[0] != '2'),
            "a status other than 2xx is no other error");
    if (!has_status)
        return require(e == error::pseudo_field_invalid, "a response has a status");
    require(out.fields.size() + 1 == all.size(), "all other fields are kept");
    if (e == error::status_not_2xx)
        return;
    std::vector<field> rest{all.begin() + 1, all.end()};
    const bool good = fuzz::are_slow_lines(rest);
    std::erase_if(rest, [](const field& each) { return each.name == "sec-websocket-accept"; });
    rest.insert(rest.end(),
                {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Sec-WebSocket-Accept", wanted.accept.view()}});
    sockless::upgrade_response other;
    const error expected = check_response({.status = 101, .fields = rest}, wanted, other);
    require(failed(e) == (!good || failed(expected)), "the connection opens exactly if it does over HTTP/1.1");
    if (good)
        require(e == expected && out.subprotocol == other.subprotocol, "with the same subprotocol, or the same error");
}

const fuzz::target here{"connect_response", body};

} // namespace
