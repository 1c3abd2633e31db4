// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Interface between a device and its board. A port to another board implements these functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace board {

/// @return received bytes, oldest first, which may be modified in place. Empty while more bytes arrive and the ring has space
///   for them: processing a few bytes at a time would produce many small frames.
[[nodiscard]] std::span<std::byte> received() noexcept;
/// Removes the oldest @p count bytes and lets the sender continue if the ring was full.
void release(std::size_t count) noexcept;

/// Passes as many bytes to the UART as it accepts now. @return their count
[[nodiscard]] std::size_t transmit(std::span<const std::byte> bytes) noexcept;

/// @return milliseconds since the start
[[nodiscard]] std::uint32_t milliseconds() noexcept;

/// @return seconds since 1970, or 0 if unknown. On the emulator the clock of its machine; a product has a real-time clock or asks SNTP
[[nodiscard]] std::uint64_t unix_time() noexcept;

/// Sleeps until the next interrupt, unless received bytes are available.
void wait_for_interrupt() noexcept;

/// Discards input until none has arrived for @p milliseconds.
void drain(std::uint32_t milliseconds) noexcept;

/// Unpredictable bytes: a random_source of sockless.
struct entropy {
    [[nodiscard]] bool fill(std::span<std::byte> out) noexcept;
    /// A device has no fork(2): see mask_key_pool.
    [[nodiscard]] static constexpr std::uint64_t generation() noexcept { return 0; }
};

void log(std::string_view text) noexcept;
/// Writes a line.
void log(std::string_view text, std::uint32_t number) noexcept;

/// @return the maximum number of stack bytes used since the start
[[nodiscard]] std::size_t stack_used() noexcept;

/// Closes the connection. On the emulator this also ends the process with exit status @p status.
[[noreturn]] void disconnect(std::uint32_t status) noexcept;

} // namespace board

/// The firmware's main function, called when memory, UART and timer are ready. @return the status for `board::disconnect`
std::uint32_t run();
