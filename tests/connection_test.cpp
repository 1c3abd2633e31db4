// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The connection as a whole: what it answers by itself, what it refuses, and the rules R1 to R8 of docs/design.md. (R9 is
/// threads/ownership_test.cpp.) The closing handshake is tested in rfc/rfc6455_7_closing_test.cpp, floods in rfc/rfc6455_10_limits_test.cpp.
#include "support/connection_subject.hpp"
#include "support/feed.hpp"
#include "support/frames.hpp"
#include "support/print.hpp"
#include "support/random.hpp"
#include "support/receive.hpp"

#include <sockless/connection.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using namespace sockless;
using namespace support;

using client_connection = sockless::client_connection<zero_keys>;

template <class Connection>
constexpr role role_of = std::is_same_v<Connection, server_connection> ? role::server : role::client;

/// One call of `poll`, which has to consume all of `bytes`.
template <class Connection>
event poll_once(Connection& connection, byte_vector& bytes, byte_queue& tx)
{
    std::span<std::byte> in{bytes};
    const event e = connection.poll(in, tx);
    CHECK(in.empty());
    return e;
}

template <class Connection>
event poll_nothing(Connection& connection, byte_queue& tx)
{
    std::span<std::byte> nothing;
    return connection.poll(nothing, tx);
}

byte_vector long_conversation(role self)
{
    return join({frame_to(self, 0x01, "Hel"), frame_to(self, 0x89, "ping"), frame_to(self, 0x80, "lo"),
                 frame_to(self, 0x82, std::string(300, 'b')), frame_to(self, 0x8A, "pong"), frame_to(self, 0x81),
                 frame_to(self, 0x88, close_body(1000, "bye"))});
}

strings long_log(role self)
{
    return {"ping 70 69 6e 67",
            "text \"Hello\"",
            binary_line(text(std::string(300, 'b'))),
            "pong 70 6f 6e 67",
            "text \"\"",
            "close 1000 \"bye\"",
            out_line(join({frame_from(self, 0x8A, "ping"), frame_from(self, 0x88, close_body(1000))}))};
}

// --- the rules -------------------------------------------------------------------------------------------------------

TEST_CASE("R1: no pointer to the input is kept: one small buffer is sufficient for all input", "[6455-2.1-02]")
{
    for (const role self : both_roles)
        CHECK(receive(self, long_conversation(self)) == long_log(self));

    // The same through a buffer of eleven bytes that is overwritten again and again.
    const byte_vector bytes = long_conversation(role::server);
    byte_vector buffer(11);
    server_subject subject;
    for (std::size_t at = 0; at < bytes.size(); at += buffer.size()) {
        const std::size_t size = std::min(buffer.size(), bytes.size() - at);
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), size, buffer.begin());
        subject.feed(std::span{buffer}.first(size));
    }
    CHECK(subject.log() == long_log(role::server));
}

TEMPLATE_TEST_CASE("R2: payload refers to the input, except that a control frame in parts refers to the connection",
                   "[6455-5.4-17]", server_connection, client_connection)
{
    constexpr role self = role_of<TestType>;
    const std::size_t header = self == role::server ? 6 : 2;
    static_byte_queue<200> tx;
    TestType connection;
    byte_vector message = frame_to(self, 0x81, "Hello");
    CHECK(poll_once(connection, message, tx).payload().data() == message.data() + header);
    byte_vector ping = frame_to(self, 0x89, "ping");
    CHECK(poll_once(connection, ping, tx).payload().data() == ping.data() + header);

    byte_vector begin = frame_to(self, 0x89, "ping");
    byte_vector end(begin.begin() + static_cast<std::ptrdiff_t>(header + 1), begin.end());
    begin.resize(header + 1);
    CHECK(poll_once(connection, begin, tx).kind() == event_kind::need_input);
    const event e = poll_once(connection, end, tx);
    CHECK(e.text() == "ping");
    CHECK(within(e.payload(), &connection, sizeof connection));
}

TEMPLATE_TEST_CASE("R3: a message arrives in pieces if its input does: one first, one last, all of its type",
                   "[6455-5.4-16][6455-5.4-17]", server_connection, client_connection)
{
    constexpr role self = role_of<TestType>;
    const byte_vector bytes =
        join({frame_to(self, 0x01, "ab"), frame_to(self, 0x00, "cd"), frame_to(self, 0x80, "ef")});
    const std::size_t cut = bytes.size() - 1;
    static_byte_queue<10> tx;
    TestType connection;
    byte_vector front(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(cut));
    byte_vector back(bytes.begin() + static_cast<std::ptrdiff_t>(cut), bytes.end());
    std::span<std::byte> in{front};
    for (const std::string_view expected : {"ab", "cd", "e"}) {
        const event e = connection.poll(in, tx);
        CHECK(e.text() == expected);
        CHECK(e.is_text());
        CHECK(e.first() == (expected == "ab"));
        CHECK_FALSE(e.last());
    }
    CHECK(connection.poll(in, tx).kind() == event_kind::need_input);
    const event e = poll_once(connection, back, tx);
    CHECK(e.text() == "f");
    CHECK_FALSE(e.first());
    CHECK(e.last());
}

TEMPLATE_TEST_CASE("R4: all output, including replies, is appended to tx and may be sent one byte at a time",
                   "[6455-5.4-06][6455-5.4-09][6455-5.5.2-04][6455-6.1-07][CTL-5]", server_connection,
                   client_connection)
{
    constexpr role self = role_of<TestType>;
    TestType connection;
    static_byte_queue<60> tx;
    byte_vector wire;
    const auto send_some = [&](std::size_t count) {
        count = std::min(count, tx.size());
        wire.insert(wire.end(), tx.data().begin(), tx.data().begin() + static_cast<std::ptrdiff_t>(count));
        tx.consume(count);
    };
    byte_vector expected;
    const auto expect = [&](const byte_vector& frame) { expected.insert(expected.end(), frame.begin(), frame.end()); };
    for (int i = 0; i < 30; ++i) {
        CHECK(connection.begin_message(opcode::text) == error::none);
        CHECK(connection.send_fragment(tx, text("first")) == error::none);
        expect(frame_from(self, 0x01, "first"));
        send_some(3);
        const std::string name = "ping " + std::to_string(i);
        byte_vector ping = frame_to(self, 0x89, name);
        CHECK(poll_once(connection, ping, tx).kind() == event_kind::ping);
        expect(frame_from(self, 0x8A, name));
        send_some(5);
        CHECK(connection.end_message(tx, text("last")) == error::none);
        expect(frame_from(self, 0x80, "last"));
        while (tx.size() > 10)
            send_some(1);
    }
    send_some(1000);
    CHECK(to_hex(wire) == to_hex(expected));
}

TEMPLATE_TEST_CASE(
    "R5, CVE-2025-5399: a pong that does not fit is stored and sent by the next poll after tx has been drained",
    "[6455-5.5.2-02][6455-5.5.3-01][CTL-5]", server_connection, client_connection)
{
    constexpr role self = role_of<TestType>;
    const byte_vector pong = frame_from(self, 0x8A, "ping");
    for (std::size_t room = 0; room < pong.size(); ++room) {
        TestType connection;
        static_byte_queue<20> tx;
        REQUIRE(tx.append(byte_vector(20 - room)));
        byte_vector ping = frame_to(self, 0x89, "ping");
        const event e = poll_once(connection, ping, tx);
        CHECK(e.kind() == event_kind::ping);
        CHECK(e.text() == "ping");
        CHECK(tx.size() == 20 - room);
        CHECK(poll_nothing(connection, tx).kind() == event_kind::need_input);
        CHECK(tx.size() == 20 - room);
        tx.clear();
        CHECK(poll_nothing(connection, tx).kind() == event_kind::need_input);
        CHECK(to_hex(tx.data()) == to_hex(pong));
        CHECK(poll_nothing(connection, tx).kind() == event_kind::need_input);
        CHECK(tx.size() == pong.size());
    }
}

TEMPLATE_TEST_CASE("6455 5.5.3: of several unanswered pings only the newest is answered later",
                   "[6455-5.5.3-02][CTL-1]", server_connection, client_connection)
{
    constexpr role self = role_of<TestType>;
    TestType connection;
    static_byte_queue<50> tx;
    REQUIRE(tx.append(byte_vector(50)));
    byte_vector pings =
        join({frame_to(self, 0x89, "one"), frame_to(self, 0x89, std::string(125, '2')), frame_to(self, 0x89, "three")});
    std::span<std::byte> in{pings};
    for (int i = 0; i < 3; ++i)
        CHECK(connection.poll(in, tx).kind() == event_kind::ping);
    tx.clear();
    CHECK(poll_nothing(connection, tx).kind() == event_kind::need_input);
    CHECK(to_hex(tx.data()) == to_hex(frame_from(self, 0x8A, "three")));
}

TEMPLATE_TEST_CASE("6455 5.5.3: a ping that can be answered immediately replaces an older one that is pending",
                   "[6455-5.5.3-02]", server_connection, client_connection)
{
    constexpr role self = role_of<TestType>;
    TestType connection;
    static_byte_queue<60> tx;
    REQUIRE(tx.append(byte_vector(30)));
    byte_vector pings = join({frame_to(self, 0x89, std::string(50, 'x')), frame_to(self, 0x89, "2")});
    std::span<std::byte> in{pings};
    CHECK(connection.poll(in, tx).kind() == event_kind::ping);
    CHECK(tx.size() == 30);
    CHECK(connection.poll(in, tx).kind() == event_kind::ping);
    tx.consume(30);
    CHECK(to_hex(tx.data()) == to_hex(frame_from(self, 0x8A, "2")));
    tx.clear();
    CHECK(poll_nothing(connection, tx).kind() == event_kind::need_input);
    CHECK(tx.empty());
}

TEMPLATE_TEST_CASE("R5: no_space from a call of the program changes nothing", "[6455-6.1-07]", server_connection,
                   client_connection)
{
    TestType connection;
    static_byte_queue<4> tx;
    CHECK(connection.send_text(tx, "Hello") == error::no_space);
    CHECK(connection.send_binary(tx, text("Hello")) == error::no_space);
    CHECK(connection.ping(tx, text("Hello")) == error::no_space);
    CHECK(connection.pong(tx, text("Hello")) == error::no_space);
    CHECK(connection.close(tx, close_code::normal, "Hello") == error::no_space);
    CHECK(tx.empty());
    CHECK(connection.is_open());
    CHECK_FALSE(connection.close_sent());
}

TEMPLATE_TEST_CASE("R6: a violation is one error event and one close frame, and a loop until need_input ends",
                   "[6455-7.1.7-06][6455-6.2-01][CLS-2]", server_connection, client_connection)
{
    constexpr role self = role_of<TestType>;
    TestType connection;
    static_byte_queue<100> tx;
    byte_vector bytes = join({frame_to(self, 0x81, "good"), frame_to(self, 0x83), frame_to(self, 0x81, "late"),
                              frame_to(self, 0x83), frame_to(self, 0x88)});
    std::span<std::byte> in{bytes};
    std::vector<event_kind> kinds;
    for (event e = connection.poll(in, tx); e.kind() != event_kind::need_input; e = connection.poll(in, tx))
        kinds.push_back(e.kind());
    CHECK(kinds == std::vector{event_kind::message, event_kind::error});
    CHECK(in.empty());
    CHECK(connection.failure() == error::reserved_opcode);
    CHECK(to_hex(tx.data()) == to_hex(frame_from(self, 0x88, close_body(1002))));
}

TEMPLATE_TEST_CASE("R7: a program that stops polling keeps the remaining input and loses nothing", "[6455-2.1-02]",
                   server_connection, client_connection)
{
    constexpr role self = role_of<TestType>;
    const byte_vector bytes = long_conversation(self);
    random_numbers numbers{40};
    for (int run = 0; run < 200; ++run)
        CHECK(receive_lazily(TestType{}, bytes, numbers, 40) == long_log(self));
}

template <class Keys>
concept makes_a_client = requires { typename sockless::client_connection<Keys>; };

static_assert(makes_a_client<zero_keys>);
static_assert(!makes_a_client<no_mask_keys>, "R8: there is no weak default source of mask keys");
static_assert(!makes_a_client<int>);

template <class Closes, class Reason>
concept takes_reason =
    requires(Closes& closes, byte_queue& tx, Reason reason) { closes.close(tx, close_code::normal, reason); };
static_assert(takes_reason<server_connection, const char*> && !takes_reason<server_connection, std::nullptr_t>);
static_assert(takes_reason<client_connection, const char*> && !takes_reason<client_connection, std::nullptr_t>);
static_assert(takes_reason<message_writer<role::server>, const char*> &&
              !takes_reason<message_writer<role::server>, std::nullptr_t>);

/// A program's own struct with a connection is an aggregate.
struct session {
    int socket;
    server_connection connection;
};

TEST_CASE(
    "a connection is constructed with default options, with limits, with a source of keys, or with options by name")
{
    const session one = {7, {}};
    CHECK(one.socket == 7);
    CHECK(one.connection.is_open());
    counted_keys keys;
    using client = sockless::client_connection<shared_mask_keys<counted_keys>>;
    client named{{.limits = {.message_bytes = 2}, .mask_keys = shared_mask_keys<counted_keys>{keys}}};
    static_byte_queue<100> tx;
    byte_vector bytes = bytes_of("82 03 61 62 63");
    CHECK(poll_once(named, bytes, tx).failure() == error::message_too_large);
    CHECK(keys.calls() == 1);
}

TEST_CASE("R8: a client's keys come from the source that the program passes, one for each frame, including replies",
          "[6455-5.3-02][6455-5.3-03][6455-10.3-01][MASK-3]")
{
    counted_keys keys;
    sockless::client_connection<shared_mask_keys<counted_keys>> connection{shared_mask_keys<counted_keys>{keys}};
    static_byte_queue<200> tx;
    CHECK(connection.send_text(tx, "a") == error::none);
    byte_vector ping = bytes_of("89 01 62");
    CHECK(poll_once(connection, ping, tx).kind() == event_kind::ping);
    byte_vector close = bytes_of("88 02 03 e8");
    CHECK(poll_once(connection, close, tx).kind() == event_kind::close);
    CHECK(keys.calls() == 3);
    CHECK(to_hex(tx.data()) == to_hex(join({masked_frame(0x81, text("a"), counted_keys::key_number(0)),
                                            masked_frame(0x8A, text("b"), counted_keys::key_number(1)),
                                            masked_frame(0x88, close_body(1000), counted_keys::key_number(2))})));
}

TEST_CASE("R8: a reply without a key is pending until there is one", "[MASK-4]")
{
    counted_keys keys;
    keys.failing = true;
    sockless::client_connection<shared_mask_keys<counted_keys>> connection{shared_mask_keys<counted_keys>{keys}};
    static_byte_queue<200> tx;
    byte_vector ping = bytes_of("89 01 62");
    CHECK(poll_once(connection, ping, tx).kind() == event_kind::ping);
    CHECK(connection.send_text(tx, "a") == error::no_random);
    CHECK(tx.empty());
    keys.failing = false;
    CHECK(poll_nothing(connection, tx).kind() == event_kind::need_input);
    CHECK(to_hex(tx.data()) == to_hex(masked_frame(0x8A, text("b"), counted_keys::key_number(0))));
    tx.clear();
    keys.failing = true;
    byte_vector broken = bytes_of("83");
    CHECK(poll_once(connection, broken, tx).kind() == event_kind::error);
    CHECK_FALSE(connection.finished());
    keys.failing = false;
    CHECK(poll_nothing(connection, tx).kind() == event_kind::need_input);
    CHECK(connection.finished());
    CHECK(to_hex(tx.data()) == to_hex(masked_frame(0x88, close_body(1002), counted_keys::key_number(1))));
}

// --- automatic replies -----------------------------------------------------------------------------------------------

TEST_CASE("6455 5.5.2: a ping is answered with its payload, also between the fragments of a message",
          "[6455-5.5.2-01][6455-5.5.2-02][6455-5.5.2-04][6455-5.5.3-01][6455-5.4-07][6455-6.2-02]")
{
    const std::string longest(125, '\xFF');
    for (const role self : both_roles) {
        CHECK(receive(self, frame_to(self, 0x89, longest)) ==
              strings{ping_line(text(longest)), out_line(frame_from(self, 0x8A, longest))});
        // The message is not complete yet.
        CHECK(receive(self, join({frame_to(self, 0x01, "a"), frame_to(self, 0x89, "p")})) ==
              strings{"ping 70", out_line(frame_from(self, 0x8A, "p"))});
    }
}

TEST_CASE("6455 5.5.3: pongs are reported and not answered, solicited or not", "[6455-5.5.3-03][6455-5.5.3-04]")
{
    for (const role self : both_roles)
        CHECK(receive(self, join({frame_to(self, 0x8A), frame_to(self, 0x8A, "x"), frame_to(self, 0x81, "a")})) ==
              strings{"pong", "pong 78", "text \"a\""});
}

TEMPLATE_TEST_CASE("6455 5.1, 5.5.2: messages, pings and pongs may be sent immediately after the handshake",
                   "[6455-5.1-07][6455-5.5.2-05][6455-5.5.3-03][6455-5.1-01][6455-5.1-04][6455-4.2.2-19]"
                   "[WHATWG-ping-01]",
                   server_connection, client_connection)
{
    constexpr role self = role_of<TestType>;
    TestType connection;
    static_byte_queue<100> tx;
    CHECK(connection.is_open());
    CHECK(connection.pong(tx, text("q")) == error::none);
    CHECK(connection.ping(tx) == error::none);
    CHECK(connection.send_text(tx, "a") == error::none);
    CHECK(connection.send_text(tx, "b", assume_utf8{}) == error::none);
    CHECK(connection.send_binary(tx, {}) == error::none);
    CHECK(connection.begin_message(assume_utf8{}) == error::none);
    CHECK(connection.send_fragment(tx, text("c")) == error::none);
    CHECK(connection.end_message(tx) == error::none);
    CHECK(to_hex(tx.data()) ==
          to_hex(join({frame_from(self, 0x8A, "q"), frame_from(self, 0x89), frame_from(self, 0x81, "a"),
                       frame_from(self, 0x81, "b"), frame_from(self, 0x82), frame_from(self, 0x01, "c"),
                       frame_from(self, 0x80)})));
}

TEST_CASE("R4: a server may write a header alone and send the payload by other means", "[6455-5.1-04]")
{
    server_connection connection;
    encoded_header header;
    CHECK(connection.message_header(opcode::binary, 300, header) == error::none);
    CHECK(to_hex(header.view()) == "82 7e 01 2c");
}

// --- violations ------------------------------------------------------------------------------------------------------

struct violation {
    const char* clause;
    std::string_view hex; ///< to a client
    error reason;
    unsigned code;
};

const violation violations[] = {
    {"5.2: RSV1", "c1 05 48 65 6c 6c 6f", error::reserved_bit_set, 1002},
    {"5.2: RSV2", "a1 00", error::reserved_bit_set, 1002},
    {"5.2: RSV3", "92 00", error::reserved_bit_set, 1002},
    {"5.2: opcode 3", "83 00", error::reserved_opcode, 1002},
    {"5.2: opcode 7, FIN=0", "07 01 61", error::reserved_opcode, 1002},
    {"5.2: opcode F", "8f 00", error::reserved_opcode, 1002},
    {"5.1: a masked frame", "81 85 37 fa 21 3d 7f 9f 4d 51 58", error::mask_unexpected, 1002},
    {"5.1: a mask of zeros", "81 80 00 00 00 00", error::mask_unexpected, 1002},
    {"5.2: 125 in 16 bits", "82 7e 00 7d", error::length_not_minimal, 1002},
    {"5.2: 65535 in 64 bits", "82 7f 00 00 00 00 00 00 ff ff", error::length_not_minimal, 1002},
    {"5.2: 2^63", "82 7f 80 00 00 00 00 00 00 00", error::length_out_of_range, 1002},
    {"5.5: a fragmented ping", "09 00", error::control_frame_fragmented, 1002},
    {"5.5: a fragmented close", "08 00", error::control_frame_fragmented, 1002},
    {"5.5: a fragmented pong", "0a 01 61", error::control_frame_fragmented, 1002},
    {"5.5: a ping of 126 bytes", "89 7e 00 7e", error::control_frame_too_long, 1002},
    {"5.5: a close of 65536 bytes", "88 7f 00 00 00 00 00 01 00 00", error::control_frame_too_long, 1002},
    {"5.4: a continuation of nothing", "80 01 61", error::unexpected_continuation, 1002},
    {"5.4: a fragment of nothing", "00 00", error::unexpected_continuation, 1002},
    {"5.4: a message in a message", "01 01 61 82 00", error::message_interleaved, 1002},
    {"5.4: a fragment in a message", "02 00 01 00", error::message_interleaved, 1002},
    {"5.5.1: one byte of close", "88 01 03", error::close_payload_truncated, 1002},
    {"7.4: close 1005", "88 02 03 ed", error::close_code_not_on_wire, 1002},
    {"7.4: close 999", "88 02 03 e7", error::close_code_not_on_wire, 1002},
    {"8.1: a reason that is not UTF-8", "88 03 03 e8 ff", error::close_reason_not_utf8, 1007},
    {"8.1: a text that is not UTF-8", "81 01 ff", error::text_not_utf8, 1007},
    {"8.1: a text that ends too early", "81 01 c3", error::text_not_utf8, 1007},
    {"10.4: a frame of 16 MiB and a byte", "82 7f 00 00 00 00 01 00 00 01", error::frame_too_large, 1009},
    {"10.4: a frame of 2^63-1", "82 7f 7f ff ff ff ff ff ff ff", error::frame_too_large, 1009},
};

TEST_CASE(
    "6455 7.1.7: every violation is one error and one close frame with its code, and nothing follows",
    "[6455-7.1.7-04][6455-7.1.7-06][6455-10.7-01][6455-10.7-03][6455-5.1-05][6455-5.1-06][6455-5.2-04][6455-5.2-05]"
    "[6455-5.2-08][6455-5.2-10][6455-5.4-03][6455-5.4-04][6455-5.4-08][6455-5.5-02][6455-5.5.1-02][6455-5.5.1-04]"
    "[6455-7.4.1-03][6455-7.4.1-06][6455-7.4.1-08][6455-7.4.1-10][6455-8.1-01][6455-10.4-01]")
{
    for (const violation& one : violations) {
        INFO(one.clause);
        const byte_vector broken = bytes_of(one.hex);
        CHECK(receive(role::client, broken) == refused(role::client, one.reason, one.code));
        strings expected = refused(role::client, one.reason, one.code);
        expected.insert(expected.begin(), "text \"good\"");
        const byte_vector much_more(300, std::byte{0x81});
        CHECK(receive(role::client, join({bytes_of("81 04"), text("good"), broken, much_more})) == expected);
        CHECK(receive(role::client, join({bytes_of("81 04"), text("good"), broken, bytes_of("81 04"), text("late"),
                                          bytes_of("88 02 03 e8 83 00")})) == expected);
    }
}

TEST_CASE("6455 7.1.7: an error has a clause, a sentence and a close code", "[6455-7.1.7-02][6455-7.1.7-03]")
{
    client_connection connection;
    static_byte_queue<100> tx;
    byte_vector bytes = bytes_of("82 7e 00 7d");
    const event e = poll_once(connection, bytes, tx);
    REQUIRE(e.kind() == event_kind::error);
    CHECK(e.failure() == error::length_not_minimal);
    CHECK(e.code() == close_code::protocol_error);
    CHECK(condition_of(e.failure()) == condition::protocol_violation);
}

TEST_CASE(
    "CVE-2026-16632: an unmasked frame fails with mask_missing and close 1002, and the program receives none of it",
    "[6455-5.1-02][6455-5.1-03][MASK-1]")
{
    for (const std::string_view hex : {"81 05 48 65 6c 6c 6f", "82 00", "89 00", "88 02 03 e8", "01 01 61"})
        CHECK(receive(role::server, bytes_of(hex)) == refused(role::server, error::mask_missing, 1002));
    server_connection connection;
    static_byte_queue<100> tx;
    byte_vector bytes = bytes_of("81 05 48 65 6c 6c 6f");
    const event e = poll_once(connection, bytes, tx);
    CHECK(e.kind() == event_kind::error);
    CHECK(e.payload().empty());
}

TEST_CASE("6455 5.1: a masked frame fails a client with mask_unexpected and close 1002",
          "[6455-5.1-05][6455-5.1-06][MASK-2]")
{
    for (const unsigned first : {0x81U, 0x82U, 0x89U, 0x8AU, 0x88U})
        CHECK(receive(role::client, masked_frame(first, {})) == refused(role::client, error::mask_unexpected, 1002));
}

TEST_CASE("CVE-2026-27889, CVE-2017-2921: lengths that are out of range fail at the end of the length, in a server too",
          "[6455-5.2-08][6455-5.2-13][LEN-1][LEN-2][LEN-3]")
{
    for (const std::string_view hex :
         {"82 ff 80 00 00 00 00 00 00 00", "82 ff ff ff ff ff ff ff ff ff", "82 ff ff ff ff ff ff ff ff fc",
          "82 ff ff ff ff ff ff ff ff f5", "82 ff ff ff ff ff ff ff ff f2"}) {
        const byte_vector header = bytes_of(hex);
        CHECK(receive(role::server, header) == refused(role::server, error::length_out_of_range, 1002));
        CHECK(receive(role::server, join({header, example_key.bytes, text("payload")})) ==
              refused(role::server, error::length_out_of_range, 1002));
        CHECK(receive(role::server, std::span{header}.first(9)).empty());
    }
}

TEST_CASE("CVE-2026-55768: lengths above 32 bits are not truncated", "[6455-5.2-13][LEN-4][LEN-6]")
{
    for (const std::string_view hex : {"82 ff 00 00 00 01 00 00 00 01", "82 ff 00 00 00 00 80 00 00 00",
                                       "82 ff 00 00 00 00 ff ff ff ff", "82 ff 7f ff ff ff ff ff ff ff"})
        CHECK(receive(role::server, join({bytes_of(hex), example_key.bytes, text("a")})) ==
              refused(role::server, error::frame_too_large, 1009));
}

TEST_CASE("resiprocate/resiprocate#478: a fragment that would overflow the sum is message_too_large",
          "[LEN-5][6455-5.2-13]")
{
    const limits endless{.frame_bytes = ~std::uint64_t{0}};
    CHECK(receive(role::server,
                  join({masked_frame(0x01, text("a")), bytes_of("80 ff 7f ff ff ff ff ff ff ff"), example_key.bytes}),
                  endless) == refused(role::server, error::message_too_large, 1009));
}

TEST_CASE("CVE-2026-1528: lengths that are not minimal fail in a server too", "[6455-5.2-10][LEN-7]")
{
    for (const std::string_view hex : {"82 fe 00 05", "82 fe 00 7d", "82 fe 00 00", "82 ff 00 00 00 00 00 00 00 05",
                                       "82 ff 00 00 00 00 00 00 ff ff"})
        CHECK(receive(role::server, bytes_of(hex)) == refused(role::server, error::length_not_minimal, 1002));
}

TEST_CASE("CVE-2026-54466, CVE-2025-51495: a continuation without an open message fails on its first byte",
          "[6455-5.4-03][LEN-9][LEN-10]")
{
    for (const std::string_view hex : {"80", "00", "80 80 37 fa 21 3d", "80 81 37 fa 21 3d 56", "80 ff ff ff ff ff"})
        CHECK(receive(role::server, bytes_of(hex)) == refused(role::server, error::unexpected_continuation, 1002));
}

TEST_CASE("CVE-2015-0228: control frames that are too long, fragmented or of an unknown opcode fail",
          "[6455-5.5-02][6455-5.4-08][6455-5.2-05][CTL-2]")
{
    CHECK(receive(role::server, bytes_of("89 fe")) == refused(role::server, error::control_frame_too_long, 1002));
    CHECK(receive(role::server, bytes_of("89 ff")) == refused(role::server, error::control_frame_too_long, 1002));
    CHECK(receive(role::server, bytes_of("09")) == refused(role::server, error::control_frame_fragmented, 1002));
    for (const unsigned op : {3U, 4U, 5U, 6U, 7U, 11U, 12U, 13U, 14U, 15U}) {
        for (const unsigned fin : {0U, 0x80U}) {
            for (const role self : both_roles)
                CHECK(receive(self, frame_to(self, fin | op, "a")) == refused(self, error::reserved_opcode, 1002));
        }
    }
}

TEST_CASE(
    "6455 5.5.1: codes and reasons of close frames are checked in both roles",
    "[6455-5.5.1-02][6455-7.4.2-01][6455-7.4.2-02][6455-7.4.2-03][6455-7.4.2-04][6455-7.4.2-05][IANA-close-code-01]"
    "[IANA-close-code-02][IANA-close-code-03][6455-7.4.1-01][6455-7.4.1-02][6455-7.4.1-04][6455-7.4.1-05]"
    "[6455-7.4.1-06][6455-7.4.1-07][6455-7.4.1-13][6455-7.4.1-14][CLS-1]")
{
    for (const role self : both_roles) {
        for (const unsigned code : {1000U, 1001U, 1002U, 1003U, 1007U, 1008U, 1009U, 1011U, 1012U, 1013U, 1014U, 3000U,
                                    3003U, 3008U, 3999U, 4000U, 4999U})
            CHECK(receive(self, frame_to(self, 0x88, close_body(code))) ==
                  strings{"close " + std::to_string(code), out_line(frame_from(self, 0x88, close_body(code)))});
        for (const unsigned code :
             {0U, 1U, 999U, 1004U, 1005U, 1006U, 1015U, 1016U, 1100U, 2000U, 2999U, 5000U, 65535U})
            CHECK(receive(self, frame_to(self, 0x88, close_body(code))) ==
                  refused(self, error::close_code_not_on_wire, 1002));
        CHECK(receive(self, frame_to(self, 0x88, "")) == strings{"close 1005", out_line(frame_from(self, 0x88, ""))});
        CHECK(receive(self, frame_to(self, 0x88, "\x03")) == refused(self, error::close_payload_truncated, 1002));
        for (const std::string_view reason : {"\xFF", "\xC3", "ok\xED\xA0\x80"})
            CHECK(receive(self, frame_to(self, 0x88, close_body(1000, reason))) ==
                  refused(self, error::close_reason_not_utf8, 1007));
    }
}

TEST_CASE("netty/netty#14118: the payload of a close frame inside a text message is not text",
          "[UTF8-3][6455-5.4-07][6455-5.5.1-20][CLS-5]")
{
    for (const role self : both_roles)
        CHECK(receive(self, join({frame_to(self, 0x01, "\xC3"), frame_to(self, 0x88, close_body(1000, "\xC3\xA9"))})) ==
              strings{"close 1000 \"\\xc3\\xa9\"", out_line(frame_from(self, 0x88, close_body(1000)))});
}

TEST_CASE("6455 5.6: binary data is delivered unchanged, whatever its content", "[6455-5.6-03]")
{
    byte_vector every(256);
    for (std::size_t i = 0; i < every.size(); ++i)
        every[i] = static_cast<std::byte>(i);
    for (const role self : both_roles)
        CHECK(receive(self, frame_to(self, 0x82, every)) == strings{binary_line(every)});
}

TEST_CASE("6455 8.1: non-characters, U+0000 and a byte order mark are delivered unchanged", "[6455-8.1-04]")
{
    const std::string_view characters{"\xEF\xBB\xBF\0\xEF\xBF\xBE\xEF\xBF\xBF", 10};
    for (const role self : both_roles)
        CHECK(receive(self, frame_to(self, 0x81, characters)) == strings{text_line(text(characters))});
}

TEST_CASE("CVE-2015-0228, poco#4884: an empty control frame is one event, and the frames after it are read",
          "[CTL-6][6455-5.2-12]")
{
    for (const role self : both_roles)
        CHECK(receive(self,
                      join({frame_to(self, 0x89), frame_to(self, 0x8A), frame_to(self, 0x89), frame_to(self, 0x82)})) ==
              strings{"ping", "pong", "ping", "binary",
                      out_line(join({frame_from(self, 0x8A), frame_from(self, 0x8A)}))});
}

TEST_CASE("LIFE-2: a connection may be copied and the old one destroyed between any two events", "[LIFE-2]")
{
    for (const role self : both_roles) {
        const byte_vector bytes = long_conversation(self);
        const strings log = self == role::server
                                ? feed_every_way(bytes, [] { return std::move(server_subject{}.relocating()); })
                                : feed_every_way(bytes, [] { return std::move(client_subject{}.relocating()); });
        CHECK(log == long_log(self));
    }
}

TEST_CASE("CVE-2017-7800, CVE-2020-13543: a connection may be destroyed after any event", "[LIFE-2]")
{
    const byte_vector bytes = long_conversation(role::server);
    std::optional<server_connection> connection; // each in the memory of the one before
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        byte_vector part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
        connection.emplace();
        static_byte_queue<200> tx;
        std::span<std::byte> in{part};
        while (connection->poll(in, tx).kind() != event_kind::need_input) {
        }
    }
    if constexpr (SOCKLESS_ASAN == 0) {
        CHECK(std::is_trivially_copyable_v<server_connection>);
        CHECK(std::is_trivially_destructible_v<server_connection>);
    }
}

} // namespace
