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
#include "bytes/mask.hpp"
#include "bytes/random_source.hpp"
#include "bytes/utf8.hpp"

// Bytes <-> one frame.
#include "frame/frame_header.hpp"
#include "frame/close_payload.hpp"
#include "frame/frame_reader.hpp"

// Frames <-> messages.
#include "message/event.hpp"
#include "message/control_payload.hpp"
#include "message/message_extension.hpp"
#include "message/message_reader.hpp"
#include "message/message_writer.hpp"
#include "message/assembler.hpp"

// After the upgrade.
#include "connection.hpp"
