// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The WebSocket protocol without the sockets. This file includes all of the core in reading order: each file depends only on the files
/// before it.
///
/// - core: vocabulary
/// - bytes: functions over bytes
/// - frame: bytes to and from one frame
/// - message: frames to and from messages
/// - closing.hpp, connection.hpp: everything after the opening handshake
/// - http, handshake, proxy: the opening handshake, over HTTP/1.1, and over HTTP/2 and HTTP/3 with a library for these
/// - keep_alive.hpp: pings and time-outs; reconnect_backoff.hpp: delays before a client connects again
/// - websocket: handshake, connection and messages in one object, with the interface of the browser's WebSocket
/// - relay.hpp: joins two connections, as a gateway does
///
/// Not included: the C interface (sockless.h), permessage-deflate (deflate/permessage_deflate.hpp, deflate/extension.hpp,
/// deflate/relayed_deflate.hpp), a transport in memory for tests of programs (testing/endpoint_pair.hpp), and the headers that need something outside the core: with_heap.hpp, with_mbedtls.hpp,
/// with_openssl.hpp, with_os_random.hpp, with_zlib.hpp.
#pragma once

#include "config.hpp"

// Vocabulary.
#include "core/role.hpp"
#include "core/opcode.hpp"
#include "core/close_code.hpp"
#include "core/limits.hpp"
#include "core/error.hpp"
#include "core/error_string.hpp"

// Functions over bytes.
#include "bytes/byte_view.hpp"
#include "bytes/compact/copy.hpp" // the two forms of one algorithm: for code size, and for speed
#include "bytes/fast/copy.hpp"
#include "bytes/copy.hpp"
#include "bytes/endian.hpp"
#include "bytes/byte_queue.hpp"
#include "bytes/utf8.hpp"
#include "bytes/simd/chosen.hpp" // and the files in bytes/simd/ that it selects for the processor
#include "bytes/compact/mask.hpp"
#include "bytes/mask.hpp"
#include "bytes/compact/utf8.hpp"
#include "bytes/fast/utf8.hpp"
#include "bytes/utf8_stream.hpp"
#include "bytes/ascii_scan.hpp"
#include "bytes/random_source.hpp"
#include "bytes/compact/base64.hpp"
#include "bytes/fast/base64.hpp"
#include "bytes/base64.hpp"
#include "bytes/compact/sha1.hpp"
#include "bytes/fast/sha1.hpp"
#include "bytes/sha1.hpp"

// Bytes to and from one frame.
#include "frame/frame_header.hpp"
#include "frame/close_payload.hpp"
#include "frame/fast/frame_header.hpp"
#include "frame/fast/whole_frame.hpp"
#include "frame/frame_parser.hpp"
#include "frame/frame_reader.hpp"
#include "frame/fast/frame_writer.hpp"
#include "frame/compact/frame_writer.hpp"
#include "frame/frame_writer.hpp"

// Frames to and from messages.
#include "message/event.hpp"
#include "message/control_payload.hpp"
#include "message/message_assembler.hpp"
#include "message/message_extension.hpp"
#include "message/fast/whole_message.hpp"
#include "message/message_reader.hpp"
#include "message/prepared_message.hpp"
#include "message/message_writer.hpp"

// After the opening handshake.
#include "closing.hpp"
#include "connection.hpp"

// The opening handshake.
#include "http/character_class.hpp"
#include "http/head.hpp"
#include "http/value_grammar.hpp"
#include "http/uri.hpp"
#include "http/url.hpp"
#include "http/head_writer.hpp"
#include "http/head_storage.hpp"
#include "http/kept_head.hpp"
#include "http/head_lines.hpp"
#include "http/head_parser.hpp"
#include "http/head_reader.hpp"
#include "http/body_reader.hpp"
#include "handshake/accept_key.hpp"
#include "handshake/negotiation.hpp"
#include "handshake/field_validator.hpp"
#include "handshake/upgrade_request.hpp"
#include "handshake/server_response.hpp"
#include "handshake/server_handshake.hpp"
#include "handshake/client_request.hpp"
#include "handshake/client_handshake.hpp"
#include "handshake/field_list.hpp"
#include "handshake/extended_connect.hpp"
#include "proxy/http_proxy.hpp"

// Everything in one object.
#include "keep_alive.hpp"
#include "reconnect_backoff.hpp"
#include "websocket/ready_state.hpp"
#include "websocket/websocket_needs.hpp"
#include "websocket/input_buffer.hpp"
#include "websocket/reference_list.hpp"
#include "websocket/output_queue.hpp"
#include "websocket/websocket_storage.hpp"
#include "websocket/head_memory.hpp"
#include "websocket/websocket_options.hpp"
#include "websocket/handler.hpp"
#include "websocket/send_tracker.hpp"
#include "websocket/open_session.hpp"
#include "websocket/client_phase.hpp"
#include "websocket/server_phase.hpp"
#include "websocket.hpp"
#include "relay.hpp"
