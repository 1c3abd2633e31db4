// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Joins two connections, as a gateway does: messages are passed on piece by piece, as they arrive, without assembling them.
///
/// @code
/// // ws_of_server: towards the client; ws_of_client: towards the upstream server; both with the option `.whole_messages = false`
/// sockless::relay joined{ws_of_server, ws_of_client};
///
/// // After each event of either transport and of the timer: `receive`, `written`, ...
/// const sockless::relay_needs needs = joined.poll(milliseconds());
/// if (needs.server.write)
///     write_some(ws_of_server.write_buffer()); // and so on, for both transports
/// @endcode
#pragma once

#include "config.hpp"
#include "core/close_code.hpp"
#include "core/error.hpp"
#include "message/event.hpp"
#include "message/message_extension.hpp"
#include "websocket.hpp"
#include "websocket/handler.hpp"
#include "websocket/ready_state.hpp"
#include "websocket/websocket_needs.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

/// The options of a `relay`, in bytes.
///
/// Each end needs an output with room for `high_water`, one piece and a header.
struct relay_options {
    std::size_t high_water = 16000; ///< one end is not read while this much waits to be written to the other one
    std::size_t piece =
        16384; ///< the largest number of bytes that are passed to `receive` at once, see also `read_size`
};

/// What a program does next for the two ends of a `relay`.
struct relay_needs {
    websocket_needs server; ///< for the transport of the client
    websocket_needs client; ///< for the transport of the upstream server
};

/// Passes the messages of two connections on to each other, in pieces, until both are closed.
///
/// Each end answers pings and negotiates extensions by itself; with `relayed_deflate` compressed messages are passed on as they are. While one end cannot write, the other one is not read: nothing is lost,
/// and the memory does not depend on the size of a message.
///
/// The `limits` of each end apply to what it receives. A piece that arrives in part becomes a fragment of its own, so that a message
/// can have more fragments than its sender made.
///
/// The end of one connection closes the other one with the same code and reason, as soon as the close frame arrives. Codes that must not be sent are replaced: no code
/// remains no code, 1010 of a server becomes 1011, and without a close frame the client receives 1014 (bad gateway), the upstream
/// server 1001 (going away). If the upstream server refuses the connection before the client's request has been accepted, the answer
/// is 502.
/// @tparam Server  a `websocket<role::server, ...>`
/// @tparam Client  a `websocket<role::client, ...>`
/// @par Source RFC 6455 5.4 (intermediaries may change the fragmentation), 7.4.1
template <class Server, class Client>
class relay {
public:
    static_assert(
        requires(Server& server, Client& client) {
            server.request();
            client.response();
        }, "the first end of a relay is a websocket of a server, the second one of a client");
    static_assert(detail::passing_codec<typename Server::encoder> == detail::passing_codec<typename Client::encoder>,
                  "messages that one end does not decode need the same extension at the other end: relayed_deflate");

    /// Constructs a relay.
    ///
    /// @param server  the end towards the client, with the option `whole_messages = false`; outlives this object
    /// @param client  the end towards the upstream server, likewise. Its `connect` is called by the program
    /// @param choice  sizes
    relay(Server& server, Client& client, relay_options choice = {}) noexcept
        : server_{&server}, client_{&client}, options_{choice}
    {
    }

    /// Passes on what has arrived, at both ends, and returns what the program does next. Call it instead of `websocket::poll`.
    ///
    /// @param[in,out] handler  an object with any of on_request(server), on_plain_request(server), on_open(ws), on_error(ws, event),
    ///     on_close(ws, event): of each end for which it can be called. Without on_request every WebSocket is accepted, possibly
    ///     before the upstream server has; without on_plain_request the answer is 426
    /// @param now  in milliseconds, as for `websocket::receive`
    /// @par Complexity O(bytes consumed)
    template <class Handler>
    [[nodiscard]] relay_needs poll(Handler&& handler, std::uint64_t now)
    {
        relay_needs result;
        do {
            hold(*server_, *client_);
            static_cast<void>(server_->poll(end<Handler, Client>{*this, handler, *client_}, now));
            hold(*client_, *server_);
            static_cast<void>(client_->poll(end<Handler, Server>{*this, handler, *server_}, now));
            pass_end(*server_, *client_, close_code::going_away);
            pass_end(*client_, *server_, close_code::bad_gateway);
            hold(*server_, *client_);
            hold(*client_, *server_);
            result = {server_->needs(now), client_->needs(now)};
        } while (result.server.wake_after == 0 || result.client.wake_after == 0);
        return result;
    }
    /// As above, without a handler.
    [[nodiscard]] relay_needs poll(std::uint64_t now)
    {
        struct no_handler {
        } handler;
        return poll(handler, now);
    }

    /// Returns why a piece could not be passed on; both connections are closed with 1011 then. `none` if that has not happened.
    ///
    /// `no_space`: the output of an end is smaller than `relay_options` needs; `no_memory` of an extension; `no_random`;
    /// `extension_not_requested`: a message is compressed, and the other end has not negotiated that, see `relayed_deflate`.
    [[nodiscard]] error failure() const noexcept { return failure_; }

private:
    /// The handler of one end.
    template <class Handler, class To>
    struct end {
        relay& owner;
        Handler& handler;
        To& to;

        void on_request(Server& ws)
        {
            if constexpr (requires { handler.on_request(ws); })
                handler.on_request(ws);
            else
                detail::accept_or_close(ws);
        }
        void on_plain_request(Server& ws)
        {
            if constexpr (requires { handler.on_plain_request(ws); })
                handler.on_plain_request(ws);
            else
                detail::refuse_or_close(ws);
        }
        void on_open(auto& ws)
        {
            if constexpr (requires { handler.on_open(ws); })
                handler.on_open(ws);
        }
        void on_message(auto& ws, const event& e)
        {
            owner.note(pass(ws, to, e), ws, to);
            owner.hold(ws, to);
        }
        void on_error(auto& ws, const event& e)
        {
            if constexpr (requires { handler.on_error(ws, e); })
                handler.on_error(ws, e);
        }
        void on_close(auto& ws, const event& e)
        {
            if constexpr (requires { handler.on_close(ws, e); })
                handler.on_close(ws, e);
        }
    };

    /// Reads @p from while @p to has room, and when it is of no use to wait.
    void hold(auto& from, auto& to) const noexcept
    {
        bool full = to.ready_state() == ready_state::connecting;
        if (to.ready_state() == ready_state::open && to.unwritten() != 0)
            full = to.unwritten() >= options_.high_water || !to.has_room(options_.piece);
        if (full)
            from.pause();
        else
            from.resume();
    }

    static error pass(auto& from, auto& to, const event& e) noexcept
    {
        if constexpr (detail::passing_codec<typename Server::encoder>) {
            auto& encoder = to.extension_encoder();
            if (e.first() && !encoder.mark_as(from.session_.underlying().extension_decoder()))
                return error::extension_not_requested;
            const error result = pass_message(to, e);
            encoder.unmark();
            return result;
        } else {
            return pass_message(to, e);
        }
    }
    static error pass_message(auto& to, const event& e) noexcept
    {
        if (e.first() && e.last())
            return e.is_text() ? to.send(e.text()) : to.send(e.payload());
        if (e.first())
            if (const error begun = to.begin_message(e.type()); failed(begun))
                return begun;
        return e.last() ? to.end_message(e.payload()) : to.send_fragment(e.payload());
    }
    /// An end that is closing drops what arrives for it, as its peer would.
    void note(error e, auto& from, auto& to) noexcept
    {
        if (!failed(e) || to.ready_state() != ready_state::open)
            return;
        failure_ = e;
        static_cast<void>(from.close(close_code::internal_error));
        static_cast<void>(to.close(close_code::internal_error));
    }

    /// Passes on a close frame, a violation, or the end of the transport.
    static void pass_end(auto& from, auto& to, close_code without_frame) noexcept
    {
        const event e = from.closed();
        const bool is_over = from.ready_state() == ready_state::closed;
        if (to.ready_state() >= ready_state::closing || (is_over && refuse(to)))
            return;
        if (is_over ||
            (to.ready_state() == ready_state::open && (e.code() != close_code::abnormal || failed(from.failure()))))
            close(to, e, without_frame);
    }
    /// Returns whether the client has no answer yet and receives 502.
    static bool refuse(Server& to) noexcept
    {
        return to.ready_state() == ready_state::connecting && !failed(to.reject(502));
    }
    static bool refuse(Client&) noexcept { return false; }
    static void close(auto& to, const event& e, close_code without_frame) noexcept
    {
        close_code code = e.code();
        std::string_view reason = e.reason();
        if (code == close_code::no_status)
            return to.close();
        if (code == close_code::abnormal)
            code = without_frame;
        if (code == close_code::mandatory_extension && without_frame == close_code::bad_gateway) {
            code = close_code::internal_error; // only clients send 1010
            reason = {};
        }
        if (failed(to.close(code, reason)))
            to.close();
    }

    Server* server_;
    Client* client_;
    relay_options options_;
    error failure_ = error::none;
};

} // namespace sockless::inline SOCKLESS_ABI
