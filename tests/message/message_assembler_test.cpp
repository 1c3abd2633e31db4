// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/frames.hpp"
#include "support/print.hpp"

#include <sockless/connection.hpp>
#include <sockless/message/message_assembler.hpp>
#include <sockless/with_heap.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace {

using namespace sockless;
using namespace support;

event piece(const byte_vector& bytes, bool first, bool last, opcode type = opcode::text)
{
    return sockless::detail::event_access::message(type, bytes, first, last);
}

TEST_CASE("R3: a message that arrived whole is returned in place, and the storage is not used")
{
    static_byte_queue<1> storage;
    message_assembler whole{storage};
    const byte_vector bytes = text("longer than the storage");
    const event e = whole.add(piece(bytes, true, true));
    CHECK(e.kind() == event_kind::message);
    CHECK(e.payload().data() == bytes.data());
    CHECK(e.payload().size() == bytes.size());
    CHECK(storage.empty());
}

TEST_CASE("R3: pieces become one message that is first and last", "[6455-5.4-02][6455-5.4-10][6455-5.4-16]")
{
    static_byte_queue<10> storage;
    message_assembler whole{storage};
    for (int times = 0; times < 3; ++times) { // each message starts at the front of the storage
        CHECK(whole.add(piece(text("ab"), true, false)).kind() == event_kind::need_input);
        CHECK(whole.add(sockless::detail::event_access::of(event_kind::ping, text("p"))).kind() == event_kind::ping);
        CHECK(whole.add(piece(text("cdefghi"), false, false)).kind() == event_kind::need_input);
        const event e = whole.add(piece(text("j"), false, true));
        REQUIRE(e.kind() == event_kind::message);
        CHECK(e.first());
        CHECK(e.last());
        CHECK(e.is_text());
        CHECK(e.text() == "abcdefghij");
    }
    CHECK(whole.add(piece(text("x"), true, false, opcode::binary)).kind() == event_kind::need_input);
    const event e = whole.add(piece({}, false, true, opcode::binary));
    CHECK(e.type() == opcode::binary);
    CHECK(e.text() == "x");
}

TEST_CASE("6455 10.4: a message that the storage cannot hold is message_too_large", "[6455-10.4-02][LIM-2]")
{
    static_byte_queue<4> storage;
    message_assembler whole{storage};
    CHECK(whole.add(piece(text("abcd"), true, false)).kind() == event_kind::need_input);
    const event e = whole.add(piece(text("e"), false, true));
    REQUIRE(e.kind() == event_kind::error);
    CHECK(e.failure() == error::message_too_large);
    CHECK(e.code() == close_code::message_too_big);
}

TEST_CASE("R3: every other event is returned unchanged")
{
    static_byte_queue<4> storage;
    message_assembler whole{storage};
    CHECK(whole.add(event{}).kind() == event_kind::need_input);
    CHECK(whole.add(sockless::detail::event_access::of(event_kind::pong, text("p"))).kind() == event_kind::pong);
    CHECK(whole.add(sockless::detail::event_access::close(close_code::normal, {})).kind() == event_kind::close);
    CHECK(whole.add(sockless::detail::event_access::error(error::mask_missing)).failure() == error::mask_missing);
}

/// Feeds `bytes` in pieces of `size` to a connection that assembles, and logs its events.
strings assembled(const byte_vector& bytes, std::size_t size, byte_queue& storage)
{
    server_connection connection;
    static_byte_queue<200> tx;
    message_assembler whole{storage};
    strings log;
    for (std::size_t at = 0; at < bytes.size(); at += size) {
        byte_vector chunk(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                          bytes.begin() + static_cast<std::ptrdiff_t>(std::min(at + size, bytes.size())));
        std::span<std::byte> in{chunk};
        while (true) {
            const event e = connection.poll(in, tx, whole);
            if (e.kind() == event_kind::need_input)
                break;
            switch (e.kind()) {
            case event_kind::need_input:
            case event_kind::request:
            case event_kind::plain_request:
            case event_kind::body:
            case event_kind::open: break;
            case event_kind::message:
                CHECK(e.first());
                CHECK(e.last());
                log.push_back(e.is_text() ? text_line(e.payload()) : binary_line(e.payload()));
                break;
            case event_kind::ping: log.push_back(ping_line(e.payload())); break;
            case event_kind::pong: log.push_back(pong_line(e.payload())); break;
            case event_kind::close: log.push_back(close_line(static_cast<std::uint16_t>(e.code()), e.reason())); break;
            case event_kind::error: log.push_back(error_line(e.failure())); break;
            }
        }
        CHECK(in.empty());
    }
    log.push_back(out_line(tx.data()));
    return log;
}

TEST_CASE("R3: a connection with a message_assembler returns whole messages only, however they were cut",
          "[6455-5.4-02][6455-5.4-07][6455-5.4-13][ZERO-2]")
{
    const byte_vector bytes =
        join({masked_frame(0x01, text("Hel")), masked_frame(0x89, text("p")), masked_frame(0x00, {}),
              masked_frame(0x80, text("lo")), masked_frame(0x82, bytes_of("00 01 02")), masked_frame(0x81, {}),
              masked_frame(0x01, text("ab")), masked_frame(0x80, {}), masked_frame(0x88, close_body(1000, "bye"))});
    const strings expected{
        "ping 70",
        "text \"Hello\"",
        "binary 00 01 02",
        "text \"\"",
        "text \"ab\"",
        "close 1000 \"bye\"",
        out_line(join({frame_from(role::server, 0x8A, "p"), frame_from(role::server, 0x88, close_body(1000))}))};
    for (std::size_t size = 1; size <= bytes.size(); ++size) {
        static_byte_queue<5> fixed;
        CHECK(assembled(bytes, size, fixed) == expected);
        growing_byte_queue growing{100};
        CHECK(assembled(bytes, size, growing) == expected);
    }
}

TEST_CASE("6455 10.4: a connection whose message_assembler is full fails with message_too_large and close 1009, once",
          "[6455-10.4-01][6455-10.4-02][6455-7.4.1-10][6455-7.1.7-06]")
{
    const byte_vector bytes =
        join({masked_frame(0x02, text("1234")), masked_frame(0x00, text("56")), masked_frame(0x80, text("7")),
              masked_frame(0x82, text("next")), masked_frame(0x88, close_body(1000))});
    for (std::size_t size = 1; size <= bytes.size(); ++size) {
        static_byte_queue<5> storage;
        CHECK(assembled(bytes, size, storage) == refused(role::server, error::message_too_large, 1009));
    }
}

} // namespace
