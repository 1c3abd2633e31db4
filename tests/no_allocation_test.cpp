// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Every way to the heap is counted here, for the whole program: operator new and delete, and under glibc malloc itself.
/// The counter must not change while the core works.
#include "support/catch.hpp"
#include "support/mask_keys.hpp"
#include "support/sanitizers.hpp"

#include <sockless/connection.hpp>
#include <sockless/handshake/client_handshake.hpp>
#include <sockless/handshake/server_handshake.hpp>
#include <sockless/websocket.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <new>
#include <span>
#include <string_view>

namespace {

/// Of this thread only: Catch2 and the tests of other threads may allocate as they like.
thread_local std::size_t allocations = 0;

void* counted(std::size_t size, std::size_t alignment = alignof(std::max_align_t))
{
    ++allocations;
    const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
    return alignment <= alignof(std::max_align_t) ? std::malloc(size == 0 ? 1 : size)
                                                  : std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
}

/// A function of its own, because g++ would see `free` meet `new` and not that both are ours.
[[gnu::noinline]] void unread(void* memory) noexcept
{
    std::free(memory);
}

void* counted_or_throw(std::size_t size, std::size_t alignment = alignof(std::max_align_t))
{
    if (void* const memory = counted(size, alignment))
        return memory;
    throw std::bad_alloc{};
}

} // namespace

void* operator new(std::size_t size)
{
    return counted_or_throw(size);
}
void* operator new[](std::size_t size)
{
    return counted_or_throw(size);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept
{
    return counted(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept
{
    return counted(size);
}
void* operator new(std::size_t size, std::align_val_t alignment)
{
    return counted_or_throw(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment)
{
    return counted_or_throw(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept
{
    unread(memory);
}
void operator delete[](void* memory) noexcept
{
    unread(memory);
}
void operator delete(void* memory, std::size_t) noexcept
{
    unread(memory);
}
void operator delete[](void* memory, std::size_t) noexcept
{
    unread(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept
{
    unread(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept
{
    unread(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept
{
    unread(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept
{
    unread(memory);
}

#if defined(__GLIBC__) && !SOCKLESS_TEST_SANITIZED_HEAP
#define SOCKLESS_TEST_COUNTS_MALLOC 1
#else
#define SOCKLESS_TEST_COUNTS_MALLOC 0
#endif

#if SOCKLESS_TEST_COUNTS_MALLOC
// glibc's internal names of malloc and similar functions; its `free` accepts memory of both.
extern "C" void* __libc_malloc(std::size_t size) noexcept;
extern "C" void* __libc_calloc(std::size_t count, std::size_t size) noexcept;
extern "C" void* __libc_realloc(void* memory, std::size_t size) noexcept;

// glibc declares these without noexcept where the compiler is not GNU.
extern "C" void* malloc(std::size_t size) __THROW
{
    ++allocations;
    return __libc_malloc(size);
}
extern "C" void* calloc(std::size_t count, std::size_t size) __THROW
{
    ++allocations;
    return __libc_calloc(count, size);
}
extern "C" void* realloc(void* memory, std::size_t size) __THROW
{
    ++allocations;
    return __libc_realloc(memory, size);
}
#endif

namespace {

using namespace sockless;

/// What arrived at one end: plain numbers, because a vector of lines would be an allocation.
struct heard {
    std::size_t messages = 0;
    std::size_t bytes = 0;
    std::size_t pings = 0;
    std::size_t pongs = 0;
    std::size_t closes = 0;
    std::size_t errors = 0;
};

/// Moves pending output from one end to the other, `step` bytes at a time.
template <class Connection>
void carry(byte_queue& from, Connection& to, byte_queue& tx, message_assembler* whole, heard& log, std::size_t step)
{
    std::array<std::byte, 64> buffer{};
    while (!from.empty()) {
        const std::size_t size = from.size() < step ? from.size() : step;
        sockless::detail::copy_bytes(from.data().first(size), buffer);
        from.consume(size);
        std::span<std::byte> in = std::span{buffer}.first(size);
        while (true) {
            const event e = whole != nullptr ? to.poll(in, tx, *whole) : to.poll(in, tx);
            if (e.kind() == event_kind::need_input)
                break;
            switch (e.kind()) {
            case event_kind::need_input:
            case event_kind::request:
            case event_kind::plain_request:
            case event_kind::body:
            case event_kind::open: break;
            case event_kind::message:
                log.messages += e.last() ? 1U : 0U;
                log.bytes += e.payload().size();
                break;
            case event_kind::ping: ++log.pings; break;
            case event_kind::pong: ++log.pongs; break;
            case event_kind::close: ++log.closes; break;
            case event_kind::error: ++log.errors; break;
            }
        }
    }
}

TEST_CASE("no allocation: the counter counts allocations")
{
    const std::size_t before = allocations;
    ::operator delete(::operator new(1));
    CHECK(allocations > before);
#if SOCKLESS_TEST_COUNTS_MALLOC
    const std::size_t after = allocations;
    void* volatile memory = std::malloc(1);
    unread(memory);
    CHECK(allocations == after + 1);
#endif
}

/// Predictable, for tests only.
struct same_bytes {
    bool fill(std::span<std::byte> out) noexcept
    {
        for (std::byte& b : out)
            b = std::byte{0x42};
        return true;
    }
};

TEST_CASE("no allocation: a handshake of both ends does not use the heap, nor does a refused one", "[6455-10.4-03]")
{
    constexpr std::string_view names[] = {"chat", "superchat"};
    std::size_t opened = 0;
    std::size_t refused = 0;
    const std::size_t before = allocations;
    for (const bool good : {true, false}) {
        head_storage<1024, 16> client_head;
        head_storage<1024, 16> server_head;
        client_handshake client{client_head};
        server_handshake server{server_head};
        static_byte_queue<1024> request;
        static_byte_queue<1024> response;
        same_bytes random;
        connect_options what{.where = {.host = "example.com", .path = "/chat"}, .subprotocols = names};
        if (!failed(client.start(request, what, random))) {
            std::span<const std::byte> in = request.data();
            while (server.poll(in, response) == server_handshake_result::need_input && !in.empty()) {
            }
            const error answer =
                good ? server.accept(response, {.subprotocol = "chat"}) : server.respond(response, 403);
            in = response.data();
            const client_handshake_result outcome = client.poll(in);
            opened += !failed(answer) && outcome == client_handshake_result::open ? 1U : 0U;
            refused += !failed(answer) && outcome == client_handshake_result::refused ? 1U : 0U;
        }
    }
    const std::size_t after = allocations;
    CHECK(after == before);
    CHECK(opened == 1);
    CHECK(refused == 1);
}

TEST_CASE("no allocation: a complete conversation between two ends does not use the heap", "[6455-5.2-13][LEN-4]")
{
    heard at_server;
    heard at_client;
    bool good = true;
    const std::size_t before = allocations;
    for (std::size_t step = 1; step <= 64; ++step) {
        server_connection server;
        client_connection<support::zero_keys> client;
        static_byte_queue<500> from_server;
        static_byte_queue<500> from_client;
        static_byte_queue<200> storage;
        message_assembler whole{storage};
        std::array<std::byte, 150> payload{};

        good = good && !failed(client.send_text(from_client, "Hello"));
        good = good && !failed(client.begin_message(opcode::text));
        good = good && !failed(client.send_fragment(from_client, std::span{payload}.first(100)));
        good = good && !failed(client.ping(from_client, std::span{payload}.first(125)));
        good = good && !failed(client.end_message(from_client, std::span{payload}.first(50)));
        carry(from_client, server, from_server, &whole, at_server, step);
        good = good && !failed(server.send_binary(from_server, payload));
        good = good && !failed(server.ping(from_server));
        carry(from_server, client, from_client, nullptr, at_client, step);
        good = good && !failed(client.close(from_client, close_code::normal, "bye"));
        carry(from_client, server, from_server, &whole, at_server, step);
        carry(from_server, client, from_client, nullptr, at_client, step);
        good = good && server.finished() && client.finished();
    }
    const std::size_t after = allocations;
    CHECK(after == before);
    CHECK(good);
    CHECK(at_server.messages == 2 * 64);
    CHECK(at_server.bytes == 155 * 64);
    CHECK(at_server.pings == 64);
    CHECK(at_server.pongs == 64);
    CHECK(at_server.closes == 64);
    CHECK(at_client.messages == 64);
    CHECK(at_client.bytes == 150 * 64);
    CHECK(at_client.closes == 64);
    CHECK(at_server.errors + at_client.errors == 0);
}

/// One end of a conversation between two objects: a client sends three messages and closes, a server replies.
struct talker {
    heard* log;
    bool is_client;

    void on_open(auto& ws) const
    {
        if (is_client)
            log->errors += failed(ws.ping()) || failed(ws.send("Hello")) ? 1U : 0U;
    }
    void on_message(auto& ws, const event& e) const
    {
        ++log->messages;
        log->bytes += e.payload().size();
        if (is_client && log->messages % 3 == 0)
            ws.close();
        else
            log->errors += failed(ws.send(e.text())) ? 1U : 0U;
    }
    void on_ping(auto&, const event&) const { ++log->pings; }
    void on_pong(auto&, const event&) const { ++log->pongs; }
    void on_error(auto&, const event&) const { ++log->errors; }
    void on_close(auto&, const event& e) const { log->closes += e.was_clean() ? 1U : 0U; }
};

TEST_CASE("no allocation: two objects with fixed storage never use the heap")
{
    static_websocket_storage<websocket_sizes{.message = 200, .output = 1000, .head = 500, .fields = 16}> server_storage;
    static_websocket_storage<websocket_sizes{.message = 200, .output = 1000, .head = 500, .fields = 16}> client_storage;
    heard at_server;
    heard at_client;
    bool good = true;
    const std::size_t before = allocations;
    for (std::size_t step = 1; step <= 64; ++step) {
        websocket<role::server> server{server_storage};
        websocket<role::client, support::zero_keys> client{client_storage};
        same_bytes random;
        good = good && !failed(client.connect("ws://example.com/chat", {}, random));
        std::array<std::byte, 64> buffer{};
        const talker answering{&at_server, false};
        const talker asking{&at_client, true};
        const auto carry_some = [&](auto& from, auto& to, const talker& handler) {
            const std::size_t size = from.write_buffer().size() < step ? from.write_buffer().size() : step;
            sockless::detail::copy_bytes(from.write_buffer().first(size), buffer);
            from.written(size, 0);
            to.receive(std::span{buffer}.first(size), 0);
            static_cast<void>(to.poll(handler, 0));
        };
        while (!client.write_buffer().empty() || !server.write_buffer().empty()) {
            carry_some(client, server, answering);
            carry_some(server, client, asking);
        }
        good = good && server.finished() && client.finished();
        server.input_ended(0);
        good = good && server.poll(answering, 0).close;
        client.input_ended(0);
        good = good && client.poll(asking, 0).close;
    }
    const std::size_t after = allocations;
    CHECK(after == before);
    CHECK(good);
    CHECK(at_server.messages == 3 * 64);
    CHECK(at_client.bytes == 15 * 64);
    CHECK(at_server.pings == 64);
    CHECK(at_client.pongs == 64);
    CHECK(at_server.closes + at_client.closes == 2 * 64);
    CHECK(at_server.errors + at_client.errors == 0);
}

TEST_CASE("no allocation: an announced length of 2^62 bytes and errors do not use the heap",
          "[6455-5.2-13][6455-10.4-01][LEN-1][LEN-4]")
{
    constexpr std::string_view inputs[] = {std::string_view{"\x82\xFF\x40\0\0\0\0\0\0\0\1\2\3\4", 14},
                                           std::string_view{"\x82\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 10},
                                           std::string_view{"\x83\x80\0\0\0\0", 6},
                                           std::string_view{"\x81\x05Hello"},
                                           std::string_view{"\x81\x81\0\0\0\0\xFF", 7},
                                           std::string_view{"\x88\x81\0\0\0\0\x03", 7}};
    std::size_t failures = 0;
    const std::size_t before = allocations;
    for (const std::string_view input : inputs) {
        for (const bool endless : {false, true}) {
            server_connection connection{
                endless ? limits{.frame_bytes = ~std::uint64_t{0}, .message_bytes = ~std::uint64_t{0}} : limits{}};
            static_byte_queue<100> tx;
            std::array<std::byte, 16> buffer{};
            sockless::detail::copy_bytes(input, buffer);
            std::span<std::byte> in = std::span{buffer}.first(input.size());
            while (connection.poll(in, tx).kind() != event_kind::need_input)
                ++failures;
        }
    }
    const std::size_t after = allocations;
    CHECK(after == before);
    CHECK(failures == 2 * std::size(inputs) - 1); // 2^62 bytes are fine if there is no limit
}

} // namespace
