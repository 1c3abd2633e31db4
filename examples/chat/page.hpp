// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The page of the chat, index.html, as the build has put it into the program: see page.cpp.in.
#pragma once

#include <string_view>

namespace example {

extern const std::string_view chat_page;

} // namespace example
