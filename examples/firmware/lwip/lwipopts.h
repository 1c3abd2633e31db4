// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors
//
// lwIP without an operating system and without a heap: its raw interface, called from the main loop alone.
#pragma once

#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_SOCKET 0
#define LWIP_NETCONN 0

#define LWIP_UDP 0
#define LWIP_RAW 0
#define LWIP_DHCP 0
#define LWIP_IPV6 0
#define LWIP_STATS 0
#define LWIP_NETIF_HOSTNAME 0

// Its pools are static arrays.
#define MEM_LIBC_MALLOC 0
#define MEM_ALIGNMENT 4
#define MEM_SIZE 12000
#define PBUF_POOL_SIZE 12
#define MEMP_NUM_TCP_PCB 8
#define MEMP_NUM_TCP_PCB_LISTEN 1
#define MEMP_NUM_TCP_SEG 32

#define TCP_MSS 1460
#define TCP_WND (4 * TCP_MSS)
#define TCP_SND_BUF (4 * TCP_MSS)
#define TCP_SND_QUEUELEN 24
