// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Interface between board.cpp or startup.cpp and a chip; implemented by each chip_*.cpp.
#pragma once

#include <cstddef>
#include <cstdint>

namespace chip {

/// @return the memory-mapped register at @p address
inline volatile std::uint32_t& reg(std::uint32_t address) noexcept
{
    return *reinterpret_cast<volatile std::uint32_t*>(address); // NOLINT: that is what registers are
}

/// Enables an interrupt in the NVIC, which every Cortex-M has.
inline void enable_interrupt(std::uint32_t number) noexcept
{
    reg(0xE000'E100 + number / 32 * 4) = 1U << (number % 32);
}

/// Number of interrupts in the vector table; the table fits all chips because all use one handler.
inline constexpr std::size_t interrupts = 48;
inline constexpr std::size_t system_timer = interrupts; ///< SysTick, which has no interrupt number

extern const std::size_t uart_interrupt;  ///< received bytes
extern const std::size_t timer_interrupt; ///< every millisecond

void start() noexcept; ///< starts UART, timer and both interrupts

/// The UART. `listen` enables or disables its receive interrupt.
[[nodiscard]] bool has_received() noexcept;
[[nodiscard]] std::byte receive() noexcept;
void listen(bool on) noexcept;
[[nodiscard]] bool may_transmit() noexcept;
void transmit(std::byte byte) noexcept;

void acknowledge_timer() noexcept;

[[nodiscard]] bool random(std::byte& out) noexcept;

} // namespace chip
