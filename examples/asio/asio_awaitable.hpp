// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A WebSocket for coroutines of Asio: `co_await ws.read()`.
#pragma once

#include "asio_websocket.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace example {

/// The part of an `asio_awaitable` that operations in progress own, too.
template <class Websocket, class Stream>
struct asio_awaitable_state final : asio_websocket<Websocket, Stream> {
    using base = asio_websocket<Websocket, Stream>;
    using base::base, base::now, base::start, base::stream, base::ws;

    /// Starts what is needed, and waits until something has happened.
    ///
    /// @param reads  whether the caller takes the next event; otherwise events may wait meanwhile
    asio::awaitable<void> wait(bool reads)
    {
        sockless::websocket_needs needs = ws.needs(now());
        if (needs.wake_after == 0 && reads)
            co_return;
        if (needs.wake_after == 0)
            needs.wake_after = 1000;
        start(needs);
        asio_error ignored;
        if (!needs.close)
            co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }

private:
    /// Something has happened. Writing continues while no coroutine waits here; time-outs do not, or a peer could be given up although
    /// its bytes have arrived.
    sockless::websocket_needs poll(std::uint64_t) override
    {
        changed_.cancel();
        return {.write = ws.unwritten() != 0};
    }

    asio::steady_timer changed_{stream.get_executor(), asio::steady_timer::time_point::max()};
};

/// The websocket of a coroutine. The connection ends with this object; after `read` has returned a close event, nothing is lost by that.
/// Coroutines of one thread or strand may share it if one of them reads.
template <class Websocket, class Stream>
class asio_awaitable {
public:
    using state = asio_awaitable_state<Websocket, Stream>;

    explicit asio_awaitable(std::shared_ptr<state> owned) noexcept : state_{std::move(owned)} {}
    asio_awaitable(asio_awaitable&&) noexcept = default;
    ~asio_awaitable()
    {
        if (state_ == nullptr)
            return;
        state_->ws.transport_failed(state::now());
        while (state_->ws.poll().kind() != sockless::event_kind::need_input) {
        }
        state_->start(state_->ws.needs(state::now()));
    }

    /// For `accept`, `reject`, `request`, ...; `update` of the state has to follow `close`.
    [[nodiscard]] Websocket& ws() noexcept { return state_->ws; }

    /// Returns the next event. A close event is the last one, and the stream is closed then.
    ///
    /// @return its payload is valid until the next call of a function of this object
    asio::awaitable<sockless::event> next()
    {
        sockless::event e = state_->ws.poll();
        for (; e.kind() == sockless::event_kind::need_input; e = state_->ws.poll())
            co_await state_->wait(true);
        while (e.kind() == sockless::event_kind::close && !state_->ws.needs(state::now()).close)
            co_await state_->wait(true);
        state_->update();
        co_return e;
    }

    /// Returns the next message, or at the end the close event. Every WebSocket is accepted.
    asio::awaitable<sockless::event> read()
    {
        while (true) {
            const sockless::event e = co_await next();
            if (e.kind() == sockless::event_kind::message || e.kind() == sockless::event_kind::close)
                co_return e;
            if (e.kind() == sockless::event_kind::request && failed(ws().accept()))
                ws().close();
            static constexpr sockless::field allow{"Allow", "GET, HEAD"};
            if (e.kind() == sockless::event_kind::plain_request &&
                failed(ws().request().method == "GET" || ws().request().method == "HEAD"
                           ? ws().reject(426)
                           : ws().reject(405, {&allow, 1})))
                ws().close();
        }
    }

    /// Sends a message, and waits until no more than @p limit bytes wait to be written.
    ///
    /// @param payload  text or bytes, which are copied before it waits
    template <class Payload>
    asio::awaitable<sockless::error> send(Payload payload, std::size_t limit = std::size_t{256} << 10)
    {
        const sockless::error e = ws().send(payload);
        state_->update();
        while (ws().unwritten() > limit)
            co_await state_->wait(false);
        co_return e;
    }

private:
    std::shared_ptr<state> state_;
};

} // namespace example
