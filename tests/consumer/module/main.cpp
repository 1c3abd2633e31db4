// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A program that imports the library: a client and a server, from the handshake to a message.
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

import sockless;

namespace {

/// Not random, because nothing is sent to a network.
struct counter {
    bool fill(std::span<std::byte> out) noexcept
    {
        for (std::byte& one : out)
            one = static_cast<std::byte>(++count);
        return true;
    }
    unsigned count = 0;
};

using client = sockless::websocket<sockless::role::client, sockless::mask_key_pool<counter>>;
using server = sockless::websocket<sockless::role::server>;

/// Moves the output of `from` to `to`. Accepts a request. Returns the text of the message that arrived.
template <class From, class To>
std::string_view carry(From& from, To& to)
{
    static std::byte line[4096];
    std::span<std::byte> in{line, from.write_buffer().size()};
    std::memcpy(in.data(), from.write_buffer().data(), in.size());
    from.written(in.size(), 0);
    to.receive(in, 0);
    std::string_view text;
    for (;;) {
        const sockless::event e = to.poll();
        if (e.kind() == sockless::event_kind::need_input)
            return text;
        if (e.kind() == sockless::event_kind::message)
            text = e.text();
        if constexpr (std::is_same_v<To, server>) {
            if (e.kind() == sockless::event_kind::request && failed(to.accept()))
                return {};
        }
    }
}

} // namespace

int main()
{
    counter random;
    sockless::static_websocket_storage<> of_client;
    sockless::static_websocket_storage<> of_server;
    client browser{of_client};
    server site{of_server};
    if (failed(browser.connect("ws://example.com/chat", {}, random)))
        return 1;
    carry(browser, site);
    carry(site, browser);
    if (failed(browser.send(std::string_view{"hello"})))
        return 2;
    return carry(browser, site) == "hello" ? 0 : 3;
}
