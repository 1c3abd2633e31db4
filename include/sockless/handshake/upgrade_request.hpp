// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file judges a request: does it ask for a WebSocket, and may it have one (RFC 6455 4.2.1)? Pure functions over a head that
/// any HTTP parser may have read.
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "../http/authority.hpp"
#include "../http/field_index.hpp"
#include "../http/head.hpp"
#include "../http/uri.hpp"
#include "accept_key.hpp"
#include "extension.hpp"
#include "negotiation.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

/// What the client asks for. All views point into the head that was judged.
///
/// The resource name of RFC 6455 is `path`, followed by "?" and `query` if that is not empty; both are as they came, still
/// percent-encoded. They are visible ASCII, but no stricter than that: browsers leave characters like "|" as they are.
struct upgrade_request {
    std::string_view target; ///< as it stands in the request line
    std::string_view path = "/";
    std::string_view query;
    std::string_view host;  ///< of the Host field, or of an absolute target, which overrides it (RFC 9112 3.2.2)
    std::uint16_t port = 0; ///< 0 if none was written
    std::string_view key;
    std::string_view origin;
    bool has_origin = false;       ///< RFC 6455 4.2.1: absent is something else than "null" or empty
    bool expects_continue = false; ///< RFC 9110 7.8: a 100 has to precede the 101; `write_accept` sees to it
    std::span<const field> fields; ///< everything else: cookies, credentials

    /// The client's list, in order of preference.
    [[nodiscard]] constexpr field_list_cursor subprotocols() const noexcept
    {
        return {fields, field_name::websocket_protocol};
    }
    /// The client's list, in order of preference. One name may occur several times, as alternatives.
    [[nodiscard]] constexpr extension_cursor extensions() const noexcept { return extension_cursor{fields}; }
};

/// Whether the origin of `request` is on the list: see the function with the same name in negotiation.hpp.
[[nodiscard]] constexpr bool is_origin_allowed(const upgrade_request& request,
                                               std::span<const std::string_view> allowed,
                                               missing_origin absent) noexcept
{
    return is_origin_allowed(request.has_origin, request.origin, allowed, absent);
}

/// Whether a request that failed with `reason` simply asks for something else than a WebSocket, such as a page.
[[nodiscard]] constexpr bool is_plain_request(error reason) noexcept
{
    return reason == error::upgrade_missing || reason == error::upgrade_not_websocket;
}

namespace detail {

/// RFC 9112 3.2: a path with an optional query, or an http URI that names host, port, path and query
[[nodiscard]] constexpr error check_target(std::string_view target, upgrade_request& out) noexcept
{
    out.target = target;
    if (target.starts_with('/')) {
        if (target.find('#') != std::string_view::npos || !all_are<visible_character>(target))
            return error::request_target_invalid;
        out.path = part(target, 0, target.find('?'));
        out.query = out.path.size() < target.size() ? part(target, out.path.size() + 1) : std::string_view{};
        return error::none;
    }
    uri absolute;
    if (failed(parse_uri(target, absolute, uri_schemes::http)))
        return error::request_target_invalid;
    out.path = absolute.path;
    out.query = absolute.query;
    out.host = absolute.host;
    out.port = absolute.port;
    return error::none;
}

/// RFC 9112 3.2: exactly one Host, and a valid one, whatever the target says
[[nodiscard]] constexpr error check_host(const field_index& index, upgrade_request& out) noexcept
{
    if (!index.has(known_field::host))
        return error::host_missing;
    if (index.repeats(known_field::host))
        return error::host_repeated;
    authority where;
    if (failed(parse_authority(index.value(known_field::host), where)))
        return error::host_invalid;
    if (out.host.empty()) {
        out.host = where.host;
        out.port = where.port;
    }
    return error::none;
}

/// RFC 6455 4.2.1, RFC 9110 7.8: a list of `name [ "/" version ]` with a plain `websocket` in it
[[nodiscard]] constexpr error check_upgrade_field(const field_index& index) noexcept
{
    if (!index.has(known_field::upgrade))
        return error::upgrade_missing;
    if (!index.repeats(known_field::upgrade) && equals_ignoring_case(index.value(known_field::upgrade), "websocket"))
        return error::none; // as nearly all say it
    bool found = false;
    const bool good = check_options(index.list(known_field::upgrade), "websocket", found, true);
    return good && found ? error::none : error::upgrade_not_websocket;
}

/// RFC 6455 4.2.1, 11.3.1: exactly one key
[[nodiscard]] constexpr error check_key(const field_index& index, upgrade_request& out) noexcept
{
    if (!index.has(known_field::websocket_key))
        return error::key_missing;
    if (index.repeats(known_field::websocket_key))
        return error::key_repeated;
    out.key = index.value(known_field::websocket_key);
    return is_key(out.key) ? error::none : error::key_invalid;
}

/// RFC 9110 10.1.1
[[nodiscard]] constexpr bool expects_continue(const field_index& index) noexcept
{
    return index.has(known_field::expect) &&
           contains_ignoring_case(index.list(known_field::expect), continue_expectation);
}

/// What `check_upgrade` says, with an index of `head.fields`.
[[nodiscard]] constexpr error judge_request(const request_head& head, const field_index& index,
                                            upgrade_request& out) noexcept
{
    out.target = head.target;
    out.path = "/";
    out.query = {};
    out.host = {};
    out.port = 0;
    out.key = {};
    out.fields = head.fields;
    out.has_origin = index.has(known_field::origin);
    out.origin = index.value(known_field::origin);
    out.expects_continue = expects_continue(index);
    if (const error e = check_no_body(index); failed(e))
        return e;
    if (head.method != "GET")
        return error::method_not_get;
    if (head.version.major_digit != 1 ||
        head.version.minor_digit == 0) // RFC 9110 2.5: another major version is another syntax
        return error::http_version_unsupported;
    if (const error e = check_target(head.target, out); failed(e))
        return e;
    if (const error e = check_host(index, out); failed(e))
        return e;
    if (const error e = check_upgrade_field(index); failed(e))
        return e;
    if (!has_connection_option(index, "upgrade"))
        return error::connection_not_upgrade;
    if (const error e = check_key(index, out); failed(e))
        return e;
    if (const error e = check_version(index); failed(e))
        return e;
    if (const error e = check_offered_subprotocols(index); failed(e))
        return e;
    if (const error e = check_extensions(index); failed(e))
        return e;
    return check_origin(index);
}

} // namespace detail

/// Judges a request by everything that RFC 6455 4.2.1 asks for. Nothing else of the connection may have been looked at before.
///
/// `head`    of any parser; field values have no white space around them; outlives `out`
/// `out`     filled as far as the checks went: for a request that is merely ordinary (`is_plain_request`) it has target,
///           path, query, host, port, origin and fields; for a good one everything
/// errors    in this order: `body_announced`, `method_not_get`, `http_version_unsupported`, `request_target_invalid`,
///           `host_missing`, `host_repeated`, `host_invalid`, `upgrade_missing`, `upgrade_not_websocket`,
///           `connection_not_upgrade`, `key_missing`, `key_repeated`, `key_invalid`, `version_missing`, `version_repeated`,
///           `version_invalid`, `version_unsupported`, `subprotocol_invalid`, `subprotocol_repeated_name`,
///           `extensions_invalid`, `origin_repeated`; `http_status_for` gives the status of the answer
/// source    RFC 6455 4.2.1, 4.3, 11.3; RFC 9110 7.6.1, 7.8; RFC 9112 3.2, 6
/// cost      O(size of the head)
[[nodiscard]] constexpr error check_upgrade(const request_head& head, upgrade_request& out) noexcept
{
    return detail::judge_request(head, detail::field_index{head.fields}, out);
}

} // namespace sockless::inline SOCKLESS_ABI
