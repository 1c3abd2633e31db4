// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The errors of the C interface: the enumerators of `sockless::error` (core/error.hpp) with the same values.
///
/// The implementation asserts the groups, and a test compares every name and value.
#ifndef SOCKLESS_C_ERROR_H
#define SOCKLESS_C_ERROR_H

/// What went wrong. sockless_error_string() returns a sentence for each, sockless_error_name() the name.
///
/// Values are part of the interface of one version only: an error that is added is not always the last one.
typedef enum sockless_error {
    SOCKLESS_ERROR_NONE = 0,

    // The peer broke the framing protocol: close code 1002 unless stated otherwise.
    /// RFC 6455 5.2: an RSV bit that no negotiated extension defines, or not for this frame
    SOCKLESS_ERROR_RESERVED_BIT_SET = 1,
    SOCKLESS_ERROR_RESERVED_OPCODE = 2,    ///< RFC 6455 5.2: opcode 3-7 or B-F
    SOCKLESS_ERROR_MASK_MISSING = 3,       ///< RFC 6455 5.1: a frame of a client without a mask
    SOCKLESS_ERROR_MASK_UNEXPECTED = 4,    ///< RFC 6455 5.1: a frame of a server with a mask
    SOCKLESS_ERROR_LENGTH_NOT_MINIMAL = 5, ///< RFC 6455 5.2: a length that fits a shorter form
    /// RFC 6455 5.2: the most significant bit of a 64-bit length is set
    SOCKLESS_ERROR_LENGTH_OUT_OF_RANGE = 6,
    SOCKLESS_ERROR_CONTROL_FRAME_FRAGMENTED = 7, ///< RFC 6455 5.5: a control frame with FIN=0
    SOCKLESS_ERROR_CONTROL_FRAME_TOO_LONG = 8,   ///< RFC 6455 5.5: more than 125 bytes in a control frame
    SOCKLESS_ERROR_UNEXPECTED_CONTINUATION = 9,  ///< RFC 6455 5.4: opcode 0 while no message is open
    SOCKLESS_ERROR_MESSAGE_INTERLEAVED = 10,     ///< RFC 6455 5.4: opcode 1 or 2 while a message is open
    SOCKLESS_ERROR_CLOSE_PAYLOAD_TRUNCATED = 11, ///< RFC 6455 5.5.1: a close payload of one byte
    SOCKLESS_ERROR_CLOSE_CODE_NOT_ON_WIRE = 12,  ///< RFC 6455 7.4: a code that is not allowed in a close frame
    SOCKLESS_ERROR_CLOSE_REASON_NOT_UTF8 = 13,   ///< RFC 6455 5.5.1, 8.1: close code 1007
    SOCKLESS_ERROR_TEXT_NOT_UTF8 = 14,           ///< RFC 6455 5.6, 8.1: close code 1007
    /// RFC 7692 7.2.2: data that the extension cannot decode, close code 1007
    SOCKLESS_ERROR_EXTENSION_DATA_INVALID = 15,
    /// RFC 6455 7.1.5: the transport ended without a close frame; reported as 1006, nothing is sent
    SOCKLESS_ERROR_CONNECTION_LOST = 16,
    /// WHATWG WebSockets: the program closed it before it was open; 1006, nothing is sent
    SOCKLESS_ERROR_CONNECTION_ABANDONED = 17,
    /// RFC 6455 7.1.1: the peer did not open, answer or close in time; 1006; a request gets status 408
    SOCKLESS_ERROR_TIMED_OUT = 18,

    // The peer exceeded a limit of the program.
    SOCKLESS_ERROR_FRAME_TOO_LARGE = 19, ///< `frame_bytes`, close code 1009
    /// `message_bytes` or the program's message storage, close code 1009
    SOCKLESS_ERROR_MESSAGE_TOO_LARGE = 20,
    SOCKLESS_ERROR_TOO_MANY_FRAGMENTS = 21, ///< `fragments`, close code 1008
    SOCKLESS_ERROR_BODY_TOO_LARGE = 22,     ///< `sockless_options::body_bytes`, or the limit of a `body_reader`
    /// RFC 9112 3: the request line does not fit the head storage, status 414
    SOCKLESS_ERROR_REQUEST_TARGET_TOO_LONG = 23,
    SOCKLESS_ERROR_HEAD_TOO_LARGE = 24,  ///< the head does not fit its storage, status 431
    SOCKLESS_ERROR_TOO_MANY_FIELDS = 25, ///< the fields do not fit their storage, status 431
    /// a field that the program has named for a streamed head does not fit its memory, status 431
    SOCKLESS_ERROR_FIELD_TOO_LONG = 26,

    // The HTTP head of the peer is malformed (RFC 9112): status 400 unless stated otherwise.
    SOCKLESS_ERROR_LINE_END_INVALID = 27,     ///< RFC 9112 2.2: a bare CR or a bare LF
    SOCKLESS_ERROR_REQUEST_LINE_INVALID = 28, ///< RFC 9112 3: not `method SP target SP version`
    /// RFC 9113 8.3: an unknown, malformed, repeated or late pseudo-header field, or no `:method` or `:status`
    SOCKLESS_ERROR_PSEUDO_FIELD_INVALID = 29,
    /// RFC 9112 3.2: neither origin-form nor an http URI; over HTTP/2 also a tunnel without a port
    SOCKLESS_ERROR_REQUEST_TARGET_INVALID = 30,
    SOCKLESS_ERROR_STATUS_LINE_INVALID = 31,  ///< RFC 9112 4: not `version SP three digits SP reason`
    SOCKLESS_ERROR_HTTP_VERSION_INVALID = 32, ///< RFC 9112 2.3: not `HTTP/` digit `.` digit
    SOCKLESS_ERROR_FIELD_FOLDED = 33,         ///< RFC 9112 5.2: a line that begins with white space
    /// RFC 9112 5: no colon, an empty name, or a byte that is not a token character
    SOCKLESS_ERROR_FIELD_NAME_INVALID = 34,
    SOCKLESS_ERROR_FIELD_NAME_SPACE = 35,    ///< RFC 9112 5.1: white space before the colon
    SOCKLESS_ERROR_FIELD_VALUE_INVALID = 36, ///< RFC 9110 5.5: a control character in a value
    /// RFC 9112 6.3: two lengths, or one that is no number, or a last transfer coding but chunked
    SOCKLESS_ERROR_BODY_LENGTH_INVALID = 37,
    /// RFC 9112 6.3: Content-Length of a response is not one number
    SOCKLESS_ERROR_CONTENT_LENGTH_INVALID = 38,
    /// RFC 9112 7.1: the body of a response breaks the grammar of the chunked coding
    SOCKLESS_ERROR_CHUNK_INVALID = 39,
    /// RFC 9112 8: the transport ended before the end of a response's body
    SOCKLESS_ERROR_BODY_INCOMPLETE = 40,
    SOCKLESS_ERROR_FIELD_NAME_UPPER_CASE = 41, ///< RFC 9113 8.2: an upper-case letter in a name
    SOCKLESS_ERROR_FIELD_VALUE_SPACE = 42,     ///< RFC 9113 8.2.1: white space around a value
    /// RFC 9113 8.2.2: a field that belongs to a connection of HTTP/1.1, such as Upgrade
    SOCKLESS_ERROR_CONNECTION_FIELD = 43,
    /// RFC 8441 4, RFC 9113 8.3.1: `:scheme` of a WebSocket is neither http nor https, or it is malformed
    SOCKLESS_ERROR_SCHEME_INVALID = 44,
    /// RFC 9113 8.3.1: the Host field names another host or port than `:authority`
    SOCKLESS_ERROR_HOST_NOT_AUTHORITY = 45,
    SOCKLESS_ERROR_METHOD_NOT_CONNECT = 46, ///< RFC 8441 4: `:protocol` with another method

    // The request of the peer cannot be accepted (RFC 6455 4.2.1): status 400 unless stated otherwise. A response can have the
    // errors of the version, Upgrade, Connection, subprotocols and extensions too (RFC 6455 4.1).
    /// not HTTP/1.1 or a later 1.x; in a request not HTTP/1.x: status 505
    SOCKLESS_ERROR_HTTP_VERSION_UNSUPPORTED = 47,
    SOCKLESS_ERROR_HOST_MISSING = 48,          ///< RFC 9112 3.2: no Host field
    SOCKLESS_ERROR_HOST_REPEATED = 49,         ///< RFC 9112 3.2: more than one Host field
    SOCKLESS_ERROR_HOST_INVALID = 50,          ///< RFC 9112 3.2: the Host field is no host with an optional port
    SOCKLESS_ERROR_UPGRADE_MISSING = 51,       ///< no Upgrade field: status 426
    SOCKLESS_ERROR_UPGRADE_NOT_WEBSOCKET = 52, ///< an Upgrade field without websocket: status 426 in a request
    SOCKLESS_ERROR_PROTOCOL_MISSING = 53,      ///< RFC 8441 4: no `:protocol`
    SOCKLESS_ERROR_PROTOCOL_UNSUPPORTED = 54,  ///< RFC 9220 3: `:protocol` is not websocket: status 501
    /// RFC 9112 6: Content-Length or Transfer-Encoding in an upgrade request
    SOCKLESS_ERROR_BODY_ANNOUNCED = 55,
    SOCKLESS_ERROR_METHOD_NOT_GET = 56,         ///< an upgrade request with another method: status 405
    SOCKLESS_ERROR_HTTP_VERSION_TOO_OLD = 57,   ///< RFC 9110 7.8: an upgrade request of HTTP/1.0: status 505
    SOCKLESS_ERROR_CONNECTION_NOT_UPGRADE = 58, ///< no Connection option `upgrade`
    SOCKLESS_ERROR_KEY_MISSING = 59,            ///< no Sec-WebSocket-Key field
    SOCKLESS_ERROR_KEY_REPEATED = 60,           ///< RFC 6455 11.3.1: more than one Sec-WebSocket-Key field
    SOCKLESS_ERROR_KEY_INVALID = 61,            ///< not the base64 form of 16 bytes
    SOCKLESS_ERROR_VERSION_MISSING = 62,        ///< no Sec-WebSocket-Version field
    SOCKLESS_ERROR_VERSION_REPEATED = 63,       ///< RFC 6455 11.3.5: more than one Sec-WebSocket-Version field
    SOCKLESS_ERROR_VERSION_INVALID = 64,        ///< not 0..255 without leading zero
    SOCKLESS_ERROR_VERSION_UNSUPPORTED = 65,    ///< not 13: status 426; 400 over HTTP/2 and HTTP/3
    /// RFC 6455 4.3: not a list of tokens (request), not one token (response)
    SOCKLESS_ERROR_SUBPROTOCOL_INVALID = 66,
    SOCKLESS_ERROR_SUBPROTOCOL_REPEATED_NAME = 67, ///< RFC 6455 4.1: a request that lists the same name twice
    SOCKLESS_ERROR_EXTENSIONS_INVALID = 68,        ///< RFC 6455 9.1: Sec-WebSocket-Extensions breaks its grammar
    SOCKLESS_ERROR_ORIGIN_REPEATED = 69,           ///< RFC 6454 7.3: more than one Origin field

    // The response of the peer does not open the connection (RFC 6455 4.1).
    SOCKLESS_ERROR_STATUS_NOT_101 = 70,       ///< a plain HTTP response: its status and fields are kept
    SOCKLESS_ERROR_STATUS_NOT_2XX = 71,       ///< RFC 8441 5: the same over HTTP/2 and HTTP/3
    SOCKLESS_ERROR_ACCEPT_MISSING = 72,       ///< no Sec-WebSocket-Accept field
    SOCKLESS_ERROR_ACCEPT_REPEATED = 73,      ///< RFC 6455 11.3.3: more than one Sec-WebSocket-Accept field
    SOCKLESS_ERROR_ACCEPT_MISMATCH = 74,      ///< not the digest of the key that was sent
    SOCKLESS_ERROR_SUBPROTOCOL_REPEATED = 75, ///< RFC 6455 11.3.4: more than one Sec-WebSocket-Protocol field
    /// RFC 6455 4.1: the server chose a subprotocol that was not offered
    SOCKLESS_ERROR_SUBPROTOCOL_NOT_OFFERED = 76,
    /// WHATWG WebSockets: subprotocols were offered, the server chose none
    SOCKLESS_ERROR_SUBPROTOCOL_MISSING = 77,
    /// RFC 6455 4.1: the server chose an extension that was not offered
    SOCKLESS_ERROR_EXTENSION_NOT_OFFERED = 78,
    /// RFC 7692 5: the server accepted more than one offer of an extension
    SOCKLESS_ERROR_EXTENSION_REPEATED = 79,
    /// RFC 7692 5.1, 7.1: the server's parameters are unknown, invalid or not as offered
    SOCKLESS_ERROR_EXTENSION_PARAMETERS_INVALID = 80,
    /// RFC 9110 9.3.6: a proxy answered CONNECT with another status than 2xx, which is kept
    SOCKLESS_ERROR_PROXY_REFUSED = 81,

    // The call cannot be carried out; nothing was changed or written.
    SOCKLESS_ERROR_NOT_OPEN = 82,         ///< before the handshake, after a close frame or after a failure
    SOCKLESS_ERROR_NO_SPACE = 83,         ///< the output queue has no room now
    SOCKLESS_ERROR_EXCEEDS_CAPACITY = 84, ///< more bytes than the storage could ever have room for
    SOCKLESS_ERROR_STORAGE_IN_USE = 85,   ///< another websocket uses the storage
    /// bytes were received before `poll` had returned `need_input` for those before
    SOCKLESS_ERROR_INPUT_NOT_CONSUMED = 86,
    /// more bytes were written or received than there were in the buffer, or -1
    SOCKLESS_ERROR_COUNT_INVALID = 87,
    /// the program neither accepted nor rejected a request in time: status 503
    SOCKLESS_ERROR_REQUEST_UNANSWERED = 88,
    SOCKLESS_ERROR_MESSAGE_OPEN = 89,     ///< a fragmented message has to be ended first
    SOCKLESS_ERROR_NO_MESSAGE_OPEN = 90,  ///< there is no fragmented message to continue or to end
    SOCKLESS_ERROR_PAYLOAD_NOT_UTF8 = 91, ///< text to be sent is not UTF-8
    /// 2^63 bytes or more in a frame, or more than the extension can encode
    SOCKLESS_ERROR_PAYLOAD_TOO_LONG = 92,
    SOCKLESS_ERROR_CONTROL_PAYLOAD_TOO_LONG = 93, ///< more than 125 bytes
    SOCKLESS_ERROR_CLOSE_CODE_NOT_SENDABLE = 94,  ///< see `may_send`
    SOCKLESS_ERROR_REASON_TOO_LONG = 95,          ///< more than 123 bytes
    SOCKLESS_ERROR_REASON_NOT_UTF8 = 96,          ///< the close reason to be sent is not UTF-8
    SOCKLESS_ERROR_NO_RANDOM = 97,                ///< the source of masking keys or nonces failed
    SOCKLESS_ERROR_NO_SHA1 = 98,             ///< the implementation of SHA-1 failed, or is not allowed to: status 500
    SOCKLESS_ERROR_NO_MEMORY = 99,           ///< there is too little memory for the negotiated extension
    SOCKLESS_ERROR_URI_SCHEME_INVALID = 100, ///< RFC 6455 3: neither ws nor wss
    SOCKLESS_ERROR_URI_HOST_INVALID = 101,   ///< RFC 3986 3.2.2
    SOCKLESS_ERROR_URI_HOST_NOT_ASCII = 102, ///< RFC 6455 11.1.1: a name of another script has an ASCII form
    SOCKLESS_ERROR_URI_PORT_INVALID = 103,   ///< RFC 3986 3.2.3
    SOCKLESS_ERROR_URI_PATH_INVALID = 104,   ///< RFC 3986 3.3, 3.4: path or query
    SOCKLESS_ERROR_URI_HAS_USERINFO = 105,   ///< RFC 9110 4.2.4
    SOCKLESS_ERROR_URI_HAS_FRAGMENT = 106,   ///< RFC 6455 3
    /// a name that is not a token, or a value with a control character or outer white space
    SOCKLESS_ERROR_FIELD_NOT_SENDABLE = 107,
    SOCKLESS_ERROR_FIELD_RESERVED = 108,    ///< a field that the handshake writes itself
    SOCKLESS_ERROR_HOST_NOT_SENDABLE = 109, ///< a host with a character that is not allowed in a Host field
    /// a request target with a character that is not allowed in a request line
    SOCKLESS_ERROR_TARGET_NOT_SENDABLE = 110,
    /// below 200 or above 599, with a body that it does not permit, or 2xx for CONNECT
    SOCKLESS_ERROR_STATUS_NOT_SENDABLE = 111,
    SOCKLESS_ERROR_SUBPROTOCOL_TOO_LONG = 112,      ///< longer than 64 bytes
    SOCKLESS_ERROR_SUBPROTOCOL_NOT_SENDABLE = 113,  ///< not a token, or listed twice
    SOCKLESS_ERROR_SUBPROTOCOL_NOT_REQUESTED = 114, ///< the choice is not on the client's list
    /// breaks the grammar of RFC 6455 9.1, or the answer would not be kept
    SOCKLESS_ERROR_EXTENSIONS_NOT_SENDABLE = 115,
    SOCKLESS_ERROR_EXTENSION_NOT_REQUESTED = 116 ///< the choice is not on the client's list
} sockless_error;

#endif
