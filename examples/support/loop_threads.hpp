// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Runs several event loops, each in its own thread, until signals stop all of them.
#pragma once

#include "server_loop.hpp"
#include "socket.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <poll.h>
#include <span>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace example {

/// Runs loops with `shares_port`. Each signal stops all of them; if one of them fails, the others are stopped as by a signal.
///
/// @param loops    one for each thread
/// @param signals  result of `stop_signals`, which has blocked the signals for the threads, too
/// @par Errors  throws the exception of a loop, after all have ended
inline void run_in_threads(std::span<server_loop* const> loops, const descriptor& signals)
{
    const descriptor ended{check(::eventfd(0, EFD_CLOEXEC), "eventfd")};
    std::vector<std::exception_ptr> failures(loops.size());
    std::vector<std::jthread> threads;
    threads.reserve(loops.size());
    struct stopper { // is destroyed before the threads are joined
        std::span<server_loop* const> loops;
        void stop() const noexcept
        {
            for (const server_loop* loop : loops)
                loop->request_stop();
        }
        ~stopper() { stop(); }
    };
    const stopper all{loops};
    for (std::size_t i = 0; i < loops.size(); ++i)
        threads.emplace_back([&, i] {
            try {
                loops[i]->run();
            } catch (...) {
                failures[i] = std::current_exception();
                all.stop();
            }
            constexpr std::uint64_t one = 1;
            static_cast<void>(!::write(ended.get(), &one, sizeof one));
        });
    for (std::uint64_t running = loops.size(); running != 0;) {
        pollfd ready[] = {{signals.get(), POLLIN, 0}, {ended.get(), POLLIN, 0}};
        if (::poll(ready, 2, -1) < 0 && errno != EINTR)
            check(-1, "poll");
        signalfd_siginfo which{};
        if ((ready[0].revents & POLLIN) != 0 && ::read(signals.get(), &which, sizeof which) > 0)
            all.stop();
        std::uint64_t count = 0;
        if ((ready[1].revents & POLLIN) != 0 && ::read(ended.get(), &count, sizeof count) > 0)
            running -= count;
    }
    threads.clear();
    for (const std::exception_ptr& failure : failures)
        if (failure)
            std::rethrow_exception(failure);
}

} // namespace example
