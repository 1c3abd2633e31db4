// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The entry point for libFuzzer, in a program with one target.
#include "target.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <span>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    try {
        fuzz::target::first()->run(std::as_bytes(std::span{data, size}));
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "%s: %s\n", fuzz::target::first()->name(), problem.what());
        std::abort();
    }
    return 0;
}
