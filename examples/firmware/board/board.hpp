// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is what a device needs from its board. A port to another board writes these functions and nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace board {

/// The bytes that the UART's interrupt has put into its ring, oldest first; they may be changed in place. None while more keep
/// coming and the ring has room for them: a few bytes at a time would make many small frames.
[[nodiscard]] std::span<std::byte> received() noexcept;
/// The oldest `count` of them are done with. The sender may go on if the ring had been full.
void release(std::size_t count) noexcept;

/// Gives the UART as many bytes as it takes at once, and says how many.
[[nodiscard]] std::size_t transmit(std::span<const std::byte> bytes) noexcept;

/// Since the start.
[[nodiscard]] std::uint32_t milliseconds() noexcept;

/// Sleeps until the next interrupt, unless bytes have come already.
void wait_for_interrupt() noexcept;

/// Takes and drops what comes, until nothing has come for so many milliseconds.
void drain(std::uint32_t milliseconds) noexcept;

/// Bytes that nobody can predict: a random_source of sockless.
struct entropy {
    [[nodiscard]] bool fill(std::span<std::byte> out) noexcept;
};

void log(const char* text) noexcept;
void log(const char* text, std::uint32_t number) noexcept;

/// The most bytes of stack that were in use since the start.
[[nodiscard]] std::size_t stack_used() noexcept;

/// Takes the line down. Here it also ends the emulator, whose exit status is `status`.
[[noreturn]] void hang_up(std::uint32_t status) noexcept;

} // namespace board

/// The firmware itself; called once memory, UART and timer are ready. Returns the status to hang up with.
std::uint32_t run();
