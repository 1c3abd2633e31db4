// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Catch2, whichever version is installed: one header in version 2, another in version 3.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
