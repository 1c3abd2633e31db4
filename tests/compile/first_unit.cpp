// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// One of two translation units that include every header: a function that is defined twice does not link. Instantiates every
/// member of a connection and of a websocket.
#include "every_header.hpp"

#include <cstddef>
#include <span>
#include <string_view>

namespace {

struct counted_keys {
    [[nodiscard]] bool next(sockless::mask_key& key) noexcept
    {
        key.bytes[0] = static_cast<std::byte>(++count);
        return true;
    }
    unsigned count = 0;
};

} // namespace

// Before version 16 clang also instantiates the members whose `requires` excludes the role.
template class sockless::connection<sockless::role::server>;
#if !defined(__clang__) || __clang_major__ >= 16
template class sockless::websocket<sockless::role::server>;
template class sockless::websocket<sockless::role::client, counted_keys>;
#endif

/// In the other unit: what a server answers to `ping`, or an empty view.
std::string_view answer_in_second_unit(std::span<std::byte> ping) noexcept;

int main()
{
    sockless::connection<sockless::role::client, counted_keys> client;
    sockless::static_byte_queue<64> tx;
    if (failed(client.ping(tx)))
        return 1;
    std::byte ping[6];
    sockless::detail::copy_bytes(tx.data(), ping);
    return answer_in_second_unit(ping) == std::string_view{"\x8A\x00", 2} ? 0 : 1;
}
