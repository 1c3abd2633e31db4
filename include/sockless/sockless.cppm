// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The core as the module `sockless`. Written by tools/module: it exports what the headers declare, and nothing else.
module;
#include "sockless.hpp"
export module sockless;

export namespace sockless {

// core/role.hpp
using sockless::role;

// core/opcode.hpp
using sockless::is_control;
using sockless::opcode;
using sockless::to_string;

// core/close_code.hpp
using sockless::close_code;

// core/limits.hpp
using sockless::limits;

// core/error.hpp
using sockless::close_code_for;
using sockless::condition;
using sockless::condition_of;
using sockless::error;
using sockless::failed;
using sockless::http_status_for;

// core/error_string.hpp
using sockless::name_of;

// bytes/byte_view.hpp
using sockless::as_bytes;
using sockless::as_text;
using sockless::byte_span;
using sockless::byte_view;

// bytes/byte_queue.hpp
using sockless::byte_queue;
using sockless::static_byte_queue;

// bytes/utf8.hpp
using sockless::utf8_validator;

// bytes/mask.hpp
using sockless::mask;
using sockless::mask_key;

// bytes/utf8_stream.hpp
using sockless::is_utf8;

// bytes/random_source.hpp
using sockless::mask_key_pool;
using sockless::mask_key_source;
using sockless::no_mask_keys;
using sockless::random_source;
using sockless::shared_mask_keys;

// bytes/sha1.hpp
using sockless::sha1;
using sockless::sha1_hash;

// frame/frame_header.hpp
using sockless::encode_header;
using sockless::encoded_header;
using sockless::frame_header;

// frame/close_payload.hpp
using sockless::close_payload;
using sockless::decode_close;
using sockless::encode_close;

// frame/frame_parser.hpp
using sockless::frame_chunk;
using sockless::frame_chunk_kind;

// frame/frame_reader.hpp
using sockless::frame_reader;

// frame/frame_writer.hpp
using sockless::frame_writer;

// message/event.hpp
using sockless::event;
using sockless::event_kind;

// message/message_assembler.hpp
using sockless::message_assembler;

// message/message_extension.hpp
using sockless::decoded_payload;
using sockless::message_decoder;
using sockless::message_encoder;
using sockless::no_extension;

// message/message_reader.hpp
using sockless::message_reader;

// message/prepared_message.hpp
using sockless::assume_utf8;
using sockless::prepared_message;

// message/message_writer.hpp
using sockless::message_writer;

// closing.hpp
using sockless::closing_state;

// connection.hpp
using sockless::client_connection;
using sockless::connection;
using sockless::connection_options;
using sockless::server_connection;

// http/character_class.hpp
using sockless::is_token;

// http/head.hpp
using sockless::field;
using sockless::field_cursor;
using sockless::find_field;
using sockless::http_version;
using sockless::list_cursor;
using sockless::request_head;
using sockless::response_head;

// http/uri.hpp
using sockless::format_uri;
using sockless::parse_uri;
using sockless::percent_encode;
using sockless::uri;

// http/url.hpp
using sockless::parse_url;
using sockless::url;

// http/head_storage.hpp
using sockless::basic_streamed_head;
using sockless::head_buffers;
using sockless::head_storage;
using sockless::streamed_head;
using sockless::whole_head;

// http/body_reader.hpp
using sockless::body_reader;

// handshake/accept_key.hpp
using sockless::accept_value;
using sockless::key_value;
using sockless::make_accept;
using sockless::make_key;

// handshake/negotiation.hpp
using sockless::choose_subprotocol;
using sockless::extension;
using sockless::extension_cursor;
using sockless::is_origin_allowed;

// handshake/upgrade_request.hpp
using sockless::check_upgrade;
using sockless::is_plain_request;
using sockless::upgrade_request;

// handshake/server_response.hpp
using sockless::accept_options;
using sockless::write_accept;
using sockless::write_error_response;
using sockless::write_response;
using sockless::write_response_head;

// handshake/server_handshake.hpp
using sockless::basic_server_handshake;
using sockless::server_handshake;
using sockless::server_handshake_result;
using sockless::streaming_server_handshake;

// handshake/client_request.hpp
using sockless::connect_options;
using sockless::write_request;

// handshake/client_handshake.hpp
using sockless::basic_client_handshake;
using sockless::check_response;
using sockless::client_handshake;
using sockless::client_handshake_result;
using sockless::expected_response;
using sockless::streaming_client_handshake;
using sockless::upgrade_response;

// handshake/extended_connect.hpp
using sockless::check_connect_response;
using sockless::check_extended_connect;
using sockless::connect_head;
using sockless::write_accept_fields;
using sockless::write_connect_fields;
using sockless::write_error_fields;

// proxy/http_proxy.hpp
using sockless::basic_credentials;
using sockless::basic_credentials_size;
using sockless::http_proxy;
using sockless::proxy_result;

// keep_alive.hpp
using sockless::keep_alive;
using sockless::keep_alive_options;
using sockless::keep_alive_result;

// reconnect_backoff.hpp
using sockless::reconnect_backoff;
using sockless::reconnect_options;

// websocket/ready_state.hpp
using sockless::ready_state;

// websocket/websocket_needs.hpp
using sockless::websocket_needs;

// websocket/output_queue.hpp
using sockless::output_queue;
using sockless::static_output_queue;

// websocket/websocket_storage.hpp
using sockless::static_websocket_storage;
using sockless::websocket_sizes;
using sockless::websocket_storage;

// websocket/websocket_options.hpp
using sockless::negotiated_extension;
using sockless::websocket_options;

// websocket.hpp
using sockless::streaming_websocket;
using sockless::websocket;

// relay.hpp
using sockless::relay;
using sockless::relay_needs;
using sockless::relay_options;

} // namespace sockless
