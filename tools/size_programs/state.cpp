// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Only compiled: the sizes of these arrays are the sizes of the objects.
#include "program.hpp"

using namespace sockless;

#define STATE(name, type) char state_##name[sizeof(type)]
extern "C" {
STATE(frame_reader, frame_reader<role::server>);
STATE(message_reader, message_reader<role::server>);
STATE(message_writer, message_writer<role::server>);
STATE(server_connection, server_connection);
STATE(client_connection, client_connection<random_outside>);
STATE(server_handshake, server_handshake);
STATE(client_handshake, client_handshake);
STATE(message_assembler, message_assembler);
STATE(byte_queue, byte_queue);
STATE(event, event);
STATE(streaming_server_handshake, streaming_server_handshake);
STATE(streaming_client_handshake, streaming_client_handshake);
STATE(output_queue, output_queue);
STATE(websocket_storage, websocket_storage);
using streamed_client = streaming_websocket<role::client, random_outside>;
using whole_client = websocket<role::client, random_outside>;
STATE(websocket_client, streamed_client);
STATE(websocket_client_whole_head, whole_client);
STATE(websocket_server, streaming_websocket<role::server>);
STATE(websocket_server_whole_head, websocket<role::server>);
}
