// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The rest of the README's first program, which precedes this file: it accepts connections, and each has a thread.

#include <arpa/inet.h>
#include <cstdio>
#include <netinet/in.h>
#include <thread>
#include <unistd.h>

int main()
{
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    if (bind(listener, any, size) != 0 || listen(listener, 16) != 0 || getsockname(listener, any, &size) != 0)
        return 1;
    std::printf("listening on ws://127.0.0.1:%u/\n", static_cast<unsigned>(ntohs(address.sin_port)));
    std::fflush(stdout);
    while (true) {
        const int client = accept(listener, nullptr, nullptr);
        if (client < 0)
            return 1;
        std::thread{[client] {
            serve(client);
            close(client);
        }}.detach();
    }
}
