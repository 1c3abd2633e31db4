// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The `main` of every test program under Catch2 version 2. Version 3 brings its own.
#define CATCH_CONFIG_MAIN
#include "catch.hpp"
