// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Start-up code: vector table, memory initialisation, constructors.
#include "board.hpp"
#include "chip.hpp"
#include "semihosting.hpp"

#include <cstddef>
#include <cstdint>

extern "C" {

// Symbols of the linker script.
extern std::uint32_t data_in_flash[];
extern std::uint32_t data_begin[];
extern std::uint32_t data_end[];
extern std::uint32_t bss_begin[];
extern std::uint32_t bss_end[];
extern std::uint32_t stack_top[];
using constructor = void (*)();
extern constructor constructors_begin[];
extern constructor constructors_end[];

void on_interrupt();

/// Initialises .data and .bss, and fills the stack with a pattern so that its use can be measured.
[[noreturn]] void reset()
{
    const std::uint32_t* from = data_in_flash;
    for (std::uint32_t* to = data_begin; to != data_end; ++to)
        *to = *from++;
    for (volatile std::uint32_t* to = bss_begin; to != bss_end; ++to)
        *to = 0;
    std::uint32_t* frame = nullptr;
    asm volatile("mov %0, sp" : "=r"(frame));
    for (volatile std::uint32_t* to = bss_end; to != frame - 16; ++to)
        *to = 0xA5A5'A5A5;
    for (constructor* each = constructors_begin; each != constructors_end; ++each)
        (*each)();
    chip::start();
    board::disconnect(run());
}

/// Registers the destructor of a static object, such as a `websocket`. A firmware does not end: none is ever called.
int __aeabi_atexit(void*, void (*)(void*), void*)
{
    return 0;
}
extern const void* const __dso_handle; // NOLINT: the name that compilers use
const void* const __dso_handle = nullptr;

[[noreturn]] void fault()
{
    semihosting::write("fault\n");
    semihosting::exit(0xFA);
}

struct vector_table {
    const void* stack;
    void (*exception[15])();
    void (*interrupt[chip::interrupts])();
};

#define TIMES_4(x) x, x, x, x
#define TIMES_12(x) TIMES_4(x), TIMES_4(x), TIMES_4(x)
#define TIMES_48(x) TIMES_12(x), TIMES_12(x), TIMES_12(x), TIMES_12(x)

[[gnu::section(".vectors"), gnu::used]] const vector_table vectors = {
    stack_top,
    {reset, TIMES_12(fault), fault, on_interrupt},
    {TIMES_48(on_interrupt)},
};

} // extern "C"

std::size_t board::stack_used() noexcept
{
    const std::uint32_t* untouched = bss_end;
    while (*untouched == 0xA5A5'A5A5)
        ++untouched;
    return static_cast<std::size_t>(stack_top - untouched) * sizeof(std::uint32_t);
}
