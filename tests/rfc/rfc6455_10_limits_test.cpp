// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// RFC 6455 10.4 and the floods of others' history: a million of everything costs no memory, no stack, and calls in
/// proportion. Work is counted in calls and bytes, not in seconds.
#include "support/connection_subject.hpp"
#include "support/frames.hpp"
#include "support/print.hpp"
#include "support/receive.hpp"
#include "support/run_length_extension.hpp"
#include "support/sanitizers.hpp"

#include <sockless/connection.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#if defined(__unix__) || defined(__APPLE__)
#include <climits>
#include <pthread.h>
#define SOCKLESS_TEST_SMALL_STACK 1
#else
#define SOCKLESS_TEST_SMALL_STACK 0
#endif

namespace {

using namespace sockless;
using namespace support;

/// A tenth of a million with a sanitizer, which makes everything ten times slower.
constexpr std::size_t million = SOCKLESS_TEST_SANITIZED_HEAP != 0 ? 100000 : 1000000;

byte_vector many(std::size_t count, const byte_vector& frame)
{
    byte_vector result;
    result.reserve(count * frame.size());
    for (; count > 0; --count)
        result.insert(result.end(), frame.begin(), frame.end());
    return result;
}

/// The results of a connection as numbers.
struct counts {
    std::size_t calls = 0;
    std::size_t messages = 0; ///< whole ones
    std::size_t pieces = 0;
    std::size_t pings = 0;
    std::size_t pongs = 0;
    std::size_t bytes = 0;
    error failure = error::none;
};

template <class Connection>
counts count(Connection& connection, std::span<std::byte> in, byte_queue& tx, counts so_far = {})
{
    while (true) {
        const std::size_t before = in.size();
        const event e = connection.poll(in, tx);
        ++so_far.calls;
        if (e.kind() != event_kind::need_input && in.size() == before)
            FAIL("a call consumes, or returns need_input");
        switch (e.kind()) {
        case event_kind::need_input: return so_far;
        case event_kind::request:
        case event_kind::plain_request:
        case event_kind::body:
        case event_kind::open: FAIL("a connection has no such event"); break;
        case event_kind::message:
            ++so_far.pieces;
            so_far.messages += e.last() ? 1U : 0U;
            so_far.bytes += e.payload().size();
            break;
        case event_kind::ping: ++so_far.pings; break;
        case event_kind::pong: ++so_far.pongs; break;
        case event_kind::close: break;
        case event_kind::error: so_far.failure = e.failure(); break;
        }
    }
}

TEST_CASE("CVE-2018-7287: a million empty messages in one input are a million events and one more call",
          "[ZERO-1][CPU-2]")
{
    byte_vector bytes = many(million, masked_frame(0x82, {}));
    server_connection connection;
    static_byte_queue<10> tx;
    const counts found = count(connection, bytes, tx);
    CHECK(found.messages == million);
    CHECK(found.calls == million + 1);
    CHECK(tx.empty());
}

#if SOCKLESS_TEST_SMALL_STACK

struct small_stack_run {
    std::span<std::byte> bytes;
    counts found{};
};

void* run_on_small_stack(void* argument)
{
    auto& run = *static_cast<small_stack_run*>(argument);
    server_connection connection{limits{.fragments = 2000000}};
    static_byte_queue<10> tx;
    run.found = count(connection, run.bytes, tx);
    return nullptr;
}

TEST_CASE("CVE-2026-6869: a million frames in one input need no more stack than one", "[CPU-2]")
{
    const byte_vector nothing = many(million / 2, masked_frame(0x00, {})); // reported only as a part of the message
    byte_vector bytes =
        join({many(million / 2, masked_frame(0x8A, text("p"))), many(million / 2, masked_frame(0x81, {})),
              masked_frame(0x01, {}), nothing, masked_frame(0x80, {})});
    small_stack_run run{bytes};
    pthread_attr_t attributes;
    REQUIRE(pthread_attr_init(&attributes) == 0);
    // Sanitizers and coverage put their own data on a thread's stack, and so does code without optimisation (SOCKLESS_TEST_SLOW).
    const std::size_t stack = std::max<std::size_t>(static_cast<std::size_t>(PTHREAD_STACK_MIN), 16 * 1024) +
                              (SOCKLESS_TEST_SLOW != 0 ? 512 * 1024 : 0);
    REQUIRE(pthread_attr_setstacksize(&attributes, stack) == 0);
    pthread_t thread{};
    REQUIRE(pthread_create(&thread, &attributes, &run_on_small_stack, &run) == 0);
    REQUIRE(pthread_join(thread, nullptr) == 0);
    pthread_attr_destroy(&attributes);
    CHECK(run.found.pongs == million / 2);
    CHECK(run.found.messages == million / 2 + 1);
}

#endif

TEST_CASE("CVE-2026-11586: a million pings without a drained queue leave one pong, for the newest",
          "[CTL-1][CTL-5][LIM-8][6455-5.5.3-02][6455-10.4-03]")
{
    const byte_vector ping = masked_frame(0x89, byte_vector(125, std::byte{'x'}));
    const byte_vector bytes = many(million / 100, ping);
    server_connection connection;
    byte_queue full{{}};
    counts found;
    for (int times = 0; times < 100; ++times) {
        byte_vector copy = bytes;
        found = count(connection, copy, full, found);
    }
    CHECK(found.pings == million);
    CHECK(found.calls == million + 100);
    byte_vector newest = masked_frame(0x89, text("newest"));
    found = count(connection, newest, full);
    CHECK(found.pings == 1);
    static_byte_queue<1000> tx;
    found = count(connection, {}, tx);
    CHECK(to_hex(tx.data()) == to_hex(frame_from(role::server, 0x8A, "newest")));
}

TEST_CASE("CVE-2021-3690: a million unsolicited pongs are read, and nothing is stored", "[CTL-3]")
{
    byte_vector bytes = many(million, masked_frame(0x8A, text("unsolicited")));
    server_connection connection;
    static_byte_queue<10> tx;
    const counts found = count(connection, bytes, tx);
    CHECK(found.pongs == million);
    CHECK(found.calls == million + 1);
    CHECK(tx.empty());
}

TEST_CASE("CVE-2014-0193: endless continuations stop at the limit of fragments",
          "[6455-10.4-02][6455-10.4-03][LIM-3][CPU-1]")
{
    server_connection connection{limits{.fragments = 1000}};
    static_byte_queue<10> tx;
    byte_vector bytes = join({masked_frame(0x01, text("a")), many(million, masked_frame(0x00, text("a")))});
    const counts found = count(connection, bytes, tx);
    CHECK(found.failure == error::too_many_fragments);
    CHECK(found.pieces == 1000);
    CHECK(found.calls == 1002);
    CHECK(to_hex(tx.data()) == to_hex(frame_from(role::server, 0x88, close_body(1008))));
}

TEST_CASE("CVE-2026-65623: without that limit a million fragments cost a million calls", "[LIM-3][CPU-1]")
{
    server_connection connection{limits{.fragments = 2000000}};
    static_byte_queue<10> tx;
    byte_vector bytes = join({masked_frame(0x01, text("a")), many(million, masked_frame(0x00, text("a")))});
    const counts found = count(connection, bytes, tx);
    CHECK(found.failure == error::none);
    CHECK(found.bytes == million + 1);
    CHECK(found.calls == million + 2);
}

TEST_CASE("CVE-2026-42786: a million empty continuations are not events, and count as fragments",
          "[LIM-4][6455-10.4-03]")
{
    for (const bool limited : {false, true}) {
        server_connection connection{limits{.fragments = limited ? 50000U : 2000000U}};
        static_byte_queue<10> tx;
        byte_vector bytes = join({masked_frame(0x01, {}), many(million, masked_frame(0x00, {}))});
        const counts found = count(connection, bytes, tx);
        CHECK(found.pieces == 0);
        CHECK(found.failure == (limited ? error::too_many_fragments : error::none));
        CHECK(found.calls == (limited ? 2 : 1));
    }
}

TEST_CASE("CVE-2026-48779: a frame of 1 MiB, fed one byte at a time, is as many pieces, and nothing is stored",
          "[LIM-5][CPU-1][6455-5.4-17]")
{
    constexpr std::size_t size = std::size_t{1} << (SOCKLESS_TEST_SANITIZED_HEAP != 0 ? 17 : 20);
    const byte_vector bytes = masked_frame(0x82, byte_vector(size, std::byte{0x5A}));
    server_connection connection;
    static_byte_queue<10> tx;
    counts found;
    byte_vector one(1);
    for (const std::byte b : bytes) {
        one[0] = b;
        found = count(connection, one, tx, found);
    }
    CHECK(found.messages == 1);
    CHECK(found.bytes == size);
    CHECK(found.pieces == size);
    CHECK(found.calls == size + bytes.size());
}

TEST_CASE("6455 7.1.7: one GiB after an error is discarded: no event and no reply", "[6455-7.1.7-06][LIM-7]")
{
    for (const role self : both_roles) {
        byte_vector megabyte = many((std::size_t{1} << 20) / 10, frame_to(self, 0x81, "late"));
        byte_vector broken = frame_to(self, 0x83);
        const auto drop_it_all = [&](auto connection) {
            static_byte_queue<100> tx;
            CHECK(count(connection, broken, tx).failure == error::reserved_opcode);
            tx.clear();
            for (int times = 0; times < 1024; ++times) {
                const counts found = count(connection, megabyte, tx);
                if (found.calls != 1 || !tx.empty())
                    FAIL("something came of it");
            }
            CHECK(connection.failure() == error::reserved_opcode);
        };
        if (self == role::server)
            drop_it_all(server_connection{});
        else
            drop_it_all(sockless::client_connection<zero_keys>{});
    }
}

TEST_CASE("CVE-2022-35922: a length beyond the limit fails with the last byte of the length",
          "[6455-10.4-01][6455-5.2-13][LIM-1]")
{
    for (const role self : both_roles) {
        for (const std::uint64_t limit : {1U, 124U, 125U, 126U, 65534U, 65535U, 65536U}) {
            const limits bounds{.frame_bytes = limit};
            const byte_vector header = header_of(0x82, limit + 1, self == role::server);
            CHECK(receive(self, header, bounds) == refused(self, error::frame_too_large, 1009));
            CHECK(receive(self, std::span{header}.first(header.size() - 1), bounds).empty());
            CHECK(receive(self, header_to(self, 0x82, limit), bounds).empty());
        }
    }
}

TEST_CASE("CVE-2018-21035: fragments up to the limit of a message are accepted, one byte more is not",
          "[6455-10.4-02][LIM-2][LIM-6]")
{
    const limits bounds{.message_bytes = 10};
    for (const role self : both_roles) {
        const byte_vector six = frame_to(self, 0x01, "123456");
        CHECK(receive(self, join({six, frame_to(self, 0x80, "7890"), frame_to(self, 0x81, "1234567890")}), bounds) ==
              strings{"text \"1234567890\"", "text \"1234567890\""});
        CHECK(receive(self, join({six, header_to(self, 0x80, 5)}), bounds) ==
              refused(self, error::message_too_large, 1009));
        CHECK(receive(self, join({six, frame_to(self, 0x00, "7890"), header_to(self, 0x00, 1)}), bounds) ==
              refused(self, error::message_too_large, 1009));
        // Control frames do not count.
        CHECK(receive(self, join({six, frame_to(self, 0x8A, "pong pong"), frame_to(self, 0x80, "7890")}), bounds)
                  .size() == 2);
    }
}

TEST_CASE("CVE-2020-35896: a program that sends and never drains gets no_space, and the queue does not grow", "[LIM-8]")
{
    server_connection connection;
    static_byte_queue<1000> tx;
    std::size_t sent = 0;
    for (std::size_t i = 0; i < million; ++i)
        sent += connection.send_text(tx, "0123456789") == error::none ? 1U : 0U;
    CHECK(sent == 1000 / 12);
    CHECK(tx.size() == sent * 12);
    CHECK(connection.send_text(tx, "0123456789") == error::no_space);
}

TEST_CASE("7692 7.2.2: the number of calls of a decoder is proportional to its output", "[CPU-1][PMD-13]")
{
    using connection_type = connection<role::server, no_mask_keys, run_length>;
    std::size_t calls[2]{};
    for (std::size_t i = 0; i < 2; ++i) {
        connection_type connection;
        static_byte_queue<10> tx;
        byte_vector bytes = masked_frame(0xC2, byte_vector(2000 * (i + 1), std::byte{0x77}));
        std::span<std::byte> in{bytes};
        while (connection.poll(in, tx).kind() != event_kind::need_input)
            ++calls[i];
        CHECK(connection.extension_decoder().made() == 1000 * (i + 1) * 0x77);
    }
    CHECK(calls[1] == 2 * calls[0]);
}

TEST_CASE("A17: 4 MiB in frames of 256 bytes and an empty last one are read with the default limits", "[LIM-3]")
{
    byte_vector bytes = masked_frame(0x02, byte_vector(256));
    const byte_vector next = masked_frame(0x00, byte_vector(256));
    for (std::size_t i = 1; i < 16384; ++i)
        bytes.insert(bytes.end(), next.begin(), next.end());
    const byte_vector last = masked_frame(0x80, {});
    bytes.insert(bytes.end(), last.begin(), last.end());
    server_connection connection;
    static_byte_queue<200> tx;
    std::size_t size = 0;
    bool ended = false;
    std::span<std::byte> in{bytes};
    for (event e = connection.poll(in, tx); e.kind() != event_kind::need_input; e = connection.poll(in, tx)) {
        REQUIRE(e.kind() == event_kind::message);
        size += e.payload().size();
        ended = e.last();
    }
    CHECK(size == std::size_t{4} << 20);
    CHECK(ended);
    CHECK(limits{}.fragments == 131072);
}

} // namespace
