// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A client over the C interface for tests/interop: it takes the options of examples/client that those tests use, plays them, and prints
/// the events in the same form. A mistake in the command line ends it with status 2.
#define _GNU_SOURCE
#include <sockless/sockless.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { max_actions = 2000, max_fields = 8, max_printed = 1000, wait_ms = 5000, read_size = 65536, high_water = 262144 };

static void die(const char* why, const char* what)
{
    fprintf(stderr, "%s: %s\n", why, what);
    exit(2);
}

// --- SHA-1 of long messages (FIPS 180-4), one block after the other

static uint32_t rotate(uint32_t word, unsigned bits)
{
    return word << bits | word >> (32 - bits);
}

static void hash_block(uint32_t* h, const unsigned char* block)
{
    uint32_t w[80];
    for (unsigned i = 0; i < 16; ++i)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 |
               block[4 * i + 3];
    for (unsigned i = 16; i < 80; ++i)
        w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (unsigned i = 0; i < 80; ++i) {
        const uint32_t f = i < 20 ? (b & c) | (~b & d) : i < 40 || i >= 60 ? b ^ c ^ d : (b & c) | (b & d) | (c & d);
        const uint32_t k = i < 20 ? 0x5A827999 : i < 40 ? 0x6ED9EBA1 : i < 60 ? 0x8F1BBCDC : 0xCA62C1D6;
        const uint32_t next = rotate(a, 5) + f + e + k + w[i];
        e = d, d = c, c = rotate(b, 30), b = a, a = next;
    }
    h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
}

static void print_digest(const unsigned char* data, size_t size)
{
    uint32_t h[] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    size_t at = 0;
    for (; size - at >= 64; at += 64)
        hash_block(h, data + at);
    unsigned char end[128] = {0};
    const size_t rest = size - at;
    const size_t padded = rest < 56 ? 64 : 128;
    if (rest != 0)
        memcpy(end, data + at, rest);
    end[rest] = 0x80;
    for (unsigned i = 0; i < 8; ++i)
        end[padded - 1 - i] = (unsigned char)((uint64_t)size * 8 >> 8 * i);
    for (at = 0; at < padded; at += 64)
        hash_block(h, end + at);
    printf("sha1=%08x%08x%08x%08x%08x\n", (unsigned)h[0], (unsigned)h[1], (unsigned)h[2], (unsigned)h[3],
           (unsigned)h[4]);
}

static void print_quoted(const unsigned char* data, size_t size, const char* after)
{
    putchar('"');
    for (size_t i = 0; i < size; ++i) {
        // U+0080 to U+009F, and U+2028 and U+2029, are escaped byte by byte, too.
        const bool c1 = data[i] == 0xC2 && i + 1 < size && data[i + 1] < 0xA0;
        const bool line =
            data[i] == 0xE2 && i + 2 < size && data[i + 1] == 0x80 && (data[i + 2] == 0xA8 || data[i + 2] == 0xA9);
        if (data[i] == '"' || data[i] == '\\')
            printf("\\%c", data[i]);
        else if (data[i] == '\n')
            printf("\\n");
        else if (line)
            printf("\\x%02x\\x%02x\\x%02x", data[i], data[i + 1], data[i + 2]), i += 2;
        else if (c1)
            printf("\\x%02x\\x%02x", data[i], data[i + 1]), ++i;
        else if (data[i] < 0x20 || data[i] == 0x7F)
            printf("\\x%02x", data[i]);
        else
            putchar(data[i]);
    }
    printf("\"%s\n", after);
}

static void print_message(const char* kind, const sockless_event* event)
{
    printf("%s %zu ", kind, event->size);
    if (event->kind == SOCKLESS_EVENT_MESSAGE && (!event->text || event->size > max_printed))
        print_digest(event->data, event->size);
    else
        print_quoted(event->data, event->size, "");
}

// --- the command line

typedef enum action_kind { send_text, send_binary, send_ping, send_close } action_kind;

typedef struct action {
    action_kind kind;
    unsigned char* data;
    size_t size;
    size_t fragments;
    uint16_t code;
} action;

typedef struct client {
    sockless_websocket* ws;
    int socket;
    bool echo, waits, opened, clean, failed, closing;
    size_t messages_expected, pongs_expected;
    action actions[max_actions];
    size_t action_count, next_action;
    uint64_t deadline;
} client;

static void add_action(client* self, action_kind kind, const void* data, size_t size, size_t fragments)
{
    if (self->action_count == max_actions)
        die("too many actions", "");
    action* const one = &self->actions[self->action_count++];
    one->kind = kind;
    one->data = malloc(size + 1);
    if (one->data == NULL)
        die("no memory", "");
    memcpy(one->data, data, size);
    one->data[size] = '\0';
    one->size = size;
    one->fragments = fragments;
}

static void add_pattern(client* self, size_t size, size_t fragments)
{
    unsigned char* const data = malloc(size + 1);
    if (data == NULL)
        die("no memory", "");
    for (size_t i = 0; i < size; ++i)
        data[i] = (unsigned char)(i % 251);
    add_action(self, send_binary, data, size, fragments);
    free(data);
}

static void add_hex(client* self, const char* digits, size_t fragments)
{
    unsigned char data[256];
    size_t size = 0;
    unsigned value;
    for (; size < sizeof data && sscanf(digits, "%2x", &value) == 1; digits += 2)
        data[size++] = (unsigned char)value;
    add_action(self, send_binary, data, size, fragments);
}

static void add_close(client* self, const char* text)
{
    const char* const reason = strchr(text, ':');
    add_action(self, send_close, reason != NULL ? reason + 1 : "", reason != NULL ? strlen(reason + 1) : 0, 1);
    self->actions[self->action_count - 1].code = strcmp(text, "none") == 0 ? 0 : (uint16_t)atoi(text);
}

// --- actions

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool fill(void* context, void* bytes, size_t size)
{
    (void)context;
    return getrandom(bytes, size, 0) == (ssize_t)size;
}

static void report(client* self, sockless_error e)
{
    if (e == SOCKLESS_ERROR_NONE)
        return;
    const sockless_text name = sockless_error_name(e);
    printf("error %.*s: %s\n", (int)name.size, name.data, sockless_error_string(e));
    self->failed = true;
}

static sockless_error send_message(client* self, const action* one)
{
    const char* const text = (const char*)one->data;
    if (one->fragments <= 1)
        return one->kind == send_text ? sockless_send_text(self->ws, text, one->size)
                                      : sockless_send_binary(self->ws, one->data, one->size);
    sockless_error e = sockless_begin_message(self->ws, one->kind == send_text);
    size_t at = 0;
    for (size_t left = one->fragments; left > 1 && e == SOCKLESS_ERROR_NONE; --left) {
        const size_t size = (one->size - at + left - 1) / left;
        e = sockless_send_fragment(self->ws, one->data + at, size);
        at += size;
    }
    return e != SOCKLESS_ERROR_NONE ? e : sockless_end_message(self->ws, one->data + at, one->size - at);
}

static void act(client* self)
{
    while (self->opened && self->next_action < self->action_count &&
           self->messages_expected + self->pongs_expected == 0 && sockless_unwritten(self->ws) < high_water) {
        const action* const one = &self->actions[self->next_action++];
        sockless_error e = SOCKLESS_ERROR_NONE;
        if (one->kind == send_close)
            e = sockless_close(self->ws, one->code, (const char*)one->data);
        else if (one->kind == send_ping)
            e = sockless_ping(self->ws, one->data, one->size);
        else
            e = send_message(self, one);
        report(self, e);
        if (self->waits && e == SOCKLESS_ERROR_NONE) {
            self->pongs_expected += one->kind == send_ping;
            self->messages_expected += one->kind == send_text || one->kind == send_binary;
        }
        self->deadline = now_ms() + wait_ms;
    }
    if (self->next_action == self->action_count && !self->echo && self->messages_expected + self->pongs_expected == 0 &&
        sockless_state(self->ws) == SOCKLESS_OPEN)
        report(self, sockless_close(self->ws, 1000, NULL));
}

// --- events

static void on_message(client* self, const sockless_event* event)
{
    print_message(event->text ? "text" : "binary", event);
    self->messages_expected -= self->messages_expected != 0;
    if (self->echo && sockless_state(self->ws) == SOCKLESS_OPEN)
        report(self, event->text ? sockless_send_text(self->ws, (const char*)event->data, event->size)
                                 : sockless_send_binary(self->ws, event->data, event->size));
}

static void on_error(client* self, sockless_error e)
{
    const sockless_text reason = sockless_response_reason(self->ws);
    if (e == SOCKLESS_ERROR_STATUS_NOT_101)
        printf("refused %u %.*s\n", (unsigned)sockless_response_status(self->ws), (int)reason.size, reason.data);
    else
        report(self, e);
}

static void on_close(client* self, const sockless_event* event)
{
    if (!self->opened)
        return;
    self->clean = event->clean;
    printf("close %u ", event->clean ? (unsigned)event->code : 1006U);
    print_quoted(event->data, event->clean ? event->size : 0, event->clean ? " clean" : " unclean");
}

static void handle(client* self, const sockless_event* event)
{
    const sockless_text protocol = sockless_subprotocol(self->ws);
    sockless_text extensions = {"", 0};
    self->deadline = now_ms() + wait_ms;
    switch (event->kind) {
    case SOCKLESS_EVENT_OPEN:
        sockless_find_field(self->ws, "Sec-WebSocket-Extensions", &extensions);
        printf("open protocol=%.*s extensions=%.*s\n", (int)protocol.size, protocol.size != 0 ? protocol.data : "",
               (int)extensions.size, extensions.data);
        self->opened = true;
        break;
    case SOCKLESS_EVENT_MESSAGE: on_message(self, event); break;
    case SOCKLESS_EVENT_PING: print_message("ping", event); break;
    case SOCKLESS_EVENT_PONG:
        print_message("pong", event);
        self->pongs_expected -= self->pongs_expected != 0;
        break;
    case SOCKLESS_EVENT_ERROR: on_error(self, event->error); break;
    case SOCKLESS_EVENT_CLOSE: on_close(self, event); break;
    case SOCKLESS_EVENT_BODY: print_message("body", event); break;
    case SOCKLESS_EVENT_NONE:
    case SOCKLESS_EVENT_REQUEST:
    case SOCKLESS_EVENT_PLAIN_REQUEST: die("a client has no such event", "");
    }
}

// --- the transport

static int connect_to(const sockless_url* url)
{
    char host[64];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(url->port)};
    snprintf(host, sizeof host, "%.*s", (int)url->host.size, url->host.data);
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
        die("not an IPv4 address", host);
    const int result = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (result < 0 || connect(result, (const struct sockaddr*)&address, sizeof address) != 0)
        die("cannot connect", strerror(errno));
    return result;
}

static void transfer(client* self, const sockless_needs* needs)
{
    static unsigned char buffer[read_size];
    const short events = (short)((needs->read ? POLLIN : 0) | (needs->write ? POLLOUT : 0));
    struct pollfd ready = {events != 0 ? self->socket : -1, events, 0};
    const uint64_t now = now_ms();
    const uint64_t left = self->deadline > now ? self->deadline - now : 0;
    const uint32_t time = needs->wake_after < left ? needs->wake_after : (uint32_t)left;
    if (poll(&ready, 1, (int)time) == 0 && left == 0) {
        printf("timeout\n");
        exit(1);
    }
    if (ready.revents == 0)
        return;
    if (needs->read) {
        const ssize_t count = recv(self->socket, buffer, sizeof buffer, MSG_DONTWAIT);
        if (count > 0)
            sockless_receive(self->ws, buffer, (size_t)count, now);
        else if (count == 0)
            sockless_input_ended(self->ws, now);
        else if (errno != EAGAIN && errno != EINTR)
            sockless_transport_failed(self->ws, now);
    }
    sockless_event event;
    sockless_needs next = *needs;
    while (sockless_poll(self->ws, now, &event, &next))
        handle(self, &event);
    size_t size;
    const void* const bytes = sockless_write_buffer(self->ws, &size);
    const ssize_t count = size != 0 ? send(self->socket, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;
    if (count >= 0)
        sockless_written(self->ws, (size_t)count, now);
    else if (errno != EAGAIN && errno != EINTR)
        sockless_transport_failed(self->ws, now);
}

static int run(client* self)
{
    sockless_event event;
    sockless_needs needs;
    self->deadline = now_ms() + wait_ms;
    while (true) {
        while (sockless_poll(self->ws, now_ms(), &event, &needs))
            handle(self, &event);
        act(self);
        while (sockless_poll(self->ws, now_ms(), &event, &needs))
            handle(self, &event);
        if (needs.shut_down_write)
            shutdown(self->socket, SHUT_WR);
        if (needs.close)
            return self->clean && !self->failed ? 0 : 1;
        transfer(self, &needs);
    }
}

int main(int argc, char** argv)
{
    static client self;
    self.waits = true;
    sockless_options options = sockless_default_options();
    options.sizes.message = 1 << 20;
    options.sizes.input = read_size;
    options.ping_interval = 0;
    options.receive_while_closing = true;
    const char* names[SOCKLESS_MAX_SUBPROTOCOLS];
    sockless_field fields[max_fields];
    sockless_connect_options offer = {.subprotocols = names, .fields = fields};
    const char* url = argc > 1 ? argv[1] : "";
    size_t fragments = 1;
    if (strncmp(url, "ws:", 3) != 0) { // the peers' tests have it at the end
        url = argc > 1 ? argv[argc - 1] : "";
        --argc;
    }
    for (int i = 1; i < argc; ++i) {
        const char* const name = argv[i];
        if (name == url)
            continue;
        if (strcmp(name, "--echo") == 0) {
            self.echo = true;
            self.waits = false;
            continue;
        }
        if (i + 1 == argc)
            die("not a value", name);
        char* const value = argv[++i];
        if (strcmp(name, "--send") == 0)
            add_action(&self, send_text, value, strlen(value), fragments);
        else if (strcmp(name, "--binary-size") == 0)
            add_pattern(&self, strtoul(value, NULL, 10), fragments);
        else if (strcmp(name, "--binary-hex") == 0)
            add_hex(&self, value, fragments);
        else if (strcmp(name, "--ping") == 0)
            add_action(&self, send_ping, value, strlen(value), 1);
        else if (strcmp(name, "--close") == 0)
            add_close(&self, value);
        else if (strcmp(name, "--fragments") == 0)
            fragments = strtoul(value, NULL, 10);
        else if (strcmp(name, "--wait") == 0)
            self.waits = self.waits && strcmp(value, "0") != 0;
        else if (strcmp(name, "--max-message") == 0)
            options.frame_bytes = options.message_bytes = options.sizes.message = strtoul(value, NULL, 10);
        else if (strcmp(name, "--subprotocol") == 0 && offer.subprotocol_count < SOCKLESS_MAX_SUBPROTOCOLS)
            names[offer.subprotocol_count++] = value;
        else if (strcmp(name, "--origin") == 0)
            offer.origin = value;
        else if (strcmp(name, "--header") == 0 && offer.field_count < max_fields && strstr(value, ": ") != NULL) {
            *strstr(value, ": ") = '\0';
            fields[offer.field_count++] = (sockless_field){value, value + strlen(value) + 2};
        } else
            die("unknown option", name);
    }
    options.sizes.output = 2 * (options.sizes.message + (1 << 20) + high_water);
    const size_t size = sockless_memory_size(&options.sizes);
    void* const memory = malloc(size);
    sockless_url where;
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (memory == NULL || sockless_parse_url(url, &where) != SOCKLESS_ERROR_NONE ||
        sockless_client_init(&self.ws, memory, size, &options, (sockless_random){fill, NULL}) != SOCKLESS_ERROR_NONE)
        die("cannot begin", url);
    report(&self, sockless_connect(self.ws, url, &offer));
    self.socket = connect_to(&where);
    const int status = run(&self);
    sockless_destroy(self.ws);
    for (size_t i = 0; i < self.action_count; ++i)
        free(self.actions[i].data);
    free(memory);
    close(self.socket);
    return status;
}
