// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Code shared by all boards: the ring between the UART's interrupt and the main loop, and the clock.
#include "board.hpp"
#include "../ring.hpp"
#include "chip.hpp"
#include "semihosting.hpp"

#include <atomic>

namespace {

firmware::ring<512> incoming;
constexpr std::size_t enough = 256;
std::atomic<std::uint32_t> ticks = 0;
std::atomic<std::uint32_t> last_byte_at = 0; ///< in milliseconds

/// Called with the UART's interrupt disabled, or inside of it.
void drain_receiver() noexcept
{
    while (!incoming.full() && chip::has_received()) {
        incoming.push(chip::receive());
        last_byte_at.store(ticks.load(std::memory_order_relaxed), std::memory_order_relaxed);
    }
    chip::listen(!incoming.full());
}

/// Disables interrupts during its lifetime.
class no_interrupts {
public:
    no_interrupts() noexcept { asm volatile("cpsid i" ::: "memory"); }
    ~no_interrupts() { asm volatile("cpsie i" ::: "memory"); }
    no_interrupts(const no_interrupts&) = delete;
    no_interrupts& operator=(const no_interrupts&) = delete;
};

} // namespace

extern "C" void on_interrupt()
{
    constexpr std::uint32_t first_interrupt = 16;
    constexpr std::uint32_t systick = 15;
    std::uint32_t number = 0;
    asm volatile("mrs %0, ipsr" : "=r"(number));
    const std::size_t source = number == systick ? chip::system_timer : number - first_interrupt;
    if (source == chip::timer_interrupt) {
        chip::acknowledge_timer();
        ticks.store(ticks.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    } else if (source == chip::uart_interrupt) {
        drain_receiver();
    }
}

namespace board {

std::span<std::byte> received() noexcept
{
    const bool quiet = ticks.load(std::memory_order_relaxed) != last_byte_at.load(std::memory_order_relaxed);
    return quiet || incoming.size() >= enough ? incoming.readable() : std::span<std::byte>{};
}

void release(std::size_t count) noexcept
{
    const no_interrupts guard;
    incoming.release(count);
    drain_receiver(); // bytes that the interrupt could not store
}

std::size_t transmit(std::span<const std::byte> bytes) noexcept
{
    std::size_t count = 0;
    while (count < bytes.size() && chip::may_transmit())
        chip::transmit(bytes[count++]);
    return count;
}

std::uint32_t milliseconds() noexcept
{
    return ticks.load(std::memory_order_relaxed);
}

std::uint64_t unix_time() noexcept
{
    return semihosting::time();
}

void wait_for_interrupt() noexcept
{
    const no_interrupts guard; // an interrupt that becomes pending now still ends `wfi`
    if (incoming.size() < enough)
        asm volatile("wfi" ::: "memory");
}

void drain(std::uint32_t wanted) noexcept
{
    last_byte_at.store(milliseconds(), std::memory_order_relaxed);
    while (milliseconds() - last_byte_at.load(std::memory_order_relaxed) < wanted) {
        release(incoming.readable().size());
        asm volatile("wfi" ::: "memory");
    }
}

bool entropy::fill(std::span<std::byte> out) noexcept
{
    for (std::byte& each : out)
        if (!chip::random(each))
            return false;
    return true;
}

void log(std::string_view text) noexcept
{
    char piece[64]; // semihosting takes text that ends with a null character
    while (!text.empty()) {
        std::size_t size = 0;
        for (; size != text.size() && size != sizeof piece - 1; ++size)
            piece[size] = text[size];
        piece[size] = '\0';
        semihosting::write(piece);
        text.remove_prefix(size);
    }
}

void log(std::string_view text, std::uint32_t number) noexcept
{
    char digits[12] = {};
    std::size_t begin = sizeof digits - 1;
    digits[--begin] = '\n';
    do {
        digits[--begin] = static_cast<char>('0' + number % 10);
        number /= 10;
    } while (number != 0);
    log(text);
    semihosting::write(digits + begin);
}

void disconnect(std::uint32_t status) noexcept
{
    log("stack: ", static_cast<std::uint32_t>(stack_used()));
    semihosting::exit(status);
}

} // namespace board
