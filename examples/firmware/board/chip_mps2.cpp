// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Arm's MPS2 boards with a Cortex-M3 or M4 (an385, an386), or with a Cortex-M33 in its secure state (an505, for which the
/// Makefile defines BOARD_AN505). UART and timer are the CMSDK's; the timer is SysTick.
#include "chip.hpp"
#include "semihosting.hpp"

#include <sockless/bytes/endian.hpp>
#include <sockless/bytes/sha1.hpp>

#include <array>

namespace chip {
namespace {

#ifdef BOARD_AN505
constexpr std::uint32_t uart = 0x5020'0000;
constexpr std::uint32_t clock_hz = 20'000'000;
constexpr std::uint32_t received = 32;
#else
constexpr std::uint32_t uart = 0x4000'4000;
constexpr std::uint32_t clock_hz = 25'000'000;
constexpr std::uint32_t received = 0;
#endif

constexpr std::uint32_t data = uart;
constexpr std::uint32_t state = uart + 0x04;
constexpr std::uint32_t control = uart + 0x08;
constexpr std::uint32_t interrupt_status = uart + 0x0C;
constexpr std::uint32_t baud_divider = uart + 0x10;

constexpr std::uint32_t transmit_full = 0x01;
constexpr std::uint32_t receive_full = 0x02;
constexpr std::uint32_t enable_both_ways = 0x03;
constexpr std::uint32_t interrupt_on_receive = 0x08;
constexpr std::uint32_t receive_interrupt = 0x02;

constexpr std::uint32_t systick_control = 0xE000'E010;
constexpr std::uint32_t systick_reload = 0xE000'E014;
constexpr std::uint32_t systick_value = 0xE000'E018;
constexpr std::uint32_t systick_on = 0x07; // the processor's clock, with interrupt

/// These boards have no random number generator. The user passes a seed to the emulator, and a hash extends it; a product reads
/// the generator of its chip instead.
class seeded_random {
public:
    [[nodiscard]] bool next(std::byte& out) noexcept
    {
        if (!seeded_) {
            if (!read_seed())
                return false;
            seeded_ = true;
        }
        if (used_ == block_.size()) {
            block_ = digest(0x01);
            state_ = digest(0x02); // the state does not reveal earlier output
            used_ = 0;
        }
        out = block_[used_];
        block_[used_++] = std::byte{};
        return true;
    }

private:
    using bytes = std::array<std::byte, sockless::sha1::digest_size>;

    [[nodiscard]] bytes digest(std::uint8_t purpose) const noexcept
    {
        const std::byte last[] = {std::byte{purpose}};
        sockless::sha1 hash;
        hash.update(state_);
        hash.update(last);
        return hash.digest();
    }

    /// At least 32 characters on the emulator's command line.
    [[nodiscard]] bool read_seed() noexcept
    {
        std::array<char, 96> text{};
        const std::size_t size = semihosting::command_line(text);
        sockless::sha1 hash;
        hash.update(std::as_bytes(std::span{text}));
        state_ = hash.digest();
        return size >= 32;
    }

    bytes state_{};
    bytes block_{};
    std::size_t used_ = sockless::sha1::digest_size;
    bool seeded_ = false;
};

seeded_random generator;

} // namespace

const std::size_t uart_interrupt = received;
const std::size_t timer_interrupt = system_timer;

void start() noexcept
{
    reg(baud_divider) = 16; // the maximum rate; the emulator ignores it
    reg(control) = enable_both_ways | interrupt_on_receive;
    enable_interrupt(received);
    reg(systick_reload) = clock_hz / 1000 - 1;
    reg(systick_value) = 0;
    reg(systick_control) = systick_on;
}

bool has_received() noexcept
{
    reg(interrupt_status) = receive_interrupt;
    return (reg(state) & receive_full) != 0;
}

std::byte receive() noexcept
{
    return static_cast<std::byte>(reg(data));
}

/// The receiver holds one byte and then stops the sender. Its interrupt occurs once per byte, so clearing the request is
/// sufficient.
void listen(bool on) noexcept
{
    if (!on)
        reg(interrupt_status) = receive_interrupt;
}

bool may_transmit() noexcept
{
    return (reg(state) & transmit_full) == 0;
}

void transmit(std::byte byte) noexcept
{
    reg(data) = std::to_integer<std::uint32_t>(byte);
}

void acknowledge_timer() noexcept {}

bool random(std::byte& out) noexcept
{
    return generator.next(out);
}

} // namespace chip
