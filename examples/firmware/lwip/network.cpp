// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "network.hpp"
#include "../board/board.hpp"
#include "lan9118.hpp"

#include <sockless/bytes/endian.hpp>

#include <lwip/init.h>
#include <lwip/netif.h>
#include <lwip/timeouts.h>
#include <netif/ethernet.h>

extern "C" {

u32_t sys_now(void)
{
    return board::milliseconds();
}

uint32_t random_for_lwip(void)
{
    std::byte bytes[4] = {};
    static_cast<void>(board::entropy{}.fill(bytes));
    return sockless::detail::load_big_endian<std::uint32_t>(bytes);
}

} // extern "C"

namespace network {
namespace {

netif interface;

} // namespace

void start() noexcept
{
    ip4_addr_t own;
    ip4_addr_t mask;
    ip4_addr_t gateway;
    IP4_ADDR(&own, 10, 0, 2, 15);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    IP4_ADDR(&gateway, 10, 0, 2, 2);
    lwip_init();
    netif_add(&interface, &own, &mask, &gateway, nullptr, lan9118::start, ethernet_input);
    netif_set_default(&interface);
    netif_set_up(&interface);
}

bool poll() noexcept
{
    const bool received = lan9118::poll(&interface);
    sys_check_timeouts();
    return received;
}

} // namespace network
