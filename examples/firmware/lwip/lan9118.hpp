// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is a driver for the LAN9118 Ethernet chip of the MPS2 boards, without interrupts: just enough for lwIP.
#pragma once

#include <lwip/netif.h>

namespace lan9118 {

/// For netif_add.
err_t start(netif* interface) noexcept;

/// Hands every frame that has arrived to lwIP.
void poll(netif* interface) noexcept;

} // namespace lan9118
