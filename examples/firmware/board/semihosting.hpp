// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Arm semihosting: writes text to the emulator or debugger, reads the command line, ends the program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace semihosting {

inline std::uint32_t call(std::uint32_t operation, const void* argument) noexcept
{
    register std::uint32_t r0 asm("r0") = operation;
    register const void* r1 asm("r1") = argument;
    asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

inline void write(const char* text) noexcept
{
    call(0x04, text);
}

/// @return seconds since 1970
inline std::uint32_t time() noexcept
{
    return call(0x11, nullptr);
}

/// @return the length of the command line, or 0
inline std::size_t command_line(std::span<char> out) noexcept
{
    struct {
        char* text;
        std::size_t size;
    } block{out.data(), out.size()};
    return call(0x15, &block) == 0 ? block.size : 0;
}

[[noreturn]] inline void exit(std::uint32_t status) noexcept
{
    const std::uint32_t block[] = {0x20026, status}; // the application has exited
    for (;;)
        call(0x20, block);
}

} // namespace semihosting
