// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The WebSocket protocol without the sockets. This file includes all of the core, in the order in which it may be read
/// like a book: each file is explained by those above it.
///
///     words      what things are called
///     bytes      pure functions over bytes
///     frame      bytes <-> one frame
///     message    frames <-> messages
///     connection after the upgrade: reader, writer, closing handshake, automatic replies
///     handshake  before it: the HTTP/1.1 upgrade
///     websocket  a whole life in one object, in the words of the browser's interface
///
/// Not included, because each needs something that not every program has: with_heap.hpp, with_openssl.hpp,
/// with_os_random.hpp.
#pragma once

#include "config.hpp"

// What things are called.
#include "words/role.hpp"
#include "words/opcode.hpp"
#include "words/close_code.hpp"
#include "words/limits.hpp"
#include "words/error.hpp"
#include "words/error_text.hpp"

// Bytes.
#include "bytes/copy.hpp"
#include "bytes/endian.hpp"
#include "bytes/byte_queue.hpp"
#include "bytes/utf8.hpp"
#include "bytes/mask.hpp" // and what it takes from bytes/vector/ for the processor at hand
#include "bytes/text.hpp"
#include "bytes/characters.hpp"
#include "bytes/random_source.hpp"
#include "bytes/base64.hpp"
#include "bytes/sha1.hpp"

// Bytes <-> one frame.
#include "frame/frame_header.hpp"
#include "frame/close_payload.hpp"
#include "frame/frame_reader.hpp"
#include "frame/frame_writer.hpp"

// Frames <-> messages.
#include "message/event.hpp"
#include "message/assembler.hpp"
#include "message/control_payload.hpp"
#include "message/message_extension.hpp"
#include "message/message_reader.hpp"
#include "message/message_writer.hpp"

// After the upgrade.
#include "closing.hpp"
#include "connection.hpp"

// Before it: the HTTP/1.1 upgrade.
#include "handshake/field_grammar.hpp"
#include "handshake/rule_table.hpp"
#include "handshake/value_grammar.hpp"
#include "handshake/head.hpp"
#include "handshake/head_storage.hpp"
#include "handshake/field_index.hpp"
#include "handshake/packed_text.hpp"
#include "handshake/usual_lines.hpp"
#include "handshake/head_scanner.hpp"
#include "handshake/head_reader.hpp"
#include "handshake/head_writer.hpp"
#include "handshake/authority.hpp"
#include "handshake/uri.hpp"
#include "handshake/extension.hpp"
#include "handshake/negotiation.hpp"
#include "handshake/accept_key.hpp"
#include "handshake/upgrade_request.hpp"
#include "handshake/upgrade_answer.hpp"
#include "handshake/server_handshake.hpp"
#include "handshake/head_stream.hpp"
#include "handshake/head_judge.hpp"
#include "handshake/small_server_handshake.hpp"
#include "handshake/client_request.hpp"
#include "handshake/upgrade_response.hpp"
#include "handshake/final_response.hpp"
#include "handshake/client_handshake.hpp"
#include "handshake/small_client_handshake.hpp"
#include "handshake/http_proxy.hpp"

// A whole life in one object.
#include "keep_alive.hpp"
#include "websocket/websocket_storage.hpp"
#include "websocket/websocket_event.hpp"
#include "websocket/handler.hpp"
#include "websocket/sent_frames.hpp"
#include "websocket/dialogue.hpp"
#include "websocket/websocket_opening.hpp"
#include "websocket.hpp"
