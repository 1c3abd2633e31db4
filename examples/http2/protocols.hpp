// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A page with one WebSocket over each version of HTTP: protocols.html, embedded by the build (see protocols.cpp.in).
#pragma once

#include <string_view>

namespace example {

extern const std::string_view protocols_page;

} // namespace example
