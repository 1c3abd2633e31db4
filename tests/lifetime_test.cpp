// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// R2 and AddressSanitizer: payload inside the connection is poisoned once it is invalid; the caller's buffer never is.
#include "support/connection_subject.hpp"
#include "support/frames.hpp"
#include "support/print.hpp"

#include <sockless/connection.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
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

TEST_CASE("A22: the payload of a small message is valid until the next poll, whatever that poll returns", "[LIFE-1]")
{
    for (const bool more : {false, true}) {
        server_connection connection;
        static_byte_queue<200> tx;
        byte_vector bytes = masked_frame(0x82, text("small"));
        bytes.resize(bytes.size() + 200); // so that it is read without a call
        const byte_vector next = masked_frame(0x82, text("other"));
        std::copy(next.begin(), next.end(), bytes.begin() + 11);
        std::span<std::byte> in{bytes};
        const event first = connection.poll(in, tx);
        REQUIRE(first.text() == "small");
        CHECK_FALSE(poisoned(first.payload()));
        if (!more)
            in = {};
        const event second = connection.poll(in, tx);
        CHECK(second.kind() == (more ? event_kind::message : event_kind::need_input));
        CHECK(poisoned(first.payload()) == (SOCKLESS_ASAN != 0));
        if (more) {
            CHECK(second.text() == "other");
            CHECK_FALSE(poisoned(second.payload()));
        }
    }
}

TEST_CASE("A22: the payload of a message in parts is valid until the next poll, and its storage can be used again",
          "[LIFE-1]")
{
    static_byte_queue<200> storage;
    server_connection connection;
    static_byte_queue<200> tx;
    std::span<const std::byte> stale;
    {
        message_assembler messages{storage};
        for (int i = 0; i < 2; ++i) {
            byte_vector bytes = join({masked_frame(0x02, text("a message ")), masked_frame(0x80, text("in parts"))});
            std::span<std::byte> in{bytes};
            const event e = connection.poll(in, tx, messages);
            REQUIRE(e.text() == "a message in parts");
            CHECK_FALSE(poisoned(e.payload()));
            byte_vector small = join({masked_frame(0x82, text("small")), byte_vector(200)});
            if (i == 1)
                in = std::span{small}.first(small.size());
            CHECK(connection.poll(in, tx, messages).kind() == (i == 1 ? event_kind::message : event_kind::need_input));
            CHECK(poisoned(e.payload()) == (SOCKLESS_ASAN != 0));
            if (i == 1)
                break; // what follows is no frame
            stale = e.payload();
        }
    }
    CHECK_FALSE(poisoned(stale)); // for the next user of the storage
}

/// Decodes by copying into itself.
struct copying {
    class decoder {
    public:
        [[nodiscard]] static std::uint8_t reserved_bits() noexcept { return frame_header::rsv1; }
        void begin() noexcept {}
        decoded_payload decode(std::span<const std::byte> in, bool, std::uint64_t) noexcept
        {
            std::copy(in.begin(), in.end(), out_.begin());
            return {in.size(), std::span{out_}.first(in.size()), true, error::none};
        }

    private:
        alignas(8) std::array<std::byte, 64> out_{};
    };
    using encoder = no_extension::codec;
};

TEST_CASE("A22: the payload of a decoder is valid until the next poll", "[LIFE-1]")
{
    connection<role::server, no_mask_keys, copying> end;
    static_byte_queue<200> tx;
    byte_vector bytes = masked_frame(0xC2, text("decoded payload"));
    std::span<std::byte> in{bytes};
    const event e = end.poll(in, tx);
    REQUIRE(e.text() == "decoded payload");
    CHECK_FALSE(poisoned(e.payload()));
    CHECK(end.poll(in, tx).kind() == event_kind::need_input);
    CHECK(poisoned(e.payload()) == (SOCKLESS_ASAN != 0));
    auto copy = end;
    bytes = masked_frame(0xC2, text("another payload"));
    in = bytes;
    CHECK(end.poll(in, tx).text() == "another payload");
    bytes = masked_frame(0xC2, text("another payload"));
    in = bytes;
    CHECK(copy.poll(in, tx).text() == "another payload");
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
