// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A minimal program that uses the library. It prints the version.
#include <sockless/sockless.hpp>

#include <cstdio>
#include <string_view>

#ifdef WITH_MBEDTLS
#include <sockless/with_mbedtls.hpp>
#endif
#ifdef WITH_OPENSSL
#include <sockless/with_openssl.hpp>
#endif
#ifdef WITH_ZLIB
#include <sockless/with_zlib.hpp>
#endif
#ifndef EXPECTED_VERSION
#define EXPECTED_VERSION SOCKLESS_VERSION_STRING
#endif

int main()
{
    std::puts("sockless " SOCKLESS_VERSION_STRING);
    const bool right =
        std::string_view{SOCKLESS_VERSION_STRING} == EXPECTED_VERSION && is_control(sockless::opcode::ping);
    return right ? 0 : 1;
}
