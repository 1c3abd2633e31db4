// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The program around the pieces of code in the documentation.
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

using namespace sockless;

void log_line(std::string_view line);

extern byte_queue& tx;
extern client_handshake handshake;
extern os_random randomness;
extern const uri where;
