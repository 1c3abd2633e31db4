// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A client with Asio: sends the lines of standard input, and prints the messages that arrive.

#include "asio_client_options.hpp"
#include "asio_connect.hpp"
#include "line_client.hpp"

#include <sockless/with_os_random.hpp>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace {

using websocket = sockless::websocket<sockless::role::client, sockless::os_mask_keys>;

template <class Stream>
struct session : example::asio_websocket<websocket, Stream>, example::line_client<websocket> {
    using example::asio_websocket<websocket, Stream>::asio_websocket;

    sockless::websocket_needs poll(std::uint64_t now) override
    {
        const sockless::websocket_needs needs = this->ws.poll(*this, now);
        want_line(this->ws);
        return needs;
    }
};

template <class Stream, class... Tls>
int run(example::asio_client_options<sockless::os_mask_keys>& options, Tls&... tls)
{
    asio::io_context context{1};
    const auto peer =
        std::make_shared<session<Stream>>(Stream{context, tls...}, std::move(options.websocket), options.sizes);
    if constexpr (sizeof...(tls) != 0)
        example::set_host(peer->stream, std::string{options.address.host});
    sockless::os_random random;
    if (const sockless::error e = peer->ws.connect({.where = options.address.where}, random); failed(e))
        return peer->fail(to_string(e));
    example::asio_connect(peer, std::string{options.address.host}, options.address.where.port,
                          [peer](const auto& error) { peer->fail(error.message()); });
    peer->lines.start([peer, &context](const std::optional<std::string>& line) {
        asio::post(context, [peer, line] {
            peer->send(peer->ws, line);
            peer->update();
        });
    });
    asio::signal_set signals{context, SIGTERM, SIGINT};
    signals.async_wait([&](const auto&, int) { peer->stop(peer->ws), peer->update(); });
    peer->on_end = [&] { signals.cancel(); };
    context.run();
    std::quick_exit(peer->status); // the thread that reads lines may be blocked
}

} // namespace

int main(int count, char** values)
{
    return example::run_reporting("asio_client", [&] {
        example::asio_client_options<sockless::os_mask_keys> options;
        if (!options.read("asio_client", count, values))
            return 0;
        if (!options.address.where.secure)
            return run<asio::ip::tcp::socket>(options);
        asio::ssl::context tls = example::verifying_context(options.authorities);
        return run<asio::ssl::stream<asio::ip::tcp::socket>>(options, tls);
    });
}
