// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// R2 and AddressSanitizer: payload inside the connection is poisoned once it is invalid; the caller's buffer never is.
#include "support/connection_subject.hpp"
#include "support/frames.hpp"
#include "support/print.hpp"

#include <sockless/connection.hpp>

#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <span>

#if defined(__unix__) || defined(__APPLE__)
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

namespace {

using namespace sockless;
using namespace support;

/// A connection that has just returned a ping whose payload is inside the connection.
struct ping_in_parts {
    server_connection connection;
    static_byte_queue<200> tx;
    std::span<const std::byte> payload;

    ping_in_parts()
    {
        byte_vector bytes = masked_frame(0x89, text("a ping in two parts"));
        std::span<std::byte> in = std::span{bytes}.first(10);
        static_cast<void>(connection.poll(in, tx));
        in = std::span{bytes}.subspan(10);
        payload = connection.poll(in, tx).payload();
    }
};

/// For memory that a sanitizer may have to complain about.
[[maybe_unused]] bool poisoned([[maybe_unused]] std::span<const std::byte> bytes)
{
#if SOCKLESS_ASAN
    return __asan_region_is_poisoned(const_cast<std::byte*>(bytes.data()), bytes.size()) != nullptr;
#else
    return false;
#endif
}

TEST_CASE("R2: the payload of a control frame in parts is readable until the next poll", "[LIFE-1]")
{
    ping_in_parts example;
    CHECK(to_string(example.payload) == "a ping in two parts");
    CHECK(within(example.payload, &example.connection, sizeof example.connection));
    CHECK_FALSE(poisoned(example.payload));
    std::span<std::byte> nothing;
    CHECK(example.connection.poll(nothing, example.tx).kind() == event_kind::need_input);
    CHECK(poisoned(example.payload) == (SOCKLESS_ASAN != 0));
}

TEST_CASE("R2: the caller's buffer is never poisoned, before or after", "[LIFE-1]")
{
    server_connection connection;
    static_byte_queue<200> tx;
    byte_vector bytes = join({masked_frame(0x89, text("whole")), masked_frame(0x82, text("message")),
                              masked_frame(0x88, close_body(1000, "bye"))});
    std::span<std::byte> in{bytes};
    while (connection.poll(in, tx).kind() != event_kind::need_input)
        CHECK_FALSE(poisoned(bytes));
    CHECK_FALSE(poisoned(bytes));
}

TEST_CASE("LIFE-2: the memory of a destroyed connection is not poisoned for its next owner", "[LIFE-2]")
{
    alignas(ping_in_parts) std::byte memory[sizeof(ping_in_parts)]{};
    auto* const example = new (memory) ping_in_parts;
    std::span<std::byte> nothing;
    CHECK(example->connection.poll(nothing, example->tx).kind() == event_kind::need_input);
    example->~ping_in_parts();
    CHECK_FALSE(poisoned(memory));
}

TEST_CASE("CVE-2017-2922: a connection may be copied in the middle of a control frame, and both copies continue",
          "[LIFE-2]")
{
    byte_vector bytes = masked_frame(0x89, text("ping"));
    static_byte_queue<200> tx;
    std::optional<server_connection> first{std::in_place};
    std::span<std::byte> in = std::span{bytes}.first(8);
    CHECK(first->poll(in, tx).kind() == event_kind::need_input);
    server_connection second{*first};
    byte_vector rest(bytes.begin() + 8, bytes.end());
    byte_vector again = rest;
    in = rest;
    CHECK(first->poll(in, tx).text() == "ping");
    first.reset();
    in = again;
    CHECK(second.poll(in, tx).text() == "ping");
    const server_connection third{second};
    second = third;
    in = {};
    CHECK(second.poll(in, tx).kind() == event_kind::need_input);
}

#if SOCKLESS_ASAN && (defined(__unix__) || defined(__APPLE__))

/// Whether a program that does this is stopped by the sanitizer.
template <class Function>
bool is_stopped(Function function)
{
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const int nowhere = ::open("/dev/null", O_WRONLY); // the report is expected and not printed
        ::dup2(nowhere, 2);
        function();
        ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

TEST_CASE("CVE-2017-2922: a program that reads a stale control payload is stopped by AddressSanitizer", "[LIFE-1]")
{
    const auto read_first = [](std::span<const std::byte> payload) {
        const volatile std::byte* first = payload.data();
        static_cast<void>(*first);
    };
    CHECK_FALSE(is_stopped([&] {
        const ping_in_parts example;
        read_first(example.payload);
    }));
    CHECK(is_stopped([&] {
        ping_in_parts example;
        std::span<std::byte> nothing;
        static_cast<void>(example.connection.poll(nothing, example.tx));
        read_first(example.payload);
    }));
    CHECK(is_stopped([&] {
        std::span<const std::byte> payload;
        {
            const auto example = std::make_unique<ping_in_parts>();
            payload = example->payload;
        }
        read_first(payload);
    }));
}

#endif

} // namespace
