// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A WebSocket over a stream of Asio: `tcp::socket`, `ssl::stream<tcp::socket>` or `local::stream_protocol::socket`.
#pragma once

#include "select_asio.hpp"

#include <sockless/websocket.hpp>
#include <sockless/with_heap.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

namespace example {

/// Ends the output of a socket. That of TLS is in asio_tls.hpp.
template <class Socket, class Done>
void end_output(Socket& socket, const Done&)
{
    socket.shutdown(Socket::shutdown_send);
}

/// A stream, a timer, and a websocket with its memory. A `std::shared_ptr` owns it, and so does every operation in progress: memory that
/// is being read or written exists until then. All functions are called on one thread, or by the executor of the stream if that is a
/// strand.
///
/// @tparam Websocket  websocket<Role>
template <class Websocket, class Stream>
class asio_websocket : public std::enable_shared_from_this<asio_websocket<Websocket, Stream>> {
public:
    asio_websocket(Stream from, typename Websocket::options options, const sockless::websocket_sizes& sizes)
        : stream{std::move(from)}, storage{sizes}, ws{storage, std::move(options)}
    {
    }
    virtual ~asio_websocket() = default;

    Stream stream;
    sockless::growing_websocket_storage storage;
    Websocket ws;

    /// Handles what has happened and starts what is needed next. Call it once when the stream is connected or being connected, and after
    /// each use of `ws` that is not in `poll`. An exception of `poll` ends the connection.
    void update() noexcept
    try {
        start(poll(now()));
    } catch (...) {
        ws.close();
        ws.transport_failed(now());
        update();
    }

    /// Returns the completion handler for the operation that makes the stream ready, such as connecting, or the handshake of TLS.
    /// Nothing is read or written before it has completed; `handshake_timeout` limits it.
    auto prepared() { return completion(preparing_); }

protected:
    using milliseconds = std::chrono::milliseconds;
    using clock = std::chrono::steady_clock;
    static auto now() { return std::uint64_t(clock::now().time_since_epoch() / milliseconds{1}); }

    /// Handles the events: `return ws.poll(handler, now);`
    virtual sockless::websocket_needs poll(std::uint64_t now) = 0;
    /// Returns what operations in progress own: this object, or another one of which it is a part.
    virtual std::shared_ptr<void> owner() { return this->shared_from_this(); }

    void start(const sockless::websocket_needs& needs)
    {
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
        if (needs.shut_down_write && !std::exchange(shut_down_, true))
            end_output(stream, completion(shutting_down_));
        const auto wake_at = clock::now() + milliseconds{needs.wake_after};
        if (!waiting_ || wake_at < timer_.expiry()) {
            timer_.expires_at(wake_at);
            timer_.async_wait(completion(waiting_));
        }
    }

private:
    /// Returns a handler that owns this object.
    auto completion(bool& in_progress, void (Websocket::*done)(std::size_t, std::uint64_t) noexcept = nullptr)
    {
        in_progress = true;
        return [this, self = owner(), &in_progress, done](asio_error error, std::size_t count = 0) {
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
    bool preparing_ = false, reading_ = false, writing_ = false, waiting_ = false;
    bool shut_down_ = false, shutting_down_ = false;
};

} // namespace example
