// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Size is a feature: what one connection costs, in bytes. A change of these figures is a change that a user sees.
#include "support/mask_keys.hpp"
#include "support/print.hpp"

#include <sockless/connection.hpp>
#include <sockless/frame/frame_reader.hpp>
#include <sockless/websocket.hpp>
#include <sockless/with_heap.hpp>
#include <sockless/with_os_random.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace {

using namespace sockless;
using support::zero_keys;

// What is the same everywhere.
static_assert(sizeof(error) == 1);
static_assert(sizeof(opcode) == 1);
static_assert(sizeof(role) == 1);
static_assert(sizeof(close_code) == 2);
static_assert(sizeof(mask_key) == 4 && alignof(mask_key) == 1);
static_assert(sizeof(utf8_validator) == 1);
static_assert(sizeof(encoded_header) == 15);
static_assert(sizeof(detail::control_payload) == 126);
static_assert(std::is_empty_v<no_mask_keys> && std::is_empty_v<no_extension::codec>);
static_assert(sizeof(message_writer<role::server>) == 2, "the state of the open message");
static_assert(sizeof(message_writer<role::client, zero_keys>) <= 3);

// What depends on the alignment of 64-bit integers.
static_assert(sizeof(frame_header) == 16);
static_assert(sizeof(frame_reader<role::server>) == 24);
static_assert(sizeof(frame_reader<role::client>) == 24);
static_assert(sizeof(limits) <= 24);
static_assert(sizeof(message_reader<role::server>) <= 184 || SOCKLESS_ASAN != 0);
static_assert(sizeof(message_reader<role::client>) <= 184 || SOCKLESS_ASAN != 0);
static_assert(sizeof(server_connection) <= 320 || SOCKLESS_ASAN != 0);
static_assert(sizeof(client_connection<zero_keys>) <= 320 || SOCKLESS_ASAN != 0);

// What depends on the size of a pointer.
static_assert(sizeof(event) <= 16);
static_assert(sizeof(message_assembler) == sizeof(void*) || SOCKLESS_ASAN != 0);
static_assert(sizeof(byte_queue) == 6 * sizeof(void*));
static_assert(sizeof(static_byte_queue<100>) <= sizeof(byte_queue) + 104);

// Nothing of it is more than bytes; AddressSanitizer's builds have to poison and so have a copy constructor.
static_assert(std::is_trivially_copyable_v<event>);
static_assert(std::is_trivially_copyable_v<frame_reader<role::server>>);
static_assert(std::is_trivially_copyable_v<message_writer<role::client, zero_keys>>);
static_assert(std::is_trivially_copyable_v<message_assembler> || SOCKLESS_ASAN != 0);
static_assert(std::is_trivially_copyable_v<client_connection<zero_keys>> || SOCKLESS_ASAN != 0);

// docs/recipes.md, "Memory of a connection", of a server on x86-64.
#if defined(__x86_64__)
template <class Storage>
inline constexpr std::size_t with_storage = sizeof(websocket<role::server>) + sizeof(Storage);
static_assert(with_storage<growing_websocket_storage> == 1248 || SOCKLESS_ASAN != 0);
static_assert(with_storage<static_websocket_storage<>> == 214'528 || SOCKLESS_ASAN != 0);
static_assert(with_storage<static_websocket_storage<websocket_sizes{.message = 4096}>> == 37'512 || SOCKLESS_ASAN != 0);
static_assert(with_storage<static_websocket_storage<websocket_sizes{
                      .message = 1024, .output = 2048, .input = 1024, .head = 1024, .fields = 24}>> == 6120 ||
              SOCKLESS_ASAN != 0);
static_assert(sizeof(websocket<role::client, os_mask_keys>) == sizeof(websocket<role::server>) + 1096 ||
              SOCKLESS_ASAN != 0);
#endif

TEST_CASE("size: a connection is a few hundred bytes")
{
    const bool aligned = alignof(std::uint64_t) == 8 && SOCKLESS_ASAN == 0; // not so on x86 with 32 bits
    CHECK((sizeof(server_connection) == 320 || !aligned));
    CHECK((sizeof(message_reader<role::server>) == 184 || !aligned));
}

} // namespace
