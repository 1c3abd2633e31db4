// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// What is measured: each row is one kind of work that every peer that can does in turn.
#pragma once

#include "peer.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace bench {

/// One thing to measure: prepared when it is first asked for, then called as often as it takes.
struct measurement {
    /// Does the work once and returns the seconds that count. May do other things in between that do not.
    std::function<double()> pass;
    double items = 1; ///< frames, keys, handshakes: what the nanoseconds are per
    double bytes = 0; ///< of payload in one pass; 0 where it makes no sense
    double fixed = 0; ///< no time but a quantity, which needs no repetition
};

/// A peer's part in a row. `prepare` returns a measurement, or throws `void_row` if the peer's work is wrong.
struct entry {
    std::string peer;
    std::function<measurement()> prepare;
};

struct row {
    std::string name; ///< fields separated by '/'
    std::vector<entry> entries{};
};

struct void_row {
    std::string reason;
};

class stopwatch {
public:
    using clock = std::chrono::steady_clock;
    double seconds() const { return std::chrono::duration<double>(clock::now() - start_).count(); }

private:
    clock::time_point start_ = clock::now();
};

void add_receive_rows(std::vector<row>& rows);
void add_send_rows(std::vector<row>& rows);
void add_primitive_rows(std::vector<row>& rows);
void add_handshake_rows(std::vector<row>& rows);
/// Defined where zlib is found.
void add_deflate_rows(std::vector<row>& rows);

/// One piece of memory for all peers, so that none is lucky with its pages. At least `size` bytes, page-aligned.
unsigned char* shared_memory(std::size_t size);

} // namespace bench
