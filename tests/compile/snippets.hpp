// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The program around the code blocks of the documents and of the headers' comments, which qualify the library's names.
#pragma once

#include <sockless/deflate/extension.hpp>
#include <sockless/deflate/relayed_deflate.hpp>
#include <sockless/sockless.hpp>
#include <sockless/testing/endpoint_pair.hpp>
#include <sockless/with_heap.hpp>
#include <sockless/with_os_random.hpp>
#include <sockless/with_zlib.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>
#include <utility>
#include <vector>

void log_line(std::string_view line);

extern sockless::byte_queue& tx;
extern sockless::client_handshake handshake;
extern sockless::os_random randomness;
extern const sockless::uri where;

// For the comments of the headers.
extern sockless::error e;
std::uint64_t milliseconds();
extern std::span<std::byte> in;
extern sockless::head_storage<> storage;
extern const sockless::upgrade_request request;
extern const std::span<const sockless::field> fields;
extern const std::string_view page;
using keys = sockless::mask_key_pool<sockless::os_random>;
using Inflater = sockless::zlib_inflater;
using Deflater = sockless::zlib_deflater;
extern Inflater inflater;
extern Deflater deflater;
extern std::array<std::byte, 4096> output;

struct handler {
    void on_message(auto&, const sockless::event&) {}
};
extern handler client_handler;
extern handler server_handler;
extern bool input_has_ended;
extern bool bytes_arrived;
extern std::span<std::byte> bytes;
extern const std::uint64_t now;
std::size_t write_some(std::span<const std::byte> bytes);
void close_transport();

// For docs/recipes.md.
using server_websocket = sockless::websocket<sockless::role::server>;
using client_websocket = sockless::websocket<sockless::role::client, sockless::os_mask_keys>;
struct connection {
    int socket;
    handler events;
    sockless::websocket_needs needs;
    sockless::growing_websocket_storage storage;
    server_websocket ws{storage};
    bool is_sending;
    std::int32_t stream;
    std::size_t owed;
    std::vector<std::string> posted;
};
extern connection& c;
extern client_websocket& ws_of_client;
extern server_websocket& ws_of_server;
extern const std::vector<connection*> members;
extern const std::vector<sockless::field> received;
connection& connection_of(std::int32_t stream);
void serve_page(const sockless::upgrade_request& request);
void submit(connection& c, std::span<const sockless::field> fields, bool data_follows);
void reset(connection& c);
extern const sockless::request_head head;
extern std::span<std::byte> rest;
extern const std::string_view text;
void receive_some(connection& c);
void send_some(connection& c);
void update(connection& c);
void start_write(connection& c, std::span<const std::byte> bytes);
void keep_for_later(std::string_view message);
bool more_rows();
std::string_view next_row();
void wait_for(std::uint64_t delay);
void wake_loop();
void begin_tls();
void close_listener();
