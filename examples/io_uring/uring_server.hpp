// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Accepts connections with io_uring until SIGTERM or SIGINT, then ends when all of them have ended.
#pragma once

#include "../support/stop_signals.hpp"
#include "uring_websocket.hpp"

#include <sockless/core/close_code.hpp>

#include <poll.h>
#include <unordered_set>

namespace example {

/// @tparam Websocket  a websocket<role::server>
/// @tparam Handler    as for `websocket::poll`; each connection has one
template <class Websocket, class Handler>
class uring_server final : private uring_target {
public:
    /// Listens on a port of 127.0.0.1, and prints the URL.
    uring_server(std::uint16_t port, const typename Websocket::options& options, const sockless::websocket_sizes& sizes)
        : options_{options}, sizes_{sizes}, listener_{listen_again(port)}
    {
    }

    /// Returns when all connections have ended.
    ///
    /// @par Errors  throws std::system_error
    void run()
    {
        accept();
        ring_.start(*this, operation::send,
                    [this](io_uring_sqe* to) { io_uring_prep_poll_add(to, stop_.get(), POLLIN); });
        while (is_accepting_ || is_waiting_ || !sessions_.empty())
            ring_.run_once();
    }

private:
    struct session : uring_websocket<Websocket, Handler> {
        session(uring_server& to, descriptor socket)
            : uring_websocket<Websocket, Handler>{to.ring_, std::move(socket), {}, to.options_, to.sizes_}, server{to}
        {
            server.sessions_.insert(this);
        }
        ~session() override { server.sessions_.erase(this); }

        uring_server& server;
    };

    /// The kernel ends the operations of a process that was killed a moment after the process: its port may still be in use.
    static descriptor listen_again(std::uint16_t port)
    {
        for (int attempt = 0;; ++attempt) {
            try {
                return listen_and_announce(port);
            } catch (const std::system_error& problem) {
                if (problem.code() != std::errc::address_in_use || attempt == 20)
                    throw;
                static_cast<void>(::poll(nullptr, 0, 100));
            }
        }
    }

    void accept() noexcept
    {
        is_accepting_ = true;
        ring_.start(*this, operation::receive, [this](io_uring_sqe* to) {
            io_uring_prep_multishot_accept(to, listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
        });
    }
    void complete(operation which, int result, std::span<std::byte>, bool more) noexcept override
    {
        if (which == operation::send) {
            shut_down();
        } else if (which == operation::wait) {
            is_waiting_ = false;
            if (!is_stopped_)
                accept();
        } else {
            is_accepting_ = more;
            if (result >= 0)
                begin(descriptor{result});
            else if (!is_stopped_)
                std::fprintf(stderr, "accept: %s\n", std::generic_category().message(-result).c_str());
            if (!more && !is_stopped_) // usually EMFILE, which lasts
                pause();
        }
    }
    void begin(descriptor socket) noexcept
    try {
        send_without_delay(socket);
        auto* const one = new session{*this, std::move(socket)};
        if (is_stopped_)
            static_cast<void>(one->ws.close(sockless::close_code::going_away));
        one->update();
    } catch (const std::exception& problem) { // no memory for this connection
        std::fprintf(stderr, "accept: %s\n", problem.what());
    }
    void pause() noexcept
    {
        is_waiting_ = true;
        ring_.start(*this, operation::wait, [this](io_uring_sqe* to) { io_uring_prep_timeout(to, &pause_, 0, 0); });
    }
    void shut_down() noexcept
    {
        is_stopped_ = true;
        if (is_accepting_)
            ring_.cancel(*this, operation::receive);
        if (is_waiting_)
            ring_.cancel(*this, operation::wait);
        listener_.close();
        for (auto next = sessions_.begin(); next != sessions_.end();) {
            session* const one = *next++; // `update` may delete it
            static_cast<void>(one->ws.close(sockless::close_code::going_away));
            one->update();
        }
    }

    typename Websocket::options options_;
    sockless::websocket_sizes sizes_;
    descriptor stop_ = stop_signals();
    uring ring_;
    descriptor listener_;
    std::unordered_set<session*> sessions_;
    __kernel_timespec pause_{.tv_sec = 0, .tv_nsec = 100'000'000};
    bool is_accepting_ = false;
    bool is_waiting_ = false;
    bool is_stopped_ = false;
};

} // namespace example
