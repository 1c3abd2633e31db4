// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// One connection, one queue and two units, one compiled with -O2 and one with -Os: they link, and agree on every layout.
#include <sockless/sockless.hpp>

#include <cstddef>
#include <span>

bool answer_at_O2(sockless::server_connection& server, std::span<std::byte>& in, sockless::byte_queue& tx) noexcept;
bool answer_at_Os(sockless::server_connection& server, std::span<std::byte>& in, sockless::byte_queue& tx) noexcept;

int main()
{
    // A masked text frame with "hi" (RFC 6455 5.2), twice.
    unsigned char frames[] = {0x81, 0x82, 1, 2, 3, 4, 'h' ^ 1, 'i' ^ 2, 0x81, 0x82, 1, 2, 3, 4, 'h' ^ 1, 'i' ^ 2};
    std::span<std::byte> in = std::as_writable_bytes(std::span{frames});
    sockless::server_connection server;
    sockless::static_byte_queue<64> tx;
    const bool answered = answer_at_O2(server, in, tx) && answer_at_Os(server, in, tx);
    return answered && in.empty() && sockless::as_text(tx.data()) == "\x81\x02hi\x81\x02hi" ? 0 : 1;
}
