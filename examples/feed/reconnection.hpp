// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Connects again and again, after random times.
#pragma once

#include "../support/socket.hpp"

#include <sockless/core/error.hpp>
#include <sockless/reconnect_backoff.hpp>
#include <sockless/with_os_random.hpp>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <poll.h>

namespace example {

/// Returns the time of a steady clock in milliseconds.
[[nodiscard]] inline std::uint64_t now() noexcept
{
    const auto time = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

/// Calls @p run until it returns false, or until a descriptor is readable.
///
/// @param stop     the descriptor
/// @param backoff  of the client; `on_open` is called when a connection has opened
/// @param run      runs one connection; returns whether another one is wanted. Its exceptions are printed
template <class Run>
void keep_connected(const descriptor& stop, sockless::reconnect_backoff<>& backoff, const Run& run)
{
    sockless::os_random random;
    std::uint64_t delay = 0;
    do {
        try {
            if (!run())
                return;
        } catch (const std::exception& problem) {
            std::fprintf(stderr, "%s\n", problem.what());
        }
        if (failed(backoff.next_delay(now(), random, delay)))
            std::fprintf(stderr, "there are no random bytes\n"); // the delay is the longest one
    } while (await_ready(stop, POLLIN, std::chrono::milliseconds{delay}, -1) == ETIMEDOUT);
}

} // namespace example
