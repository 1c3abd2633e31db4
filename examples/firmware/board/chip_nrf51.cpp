// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Nordic's nRF51 on the BBC micro:bit: a Cortex-M0 with 16 kB of RAM. The chip has a random number generator and no SysTick:
/// TIMER0 counts milliseconds.
#include "chip.hpp"

namespace chip {
namespace {

constexpr std::uint32_t uart = 0x4000'2000;
constexpr std::uint32_t start_receiver = uart;
constexpr std::uint32_t start_transmitter = uart + 0x008;
constexpr std::uint32_t byte_came = uart + 0x108;
constexpr std::uint32_t byte_went = uart + 0x11C;
constexpr std::uint32_t uart_interrupt_on = uart + 0x304;
constexpr std::uint32_t uart_interrupt_off = uart + 0x308;
constexpr std::uint32_t uart_enable = uart + 0x500;
constexpr std::uint32_t transmit_pin = uart + 0x50C;
constexpr std::uint32_t receive_pin = uart + 0x514;
constexpr std::uint32_t received_byte = uart + 0x518;
constexpr std::uint32_t transmitted_byte = uart + 0x51C;
constexpr std::uint32_t baud_rate = uart + 0x524;
constexpr std::uint32_t byte_came_interrupt = 1U << 2U;

constexpr std::uint32_t timer = 0x4000'8000;
constexpr std::uint32_t timer_start = timer;
constexpr std::uint32_t timer_compared = timer + 0x140;
constexpr std::uint32_t timer_shortcuts = timer + 0x200;
constexpr std::uint32_t timer_interrupt_on = timer + 0x304;
constexpr std::uint32_t timer_width = timer + 0x508;
constexpr std::uint32_t timer_prescaler = timer + 0x510;
constexpr std::uint32_t timer_compare = timer + 0x540;

constexpr std::uint32_t generator = 0x4000'D000;
constexpr std::uint32_t generator_start = generator;
constexpr std::uint32_t value_ready = generator + 0x100;
constexpr std::uint32_t generator_config = generator + 0x504;
constexpr std::uint32_t generator_value = generator + 0x508;

bool transmitting = false; ///< a byte is being sent; `byte_went` reports its end

} // namespace

const std::size_t uart_interrupt = 2;
const std::size_t timer_interrupt = 8;

void start() noexcept
{
    reg(transmit_pin) = 24;
    reg(receive_pin) = 25;
    reg(baud_rate) = 0x01D7'E000; // 115200
    reg(uart_enable) = 4;
    reg(start_receiver) = 1;
    reg(start_transmitter) = 1;
    reg(uart_interrupt_on) = byte_came_interrupt;
    enable_interrupt(2);

    reg(timer_width) = 0;     // 16 bits
    reg(timer_prescaler) = 4; // 16 MHz / 2^4
    reg(timer_compare) = 1000;
    reg(timer_shortcuts) = 1; // restart at the compared value
    reg(timer_interrupt_on) = 1U << 16U;
    reg(timer_start) = 1;
    enable_interrupt(8);

    reg(generator_config) = 1; // correct the bias
    reg(generator_start) = 1;
}

bool has_received() noexcept
{
    return reg(byte_came) != 0;
}

std::byte receive() noexcept
{
    reg(byte_came) = 0;
    return static_cast<std::byte>(reg(received_byte));
}

/// The interrupt is pending while a byte is available, so it is disabled while the ring is full.
void listen(bool on) noexcept
{
    reg(on ? uart_interrupt_on : uart_interrupt_off) = byte_came_interrupt;
}

bool may_transmit() noexcept
{
    return !transmitting || reg(byte_went) != 0;
}

void transmit(std::byte byte) noexcept
{
    reg(byte_went) = 0;
    reg(transmitted_byte) = std::to_integer<std::uint32_t>(byte);
    transmitting = true;
}

void acknowledge_timer() noexcept
{
    reg(timer_compared) = 0;
}

bool random(std::byte& out) noexcept
{
    while (reg(value_ready) == 0) {
    }
    reg(value_ready) = 0;
    out = static_cast<std::byte>(reg(generator_value));
    return true;
}

} // namespace chip
