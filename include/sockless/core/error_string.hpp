// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns an `error` into its name and into a sentence for logs. Neither is linked unless it is used.
#pragma once

#include "../config.hpp"
#include "error.hpp"

#include <cstddef>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

namespace detail {

/// The names of the enumerators in their order, separated by spaces.
inline constexpr std::string_view error_names =
    "none reserved_bit_set reserved_opcode mask_missing mask_unexpected length_not_minimal length_out_of_range "
    "control_frame_fragmented control_frame_too_long unexpected_continuation message_interleaved "
    "close_payload_truncated close_code_not_on_wire close_reason_not_utf8 text_not_utf8 extension_data_invalid "
    "connection_lost connection_abandoned timed_out frame_too_large message_too_large too_many_fragments "
    "body_too_large request_target_too_long head_too_large too_many_fields field_too_long line_end_invalid request_line_invalid "
    "pseudo_field_invalid request_target_invalid status_line_invalid http_version_invalid field_folded field_name_invalid "
    "field_name_space field_value_invalid body_length_invalid content_length_invalid chunk_invalid body_incomplete field_name_upper_case field_value_space connection_field scheme_invalid "
    "host_not_authority method_not_connect http_version_unsupported host_missing "
    "host_repeated host_invalid upgrade_missing upgrade_not_websocket protocol_missing protocol_unsupported body_announced method_not_get http_version_too_old connection_not_upgrade key_missing "
    "key_repeated key_invalid version_missing version_repeated version_invalid version_unsupported "
    "subprotocol_invalid subprotocol_repeated_name extensions_invalid origin_repeated status_not_101 status_not_2xx accept_missing "
    "accept_repeated accept_mismatch subprotocol_repeated subprotocol_not_offered subprotocol_missing "
    "extension_not_offered extension_repeated extension_parameters_invalid proxy_refused not_open no_space exceeds_capacity storage_in_use input_not_consumed count_invalid request_unanswered message_open no_message_open payload_not_utf8 "
    "payload_too_long control_payload_too_long close_code_not_sendable reason_too_long reason_not_utf8 no_random "
    "no_sha1 no_memory uri_scheme_invalid uri_host_invalid uri_host_not_ascii uri_port_invalid uri_path_invalid "
    "uri_has_userinfo uri_has_fragment field_not_sendable field_reserved host_not_sendable target_not_sendable "
    "status_not_sendable subprotocol_too_long subprotocol_not_sendable subprotocol_not_requested extensions_not_sendable "
    "extension_not_requested unknown";

} // namespace detail

/// Returns the name of the enumerator, such as `length_not_minimal`, for logs and tests; of another value the last name.
///
/// @par Complexity  O(size of the list)
[[nodiscard]] constexpr std::string_view name_of(error e) noexcept
{
    std::string_view names = detail::error_names;
    std::size_t end = names.find(' ');
    for (auto i = static_cast<unsigned>(e); i != 0 && end != std::string_view::npos; --i) {
        names.remove_prefix(end + 1);
        end = names.find(' ');
    }
    return {names.data(), end < names.size() ? end : names.size()};
}

/// Returns a sentence for logs: what happened, who did it, what to do about it where that is known, and the clause.
///
/// @return one line without a full stop; a constant, static
[[nodiscard]] constexpr std::string_view to_string(error e) noexcept
{
    switch (e) {
    case error::none: return "no error";
    case error::reserved_bit_set:
        return "the peer set a reserved bit of a frame that no negotiated extension defines; it may compress "
               "although permessage-deflate was not negotiated (RFC 6455 5.2)";
    case error::reserved_opcode:
        return "the peer sent a frame with a reserved opcode; it does not speak WebSocket version 13 (RFC 6455 5.2)";
    case error::mask_missing:
        return "the client sent a frame that is not masked; clients have to mask every frame (RFC 6455 5.1)";
    case error::mask_unexpected: return "the server sent a masked frame; servers must not mask (RFC 6455 5.1)";
    case error::length_not_minimal: return "the peer wrote a payload length in more bytes than it needs (RFC 6455 5.2)";
    case error::length_out_of_range: return "the peer announced a payload of 2^63 bytes or more (RFC 6455 5.2)";
    case error::control_frame_fragmented: return "the peer fragmented a close, ping or pong frame (RFC 6455 5.5)";
    case error::control_frame_too_long:
        return "the peer sent a close, ping or pong frame with more than 125 bytes (RFC 6455 5.5)";
    case error::unexpected_continuation:
        return "the peer continued a message although it had begun none (RFC 6455 5.4)";
    case error::message_interleaved:
        return "the peer began a message before the previous one was complete (RFC 6455 5.4)";
    case error::close_payload_truncated:
        return "the peer sent a close frame with one byte; a close code has two (RFC 6455 5.5.1)";
    case error::close_code_not_on_wire:
        return "the peer sent a close code that is not allowed in a close frame (RFC 6455 7.4)";
    case error::close_reason_not_utf8: return "the peer sent a close frame whose reason is not UTF-8 (RFC 6455 5.5.1)";
    case error::text_not_utf8:
        return "the peer sent a text message that is not UTF-8; other data has to be sent as binary (RFC 6455 8.1)";
    case error::extension_data_invalid:
        return "the peer sent compressed data that cannot be decompressed (RFC 7692 7.2.2)";
    case error::connection_lost:
        return "the connection ended without a close frame: the peer or the network failed (RFC 6455 7.1.5)";
    case error::connection_abandoned: return "the program closed the connection before it was open (WHATWG WebSockets)";
    case error::timed_out:
        return "the peer did not complete the handshake, answer a ping or close in time (RFC 6455 7.1.1)";
    case error::frame_too_large:
        return "the peer sent a frame that is larger than the limit frame_bytes (RFC 6455 10.4)";
    case error::message_too_large:
        return "the peer sent a message that is larger than the limit message_bytes or than the message storage (RFC "
               "6455 10.4)";
    case error::too_many_fragments:
        return "the peer sent a message in more fragments than the limit fragments (RFC 6455 10.4)";
    case error::body_too_large:
        return "the server or the proxy sent a response whose body is larger than the program's limit, such as "
               "body_bytes (RFC 6455 10.4)";
    case error::request_target_too_long:
        return "the client sent a request line that is longer than the head storage (RFC 9112 3)";
    case error::head_too_large: return "the peer sent an HTTP head that is larger than the head storage (RFC 6585 5)";
    case error::too_many_fields:
        return "the peer sent an HTTP head with more fields than the field storage holds (RFC 6585 5)";
    case error::field_too_long:
        return "the peer sent an HTTP field that is longer than the memory of the streamed head (RFC 6585 5)";
    case error::line_end_invalid: return "the peer sent an HTTP line that does not end with CR LF (RFC 9112 2.2)";
    case error::request_line_invalid:
        return "the client sent a malformed request line; it may not speak HTTP, or speak TLS to a port without TLS "
               "(RFC 9112 3)";
    case error::pseudo_field_invalid:
        return "the peer sent a pseudo-header field that is unknown, malformed, repeated or after other fields, or no :method "
               "or :status (RFC 9113 8.3)";
    case error::request_target_invalid: return "the client requested a malformed target (RFC 9112 3.2)";
    case error::status_line_invalid:
        return "the server sent a malformed status line; it may not speak HTTP, or expect TLS (RFC 9112 4)";
    case error::http_version_invalid: return "the peer sent a malformed HTTP version (RFC 9112 2.3)";
    case error::field_folded:
        return "the peer continued a header field on the next line, which is obsolete (RFC 9112 5.2)";
    case error::field_name_invalid: return "the peer sent a header field whose name is not a token (RFC 9112 5)";
    case error::field_name_space:
        return "the peer sent a header field with white space before the colon (RFC 9112 5.1)";
    case error::field_value_invalid:
        return "the peer sent a header field whose value has a control character (RFC 9110 5.5)";
    case error::body_length_invalid:
        return "the client did not say where the body of its request ends, or in two ways (RFC 9112 6.3)";
    case error::content_length_invalid:
        return "the server or the proxy sent a response whose Content-Length is not one number (RFC 9112 6.3)";
    case error::chunk_invalid:
        return "the server or the proxy sent a response with a malformed chunk in its body (RFC 9112 7.1)";
    case error::body_incomplete: return "the connection ended before the end of the response's body (RFC 9112 8)";
    case error::field_name_upper_case:
        return "the peer sent a field name with an upper-case letter over HTTP/2 or HTTP/3 (RFC 9113 8.2)";
    case error::field_value_space:
        return "the peer sent a field value with white space around it over HTTP/2 or HTTP/3 (RFC 9113 8.2.1)";
    case error::connection_field:
        return "the peer sent Connection, Upgrade or another field of a connection of HTTP/1.1 over HTTP/2 or HTTP/3 (RFC "
               "9113 8.2.2)";
    case error::scheme_invalid:
        return "the client sent a malformed :scheme, or for a WebSocket neither http nor https (RFC 8441 4, RFC 9113 8.3.1)";
    case error::host_not_authority: return "the client sent a Host that differs from :authority (RFC 9113 8.3.1)";
    case error::method_not_connect: return "the client sent :protocol with another method than CONNECT (RFC 8441 4)";
    case error::http_version_unsupported: return "the peer uses another HTTP version than 1.1 (RFC 6455 4.1, 4.2.1)";
    case error::host_missing: return "the client sent a request without Host (RFC 9112 3.2)";
    case error::host_repeated: return "the client sent Host more than once (RFC 9112 3.2)";
    case error::host_invalid: return "the client sent a malformed Host (RFC 9112 3.2)";
    case error::upgrade_missing:
        return "the request or response has no Upgrade field; a request may be no WebSocket request, or a proxy may "
               "have removed the field (RFC 6455 4.1, 4.2.1)";
    case error::upgrade_not_websocket: return "the Upgrade field does not name websocket (RFC 6455 4.1, 4.2.1)";
    case error::protocol_missing: return "the request has no :protocol, so it is no WebSocket request (RFC 8441 4)";
    case error::protocol_unsupported:
        return "the client requested another protocol than websocket in :protocol (RFC 9220 3)";
    case error::body_announced: return "the client announced a body in an upgrade request (RFC 9112 6)";
    case error::method_not_get:
        return "the client sent an upgrade request with another method than GET (RFC 6455 4.2.1)";
    case error::http_version_too_old:
        return "the client sent an upgrade request of HTTP/1.0 (RFC 9110 7.8, RFC 6455 4.1)";
    case error::connection_not_upgrade:
        return "the Connection field does not name upgrade; a proxy may have removed it (RFC 6455 4.1, 4.2.1)";
    case error::key_missing: return "the client sent no Sec-WebSocket-Key (RFC 6455 4.2.1)";
    case error::key_repeated: return "the client sent Sec-WebSocket-Key more than once (RFC 6455 11.3.1)";
    case error::key_invalid:
        return "the client sent a Sec-WebSocket-Key that is not 16 bytes in base64 (RFC 6455 4.2.1)";
    case error::version_missing: return "the client sent no Sec-WebSocket-Version (RFC 6455 4.2.1)";
    case error::version_repeated: return "the client sent Sec-WebSocket-Version more than once (RFC 6455 11.3.5)";
    case error::version_invalid: return "the client sent a malformed Sec-WebSocket-Version (RFC 6455 4.3)";
    case error::version_unsupported: return "the client asked for another WebSocket version than 13 (RFC 6455 4.4)";
    case error::subprotocol_invalid: return "the peer sent a malformed Sec-WebSocket-Protocol (RFC 6455 4.3)";
    case error::subprotocol_repeated_name: return "the client offered a subprotocol twice (RFC 6455 4.1)";
    case error::extensions_invalid: return "the peer sent a malformed Sec-WebSocket-Extensions (RFC 6455 9.1)";
    case error::origin_repeated: return "the client sent Origin more than once (RFC 6454 7.3)";
    case error::status_not_101:
        return "the server answered the upgrade request with another status than 101; the response has its reason "
               "(RFC 6455 4.1)";
    case error::status_not_2xx:
        return "the server answered the extended CONNECT with a status that is not 2xx; the response has its reason (RFC "
               "8441 5)";
    case error::accept_missing: return "the server sent no Sec-WebSocket-Accept (RFC 6455 4.1)";
    case error::accept_repeated: return "the server sent Sec-WebSocket-Accept more than once (RFC 6455 11.3.3)";
    case error::accept_mismatch:
        return "the server sent a Sec-WebSocket-Accept that does not match the key; the response may come from a "
               "cache (RFC 6455 4.1)";
    case error::subprotocol_repeated: return "the server sent Sec-WebSocket-Protocol more than once (RFC 6455 11.3.4)";
    case error::subprotocol_not_offered: return "the server chose a subprotocol that was not offered (RFC 6455 4.1)";
    case error::subprotocol_missing: return "the server chose none of the offered subprotocols (WHATWG WebSockets)";
    case error::extension_not_offered: return "the server chose an extension that was not offered (RFC 6455 4.1)";
    case error::extension_repeated: return "the server accepted more than one offer of permessage-deflate (RFC 7692 5)";
    case error::extension_parameters_invalid:
        return "the server's parameters of permessage-deflate are invalid or not as offered (RFC 7692 5.1, 7.1)";
    case error::proxy_refused:
        return "the proxy did not open a tunnel to the server; its response has the reason (RFC 9110 9.3.6)";
    case error::not_open: return "the program sent before the connection was open, or after it began to close";
    case error::no_space: return "the output queue has no room; write to the transport what is in it, then send again";
    case error::exceeds_capacity: return "the program passed more bytes than the storage can ever have room for";
    case error::storage_in_use: return "the program made a second websocket over storage that another one uses";
    case error::input_not_consumed:
        return "the program passed received bytes before poll had returned need_input for those before";
    case error::count_invalid: return "the program reported that more bytes were read or written than the buffer has";
    case error::request_unanswered: return "the program neither accepted nor rejected the request in time";
    case error::message_open: return "the program began a message before it ended a fragmented one";
    case error::no_message_open: return "the program continued or ended a message that it had not begun";
    case error::payload_not_utf8: return "the text is not UTF-8; send other data as binary";
    case error::payload_too_long: return "the payload to be sent has 2^63 bytes or more (RFC 6455 5.2)";
    case error::control_payload_too_long:
        return "the payload of a ping or pong to be sent has more than 125 bytes (RFC 6455 5.5)";
    case error::close_code_not_sendable:
        return "the program closed with a code that must not be sent; 1000 to 1003, 1007 to 1014 and 3000 to 4999 can "
               "be, but 1010 by a client only (RFC 6455 7.4)";
    case error::reason_too_long: return "the close reason to be sent has more than 123 bytes (RFC 6455 5.5)";
    case error::reason_not_utf8: return "the close reason to be sent is not UTF-8 (RFC 6455 5.5.1)";
    case error::no_random: return "the source of random bytes failed";
    case error::no_sha1: return "the implementation of SHA-1 failed, or may not be used";
    case error::no_memory: return "there is not enough memory for the input, the head or the extension";
    case error::uri_scheme_invalid: return "the URI begins with neither ws: nor wss: (RFC 6455 3)";
    case error::uri_host_invalid: return "the URI has a malformed host (RFC 3986 3.2.2)";
    case error::uri_host_not_ascii:
        return "the URI's host is not ASCII: write its punycode form, xn-- (RFC 6455 11.1.1)";
    case error::uri_port_invalid: return "the URI has a malformed port (RFC 3986 3.2.3)";
    case error::uri_path_invalid:
        return "the URI has a malformed path or query; percent-encode other characters (RFC 3986 3.3)";
    case error::uri_has_userinfo: return "the URI has a user name or password, which is not allowed (RFC 9110 4.2.4)";
    case error::uri_has_fragment: return "the URI has a fragment; percent-encode \"#\" as %23 (RFC 6455 3)";
    case error::field_not_sendable:
        return "a header field to be sent has a name that is no token, or a value with a control character or outer "
               "white space (RFC 9110 5.1, 5.5)";
    case error::field_reserved: return "the program passed a header field that the handshake writes itself";
    case error::host_not_sendable:
        return "the host to be sent has a character that is not allowed in Host (RFC 9112 3.2)";
    case error::target_not_sendable:
        return "the request target to be sent has a character that is not allowed; percent-encode it (RFC 9112 3.2)";
    case error::status_not_sendable:
        return "the program rejected a request with a status below 200 or above 599, with a body that the status does not permit, or "
               "CONNECT with 2xx (RFC 9110 9.3.6, 15)";
    case error::subprotocol_too_long: return "the name of the subprotocol is longer than 64 bytes";
    case error::subprotocol_not_sendable:
        return "a subprotocol to be sent is not a token, or is listed twice (RFC 6455 4.1)";
    case error::subprotocol_not_requested:
        return "the program chose a subprotocol that the client did not offer (RFC 6455 4.2.2)";
    case error::extensions_not_sendable:
        return "the list of extensions to be sent is malformed (RFC 6455 9.1), or the streamed head does not keep the answer to it";
    case error::extension_not_requested:
        return "the program chose an extension that the client did not offer (RFC 6455 4.2.2)";
    }
    return "unknown error";
}

/// Returns the name of the group in words.
[[nodiscard]] constexpr std::string_view to_string(condition c) noexcept
{
    switch (c) {
    case condition::none: return "no error";
    case condition::protocol_violation: return "protocol violation";
    case condition::limit_exceeded: return "limit exceeded";
    case condition::malformed_head: return "malformed HTTP head";
    case condition::handshake_unacceptable: return "handshake unacceptable";
    case condition::misuse: return "misuse";
    }
    return "unknown";
}

} // namespace sockless::inline SOCKLESS_ABI
