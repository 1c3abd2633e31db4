// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Takes any list of fields as a request over HTTP/2. It is accepted exactly if a slow check of RFC 9113 8.2 and 8.3 and RFC 8441 4 finds
/// nothing, and check_upgrade accepts it as a request over HTTP/1.1. The client accepts the response to it.
///
/// Each line is a field: its name up to the first ": ", and its value.
#include "field_lines.hpp"
#include "watch.hpp"

#include <sockless/handshake/extended_connect.hpp>

#include <algorithm>
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
using sockless::upgrade_request;

/// The pseudo-header fields of a request, and all others.
struct slow_request {
    explicit slow_request(const std::vector<field>& all)
    {
        constexpr std::array<std::string_view, 5> names{":method", ":protocol", ":scheme", ":authority", ":path"};
        std::size_t i = 0;
        for (; i < all.size() && all[i].name.starts_with(':'); ++i) {
            const auto known =
                static_cast<std::size_t>(std::find(names.begin(), names.end(), all[i].name) - names.begin());
            good = good && known < names.size() && values[known].empty() && !all[i].value.empty();
            if (known < names.size())
                values[known] = all[i].value;
        }
        rest.assign(all.begin() + static_cast<std::ptrdiff_t>(i), all.end());
        good = good && fuzz::are_slow_lines(rest);
    }

    bool good = true; ///< well-formed
    std::array<std::string_view, 5> values{};
    std::vector<field> rest;
};

/// Returns what HTTP/1.1 says about a well-formed extended CONNECT.
error over_http1(const slow_request& request, upgrade_request& out)
{
    std::vector<field> lines{
        {"Upgrade", request.values[1]}, {"Connection", "Upgrade"}, {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}};
    const std::string_view authority = request.values[3];
    if (!authority.empty())
        lines.push_back({"Host", authority});
    for (const field& each : request.rest)
        if (each.name != "sec-websocket-key" && (each.name != "host" || authority.empty()))
            lines.push_back(each);
    // A second list of the lines that outlives the views of `out`.
    static std::vector<field> kept;
    kept = lines;
    return check_upgrade({"GET", request.values[4], {}, kept}, out);
}

void check_answers(const upgrade_request& request)
{
    std::string_view chosen;
    auto names = request.subprotocols();
    static_cast<void>(names.next(chosen));
    std::string extensions;
    auto list = request.extensions();
    for (sockless::extension each; list.next(each);)
        extensions += (extensions.empty() ? "" : ", ") + std::string{each.name};
    std::array<field, 3> room;
    std::span<field> answer{room};
    require(fuzz::core([&] {
                return write_accept_fields(answer, request, {.subprotocol = chosen, .extensions = extensions});
            }) == error::none,
            "what was offered can be accepted");
    sockless::upgrade_response response;
    const std::span<const std::string_view> offered{&chosen, chosen.empty() ? 0U : 1U};
    require(fuzz::core([&] {
                return check_connect_response(answer, {.subprotocols = offered, .extensions = extensions}, response);
            }) == error::none,
            "the client accepts the response");
    require(response.subprotocol == chosen, "client and server have the same subprotocol");
}

void check_refusal(error reason)
{
    std::array<field, 2> room;
    std::span<field> answer{room};
    require(fuzz::core([&] { return write_error_fields(answer, reason); }) == error::none, "an error has a response");
    sockless::upgrade_response response;
    require(fuzz::core([&] { return check_connect_response(answer, {}, response); }) == error::status_not_2xx,
            "which does not open the connection");
}

void body(std::span<const std::byte> input)
{
    const std::string text = support::to_string(input);
    const std::vector<field> all = fuzz::fields_of(text);
    upgrade_request request;
    const error e = fuzz::core([&] { return check_extended_connect(sockless::connect_head::from(all), request); });
    for (const std::string_view view :
         {request.method, request.target, request.path, request.query, request.host, request.origin})
        fuzz::touch(view);
    require(request.key.empty(), "there is no key");

    const slow_request slow{all};
    const auto lower = [&](std::size_t i) { return fuzz::slow_head::lower(std::string{slow.values[i]}); };
    const bool is_extended = slow.values[0] == "CONNECT" && lower(1) == "websocket" &&
                             slow.values[4].starts_with('/') && (lower(2) == "http" || lower(2) == "https");
    upgrade_request other;
    const error expected = over_http1(slow, other);
    const bool host_differs = e == error::host_not_authority && !slow.values[3].empty();
    const std::size_t hosts = static_cast<std::size_t>(
        std::count_if(slow.rest.begin(), slow.rest.end(), [](const field& each) { return each.name == "host"; }));
    if (!failed(e)) {
        require(slow.good && is_extended, "an accepted request is a well-formed extended CONNECT");
        require(expected == error::none, "and valid over HTTP/1.1");
        require(request.path == other.path && request.query == other.query && request.host == other.host &&
                    request.port == other.port && request.origin == other.origin && hosts < 2,
                "with the same meaning");
        check_answers(request);
        return;
    }
    require(!slow.good || !is_extended || expected != error::none || host_differs || hosts != 0,
            "a rejected request has a fault");
    require(!is_plain_request(e) || slow.values[1].empty(), "a plain request has no :protocol");
    check_refusal(e);
}

const fuzz::target here{"extended_connect", body};

} // namespace
