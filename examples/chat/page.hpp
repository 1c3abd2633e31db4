// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The page of the chat: index.html, embedded by the build (see page.cpp.in).
#pragma once

#include <string_view>

namespace example {

extern const std::string_view chat_page;

} // namespace example
