// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A client's WebSocket and that to an upstream server, which a `relay` joins.
#pragma once

#include "../asio/asio_connect.hpp"
#include "../asio/asio_websocket.hpp"
#include "forwarded_request.hpp"

#include <sockless/deflate/relayed_deflate.hpp>
#include <sockless/relay.hpp>
#include <sockless/with_os_random.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace example {

using sockless::relayed_deflate;
using near_websocket = sockless::websocket<sockless::role::server, sockless::no_mask_keys, relayed_deflate>;
using far_websocket = sockless::websocket<sockless::role::client, sockless::os_mask_keys, relayed_deflate>;

/// One end; the operations in progress own the session of which it is a part.
template <class Session, class Websocket, class Stream>
struct gateway_end : asio_websocket<Websocket, Stream> {
    template <class... Arguments>
    explicit gateway_end(Session& of, Arguments&&... arguments)
        : asio_websocket<Websocket, Stream>{std::forward<Arguments>(arguments)...}, session{of}
    {
    }
    sockless::websocket_needs poll(std::uint64_t now) override { return session.poll(*this, now); }
    std::shared_ptr<void> owner() override { return session.shared_from_this(); }
    using asio_websocket<Websocket, Stream>::start;
    Session& session;
};

/// Connects to the upstream server when the client's request has arrived, and answers that when the upstream server has answered.
/// A `std::shared_ptr` owns it.
///
/// @tparam Stream  to the upstream server: `tcp::socket` or `ssl::stream<tcp::socket>`
template <class Stream>
struct gateway_session : std::enable_shared_from_this<gateway_session<Stream>> {
    /// @param upstream  scheme, host and port; outlives this object
    /// @param to        not connected; a TLS stream is prepared by `set_host`
    /// @param options   of both ends, with `whole_messages = false`
    /// @param sizes     of both ends; the output has room for `relay_options::high_water`, one piece and a header
    gateway_session(asio::ip::tcp::socket from, Stream to, const sockless::url& upstream, const auto& options,
                    const sockless::websocket_sizes& sizes)
        : where{upstream},
          near{*this, std::move(from), options.template websocket<near_websocket::options>(agreed), sizes},
          far{*this, std::move(to), options.template websocket<far_websocket::options>(agreed), sizes}
    {
    }

    const sockless::url& where;
    std::optional<forwarded_request> request;
    relayed_deflate::agreement agreed;
    gateway_end<gateway_session, near_websocket, asio::ip::tcp::socket> near;
    gateway_end<gateway_session, far_websocket, Stream> far;
    decltype(sockless::relay{near.ws, far.ws}) joined{near.ws, far.ws};

    sockless::websocket_needs poll(const auto& end, std::uint64_t now)
    {
        const sockless::relay_needs needs = joined.poll(*this, now);
        near.start(needs.server);
        if (request)
            far.start(needs.client);
        return std::is_same_v<decltype(end), decltype(std::as_const(near))> ? needs.server : needs.client;
    }
    void on_request(near_websocket&)
    {
        asio::post(near.stream.get_executor(), [self = this->shared_from_this()] { self->connect(); });
    }
    void connect()
    {
        asio_error unknown;
        sockless::os_random random;
        if (!near.ws.request_pending())
            return;
        request.emplace(near.ws.request(), near.stream.remote_endpoint(unknown).address().to_string());
        agreed.offer(near.ws.request().extensions());
        far.ws.reset(); // its time begins
        if (failed(far.ws.connect(request->options(where.where), random)))
            far.ws.close();
        asio_connect(std::shared_ptr<decltype(far)>{this->shared_from_this(), &far}, std::string{where.host},
                     where.where.port, [](const asio_error&) {});
    }
    void on_open(far_websocket& ws)
    {
        const auto fields = end_to_end_fields(ws.response().fields);
        answered(near.ws.accept({.subprotocol = ws.protocol(), .fields = fields}));
    }
    void on_error(far_websocket& ws, const sockless::event& e)
    {
        if (near.ws.request_pending() && e.failure() == sockless::error::status_not_101)
            answered(near.ws.reject(ws.response().status, end_to_end_fields(ws.response().fields)));
        else if (near.ws.request_pending() && e.failure() == sockless::error::timed_out)
            answered(near.ws.reject(504)); // of other failures the relay makes 502
    }
    void answered(sockless::error e)
    {
        if (failed(e))
            near.ws.close();
    }
    /// Closes both ends because the program ends.
    void shut_down()
    {
        if (failed(near.ws.close(sockless::close_code::going_away)) ||
            failed(far.ws.close(sockless::close_code::going_away)))
            near.ws.close();
        near.update();
    }
};

} // namespace example
