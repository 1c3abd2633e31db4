// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A client with Asio: sends the lines of standard input as text, and prints the messages that arrive.

#include "../support/client_options.hpp"
#include "asio_websocket.hpp"
#include "select_asio_ssl.hpp"

#include <sockless/with_os_random.hpp>

#include <cstdio>
#include <memory>
#include <string>
#include <utility>

namespace {

using tcp = asio::ip::tcp;
using websocket = sockless::websocket<sockless::role::client, sockless::os_mask_keys>;

template <class Stream>
struct session : example::asio_websocket<websocket, Stream> {
    using base = example::asio_websocket<websocket, Stream>;
    using base::base, base::ws, base::stream;

    sockless::websocket_needs poll(std::uint64_t now) override { return ws.poll(*this, now); }

    void on_open(websocket&) { read_line(); }
    static void on_message(websocket&, const sockless::event& message) { example::print_line(message.text()); }
    void on_close(websocket&, const sockless::event&) { input_.close(); }
};

} // namespace
