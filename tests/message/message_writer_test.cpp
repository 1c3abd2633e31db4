// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/frames.hpp"
#include "support/mask_keys.hpp"
#include "support/print.hpp"

#include <sockless/message/message_writer.hpp>
#include <sockless/with_heap.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace {

using namespace sockless;
using namespace support;

using server_writer = message_writer<role::server>;
using client_writer = message_writer<role::client, zero_keys>;

static_assert(std::is_trivially_copyable_v<server_writer>);

template <class Writer>
constexpr role role_of = std::is_same_v<Writer, server_writer> ? role::server : role::client;

TEMPLATE_TEST_CASE(
    "6455 5.7, 6.1: a message is one frame, which only a client masks",
    "[6455-5.1-01][6455-5.1-04][6455-5.3-01][6455-5.4-01][6455-5.2-03][6455-6.1-04][6455-6.1-05][6455-6.1-06]"
    "[6455-5.7-01]",
    server_writer, client_writer)
{
    constexpr role self = role_of<TestType>;
    TestType writer;
    static_byte_queue<200> tx;
    CHECK(writer.send_text(tx, "Hello") == error::none);
    CHECK(writer.send_binary(tx, bytes_of("00 ff")) == error::none);
    CHECK(writer.send_text(tx, "") == error::none);
    CHECK(writer.ping(tx, text("p")) == error::none);
    CHECK(writer.ping(tx) == error::none);
    CHECK(writer.pong(tx, text("q")) == error::none);
    CHECK(writer.close(tx, close_code::normal, "bye") == error::none);
    CHECK(to_hex(tx.data()) ==
          to_hex(join({frame_from(self, 0x81, "Hello"), frame_from(self, 0x82, bytes_of("00 ff")),
                       frame_from(self, 0x81), frame_from(self, 0x89, "p"), frame_from(self, 0x89),
                       frame_from(self, 0x8A, "q"), frame_from(self, 0x88, close_body(1000, "bye"))})));
}

TEST_CASE("6455 5.7: the example frames are written byte for byte",
          "[6455-5.7-01][6455-5.3-07][6455-5.1-04][6455-5.2-09]")
{
    struct example_keys {
        bool next(mask_key& key) noexcept
        {
            key = example_key;
            return true;
        }
    };
    static_byte_queue<70000> tx;
    server_writer server;
    CHECK(server.send_text(tx, "Hello") == error::none);
    CHECK(server.begin_message(opcode::text) == error::none);
    CHECK(server.send_fragment(tx, text("Hel")) == error::none);
    CHECK(server.end_message(tx, text("lo")) == error::none);
    CHECK(server.ping(tx, text("Hello")) == error::none);
    CHECK(to_hex(tx.data()) == "81 05 48 65 6c 6c 6f 01 03 48 65 6c 80 02 6c 6f 89 05 48 65 6c 6c 6f");
    tx.clear();
    CHECK(server.send_binary(tx, byte_vector(256)) == error::none);
    CHECK(to_hex(tx.data().first(4)) == "82 7e 01 00");
    CHECK(tx.size() == 260);
    tx.clear();
    CHECK(server.send_binary(tx, byte_vector(65536)) == error::none);
    CHECK(to_hex(tx.data().first(10)) == "82 7f 00 00 00 00 00 01 00 00");
    CHECK(tx.size() == 65546);
    tx.clear();
    message_writer<role::client, example_keys> client;
    CHECK(client.send_text(tx, "Hello") == error::none);
    CHECK(client.pong(tx, text("Hello")) == error::none);
    CHECK(to_hex(tx.data()) == "81 85 37 fa 21 3d 7f 9f 4d 51 58 8a 85 37 fa 21 3d 7f 9f 4d 51 58");
}

TEMPLATE_TEST_CASE("6455 5.2: lengths around every change of the form are written in the shortest form",
                   "[6455-5.2-09][LEN-8]", server_writer, client_writer)
{
    constexpr role self = role_of<TestType>;
    growing_byte_queue tx{100000};
    for (const std::size_t size : {0U, 1U, 125U, 126U, 127U, 65534U, 65535U, 65536U}) {
        TestType writer;
        const byte_vector payload(size, std::byte{0x5A});
        CHECK(writer.send_binary(tx, payload) == error::none);
        CHECK(to_hex(tx.data()) == to_hex(frame_from(self, 0x82, payload)));
        tx.clear();
    }
}

TEMPLATE_TEST_CASE("6455 5.4: a fragmented message: first its opcode, then continuations, FIN on the last frame",
                   "[6455-5.4-02][6455-5.4-06][6455-6.1-03][6455-6.1-04][6455-6.1-05][6455-5.4-11]", server_writer,
                   client_writer)
{
    constexpr role self = role_of<TestType>;
    TestType writer;
    static_byte_queue<200> tx;
    for (const opcode type : {opcode::text, opcode::binary}) {
        const unsigned op = type == opcode::text ? 1 : 2;
        CHECK_FALSE(writer.in_message());
        CHECK(writer.begin_message(type) == error::none);
        CHECK(writer.in_message());
        CHECK(tx.empty());
        CHECK(writer.send_fragment(tx, text("a")) == error::none);
        CHECK(writer.ping(tx, text("!")) == error::none);
        CHECK(writer.send_fragment(tx, {}) == error::none);
        CHECK(writer.pong(tx) == error::none);
        CHECK(writer.send_fragment(tx, text("bc")) == error::none);
        CHECK(writer.end_message(tx) == error::none);
        CHECK_FALSE(writer.in_message());
        CHECK(to_hex(tx.data()) ==
              to_hex(join({frame_from(self, op, "a"), frame_from(self, 0x89, "!"), frame_from(self, 0x00),
                           frame_from(self, 0x8A), frame_from(self, 0x00, "bc"), frame_from(self, 0x80)})));
        tx.clear();
    }
    CHECK(writer.begin_message(opcode::binary) == error::none);
    CHECK(writer.end_message(tx, text("all")) == error::none);
    CHECK(to_hex(tx.data()) == to_hex(frame_from(self, 0x82, "all")));
}

TEMPLATE_TEST_CASE("6455 5.4: a message cannot begin inside another: message_open, and nothing is written",
                   "[6455-5.4-05]", server_writer, client_writer)
{
    TestType writer;
    static_byte_queue<100> tx;
    for (const bool begun : {false, true}) {
        if (!begun)
            CHECK(writer.begin_message(opcode::text) == error::none);
        else
            CHECK(writer.send_fragment(tx, text("a")) == error::none);
        const std::size_t size = tx.size();
        CHECK(writer.send_text(tx, "x") == error::message_open);
        CHECK(writer.send_text(tx, "x", assume_utf8{}) == error::message_open);
        CHECK(writer.send_binary(tx, text("x")) == error::message_open);
        CHECK(writer.begin_message(opcode::binary) == error::message_open);
        CHECK(writer.begin_message(assume_utf8{}) == error::message_open);
        if constexpr (role_of<TestType> == role::server) {
            encoded_header header;
            CHECK(writer.message_header(opcode::text, 1, header) == error::message_open);
            CHECK(header.size == 0);
        }
        CHECK(tx.size() == size);
    }
    CHECK(writer.end_message(tx, text("b")) == error::none);
    CHECK(to_hex(tx.data()) ==
          to_hex(join({frame_from(role_of<TestType>, 0x01, "a"), frame_from(role_of<TestType>, 0x80, "b")})));
}

TEST_CASE("6455 5.4: without a message a fragment or an end is rejected: no_message_open", "[6455-5.4-03]")
{
    server_writer writer;
    static_byte_queue<100> tx;
    CHECK(writer.send_fragment(tx, text("a")) == error::no_message_open);
    CHECK(writer.end_message(tx) == error::no_message_open);
    CHECK(writer.begin_message(opcode::text) == error::none);
    CHECK(writer.end_message(tx) == error::none);
    CHECK(writer.end_message(tx) == error::no_message_open);
    CHECK(to_hex(tx.data()) == "81 00");
}

TEST_CASE("6455 5.6: text that is not UTF-8 is rejected with payload_not_utf8, unless the program vouches for it",
          "[6455-5.6-04][UTF8-1]")
{
    server_writer writer;
    static_byte_queue<100> tx;
    for (const std::string_view bad : {"\xFF", "\xC3", "a\xED\xA0\x80", "\xC0\x80"}) {
        CHECK(writer.send_text(tx, bad) == error::payload_not_utf8);
        CHECK(tx.empty());
        CHECK(writer.send_text(tx, bad, assume_utf8{}) == error::none);
        CHECK(tx.size() == bad.size() + 2);
        tx.clear();
        CHECK(writer.send_binary(tx, as_bytes(bad)) == error::none);
        tx.clear();
    }
}

TEST_CASE("6455 5.6: the fragments of a text are validated as one text", "[6455-5.6-01][6455-5.6-04]")
{
    server_writer writer;
    static_byte_queue<100> tx;
    CHECK(writer.begin_message(opcode::text) == error::none);
    CHECK(writer.send_fragment(tx, bytes_of("e2")) == error::none);
    CHECK(writer.send_fragment(tx, bytes_of("61")) == error::payload_not_utf8);
    CHECK(writer.end_message(tx) == error::payload_not_utf8);
    CHECK(writer.send_fragment(tx, bytes_of("82 ff")) == error::payload_not_utf8);
    CHECK(writer.send_fragment(tx, bytes_of("82")) == error::none);
    CHECK(writer.end_message(tx, bytes_of("ac")) == error::none);
    CHECK(to_hex(tx.data()) == "01 01 e2 00 01 82 80 01 ac");
    tx.clear();

    CHECK(writer.begin_message(assume_utf8{}) == error::none);
    CHECK(writer.send_fragment(tx, bytes_of("ff")) == error::none);
    CHECK(writer.end_message(tx, bytes_of("c3")) == error::none);
    CHECK(to_hex(tx.data()) == "01 01 ff 80 01 c3");
    tx.clear();
    CHECK(writer.begin_message(opcode::binary) == error::none);
    CHECK(writer.end_message(tx, bytes_of("ff")) == error::none);
    // An unfinished sequence of one message is forgotten in the next.
    CHECK(writer.begin_message(opcode::text) == error::none);
    CHECK(writer.end_message(tx, bytes_of("61")) == error::none);
    CHECK(to_hex(tx.data()) == "82 01 ff 81 01 61");
}

TEMPLATE_TEST_CASE("R5: a frame that does not fit is not written: no_space, and the next attempt succeeds",
                   "[6455-6.1-07][LIM-8]", server_writer, client_writer)
{
    constexpr role self = role_of<TestType>;
    const byte_vector frame = frame_from(self, 0x82, "abcd");
    for (std::size_t room = 0; room < frame.size(); ++room) {
        byte_vector memory(room);
        byte_queue small{memory};
        TestType writer;
        CHECK(writer.send_binary(small, text("abcd")) == error::no_space);
        CHECK(writer.send_text(small, "abcd") == error::no_space);
        CHECK(writer.ping(small, text("abcd")) == error::no_space);
        CHECK(writer.pong(small, text("abcd")) == error::no_space);
        CHECK(writer.close(small, close_code::normal, "ab") == error::no_space);
        CHECK_FALSE(writer.closed());
        CHECK(writer.begin_message(opcode::binary) == error::none);
        CHECK(writer.send_fragment(small, text("abcd")) == error::no_space);
        CHECK(writer.end_message(small, text("abcd")) == error::no_space);
        CHECK(small.empty());
        CHECK(writer.in_message());
        static_byte_queue<100> big;
        CHECK(writer.end_message(big, text("abcd")) == error::none);
        CHECK(to_hex(big.data()) == to_hex(frame));
    }
    byte_vector exact(frame.size());
    byte_queue tx{exact};
    TestType writer;
    CHECK(writer.send_binary(tx, text("abcd")) == error::none);
}

TEST_CASE("R4: frames are appended whole, whatever was sent before", "[6455-5.4-09][6455-6.1-07]")
{
    server_writer writer;
    static_byte_queue<40> tx;
    byte_vector wire;
    byte_vector expected;
    for (int i = 0; i < 50; ++i) {
        const std::string payload(static_cast<std::size_t>(i % 13), 'x');
        while (writer.send_text(tx, payload) == error::no_space) {
            wire.push_back(tx.data().front());
            tx.consume(1);
        }
        const byte_vector frame = frame_from(role::server, 0x81, payload);
        expected.insert(expected.end(), frame.begin(), frame.end());
    }
    wire.insert(wire.end(), tx.data().begin(), tx.data().end());
    CHECK(to_hex(wire) == to_hex(expected));
}

TEST_CASE("6455 5.5: a control payload of 125 bytes is written, one of 126 is rejected with control_payload_too_long",
          "[6455-5.5-03]")
{
    server_writer writer;
    static_byte_queue<400> tx;
    const byte_vector longest(125, std::byte{0xFF});
    const byte_vector too_long(126);
    CHECK(writer.ping(tx, longest) == error::none);
    CHECK(writer.pong(tx, longest) == error::none);
    CHECK(tx.size() == 2 * 127);
    CHECK(writer.ping(tx, too_long) == error::control_payload_too_long);
    CHECK(writer.pong(tx, too_long) == error::control_payload_too_long);
    CHECK(tx.size() == 2 * 127);
    CHECK(writer.close(tx, close_code::normal, std::string(124, 'x')) == error::reason_too_long);
    CHECK(writer.close(tx, close_code::normal, std::string(123, 'x')) == error::none);
    CHECK(tx.size() == 3 * 127);
}

TEMPLATE_TEST_CASE("6455 5.5.1, 7.1.2: after a close frame only pongs are written: not_open for all others",
                   "[6455-5.5.1-08][6455-6.1-01][6455-6.1-02][6455-7.1.2-01][CLS-2][CLS-3]", server_writer,
                   client_writer)
{
    TestType writer;
    static_byte_queue<100> tx;
    CHECK(writer.begin_message(opcode::text) == error::none);
    CHECK(writer.send_fragment(tx, text("unfinished")) == error::none);
    tx.clear();
    CHECK(writer.close(tx, close_code::normal) == error::none);
    CHECK(writer.closed());
    CHECK_FALSE(writer.in_message());
    const std::size_t size = tx.size();
    CHECK(writer.send_fragment(tx, text("a")) == error::not_open);
    CHECK(writer.end_message(tx) == error::not_open);
    CHECK(writer.begin_message(opcode::text) == error::not_open);
    CHECK(writer.begin_message(assume_utf8{}) == error::not_open);
    CHECK(writer.send_text(tx, "a") == error::not_open);
    CHECK(writer.send_text(tx, "a", assume_utf8{}) == error::not_open);
    CHECK(writer.send_binary(tx, text("a")) == error::not_open);
    CHECK(writer.ping(tx) == error::not_open);
    CHECK(writer.close(tx) == error::not_open);
    CHECK(writer.close(tx, close_code::normal) == error::not_open);
    // RFC 6455 5.5.2: pongs are sent until the peer's close frame arrives.
    CHECK(tx.size() == size);
    CHECK(writer.pong(tx) == error::none);
    CHECK(tx.size() > size);
}

TEST_CASE("6455 7.1.2: a close without a code is an empty frame", "[6455-7.1.2-02][6455-7.4-01][WHATWG-close-05]")
{
    server_writer writer;
    static_byte_queue<100> tx;
    CHECK(writer.close(tx) == error::none);
    CHECK(to_hex(tx.data()) == "88 00");
}

TEMPLATE_TEST_CASE("6455 7.4: close codes that may not be sent are rejected with close_code_not_sendable",
                   "[6455-7.4.1-05][6455-7.4.1-06][6455-7.4.1-07][6455-7.4.1-12][6455-7.4.1-14][6455-7.4.2-01][CLS-3]",
                   server_writer, client_writer)
{
    TestType writer;
    static_byte_queue<100> tx;
    for (const unsigned code : {0U, 999U, 1004U, 1005U, 1006U, 1015U, 1016U, 2999U, 5000U, 65535U})
        CHECK(writer.close(tx, static_cast<close_code>(code)) == error::close_code_not_sendable);
    if (role_of<TestType> == role::server)
        CHECK(writer.close(tx, close_code::mandatory_extension) == error::close_code_not_sendable);
    CHECK(writer.close(tx, close_code::normal, "\xFF") == error::reason_not_utf8);
    CHECK(tx.empty());
    CHECK_FALSE(writer.closed());
    for (const unsigned code :
         {1000U, 1001U, 1002U, 1003U, 1007U, 1008U, 1009U, 1011U, 1012U, 1013U, 1014U, 3000U, 4999U}) {
        TestType fresh;
        CHECK(fresh.close(tx, static_cast<close_code>(code)) == error::none);
        CHECK(to_hex(tx.data()) == to_hex(frame_from(role_of<TestType>, 0x88, close_body(code))));
        tx.clear();
    }
}

using counted_writer = message_writer<role::client, shared_mask_keys<counted_keys>>;

TEST_CASE("CVE-2025-10148: a client draws one key for each frame, and the keys are on the wire in that order",
          "[6455-5.3-01][6455-5.3-02][6455-5.1-01][6455-5.5.1-07][6455-10.3-01][6455-10.3-03][MASK-3]")
{
    counted_keys keys;
    counted_writer writer{shared_mask_keys<counted_keys>{keys}};
    static_byte_queue<300> tx;
    CHECK(writer.send_text(tx, "Hello") == error::none);
    CHECK(writer.ping(tx) == error::none);
    CHECK(writer.begin_message(opcode::binary) == error::none);
    CHECK(writer.send_fragment(tx, text("abcde")) == error::none);
    CHECK(writer.pong(tx, text("p")) == error::none);
    CHECK(writer.send_fragment(tx, text("fghij")) == error::none);
    CHECK(writer.end_message(tx) == error::none);
    CHECK(writer.close(tx, close_code::normal) == error::none);
    CHECK(keys.calls() == 7);
    const auto key = [](std::size_t n) { return counted_keys::key_number(n); };
    CHECK(to_hex(tx.data()) ==
          to_hex(join({masked_frame(0x81, text("Hello"), key(0)), masked_frame(0x89, {}, key(1)),
                       masked_frame(0x02, text("abcde"), key(2)), masked_frame(0x8A, text("p"), key(3)),
                       masked_frame(0x00, text("fghij"), key(4)), masked_frame(0x80, {}, key(5)),
                       masked_frame(0x88, close_body(1000), key(6))})));
}

TEST_CASE("6455 5.3: frames that are not written draw no key", "[6455-5.3-02][MASK-3]")
{
    counted_keys keys;
    counted_writer writer{shared_mask_keys<counted_keys>{keys}};
    static_byte_queue<8> tx;
    CHECK(writer.send_text(tx, "Hello") == error::no_space);
    CHECK(writer.send_text(tx, "\xFF") == error::payload_not_utf8);
    CHECK(writer.close(tx, close_code::no_status) == error::close_code_not_sendable);
    CHECK(keys.calls() == 0);
    CHECK(writer.send_text(tx, "ab") == error::none);
    CHECK(keys.calls() == 1);
}

TEST_CASE("6455 5.3: without a key nothing is sent: no_random, and the next attempt succeeds", "[MASK-4][6455-5.3-03]")
{
    counted_keys keys;
    keys.failing = true;
    counted_writer writer{shared_mask_keys<counted_keys>{keys}};
    static_byte_queue<100> tx;
    CHECK(writer.send_text(tx, "a") == error::no_random);
    CHECK(writer.send_binary(tx, {}) == error::no_random);
    CHECK(writer.ping(tx) == error::no_random);
    CHECK(writer.pong(tx) == error::no_random);
    CHECK(writer.close(tx) == error::no_random);
    CHECK_FALSE(writer.closed());
    CHECK(writer.begin_message(opcode::text) == error::none);
    CHECK(writer.send_fragment(tx, bytes_of("c3")) == error::no_random);
    CHECK(writer.end_message(tx, text("a")) == error::no_random);
    CHECK(tx.empty());
    keys.failing = false;
    CHECK(writer.send_fragment(tx, bytes_of("c3")) == error::none);
    CHECK(writer.end_message(tx, bytes_of("a9")) == error::none);
    CHECK(to_hex(tx.data()) == to_hex(join({masked_frame(0x01, bytes_of("c3"), counted_keys::key_number(0)),
                                            masked_frame(0x80, bytes_of("a9"), counted_keys::key_number(1))})));
    CHECK(message_writer<role::client, failing_keys>{}.ping(tx) == error::no_random);
}

TEST_CASE("6455 5.3: a key of zeros is written and MASK is set", "[6455-5.3-04][MASK-4]")
{
    client_writer writer;
    static_byte_queue<100> tx;
    CHECK(writer.send_text(tx, "ab") == error::none);
    CHECK(to_hex(tx.data()) == "81 82 00 00 00 00 61 62");
    tx.clear();
    CHECK(writer.send_binary(tx, bytes_of("01")) == error::none);
    CHECK(to_hex(tx.data()) == "82 81 00 00 00 00 01");
    static_byte_queue<200> wide; // a payload whose length does not fit into the second octet
    CHECK(writer.send_text(wide, std::string(126, 'a')) == error::none);
    CHECK(to_hex(wide.data().first(9)) == "81 fe 00 7e 00 00 00 00 61");
}

TEST_CASE("6455 10.3: sending copies: the program's payload is not modified and may change immediately",
          "[6455-10.3-02][MASK-7]")
{
    counted_keys keys;
    counted_writer writer{shared_mask_keys<counted_keys>{keys}};
    static_byte_queue<100> tx;
    byte_vector payload = text("snapshot");
    const byte_vector before = payload;
    CHECK(writer.send_binary(tx, payload) == error::none);
    CHECK(payload == before);
    const std::string wire = to_hex(tx.data());
    payload.assign(8, std::byte{'X'});
    CHECK(to_hex(tx.data()) == wire);
    CHECK(wire == to_hex(masked_frame(0x82, before, counted_keys::key_number(0))));
}

TEST_CASE("R4: a server writes a header alone for a payload that is sent by other means",
          "[6455-5.2-09][6455-5.1-04][LEN-8]")
{
    server_writer writer;
    encoded_header header;
    struct form {
        std::uint64_t length;
        std::string_view hex;
    };
    for (const form& one :
         {form{0, "82 00"}, form{125, "82 7d"}, form{126, "82 7e 00 7e"}, form{65535, "82 7e ff ff"},
          form{65536, "82 7f 00 00 00 00 00 01 00 00"}, form{0x7FFFFFFFFFFFFFFF, "82 7f 7f ff ff ff ff ff ff ff"}}) {
        CHECK(writer.message_header(opcode::binary, one.length, header) == error::none);
        CHECK(to_hex(header.view()) == one.hex);
    }
    CHECK(writer.message_header(opcode::text, 3, header) == error::none);
    CHECK(to_hex(header.view()) == "81 03");
}

TEST_CASE("6455 5.2: a payload of 2^63 bytes is rejected with payload_too_long", "[6455-5.2-17][LEN-8]")
{
    server_writer writer;
    encoded_header header;
    CHECK(writer.message_header(opcode::binary, std::uint64_t{1} << 63U, header) == error::payload_too_long);
    CHECK(writer.message_header(opcode::binary, ~std::uint64_t{0}, header) == error::payload_too_long);
    CHECK(header.size == 0);
    static_byte_queue<10> tx;
    CHECK(writer.close(tx) == error::none);
    CHECK(writer.message_header(opcode::text, 3, header) == error::not_open);
    CHECK(header.size == 0);
}

TEST_CASE("CVE-2016-10518: every payload byte of a control frame is from the caller", "[CLS-4]")
{
    for (std::size_t size = 0; size <= 125; ++size) {
        byte_vector memory(200, std::byte{0xEE});
        byte_queue tx{memory};
        server_writer writer;
        CHECK(writer.ping(tx, byte_vector(size, std::byte{0x11})) == error::none);
        CHECK(tx.size() == size + 2);
        CHECK(to_hex(tx.data().subspan(2)) == to_hex(byte_vector(size, std::byte{0x11})));
        tx.clear();
        if (size < 2)
            continue;
        CHECK(writer.close(tx, close_code::normal, std::string(size - 2, 'r')) == error::none);
        CHECK(to_hex(tx.data()) ==
              to_hex(frame_from(role::server, 0x88, close_body(1000, std::string(size - 2, 'r')))));
    }
}

} // namespace
