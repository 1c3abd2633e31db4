// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Includes every header after <windows.h> or, if that does not exist, after the macros that it defines.
#if defined(_WIN32)
#include <windows.h>
#else
// The standard library does not have to put up with them: its headers come first.
#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <chrono>
#include <climits>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <ostream>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>
#if __has_include(<format>)
#include <format>
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#endif
#include <cerrno>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>

#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
#define ERROR 0
#define NO_ERROR 0L
#define IN
#define OUT
#define OPTIONAL
#define DELETE 0x00010000L
#define near
#define far
#define small char
#define interface struct
#define TEXT(x) L##x
#define VOID void
#define CONST const
#define TRUE 1
#define FALSE 0
#define STRICT 1
#define SendMessage SendMessageA
#define GetMessage GetMessageA
#define CreateEvent CreateEventA
#define PING 1
#define linux 1
#define unix 1
#define major(x) (x)
#define minor(x) (x)
#endif

#include "every_header.hpp"

int main()
{
    sockless::server_connection connection;
    sockless::static_byte_queue<16> tx;
    return failed(connection.ping(tx)) ? 1 : 0;
}
