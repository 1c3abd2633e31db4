// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// What the inspector finds in the bytes of a connection. Every part has the range of bytes that it describes.
#pragma once

#include "support/printable.hpp"

#include <sockless/core/error.hpp>
#include <sockless/core/limits.hpp>
#include <sockless/core/role.hpp>
#include <sockless/deflate/parameters.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace inspector {

/// The bytes [begin, end) of one direction.
struct range {
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// One part of a head or of a frame.
struct field {
    std::string name;
    range where;
    std::string value;
    std::string note;      ///< its meaning, with the clause in parentheses
    std::uint8_t bits = 0; ///< if it is a part of one byte: which
};

/// A head or a frame.
struct block {
    bool is_head = false;
    std::string title;
    range where; ///< as far as its bytes are there
    std::vector<field> fields;
};

/// The rule that the bytes break.
struct violation {
    sockless::error rule = sockless::error::none;
    range where;
    std::string detail;
    std::uint8_t bits = 0; ///< if it is about a part of one byte: which
};

enum class item_kind : std::uint8_t { text, binary, ping, pong, close };

/// A message or a control frame.
struct item {
    item_kind kind = item_kind::text;
    range where;               ///< from its first to its last byte; other frames may be in between
    std::string payload;       ///< unmasked and inflated, or its beginning; of a close frame the reason
    std::size_t size = 0;      ///< of all payload in bytes
    std::size_t wire_size = 0; ///< of the payload of its frames
    std::size_t frames = 1;
    std::uint16_t code = 0; ///< of a close frame
    bool compressed = false;
};

/// How the opening handshake of one direction ended.
enum class head_result : std::uint8_t {
    none,          ///< there is no head
    incomplete,    ///< more bytes are needed
    request,       ///< a valid upgrade request
    plain_request, ///< a valid request that asks for no WebSocket
    open,          ///< a valid response: the connection is open
    refused,       ///< a response with another status than 101
    failed,
};

/// One direction of a connection.
struct stream {
    sockless::role sender = sockless::role::client;
    std::size_t size = 0;
    head_result head = head_result::none;
    std::uint16_t status = 0; ///< of a response
    std::string subprotocol;  ///< that a server has chosen
    std::string answer;       ///< to a request that is invalid: the beginning of the library's response
    std::vector<std::string> notes;
    std::vector<block> blocks;
    std::vector<item> items;
    std::size_t omitted = 0; ///< blocks beyond `options::max_blocks`
    violation broken;
    std::size_t unread = 0;  ///< bytes after a violation or a close frame
    std::size_t missing = 0; ///< bytes to the end of the last frame
};

struct report {
    stream from_client;
    stream from_server;
    sockless::negotiated_deflate deflate; ///< what decides about RSV1
    sockless::negotiated_deflate offered; ///< what a server with default options would agree to
};

/// Whether a direction begins with the head of an opening handshake.
enum class beginning : std::uint8_t { detect, head, frame };

struct options {
    sockless::limits limits;
    beginning begins_with = beginning::detect;
    bool client_ended = false; ///< the transport ended after the last byte
    bool server_ended = false;
    std::string_view extensions;          ///< the answer of a server, if its response is not there
    std::size_t max_blocks = 1000;        ///< of one direction
    std::size_t max_preview = 4096;       ///< bytes of a payload
    std::size_t max_inflated = 4U << 20U; ///< of one direction: more is not inspected
};

/// What the client has sent, as far as the response depends on it.
struct request_summary {
    bool complete = false;
    std::string key;
    std::vector<std::string> subprotocols;
    std::string extensions;
};

/// Returns `count` and a noun.
[[nodiscard]] inline std::string counted(std::size_t count, const char* noun)
{
    return std::to_string(count) + ' ' + noun + (count == 1 ? "" : "s");
}

/// Returns the beginning of a payload: in quotation marks if it is UTF-8, otherwise in hexadecimal digits.
[[nodiscard]] inline std::string preview(std::span<const std::byte> payload, std::size_t max_size)
{
    const std::span<const std::byte> front = payload.first(payload.size() < max_size ? payload.size() : max_size);
    if (sockless::is_utf8(payload))
        return example::quoted_begin(sockless::as_text(payload), max_size);
    return example::hex(front, " ") + (front.size() < payload.size() ? " ..." : "");
}

} // namespace inspector
