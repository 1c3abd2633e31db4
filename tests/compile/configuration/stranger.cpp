// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Both halves of a program that must not link if they were compiled with two versions: each has a `byte_queue` of its own.
#include <sockless/sockless.hpp>

void greet(sockless::byte_queue& tx) noexcept;

#ifdef OTHER_HALF
void greet(sockless::byte_queue&) noexcept {}
#else
int main()
{
    sockless::static_byte_queue<16> tx;
    greet(tx);
    return 0;
}
#endif
