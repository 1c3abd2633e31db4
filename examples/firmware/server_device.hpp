// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A device that accepts a connection: it echoes every message, answers a plain HTTP request with one line of text, and refuses other
/// pages than those of `allowed_origins`.
#pragma once

#include "device.hpp"

#include <new>

namespace firmware {

class server_device {
public:
    server_device() noexcept : handshake_{} {}

    /// Consumes bytes from the front of @p in as far as there is space for replies; the bytes may be modified. The caller
    /// passes the remaining bytes again later.
    void receive(std::span<std::byte>& in) noexcept
    {
        while (!in.empty() && !finished_ && processable(in, tx_).size() != 0) {
            if (is_open_)
                process_frame(in);
            else
                process_handshake(in);
        }
        if (finished_)
            in = {};
    }

    /// @return output that has to be sent
    [[nodiscard]] sockless::byte_queue& output() noexcept { return tx_; }
    /// @return whether no more output follows; once `output` is sent, the transport can be closed
    [[nodiscard]] bool finished() const noexcept { return finished_; }
    [[nodiscard]] sockless::error failure() const noexcept { return failure_; }

private:
    /// With names the method is kept, too.
    using handshake_type = sockless::basic_server_handshake<sockless::streamed_head::with<"Origin">>;

    /// The handshake ends before the first frame, so the connection can use the same memory.
    struct handshake_state {
        sockless::head_storage<256, 4> room;
        handshake_type handshake{room};
    };

    void process_handshake(std::span<std::byte>& in) noexcept
    {
        using sockless::server_handshake_result;
        handshake_type& handshake = handshake_.handshake;
        switch (handshake.poll(in, tx_)) {
        case server_handshake_result::need_input:
        case server_handshake_result::open: return;
        case server_handshake_result::request: {
            std::string_view origin;
            const bool has_origin = sockless::field_cursor{handshake.fields(), "Origin"}.next(origin);
            const bool accepted = accepts_origin(has_origin, origin);
            failure_ = accepted ? handshake.accept(tx_) : handshake.respond(tx_, 403);
            if (!accepted || failed(failure_))
                break;
            new (&connection_) sockless::server_connection;
            is_open_ = true;
            return;
        }
        case server_handshake_result::plain_request: {
            constexpr sockless::field type{"Content-Type", "text/plain"};
            constexpr std::string_view text = "A small device. Talk to it with a WebSocket.\n";
            const sockless::byte_view body =
                handshake.method() == "HEAD" ? sockless::byte_view{} : sockless::byte_view{text};
            failure_ = write_response_head(tx_, 200, {&type, 1}, text.size(), body);
            break;
        }
        case server_handshake_result::rejected: failure_ = handshake.failure(); break;
        }
        finished_ = true;
    }

    void process_frame(std::span<std::byte>& in) noexcept
    {
        const sockless::event e =
            poll_processable(in, tx_, [this](std::span<std::byte>& part) { return connection_.poll(part, tx_); });
        switch (e.kind()) {
        case sockless::event_kind::message: failure_ = echo(connection_, tx_, e); break;
        case sockless::event_kind::error: failure_ = e.failure(); break;
        case sockless::event_kind::need_input:
        case sockless::event_kind::request: // only of a `websocket`, as the next three
        case sockless::event_kind::plain_request:
        case sockless::event_kind::body:
        case sockless::event_kind::open:
        case sockless::event_kind::ping: // answered by the library
        case sockless::event_kind::pong:
        case sockless::event_kind::close: break; // answered by the library
        }
        finished_ = connection_.finished();
    }

    union {
        handshake_state handshake_;
        sockless::server_connection connection_;
    };
    sockless::static_byte_queue<output_capacity> tx_;
    sockless::error failure_ = sockless::error::none;
    bool is_open_ = false;
    bool finished_ = false;
};

} // namespace firmware
