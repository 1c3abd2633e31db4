// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A program with connections of both roles and without permessage-deflate. It is linked without zlib, and a test searches it for the names of
/// a compressor.
#include <sockless/sockless.hpp>

#include <array>
#include <cstddef>
#include <span>

namespace {

struct no_secret {
    constexpr bool next(sockless::mask_key& key) noexcept
    {
        key = {};
        return true;
    }
};

} // namespace

int main()
{
    sockless::server_connection server;
    sockless::client_connection<no_secret> client{no_secret{}};
    sockless::static_byte_queue<256> tx;
    sockless::static_byte_queue<256> answers;
    if (failed(client.send_text(tx, "Hello")) || failed(client.close(tx)))
        return 1;
    std::array<std::byte, 256> bytes{};
    std::span<std::byte> in = std::span{bytes}.first(tx.size());
    sockless::detail::copy_bytes(tx.data(), in);
    while (server.poll(in, answers).kind() != sockless::event_kind::need_input)
        continue;
    return server.finished() ? 0 : 1;
}
