// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The rows: each is one kind of work, which all peers that support it do one after another.
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

/// One measurement: prepared at its first use, then called repeatedly.
struct measurement {
    /// Does the work once and returns its time in seconds. Preparations in between are not part of that time.
    std::function<double()> pass;
    double items = 1; ///< number of frames, keys or handshakes in one pass
    double bytes = 0; ///< bytes of payload in one pass; 0: not applicable
    double fixed = 0; ///< not a time but a quantity, which is not repeated
};

/// A peer's entry in a row. `prepare` returns a measurement, or throws `void_row` if the peer's result is wrong.
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
/// Defined if zlib is available.
void add_deflate_rows(std::vector<row>& rows);

/// Returns the same memory for all peers, so that page placement does not favour one. At least `size` bytes, page-aligned.
unsigned char* shared_memory(std::size_t size);

} // namespace bench
