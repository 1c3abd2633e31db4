// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A8: without assertions a count beyond the bytes, such as the -1 of a failed send, removes nothing and returns.
#include <sockless/sockless.hpp>

#ifndef NDEBUG
#error "this program is for builds without assertions"
#endif

#include <array>
#include <cstddef>
#include <cstdio>
#include <span>
#include <string_view>

using namespace sockless;

namespace {

int failures = 0;

void check(bool right, const char* what)
{
    if (right)
        return;
    ++failures;
    std::puts(what);
}

void check_queue()
{
    static_byte_queue<8> queue;
    check(queue.append(std::string_view{"abc"}), "append");
    queue.consume(4);
    queue.consume(static_cast<std::size_t>(-1));
    check(as_text(queue.data()) == "abc", "consume");
    check(queue.prepare(2).size() == 2, "prepare");
    queue.commit(6);
    queue.commit(static_cast<std::size_t>(-1));
    check(as_text(queue.data()) == "abc", "commit");
}

void check_websocket()
{
    static_websocket_storage<> storage;
    websocket<role::server> ws{storage};
    std::array<char, 200> bytes{};
    const std::string_view request = "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    request.copy(bytes.data(), request.size());
    ws.receive(std::span{bytes.data(), request.size()}, 0);
    check(ws.poll().kind() == event_kind::request && !failed(ws.accept()) && !failed(ws.send("message")), "open");
    const std::size_t waiting = ws.write_buffer().size();
    ws.written(waiting, 0);
    check(ws.write_buffer().empty() && ws.buffered_amount() == 0, "all sent");
    check(ws.poll().kind() == event_kind::open, "opened");
    ws.written(static_cast<std::size_t>(-1), 0);
    const event e = ws.poll();
    check(e.kind() == event_kind::error && e.failure() == error::count_invalid, "a count that is not possible");
}

void check_prepared_message()
{
    std::array<std::byte, 20> storage{};
    prepared_message message{storage};
    check(!failed(message.assign_text("abc")), "assign");
    static_output_queue<100> queue;
    no_extension::codec none;
    check(queue.append_reference(message, message.frame(none)), "append");
    check(message.assign_text("d") == error::no_space && as_text(message.payload()) == "abc", "assign in use");
    check(!queue.append_reference(message, {}) && queue.unwritten() == 5, "append nothing");
    queue.reset();
    message.release();
    check(!message.in_use() && !failed(message.assign_text("d")), "release");
}

} // namespace

int main()
{
    check_queue();
    check_prepared_message();
    check_websocket();
    return failures;
}
