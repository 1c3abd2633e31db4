// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// What both programs need of the system: a clock, random bytes, signals, a socket's output, and words of the command line.
#ifndef EXAMPLE_SYSTEM_H
#define EXAMPLE_SYSTEM_H

#include <sockless/sockless.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The exit status after a mistake in the command line.
#define USAGE_STATUS 2

/// Prints a sentence, with that of `errno` if it is not 0, and ends the program with a status.
void die(int status, const char* what, int number);

/// Returns the time of a steady clock in milliseconds.
uint64_t now_ms(void);

/// The source of keys and masks: getrandom(2).
sockless_random system_random(void);

/// Blocks SIGTERM and SIGINT. Returns a descriptor that is readable when one of them has arrived, and stays so.
int stop_signals(void);

/// Returns the value after the option at @p at, and moves to it. Ends the program if there is none.
const char* option_value(int count, char** words, int* at);
/// As option_value(), for a number from 0 to @p max; with @p scale 1000 it is in seconds, such as "0.5", and the result in milliseconds.
uint64_t option_number(int count, char** words, int* at, uint64_t max, unsigned scale);

/// Writes to a socket once. Returns whether all bytes were written, so that there may be more.
bool write_some(sockless_websocket* ws, int socket, uint64_t now);

/// Sets all time-outs, and the time between pings, to the same value.
void set_times(sockless_options* options, uint32_t milliseconds);

#endif
