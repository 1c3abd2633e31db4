// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns the events of a `websocket` into calls of a handler: any object with some of the functions below.
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "websocket_event.hpp"

#include <type_traits>

namespace sockless::inline SOCKLESS_ABI::detail {

/// Every name that a function of a handler may have.
struct handler_names {
    void on_request() const noexcept;
    void on_plain_request() const noexcept;
    void on_open() const noexcept;
    void on_message() const noexcept;
    void on_ping() const noexcept;
    void on_pong() const noexcept;
    void on_error() const noexcept;
    void on_close() const noexcept;
};

/// A name that stands in both is ambiguous here. So the library notices a function whose parameters are wrong, or one that a
/// const handler cannot call: to pass over it in silence would be a trap.
template <class Handler>
struct and_handler_names : Handler, handler_names {};
template <class Handler>
    requires std::is_final_v<Handler>
struct and_handler_names<Handler> : handler_names {};

/// Calls what `handler` has for `e`; what it lacks is passed over, except that a request is answered.
/// What it throws passes through: the event has been told then.
template <class Websocket, class Handler>
constexpr void tell(Websocket& ws, Handler& handler, const websocket_event& e)
{
    using names = and_handler_names<std::remove_cv_t<Handler>>;
    switch (e.kind()) {
    case websocket_event_kind::need_input: break;
    case websocket_event_kind::request:
        if constexpr (requires { handler.on_request(ws); }) {
            handler.on_request(ws);
        } else if constexpr (requires { ws.accept(); }) {
            static_assert(requires { &names::on_request; }, "on_request(ws)");
            if (failed(ws.accept())) // the output queue is too small for any answer
                ws.close();
        }
        break;
    case websocket_event_kind::plain_request:
        if constexpr (requires { handler.on_plain_request(ws); }) {
            handler.on_plain_request(ws);
        } else if constexpr (requires { ws.reject(426); }) {
            static_assert(requires { &names::on_plain_request; }, "on_plain_request(ws)");
            if (failed(ws.reject(426)))
                ws.close();
        }
        break;
    case websocket_event_kind::open:
        if constexpr (requires { handler.on_open(ws); })
            handler.on_open(ws);
        else
            static_assert(requires { &names::on_open; }, "on_open(ws)");
        break;
    case websocket_event_kind::message:
        if constexpr (requires { handler.on_message(ws, e); })
            handler.on_message(ws, e);
        else
            static_assert(requires { &names::on_message; }, "on_message(ws, const websocket_event&)");
        break;
    case websocket_event_kind::ping:
        if constexpr (requires { handler.on_ping(ws, e); })
            handler.on_ping(ws, e);
        else
            static_assert(requires { &names::on_ping; }, "on_ping(ws, const websocket_event&)");
        break;
    case websocket_event_kind::pong:
        if constexpr (requires { handler.on_pong(ws, e); })
            handler.on_pong(ws, e);
        else
            static_assert(requires { &names::on_pong; }, "on_pong(ws, const websocket_event&)");
        break;
    case websocket_event_kind::error:
        if constexpr (requires { handler.on_error(ws, e); })
            handler.on_error(ws, e);
        else
            static_assert(requires { &names::on_error; }, "on_error(ws, const websocket_event&)");
        break;
    case websocket_event_kind::close:
        if constexpr (requires { handler.on_close(ws, e); })
            handler.on_close(ws, e);
        else
            static_assert(requires { &names::on_close; }, "on_close(ws, const websocket_event&)");
        break;
    }
}

} // namespace sockless::inline SOCKLESS_ABI::detail
