// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The program around the code blocks of the documentation, which qualify the library's names.
#pragma once

#include <sockless/sockless.hpp>
#include <sockless/with_heap.hpp>
#include <sockless/with_os_random.hpp>
#include <sockless/with_zlib.hpp>

#include <cstddef>
#include <span>
#include <string_view>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

void log_line(std::string_view line);

extern sockless::byte_queue& tx;
extern sockless::client_handshake handshake;
extern sockless::os_random randomness;
extern const sockless::uri where;
