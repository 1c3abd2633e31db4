// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A WebSocket over io_uring: receives into the buffers of the ring, sends `write_buffer()` without a copy.
#pragma once

#include "../support/socket.hpp"
#include "uring.hpp"

#include <sockless/websocket.hpp>
#include <sockless/with_heap.hpp>

#include <chrono>
#include <sys/socket.h>
#include <utility>

namespace example {

/// Returns the time of a steady clock in milliseconds.
[[nodiscard]] inline std::uint64_t now() noexcept
{
    const auto time = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

/// A socket, and a websocket with its memory. It is created with `new`, and deletes itself when the connection has ended and all of its
/// operations have completed.
///
/// @tparam Handler  as for `websocket::poll`
template <class Websocket, class Handler>
class uring_websocket : public uring_target {
public:
    /// @param socket  connected or accepted. Then call `update`
    uring_websocket(uring& ring, descriptor socket, Handler handler, typename Websocket::options options,
                    const sockless::websocket_sizes& sizes)
        : ring_{ring},
          socket_{std::move(socket)},
          handler_{std::move(handler)},
          storage_{sizes},
          ws{storage_, std::move(options)}
    {
    }

    /// Calls the handler and starts what is needed: also after each use of `ws` that is not in a function of the handler. It may
    /// delete the object.
    void update() noexcept
    {
        while (!is_closing_) {
            try {
                start(ws.poll(handler_, now()));
                break;
            } catch (...) {
                ws.transport_failed(now());
            }
        }
        if (is_closing_ && !is_receiving_ && !is_sending_ && !is_waiting_)
            delete this;
    }

private:
    uring& ring_;
    descriptor socket_;
    Handler handler_;
    sockless::growing_websocket_storage storage_;

public:
    Websocket ws;

protected:
    virtual ~uring_websocket() = default;

private:
    void start(const sockless::websocket_needs& needs) noexcept
    {
        is_closing_ = needs.close;
        if (needs.close || needs.shut_down_write) // after SHUT_RDWR all operations complete
            ::shutdown(socket_.get(), needs.close ? SHUT_RDWR : SHUT_WR);
        if (needs.close && is_waiting_)
            ring_.cancel(*this, operation::wait);
        if (needs.read && !is_receiving_)
            ring_.receive(*this, socket_.get());
        else if (!needs.read && is_receiving_ && !needs.close)
            ring_.cancel(*this, operation::receive); // what arrives nevertheless is kept by `ws`
        is_receiving_ = is_receiving_ || needs.read;
        if (needs.write && !std::exchange(is_sending_, true))
            ring_.start(*this, operation::send, [bytes = ws.write_buffer(), this](io_uring_sqe* to) {
                io_uring_prep_send(to, socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            });
        if (needs.wake_after != needs.never)
            wait(needs.wake_after);
    }
    /// Starts a timer, unless one that runs expires early enough.
    void wait(std::uint32_t milliseconds) noexcept
    {
        const std::uint64_t until = now() + milliseconds;
        if (is_waiting_ && until >= wakes_at_)
            return;
        wakes_at_ = until;
        time_ = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000LL};
        if (std::exchange(is_waiting_, true))
            return ring_.cancel(*this, operation::wait); // `complete` starts it again
        ring_.start(*this, operation::wait, [this](io_uring_sqe* to) { io_uring_prep_timeout(to, &time_, 0, 0); });
    }

    void complete(operation which, int result, std::span<std::byte> bytes, bool more) noexcept override
    {
        if (which == operation::receive) {
            is_receiving_ = more;
            if (result > 0)
                ws.receive(bytes, now());
            else if (result == 0)
                ws.input_ended(now());
            else if (result != -ENOBUFS && result != -ECANCELED)
                ws.transport_failed(now());
        } else if (which == operation::send) {
            is_sending_ = false;
            if (result >= 0)
                ws.written(static_cast<std::size_t>(result), now());
            else
                ws.transport_failed(now());
        } else {
            is_waiting_ = false;
        }
        update();
    }

    __kernel_timespec time_{}; ///< is read when the timer is submitted
    std::uint64_t wakes_at_ = 0;
    bool is_receiving_ = false;
    bool is_sending_ = false;
    bool is_waiting_ = false;
    bool is_closing_ = false;
};

} // namespace example
