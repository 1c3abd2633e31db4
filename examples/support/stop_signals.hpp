// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// SIGTERM and SIGINT as a descriptor, and a listening socket, for the programs that wait with poll(2) or io_uring.
#pragma once

#include "socket.hpp"

#include <csignal>
#include <cstdio>
#include <sys/signalfd.h>

namespace example {

/// Blocks SIGTERM and SIGINT for this thread and those that it starts.
///
/// @return a descriptor that is readable when one of them has arrived. As nobody reads it, it stays readable, for all threads
/// @par Errors  throws std::system_error
[[nodiscard]] inline descriptor stop_signals()
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    check(::sigprocmask(SIG_BLOCK, &signals, nullptr), "sigprocmask");
    return descriptor{check(::signalfd(-1, &signals, SFD_CLOEXEC), "signalfd")};
}

/// Listens on a port of 127.0.0.1 and prints the URL; 0: any free port.
///
/// @par Errors  throws std::system_error
[[nodiscard]] inline descriptor listen_and_announce(std::uint16_t port)
{
    descriptor listener = listen_on("127.0.0.1", port);
    std::printf("listening on ws://127.0.0.1:%d/\n", local_address(listener.get()).port);
    std::fflush(stdout);
    return listener;
}

} // namespace example
