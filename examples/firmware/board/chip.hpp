// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is what startup.cpp and board.cpp need from a chip. Each chip_*.cpp is one of them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace chip {

/// A register at an address.
inline volatile std::uint32_t& reg(std::uint32_t address) noexcept
{
    return *reinterpret_cast<volatile std::uint32_t*>(address); // NOLINT: that is what registers are
}

/// The interrupt controller of every Cortex-M.
inline void enable_interrupt(std::uint32_t number) noexcept
{
    reg(0xE000'E100 + number / 32 * 4) = 1U << (number % 32);
}

/// Interrupts are told apart by number, so that one vector table fits all chips.
inline constexpr std::size_t interrupts = 48;
inline constexpr std::size_t system_timer = interrupts; ///< SysTick, which has no number

extern const std::size_t uart_interrupt;  ///< for received bytes
extern const std::size_t timer_interrupt; ///< every millisecond

void start() noexcept; ///< UART, timer and both interrupts

/// The UART. `listen` says whether the interrupt is to come.
[[nodiscard]] bool has_received() noexcept;
[[nodiscard]] std::byte receive() noexcept;
void listen(bool on) noexcept;
[[nodiscard]] bool may_transmit() noexcept;
void transmit(std::byte byte) noexcept;

void acknowledge_timer() noexcept;

[[nodiscard]] bool random(std::byte& out) noexcept;

} // namespace chip
