// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A WebSocket on one stream of an HTTP/2 connection (RFC 8441), of a server or of a client.
#pragma once

#include "http2_connection.hpp"

#include <sockless/handshake/extended_connect.hpp>
#include <sockless/websocket.hpp>
#include <sockless/with_heap.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace example {

/// @tparam Handler  as for `websocket::poll`
template <sockless::role Role, class MaskKeys, class Extension, class Handler>
class http2_websocket final : public http2_stream {
public:
    using websocket = sockless::websocket<Role, MaskKeys, Extension>;
    using options = typename websocket::options;

    /// Answers a request that `check_extended_connect` found valid, and opens the WebSocket.
    ///
    /// @param choice  its extensions belong to `Extension`
    /// @return null if there is no valid response, with `choice` or at all; nothing was sent then
    [[nodiscard]] static std::unique_ptr<http2_websocket>
    accept(http2_connection& connection, std::int32_t id, const sockless::upgrade_request& request,
           const sockless::accept_options& choice, Handler handler, options how, const sockless::websocket_sizes& sizes)
        requires(Role == sockless::role::server)
    {
        [[maybe_unused]] const auto extension_options = how.deflate;
        auto self = std::make_unique<http2_websocket>(connection, std::move(handler), std::move(how), sizes);
        self->id_ = id;
        std::span<const sockless::field> fields;
        if (failed(self->ws.write_accept_fields(fields, request, choice)))
            return nullptr;
        if constexpr (requires { Extension::memory_needed(extension_options); })
            if (std::ranges::find(fields, "sec-websocket-extensions", &sockless::field::name) != fields.end())
                self->extension_memory_ = Extension::memory_needed(extension_options);
        connection.respond(id, fields, true);
        self->needs_ = self->ws.poll(self->handler, connection.now());
        return self;
    }
    /// Sends the request of a client, after SETTINGS with ENABLE_CONNECT_PROTOCOL.
    ///
    /// @param request  its subprotocols outlive the stream; its extensions belong to `Extension`
    /// @return the stream, which the connection owns; null if there is no valid request, or the connection accepts none
    static http2_websocket* connect(http2_connection& connection, const sockless::connect_options& request,
                                    Handler handler, options how, const sockless::websocket_sizes& sizes)
        requires(Role == sockless::role::client)
    {
        auto self = std::make_unique<http2_websocket>(connection, std::move(handler), std::move(how), sizes);
        std::span<const sockless::field> fields;
        if (failed(self->ws.write_connect_fields(fields, request)))
            return nullptr;
        http2_websocket& stream = *self;
        stream.id_ = connection.request(fields, std::move(self));
        if (stream.id_ < 0)
            return nullptr;
        stream.update();
        return &stream;
    }
    /// For `accept` and `connect`.
    http2_websocket(http2_connection& connection, Handler to, options how, const sockless::websocket_sizes& sizes)
        : handler{std::move(to)}, storage{sizes}, ws{storage, std::move(how)}, connection_{connection}
    {
    }

    Handler handler;
    sockless::growing_websocket_storage storage;
    websocket ws;

    /// Call it after messages were sent, but not by the handler.
    void flush()
    {
        if (ws.unwritten() != 0 && std::exchange(deferred_, false))
            connection_.resume(id_);
    }
    /// Call it after any other use of `ws`, but not by the handler.
    void update()
    {
        if (closed_)
            return;
        needs_ = ws.poll(handler, connection_.now());
        if (needs_.read && owed_ != 0)
            connection_.consume(id_, std::exchange(owed_, 0));
        if (needs_.write || needs_.shut_down_write) {
            if (std::exchange(deferred_, false))
                connection_.resume(id_);
        } else if (needs_.close && !std::exchange(closed_, true)) {
            connection_.reset(id_, NGHTTP2_CANCEL);
        }
    }
    void on_response(std::span<const sockless::field> fields) override
    {
        if constexpr (Role == sockless::role::client) {
            static_cast<void>(ws.check_connect_response(fields)); // an error is an event, too
            update();
        }
    }
    void on_data(std::span<std::byte> bytes) override
    {
        owed_ += bytes.size();
        ws.receive(bytes, connection_.now());
        update();
    }
    void on_end() override
    {
        ws.input_ended(connection_.now());
        update();
    }
    void on_closed() override
    {
        if (!std::exchange(closed_, true))
            ws.transport_failed(connection_.now());
        static_cast<void>(ws.poll(handler, connection_.now()));
    }

    [[nodiscard]] std::size_t ready() override
    {
        deferred_ = ws.unwritten() == 0;
        return ws.unwritten();
    }
    [[nodiscard]] bool take(std::span<std::byte> to) override
    {
        while (!to.empty()) {
            const std::span<const std::byte> bytes = ws.write_buffer();
            const std::size_t count = std::min(bytes.size(), to.size());
            if (count == 0) // they were dropped with the WebSocket, while the output was full
                return false;
            std::memcpy(to.data(), bytes.data(), count);
            ws.written(count, connection_.now());
            to = to.subspan(count);
        }
        if (!needs_.read || ws.ready_state() != sockless::ready_state::open)
            update(); // it waited for that
        return true;
    }
    [[nodiscard]] bool output_ended() const override { return needs_.shut_down_write; }

    void on_tick() override { update(); }
    void on_going_away() override
    {
        if (failed(ws.close(sockless::close_code::going_away)))
            ws.close();
        update();
    }
    [[nodiscard]] bool is_over() const override { return closed_; }
    [[nodiscard]] std::size_t memory() const override { return sizeof *this + storage.capacity() + extension_memory_; }

private:
    http2_connection& connection_;
    std::int32_t id_ = 0;
    sockless::websocket_needs needs_;
    std::size_t extension_memory_ = 0;
    std::size_t owed_ = 0;  ///< bytes that have arrived, and whose credit was not returned
    bool deferred_ = false; ///< nghttp2 waits for `resume`
    bool closed_ = false;
};

} // namespace example
