// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns an `error` into its name and into a sentence for logs. A program that uses neither pays for neither.
#pragma once

#include "../config.hpp"
#include "error.hpp"

#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

/// The enumerator's own name, e.g. `length_not_minimal`: stable, for logs and tests.
[[nodiscard]] constexpr std::string_view name_of(error e) noexcept
{
    switch (e) {
    case error::none: return "none";
    case error::reserved_bit_set: return "reserved_bit_set";
    case error::reserved_opcode: return "reserved_opcode";
    case error::mask_missing: return "mask_missing";
    case error::mask_unexpected: return "mask_unexpected";
    case error::length_not_minimal: return "length_not_minimal";
    case error::length_out_of_range: return "length_out_of_range";
    case error::control_frame_fragmented: return "control_frame_fragmented";
    case error::control_frame_too_long: return "control_frame_too_long";
    case error::unexpected_continuation: return "unexpected_continuation";
    case error::message_interleaved: return "message_interleaved";
    case error::close_payload_truncated: return "close_payload_truncated";
    case error::close_code_not_on_wire: return "close_code_not_on_wire";
    case error::close_reason_not_utf8: return "close_reason_not_utf8";
    case error::text_not_utf8: return "text_not_utf8";
    case error::extension_data_invalid: return "extension_data_invalid";
    case error::connection_lost: return "connection_lost";
    case error::connection_abandoned: return "connection_abandoned";
    case error::frame_too_large: return "frame_too_large";
    case error::message_too_large: return "message_too_large";
    case error::too_many_fragments: return "too_many_fragments";
    case error::request_target_too_long: return "request_target_too_long";
    case error::head_too_large: return "head_too_large";
    case error::too_many_fields: return "too_many_fields";
    case error::line_end_invalid: return "line_end_invalid";
    case error::request_line_invalid: return "request_line_invalid";
    case error::request_target_invalid: return "request_target_invalid";
    case error::status_line_invalid: return "status_line_invalid";
    case error::http_version_invalid: return "http_version_invalid";
    case error::field_folded: return "field_folded";
    case error::field_name_invalid: return "field_name_invalid";
    case error::field_name_space: return "field_name_space";
    case error::field_value_invalid: return "field_value_invalid";
    case error::body_announced: return "body_announced";
    case error::method_not_get: return "method_not_get";
    case error::http_version_unsupported: return "http_version_unsupported";
    case error::host_missing: return "host_missing";
    case error::host_repeated: return "host_repeated";
    case error::host_invalid: return "host_invalid";
    case error::upgrade_missing: return "upgrade_missing";
    case error::upgrade_not_websocket: return "upgrade_not_websocket";
    case error::connection_not_upgrade: return "connection_not_upgrade";
    case error::key_missing: return "key_missing";
    case error::key_repeated: return "key_repeated";
    case error::key_invalid: return "key_invalid";
    case error::version_missing: return "version_missing";
    case error::version_repeated: return "version_repeated";
    case error::version_invalid: return "version_invalid";
    case error::version_unsupported: return "version_unsupported";
    case error::subprotocol_invalid: return "subprotocol_invalid";
    case error::subprotocol_repeated_name: return "subprotocol_repeated_name";
    case error::extensions_invalid: return "extensions_invalid";
    case error::origin_repeated: return "origin_repeated";
    case error::status_not_101: return "status_not_101";
    case error::accept_missing: return "accept_missing";
    case error::accept_repeated: return "accept_repeated";
    case error::accept_mismatch: return "accept_mismatch";
    case error::subprotocol_repeated: return "subprotocol_repeated";
    case error::subprotocol_not_offered: return "subprotocol_not_offered";
    case error::subprotocol_missing: return "subprotocol_missing";
    case error::extension_not_offered: return "extension_not_offered";
    case error::proxy_refused: return "proxy_refused";
    case error::not_open: return "not_open";
    case error::no_space: return "no_space";
    case error::message_open: return "message_open";
    case error::no_message_open: return "no_message_open";
    case error::payload_not_utf8: return "payload_not_utf8";
    case error::payload_too_long: return "payload_too_long";
    case error::control_payload_too_long: return "control_payload_too_long";
    case error::close_code_not_sendable: return "close_code_not_sendable";
    case error::reason_too_long: return "reason_too_long";
    case error::reason_not_utf8: return "reason_not_utf8";
    case error::no_random: return "no_random";
    case error::no_memory: return "no_memory";
    case error::uri_scheme_invalid: return "uri_scheme_invalid";
    case error::uri_host_invalid: return "uri_host_invalid";
    case error::uri_port_invalid: return "uri_port_invalid";
    case error::uri_path_invalid: return "uri_path_invalid";
    case error::uri_has_userinfo: return "uri_has_userinfo";
    case error::uri_has_fragment: return "uri_has_fragment";
    case error::field_not_sendable: return "field_not_sendable";
    case error::field_reserved: return "field_reserved";
    case error::host_not_sendable: return "host_not_sendable";
    case error::target_not_sendable: return "target_not_sendable";
    case error::status_not_sendable: return "status_not_sendable";
    case error::subprotocol_not_sendable: return "subprotocol_not_sendable";
    case error::subprotocol_not_requested: return "subprotocol_not_requested";
    case error::extensions_not_sendable: return "extensions_not_sendable";
    case error::extension_not_requested: return "extension_not_requested";
    }
    return "unknown";
}

/// What happened, with the clause, in one line without a full stop.
[[nodiscard]] constexpr std::string_view to_string(error e) noexcept
{
    switch (e) {
    case error::none: return "no error";
    case error::reserved_bit_set: return "a reserved bit is set that no negotiated extension defines (RFC 6455 5.2)";
    case error::reserved_opcode: return "the opcode is reserved (RFC 6455 5.2)";
    case error::mask_missing: return "a client's frame is not masked (RFC 6455 5.1)";
    case error::mask_unexpected: return "a server's frame is masked (RFC 6455 5.1)";
    case error::length_not_minimal: return "the length is not in its shortest form (RFC 6455 5.2)";
    case error::length_out_of_range: return "the 64-bit length has its top bit set (RFC 6455 5.2)";
    case error::control_frame_fragmented: return "a control frame is fragmented (RFC 6455 5.5)";
    case error::control_frame_too_long: return "a control frame has more than 125 bytes (RFC 6455 5.5)";
    case error::unexpected_continuation: return "a continuation frame has nothing to continue (RFC 6455 5.4)";
    case error::message_interleaved: return "a new message begins inside an open one (RFC 6455 5.4)";
    case error::close_payload_truncated: return "a close frame's payload has one byte (RFC 6455 5.5.1)";
    case error::close_code_not_on_wire: return "a close frame's code may not stand in a frame (RFC 6455 7.4)";
    case error::close_reason_not_utf8: return "a close frame's reason is not UTF-8 (RFC 6455 5.5.1)";
    case error::text_not_utf8: return "a text message is not UTF-8 (RFC 6455 8.1)";
    case error::extension_data_invalid: return "the extension cannot decode the data (RFC 7692 7.2.2)";
    case error::connection_lost: return "the transport ended without a close frame (RFC 6455 7.1.5)";
    case error::connection_abandoned: return "the program closed the connection before it was open";
    case error::frame_too_large: return "a frame is larger than the limit";
    case error::message_too_large: return "a message is larger than the limit";
    case error::too_many_fragments: return "a message has more fragments than the limit";
    case error::request_target_too_long: return "the request line is longer than the limit (RFC 9112 3)";
    case error::head_too_large: return "the HTTP head is larger than the limit";
    case error::too_many_fields: return "the HTTP head has more fields than the limit";
    case error::line_end_invalid: return "a line does not end in CR LF (RFC 9112 2.2)";
    case error::request_line_invalid: return "the request line is malformed (RFC 9112 3)";
    case error::request_target_invalid: return "the request target is malformed (RFC 9112 3.2)";
    case error::status_line_invalid: return "the status line is malformed (RFC 9112 4)";
    case error::http_version_invalid: return "the HTTP version is malformed (RFC 9112 2.3)";
    case error::field_folded: return "a field line begins with white space (RFC 9112 5.2)";
    case error::field_name_invalid: return "a field name is not a token (RFC 9112 5)";
    case error::field_name_space: return "white space stands before a field's colon (RFC 9112 5.1)";
    case error::field_value_invalid: return "a field value has a control character (RFC 9110 5.5)";
    case error::body_announced: return "an upgrade request announces a body (RFC 9112 6)";
    case error::method_not_get: return "the method is not GET (RFC 6455 4.2.1)";
    case error::http_version_unsupported: return "the HTTP version is not 1.1 or a later 1.x (RFC 6455 4.2.1)";
    case error::host_missing: return "Host is missing (RFC 9112 3.2)";
    case error::host_repeated: return "Host is repeated (RFC 9112 3.2)";
    case error::host_invalid: return "Host is malformed (RFC 9112 3.2)";
    case error::upgrade_missing: return "Upgrade is missing (RFC 6455 4.2.1)";
    case error::upgrade_not_websocket: return "Upgrade does not name websocket (RFC 6455 4.2.1)";
    case error::connection_not_upgrade: return "Connection does not name upgrade (RFC 6455 4.2.1)";
    case error::key_missing: return "Sec-WebSocket-Key is missing (RFC 6455 4.2.1)";
    case error::key_repeated: return "Sec-WebSocket-Key is repeated (RFC 6455 11.3.1)";
    case error::key_invalid: return "Sec-WebSocket-Key is not the base64 form of 16 bytes (RFC 6455 4.2.1)";
    case error::version_missing: return "Sec-WebSocket-Version is missing (RFC 6455 4.2.1)";
    case error::version_repeated: return "Sec-WebSocket-Version is repeated (RFC 6455 11.3.5)";
    case error::version_invalid: return "Sec-WebSocket-Version is malformed (RFC 6455 4.3)";
    case error::version_unsupported: return "Sec-WebSocket-Version is not 13 (RFC 6455 4.4)";
    case error::subprotocol_invalid: return "Sec-WebSocket-Protocol is malformed (RFC 6455 4.3)";
    case error::subprotocol_repeated_name: return "Sec-WebSocket-Protocol lists a name twice (RFC 6455 4.1)";
    case error::extensions_invalid: return "Sec-WebSocket-Extensions is malformed (RFC 6455 9.1)";
    case error::origin_repeated: return "Origin is repeated (RFC 6454 7.3)";
    case error::status_not_101: return "the server answered without switching protocols (RFC 6455 4.1)";
    case error::accept_missing: return "Sec-WebSocket-Accept is missing (RFC 6455 4.1)";
    case error::accept_repeated: return "Sec-WebSocket-Accept is repeated (RFC 6455 11.3.3)";
    case error::accept_mismatch: return "Sec-WebSocket-Accept does not answer the key (RFC 6455 4.1)";
    case error::subprotocol_repeated: return "Sec-WebSocket-Protocol is repeated (RFC 6455 11.3.4)";
    case error::subprotocol_not_offered: return "the server chose a subprotocol that was not offered (RFC 6455 4.1)";
    case error::subprotocol_missing: return "the server chose none of the offered subprotocols (WHATWG WebSockets)";
    case error::extension_not_offered: return "the server chose an extension that was not offered (RFC 6455 4.1)";
    case error::proxy_refused: return "the proxy refused the tunnel (RFC 9110 9.3.6)";
    case error::not_open: return "the connection is not open for sending";
    case error::no_space: return "the output queue is full";
    case error::message_open: return "a message in pieces is open";
    case error::no_message_open: return "no message in pieces is open";
    case error::payload_not_utf8: return "the text is not UTF-8";
    case error::payload_too_long: return "the payload has 2^63 bytes or more";
    case error::control_payload_too_long: return "a control frame carries at most 125 bytes";
    case error::close_code_not_sendable: return "the close code may not be sent";
    case error::reason_too_long: return "a close reason has at most 123 bytes";
    case error::reason_not_utf8: return "the close reason is not UTF-8";
    case error::no_random: return "the source of random bytes failed";
    case error::no_memory: return "there is no memory for an extension that was agreed on";
    case error::uri_scheme_invalid: return "the URI's scheme is neither ws nor wss (RFC 6455 3)";
    case error::uri_host_invalid: return "the URI's host is malformed (RFC 3986 3.2.2)";
    case error::uri_port_invalid: return "the URI's port is malformed (RFC 3986 3.2.3)";
    case error::uri_path_invalid: return "the URI's path or query is malformed (RFC 3986 3.3)";
    case error::uri_has_userinfo: return "the URI has user information (RFC 9110 4.2.4)";
    case error::uri_has_fragment: return "the URI has a fragment (RFC 6455 3)";
    case error::field_not_sendable: return "the field cannot be written";
    case error::field_reserved: return "the handshake writes this field itself";
    case error::host_not_sendable: return "the host cannot be written";
    case error::target_not_sendable: return "the request target cannot be written";
    case error::status_not_sendable: return "a refusal's status lies between 200 and 599";
    case error::subprotocol_not_sendable: return "a subprotocol is not a token, or is listed twice";
    case error::subprotocol_not_requested: return "the client did not ask for this subprotocol";
    case error::extensions_not_sendable: return "the extension list is malformed";
    case error::extension_not_requested: return "the client did not ask for this extension";
    }
    return "unknown error";
}

[[nodiscard]] constexpr std::string_view to_string(condition c) noexcept
{
    switch (c) {
    case condition::none: return "no error";
    case condition::protocol_violation: return "protocol violation";
    case condition::limit_exceeded: return "limit exceeded";
    case condition::malformed_head: return "malformed HTTP head";
    case condition::request_unacceptable: return "request unacceptable";
    case condition::response_unacceptable: return "response unacceptable";
    case condition::misuse: return "misuse";
    }
    return "unknown";
}

} // namespace sockless::inline SOCKLESS_ABI
