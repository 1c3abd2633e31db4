// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Input and expected output: payloads, and frames that a slow and simple function writes from them.
#pragma once

#include "peer.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace bench {

enum class content { binary, ascii, cjk, emoji };
std::string to_string(content what);

/// splitmix64: the same numbers on every machine.
class random_numbers {
public:
    explicit random_numbers(std::uint64_t seed) noexcept : state_{seed} {}
    std::uint64_t next() noexcept;
    /// Returns a number from `low` to `high`, uniformly distributed.
    std::size_t between(std::size_t low, std::size_t high) noexcept
    {
        return low + static_cast<std::size_t>(next() % (high - low + 1));
    }

private:
    std::uint64_t state_;
};

/// Returns `size` bytes; text is cut between characters and padded with ASCII.
std::vector<unsigned char> make_payload(content what, std::size_t size, random_numbers& random);

/// The sizes of the messages of one run: "16", "1048576", "126-1024" (uniformly), "random" (1..125) or "log" (1 B to 16 KiB, each magnitude
/// equally often). Together about one MiB; a quarter of that for sizes up to 125.
std::vector<std::size_t> message_sizes(const std::string& pattern);

/// One run of messages, as payload and as frames.
struct traffic {
    std::vector<unsigned char> payload; ///< of all messages
    std::vector<message> messages;      ///< into `payload`
    std::vector<unsigned char> frames;  ///< one per message; masked if a client sends them
    std::uint64_t hash = 0;             ///< that of a careful sink
};

/// Created once and kept until the program ends. `receiving` is the role that reads the frames.
std::shared_ptr<const traffic> make_traffic(end receiving, content what, const std::string& pattern);

/// Reads frames, one byte at a time, into `out`; returns false if they are malformed or masked by the wrong role.
bool read_frames(end receiving, const unsigned char* frames, std::size_t size, sink& out);

} // namespace bench
