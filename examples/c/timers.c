// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "timers.h"

static void put(timer_heap* heap, timer* node, size_t place)
{
    heap->nodes[place - 1] = node;
    node->place = place;
}

/// Moves a node towards the front or the end, to where its time belongs.
static void settle(timer_heap* heap, timer* node)
{
    size_t place = node->place;
    for (; place > 1 && node->due < heap->nodes[place / 2 - 1]->due; place /= 2)
        put(heap, heap->nodes[place / 2 - 1], place);
    for (size_t next = 2 * place; next <= heap->count; next = 2 * place) {
        if (next < heap->count && heap->nodes[next]->due < heap->nodes[next - 1]->due)
            ++next;
        if (heap->nodes[next - 1]->due >= node->due)
            break;
        put(heap, heap->nodes[next - 1], place);
        place = next;
    }
    put(heap, node, place);
}

void timer_set(timer_heap* heap, timer* node, uint64_t due)
{
    node->due = due;
    if (node->place == 0)
        put(heap, node, ++heap->count);
    settle(heap, node);
}

void timer_clear(timer_heap* heap, timer* node)
{
    if (node->place == 0)
        return;
    timer* const last = heap->nodes[--heap->count];
    if (last != node) {
        put(heap, last, node->place);
        settle(heap, last);
    }
    node->place = 0;
}
