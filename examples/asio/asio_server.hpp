// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Accepts connections on 127.0.0.1 until SIGTERM or SIGINT, then ends when all of them have ended.
#pragma once

#include "select_asio.hpp"

#include <sockless/core/close_code.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_set>
#include <utility>

namespace example {

/// @tparam Session  an asio_websocket, or another class with `ws` and `update()`, or with `shut_down()`
template <class Session>
class asio_server {
public:
    using tcp = asio::ip::tcp;

    /// Listens.
    ///
    /// @param port    0: any free one
    /// @param accept  is called with each socket, creates a session with `make` and begins with it
    asio_server(std::uint16_t port, std::function<void(tcp::socket)> accept)
        : on_accept_{std::move(accept)}, acceptor_{context_, {asio::ip::address_v4::loopback(), port}}
    {
    }

    [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

    /// Creates a session, which is closed with code 1001 when the program ends.
    template <class... Arguments>
    std::shared_ptr<Session> make(Arguments&&... arguments)
    {
        const auto forget = [this](Session* session) noexcept {
            sessions_.erase(session);
            delete session;
        };
        std::shared_ptr<Session> session{new Session{std::forward<Arguments>(arguments)...}, forget};
        sessions_.insert(session.get());
        return session;
    }

    void run()
    {
        accept();
        signals_.async_wait([this](const auto&, int) { shut_down(); });
        context_.run();
    }

private:
    void accept()
    {
        acceptor_.async_accept([this](const auto& error, tcp::socket socket) {
            if (!acceptor_.is_open())
                return;
            if (error) { // no free descriptor, or no memory: this connection waits, and the others go on
                pause_.expires_after(std::chrono::milliseconds{100});
                return pause_.async_wait([this](const auto&) { accept(); });
            }
            try {
                socket.set_option(tcp::no_delay{true});
                on_accept_(std::move(socket));
            } catch (const std::exception&) { // this connection has ended already, or there is no memory for it
            }
            accept();
        });
    }

    void shut_down()
    {
        acceptor_.close();
        pause_.cancel();
        signals_.clear(); // a second signal ends the program
        for (Session* const session : sessions_) {
            if constexpr (requires { session->shut_down(); }) { // it has more than one websocket
                session->shut_down();
            } else {
                if (failed(session->ws.close(sockless::close_code::going_away)))
                    session->ws.close();
                session->update();
            }
        }
    }

    std::unordered_set<Session*> sessions_; // before the context, whose destructor destroys sessions
    asio::io_context context_{1};
    std::function<void(tcp::socket)> on_accept_;
    tcp::acceptor acceptor_;
    asio::steady_timer pause_{context_};
    asio::signal_set signals_{context_, SIGTERM, SIGINT};
};

} // namespace example
