// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The server device with a `websocket`, which has the buffers, keep-alive, time-outs and back-pressure. Independent of the transport.
///
/// It echoes every message, answers a plain HTTP request with one line of text, and refuses other pages than those of `allowed_origins`.
#pragma once

#include "device.hpp"

namespace firmware {

class server_websocket {
    /// The request of a browser with its cookies. Larger messages arrive, and are echoed, in pieces.
    static constexpr sockless::websocket_sizes sizes{
        .message = 256, .output = output_capacity, .input = 256, .head = 1024, .fields = 24};

public:
    using websocket = sockless::websocket<sockless::role::server>;
    using options = websocket::options;
    /// The maximum number of bytes that are passed to `receive` at once: the reply to them fits the output.
    static constexpr std::size_t max_input = sizes.input;

    server_websocket() noexcept : ws_{storage_, {.whole_messages = false}} {}

    /// Handles what has arrived. @p now is in milliseconds. @return what the transport does next
    [[nodiscard]] sockless::websocket_needs poll(std::uint32_t now) noexcept { return ws_.poll(*this, now); }
    /// Prepares for another connection.
    void reset() noexcept { ws_.reset(); }

    [[nodiscard]] websocket& ws() noexcept { return ws_; }

    void on_request(websocket& ws) noexcept
    {
        const sockless::upgrade_request& request = ws.request();
        check(ws, accepts_origin(request.has_origin, request.origin) ? ws.accept() : ws.reject(403));
    }
    void on_plain_request(websocket& ws) noexcept
    {
        constexpr sockless::field type{"Content-Type", "text/plain"};
        check(ws, ws.reject(200, {&type, 1}, "A small device. Talk to it with a WebSocket.\n"));
    }
    void on_message(websocket& ws, const sockless::event& piece) noexcept { check(ws, echo(ws, piece)); }

private:
    /// A reply that cannot be sent ends the connection: it is never dropped silently.
    static void check(websocket& ws, sockless::error e) noexcept
    {
        if (failed(e) && failed(ws.close(sockless::close_code::internal_error)))
            ws.close();
    }

    sockless::static_websocket_storage<sizes> storage_;
    websocket ws_;
};

} // namespace firmware
