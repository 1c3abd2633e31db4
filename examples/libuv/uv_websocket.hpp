// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A WebSocket over a TCP connection of libuv.
#pragma once

#include <sockless/websocket.hpp>
#include <sockless/with_heap.hpp>

#include <algorithm>
#include <utility>
#include <uv.h>

namespace example {

/// A connection, its timer and a websocket with its memory. It is created with `new`, and deletes itself when libuv has closed both
/// handles: that is after the ends of all operations in progress.
///
/// @tparam Handler  as for `websocket::poll`
template <class Websocket, class Handler>
class uv_websocket {
public:
    /// Connect or accept `tcp`, then call `update`.
    uv_websocket(uv_loop_t* loop, Handler to, typename Websocket::options options,
                 const sockless::websocket_sizes& sizes)
        : handler_{std::move(to)}, storage_{sizes}, ws{storage_, std::move(options)}
    {
        uv_tcp_init(loop, &tcp);
        uv_timer_init(loop, &timer_);
        tcp.data = timer_.data = write_.data = this;
    }

    /// Calls the handler and starts what is needed: also after each use of `ws` that is not in a function of the handler.
    void update() noexcept
    {
        while (uv_is_closing(handle(&tcp)) == 0 && !try_update())
            ws.transport_failed(uv_now(tcp.loop));
    }

private:
    Handler handler_;
    sockless::growing_websocket_storage storage_;

public:
    Websocket ws;
    uv_tcp_t tcp;

private:
    template <class Handle>
    [[nodiscard]] static uv_handle_t* handle(Handle* one) noexcept
    {
        return reinterpret_cast<uv_handle_t*>(one);
    }
    template <class Handle>
    [[nodiscard]] static uv_websocket* self(const Handle* one) noexcept
    {
        return static_cast<uv_websocket*>(one->data);
    }

    /// Returns false if the handler or libuv failed.
    bool try_update() noexcept
    try {
        const sockless::websocket_needs needs = ws.poll(handler_, uv_now(tcp.loop));
        if (needs.close) {
            uv_close(handle(&tcp), [](uv_handle_t* one) {
                uv_close(handle(&self(one)->timer_), [](uv_handle_t* timer) { delete self(timer); });
            });
            return true;
        }
        if (needs.shut_down_write && !std::exchange(is_shut_down_, true))
            uv_shutdown(&shutdown_, stream(), nullptr); // its failure is also that of a read
        if (needs.wake_after == needs.never)
            uv_timer_stop(&timer_);
        else
            uv_timer_start(&timer_, [](uv_timer_t* one) { self(one)->update(); }, needs.wake_after, 0);
        const int result = needs.read ? uv_read_start(stream(), &on_allocate, &on_read) : uv_read_stop(stream());
        return (result == 0 || result == UV_EALREADY) && (!needs.write || is_writing_ || write());
    } catch (...) {
        return false;
    }

    static void on_allocate(uv_handle_t* one, std::size_t, uv_buf_t* buffer) noexcept
    {
        const auto room = self(one)->ws.read_buffer();
        *buffer = uv_buf_init(reinterpret_cast<char*>(room.data()), static_cast<unsigned>(room.size()));
    }
    static void on_read(uv_stream_t* one, ssize_t count, const uv_buf_t*) noexcept
    {
        Websocket& ws = self(one)->ws;
        const std::uint64_t now = uv_now(one->loop);
        ws.received(count > 0 ? static_cast<std::size_t>(count) : 0, now);
        if (count == UV_EOF)
            ws.input_ended(now);
        else if (count < 0)
            ws.transport_failed(now);
        self(one)->update();
    }

    /// Writes a part: libuv reports no progress of a write, which shows that the peer is alive, before its end.
    bool write() noexcept
    {
        const auto bytes = ws.write_buffer();
        count_ = std::min(bytes.size(), std::size_t{256} << 10);
        char* const begin = const_cast<char*>(reinterpret_cast<const char*>(bytes.data())); // libuv only reads
        const uv_buf_t buffer = uv_buf_init(begin, static_cast<unsigned>(count_));
        is_writing_ = uv_write(&write_, stream(), &buffer, 1, &on_written) == 0;
        return is_writing_;
    }
    static void on_written(uv_write_t* one, int status) noexcept
    {
        uv_websocket* const to = self(one);
        to->is_writing_ = false;
        if (status < 0)
            to->ws.transport_failed(uv_now(to->tcp.loop));
        else
            to->ws.written(to->count_, uv_now(to->tcp.loop));
        to->update();
    }

    [[nodiscard]] uv_stream_t* stream() noexcept { return reinterpret_cast<uv_stream_t*>(&tcp); }

    uv_timer_t timer_;
    uv_write_t write_;
    uv_shutdown_t shutdown_;
    std::size_t count_ = 0; ///< of the bytes that are being written
    bool is_writing_ = false;
    bool is_shut_down_ = false;
};

} // namespace example
