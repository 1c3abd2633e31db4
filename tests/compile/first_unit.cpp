// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// One of two translation units that include every header: whatever is defined twice does not link. It also has a
/// connection and a websocket instantiated whole, so that nothing in it waits for its first user to be compiled.
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

// Not the client's: clang 14 would instantiate members whose `requires` says that a client has none.
template class sockless::connection<sockless::role::server>;
template class sockless::websocket<sockless::role::server>;
template class sockless::websocket<sockless::role::client, counted_keys>;

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
