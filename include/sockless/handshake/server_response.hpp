// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file writes what a server answers: the 101 that opens the connection, or any other response and no WebSocket
/// (RFC 6455 4.2.2).
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "../http/head.hpp"
#include "../http/head_writer.hpp"
#include "accept_key.hpp"
#include "extension.hpp"
#include "negotiation.hpp"
#include "upgrade_request.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

/// What the server agrees to. Everything is optional, so `{.subprotocol = "chat"}` says enough. The views are looked at
/// during the call only.
struct accept_options {
    std::string_view subprotocol = {};  ///< one of the client's; empty: none
    std::string_view extensions = {};   ///< the field value, naming only extensions of the client's; empty: none
    std::span<const field> fields = {}; ///< further fields, such as Set-Cookie or Server
};

/// Whether `choice` answers `request`: nothing that was not asked for, and nothing that breaks a line.
///
/// errors    `subprotocol_not_sendable`, `subprotocol_not_requested`, `extensions_not_sendable`, `extension_not_requested`,
///           `field_not_sendable`, `field_reserved`
/// source    RFC 6455 4.2.2, 9.1
/// cost      O(size of the client's lists * size of `choice`)
[[nodiscard]] constexpr error check_accept_options(const upgrade_request& request,
                                                   const accept_options& choice) noexcept
{
    if (!choice.subprotocol.empty()) {
        if (!is_token(choice.subprotocol))
            return error::subprotocol_not_sendable;
        if (!contains_subprotocol(request.subprotocols(), choice.subprotocol))
            return error::subprotocol_not_requested;
    }
    if (!choice.extensions.empty()) {
        if (!is_sendable_extension_list(choice.extensions))
            return error::extensions_not_sendable;
        if (!contains_all_extensions(request.extensions(), extension_cursor{choice.extensions}))
            return error::extension_not_requested;
    }
    return check_outgoing(choice.fields);
}

namespace detail {

/// A 101 but for what ends it, with a 100 before it if the client expects one (RFC 9110 7.8).
constexpr void put_acceptance(head_writer& out, bool expects_continue, const accept_value& accept,
                              std::string_view subprotocol) noexcept
{
    if (expects_continue)
        out.text("HTTP/1.1 100 Continue\r\n\r\n");
    out.text("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ");
    out.text(accept.view());
    if (!subprotocol.empty())
        out.text("\r\nSec-WebSocket-Protocol: ").text(subprotocol);
    out.text("\r\n");
}

} // namespace detail

/// Writes the 101, after a 100 if the client expects one (RFC 9110 7.8). Frames may follow at once.
///
/// `tx`      the whole response is appended, or nothing
/// `request` one that `check_upgrade` found good
/// errors    `no_space`, and those of `check_accept_options`; nothing is written then
/// source    RFC 6455 4.2.2
/// cost      two blocks of SHA-1 and O(size of the response)
template <sha1_hash Sha1 = sha1>
[[nodiscard]] constexpr error write_accept(byte_queue& tx, const upgrade_request& request,
                                           const accept_options& choice = {}) noexcept
{
    if (const error e = check_accept_options(request, choice); failed(e))
        return e;
    detail::head_writer out{tx};
    detail::put_acceptance(out, request.expects_continue, make_accept<Sha1>(request.key), choice.subprotocol);
    if (!choice.extensions.empty())
        out.line(field_name::websocket_extensions, choice.extensions);
    out.lines(choice.fields).text(detail::line_end);
    return out.finish();
}

/// The usual phrase for a status, or an empty one: it carries no meaning (RFC 9112 4).
[[nodiscard]] constexpr std::string_view reason_phrase(std::uint16_t status) noexcept
{
    switch (status) {
    case 200: return "OK";
    case 204: return "No Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 410: return "Gone";
    case 414: return "URI Too Long";
    case 421: return "Misdirected Request";
    case 426: return "Upgrade Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return {};
    }
}

namespace detail {

/// Behind the status line: the fields that the status asks for, and `Connection: close`.
constexpr void put_status_fields(head_writer& out, std::uint16_t status) noexcept
{
    if (status == 426) // RFC 9110 15.5.22, RFC 6455 4.4
        out.text("Upgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Version: 13\r\n");
    else
        out.text("Connection: close\r\n");
}

/// All of a head, with the length of the body.
constexpr void put_response_head(head_writer& out, std::uint16_t status, std::span<const field> fields,
                                 std::uint64_t content_length) noexcept
{
    out.text("HTTP/1.1 ").number(status).text(" ").text(reason_phrase(status)).text(line_end);
    put_status_fields(out, status);
    if (status != 204 && status != 304) // RFC 9110 8.6, 15.4.5: these have no body, whatever is said
        out.text("Content-Length: ").number(content_length).text(line_end);
    out.lines(fields).text(line_end);
}

[[nodiscard]] constexpr error check_response(std::uint16_t status, std::span<const field> fields,
                                             std::uint64_t content_length) noexcept
{
    if (status < 200 || status > 599 || (content_length != 0 && (status == 204 || status == 205 || status == 304)))
        return error::status_not_sendable;
    return check_outgoing(fields);
}

} // namespace detail

/// Writes the head of a response other than 101; the program sends the body and then closes the transport.
///
/// The library adds `Connection: close`, Content-Length, and with 426 what has to go with it.
///
/// `tx`             the whole head is appended, or nothing
/// `status`         200 to 599
/// `fields`         further fields, such as Content-Type, Location or WWW-Authenticate; looked at during the call only
/// `content_length` the octets that the program will send; 0 with 204, 205 and 304
/// errors           `status_not_sendable`, `field_not_sendable`, `field_reserved`, `no_space`; nothing is written then
/// source           RFC 6455 4.2.2; RFC 9112 4, 6.3
[[nodiscard]] constexpr error write_response_head(byte_queue& tx, std::uint16_t status, std::span<const field> fields,
                                                  std::uint64_t content_length) noexcept
{
    if (const error e = detail::check_response(status, fields, content_length); failed(e))
        return e;
    detail::head_writer out{tx};
    detail::put_response_head(out, status, fields, content_length);
    return out.finish();
}

/// The same with the body: whole or nothing. `body` is copied.
[[nodiscard]] constexpr error write_response(byte_queue& tx, std::uint16_t status, std::span<const field> fields = {},
                                             std::span<const std::byte> body = {}) noexcept
{
    if (const error e = detail::check_response(status, fields, body.size()); failed(e))
        return e;
    detail::head_writer out{tx};
    detail::put_response_head(out, status, fields, body.size());
    out.text(body);
    return out.finish();
}
/// The same with a body of characters.
[[nodiscard]] constexpr error write_response(byte_queue& tx, std::uint16_t status, std::span<const field> fields,
                                             std::string_view body) noexcept
{
    if (const error e = detail::check_response(status, fields, body.size()); failed(e))
        return e;
    detail::head_writer out{tx};
    detail::put_response_head(out, status, fields, body.size());
    out.text(body);
    return out.finish();
}

/// Writes the usual answer to a request that cannot be accepted, without a body: see `http_status_for`.
///
/// `reason`  what the reader or `check_upgrade` found
/// errors    `no_space`; nothing is written then
/// source    RFC 6455 4.2.2, 4.4; RFC 9110 15.5.6, 15.5.22
[[nodiscard]] constexpr error write_error_response(byte_queue& tx, error reason) noexcept
{
    const std::uint16_t status = http_status_for(reason);
    SOCKLESS_ASSERT(status != 0);
    constexpr field allow{"Allow", "GET"}; // RFC 9110 15.5.6: a 405 lists the methods
    const std::span<const field> fields = status == 405 ? std::span{&allow, 1} : std::span<const field>{};
    return write_response_head(tx, status, fields, 0);
}

} // namespace sockless::inline SOCKLESS_ABI
