// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The common part of all programs: its size is subtracted from theirs.
#include "program.hpp"

std::byte caller_input[caller_bytes];

int main()
{
    random_outside{}.fill(caller_input);
    return static_cast<int>(transmit(caller_input, receive(caller_input, sizeof caller_input)));
}
