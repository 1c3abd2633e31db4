// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Reads lines of standard input for a program with an event loop.
#pragma once

#include <functional>
#include <iostream>
#include <optional>
#include <semaphore>
#include <string>
#include <thread>
#include <utility>

namespace example {

/// Reads lines on a separate thread, one whenever the program is ready for it. A non-blocking descriptor is no alternative: a terminal
/// shares that mode with standard output and with the shell, and a file cannot be waited for.
///
/// The thread may be blocked when the program ends, so that the program ends with `std::quick_exit`.
class line_reader {
public:
    /// Begins; the first line is delivered after `next`.
    ///
    /// @param deliver  called on the thread with each line, and with nothing at the end of the input
    void start(std::function<void(std::optional<std::string>)> deliver)
    {
        std::thread{[this, deliver = std::move(deliver)] {
            std::string line;
            while (wanted_.acquire(), std::getline(std::cin, line))
                deliver(std::move(line));
            deliver({});
        }}.detach();
    }
    /// Wants one more line. It is called once for each line.
    void next() noexcept { wanted_.release(); }

private:
    std::counting_semaphore<> wanted_{0};
};

} // namespace example
