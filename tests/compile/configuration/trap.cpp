// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// With SOCKLESS_OPTIMIZE_SIZE a broken precondition is a trap instruction: the C library's assert, with the output that it needs,
/// is not even included. Other compilers than GNU's and those that are compatible have no builtin for it and use assert.
#include <sockless/sockless.hpp>

#if defined(assert) && defined(__GNUC__)
#error "small code has no use for assert"
#endif

#include <csignal>
#include <cstdlib>

int main()
{
    const auto trapped = [](int) { std::_Exit(0); };
    std::signal(SIGILL, trapped);
#ifndef __GNUC__
    std::signal(SIGABRT, trapped);
#endif
#ifdef SIGTRAP
    std::signal(SIGTRAP, trapped);
#endif
    sockless::static_byte_queue<4> tx;
    tx.consume(1);
    return 1;
}
