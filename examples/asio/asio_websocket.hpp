// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A WebSocket over a stream of Asio: `tcp::socket`, `ssl::stream<tcp::socket>` or `local::stream_protocol::socket`.
#pragma once

#include "select_asio.hpp"

#include <sockless/websocket.hpp>
#include <sockless/with_heap.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

namespace example {

/// A transport, a timer, and a websocket with its memory. `std::make_shared` creates it, and every operation in progress is an owner:
/// memory that is being read or written exists until then. All functions are called on one thread, or by the executor of the stream
/// if that is a strand.
///
/// @tparam Websocket  websocket<Role>
/// @tparam Handler    as for `websocket::poll`
template <class Websocket, class Stream, class Handler>
struct asio_websocket : std::enable_shared_from_this<asio_websocket<Websocket, Stream, Handler>> {
    asio_websocket(Stream from, Handler to, typename Websocket::options options, const sockless::websocket_sizes& sizes)
        : stream{std::move(from)}, handler{std::move(to)}, storage{sizes}, ws{storage, std::move(options)}
    {
    }

    Stream stream;
    Handler handler;
    sockless::growing_websocket_storage storage;
    Websocket ws;

    /// Calls the handler for what has happened, and starts what is needed next. Call it once when the stream is connected or being
    /// connected, and after each use of `ws` that is not in a function of the handler. An exception ends the connection.
    void update() noexcept
    try {
        const sockless::websocket_needs needs = ws.poll(handler, now());
        if (needs.close) {
            stream.lowest_layer().close();
            return void(timer_.cancel());
        }
        if (needs.read && !preparing_ && !reading_) {
            if (ws.read_buffer().empty())
                throw std::bad_alloc{};
            stream.async_read_some(asio::buffer(ws.read_buffer().data(), ws.read_buffer().size()),
                                   completion(reading_, &Websocket::received));
        }
        if (needs.write && !preparing_ && !writing_)
            stream.async_write_some(asio::buffer(ws.write_buffer().data(), ws.write_buffer().size()),
                                    completion(writing_, &Websocket::written));
        if (needs.shut_down_write && !shutting_down_) {
            const auto done = completion(shutting_down_);
            if constexpr (requires { stream.async_shutdown(done); })
                stream.async_shutdown(done);
            else
                stream.shutdown(Stream::shutdown_send);
        }
        const auto wake_at = clock::now() + milliseconds{needs.wake_after};
        if (!waiting_ || wake_at < timer_.expiry()) {
            timer_.expires_at(wake_at);
            timer_.async_wait(completion(waiting_));
        }
    } catch (...) {
        ws.close();
        ws.transport_failed(now());
        update();
    }

    /// Returns the completion handler for the operation that makes the stream ready, such as connecting, or the handshake of TLS.
    /// `update` neither reads nor writes before it has completed; `handshake_timeout` limits it.
    auto prepared() { return completion(preparing_); }

private:
    using milliseconds = std::chrono::milliseconds;
    using clock = std::chrono::steady_clock;
    static auto now() { return std::uint64_t(clock::now().time_since_epoch() / milliseconds{1}); }

    /// Returns a handler that owns this object.
    auto completion(bool& in_progress, void (Websocket::*done)(std::size_t, std::uint64_t) noexcept = nullptr)
    {
        in_progress = true;
        return [this, self = this->shared_from_this(), &in_progress, done](const auto& error, std::size_t count = 0) {
            if (error == asio::error::operation_aborted)
                return;
            in_progress = false;
            if (done != nullptr)
                (ws.*done)(count, now());
            if (error)
                error == asio::error::eof ? ws.input_ended(now()) : ws.transport_failed(now());
            update();
        };
    }

    asio::steady_timer timer_{stream.get_executor()};
    bool preparing_ = false, reading_ = false, writing_ = false, waiting_ = false, shutting_down_ = false;
};

} // namespace example
