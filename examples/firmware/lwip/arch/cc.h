// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors
//
// What lwIP requires of its port: no output, and a trap for failed assertions.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C"
#endif
uint32_t random_for_lwip(void);

#define LWIP_PLATFORM_DIAG(x) ((void)0)
#define LWIP_PLATFORM_ASSERT(x) __builtin_trap()
#define LWIP_RAND() random_for_lwip()
#define LWIP_NO_INTTYPES_H 1
#define X8_F "02x"
#define U16_F "hu"
#define S16_F "hd"
#define X16_F "hx"
#define U32_F "lu"
#define S32_F "ld"
#define X32_F "lx"
#define SZT_F "u"
