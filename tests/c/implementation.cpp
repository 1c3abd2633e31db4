// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The C interface, as a program has it: in one C++ file.
#define SOCKLESS_C_IMPLEMENTATION
#include <sockless/sockless.h>
