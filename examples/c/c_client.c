// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A client in C: sends the lines of standard input and prints the messages that arrive. It waits with poll(2) for the socket, for
/// standard input and for signals. All memory is allocated at the start.

#define _GNU_SOURCE
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { max_names = SOCKLESS_MAX_SUBPROTOCOLS, connect_timeout = 10000, read_size = 65536 };

typedef struct client {
    sockless_websocket* ws;
    int socket;
    int signals;
    char* line; ///< the part of standard input that has no end of line yet
    size_t line_size;
    size_t max_line;
    uint64_t sent;
    uint64_t received;
    bool input_ended;
    bool stopping;
    int status; ///< of the program
} client;

static void must(sockless_error error)
{
    if (error != SOCKLESS_ERROR_NONE)
        die(1, sockless_error_string(error), 0);
}

// --- the transport

/// Connects to one address. Returns the socket, or -1 with `errno`.
static int connect_to_address(const struct addrinfo* address, uint64_t deadline)
{
    const int result =
        socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address->ai_protocol);
    if (result < 0)
        return -1;
    int failure = connect(result, address->ai_addr, address->ai_addrlen) == 0 ? 0 : errno;
    while (failure == EINPROGRESS || failure == EINTR) {
        struct pollfd ready = {result, POLLOUT, 0};
        const uint64_t now = now_ms();
        const int count = poll(&ready, 1, now < deadline ? (int)(deadline - now) : 0);
        socklen_t size = sizeof failure;
        if (count == 0)
            failure = ETIMEDOUT;
        else if (count > 0 && getsockopt(result, SOL_SOCKET, SO_ERROR, &failure, &size) != 0)
            failure = errno;
        else if (count < 0 && errno != EINTR)
            failure = errno;
    }
    if (failure == 0) {
        const int yes = 1;
        setsockopt(result, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        return result;
    }
    close(result);
    errno = failure;
    return -1;
}

/// Connects to the first address of a host that answers. Ends the program if there is none.
static int connect_to(const sockless_url* url)
{
    char host[256], port[8];
    if (url->host.size >= sizeof host)
        die(1, "the host name is too long", 0);
    memcpy(host, url->host.data, url->host.size);
    host[url->host.size] = '\0';
    snprintf(port, sizeof port, "%u", (unsigned)url->port);
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV};
    struct addrinfo* addresses = NULL;
    const int e = getaddrinfo(host, port, &hints, &addresses);
    if (e != 0)
        die(1, gai_strerror(e), 0);
    const uint64_t deadline = now_ms() + connect_timeout;
    int result = -1;
    int failure = 0;
    for (const struct addrinfo* one = addresses; one != NULL && result < 0; one = one->ai_next) {
        result = connect_to_address(one, deadline);
        failure = errno;
    }
    freeaddrinfo(addresses);
    if (result < 0)
        die(1, host, failure);
    return result;
}

static void read_socket(client* self, uint64_t now)
{
    static char buffer[read_size];
    const ssize_t count = recv(self->socket, buffer, sizeof buffer, MSG_DONTWAIT);
    if (count > 0)
        sockless_receive(self->ws, buffer, (size_t)count, now);
    else if (count == 0)
        sockless_input_ended(self->ws, now);
    else if (errno != EAGAIN && errno != EINTR)
        sockless_transport_failed(self->ws, now);
}

// --- lines and messages

static void close_after_last(client* self)
{
    if (self->input_ended && self->received >= self->sent)
        must(sockless_close(self->ws, 1000, NULL));
}

static void handle(client* self, const sockless_event* event)
{
    switch (event->kind) {
    case SOCKLESS_EVENT_MESSAGE:
        if (fwrite(event->data, 1, event->size, stdout) != event->size || putchar('\n') == EOF || fflush(stdout) != 0)
            die(1, "standard output", errno);
        ++self->received;
        close_after_last(self);
        break;
    case SOCKLESS_EVENT_ERROR: fprintf(stderr, "%s\n", sockless_error_string(event->error)); break;
    case SOCKLESS_EVENT_CLOSE:
        if (event->size != 0) // the peer's text: whatever is not printable stays out of the terminal
            fprintf(stderr, "closed with %u and a reason of %zu bytes\n", (unsigned)event->code, event->size);
        self->status = event->clean ? 0 : 1;
        break;
    case SOCKLESS_EVENT_NONE:
    case SOCKLESS_EVENT_REQUEST:
    case SOCKLESS_EVENT_PLAIN_REQUEST:
    case SOCKLESS_EVENT_OPEN:
    case SOCKLESS_EVENT_PING:
    case SOCKLESS_EVENT_PONG:
    case SOCKLESS_EVENT_BODY: break;
    }
}

static void send_line(client* self, const char* line, size_t size)
{
    must(sockless_send_text(self->ws, line, size));
    ++self->sent;
}

/// Returns whether standard input is read: as long as the server reads, and there is room for what one read can bring.
static bool wants_lines(const client* self)
{
    return !self->input_ended && sockless_state(self->ws) == SOCKLESS_OPEN && sockless_unwritten(self->ws) < read_size;
}

/// Reads standard input once and sends the lines that are complete.
static void read_lines(client* self)
{
    const size_t room = self->max_line + 1 - self->line_size; // one for the end of the line
    if (room == 0)
        die(1, "a line is longer than the largest message: see --max-message", 0);
    const ssize_t count = read(STDIN_FILENO, self->line + self->line_size, room < read_size ? room : read_size);
    if (count < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (count < 0)
        die(1, "standard input", errno);
    self->input_ended = count == 0;
    char* begin = self->line;
    char* const end = self->line + self->line_size + count;
    char* newline;
    while ((newline = memchr(begin, '\n', (size_t)(end - begin))) != NULL) {
        send_line(self, begin, (size_t)(newline - begin));
        begin = newline + 1;
    }
    self->line_size = (size_t)(end - begin);
    if (self->input_ended && self->line_size != 0) {
        send_line(self, begin, self->line_size);
        self->line_size = 0;
    }
    memmove(self->line, begin, self->line_size);
    close_after_last(self);
}

/// Runs the connection until the socket can be closed.
static void run(client* self)
{
    sockless_event event;
    sockless_needs needs;
    while (true) {
        while (sockless_poll(self->ws, now_ms(), &event, &needs))
            handle(self, &event);
        if (needs.close)
            return;
        if (needs.shut_down_write)
            shutdown(self->socket, SHUT_WR);
        const short events = (short)((needs.read ? POLLIN : 0) | (needs.write ? POLLOUT : 0));
        // Without events the socket is not watched: poll(2) reports POLLHUP and POLLERR in any case.
        struct pollfd ready[] = {{events != 0 ? self->socket : -1, events, 0},
                                 {wants_lines(self) ? STDIN_FILENO : -1, POLLIN, 0},
                                 {self->stopping ? -1 : self->signals, POLLIN, 0}};
        if (poll(ready, 3, sockless_poll_timeout(&needs)) < 0) {
            if (errno != EINTR)
                die(1, "poll", errno);
            continue;
        }
        if (ready[2].revents != 0) {
            self->stopping = self->input_ended = true;
            must(sockless_close(self->ws, 1001, NULL));
        }
        if (ready[1].revents != 0 && !self->stopping)
            read_lines(self);
        if (ready[0].revents != 0 && needs.read)
            read_socket(self, now_ms());
        while (sockless_poll(self->ws, now_ms(), &event, &needs))
            handle(self, &event);
        if (ready[0].revents != 0 && needs.write)
            write_some(self->ws, self->socket, now_ms());
    }
}

static void help(void)
{
    printf(
        "usage: c_client [options] URL\n\n"
        "Sends each line of standard input as a text message and prints each message as a line. At the end of the input\n"
        "it waits for as many messages as it has sent, then it closes. SIGTERM and SIGINT close with 1001. The status is 0 after a\n"
        "closing handshake.\n\n"
        "  --url URL            another way to pass the URL, which begins with ws:\n"
        "  --subprotocol NAME   may be repeated, in order of preference\n"
        "  --origin ORIGIN      of the page in whose name it connects\n"
        "  --max-message BYTES  the largest message and line (1048576)\n"
        "  --time-out MS        sets the time-outs of both handshakes, and for pings and pongs (10000 and 20000)\n"
        "  --help\n");
    exit(0);
}

int main(int argc, char** argv)
{
    sockless_options options = sockless_default_options();
    options.sizes.message = 1 << 20;
    options.sizes.input = read_size;
    const char* names[max_names];
    sockless_connect_options offer = {.subprotocols = names};
    const char* url = "";
    for (int i = 1; i < argc; ++i) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            help();
        else if (strcmp(argv[i], "--url") == 0)
            url = option_value(argc, argv, &i);
        else if (strcmp(argv[i], "--origin") == 0)
            offer.origin = option_value(argc, argv, &i);
        else if (strcmp(argv[i], "--max-message") == 0)
            options.sizes.message = (size_t)option_number(argc, argv, &i, 1U << 30, 1);
        else if (strcmp(argv[i], "--time-out") == 0)
            set_times(&options, (uint32_t)option_number(argc, argv, &i, 1U << 31, 1));
        else if (strcmp(argv[i], "--subprotocol") == 0 && offer.subprotocol_count < max_names)
            names[offer.subprotocol_count++] = option_value(argc, argv, &i);
        else if (strncmp(argv[i], "--", 2) == 0)
            die(USAGE_STATUS, "an unknown option, or too many subprotocols: --help lists the options", 0);
        else
            url = argv[i];
    }
    sockless_url where;
    const sockless_error e = sockless_parse_url(url, &where);
    if (e != SOCKLESS_ERROR_NONE)
        die(USAGE_STATUS, sockless_error_string(e), 0);
    if (where.secure)
        die(USAGE_STATUS, "the URL has to begin with ws: this program has no TLS", 0);
    if (options.sizes.message == 0)
        die(USAGE_STATUS, "--max-message is at least 1", 0);
    options.frame_bytes = options.message_bytes = options.sizes.message;

    client self = {.status = 1};
    // Lines are read while less than read_size waits. One read can complete the longest line and read_size short ones, whose frames have 7
    // times as many bytes. As bytes that are being written stay where they are, that has to fit before or after them.
    options.sizes.output = 2 * (options.sizes.message + 8 * (size_t)read_size) + read_size;
    self.max_line = options.sizes.message;
    const size_t size = sockless_memory_size(&options.sizes);
    void* const memory = malloc(size);
    self.line = malloc(self.max_line + 1);
    if (memory == NULL || self.line == NULL)
        die(1, "there is no memory for messages of this size", 0);
    must(sockless_client_init(&self.ws, memory, size, &options, system_random()));
    must(sockless_connect(self.ws, url, &offer));
    self.signals = stop_signals();
    self.socket = connect_to(&where);
    run(&self);
    sockless_destroy(self.ws);
    close(self.socket);
    close(self.signals);
    free(self.line);
    free(memory);
    return self.status;
}
