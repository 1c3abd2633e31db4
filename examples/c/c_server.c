// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// An echo server in C: one thread, epoll(7), and a WebSocket of sockless.h for each connection.
///
/// What a peer can demand is bounded: the memory of a connection has a fixed size, the number of connections and the memory of the
/// process are limited, reading pauses while much waits to be written, and every wait has a time-out.

#define _GNU_SOURCE // accept4, MAP_NORESERVE
#include "system.h"
#include "timers.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { read_size = 65536, high_water = 262144, max_events = 64, max_names = 16, retry_ms = 1000, writes_at_once = 16 };

typedef struct server server;

typedef struct connection {
    timer wait; ///< first, so that a timer is its connection
    server* owner;
    sockless_websocket* ws;
    void* memory;
    size_t size; ///< of `memory`
    int socket;
    uint32_t events; ///< that epoll waits for; 0: not in epoll
    bool begun;      ///< bytes have arrived
    uint64_t active; ///< time of the last message
    size_t partial;  ///< bytes that have arrived since the last message
    size_t largest;  ///< of `partial`: the pages of so many bytes are in use until the connection ends
    struct connection *next, *previous;
} connection;

struct server {
    int epoll;
    int listener;
    int signals;
    bool listening;       ///< the listener is in epoll
    bool stopping;        ///< no new connections; 1001 was sent
    connection* first;    ///< all connections
    connection* next_one; ///< of a walk over all of them
    size_t count;         ///< of connections
    timer retry;          ///< accepts again: other programs may have closed descriptors
    timer_heap timers;
    uint64_t received; ///< bytes since the memory was measured
    int statistics;    ///< /proc/self/statm
    const char* names[max_names];
    size_t name_count;
    size_t max_connections;
    uint64_t max_memory; ///< of the process, in bytes
    uint32_t idle;       ///< milliseconds without a message; 0: no limit
    bool verbose;
    bool pages; ///< answers requests for no WebSocket, and has the path / only
    sockless_options options;
    char buffer[read_size]; ///< for all reads: the objects keep what they cannot process
};

// --- the listener

static void watch_listener(server* self, bool on)
{
    if (self->listening == on || self->listener < 0)
        return;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &self->listener};
    if (epoll_ctl(self->epoll, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, self->listener, &event) == 0)
        self->listening = on;
    else if (on) // no memory for it: later
        timer_set(&self->timers, &self->retry, now_ms() + retry_ms);
}

/// Returns whether the process uses as much memory as it may: measured, after every megabyte that arrives.
static bool memory_is_full(server* self)
{
    char text[64];
    unsigned long total = 0, resident = 0;
    const ssize_t size = self->statistics < 0 ? 0 : pread(self->statistics, text, sizeof text - 1, 0);
    if (size <= 0)
        return false;
    text[size] = '\0';
    if (sscanf(text, "%lu %lu", &total, &resident) != 2)
        return false;
    return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE) > self->max_memory;
}

// --- a connection

static void end(connection* self)
{
    server* const owner = self->owner;
    if (owner->next_one == self)
        owner->next_one = self->next;
    if (self->next != NULL)
        self->next->previous = self->previous;
    if (self->previous != NULL)
        self->previous->next = self->next;
    else
        owner->first = self->next;
    timer_clear(&owner->timers, &self->wait);
    sockless_destroy(self->ws);
    close(self->socket); // which removes it from epoll
    munmap(self->memory, self->size);
    free(self);
    --owner->count;
    if (!owner->stopping)
        watch_listener(owner, true); // a descriptor is free
}

static bool equals(sockless_text text, const char* other)
{
    return text.size == strlen(other) && memcmp(text.data, other, text.size) == 0;
}

/// Answers a request: accepts one for a WebSocket, and has a page for others if the options say so.
static sockless_error answer(connection* self, bool asks_for_websocket)
{
    static const char page[] = "This server echoes WebSocket messages.\n";
    static const sockless_field text = {"Content-Type", "text/plain"};
    static const sockless_field methods = {"Allow", "GET, HEAD, OPTIONS"};
    const server* const owner = self->owner;
    sockless_request request;
    sockless_request_of(self->ws, &request);
    if (!owner->pages && !asks_for_websocket)
        return sockless_refuse(self->ws);
    if (owner->pages && !equals(request.method, "GET") && !equals(request.method, "HEAD"))
        return sockless_reject(self->ws, equals(request.method, "OPTIONS") ? 204 : 405, &methods, 1, NULL, 0);
    if (owner->pages && !equals(request.path, "/"))
        return sockless_reject(self->ws, 404, NULL, 0, NULL, 0);
    if (!asks_for_websocket)
        return sockless_reject(self->ws, 200, &text, 1, page, sizeof page - 1);
    return sockless_accept(self->ws, sockless_choose_subprotocol(self->ws, owner->names, owner->name_count), NULL, 0);
}

static void handle(connection* self, const sockless_event* event, uint64_t now)
{
    sockless_error e = SOCKLESS_ERROR_NONE;
    const server* const owner = self->owner;
    switch (event->kind) {
    case SOCKLESS_EVENT_REQUEST:
    case SOCKLESS_EVENT_PLAIN_REQUEST: e = answer(self, event->kind == SOCKLESS_EVENT_REQUEST); break;
    case SOCKLESS_EVENT_OPEN: self->active = now; break;
    case SOCKLESS_EVENT_MESSAGE:
        self->active = now;
        self->partial = 0;
        // It has room: a message is only received while less than high_water waits. See output_size().
        e = event->text ? sockless_send_text(self->ws, (const char*)event->data, event->size)
                        : sockless_send_binary(self->ws, event->data, event->size);
        break;
    case SOCKLESS_EVENT_ERROR:
        if (owner->verbose)
            fprintf(stderr, "%s\n", sockless_error_string(event->error));
        break;
    case SOCKLESS_EVENT_NONE:
    case SOCKLESS_EVENT_PING:
    case SOCKLESS_EVENT_PONG:
    case SOCKLESS_EVENT_CLOSE:
    case SOCKLESS_EVENT_BODY: break;
    }
    if (e != SOCKLESS_ERROR_NONE && e != SOCKLESS_ERROR_NOT_OPEN) { // never silently: the peer would wait for its echo
        fprintf(stderr, "a message or a response was not sent: %s\n", sockless_error_string(e));
        sockless_transport_failed(self->ws, now);
    }
}

/// Waits for exactly these events. A socket without events is not in epoll, which would report EPOLLHUP continuously.
static void watch(connection* self, uint32_t events, uint64_t now)
{
    if (events == self->events)
        return;
    struct epoll_event event = {.events = events, .data.ptr = self};
    const int operation = self->events == 0 ? EPOLL_CTL_ADD : events == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
    if (epoll_ctl(self->owner->epoll, operation, self->socket, &event) == 0) {
        self->events = events;
        return;
    }
    sockless_transport_failed(self->ws, now); // no memory for the registration
    timer_set(&self->owner->timers, &self->wait, now);
}

/// Handles what has happened, writes, and says what is waited for. The connection may be gone afterwards.
static void run(connection* self, uint64_t now)
{
    sockless_event event;
    sockless_needs needs;
    bool progress = true;
    for (int i = 0;; ++i) {
        while (sockless_poll(self->ws, now, &event, &needs))
            handle(self, &event, now);
        if (!needs.write || !progress || i == writes_at_once)
            break;
        progress = write_some(self->ws, self->socket, now);
    }
    if (needs.close) {
        end(self);
        return;
    }
    if (needs.shut_down_write)
        shutdown(self->socket, SHUT_WR);
    uint64_t due = needs.wake_after == SOCKLESS_NEVER ? UINT64_MAX : now + needs.wake_after;
    if (self->owner->idle != 0 && sockless_state(self->ws) == SOCKLESS_OPEN && self->active + self->owner->idle < due)
        due = self->active + self->owner->idle;
    timer_set(&self->owner->timers, &self->wait, due);
    watch(self, (needs.read ? (uint32_t)EPOLLIN : 0) | (needs.write ? (uint32_t)EPOLLOUT : 0), now);
}

static void on_time(connection* self, uint64_t now)
{
    if (self->owner->idle != 0 && sockless_state(self->ws) == SOCKLESS_OPEN &&
        now >= self->active + self->owner->idle && sockless_close(self->ws, 1001, "idle") != SOCKLESS_ERROR_NONE)
        sockless_transport_failed(self->ws, now);
    run(self, now);
}

/// Ends the connection that uses the most memory, when the events of this round have been handled.
static void end_largest(server* self, uint64_t now)
{
    connection* most = self->first;
    for (connection* one = self->first; one != NULL; one = one->next)
        if (one->largest > most->largest)
            most = one;
    fprintf(stderr, "the memory is used up: the connection that uses the most is ended\n");
    sockless_transport_failed(most->ws, now);
    most->largest = 0;
    timer_set(&self->timers, &most->wait, now);
}

static void on_ready(connection* self, uint64_t now)
{
    server* const owner = self->owner;
    if (self->events & EPOLLIN) {
        const ssize_t count = recv(self->socket, owner->buffer, sizeof owner->buffer, MSG_DONTWAIT);
        if (count > 0) {
            self->begun = true;
            owner->received += (size_t)count;
            self->partial += (size_t)count;
            if (self->largest < self->partial)
                self->largest = self->partial;
            sockless_receive(self->ws, owner->buffer, (size_t)count, now);
        } else if (count == 0) {
            sockless_input_ended(self->ws, now);
        } else if (errno != EAGAIN && errno != EINTR) {
            sockless_transport_failed(self->ws, now);
        }
        if (owner->received > (1 << 20)) {
            owner->received = 0;
            if (memory_is_full(owner))
                end_largest(owner, now);
        }
    }
    run(self, now);
}

/// Bytes that are being written stay where they are, so that the largest echo has to fit before or after them.
static size_t output_size(size_t message)
{
    return 2 * (message + 14 + high_water) + 256;
}

/// Makes a connection of a socket, which it owns. Without memory it closes it.
static void begin(server* self, int socket, uint64_t now)
{
    const int yes = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    const size_t size = sockless_memory_size(&self->options.sizes);
    connection* const one = calloc(1, sizeof *one);
    // Pages are used when they are touched, and go back to the system with the connection.
    void* const memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    sockless_websocket* ws = NULL;
    if (one == NULL || memory == MAP_FAILED ||
        sockless_server_init(&ws, memory, size, &self->options) != SOCKLESS_ERROR_NONE) {
        fprintf(stderr, "there is no memory for a connection\n");
        if (memory != MAP_FAILED)
            munmap(memory, size);
        free(one);
        close(socket);
        return;
    }
    one->owner = self;
    one->ws = ws;
    one->memory = memory;
    one->size = size;
    one->socket = socket;
    one->next = self->first;
    if (self->first != NULL)
        self->first->previous = one;
    self->first = one;
    ++self->count;
    if (memory_is_full(self) && sockless_reject(ws, 503, NULL, 0, NULL, 0) != SOCKLESS_ERROR_NONE)
        sockless_transport_failed(ws, now);
    run(one, now);
}

static void accept_connections(server* self, uint64_t now)
{
    for (int i = 0; i < max_events; ++i) { // others wait, too
        if (self->count == self->max_connections) {
            watch_listener(self, false);
            return;
        }
        const int socket = accept4(self->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (socket >= 0) {
            begin(self, socket, now);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            // The listener stays readable: waiting for it would keep the loop busy.
            watch_listener(self, false);
            timer_set(&self->timers, &self->retry, now + retry_ms);
        }
        if (errno != ECONNABORTED && errno != EINTR)
            return;
    }
}

/// Ends all connections: 1001 for those that are open, 503 for a request that has begun.
static void stop(server* self, uint64_t now)
{
    self->stopping = true;
    close(self->listener);
    close(self->signals);
    self->listener = self->signals = -1;
    timer_clear(&self->timers, &self->retry);
    for (connection* one = self->first; one != NULL; one = self->next_one) {
        self->next_one = one->next;
        const bool rejects = one->begun && sockless_state(one->ws) == SOCKLESS_CONNECTING;
        const sockless_error e =
            rejects ? sockless_reject(one->ws, 503, NULL, 0, NULL, 0) : sockless_close(one->ws, 1001, NULL);
        if (e != SOCKLESS_ERROR_NONE)
            sockless_transport_failed(one->ws, now);
        run(one, now);
    }
}

/// Serves until a signal has arrived and all connections have ended.
static void serve(server* self)
{
    while (!self->stopping || self->count != 0) {
        int timeout = -1;
        if (self->timers.count != 0 && self->timers.nodes[0]->due != UINT64_MAX) {
            const uint64_t now = now_ms();
            const uint64_t due = self->timers.nodes[0]->due;
            timeout = due <= now ? 0 : due - now < INT32_MAX ? (int)(due - now) : INT32_MAX;
        }
        struct epoll_event events[max_events];
        int ready = epoll_wait(self->epoll, events, max_events, timeout);
        if (ready < 0 && errno != EINTR)
            die(1, "epoll_wait", errno);
        const uint64_t now = now_ms();
        bool stops = false;
        // A connection ends only in its own event: each occurs once, so that no later event refers to it.
        for (int i = 0; i < ready; ++i) {
            if (events[i].data.ptr == &self->signals)
                stops = true;
            else if (events[i].data.ptr == &self->listener)
                accept_connections(self, now);
            else
                on_ready(events[i].data.ptr, now);
        }
        while (self->timers.count != 0 && self->timers.nodes[0]->due <= now) {
            timer* const due = self->timers.nodes[0];
            if (due == &self->retry) {
                timer_clear(&self->timers, due);
                watch_listener(self, true);
            } else {
                on_time((connection*)due, now);
            }
        }
        if (stops)
            stop(self, now);
    }
}

static void open_listener(server* self, uint16_t port)
{
    self->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int yes = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (self->listener < 0 || setsockopt(self->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(self->listener, (const struct sockaddr*)&address, size) != 0 || listen(self->listener, SOMAXCONN) != 0 ||
        getsockname(self->listener, (struct sockaddr*)&address, &size) != 0)
        die(1, "the port cannot be opened", errno);
    printf("listening on ws://127.0.0.1:%u/\n", (unsigned)ntohs(address.sin_port));
    fflush(stdout);
}

static void help(void)
{
    printf(
        "usage: c_server [options]\n\n"
        "Echoes every WebSocket message. SIGTERM or SIGINT ends it with status 0, after the closing handshakes with code 1001.\n\n"
        "  --port NUMBER          port of 127.0.0.1; 0: any free port (8080). The first line of output contains it\n"
        "  --max-message BYTES    the largest message; a connection has 3 times as much memory, of which it uses what is needed\n"
        "                         (16777216)\n"
        "  --max-connections N    others wait (10000)\n"
        "  --max-memory MIB       of the process: then new connections get 503, and those that use the most are ended (2048)\n"
        "  --subprotocol NAME     that is accepted; may be repeated\n"
        "  --pages                answers GET with a page, and has the path / only; without it other requests get 426 or 405\n"
        "  --idle SECONDS         a connection without messages is closed with 1001 after this time; 0: never (0)\n"
        "  --ping SECONDS         time between pings, and for their answers (20)\n"
        "  --time-out MS          sets the time-outs of both handshakes (10000 and 5000), and for pings and pongs (20000)\n"
        "  --verbose              prints why connections fail\n"
        "  --help\n");
    exit(0);
}

static uint16_t read_options(server* self, int argc, char** argv)
{
    uint16_t port = 8080;
    for (int i = 1; i < argc; ++i) {
        const char* const name = argv[i];
        if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
            help();
        else if (strcmp(name, "--port") == 0)
            port = (uint16_t)option_number(argc, argv, &i, UINT16_MAX, 1);
        else if (strcmp(name, "--max-message") == 0)
            self->options.sizes.message = (size_t)option_number(argc, argv, &i, 1U << 30, 1);
        else if (strcmp(name, "--max-connections") == 0)
            self->max_connections = (size_t)option_number(argc, argv, &i, 1000000, 1);
        else if (strcmp(name, "--max-memory") == 0)
            self->max_memory = option_number(argc, argv, &i, 1U << 20, 1) << 20;
        else if (strcmp(name, "--idle") == 0)
            self->idle = (uint32_t)option_number(argc, argv, &i, 1U << 31, 1000);
        else if (strcmp(name, "--ping") == 0)
            self->options.ping_interval = self->options.pong_timeout =
                (uint32_t)option_number(argc, argv, &i, 1U << 31, 1000);
        else if (strcmp(name, "--time-out") == 0)
            set_times(&self->options, (uint32_t)option_number(argc, argv, &i, 1U << 31, 1));
        else if (strcmp(name, "--subprotocol") == 0 && self->name_count < max_names)
            self->names[self->name_count++] = option_value(argc, argv, &i);
        else if (strcmp(name, "--pages") == 0)
            self->pages = true;
        else if (strcmp(name, "--verbose") == 0)
            self->verbose = true;
        else
            die(USAGE_STATUS, "an unknown option, or too many subprotocols: --help lists the options", 0);
    }
    if (self->options.sizes.message == 0 || self->max_connections == 0 || self->max_memory == 0)
        die(USAGE_STATUS, "--max-message, --max-connections and --max-memory are at least 1", 0);
    return port;
}

int main(int argc, char** argv)
{
    static server self; // zeros
    self.options = sockless_default_options();
    self.options.sizes.message = 16 << 20;
    self.options.closing_timeout = 5000; // of a peer that does not answer, also when the program ends
    self.max_connections = 10000;
    self.max_memory = (uint64_t)2048 << 20;
    const uint16_t port = read_options(&self, argc, argv);
    self.options.sizes.output = output_size(self.options.sizes.message);
    self.options.sizes.input = read_size;
    self.options.high_water = high_water;
    self.options.frame_bytes = self.options.message_bytes = self.options.sizes.message;

    self.timers.nodes = calloc(self.max_connections + 1, sizeof *self.timers.nodes);
    self.epoll = epoll_create1(EPOLL_CLOEXEC);
    self.statistics = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    self.signals = stop_signals();
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &self.signals};
    if (self.timers.nodes == NULL || self.epoll < 0 || epoll_ctl(self.epoll, EPOLL_CTL_ADD, self.signals, &event) != 0)
        die(1, "the server cannot start", errno);
    if (self.statistics < 0)
        fprintf(stderr, "there is no /proc: --max-memory has no effect\n");
    open_listener(&self, port);
    watch_listener(&self, true);
    serve(&self);
    if (self.statistics >= 0)
        close(self.statistics);
    close(self.epoll);
    free(self.timers.nodes);
    return 0;
}
