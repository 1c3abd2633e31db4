// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The C interface: the class `websocket` (websocket.hpp) in C99. A whole WebSocket in memory of the program's, without sockets, clock and heap.
///
/// In exactly one C++ file of the program, which includes what it likes before it:
///
/// @code
/// #define SOCKLESS_C_IMPLEMENTATION
/// #include <sockless/sockless.h>
/// @endcode
///
/// That file is compiled as C++20 with -fno-exceptions -fno-rtti -fno-threadsafe-statics, and with -U_GLIBCXX_ASSERTIONS where the compiler or
/// the distribution defines that macro; the program is linked by the C compiler, because nothing of the C++ standard library is used then.
/// Everything else is C:
///
/// @code
/// static sockless_unit memory[SOCKLESS_MEMORY_UNITS(4096, 8192, 2048, 2048, 32)]; // message, output, input, head, fields
/// sockless_options options = sockless_default_options();
/// options.sizes = (sockless_sizes){.message = 4096, .output = 8192, .input = 2048, .head = 2048, .fields = 32};
/// sockless_websocket *ws;
/// sockless_error e = sockless_client_init(&ws, memory, sizeof memory, &options, (sockless_random){fill, NULL});
/// if (e == SOCKLESS_ERROR_NONE)
///     e = sockless_connect(ws, "ws://example.com/chat", NULL);
///
/// // After each event of the transport and of the timer; `now` is in milliseconds.
/// if (bytes_arrived)
///     sockless_receive(ws, bytes, count, now);
/// if (input_has_ended)
///     sockless_input_ended(ws, now);
/// sockless_event event;
/// sockless_needs needs;
/// while (sockless_poll(ws, now, &event, &needs))
///     switch (event.kind) { ... } // may send and close
/// if (needs.write) {
///     size_t size;
///     const void *bytes = sockless_write_buffer(ws, &size);
///     sockless_written(ws, write_some(bytes, size), now); // then poll again
/// }
/// // needs.read, needs.shut_down_write, needs.close, needs.wake_after: what the program waits for, and does
/// @endcode
///
/// Rules for all functions:
/// - An object belongs to one thread at a time. Objects are independent of each other, and there are no globals.
/// - Sizes are in bytes, times in milliseconds. `now` is of any clock that only advances; only differences count, modulo 2^32, so that a
///   program polls at least once in 2^31 ms (24 days). A step back of less than a minute counts as none.
/// - Strings that are passed in as `const char *` end with a NUL and are not null, unless the parameter says so. What is returned as a
///   `sockless_text` does not end with a NUL.
/// - A null object or one that has been destroyed, a null pointer with a size that is not 0, a null string, also in a `sockless_field` or an
///   array of names, and a null pointer to a result (`event`, `needs`, `size`, `request`, `value`) are mistakes of the program: a function that
///   returns an error returns one and changes nothing, and every other one asserts (`SOCKLESS_ASSERT`, config.hpp). Where assertions are off
///   that call does nothing, and returns 0, false or an empty text.
/// - A function of the other role returns not_open, 0, false or an empty text, and changes nothing.
/// - No callback but `sockless_random::fill` is called, and that one only by sockless_connect() and the functions that send.
#ifndef SOCKLESS_SOCKLESS_H
#define SOCKLESS_SOCKLESS_H

#include "c/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define SOCKLESS_NODISCARD __attribute__((warn_unused_result))
#else
#define SOCKLESS_NODISCARD
#endif

#ifdef __cplusplus
extern "C" {
#endif

// --- memory

/// What the memory of an object has to be aligned to, in bytes. `malloc` aligns so, and an array of `sockless_unit` is.
#define SOCKLESS_ALIGNMENT 8
#if defined(__GNUC__)
#define SOCKLESS_ALIGNED __attribute__((aligned(SOCKLESS_ALIGNMENT)))
#else
#define SOCKLESS_ALIGNED
#endif

/// The unit of the memory of an object, which aligns it. Only its size and alignment matter.
typedef union sockless_unit {
    uint64_t integer SOCKLESS_ALIGNED; ///< for the alignment
    void* pointer;                     ///< for the alignment
} sockless_unit;

/// The size of an object without its buffers, in bytes. The implementation asserts that it is enough; for a compiler or sanitizer with which it
/// is not, a program defines it larger, in all of its files alike.
#ifndef SOCKLESS_WEBSOCKET_SIZE
#define SOCKLESS_WEBSOCKET_SIZE (sizeof(void*) * 160 + 384)
#endif
/// The size of one field of a peer's head, in bytes.
#define SOCKLESS_FIELD_SIZE (sizeof(void*) * 4)
/// The size of the memory of an object for sizes of which none is 0 (see `sockless_sizes`), in bytes: a constant expression.
#define SOCKLESS_MEMORY_SIZE(message, output, input, head, fields)                                                     \
    (SOCKLESS_WEBSOCKET_SIZE + (output) + (input) +                                                                    \
     (sizeof(char) * (message) > SOCKLESS_HEAD_MEMORY(head, fields) ? sizeof(char) * (message)                         \
                                                                    : SOCKLESS_HEAD_MEMORY(head, fields)))
/// The size of the memory for a peer's head, in bytes.
#define SOCKLESS_HEAD_MEMORY(head, fields) (SOCKLESS_FIELD_SIZE * (fields) + (head) + sizeof(void*) - 1)
/// The number of units of that memory, for an array.
#define SOCKLESS_MEMORY_UNITS(message, output, input, head, fields)                                                    \
    ((SOCKLESS_MEMORY_SIZE(message, output, input, head, fields) + sizeof(sockless_unit) - 1) / sizeof(sockless_unit))

/// The sizes of the buffers of an object in bytes. Usually a program chooses the first one only: 0 means the default.
typedef struct sockless_sizes {
    size_t message; ///< the largest message that is received, and a limit of frames and messages; 0: 65536
    size_t output;  ///< that can wait to be written, at least 256; 0: two of the largest messages and 284
    size_t input;   ///< of the largest piece that is received at once; 0: 16384
    /// of the peer's request or response; 0: 8192. It is in the memory of the messages, before they arrive
    size_t head;
    size_t fields; ///< number of its fields; 0: 100
} sockless_sizes;

/// Returns the size of the memory of an object in bytes: that of SOCKLESS_MEMORY_SIZE, but each size may be 0.
///
/// @param sizes  as in the options; null: all are 0
/// @return SIZE_MAX if it is larger than that
size_t sockless_memory_size(const sockless_sizes* sizes);

// --- types

/// One WebSocket, from the first byte of the handshake to the end of the transport, of a client or of a server. Opaque.
typedef struct sockless_websocket sockless_websocket;

/// Bytes of the object or of the peer, without a NUL at their end: `printf("%.*s", (int)text.size, text.data)`.
typedef struct sockless_text {
    const char* data; ///< null only if the size is 0
    size_t size;      ///< in bytes
} sockless_text;

/// A field of an HTTP head that the program sends. Both strings are read during the call only; neither is null, and the value may be empty.
typedef struct sockless_field {
    const char* name;  ///< a token
    const char* value; ///< may be empty
} sockless_field;

/// A source of bytes that nobody can predict: for the key of the handshake (16 bytes) and the mask of each frame that a client sends
/// (4 bytes; a source that is slow keeps some in stock).
///
/// @par Source RFC 6455 5.3, 10.3
typedef struct sockless_random {
    /// Fills all of @p bytes and returns true, or returns false. It does not call the object.
    bool (*fill)(void* context, void* bytes, size_t size);
    void* context; ///< outlives the object
} sockless_random;

/// The options of an object. Always begin with sockless_default_options(), which follow RFC 6455.
typedef struct sockless_options {
    sockless_sizes sizes; ///< of the memory

    // Limits of what the peer may send; whole messages are limited by `sizes.message`, too. 0 is a limit like any other, and not "none": with
    // 0 for `frame_bytes` or `message_bytes` only empty messages are accepted, with 0 for `fragments` none.
    uint64_t frame_bytes;   ///< of a frame: frame_too_large, close code 1009; 16 MiB
    uint64_t message_bytes; ///< of all frames of a message: message_too_large, close code 1009; 16 MiB
    uint32_t fragments;     ///< number of frames of a message: too_many_fragments, close code 1008; 131072
    uint32_t body_bytes;    ///< of a client: of the body of a refusal; 65536

    // In milliseconds, up to 2^31; 0: no limit, or no pings.
    /// from the first call with a time until the peer's part of the handshake is complete; 10000
    uint32_t handshake_timeout;
    uint32_t answer_timeout; ///< of a server: from a request until the program accepts or rejects it; 30000
    uint32_t ping_interval;  ///< from one ping to the next; 20000
    /// from the first ping after the last sign of life until the peer is given up; 20000
    uint32_t pong_timeout;
    uint32_t closing_timeout; ///< from the first close frame, or a rejection, until the transport ends; 10000

    // In bytes.
    /// reading pauses when this much waits to be written; 0: when a message of the largest size might have no room
    size_t high_water;
    size_t low_water; ///< it resumes when no more than this waits; 0: half of `high_water`
    size_t read_size; ///< the maximum size of sockless_read_buffer(); 0: the default; 16384

    bool whole_messages;        ///< false: message events are fragments, of any size, cut as they arrive; true
    bool receive_while_closing; ///< true: messages that arrive after sockless_close() are events, too; false
    /// sockless_close() accepts 1000 and 3000-4999 only (WHATWG WebSockets 3.1); false
    bool browser_close_codes;
    /// a message without room fails the connection with 1006 (WHATWG WebSockets 3.1); false
    bool fail_when_full;
} sockless_options;

/// Returns the default options: all sizes 0, and the values that are stated above.
sockless_options sockless_default_options(void);

/// What happened. The values are those of `sockless::event_kind`.
typedef enum sockless_event_kind {
    SOCKLESS_EVENT_NONE = 0,    ///< nothing: sockless_poll() returned false
    SOCKLESS_EVENT_REQUEST = 1, ///< server: a request waits for sockless_accept() or sockless_reject()
    /// server: a request for no WebSocket waits for sockless_reject() or sockless_refuse()
    SOCKLESS_EVENT_PLAIN_REQUEST = 2,
    SOCKLESS_EVENT_OPEN = 3,    ///< messages may be sent
    SOCKLESS_EVENT_MESSAGE = 4, ///< a message, or a fragment of one: `data`, `text`, `first`, `last`
    SOCKLESS_EVENT_PING = 5,    ///< `data`; the pong has been queued already
    SOCKLESS_EVENT_PONG = 6,    ///< `data`; also for pings of `ping_interval`, whose data is 8 bytes of the library
    SOCKLESS_EVENT_CLOSE = 7,   ///< the last event of all: `code`, `clean`, and the reason in `data`
    SOCKLESS_EVENT_ERROR = 8,   ///< the connection has failed, or never opened, or a body is not whole: `error`, `code`
    /// client: a piece of the body of the response that refused the connection: `data`
    SOCKLESS_EVENT_BODY = 9
} sockless_event_kind;

/// One event. Members that the kind has no use for are 0.
typedef struct sockless_event {
    sockless_event_kind kind; ///< decides which other members are set
    /// in the object or in the bytes that were received: until the next call for this object that receives or polls
    const unsigned char* data;
    size_t size; ///< of `data`
    /// a message is text, and UTF-8: otherwise it is binary. A fragment may end inside a character
    bool text;
    bool first; ///< fragment of its message; a whole message is first and last
    bool last;  ///< fragment of its message
    /// both close frames were transferred before the transport ended (RFC 6455 7.1.4)
    bool clean;
    /// Of a close: the peer's code, 1005 if its frame had none, 1006 if no close frame arrived. Of an error: its code, which
    /// is sent unless a close frame was sent before; 1006 if none is (RFC 6455 7.1.5).
    uint16_t code;
    sockless_error error; ///< of an error: the rule that was violated
} sockless_event;

/// What the program does next.
typedef struct sockless_needs {
    /// receive bytes; while it is false, leave them in the transport, and do not wait for them
    bool read;
    bool write; ///< write sockless_write_buffer()
    /// end the output of the transport: shutdown(SHUT_WR), TLS close_notify. Repeating it is harmless
    bool shut_down_write;
    bool close;          ///< close the transport; the object has no more use for it, and no more events
    uint32_t wake_after; ///< call sockless_poll() again after this many milliseconds, at the latest; never 0
} sockless_needs;

/// The value of `wake_after` if no time is waited for.
#define SOCKLESS_NEVER UINT32_MAX

/// Returns `wake_after` as the time-out of poll(2) and epoll_wait(2): -1 if no time is waited for.
int sockless_poll_timeout(const sockless_needs* needs);

/// The states of a browser's WebSocket, with the numbers of the WHATWG's interface.
typedef enum sockless_ready_state {
    SOCKLESS_CONNECTING = 0,
    SOCKLESS_OPEN = 1,
    /// a close frame was sent or received, it was closed before it was open, or it failed
    SOCKLESS_CLOSING = 2,
    SOCKLESS_CLOSED = 3 ///< the transport has ended, and the close event has been returned
} sockless_ready_state;

// --- errors

/// Returns a sentence for logs: what happened, who did it, what to do about it where that is known, and the clause.
///
/// @return one line, with a NUL at its end and without a full stop; static. Of another value it is "unknown error"
const char* sockless_error_string(sockless_error error);
/// Returns the name of an enumerator without its prefix and in lower case, such as `length_not_minimal`; static.
sockless_text sockless_error_name(sockless_error error);

// --- life

/// Makes a client in memory of the program's, in the state connecting.
///
/// @param[out] ws  the object, which begins at @p memory; null on failure
/// @param memory   aligned to SOCKLESS_ALIGNMENT; belongs to the object until sockless_destroy()
/// @param size     of @p memory, at least sockless_memory_size(&options->sizes)
/// @param options  read during the call only; null: the default
/// @param random   of keys and masks; `fill` is not null
/// @return SOCKLESS_ERROR_NONE, or why there is no object
/// @par Errors no_memory: @p memory is null, too small or not aligned; no_random: `fill` is null; exceeds_capacity: `sizes.output` is less
///             than 256, too small for a request and a close frame; count_invalid: @p ws is null
/// @par Complexity O(1): the buffers are not touched
SOCKLESS_NODISCARD sockless_error sockless_client_init(sockless_websocket** ws, void* memory, size_t size,
                                                       const sockless_options* options, sockless_random random);
/// Makes a server's end of one connection; as sockless_client_init().
SOCKLESS_NODISCARD sockless_error sockless_server_init(sockless_websocket** ws, void* memory, size_t size,
                                                       const sockless_options* options);
/// Ends the object: its memory is the program's again. No read or write of its buffers is in progress.
///
/// @param ws  null: nothing happens
void sockless_destroy(sockless_websocket* ws);
/// Begins again in the state connecting with the same options, for another transport: nothing of the old peer remains. No read or
/// write of its buffers is in progress. A client calls sockless_connect() again; the subprotocol strings of its last offer may be freed.
void sockless_reset(sockless_websocket* ws);

// --- the opening handshake of a client

/// The address in a URL, for the program that makes the connection.
typedef struct sockless_url {
    /// name or address for name resolution, without the brackets of an IPv6 address; in the text of the URL
    sockless_text host;
    uint16_t port; ///< 80 or 443 if the URL has none
    bool secure;   ///< wss or https: with TLS, which the program provides
} sockless_url;

/// Takes a URL apart. http means ws, https means wss.
///
/// @param text      outlives @p url
/// @param[out] url  unchanged on failure
/// @return SOCKLESS_ERROR_NONE, or what is wrong
/// @par Errors uri_scheme_invalid and the other errors of a URI; uri_has_fragment, uri_has_userinfo; count_invalid: a null pointer
/// @par Source RFC 6455 3; RFC 3986; WHATWG WebSockets 3.1
SOCKLESS_NODISCARD sockless_error sockless_parse_url(const char* text, sockless_url* url);

/// What a client offers. A struct of zeros offers nothing: `sockless_connect_options offer = {0};`
typedef struct sockless_connect_options {
    /// In order of preference, all different, up to SOCKLESS_MAX_SUBPROTOCOLS. The strings outlive the connection, which ends with
    /// sockless_destroy() or sockless_reset(); the array need not.
    const char* const* subprotocols;
    size_t subprotocol_count; ///< number of `subprotocols`
    /// WHATWG WebSockets: a server that chooses none of them fails the connection
    bool subprotocol_required;
    const char* origin; ///< RFC 6454; null: none. Read during the call only
    /// further fields, such as Cookie or Authorization, up to SOCKLESS_MAX_FIELDS; read during the call only
    const sockless_field* fields;
    size_t field_count; ///< number of `fields`
} sockless_connect_options;

/// The number of subprotocols that a client can offer.
#define SOCKLESS_MAX_SUBPROTOCOLS 8
/// The number of fields that a program can add to a request or a response.
#define SOCKLESS_MAX_FIELDS 16

/// Writes the request to sockless_write_buffer(). Call it once, before or after the transport is connected.
///
/// @param url    as of sockless_parse_url(); read during the call only
/// @param offer  null: none
/// @return SOCKLESS_ERROR_NONE, or why nothing was written
/// @par Errors those of sockless_parse_url(); host_not_sendable, target_not_sendable, subprotocol_not_sendable, field_not_sendable, field_reserved,
///             no_space, no_random; too_many_fields: more than SOCKLESS_MAX_FIELDS or SOCKLESS_MAX_SUBPROTOCOLS; count_invalid: a null
///             string; not_open: after the first success and after sockless_close(), and of a server
/// @par Source RFC 6455 4.1
SOCKLESS_NODISCARD sockless_error sockless_connect(sockless_websocket* ws, const char* url,
                                                   const sockless_connect_options* offer);
/// Returns the status of the response: from the open event until the next poll, or from an error event with status_not_101 until the
/// end. 0 at other times, and of a server. The body of such a response arrives in SOCKLESS_EVENT_BODY.
uint16_t sockless_response_status(const sockless_websocket* ws);
/// Returns the reason phrase of the response, as long as its status.
sockless_text sockless_response_reason(const sockless_websocket* ws);

// --- the opening handshake of a server

/// A client's request. The texts are in the memory of the object, as received, still percent-encoded.
typedef struct sockless_request {
    sockless_text method; ///< "GET", unless it is a plain request
    sockless_text target; ///< as in the request line
    sockless_text path;   ///< begins with a slash
    sockless_text query;  ///< without "?"
    sockless_text host;   ///< of the Host field, without the port
    sockless_text origin; ///< of the page that asks; empty if there is no Origin field
    uint16_t port;        ///< 0 if there was none
    /// RFC 6455 4.2.1: no Origin field is not the same as an empty one. Browsers always send one
    bool has_origin;
} sockless_request;

/// Describes the client's request: from a request or plain_request event until the first poll after the open event.
///
/// @param[out] request  zeros if there is none
/// @return whether there is one; false of a client
bool sockless_request_of(const sockless_websocket* ws, sockless_request* request);
/// Returns whether a request waits for an answer. Nothing is received meanwhile. When `answer_timeout` has passed the answer is 503, and
/// an error event has request_unanswered.
bool sockless_request_pending(const sockless_websocket* ws);
/// Returns the first subprotocol of the client's list, which is in order of preference, that the server supports.
///
/// @param supported  @p count names, none of which is null
/// @return one of @p supported; null: none
const char* sockless_choose_subprotocol(const sockless_websocket* ws, const char* const* supported, size_t count);

/// Accepts the request and opens the connection: messages may be sent at once. The open event follows.
///
/// @param subprotocol  one of the client's; null: none. Read during the call only
/// @param fields       of the response, @p count of them; read during the call only
/// @return SOCKLESS_ERROR_NONE, or why nothing was changed
/// @par Errors no_space, subprotocol_not_sendable, subprotocol_not_requested, subprotocol_too_long, field_not_sendable, field_reserved;
///             too_many_fields: more than SOCKLESS_MAX_FIELDS; count_invalid: a null name or value; not_open unless a request for a
///             WebSocket is pending
/// @par Source RFC 6455 4.2.2
SOCKLESS_NODISCARD sockless_error sockless_accept(sockless_websocket* ws, const char* subprotocol,
                                                  const sockless_field* fields, size_t count);
/// Answers without a WebSocket: 401, 403, 404, a redirect, or a page. It may be called before a request has arrived, for 408 or 503.
/// No error event follows; the close event has the code 1006.
///
/// @param status  200 to 599
/// @param fields  of the response, @p count of them; read during the call only
/// @param body    @p size bytes, read during the call only
/// @return SOCKLESS_ERROR_NONE, or why nothing was changed
/// @par Errors status_not_sendable, field_not_sendable, field_reserved, no_space, too_many_fields; count_invalid: a null name, value or body;
///             not_open after another answer
/// @par Source RFC 6455 4.2.2, 7.2.2
SOCKLESS_NODISCARD sockless_error sockless_reject(sockless_websocket* ws, uint16_t status, const sockless_field* fields,
                                                  size_t count, const void* body, size_t size);
/// Writes the library's response to a pending request: of a plain one 426 to GET and HEAD, else 405; to any other 400.
///
/// @return SOCKLESS_ERROR_NONE, or why nothing was changed
/// @par Errors not_open unless a request is pending; no_space
/// @par Source RFC 9110 15.5.6, 15.5.22
SOCKLESS_NODISCARD sockless_error sockless_refuse(sockless_websocket* ws);

// --- the peer's head, and another handshake

/// Returns the number of fields of the peer's head: of the request for a server, as long as sockless_request_of() returns true; of
/// the response for a client, as long as sockless_response_status() is not 0.
size_t sockless_field_count(const sockless_websocket* ws);
/// Returns the name of field @p index of the peer's head; empty if there is none.
sockless_text sockless_field_name(const sockless_websocket* ws, size_t index);
/// Returns the value of field @p index of the peer's head, without white space around it; empty if there is none.
sockless_text sockless_field_value(const sockless_websocket* ws, size_t index);
/// Finds a field of the peer's head.
///
/// @param name        compared without regard to case
/// @param[out] value  of the first line with that name; unchanged if there is none
/// @return whether there is one
/// @par Complexity O(number of fields)
bool sockless_find_field(const sockless_websocket* ws, const char* name, sockless_text* value);

/// Opens the connection without a handshake: another HTTP parser has made it. The open event follows.
///
/// @param subprotocol  that was agreed; null: none. Copied by a server; of a client it outlives the connection
/// @param response     @p size bytes to write before the first frame, such as a 101; copied
/// @return SOCKLESS_ERROR_NONE, or why nothing was changed
/// @par Errors not_open: the handshake has begun; subprotocol_too_long, no_space
SOCKLESS_NODISCARD sockless_error sockless_start_open(sockless_websocket* ws, const char* subprotocol,
                                                      const void* response, size_t size);

// --- receiving

/// Takes bytes that have arrived in a buffer of the program. Then call sockless_poll() until it returns false: afterwards the
/// buffer can be used for something else, because bytes that cannot be processed yet are copied.
///
/// @param bytes  up to `sizes.input`; changed in place
/// @param size   of @p bytes
/// @par Errors as an error event, and the connection has failed: input_not_consumed, exceeds_capacity
void sockless_receive(sockless_websocket* ws, void* bytes, size_t size, uint64_t now);
/// Returns a buffer of the object for a read, as an alternative to sockless_receive(): nothing is copied then.
///
/// @param[out] size  up to `read_size`; not 0 if `needs.read` of the last poll was true, whatever was sent since. Otherwise it may be 0, as in the
///                   state closed: nothing may be read now. Do not pass 0 to recv(), which would return 0 as at the end of input
/// @return at the same address until sockless_received(); null if @p size is 0
void* sockless_read_buffer(sockless_websocket* ws, size_t* size);
/// Takes the first bytes of sockless_read_buffer(), which have arrived. Then call sockless_poll() until it returns false.
///
/// @param count  in bytes; 0 if nothing arrived and no read is in progress any more
/// @par Errors as an error event, and the connection has failed: count_invalid, also for the -1 of a failed read(2)
void sockless_received(sockless_websocket* ws, size_t count, uint64_t now);
/// Reports that no more bytes arrive: end of file. Output is still written. The remaining events follow, close last.
void sockless_input_ended(sockless_websocket* ws, uint64_t now);
/// Reports that the transport can neither be read nor written any more: a reset, a failed read or write. The remaining events follow,
/// close last.
void sockless_transport_failed(sockless_websocket* ws, uint64_t now);

/// Returns the next event, or what the program does next if there is none. Call it until it returns false, whenever something has
/// happened: bytes have arrived or were written, a time has passed, a message was sent, a request was answered.
///
/// Events are returned by value and not by callbacks: the program handles each in a `switch`, in its own function, with its own variables, and
/// no function of the object is ever called inside another one. A program that stops earlier calls sockless_keep_input().
///
/// @param[out] event  open once, close exactly once, all others as they arrive. After error only close follows, after close nothing. The
///                    exception is a client whose connection is refused: after error follow body events, and a second error if the body is
///                    too large, malformed or incomplete; then close. sockless_failure() returns the first error. Messages that arrive after
///                    sockless_close() are dropped, unless `receive_while_closing`
/// @param[out] needs  when false is returned, after everything that is due was done, such as a ping; unchanged otherwise
/// @return whether there is an event
/// @par Errors of an error event: those of the handshake and of frames; connection_lost: the transport ended without a close frame;
///             connection_abandoned: sockless_close() before open; timed_out; request_unanswered; of misuse, see sockless_receive(),
///             sockless_received() and sockless_written(); of a body: body_too_large, body_incomplete, content_length_invalid, chunk_invalid
/// @par Source RFC 6455 4-7; WHATWG WebSockets 4
/// @par Complexity O(bytes consumed)
SOCKLESS_NODISCARD bool sockless_poll(sockless_websocket* ws, uint64_t now, sockless_event* event,
                                      sockless_needs* needs);
/// Copies bytes that are not consumed yet into the object, for a program that stops polling before false is returned: the buffer
/// that it passed to sockless_receive() can be used for something else then.
void sockless_keep_input(sockless_websocket* ws);
/// Pauses reading, as too much output does, until sockless_resume(): an open connection returns no further messages and control
/// frames, nor its end, and `needs.read` becomes false.
void sockless_pause(sockless_websocket* ws);
/// Resumes reading. Then call sockless_poll().
void sockless_resume(sockless_websocket* ws);

// --- sending

/// Returns the bytes to write, oldest first. They keep address and content until sockless_written(), whatever is sent or received
/// meanwhile, so that an asynchronous write and one that TLS repeats need no copy.
///
/// Null is returned although a write is in progress when nothing more is to be written: after sockless_transport_failed(), a time-out that a
/// server does not answer with 408 or 503, an error of misuse such as count_invalid, sockless_close() before open, and when a client's handshake
/// has failed or was refused. That write may still read the bytes, which remain until sockless_reset() or sockless_destroy(), and may be
/// reported.
///
/// @param[out] size  0 if there are none
/// @return null if @p size is 0. What is sent after the call is returned once all of these have been written
const void* sockless_write_buffer(sockless_websocket* ws, size_t* size);
/// Removes the first bytes of sockless_write_buffer(), which have been written. Then call sockless_poll().
///
/// @param count  in bytes; a part is fine
/// @par Errors as an error event, and the connection has failed: count_invalid, if fewer bytes were returned, also for the -1 of a
///             failed write(2)
void sockless_written(sockless_websocket* ws, size_t count, uint64_t now);
/// Returns the number of bytes that have not been written.
size_t sockless_unwritten(const sockless_websocket* ws);
/// Returns whether a fragment or message with up to @p payload bytes has room now.
bool sockless_has_room(const sockless_websocket* ws, size_t payload);

/// Sends a text message in one frame.
///
/// @param text  @p size bytes of UTF-8, read during the call only
/// @return SOCKLESS_ERROR_NONE, or why nothing was written
/// @par Errors not_open: if the connection is closing or closed, sockless_buffered_amount() grows; no_space: not now, see also
///             `fail_when_full`: try again after sockless_written() and a poll; sockless_has_room() returns whether it will succeed;
///             exceeds_capacity: never; payload_not_utf8, no_random, message_open; count_invalid: a null pointer
/// @par Source RFC 6455 5.6, 6.1
/// @par Complexity O(size)
SOCKLESS_NODISCARD sockless_error sockless_send_text(sockless_websocket* ws, const char* text, size_t size);
/// Sends a binary message in one frame: @p size bytes. As sockless_send_text(), without payload_not_utf8.
SOCKLESS_NODISCARD sockless_error sockless_send_binary(sockless_websocket* ws, const void* bytes, size_t size);
/// Begins a message whose fragments are sent one by one.
///
/// @param text  whether it is text, which is checked over the fragments: one may end inside a character
/// @return SOCKLESS_ERROR_NONE, or why nothing was changed
/// @par Errors not_open, message_open
/// @par Source RFC 6455 5.4
SOCKLESS_NODISCARD sockless_error sockless_begin_message(sockless_websocket* ws, bool text);
/// Sends the next fragment of the message, @p size bytes in a frame of its own.
///
/// @return SOCKLESS_ERROR_NONE, or why nothing was written
/// @par Errors those of sockless_send_text(); no_message_open
SOCKLESS_NODISCARD sockless_error sockless_send_fragment(sockless_websocket* ws, const void* bytes, size_t size);
/// Sends the last fragment of the message, @p size bytes; they may be none. As sockless_send_fragment().
SOCKLESS_NODISCARD sockless_error sockless_end_message(sockless_websocket* ws, const void* bytes, size_t size);
/// Sends a ping. Those of `ping_interval` are sent by themselves.
///
/// @param bytes  @p size, up to 125, read during the call only
/// @return SOCKLESS_ERROR_NONE, or why nothing was written
/// @par Errors not_open, no_space, no_random, control_payload_too_long, count_invalid
/// @par Source RFC 6455 5.5.2
SOCKLESS_NODISCARD sockless_error sockless_ping(sockless_websocket* ws, const void* bytes, size_t size);

/// Starts the closing handshake, after everything that was sent. Does nothing if that has begun.
///
/// Before the connection is open it abandons it: no close frame is sent, an error event follows, and 1006 at the end. The remaining body of
/// a refusal is dropped. A close frame for which there is no room waits. If `fill` fails, later polls of a client try the close frame again, possibly not
/// before the next wake-up; `needs.write` is false until then, unless other bytes wait.
///
/// @param code    1000 to 4999, as far as this role may send it; 0: a close frame without a code
/// @param reason  UTF-8, up to 123 bytes, read during the call only; null: none. Without a code there is none
/// @return SOCKLESS_ERROR_NONE, or why nothing was changed
/// @par Errors close_code_not_sendable: also a reason without a code; reason_too_long, reason_not_utf8; not_open: a null object only
/// @par Source RFC 6455 7.1.2, 7.2.2, 7.4; WHATWG WebSockets 3.1
SOCKLESS_NODISCARD sockless_error sockless_close(sockless_websocket* ws, uint16_t code, const char* reason);

// --- state

/// Returns the state, as a browser has it.
sockless_ready_state sockless_state(const sockless_websocket* ws);
/// Returns the subprotocol in use, until the end of the object; empty before the connection is open, and if there is none.
sockless_text sockless_subprotocol(const sockless_websocket* ws);
/// Returns the number of payload bytes of messages that were sent and have not been written: no headers, no pings. Messages that were
/// sent too late always count.
uint64_t sockless_buffered_amount(const sockless_websocket* ws);
/// Returns whether nothing more is to be sent or waited for. A client still waits for its server to close the transport while
/// sockless_close_expected().
bool sockless_finished(const sockless_websocket* ws);
/// Returns whether the peer has to close the transport first (RFC 6455 7.1.1).
bool sockless_close_expected(const sockless_websocket* ws);
/// Returns why the connection failed, or did not open; SOCKLESS_ERROR_NONE if it did not fail.
sockless_error sockless_failure(const sockless_websocket* ws);

#ifdef __cplusplus
}
#endif

#endif

// Outside of the guard: another file may have included this one for the declarations before.
#ifdef SOCKLESS_C_IMPLEMENTATION
#ifndef __cplusplus
#error "SOCKLESS_C_IMPLEMENTATION is for exactly one C++ file of the program"
#endif
#include "c/implementation.hpp"
#endif
