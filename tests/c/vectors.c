// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Plays the cases of tests/vectors through the C interface, in C99: both roles, whole, byte by byte, cut in two at every place of short
/// input, in messages and in fragments, through sockless_receive() and through sockless_read_buffer().
///
///     vectors FOLDER     plays FOLDER/frames.txt and FOLDER/handshakes.txt; the format is in FOLDER/README.md
///
/// The C interface has no extensions: cases with permessage-deflate are counted as not played. The last line has the figures. The exit status
/// is 1 if a case failed.
#include <sockless/sockless.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void stop(const char* why, const char* what)
{
    fprintf(stderr, "%s: %s\n", why, what);
    exit(2);
}

// --- bytes

typedef struct bytes {
    unsigned char* data;
    size_t size;
    size_t capacity;
} bytes;

static void append(bytes* to, const void* data, size_t size)
{
    if (size > to->capacity - to->size) {
        to->capacity = 2 * to->capacity + size + 64;
        to->data = realloc(to->data, to->capacity);
        if (to->data == NULL)
            stop("no memory", "bytes");
    }
    if (size != 0)
        memcpy(to->data + to->size, data, size);
    to->size += size;
}

static void append_line(bytes* to, const char* line)
{
    append(to, line, strlen(line));
    append(to, "\n", 1);
}

static void append_payload(bytes* to, const unsigned char* data, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; ++i) {
        append(to, &digits[data[i] >> 4], 1);
        append(to, &digits[data[i] & 15], 1);
    }
    append(to, "\n", 1);
}

static bool equal(const bytes* a, const bytes* b)
{
    return a->size == b->size && (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// Appends what a value such as `82 7d | 61*125` or `"ab" * 3` means.
static void parse_bytes(const char* text, bytes* to)
{
    while (*text != '\0') {
        if (*text == ' ' || *text == '|') {
            ++text;
            continue;
        }
        bytes part = {NULL, 0, 0};
        if (*text == '"') {
            for (++text; *text != '"'; ++text) {
                char c = *text;
                if (c == '\0')
                    stop("a string without its end", text);
                if (c == '\\') {
                    c = *++text;
                    if (c == 'x') {
                        c = (char)(digit(text[1]) * 16 + digit(text[2]));
                        text += 2;
                    } else if (c == 'n' || c == 'r') {
                        c = c == 'n' ? '\n' : '\r';
                    }
                }
                append(&part, &c, 1);
            }
            ++text;
        } else {
            for (; digit(text[0]) >= 0 && digit(text[1]) >= 0; text += 2) {
                const char c = (char)(digit(text[0]) * 16 + digit(text[1]));
                append(&part, &c, 1);
            }
            if (part.size == 0)
                stop("not bytes", text);
        }
        const char* after = text;
        while (*after == ' ')
            ++after;
        unsigned long times = 1;
        if (*after == '*') {
            char* end;
            times = strtoul(after + 1, &end, 10);
            text = end;
        }
        for (; times != 0; --times)
            append(to, part.data, part.size);
        free(part.data);
    }
}

// --- cases

typedef struct vector_case {
    char name[256];
    bool client;
    bool transport_ends;
    bool has_extension;
    bool closes; ///< the events end with a close frame
    bytes in;
    bytes out;
    bytes events; ///< one per line, with payloads in hexadecimal
    bytes rest;
    uint64_t frame, message;
    uint32_t fragments;
    char subprotocols[SOCKLESS_MAX_SUBPROTOCOLS][32];
    size_t subprotocol_count;
} vector_case;

static void release(vector_case* one)
{
    free(one->in.data);
    free(one->out.data);
    free(one->events.data);
    free(one->rest.data);
    memset(one, 0, sizeof *one);
}

static void parse_event(vector_case* one, const char* text)
{
    const char* payload = strchr(text, ' ');
    const size_t kind = payload != NULL ? (size_t)(payload - text) : strlen(text);
    const bool close = strncmp(text, "close ", 6) == 0;
    one->closes = one->closes || close;
    one->has_extension = one->has_extension || strncmp(text, "deflate", 7) == 0;
    if (close)
        payload = strchr(payload + 1, ' ');
    if (!close && strncmp(text, "text ", 5) != 0 && strncmp(text, "binary", 6) != 0 && strncmp(text, "ping", 4) != 0 &&
        strncmp(text, "pong", 4) != 0) {
        append_line(&one->events, text);
        return;
    }
    bytes data = {NULL, 0, 0};
    parse_bytes(payload != NULL ? payload : "", &data);
    append(&one->events, text, close ? strlen("close 1000") : kind);
    append(&one->events, " ", 1);
    append_payload(&one->events, data.data, data.size);
    free(data.data);
}

static void parse_limits(vector_case* one, const char* text)
{
    for (const char* word = text; word != NULL && *word != '\0'; word = strchr(word, ' ')) {
        while (*word == ' ')
            ++word;
        if (strncmp(word, "frame=", 6) == 0)
            one->frame = strtoul(word + 6, NULL, 10);
        else if (strncmp(word, "message=", 8) == 0)
            one->message = strtoul(word + 8, NULL, 10);
        else if (strncmp(word, "fragments=", 10) == 0)
            one->fragments = (uint32_t)strtoul(word + 10, NULL, 10);
        else
            stop("unknown limit", word);
    }
}

static void parse_line(vector_case* one, char* line)
{
    char* value = strchr(line, ':');
    if (value == NULL)
        stop("no key", line);
    *value = '\0';
    do
        ++value;
    while (*value == ' ');
    if (strcmp(line, "name") == 0)
        snprintf(one->name, sizeof one->name, "%s", value);
    else if (strcmp(line, "role") == 0)
        one->client = strcmp(value, "client") == 0;
    else if (strcmp(line, "limits") == 0)
        parse_limits(one, value);
    else if (strcmp(line, "in") == 0)
        parse_bytes(value, &one->in);
    else if (strcmp(line, "out") == 0)
        parse_bytes(value, &one->out);
    else if (strcmp(line, "rest") == 0)
        parse_bytes(value, &one->rest);
    else if (strcmp(line, "then") == 0)
        one->transport_ends = true;
    else if (strcmp(line, "event") == 0)
        parse_event(one, value);
    else if (strcmp(line, "extensions") == 0 || strcmp(line, "deflate") == 0)
        one->has_extension = true;
    else if (strcmp(line, "subprotocols") == 0)
        for (char* word = strtok(value, " "); word != NULL; word = strtok(NULL, " ")) {
            if (one->subprotocol_count == SOCKLESS_MAX_SUBPROTOCOLS)
                stop("too many subprotocols", word);
            snprintf(one->subprotocols[one->subprotocol_count++], sizeof one->subprotocols[0], "%s", word);
        }
    else
        stop("unknown key", line);
}

// --- one end

/// How the input arrives.
typedef struct way {
    size_t first;    ///< size of the first piece; 0: as the others
    size_t pieces;   ///< size of the others
    bool whole;      ///< messages
    bool own_buffer; ///< sockless_read_buffer
    const char* name;
} way;

enum { input_size = 1 << 18, message_size = 17 << 20 };

typedef struct player {
    sockless_websocket* ws;
    bool handshake;
    bool done; ///< the events that the case lists of a handshake are complete
    bool failed;
    bool in_message;
    bytes message; ///< fragments that have arrived
    bytes events;
    bytes out;
} player;

static sockless_unit* memory;
static size_t memory_size;

/// The key of RFC 6455 1.2, and masks of zeros.
static bool fill(void* context, void* out, size_t size)
{
    (void)context;
    memcpy(out, size == 16 ? "the sample nonce" : "\0\0\0", size);
    return size == 16 || size == 4;
}

static void must(sockless_error error)
{
    if (error != SOCKLESS_ERROR_NONE)
        stop("a call failed", sockless_error_string(error));
}

static void write_all(player* one)
{
    size_t size;
    const void* data = sockless_write_buffer(one->ws, &size);
    while (size != 0) {
        append(&one->out, data, size);
        sockless_written(one->ws, size, 0);
        data = sockless_write_buffer(one->ws, &size);
    }
}

static void add_event(player* one, const char* kind, const sockless_event* event)
{
    append(&one->events, kind, strlen(kind));
    append(&one->events, " ", 1);
    append_payload(&one->events, event->data, event->size);
}

static void add_message(player* one, const sockless_event* event)
{
    if (event->first == one->in_message)
        stop("the first piece of a message, and no other, is first", event->text ? "text" : "binary");
    one->in_message = !event->last;
    append(&one->message, event->data, event->size);
    if (!event->last)
        return;
    const sockless_event whole = {.data = one->message.data, .size = one->message.size};
    add_event(one, event->text ? "text" : "binary", &whole);
    free(one->message.data);
    memset(&one->message, 0, sizeof one->message);
}

static void add_error(player* one, sockless_error error)
{
    char line[128];
    const sockless_text name = sockless_error_name(error);
    if (error == SOCKLESS_ERROR_STATUS_NOT_101)
        snprintf(line, sizeof line, "refused %u", (unsigned)sockless_response_status(one->ws));
    else
        snprintf(line, sizeof line, "error %.*s", (int)name.size, name.data);
    append_line(&one->events, line);
    one->failed = one->done = true;
}

static void add_open(player* one)
{
    char line[128];
    const sockless_text name = sockless_subprotocol(one->ws);
    snprintf(line, sizeof line, name.size != 0 ? "open %.*s" : "open", (int)name.size, name.data);
    append_line(&one->events, line);
    one->done = true;
}

static void handle(player* one, const sockless_event* event)
{
    if (one->handshake && one->done)
        return; // bytes after the head: frames.txt has cases for them
    switch (event->kind) {
    case SOCKLESS_EVENT_NONE: stop("an event of no kind", ""); break;
    case SOCKLESS_EVENT_REQUEST:
        append_line(&one->events, "request");
        must(sockless_accept(one->ws, NULL, NULL, 0));
        one->done = true;
        break;
    case SOCKLESS_EVENT_PLAIN_REQUEST:
        append_line(&one->events, "plain");
        must(sockless_refuse(one->ws));
        one->done = true;
        break;
    case SOCKLESS_EVENT_OPEN:
        if (one->handshake)
            add_open(one);
        break;
    case SOCKLESS_EVENT_MESSAGE: add_message(one, event); break;
    case SOCKLESS_EVENT_PING: add_event(one, "ping", event); break;
    case SOCKLESS_EVENT_PONG: add_event(one, "pong", event); break;
    case SOCKLESS_EVENT_CLOSE:
        if (!one->failed) {
            char kind[32];
            snprintf(kind, sizeof kind, "close %u", (unsigned)event->code);
            add_event(one, kind, event);
        }
        break;
    case SOCKLESS_EVENT_ERROR: add_error(one, event->error); break;
    case SOCKLESS_EVENT_BODY: break;
    }
}

static void poll_all(player* one)
{
    sockless_event event;
    sockless_needs needs;
    do {
        while (sockless_poll(one->ws, 0, &event, &needs))
            handle(one, &event);
        write_all(one);
        while (sockless_poll(one->ws, 0, &event, &needs))
            handle(one, &event);
    } while (needs.write);
}

static void receive(player* one, const unsigned char* data, size_t size, bool own_buffer)
{
    if (!own_buffer) {
        unsigned char* copy = malloc(size); // exactly as large, so that a sanitizer sees each access outside
        if (copy == NULL)
            stop("no memory", "input");
        memcpy(copy, data, size);
        sockless_receive(one->ws, copy, size, 0);
        poll_all(one);
        memset(copy, 0xEE, size);
        free(copy);
        return;
    }
    while (size != 0) {
        size_t room;
        void* buffer = sockless_read_buffer(one->ws, &room);
        if (room == 0)
            return; // nothing is expected any more
        const size_t count = size < room ? size : room;
        memcpy(buffer, data, count);
        sockless_received(one->ws, count, 0);
        poll_all(one);
        data += count;
        size -= count;
    }
}

static void start(player* one, const vector_case* vector, const way* how)
{
    sockless_options options = sockless_default_options();
    options.sizes = (sockless_sizes){.message = message_size, .output = 1 << 20, .input = input_size};
    options.whole_messages = how->whole;
    options.high_water = (size_t)1 << 30;
    options.frame_bytes = vector->frame != 0 ? vector->frame : options.frame_bytes;
    options.message_bytes = vector->message != 0 ? vector->message : options.message_bytes;
    options.fragments = vector->fragments != 0 ? vector->fragments : options.fragments;
    if (vector->client)
        must(sockless_client_init(&one->ws, memory, memory_size, &options, (sockless_random){fill, NULL}));
    else
        must(sockless_server_init(&one->ws, memory, memory_size, &options));
    if (!one->handshake) {
        must(sockless_start_open(one->ws, NULL, NULL, 0));
    } else if (vector->client) {
        const char* names[SOCKLESS_MAX_SUBPROTOCOLS];
        for (size_t i = 0; i < vector->subprotocol_count; ++i)
            names[i] = vector->subprotocols[i];
        must(sockless_connect(
            one->ws, "ws://server.example.com/chat",
            &(sockless_connect_options){.subprotocols = names, .subprotocol_count = vector->subprotocol_count}));
        write_all(one);
        one->out.size = 0; // the request
    }
    poll_all(one);
}

/// Returns whether the case has the expected events and output.
static bool play(const vector_case* vector, bool handshake, const way* how)
{
    player one = {.handshake = handshake};
    start(&one, vector, how);
    for (size_t at = 0; at < vector->in.size;) {
        size_t size = at == 0 && how->first != 0 ? how->first : how->pieces;
        size = size < vector->in.size - at ? size : vector->in.size - at;
        receive(&one, vector->in.data + at, size, how->own_buffer);
        at += size;
    }
    if (vector->transport_ends || vector->closes) {
        sockless_input_ended(one.ws, 0);
        poll_all(&one);
    }
    if (handshake && vector->rest.size != 0 && one.out.size > vector->out.size)
        one.out.size = vector->out.size; // the bytes after the head are frames
    const bool events = equal(&one.events, &vector->events);
    const bool out = (handshake && vector->client) || equal(&one.out, &vector->out);
    if (!events || !out)
        printf("FAILED  %s (%s, first piece %zu)\n  expected %zu bytes of output and\n%.*s  got %zu bytes and\n%.*s",
               vector->name, how->name, how->first, vector->out.size,
               (int)(vector->events.size < 500 ? vector->events.size : 500), (const char*)vector->events.data,
               one.out.size, (int)(one.events.size < 500 ? one.events.size : 500), (const char*)one.events.data);
    sockless_destroy(one.ws);
    free(one.message.data);
    free(one.events.data);
    free(one.out.data);
    return events && out;
}

typedef struct figures {
    unsigned cases, conversations, failed, skipped;
} figures;

static void play_every_way(const vector_case* one, bool handshake, figures* count)
{
    if (one->has_extension) {
        ++count->skipped;
        return;
    }
    ++count->cases;
    bool passed = true;
    for (int kind = 0; kind < 4; ++kind) {
        way how = {.pieces = input_size, .whole = kind % 2 == 0, .own_buffer = kind >= 2};
        how.name = kind == 0   ? "messages"
                   : kind == 1 ? "fragments"
                   : kind == 2 ? "messages, own buffer"
                               : "fragments, own buffer";
        passed = play(one, handshake, &how) && passed;
        ++count->conversations;
        how.pieces = one->in.size < 70000 ? 1 : 997;
        passed = play(one, handshake, &how) && passed;
        ++count->conversations;
        how.pieces = input_size;
        const size_t cuts = one->in.size < 300 ? one->in.size : 0;
        for (how.first = 1; how.first < cuts; ++how.first) {
            passed = play(one, handshake, &how) && passed;
            ++count->conversations;
        }
    }
    count->failed += !passed;
}

static void play_file(const char* folder, const char* name, bool handshake, figures* count)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE* file = fopen(path, "r");
    if (file == NULL)
        stop("cannot open", path);
    vector_case one = {.client = false};
    char line[8192];
    bool more;
    do {
        more = fgets(line, sizeof line, file) != NULL;
        if (!more)
            line[0] = '\0';
        if (strlen(line) == sizeof line - 1)
            stop("a line is too long", line);
        line[strcspn(line, "\r\n")] = '\0';
        if (line[0] == '#')
            continue;
        if (line[0] != '\0') {
            parse_line(&one, line);
        } else if (one.name[0] != '\0') {
            play_every_way(&one, handshake, count);
            release(&one);
        }
    } while (more);
    fclose(file);
}

int main(int argc, char** argv)
{
    if (argc != 2)
        stop("usage", "vectors FOLDER");
    memory_size =
        sockless_memory_size(&(sockless_sizes){.message = message_size, .output = 1 << 20, .input = input_size});
    memory = malloc(memory_size);
    if (memory == NULL)
        stop("no memory", "for the object");
    figures count = {0, 0, 0, 0};
    play_file(argv[1], "frames.txt", false, &count);
    play_file(argv[1], "handshakes.txt", true, &count);
    free(memory);
    printf("%u cases, %u conversations, %u failed; %u with permessage-deflate were not played\n", count.cases,
           count.conversations, count.failed, count.skipped);
    return count.failed != 0 || count.cases == 0;
}
