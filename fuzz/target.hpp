// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The parts of every fuzz target: a body that takes any bytes and throws a `finding` if a promise is broken. A body is
/// compiled twice: into a libFuzzer program of its own (libfuzzer.cpp) and into the test that replays the corpus
/// (replay_test.cpp).
///
///     void body(std::span<const std::byte> input) { ... }
///     const fuzz::target here{"frame_reader", body};
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

namespace fuzz {

struct finding : std::logic_error {
    using logic_error::logic_error;
};

/// @param what  a sentence that has to be true
inline void require(bool kept, const char* what)
{
    if (!kept)
        throw finding(std::string{"not true: "} + what);
}

/// A body with its name. Registers itself in the program that it is linked into.
class target {
public:
    using body = void (*)(std::span<const std::byte> input);

    target(const char* name, body to_run) noexcept : name_{name}, run_{to_run}, next_{first_} { first_ = this; }
    target(const target&) = delete;
    target& operator=(const target&) = delete;

    [[nodiscard]] const char* name() const noexcept { return name_; }
    void run(std::span<const std::byte> input) const { run_(input); }

    /// All targets of this program, in no particular order.
    [[nodiscard]] static const target* first() noexcept { return first_; }
    [[nodiscard]] const target* next() const noexcept { return next_; }

private:
    inline static const target* first_ = nullptr;

    const char* name_;
    body run_;
    const target* next_;
};

/// Reads decisions from the front of the input; the remaining bytes are for the tested code. After the end of the input all decisions are zero.
class decisions {
public:
    explicit decisions(std::span<const std::byte> input) noexcept : rest_{input} {}

    unsigned byte() noexcept
    {
        if (rest_.empty())
            return 0;
        const auto value = std::to_integer<unsigned>(rest_.front());
        rest_ = rest_.subspan(1);
        return value;
    }
    /// Returns up to `most` bytes.
    std::span<const std::byte> bytes(std::size_t max_size) noexcept
    {
        const auto taken = rest_.first(max_size < rest_.size() ? max_size : rest_.size());
        rest_ = rest_.subspan(taken.size());
        return taken;
    }
    [[nodiscard]] std::span<const std::byte> rest() const noexcept { return rest_; }
    [[nodiscard]] bool done() const noexcept { return rest_.empty(); }

private:
    std::span<const std::byte> rest_;
};

/// FNV-1a: for selections that the input itself does not make, the same in every run.
[[nodiscard]] inline std::uint64_t hash_of(std::span<const std::byte> input) noexcept
{
    std::uint64_t hash = 0xCBF29CE484222325U;
    for (const std::byte b : input)
        hash = (hash ^ std::to_integer<std::uint64_t>(b)) * 0x100000001B3U;
    return hash ^ hash >> 29U;
}

} // namespace fuzz
