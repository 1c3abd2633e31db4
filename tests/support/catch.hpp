// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Includes Catch2, version 2 or 3, whose headers have different names.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
