// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The only C++ file of the programs in this folder.
#define SOCKLESS_C_IMPLEMENTATION
#include <sockless/sockless.h>
