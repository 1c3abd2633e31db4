// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file writes the request with which a client asks for a WebSocket (RFC 6455 4.1).
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../config.hpp"
#include "../words/error.hpp"
#include "accept_key.hpp"
#include "authority.hpp"
#include "extension.hpp"
#include "field_grammar.hpp"
#include "head.hpp"
#include "head_writer.hpp"
#include "uri.hpp"
#include "value_grammar.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

/// How the request line names the resource.
enum class target_form : std::uint8_t {
    origin,   ///< "/chat": to the server itself, directly, through TLS or through a tunnel
    absolute, ///< "http://example.com/chat": to a proxy without a tunnel (RFC 9112 3.2.2)
};

/// What a client asks for. All views belong to the caller.
struct client_request {
    uri where = {};
    std::span<const std::string_view> subprotocols = {}; ///< in order of preference, all different
    std::string_view extensions = {};                    ///< the field value; empty: none
    std::string_view origin = {};       ///< of the page that asks (RFC 6454 6.2); empty: no Origin field
    std::span<const field> fields = {}; ///< further fields, such as Cookie or Authorization
    target_form form = target_form::origin;
    /// The WHATWG's rule: a server that chooses none of `subprotocols` fails the connection. RFC 6455 4.1 lets it pass.
    bool subprotocol_required = false;
};

/// Whether a request can be written.
///
/// errors    `host_not_sendable`, `target_not_sendable`, `subprotocol_not_sendable`: not a token, or listed twice;
///           `extensions_not_sendable`, `field_not_sendable`: the origin as well; `field_reserved`
/// source    RFC 6455 4.1, 4.3, 9.1; RFC 9112 3.2
/// cost      O(size of the request), and the square of the number of subprotocols
[[nodiscard]] constexpr error check_request(const client_request& request) noexcept
{
    if (!is_host(request.where.host))
        return error::host_not_sendable;
    if (!is_resource_name(request.where.path, request.where.query))
        return error::target_not_sendable;
    for (std::size_t i = 0; i < request.subprotocols.size(); ++i) {
        if (!detail::is_sendable_token(request.subprotocols[i]))
            return error::subprotocol_not_sendable;
        for (std::size_t earlier = 0; earlier < i; ++earlier)
            if (detail::same(request.subprotocols[earlier], request.subprotocols[i]))
                return error::subprotocol_not_sendable;
    }
    if (!request.extensions.empty() && !is_sendable_extension_list(request.extensions))
        return error::extensions_not_sendable;
    if (!detail::is_sendable_value(request.origin))
        return error::field_not_sendable;
    return check_sendable(request.fields);
}

/// Writes the request: a GET without a body. Nothing may follow it until the response has been judged.
///
/// `tx`      the whole request is appended, or nothing
/// `request` looked at during the call only
/// `key`     of `make_key`, fresh for every attempt
/// errors    `no_space`, and those of `check_request`; nothing is written then
/// source    RFC 6455 4.1; RFC 9112 3.2
/// cost      O(size of the request)
[[nodiscard]] constexpr error write_request(byte_queue& tx, const client_request& request,
                                            const key_value& key) noexcept
{
    if (const error e = check_request(request); failed(e))
        return e;
    const uri& where = request.where;
    detail::head_writer out{tx};
    const auto authority = [&out, &where] {
        out.text(where.host);
        if (!where.has_default_port())
            out.text(":").number(where.port);
    };
    out.text("GET ");
    if (request.form == target_form::absolute) {
        out.text(where.secure ? std::string_view{"https://"} : std::string_view{"http://"});
        authority();
    }
    out.text(where.path);
    if (!where.query.empty())
        out.text("?").text(where.query);
    out.text(" HTTP/1.1\r\nHost: ");
    authority();
    out.text("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ").text(key.view());
    out.text("\r\nSec-WebSocket-Version: 13\r\n");
    if (!request.origin.empty())
        out.line(field_name::origin, request.origin);
    if (!request.subprotocols.empty()) {
        out.text(field_name::websocket_protocol).text(": ").text(request.subprotocols.front());
        for (const std::string_view name : request.subprotocols.subspan(1))
            out.text(", ").text(name);
        out.text(detail::line_end);
    }
    if (!request.extensions.empty())
        out.line(field_name::websocket_extensions, request.extensions);
    out.lines(request.fields).text(detail::line_end);
    return out.finish();
}

} // namespace sockless::inline SOCKLESS_ABI
