// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A plain connection of each role. It is compiled twice, once in a file that also includes permessage-deflate; a test requires the same
/// machine code.
#if SOCKLESS_TEST_WITH_DEFLATE
#include <sockless/with_zlib.hpp>
#endif
#include <sockless/connection.hpp>

#include <cstddef>
#include <span>
#include <string_view>

using namespace sockless;

struct keys {
    bool next(mask_key& key) noexcept
    {
        key.bytes = {};
        return true;
    }
};

event server_poll(server_connection& ws, std::span<std::byte>& in, byte_queue& tx)
{
    return ws.poll(in, tx);
}
event server_poll(server_connection& ws, std::span<std::byte>& in, byte_queue& tx, message_assembler& whole)
{
    return ws.poll(in, tx, whole);
}
error server_send(server_connection& ws, byte_queue& tx, std::string_view text)
{
    return ws.send_text(tx, text);
}
event client_poll(client_connection<keys>& ws, std::span<std::byte>& in, byte_queue& tx)
{
    return ws.poll(in, tx);
}
error client_piece(client_connection<keys>& ws, byte_queue& tx, std::span<const std::byte> payload)
{
    return ws.send_fragment(tx, payload);
}
