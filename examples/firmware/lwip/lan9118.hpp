// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Driver for the LAN9118 Ethernet chip of the MPS2 boards, without interrupts; the minimum for lwIP.
#pragma once

#include <lwip/netif.h>

namespace lan9118 {

/// Initialisation function for netif_add.
err_t start(netif* interface) noexcept;

/// Passes one received frame to lwIP. @return whether there was one
bool poll(netif* interface) noexcept;

} // namespace lan9118
