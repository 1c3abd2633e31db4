// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A thread for each connection.
#pragma once

#include "../support/socket.hpp"

#include <atomic>
#include <cstdio>
#include <thread>

namespace example {

/// Calls @p serve with the descriptor of each connection, in a new thread, until `stop` is readable and all threads have ended.
template <class Serve>
void accept_connections(descriptor listener, int stop, const Serve& serve)
{
    static std::atomic<int> running; // static: a thread may still notify it when this function returns
    pollfd ready[] = {{stop, POLLIN, 0}, {listener.get(), POLLIN, 0}};
    while (::poll(ready, 2, -1) <= 0 || ready[0].revents == 0) {
        descriptor socket{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)};
        if (!socket) {
            std::perror("accept");
            static_cast<void>(::poll(ready, 1, 100)); // usually EMFILE: the listener stays readable
            continue;
        }
        send_without_delay(socket);
        ++running;
        try {
            std::thread{[&serve, socket = std::move(socket)] {
                try {
                    serve(socket.get());
                } catch (const std::exception& problem) { // this connection ends
                    std::fprintf(stderr, "%s\n", problem.what());
                }
                --running;
                running.notify_one();
            }}.detach();
        } catch (const std::system_error& problem) { // no thread for this connection
            --running;
            std::fprintf(stderr, "%s\n", problem.what());
        }
    }
    listener.close();
    for (int count = running; count != 0; count = running)
        running.wait(count);
}

} // namespace example
