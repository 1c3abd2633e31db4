// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Calls every function that returns no error without an object, and with null pointers, each in a process of its own: an assertion ends it. Where
/// assertions are off, the call does nothing.
#define _POSIX_C_SOURCE 200809L
#include <sockless/sockless.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static sockless_websocket* made(void)
{
    static sockless_unit memory[SOCKLESS_MEMORY_UNITS(200, 300, 100, 200, 8)];
    sockless_options options = sockless_default_options();
    options.sizes = (sockless_sizes){200, 300, 100, 200, 8};
    sockless_websocket* ws;
    if (sockless_server_init(&ws, memory, sizeof memory, &options) != SOCKLESS_ERROR_NONE)
        exit(3);
    return ws;
}

/// Returns whether there is a mistake of this number. A result that is not 0, false or empty ends the process with status 4.
static bool make_mistake(int number)
{
    sockless_text text = {NULL, 0};
    sockless_request request;
    sockless_event event;
    sockless_needs needs;
    size_t size = 1;
    bool result = false;
    switch (number) {
    case 0: sockless_reset(NULL); break;
    case 1: result = sockless_response_status(NULL) != 0; break;
    case 2: result = sockless_response_reason(NULL).size != 0; break;
    case 3: result = sockless_request_of(NULL, &request); break;
    case 4: result = sockless_request_of(made(), NULL); break;
    case 5: result = sockless_request_pending(NULL); break;
    case 6: result = sockless_choose_subprotocol(NULL, NULL, 0) != NULL; break;
    case 7: result = sockless_choose_subprotocol(made(), NULL, 1) != NULL; break;
    case 8: result = sockless_field_count(NULL) != 0; break;
    case 9: result = sockless_field_name(NULL, 0).size != 0; break;
    case 10: result = sockless_field_value(NULL, 0).size != 0; break;
    case 11: result = sockless_find_field(NULL, "a", &text); break;
    case 12: result = sockless_find_field(made(), NULL, &text); break;
    case 13: result = sockless_find_field(made(), "a", NULL); break;
    case 14: sockless_receive(NULL, &size, 1, 0); break;
    case 15: sockless_receive(made(), NULL, 1, 0); break;
    case 16: result = sockless_read_buffer(NULL, &size) != NULL || size != 0; break;
    case 17: result = sockless_read_buffer(made(), NULL) != NULL; break;
    case 18: sockless_received(NULL, 0, 0); break;
    case 19: sockless_input_ended(NULL, 0); break;
    case 20: sockless_transport_failed(NULL, 0); break;
    case 21: result = sockless_poll(NULL, 0, &event, &needs); break;
    case 22: result = sockless_poll(made(), 0, NULL, &needs); break;
    case 23: result = sockless_poll(made(), 0, &event, NULL); break;
    case 24: sockless_keep_input(NULL); break;
    case 25: sockless_pause(NULL); break;
    case 26: sockless_resume(NULL); break;
    case 27: result = sockless_write_buffer(NULL, &size) != NULL || size != 0; break;
    case 28: result = sockless_write_buffer(made(), NULL) != NULL; break;
    case 29: sockless_written(NULL, 0, 0); break;
    case 30: result = sockless_unwritten(NULL) != 0; break;
    case 31: result = sockless_has_room(NULL, 0); break;
    case 32: result = sockless_state(NULL) != SOCKLESS_CONNECTING; break;
    case 33: result = sockless_subprotocol(NULL).size != 0; break;
    case 34: result = sockless_buffered_amount(NULL) != 0; break;
    case 35: result = sockless_finished(NULL); break;
    case 36: result = sockless_close_expected(NULL); break;
    case 37: result = sockless_failure(NULL) != SOCKLESS_ERROR_NONE; break;
    case 38: result = sockless_poll_timeout(NULL) != 0; break;
    case 39: {
        static const char* const names[] = {"chat", NULL};
        result = sockless_choose_subprotocol(made(), names, 2) != NULL;
        break;
    }
    default: return false;
    }
    if (result)
        exit(4);
    return true;
}

int main(void)
{
#ifdef NDEBUG
    const bool asserts = false;
#else
    const bool asserts = true;
#endif
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    int failed = 0;
    int number = 0;
    for (;; ++number) {
        fflush(stdout);
        const pid_t child = fork();
        if (child < 0)
            return 2;
        if (child == 0) {
            if (freopen("/dev/null", "w", stderr) == NULL) // the sentences of assert
                exit(3);
            exit(make_mistake(number) ? 0 : 5);
        }
        int status;
        if (waitpid(child, &status, 0) != child)
            return 2;
        if (WIFEXITED(status) && WEXITSTATUS(status) == 5)
            break;
        const bool ended = WIFSIGNALED(status) &&
                           (WTERMSIG(status) == SIGABRT || WTERMSIG(status) == SIGTRAP || WTERMSIG(status) == SIGILL);
        const bool quiet = WIFEXITED(status) && WEXITSTATUS(status) == 0;
        if (asserts ? !ended : !quiet) {
            printf("FAILED  mistake %d: wait status %d\n", number, status);
            ++failed;
        }
    }
    printf("%d mistakes, %d failed\n", number, failed);
    return failed != 0 || number == 0;
}
