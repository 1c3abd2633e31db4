// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "lan9118.hpp"
#include "../board/chip.hpp"

#include <lwip/etharp.h>
#include <lwip/pbuf.h>

#include <cstring>

namespace lan9118 {
namespace {

constexpr std::uint32_t base = 0x4020'0000;
constexpr std::uint32_t receive_data = base;
constexpr std::uint32_t transmit_data = base + 0x20;
constexpr std::uint32_t receive_status = base + 0x40;
constexpr std::uint32_t transmit_config = base + 0x70;
constexpr std::uint32_t receive_fifo = base + 0x7C;
constexpr std::uint32_t mac_command = base + 0xA4;
constexpr std::uint32_t mac_data = base + 0xA8;

constexpr std::uint32_t mac_busy = 1U << 31U;
constexpr std::uint32_t mac_control = 1;
constexpr std::uint32_t mac_address_high = 2;
constexpr std::uint32_t mac_address_low = 3;
constexpr std::uint32_t mac_on_both_ways = 0x0C;
constexpr std::uint32_t transmitter_on = 0x02;
constexpr std::uint32_t first_and_last_segment = 0x3000; // first and last segment
constexpr std::size_t checksum_bytes = 4;
constexpr std::size_t max_frame_size = 1518;

constexpr std::uint8_t address[] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};

std::uint32_t frame[(max_frame_size + 3) / 4 + 1];

void set_mac(std::uint32_t index, std::uint32_t value) noexcept
{
    using chip::reg;
    reg(mac_data) = value;
    reg(mac_command) = mac_busy | index;
    while ((reg(mac_command) & mac_busy) != 0) {
    }
}

err_t send(netif*, pbuf* packet) noexcept
{
    const u16_t size = packet->tot_len;
    if (size > max_frame_size)
        return ERR_BUF;
    pbuf_copy_partial(packet, frame, size, 0);
    chip::reg(transmit_data) = first_and_last_segment | size;
    chip::reg(transmit_data) = size;
    for (std::size_t i = 0; i < (size + 3U) / 4; ++i)
        chip::reg(transmit_data) = frame[i];
    return ERR_OK;
}

} // namespace

err_t start(netif* interface) noexcept
{
    interface->name[0] = 'e';
    interface->name[1] = 'n';
    interface->mtu = 1500;
    interface->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_LINK_UP;
    interface->hwaddr_len = sizeof address;
    std::memcpy(interface->hwaddr, address, sizeof address);
    interface->output = etharp_output;
    interface->linkoutput = send;

    set_mac(mac_address_high, address[4] | address[5] << 8U);
    set_mac(mac_address_low,
            address[0] | address[1] << 8U | address[2] << 16U | static_cast<std::uint32_t>(address[3]) << 24U);
    set_mac(mac_control, mac_on_both_ways);
    chip::reg(transmit_config) = transmitter_on;
    return ERR_OK;
}

bool poll(netif* interface) noexcept
{
    if ((chip::reg(receive_fifo) >> 16U & 0xFFU) == 0)
        return false;
    const std::size_t size = chip::reg(receive_status) >> 16U & 0x3FFFU;
    for (std::size_t i = 0; i < (size + 3) / 4; ++i) {
        const std::uint32_t word = chip::reg(receive_data);
        if (i < sizeof frame / sizeof *frame)
            frame[i] = word;
    }
    if (size <= checksum_bytes || size > sizeof frame)
        return true;
    const auto payload = static_cast<u16_t>(size - checksum_bytes);
    // Without a free buffer the frame is dropped; TCP retransmits it.
    if (pbuf* packet = pbuf_alloc(PBUF_RAW, payload, PBUF_POOL); packet != nullptr) {
        pbuf_take(packet, frame, payload);
        if (interface->input(packet, interface) != ERR_OK)
            pbuf_free(packet);
    }
    return true;
}

} // namespace lan9118
