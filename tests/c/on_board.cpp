// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Runs conversation.c on a board of examples/firmware: its result becomes the exit status of the emulator.
#include <board/board.hpp>

extern "C" int conversation();

std::uint32_t run()
{
    return static_cast<std::uint32_t>(conversation());
}
