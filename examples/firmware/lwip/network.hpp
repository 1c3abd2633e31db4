// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// lwIP over the board's Ethernet chip, without an operating system: address 10.0.2.15/24, gateway 10.0.2.2.
#pragma once

namespace network {

/// Starts lwIP and the chip. Call it once.
void start() noexcept;

/// Passes one received frame to lwIP, and runs lwIP's timers. @return whether there was a frame: call it again then
bool poll() noexcept;

} // namespace network
