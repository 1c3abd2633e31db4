// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/feed.hpp"
#include "support/hex.hpp"
#include "support/print.hpp"

#include <sockless/websocket.hpp>
#include <sockless/with_heap.hpp>

#include <cstddef>
#include <span>
#include <string>

namespace {

using sockless::error;

constexpr std::size_t head_bytes = 400;
constexpr std::size_t head_fields = 7;
constexpr sockless::websocket_sizes sizes{.message = 300, .head = head_bytes, .fields = head_fields};

/// Returns a request of a size, with a number of fields.
std::string request(std::size_t size, std::size_t fields)
{
    std::string text = "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
    for (std::size_t i = 6; i < fields; ++i)
        text += "A: b\r\n";
    return text + "A: " + std::string(size - text.size() - 7, 'a') + "\r\n\r\n";
}

/// Returns why a server rejects a request; `none` if it does not.
template <class Storage>
error answer(Storage& storage, const std::string& head)
{
    sockless::websocket<sockless::role::server> ws{storage};
    support::byte_vector bytes = support::text(head);
    ws.receive(bytes, 0);
    const sockless::event e = ws.poll();
    return e.kind() == sockless::event_kind::error ? e.failure() : error::none;
}

template <class Storage>
void check_sizes(Storage& storage)
{
    CHECK(answer(storage, request(head_bytes, head_fields)) == error::none);
    CHECK(answer(storage, request(head_bytes + 1, head_fields)) == error::head_too_large);
    CHECK(answer(storage, request(head_bytes, head_fields + 1)) == error::too_many_fields);
}

template <class Storage>
void check_defaults(Storage& storage)
{
    CHECK(answer(storage, request(8192, 100)) == error::none);
    CHECK(answer(storage, request(8193, 100)) == error::head_too_large);
    CHECK(answer(storage, request(8192, 101)) == error::too_many_fields);
}

TEST_CASE("A16: size and number of fields of the head can be chosen in static storage", "[6455-10.4-03][HS-1][HS-2]")
{
    sockless::static_websocket_storage<sizes> storage;
    check_sizes(storage);
    sockless::static_websocket_storage<> usual;
    check_defaults(usual);
}

TEST_CASE("A16: size and number of fields of the head can be chosen in growing storage", "[6455-10.4-03][HS-1][HS-2]")
{
    sockless::growing_websocket_storage storage{sizes};
    check_sizes(storage);
    sockless::growing_websocket_storage usual;
    check_defaults(usual);
}

} // namespace
