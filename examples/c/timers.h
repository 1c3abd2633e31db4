// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Times at which something is due: a binary heap of intrusive nodes. Its memory is an array for the largest number of nodes.
#ifndef EXAMPLE_TIMERS_H
#define EXAMPLE_TIMERS_H

#include <stddef.h>
#include <stdint.h>

/// A node, a member of what it belongs to.
typedef struct timer {
    uint64_t due;
    size_t place; ///< in the heap, from 1; 0: not in it
} timer;

typedef struct timer_heap {
    timer** nodes; ///< the earliest is first
    size_t count;
} timer_heap;

/// Sets the time of a node, which is in the heap afterwards. The array has room for it.
void timer_set(timer_heap* heap, timer* node, uint64_t due);
/// Removes a node, if it is in the heap.
void timer_clear(timer_heap* heap, timer* node);

#endif
