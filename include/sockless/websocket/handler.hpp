// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Dispatches the events of a `websocket` to the functions of a handler.
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "../handshake/upgrade_request.hpp"
#include "../http/head.hpp"
#include "../message/event.hpp"

#include <type_traits>

namespace sockless::inline SOCKLESS_ABI::detail {

/// The names of all functions that a handler may have.
struct handler_names {
    void on_request() const noexcept;
    void on_plain_request() const noexcept;
    void on_open() const noexcept;
    void on_body() const noexcept;
    void on_message() const noexcept;
    void on_ping() const noexcept;
    void on_pong() const noexcept;
    void on_error() const noexcept;
    void on_close() const noexcept;
};

/// A name that both bases have is ambiguous here. That reveals a function whose parameters do not fit, and one that a const
/// handler cannot call: without the diagnostic its events would be lost silently.
template <class Handler>
struct and_handler_names : Handler, handler_names {};
template <class Handler>
    requires std::is_final_v<Handler>
struct and_handler_names<Handler> : handler_names {};

/// The names that a browser and other libraries have: likely mistakes, and never called.
struct foreign_names {
    void onopen() const noexcept;
    void onmessage() const noexcept;
    void onerror() const noexcept;
    void onclose() const noexcept;
    void on_opened() const noexcept;
    void on_connect() const noexcept;
    void on_text() const noexcept;
    void on_binary() const noexcept;
    void on_data() const noexcept;
    void on_fail() const noexcept;
    void on_failure() const noexcept;
    void on_closed() const noexcept;
    void on_disconnect() const noexcept;
};
template <class Handler>
struct and_foreign_names : Handler, foreign_names {};
template <class Handler>
    requires std::is_final_v<Handler>
struct and_foreign_names<Handler> : foreign_names {};
template <class Handler>
concept without_foreign_names = requires {
    &and_foreign_names<Handler>::onopen;
    &and_foreign_names<Handler>::onmessage;
    &and_foreign_names<Handler>::onerror;
    &and_foreign_names<Handler>::onclose;
    &and_foreign_names<Handler>::on_opened;
    &and_foreign_names<Handler>::on_connect;
    &and_foreign_names<Handler>::on_text;
    &and_foreign_names<Handler>::on_binary;
    &and_foreign_names<Handler>::on_data;
    &and_foreign_names<Handler>::on_fail;
    &and_foreign_names<Handler>::on_failure;
    &and_foreign_names<Handler>::on_closed;
    &and_foreign_names<Handler>::on_disconnect;
};

/// At least one function of the handler can be called. A lambda and a misspelt function have none.
template <class Handler, class Websocket>
concept handler_for = requires(Handler& handler, Websocket& ws) { handler.on_request(ws); } ||
                      requires(Handler& handler, Websocket& ws) { handler.on_plain_request(ws); } ||
                      requires(Handler& handler, Websocket& ws) { handler.on_open(ws); } ||
                      requires(Handler& handler, Websocket& ws, const event& e) { handler.on_body(ws, e); } ||
                      requires(Handler& handler, Websocket& ws, const event& e) { handler.on_message(ws, e); } ||
                      requires(Handler& handler, Websocket& ws, const event& e) { handler.on_ping(ws, e); } ||
                      requires(Handler& handler, Websocket& ws, const event& e) { handler.on_pong(ws, e); } ||
                      requires(Handler& handler, Websocket& ws, const event& e) { handler.on_error(ws, e); } ||
                      requires(Handler& handler, Websocket& ws, const event& e) { handler.on_close(ws, e); };

/// Accepts a request, or closes `ws` if the output queue is too small for any answer.
template <class Websocket>
void accept_or_close(Websocket& ws) noexcept
{
    if (failed(ws.accept()))
        ws.close();
}
/// Answers a request that asks for no WebSocket, or closes `ws` if the output queue is too small for any answer.
template <class Websocket>
void refuse_or_close(Websocket& ws) noexcept
{
    if (failed(ws.refuse()))
        ws.close();
}

/// Calls the function of `handler` for `e`. Without one the event is ignored, except that a request is answered.
/// An exception of the handler propagates; the event counts as delivered.
template <class Websocket, class Handler>
void dispatch(Websocket& ws, Handler& handler, const event& e)
{
    using names = and_handler_names<std::remove_cv_t<Handler>>;
    static_assert(
        without_foreign_names<std::remove_cv_t<Handler>>,
        "a handler's functions are called on_open, on_message, on_error, on_close; a function with another name, "
        "as in a browser, is never called");
    static_assert(
        requires { handler.on_message(ws, e); },
        "a handler has on_message(ws, const event&): without it messages would be lost");
    switch (e.kind()) {
    case event_kind::need_input: break;
    case event_kind::request:
        if constexpr (requires { handler.on_request(ws); }) {
            handler.on_request(ws);
        } else if constexpr (requires { ws.accept(); }) {
            static_assert(requires { &names::on_request; }, "the handler's function has to be on_request(ws)");
            accept_or_close(ws);
        }
        break;
    case event_kind::plain_request:
        if constexpr (requires { handler.on_plain_request(ws); }) {
            handler.on_plain_request(ws);
        } else if constexpr (requires { ws.refuse(); }) {
            static_assert(
                requires { &names::on_plain_request; }, "the handler's function has to be on_plain_request(ws)");
            refuse_or_close(ws);
        }
        break;
    case event_kind::open:
        if constexpr (requires { handler.on_open(ws); })
            handler.on_open(ws);
        else
            static_assert(requires { &names::on_open; }, "the handler's function has to be on_open(ws)");
        break;
    case event_kind::body:
        if constexpr (requires { handler.on_body(ws, e); })
            handler.on_body(ws, e);
        else
            static_assert(requires { &names::on_body; }, "the handler's function has to be on_body(ws, const event&)");
        break;
    case event_kind::message:
        if constexpr (requires { handler.on_message(ws, e); })
            handler.on_message(ws, e);
        else
            static_assert(
                requires { &names::on_message; }, "the handler's function has to be on_message(ws, const event&)");
        break;
    case event_kind::ping:
        if constexpr (requires { handler.on_ping(ws, e); })
            handler.on_ping(ws, e);
        else
            static_assert(requires { &names::on_ping; }, "the handler's function has to be on_ping(ws, const event&)");
        break;
    case event_kind::pong:
        if constexpr (requires { handler.on_pong(ws, e); })
            handler.on_pong(ws, e);
        else
            static_assert(requires { &names::on_pong; }, "the handler's function has to be on_pong(ws, const event&)");
        break;
    case event_kind::close:
        if constexpr (requires { handler.on_close(ws, e); })
            handler.on_close(ws, e);
        else
            static_assert(
                requires { &names::on_close; }, "the handler's function has to be on_close(ws, const event&)");
        break;
    case event_kind::error:
        // Without a function that takes it the transport is not kept open for the body of a refusal.
        if constexpr (requires { ws.response(); } && !requires { handler.on_body(ws, e); })
            ws.close();
        if constexpr (requires { handler.on_error(ws, e); })
            handler.on_error(ws, e);
        else
            static_assert(
                requires { &names::on_error; }, "the handler's function has to be on_error(ws, const event&)");
        break;
    }
}

} // namespace sockless::inline SOCKLESS_ABI::detail
