// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file names everything that can go wrong, one name per rule, and says what the peer is told about it.
///
/// The order of the enumerators is the order of `condition`: each group is contiguous.
#pragma once

#include "../config.hpp"
#include "close_code.hpp"

#include <cstddef>
#include <cstdint>

namespace sockless::inline SOCKLESS_ABI {

enum class [[nodiscard]] error : std::uint8_t {
    none,

    // The peer broke the framing protocol: close 1002 unless said otherwise.
    reserved_bit_set,         ///< RFC 6455 5.2: an RSV bit that no negotiated extension defines, or not on this frame
    reserved_opcode,          ///< RFC 6455 5.2: opcode 3-7 or B-F
    mask_missing,             ///< RFC 6455 5.1: a client's frame without a mask
    mask_unexpected,          ///< RFC 6455 5.1: a server's frame with a mask
    length_not_minimal,       ///< RFC 6455 5.2: a length that fits a shorter form
    length_out_of_range,      ///< RFC 6455 5.2: the most significant bit of a 64-bit length is set
    control_frame_fragmented, ///< RFC 6455 5.5: a control frame with FIN=0
    control_frame_too_long,   ///< RFC 6455 5.5: more than 125 bytes in a control frame
    unexpected_continuation,  ///< RFC 6455 5.4: opcode 0 while no message is open
    message_interleaved,      ///< RFC 6455 5.4: opcode 1 or 2 while a message is open
    close_payload_truncated,  ///< RFC 6455 5.5.1: a close payload of one byte
    close_code_not_on_wire,   ///< RFC 6455 7.4: a code that may not stand in a close frame
    close_reason_not_utf8,    ///< RFC 6455 5.5.1, 8.1: close 1007
    text_not_utf8,            ///< RFC 6455 5.6, 8.1: close 1007
    extension_data_invalid,   ///< RFC 7692 7.2.2: data that the extension cannot decode, close 1007
    connection_lost, ///< RFC 6455 7.1.5: the transport ended without a close frame; reported as 1006, nothing is sent
    connection_abandoned, ///< WHATWG WebSockets: the program closed it before it was open; 1006, nothing is sent

    // The peer asked for more than the program allows.
    frame_too_large,         ///< `limits::frame_bytes`, close 1009
    message_too_large,       ///< `limits::message_bytes` or the program's message storage, close 1009
    too_many_fragments,      ///< `limits::fragments`, close 1008
    request_target_too_long, ///< RFC 9112 3: the request line does not fit the head storage, status 414
    head_too_large,          ///< the head does not fit its storage, status 431
    too_many_fields,         ///< the fields do not fit their storage, status 431

    // The peer's HTTP head is malformed (RFC 9112): status 400 unless said otherwise.
    line_end_invalid,       ///< RFC 9112 2.2: a bare CR or a bare LF
    request_line_invalid,   ///< RFC 9112 3: not `method SP target SP version`
    request_target_invalid, ///< RFC 9112 3.2: neither origin-form nor an http URI
    status_line_invalid,    ///< RFC 9112 4
    http_version_invalid,   ///< RFC 9112 2.3: not `HTTP/` digit `.` digit
    field_folded,           ///< RFC 9112 5.2: a line that begins with white space
    field_name_invalid,     ///< RFC 9112 5: no colon, an empty name, or a byte that is not a token character
    field_name_space,       ///< RFC 9112 5.1: white space before the colon
    field_value_invalid,    ///< RFC 9110 5.5: a control character in a value
    body_announced,         ///< RFC 9112 6: Content-Length or Transfer-Encoding on an upgrade request

    // The peer's request cannot be accepted (RFC 6455 4.2.1): status 400 unless said otherwise.
    method_not_get,           ///< status 405
    http_version_unsupported, ///< not HTTP/1.1 or a later 1.x: status 505
    host_missing,             ///< RFC 9112 3.2
    host_repeated,            ///< RFC 9112 3.2
    host_invalid,             ///< RFC 9112 3.2
    upgrade_missing,          ///< no Upgrade field at all: status 426
    upgrade_not_websocket,    ///< an Upgrade field without `websocket`: status 426 in a request
    connection_not_upgrade,   ///< no Connection option `upgrade`
    key_missing,              ///< Sec-WebSocket-Key
    key_repeated,
    key_invalid,     ///< not the base64 form of 16 bytes
    version_missing, ///< Sec-WebSocket-Version
    version_repeated,
    version_invalid,           ///< not 0..255 without leading zero
    version_unsupported,       ///< not 13: status 426
    subprotocol_invalid,       ///< RFC 6455 4.3: not a list of tokens (request), not one token (response)
    subprotocol_repeated_name, ///< RFC 6455 4.1: a request that lists the same name twice
    extensions_invalid,        ///< RFC 6455 9.1
    origin_repeated,           ///< RFC 6454 7.3: more than one Origin field

    // The peer's response does not open the connection (RFC 6455 4.1).
    status_not_101, ///< an ordinary HTTP answer: its status and fields are kept
    accept_missing, ///< Sec-WebSocket-Accept
    accept_repeated,
    accept_mismatch,         ///< not the digest of our key
    subprotocol_repeated,    ///< RFC 6455 11.3.4
    subprotocol_not_offered, ///< RFC 6455 4.1
    subprotocol_missing,     ///< WHATWG WebSockets: protocols were asked for, none came back
    extension_not_offered,   ///< RFC 6455 4.1
    proxy_refused,           ///< RFC 9110 9.3.6: a proxy answered CONNECT with another status than 2xx, which is kept

    // The caller's call cannot be carried out; nothing was changed or written.
    not_open,                 ///< before the handshake, after a close frame or after a failure
    no_space,                 ///< the output queue is full for now
    message_open,             ///< a message in pieces has to be ended first
    no_message_open,          ///< there is none to continue or to end
    payload_not_utf8,         ///< text to be sent is not UTF-8
    payload_too_long,         ///< 2^63 bytes or more in a frame
    control_payload_too_long, ///< more than 125 bytes
    close_code_not_sendable,  ///< see `may_send`
    reason_too_long,          ///< more than 123 bytes
    reason_not_utf8,
    no_random,                 ///< the source of mask keys or nonces failed
    no_memory,                 ///< what was agreed needs more than there is: the codec of an extension
    uri_scheme_invalid,        ///< RFC 6455 3: neither ws nor wss
    uri_host_invalid,          ///< RFC 3986 3.2.2
    uri_port_invalid,          ///< RFC 3986 3.2.3
    uri_path_invalid,          ///< RFC 3986 3.3, 3.4: path or query
    uri_has_userinfo,          ///< RFC 9110 4.2.4
    uri_has_fragment,          ///< RFC 6455 3
    field_not_sendable,        ///< a name that is not a token, or a value with a control character or outer white space
    field_reserved,            ///< a field that the handshake writes itself
    host_not_sendable,         ///< a host with a character that may not stand in a Host field
    target_not_sendable,       ///< a request target with a character that may not stand in a request line
    status_not_sendable,       ///< a refusal with a status below 200 or above 599
    subprotocol_not_sendable,  ///< not a token, or listed twice
    subprotocol_not_requested, ///< the choice is not on the client's list
    extensions_not_sendable,   ///< breaks the grammar of RFC 6455 9.1
    extension_not_requested,   ///< the choice is not on the client's list
};

/// Coarse groups, for programs that only want to know whose fault it was.
enum class condition : std::uint8_t {
    none,
    protocol_violation, ///< frames
    limit_exceeded,
    malformed_head,
    request_unacceptable,
    response_unacceptable,
    misuse, ///< the caller's
};

[[nodiscard]] constexpr bool failed(error e) noexcept
{
    return e != error::none;
}

[[nodiscard]] constexpr condition condition_of(error e) noexcept
{
    if (e == error::none)
        return condition::none;
    if (e < error::frame_too_large)
        return condition::protocol_violation;
    if (e < error::line_end_invalid)
        return condition::limit_exceeded;
    if (e < error::method_not_get)
        return condition::malformed_head;
    if (e < error::status_not_101)
        return condition::request_unacceptable;
    return e < error::not_open ? condition::response_unacceptable : condition::misuse;
}

namespace detail {

/// The number of enumerators, `none` included.
inline constexpr std::size_t error_count = static_cast<std::size_t>(error::extension_not_requested) + 1;

/// `close_code_for` in less code: what each error has above 1000, up to the last one after the handshake. A test compares.
inline constexpr std::uint8_t above_1000[] = {6, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 7, 7, 7, 6, 6, 9, 9, 8};

[[nodiscard]] constexpr close_code small_close_code_for(error e) noexcept
{
    const auto i = static_cast<std::size_t>(e);
    return i < sizeof above_1000 ? static_cast<close_code>(1000 + above_1000[i]) : close_code::abnormal;
}

} // namespace detail

/// The code of the close frame that answers a failure after the handshake (RFC 6455 7.4.1).
/// `abnormal` where nothing is sent: the transport is gone, or the connection never opened.
[[nodiscard]] constexpr close_code close_code_for(error e) noexcept
{
    if constexpr (detail::optimize_size)
        return detail::small_close_code_for(e);
    switch (e) {
    case error::close_reason_not_utf8:
    case error::text_not_utf8:
    case error::extension_data_invalid: return close_code::invalid_payload;
    case error::frame_too_large:
    case error::message_too_large: return close_code::message_too_big;
    case error::too_many_fragments: return close_code::policy_violation;
    case error::connection_lost:
    case error::connection_abandoned: return close_code::abnormal;
    default:
        return condition_of(e) == condition::protocol_violation ? close_code::protocol_error : close_code::abnormal;
    }
}

namespace detail {

struct special_status {
    error reason;
    std::uint8_t above_400;
};
inline constexpr special_status special_statuses[] = {
    {error::method_not_get, 5},   {error::request_target_too_long, 14},   {error::upgrade_missing, 26},
    {error::head_too_large, 31},  {error::upgrade_not_websocket, 26},     {error::version_unsupported, 26},
    {error::too_many_fields, 31}, {error::http_version_unsupported, 105},
};

/// `http_status_for` in less code.
[[nodiscard]] constexpr std::uint16_t small_http_status_for(error e) noexcept
{
    for (const special_status& each : special_statuses)
        if (each.reason == e)
            return static_cast<std::uint16_t>(400 + each.above_400);
    return e >= error::line_end_invalid && e < error::status_not_101 ? 400 : 0;
}

} // namespace detail

/// The HTTP status of the refusal that answers a bad request; 0 where no answer is due.
[[nodiscard]] constexpr std::uint16_t http_status_for(error e) noexcept
{
    if constexpr (detail::optimize_size)
        return detail::small_http_status_for(e);
    switch (e) {
    case error::method_not_get: return 405;
    case error::request_target_too_long: return 414;
    case error::upgrade_missing:
    case error::upgrade_not_websocket:
    case error::version_unsupported: return 426;
    case error::head_too_large:
    case error::too_many_fields: return 431;
    case error::http_version_unsupported: return 505;
    default: break;
    }
    const condition group = condition_of(e);
    return group == condition::malformed_head || group == condition::request_unacceptable ? 400 : 0;
}

} // namespace sockless::inline SOCKLESS_ABI
