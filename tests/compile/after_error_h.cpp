// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A27: every header after the C library's <error.h>, whose function `error` collides with a using-directive. Names that are
/// qualified, as in the examples and the documentation, do not.
#if __has_include(<error.h>)
#include <error.h>
#endif

#include "every_header.hpp"

using sockless::websocket;

int main()
{
    sockless::static_websocket_storage<> storage;
    const websocket<sockless::role::server> ws{storage};
    const sockless::error e = ws.failure();
    return failed(e) ? 1 : 0;
}
