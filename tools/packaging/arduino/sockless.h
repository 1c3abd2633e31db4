// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

// Arduino finds a library by a header beside the folder of its headers. C++20 is necessary.
#pragma once

#include "sockless/sockless.hpp"
