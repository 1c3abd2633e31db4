// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A client and a server in one C program without a C++ standard library, without a heap and without output: the exit status is 0 if a message came
/// back and both were closed cleanly.
#include <sockless/sockless.h>

#define MESSAGE 512
#define OUTPUT 1200
#define INPUT 512
#define HEAD 512
#define FIELDS 16

static sockless_unit client_memory[SOCKLESS_MEMORY_UNITS(MESSAGE, OUTPUT, INPUT, HEAD, FIELDS)];
static sockless_unit server_memory[SOCKLESS_MEMORY_UNITS(MESSAGE, OUTPUT, INPUT, HEAD, FIELDS)];

/// A real program takes them from the hardware.
static bool fill(void* context, void* bytes, size_t size)
{
    unsigned char* out = bytes;
    unsigned* state = context;
    for (size_t i = 0; i < size; ++i) {
        *state = *state * 1103515245U + 12345U;
        out[i] = (unsigned char)(*state >> 16);
    }
    return true;
}

struct end {
    sockless_websocket* ws;
    bool is_server;
    bool ended; ///< the other end has closed the transport
    unsigned messages;
    unsigned clean;
    unsigned errors;
};

static void handle(struct end* self, const sockless_event* event)
{
    sockless_error e = SOCKLESS_ERROR_NONE;
    if (event->kind == SOCKLESS_EVENT_REQUEST)
        e = sockless_accept(self->ws, NULL, NULL, 0);
    else if (event->kind == SOCKLESS_EVENT_OPEN && !self->is_server)
        e = sockless_send_text(self->ws, "Hello", 5);
    else if (event->kind == SOCKLESS_EVENT_MESSAGE && self->is_server)
        e = sockless_send_text(self->ws, (const char*)event->data, event->size);
    else if (event->kind == SOCKLESS_EVENT_MESSAGE)
        e = sockless_close(self->ws, 1000, "bye");
    else if (event->kind == SOCKLESS_EVENT_ERROR)
        ++self->errors;
    self->messages += event->kind == SOCKLESS_EVENT_MESSAGE && event->text && event->size == 5;
    self->clean += event->kind == SOCKLESS_EVENT_CLOSE && event->clean && event->code == 1000;
    self->errors += e != SOCKLESS_ERROR_NONE;
}

/// Handles what has happened, and moves bytes to the other end. Returns whether it has closed.
static bool step(struct end* self, struct end* other)
{
    sockless_event event;
    sockless_needs needs;
    while (sockless_poll(self->ws, 0, &event, &needs))
        handle(self, &event);
    size_t count;
    const unsigned char* bytes = sockless_write_buffer(self->ws, &count);
    size_t room;
    unsigned char* to = sockless_read_buffer(other->ws, &room);
    count = count < room ? count : room;
    for (size_t i = 0; i < count; ++i)
        to[i] = bytes[i];
    if (count != 0) {
        sockless_received(other->ws, count, 0);
        sockless_written(self->ws, count, 0);
    }
    if ((needs.shut_down_write || needs.close) && !other->ended) {
        other->ended = true;
        sockless_input_ended(other->ws, 0);
    }
    return needs.close;
}

int main(void)
{
    static const sockless_sizes sizes = {MESSAGE, OUTPUT, INPUT, HEAD, FIELDS};
    unsigned state = 1;
    const sockless_random random = {fill, &state};
    sockless_options options = sockless_default_options();
    options.sizes = sizes;
    struct end client = {0}, server = {0};
    server.is_server = true;
    if (sockless_client_init(&client.ws, client_memory, sizeof client_memory, &options, random) !=
            SOCKLESS_ERROR_NONE ||
        sockless_server_init(&server.ws, server_memory, sizeof server_memory, &options) != SOCKLESS_ERROR_NONE ||
        sockless_connect(client.ws, "ws://example.com/chat", NULL) != SOCKLESS_ERROR_NONE)
        return 2;
    bool closed = false;
    for (int i = 0; i < 100 && !closed; ++i) {
        const bool client_closed = step(&client, &server);
        closed = step(&server, &client) && client_closed;
    }
    sockless_destroy(client.ws);
    sockless_destroy(server.ws);
    return closed && client.messages == 1 && server.messages == 1 && client.clean == 1 && server.clean == 1 &&
                   client.errors + server.errors == 0
               ? 0
               : 1;
}
