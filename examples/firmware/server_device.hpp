// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A device that serves: whoever connects gets back what he sends, and a browser that asks for a page gets one line.
#pragma once

#include "device.hpp"

#include <new>

namespace firmware {

class server_device {
public:
    server_device() noexcept : opening_{} {}

    /// Eats what it can answer from the front of `in`, which it may change. Call again with the rest.
    void receive(std::span<std::byte>& in) noexcept
    {
        while (!in.empty() && !done_ && answerable(in, tx_).size() != 0) {
            if (is_open_)
                exchange(in);
            else
                shake_hands(in);
        }
        if (done_)
            in = {};
    }

    /// What waits to be sent.
    [[nodiscard]] sockless::byte_queue& output() noexcept { return tx_; }
    /// Nothing more will come: once `output` is sent, the line may be taken down.
    [[nodiscard]] bool finished() const noexcept { return done_; }
    [[nodiscard]] sockless::error failure() const noexcept { return failure_; }

private:
    /// The handshake is only there before the first frame, so the connection may lie in its memory.
    struct opening {
        std::array<char, 256> room;
        sockless::small_server_handshake handshake{room};
    };

    void shake_hands(std::span<std::byte>& in) noexcept
    {
        using sockless::server_handshake_result;
        sockless::small_server_handshake& handshake = opening_.handshake;
        switch (handshake.poll(in, tx_)) {
        case server_handshake_result::need_input:
        case server_handshake_result::open: return;
        case server_handshake_result::request:
            failure_ = handshake.accept(tx_);
            if (failed(failure_))
                break;
            new (&connection_) sockless::server_connection;
            is_open_ = true;
            return;
        case server_handshake_result::plain_request: {
            constexpr sockless::field type{"Content-Type", "text/plain"};
            failure_ = write_response(tx_, 200, {&type, 1}, "A small device. Talk to it with a WebSocket.\n");
            break;
        }
        case server_handshake_result::rejected: failure_ = handshake.failure(); break;
        }
        done_ = true;
    }

    void exchange(std::span<std::byte>& in) noexcept
    {
        const sockless::event e =
            poll_answerable(in, tx_, [this](std::span<std::byte>& part) { return connection_.poll(part, tx_); });
        switch (e.kind()) {
        case sockless::event_kind::message: failure_ = send_back(connection_, tx_, e); break;
        case sockless::event_kind::error: failure_ = e.failure(); break;
        case sockless::event_kind::need_input:
        case sockless::event_kind::request: // of a `websocket` only, like the next two
        case sockless::event_kind::plain_request:
        case sockless::event_kind::open:
        case sockless::event_kind::ping: // has been answered
        case sockless::event_kind::pong:
        case sockless::event_kind::close: break; // has been answered
        }
        done_ = connection_.finished();
    }

    union {
        opening opening_;
        sockless::server_connection connection_;
    };
    sockless::static_byte_queue<output_bytes> tx_;
    sockless::error failure_ = sockless::error::none;
    bool is_open_ = false;
    bool done_ = false;
};

} // namespace firmware
