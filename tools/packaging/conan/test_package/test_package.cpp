// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include <sockless/sockless.hpp>

int main()
{
    sockless::server_connection connection;
    sockless::static_byte_queue<16> tx;
    return failed(connection.ping(tx)) ? 1 : 0;
}
