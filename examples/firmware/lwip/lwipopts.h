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

// Its pools are static arrays. They have room for the output of four peers that do not read, and for two packets of each that wait.
#define MEM_LIBC_MALLOC 0
#define MEM_ALIGNMENT 4
#define MEM_SIZE 16000
#define PBUF_POOL_SIZE 12
#define MEMP_NUM_TCP_PCB 8
#define MEMP_NUM_TCP_PCB_LISTEN 1
#define MEMP_NUM_TCP_SEG 32

#define TCP_MSS 1460
#define TCP_WND (2 * TCP_MSS)
#define TCP_SND_BUF (2 * TCP_MSS)
#define TCP_SND_QUEUELEN 8
#define TCP_QUEUE_OOSEQ 0 // packets after a lost one would use up the packet buffers
#define LWIP_HOOK_TCP_ISN(local_ip, local_port, remote_ip, remote_port) random_for_lwip() // RFC 6528: not predictable
