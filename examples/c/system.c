// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#define _GNU_SOURCE // getrandom, signalfd
#include "system.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>

void die(int status, const char* what, int number)
{
    fprintf(stderr, number != 0 ? "%s: %s\n" : "%s\n", what, strerror(number));
    exit(status);
}

uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool fill(void* context, void* bytes, size_t size)
{
    (void)context;
    unsigned char* out = bytes;
    while (size != 0) {
        const ssize_t count = getrandom(out, size, 0);
        if (count < 0 && errno != EINTR)
            return false;
        if (count > 0) {
            out += count;
            size -= (size_t)count;
        }
    }
    return true;
}

sockless_random system_random(void)
{
    const sockless_random result = {fill, NULL};
    return result;
}

int stop_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0)
        die(1, "sigprocmask", errno);
    const int result = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (result < 0)
        die(1, "signalfd", errno);
    return result;
}

const char* option_value(int count, char** words, int* at)
{
    if (*at + 1 >= count) {
        fprintf(stderr, "%s needs a value\n", words[*at]);
        exit(USAGE_STATUS);
    }
    return words[++*at];
}

uint64_t option_number(int count, char** words, int* at, uint64_t max, unsigned scale)
{
    const char* const name = words[*at];
    const char* const text = option_value(count, words, at);
    char* end = NULL;
    errno = 0;
    const double number = strtod(text, &end) * scale;
    const bool digits = strspn(text, "0123456789.") == strlen(text) && *text != '\0' && *end == '\0';
    if (!digits || errno != 0 || number > (double)max || (scale == 1 && strchr(text, '.') != NULL)) {
        fprintf(stderr, "%s: not a number up to %.0f: %s\n", name, (double)max / scale, text);
        exit(USAGE_STATUS);
    }
    return (uint64_t)number;
}

bool write_some(sockless_websocket* ws, int socket, uint64_t now)
{
    size_t size;
    const void* const bytes = sockless_write_buffer(ws, &size);
    const ssize_t count = send(socket, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0)
        sockless_written(ws, (size_t)count, now);
    else if (errno != EAGAIN && errno != EINTR)
        sockless_transport_failed(ws, now);
    return count == (ssize_t)size;
}

void set_times(sockless_options* options, uint32_t milliseconds)
{
    options->handshake_timeout = options->ping_interval = milliseconds;
    options->pong_timeout = options->closing_timeout = milliseconds;
}
