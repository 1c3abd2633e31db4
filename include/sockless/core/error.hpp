// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file names everything that can go wrong, one name for each rule, and how the peer is informed of it.
#pragma once

#include "../config.hpp"
#include "close_code.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace sockless::inline SOCKLESS_ABI {

/// What went wrong. `to_string` (error_string.hpp) returns a sentence for each.
///
/// The order is part of the interface of this file: the groups of `condition` follow each other, and each is contiguous. It is
/// asserted below. Where a head has several faults, the one that is listed first is reported.
enum class [[nodiscard]] error : std::uint8_t {
    none,

    // The peer broke the framing protocol: close code 1002 unless stated otherwise.
    reserved_bit_set,         ///< RFC 6455 5.2: an RSV bit that no negotiated extension defines, or not for this frame
    reserved_opcode,          ///< RFC 6455 5.2: opcode 3-7 or B-F
    mask_missing,             ///< RFC 6455 5.1: a frame of a client without a mask
    mask_unexpected,          ///< RFC 6455 5.1: a frame of a server with a mask
    length_not_minimal,       ///< RFC 6455 5.2: a length that fits a shorter form
    length_out_of_range,      ///< RFC 6455 5.2: the most significant bit of a 64-bit length is set
    control_frame_fragmented, ///< RFC 6455 5.5: a control frame with FIN=0
    control_frame_too_long,   ///< RFC 6455 5.5: more than 125 bytes in a control frame
    unexpected_continuation,  ///< RFC 6455 5.4: opcode 0 while no message is open
    message_interleaved,      ///< RFC 6455 5.4: opcode 1 or 2 while a message is open
    close_payload_truncated,  ///< RFC 6455 5.5.1: a close payload of one byte
    close_code_not_on_wire,   ///< RFC 6455 7.4: a code that is not allowed in a close frame
    close_reason_not_utf8,    ///< RFC 6455 5.5.1, 8.1: close code 1007
    text_not_utf8,            ///< RFC 6455 5.6, 8.1: close code 1007
    extension_data_invalid,   ///< RFC 7692 7.2.2: data that the extension cannot decode, close code 1007
    connection_lost, ///< RFC 6455 7.1.5: the transport ended without a close frame; reported as 1006, nothing is sent
    connection_abandoned, ///< WHATWG WebSockets: the program closed it before it was open; 1006, nothing is sent
    timed_out, ///< RFC 6455 7.1.1: the peer did not open, answer or close in time; 1006; a request gets status 408

    // The peer exceeded a limit of the program.
    frame_too_large,         ///< `limits::frame_bytes`, close code 1009
    message_too_large,       ///< `limits::message_bytes` or the program's message storage, close code 1009
    too_many_fragments,      ///< `limits::fragments`, close code 1008
    body_too_large,          ///< `websocket_options::body_bytes`, or the limit of a `body_reader`
    request_target_too_long, ///< RFC 9112 3: the request line does not fit the head storage, status 414
    head_too_large,          ///< the head does not fit its storage, status 431
    too_many_fields,         ///< the fields do not fit their storage, status 431
    field_too_long, ///< a field that the program has named for a streamed head does not fit its memory, status 431

    // The HTTP head of the peer is malformed (RFC 9112): status 400 unless stated otherwise.
    line_end_invalid,     ///< RFC 9112 2.2: a bare CR or a bare LF
    request_line_invalid, ///< RFC 9112 3: not `method SP target SP version`
    pseudo_field_invalid, ///< RFC 9113 8.3: an unknown, malformed, repeated or late pseudo-header field, or no `:method` or `:status`
    request_target_invalid, ///< RFC 9112 3.2: neither origin-form nor an http URI; over HTTP/2 also a tunnel without a port
    status_line_invalid,  ///< RFC 9112 4: not `version SP three digits SP reason`
    http_version_invalid, ///< RFC 9112 2.3: not `HTTP/` digit `.` digit
    field_folded,         ///< RFC 9112 5.2: a line that begins with white space
    field_name_invalid,   ///< RFC 9112 5: no colon, an empty name, or a byte that is not a token character
    field_name_space,     ///< RFC 9112 5.1: white space before the colon
    field_value_invalid,  ///< RFC 9110 5.5: a control character in a value
    body_length_invalid, ///< RFC 9112 6.3: two lengths, or one that is no number, or a last transfer coding but chunked
    content_length_invalid, ///< RFC 9112 6.3: Content-Length of a response is not one number
    chunk_invalid,          ///< RFC 9112 7.1: the body of a response breaks the grammar of the chunked coding
    body_incomplete,        ///< RFC 9112 8: the transport ended before the end of a response's body
    field_name_upper_case,  ///< RFC 9113 8.2: an upper-case letter in a name
    field_value_space,      ///< RFC 9113 8.2.1: white space around a value
    connection_field,       ///< RFC 9113 8.2.2: a field that belongs to a connection of HTTP/1.1, such as Upgrade
    scheme_invalid, ///< RFC 8441 4, RFC 9113 8.3.1: `:scheme` of a WebSocket is neither http nor https, or it is malformed
    host_not_authority, ///< RFC 9113 8.3.1: the Host field names another host or port than `:authority`
    method_not_connect, ///< RFC 8441 4: `:protocol` with another method

    // The request of the peer cannot be accepted (RFC 6455 4.2.1): status 400 unless stated otherwise. A response can have the
    // errors of the version, Upgrade, Connection, subprotocols and extensions too (RFC 6455 4.1).
    http_version_unsupported,  ///< not HTTP/1.1 or a later 1.x; in a request not HTTP/1.x: status 505
    host_missing,              ///< RFC 9112 3.2: no Host field
    host_repeated,             ///< RFC 9112 3.2: more than one Host field
    host_invalid,              ///< RFC 9112 3.2: the Host field is no host with an optional port
    upgrade_missing,           ///< no Upgrade field: status 426
    upgrade_not_websocket,     ///< an Upgrade field without `websocket`: status 426 in a request
    protocol_missing,          ///< RFC 8441 4: no `:protocol`
    protocol_unsupported,      ///< RFC 9220 3: `:protocol` is not `websocket`: status 501
    body_announced,            ///< RFC 9112 6: Content-Length or Transfer-Encoding in an upgrade request
    method_not_get,            ///< an upgrade request with another method: status 405
    http_version_too_old,      ///< RFC 9110 7.8: an upgrade request of HTTP/1.0: status 505
    connection_not_upgrade,    ///< no Connection option `upgrade`
    key_missing,               ///< no Sec-WebSocket-Key field
    key_repeated,              ///< RFC 6455 11.3.1: more than one Sec-WebSocket-Key field
    key_invalid,               ///< not the base64 form of 16 bytes
    version_missing,           ///< no Sec-WebSocket-Version field
    version_repeated,          ///< RFC 6455 11.3.5: more than one Sec-WebSocket-Version field
    version_invalid,           ///< not 0..255 without leading zero
    version_unsupported,       ///< not 13: status 426; 400 over HTTP/2 and HTTP/3
    subprotocol_invalid,       ///< RFC 6455 4.3: not a list of tokens (request), not one token (response)
    subprotocol_repeated_name, ///< RFC 6455 4.1: a request that lists the same name twice
    extensions_invalid,        ///< RFC 6455 9.1: Sec-WebSocket-Extensions breaks its grammar
    origin_repeated,           ///< RFC 6454 7.3: more than one Origin field

    // The response of the peer does not open the connection (RFC 6455 4.1).
    status_not_101,               ///< a plain HTTP response: its status and fields are kept
    status_not_2xx,               ///< RFC 8441 5: the same over HTTP/2 and HTTP/3
    accept_missing,               ///< no Sec-WebSocket-Accept field
    accept_repeated,              ///< RFC 6455 11.3.3: more than one Sec-WebSocket-Accept field
    accept_mismatch,              ///< not the digest of the key that was sent
    subprotocol_repeated,         ///< RFC 6455 11.3.4: more than one Sec-WebSocket-Protocol field
    subprotocol_not_offered,      ///< RFC 6455 4.1: the server chose a subprotocol that was not offered
    subprotocol_missing,          ///< WHATWG WebSockets: subprotocols were offered, the server chose none
    extension_not_offered,        ///< RFC 6455 4.1: the server chose an extension that was not offered
    extension_repeated,           ///< RFC 7692 5: the server accepted more than one offer of an extension
    extension_parameters_invalid, ///< RFC 7692 5.1, 7.1: the server's parameters are unknown, invalid or not as offered
    proxy_refused, ///< RFC 9110 9.3.6: a proxy answered CONNECT with another status than 2xx, which is kept

    // The call cannot be carried out; nothing was changed or written.
    not_open,                  ///< before the handshake, after a close frame or after a failure
    no_space,                  ///< the output queue has no room now
    exceeds_capacity,          ///< more bytes than the storage could ever have room for
    storage_in_use,            ///< another `websocket` uses the storage
    input_not_consumed,        ///< bytes were received before `poll` had returned `need_input` for those before
    count_invalid,             ///< more bytes were written or received than there were in the buffer, or -1
    request_unanswered,        ///< the program neither accepted nor rejected a request in time: status 503
    message_open,              ///< a fragmented message has to be ended first
    no_message_open,           ///< there is no fragmented message to continue or to end
    payload_not_utf8,          ///< text to be sent is not UTF-8
    payload_too_long,          ///< 2^63 bytes or more in a frame, or more than the extension can encode
    control_payload_too_long,  ///< more than 125 bytes
    close_code_not_sendable,   ///< see `may_send`
    reason_too_long,           ///< more than 123 bytes
    reason_not_utf8,           ///< the close reason to be sent is not UTF-8
    no_random,                 ///< the source of masking keys or nonces failed
    no_sha1,                   ///< the implementation of SHA-1 failed, or is not allowed to: status 500
    no_memory,                 ///< there is too little memory for the negotiated extension
    uri_scheme_invalid,        ///< RFC 6455 3: neither ws nor wss
    uri_host_invalid,          ///< RFC 3986 3.2.2
    uri_host_not_ascii,        ///< RFC 6455 11.1.1: a name of another script has an ASCII form
    uri_port_invalid,          ///< RFC 3986 3.2.3
    uri_path_invalid,          ///< RFC 3986 3.3, 3.4: path or query
    uri_has_userinfo,          ///< RFC 9110 4.2.4
    uri_has_fragment,          ///< RFC 6455 3
    field_not_sendable,        ///< a name that is not a token, or a value with a control character or outer white space
    field_reserved,            ///< a field that the handshake writes itself
    host_not_sendable,         ///< a host with a character that is not allowed in a Host field
    target_not_sendable,       ///< a request target with a character that is not allowed in a request line
    status_not_sendable,       ///< below 200 or above 599, with a body that it does not permit, or 2xx for CONNECT
    subprotocol_too_long,      ///< longer than `limits::subprotocol_bytes`
    subprotocol_not_sendable,  ///< not a token, or listed twice
    subprotocol_not_requested, ///< the choice is not on the client's list
    extensions_not_sendable,   ///< breaks the grammar of RFC 6455 9.1, or the answer would not be kept
    extension_not_requested,   ///< the choice is not on the client's list
};

/// Coarse groups of errors, for programs that only need to know whose fault it was.
enum class condition : std::uint8_t {
    none,
    protocol_violation,     ///< the peer's frames
    limit_exceeded,         ///< the peer exceeded a limit of the program
    malformed_head,         ///< the peer's HTTP head
    handshake_unacceptable, ///< the peer's upgrade request, if that is a client, or its response, if it is a server
    misuse,                 ///< the caller's fault
};

/// Returns whether @p e is an error, that is not `error::none`.
[[nodiscard]] constexpr bool failed(error e) noexcept
{
    return e != error::none;
}

/// Returns the group that @p e belongs to.
[[nodiscard]] constexpr condition condition_of(error e) noexcept
{
    if (e == error::none)
        return condition::none;
    if (e < error::frame_too_large)
        return condition::protocol_violation;
    if (e < error::line_end_invalid)
        return condition::limit_exceeded;
    if (e < error::http_version_unsupported)
        return condition::malformed_head;
    return e < error::not_open ? condition::handshake_unacceptable : condition::misuse;
}

namespace detail {

/// The number of enumerators, `none` included.
inline constexpr std::size_t error_count = static_cast<std::size_t>(error::extension_not_requested) + 1;

/// Returns whether `next` is the enumerator after `last`.
[[nodiscard]] constexpr bool follows(error last, error next) noexcept
{
    return static_cast<unsigned>(next) == static_cast<unsigned>(last) + 1;
}

static_assert(follows(error::none, error::reserved_bit_set) && follows(error::timed_out, error::frame_too_large) &&
                  follows(error::field_too_long, error::line_end_invalid) &&
                  follows(error::method_not_connect, error::http_version_unsupported) &&
                  follows(error::proxy_refused, error::not_open),
              "condition_of compares with the first error of each group");

/// What `close_code_for` returns, for the compiler to make a table of.
[[nodiscard]] constexpr close_code find_close_code(error e) noexcept
{
    switch (e) {
    case error::close_reason_not_utf8:
    case error::text_not_utf8:
    case error::extension_data_invalid: return close_code::invalid_payload;
    case error::frame_too_large:
    case error::message_too_large: return close_code::message_too_big;
    case error::too_many_fragments: return close_code::policy_violation;
    case error::connection_lost:
    case error::connection_abandoned:
    case error::timed_out: return close_code::abnormal;
    default:
        return condition_of(e) == condition::protocol_violation ? close_code::protocol_error : close_code::abnormal;
    }
}

/// The errors up to the last one that has a close code of its own.
inline constexpr std::size_t close_code_count = static_cast<std::size_t>(error::too_many_fragments) + 1;
/// Close codes less 1000, so that an entry is one byte.
inline constexpr auto close_codes = [] {
    std::array<std::uint8_t, close_code_count> codes{};
    for (std::size_t i = 0; i < codes.size(); ++i)
        codes[i] = static_cast<std::uint8_t>(static_cast<unsigned>(find_close_code(static_cast<error>(i))) - 1000);
    return codes;
}();

/// An error, and the status of the rejection that it causes.
struct error_status {
    error reason;
    std::uint16_t status;
};
/// The errors whose status is not that of their group. The one that no HTTP/1.1 handshake has is in `http_status_for`.
inline constexpr error_status error_statuses[] = {
    {error::method_not_get, 405},       {error::timed_out, 408},       {error::request_target_too_long, 414},
    {error::upgrade_missing, 426},      {error::head_too_large, 431},  {error::upgrade_not_websocket, 426},
    {error::version_unsupported, 426},  {error::too_many_fields, 431}, {error::http_version_unsupported, 505},
    {error::http_version_too_old, 505}, {error::field_too_long, 431},  {error::no_sha1, 500},
    {error::request_unanswered, 503},
};

/// `error_statuses` in two bytes an entry: the error, and the status less 400.
inline constexpr auto packed_error_statuses = [] {
    std::array<std::array<std::uint8_t, 2>, std::size(error_statuses)> packed{};
    for (std::size_t i = 0; i < packed.size(); ++i)
        packed[i] = {static_cast<std::uint8_t>(error_statuses[i].reason),
                     static_cast<std::uint8_t>(error_statuses[i].status - 400)};
    return packed;
}();

/// Returns the status of the rejection that an error causes, if it causes one.
[[nodiscard]] constexpr std::uint16_t rejection_status(error e) noexcept
{
    for (const auto& [reason, above_400] : packed_error_statuses)
        if (static_cast<error>(reason) == e)
            return static_cast<std::uint16_t>(400 + above_400);
    return 400;
}

} // namespace detail

/// Returns the code of the close frame by which this end informs the peer of @p e.
///
/// @return `abnormal` where nothing is sent: the transport has ended, the connection never opened, or the caller is at fault
/// @par Source      RFC 6455 7.4.1
[[nodiscard]] constexpr close_code close_code_for(error e) noexcept
{
    const auto i = static_cast<std::size_t>(e);
    return i < detail::close_codes.size() ? static_cast<close_code>(1000 + detail::close_codes[i])
                                          : close_code::abnormal;
}

/// Returns the HTTP status of the response by which a server rejects a request because of @p e.
///
/// @return 0 where no response is sent
/// @par Source      RFC 9110 15.5, 15.6.6; RFC 6455 4.2.2, 4.4; RFC 9220 3
[[nodiscard]] constexpr std::uint16_t http_status_for(error e) noexcept
{
    if (e == error::protocol_unsupported)
        return 501;
    const std::uint16_t status = detail::rejection_status(e);
    return status != 400 || (e >= error::line_end_invalid && e < error::status_not_101) ? status : 0;
}

} // namespace sockless::inline SOCKLESS_ABI
