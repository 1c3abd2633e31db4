// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file writes the response of a server: the 101 that opens the connection, or any other response and no WebSocket
/// (RFC 6455 4.2.2).
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../bytes/byte_view.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "../http/head.hpp"
#include "../http/head_writer.hpp"
#include "../http/value_grammar.hpp"
#include "accept_key.hpp"
#include "negotiation.hpp"
#include "upgrade_request.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI {

/// What the server agrees to. Everything is optional, so `{.subprotocol = "chat"}` is enough. The views are read during the call
/// only.
struct accept_options {
    std::string_view subprotocol = {};  ///< one of the client's; empty: none
    std::string_view extensions = {};   ///< the field value, which names only extensions of the client's; empty: none
    std::span<const field> fields = {}; ///< further fields, such as Set-Cookie or Server
};

namespace detail {

/// Checks whether `options` is a response to `request`: it has nothing that the client did not offer, and nothing that breaks a line.
///
/// @par Errors      subprotocol_not_sendable, subprotocol_not_requested, extensions_not_sendable, extension_not_requested,
///                  field_not_sendable, field_reserved
/// @par Source      RFC 6455 4.2.2, 9.1
/// @par Complexity  O(size of the client's lists * size of `options`)
[[nodiscard]] constexpr error check_accept_options(const upgrade_request& request,
                                                   const accept_options& options) noexcept
{
    const std::string_view subprotocol = options.subprotocol;
    if (!subprotocol.empty() && !matches(start_of("token"), subprotocol))
        return error::subprotocol_not_sendable;
    if (!subprotocol.empty() && !request.subprotocols().contains(subprotocol))
        return error::subprotocol_not_requested;
    if (!options.extensions.empty() && !is_extension_list_valid_to_send(options.extensions))
        return error::extensions_not_sendable;
    if (!options.extensions.empty() &&
        !contains_all_extensions(list_cursor{request.fields, field_name(field_id::websocket_extensions)},
                                 options.extensions))
        return error::extension_not_requested;
    return check_outgoing(options.fields);
}

/// Returns the phrase for a status, or an empty one: it carries no meaning (RFC 9112 4).
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

/// Appends a 101 without its end, after a 100 if the client expects one (RFC 9110 7.8).
inline void append_accept(head_writer& out, bool expects_continue, const accept_value& accept,
                          std::string_view subprotocol) noexcept
{
    if (expects_continue)
        out.append_literal<"HTTP/1.1 100 Continue\r\n\r\n">();
    out.append_literal<
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ">();
    out.text(accept.view());
    if (!subprotocol.empty())
        out.append_literal<"\r\nSec-WebSocket-Protocol: ">().text(subprotocol);
}

/// Appends the status line and the fields that the status requires. A single space is required before a phrase, even an empty one
/// (RFC 9112 4).
///
/// @param upgrade_required  the fields of a 426 (RFC 9110 15.5.22, RFC 6455 4.4)
/// @param close             those of any other response
inline void append_status(head_writer& out, std::uint16_t status, std::string_view phrase,
                          literal_pointer upgrade_required, literal_pointer close) noexcept
{
    out.append_literal<"HTTP/1.1 ">().number(status).append_literal<" ">();
    if (!phrase.empty())
        out.text(phrase);
    out.append(status == 426 ? upgrade_required : close);
}

/// Appends a response without a body and without its end. A 405 lists the methods (RFC 9110 15.5.6).
///
/// @tparam HasPhrase  whether the status line has a reason phrase
template <bool HasPhrase = true>
inline void append_error(head_writer& out, std::uint16_t status) noexcept
{
    if constexpr (HasPhrase)
        append_status(out, status, reason_phrase(status),
                      stored_literal<"\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Version: 13"
                                     "\r\nContent-Length: 0">(),
                      stored_literal<"\r\nConnection: close\r\nContent-Length: 0">());
    else
        out.append_literal<"HTTP/1.1 ">().number(status).append(
            status == 426 ? stored_literal<" \r\nUpgrade: websocket\r\nConnection: Upgrade, close"
                                           "\r\nSec-WebSocket-Version: 13\r\nContent-Length: 0">()
                          : stored_literal<" \r\nConnection: close\r\nContent-Length: 0">());
    if (status == 405)
        out.append_literal<"\r\nAllow: GET">();
}

} // namespace detail

/// Writes the 101, after a 100 if the client expects one (RFC 9110 7.8). Frames can follow at once.
///
/// @param[in,out] tx  the whole response is appended, or nothing
/// @param request     one that `check_upgrade` found valid
/// @param options     read during the call only
/// @return `error::none`, or why nothing was written
/// @par Errors      no_space, no_sha1, subprotocol_not_sendable, subprotocol_not_requested,
///                  extensions_not_sendable, extension_not_requested, field_not_sendable, field_reserved
/// @par Source      RFC 6455 4.2.2
/// @par Complexity  two blocks of SHA-1 and O(size of the response)
template <sha1_hash Sha1 = sha1>
[[nodiscard]] error write_accept(byte_queue& tx, const upgrade_request& request,
                                 const accept_options& options = {}) noexcept
{
    if (const error e = detail::check_accept_options(request, options); failed(e))
        return e;
    accept_value accept;
    if constexpr (std::is_same_v<Sha1, sha1>)
        accept = make_accept(request.key);
    else if (!detail::make_any_accept<Sha1>(request.key, accept))
        return error::no_sha1;
    detail::head_writer out{tx};
    detail::append_accept(out, request.expects_continue, accept, options.subprotocol);
    if (!options.extensions.empty())
        out.append_literal<"\r\nSec-WebSocket-Extensions: ">().text(options.extensions);
    out.fields(options.fields).append_literal<"\r\n\r\n">();
    return out.finish();
}

/// Writes the head of a response other than 101; the program sends the body and then closes the transport.
///
/// The library adds `Connection: close`, Content-Length, and the fields that a 426 requires.
///
/// @param[in,out] tx      the whole head is appended, or nothing
/// @param status          200 to 599
/// @param fields          further fields, such as Content-Type, Location or WWW-Authenticate; read during the call only
/// @param content_length  the octets of the body; 0 with 204, 205 and 304
/// @param body            those of them that are appended as well; the program sends all others
/// @return `error::none`, or why nothing was written
/// @par Errors      status_not_sendable, field_not_sendable, field_reserved, no_space
/// @par Source      RFC 6455 4.2.2; RFC 9112 4, 6.3
[[nodiscard]] inline error write_response_head(byte_queue& tx, std::uint16_t status, std::span<const field> fields,
                                               std::uint64_t content_length, byte_view body = {}) noexcept
{
    if (status < 200 || status > 599 || (content_length != 0 && (status == 204 || status == 205 || status == 304)))
        return error::status_not_sendable;
    if (const error e = detail::check_outgoing(fields); failed(e))
        return e;
    detail::head_writer out{tx};
    detail::append_status(out, status, detail::reason_phrase(status),
                          detail::stored_literal<"\r\nUpgrade: websocket\r\nConnection: Upgrade, close"
                                                 "\r\nSec-WebSocket-Version: 13">(),
                          detail::stored_literal<"\r\nConnection: close">());
    if (status != 204 && status != 304) // RFC 9110 8.6, 15.4.5: these have no body, whatever the head says
        out.append_literal<"\r\nContent-Length: ">().number(content_length);
    out.fields(fields).append_literal<"\r\n\r\n">().text(as_text(body));
    return out.finish();
}

/// Writes a response other than 101 with its body, whole or not at all.
///
/// @param body  copied
/// @par Errors      those of `write_response_head`
[[nodiscard]] inline error write_response(byte_queue& tx, std::uint16_t status, std::span<const field> fields = {},
                                          byte_view body = {}) noexcept
{
    return write_response_head(tx, status, fields, body.size(), body);
}

/// Writes the response to a request that cannot be accepted, without a body: see `http_status_for`.
///
/// @param[in,out] tx  the whole response is appended, or nothing
/// @param reason      the error of the reader or of `check_upgrade`
/// @par Errors      no_space
/// @par Source      RFC 6455 4.2.2, 4.4; RFC 9110 15.5.6, 15.5.22
[[nodiscard]] inline error write_error_response(byte_queue& tx, error reason) noexcept
{
    const std::uint16_t status = http_status_for(reason);
    SOCKLESS_ASSERT(status != 0);
    detail::head_writer out{tx};
    detail::append_error(out, status);
    return out.append_literal<"\r\n\r\n">().finish();
}

} // namespace sockless::inline SOCKLESS_ABI
