// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Accepts connections on 127.0.0.1 with libuv until SIGTERM or SIGINT, then ends when all of them have ended.
#pragma once

#include <sockless/core/close_code.hpp>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <netinet/in.h>
#include <stdexcept>
#include <string>
#include <uv.h>

namespace example {

/// @tparam Session  a uv_websocket
template <class Session>
class uv_server {
public:
    /// Listens, and prints the URL.
    ///
    /// @param port  0: any free one
    /// @param make  creates a session
    /// @par Errors  throws std::runtime_error
    uv_server(std::uint16_t port, std::function<Session*(uv_loop_t*)> make) : make_{std::move(make)}
    {
        std::signal(SIGPIPE, SIG_IGN);
        check(uv_loop_init(&loop_));
        loop_.data = this;
        uv_tcp_init(&loop_, &listener_);
        uv_timer_init(&loop_, &retry_);
        listener_.data = nullptr;
        sockaddr_in address{};
        int size = sizeof address;
        check(uv_ip4_addr("127.0.0.1", port, &address));
        check(uv_tcp_bind(&listener_, reinterpret_cast<const sockaddr*>(&address), 0));
        check(uv_listen(reinterpret_cast<uv_stream_t*>(&listener_), 4096, &on_connection));
        check(uv_tcp_getsockname(&listener_, reinterpret_cast<sockaddr*>(&address), &size));
        for (std::size_t i = 0; i < 2; ++i) {
            check(uv_signal_init(&loop_, &signals_[i]));
            check(uv_signal_start(&signals_[i], &on_signal, i == 0 ? SIGTERM : SIGINT));
        }
        std::printf("listening on ws://127.0.0.1:%d/\n", ntohs(address.sin_port));
        std::fflush(stdout);
    }

    void run()
    {
        uv_run(&loop_, UV_RUN_DEFAULT);
        check(uv_loop_close(&loop_));
    }

private:
    static void check(int result)
    {
        if (result < 0)
            throw std::runtime_error{uv_strerror(result)};
    }

    /// Without free descriptors libuv closes the connections that wait.
    static void on_connection(uv_stream_t* listener, int status) noexcept
    {
        if (status < 0) {
            std::fprintf(stderr, "accept: %s\n", uv_strerror(status));
            return;
        }
        auto& server = *static_cast<uv_server*>(listener->loop->data);
        try {
            Session* const session = server.make_(listener->loop);
            uv_tcp_nodelay(&session->tcp, 1);
            if (uv_accept(listener, reinterpret_cast<uv_stream_t*>(&session->tcp)) < 0)
                session->ws.transport_failed(uv_now(listener->loop));
            session->update();
        } catch (const std::exception& problem) { // no memory: libuv accepts nothing until uv_accept was called
            std::fprintf(stderr, "accept: %s\n", problem.what());
            uv_timer_start(&server.retry_, &on_retry, 100, 0);
        }
    }
    static void on_retry(uv_timer_t* timer) noexcept
    {
        on_connection(reinterpret_cast<uv_stream_t*>(&static_cast<uv_server*>(timer->loop->data)->listener_), 0);
    }

    static void on_signal(uv_signal_t* signal, int) noexcept
    {
        auto& server = *static_cast<uv_server*>(signal->loop->data);
        for (uv_signal_t& each : server.signals_) // a second signal ends the program
            uv_close(reinterpret_cast<uv_handle_t*>(&each), nullptr);
        uv_close(reinterpret_cast<uv_handle_t*>(&server.retry_), nullptr);
        uv_close(reinterpret_cast<uv_handle_t*>(&server.listener_), nullptr);
        uv_walk(
            signal->loop,
            [](uv_handle_t* each, void*) {
                if (each->type != UV_TCP || each->data == nullptr)
                    return;
                auto& session = *static_cast<Session*>(each->data);
                static_cast<void>(session.ws.close(sockless::close_code::going_away));
                session.update();
            },
            nullptr);
    }

    std::function<Session*(uv_loop_t*)> make_;
    uv_loop_t loop_;
    uv_tcp_t listener_;
    uv_timer_t retry_; ///< accepts again
    uv_signal_t signals_[2];
};

} // namespace example
