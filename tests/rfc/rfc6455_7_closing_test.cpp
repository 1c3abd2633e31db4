// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// RFC 6455 5.5.1 and 7: the closing handshake, from both ends, and all the ways in which it can be cut short.
#include "support/connection_subject.hpp"
#include "support/feed.hpp"
#include "support/frames.hpp"
#include "support/print.hpp"
#include "support/receive.hpp"

#include <sockless/connection.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace {

using namespace sockless;
using namespace support;

using server = server_connection;
using client = sockless::client_connection<zero_keys>;

template <class Connection>
constexpr role role_of = std::is_same_v<Connection, server> ? role::server : role::client;

/// Polls until `need_input` and returns the last event before that.
template <class Connection>
event drain(Connection& connection, byte_vector bytes, byte_queue& tx)
{
    std::span<std::byte> in{bytes};
    event last;
    for (event e = connection.poll(in, tx); e.kind() != event_kind::need_input; e = connection.poll(in, tx))
        last = e.kind() == event_kind::close ? sockless::detail::event_access::close(e.code(), {})
                                             : e; // `bytes` does not outlive this call
    return last;
}

/// The state of a connection: one word for each function that returns true.
template <class Connection>
std::string state(const Connection& connection)
{
    std::string words;
    const auto add = [&](bool yes, const char* word) {
        words += yes ? words.empty() ? word : std::string{' '} + word : "";
    };
    add(connection.is_open(), "open");
    add(connection.close_sent(), "sent");
    add(connection.close_received(), "received");
    add(connection.finished(), "finished");
    add(connection.close_expected(), "expected");
    add(failed(connection.failure()), "failed");
    return words;
}

template <class Connection>
std::string in_role(std::string_view of_server, std::string_view of_client)
{
    return std::string{role_of<Connection> == role::server ? of_server : of_client};
}

/// Nothing can be sent any more, and nothing is.
template <class Connection>
void refuses_everything(Connection& connection)
{
    static_byte_queue<200> tx;
    CHECK(connection.send_text(tx, "a") == error::not_open);
    CHECK(connection.send_text(tx, "a", assume_utf8{}) == error::not_open);
    CHECK(connection.send_binary(tx, text("a")) == error::not_open);
    CHECK(connection.begin_message(opcode::text) == error::not_open);
    CHECK(connection.begin_message(assume_utf8{}) == error::not_open);
    CHECK(connection.send_fragment(tx, text("a")) == error::not_open);
    CHECK(connection.end_message(tx) == error::not_open);
    CHECK(connection.ping(tx) == error::not_open);
    CHECK(connection.pong(tx) == error::not_open);
    CHECK(connection.close(tx) == error::not_open);
    CHECK(connection.close(tx, close_code::normal) == error::not_open);
    if constexpr (role_of<Connection> == role::server) {
        encoded_header header;
        CHECK(connection.message_header(opcode::text, 1, header) == error::not_open);
    }
    CHECK(tx.empty());
}

TEST_CASE("6455 5.5.1: a close frame is answered immediately with its code and without its reason",
          "[6455-5.5.1-09][6455-5.5.1-10][6455-5.5.1-11][6455-7.1.6-01]")
{
    for (const role self : both_roles) {
        CHECK(receive(self, frame_to(self, 0x88, close_body(1000, "bye"))) ==
              strings{"close 1000 \"bye\"", out_line(frame_from(self, 0x88, close_body(1000)))});
        CHECK(receive(self, frame_to(self, 0x88, close_body(4999))) ==
              strings{"close 4999", out_line(frame_from(self, 0x88, close_body(4999)))});
    }
}

TEST_CASE("6455 5.5.1: a close frame without a code is reported as 1005 and answered without a code",
          "[6455-5.5.1-01][6455-5.5.1-10][6455-7.1.5-02][6455-7.4.1-06]")
{
    for (const role self : both_roles)
        CHECK(receive(self, frame_to(self, 0x88)) == strings{"close 1005", out_line(frame_from(self, 0x88))});
}

TEST_CASE("6455 7.4.1: a server answers 1010 with 1000, a client answers it with 1010",
          "[6455-7.4.1-12][6455-5.5.1-10]")
{
    CHECK(receive(role::server, frame_to(role::server, 0x88, close_body(1010))) ==
          strings{"close 1010", out_line(frame_from(role::server, 0x88, close_body(1000)))});
    CHECK(receive(role::client, frame_to(role::client, 0x88, close_body(1010))) ==
          strings{"close 1010", out_line(frame_from(role::client, 0x88, close_body(1010)))});
}

TEST_CASE("6455 5.5.1: frames after a close frame, a second close frame too, are discarded without a reply",
          "[6455-1.4-01][6455-5.5.1-19][6455-7.1.5-01][CLS-2]")
{
    for (const role self : both_roles) {
        const byte_vector first = frame_to(self, 0x88, close_body(1001, "first"));
        const strings expected{"close 1001 \"first\"", out_line(frame_from(self, 0x88, close_body(1001)))};
        for (const byte_vector& more :
             {frame_to(self, 0x88, close_body(1000)), frame_to(self, 0x81, "late"), frame_to(self, 0x89, "late"),
              bytes_of("83 ff ff ff ff"), header_to(self, 0x82, 1000000000000U)})
            CHECK(receive(self, join({first, more})) == expected);
    }
}

TEST_CASE("6455 5.5.1: a close frame between fragments discards the open message", "[6455-5.5.1-20][CLS-5]")
{
    for (const role self : both_roles)
        CHECK(receive(self, join({frame_to(self, 0x01, "half"), frame_to(self, 0x88), frame_to(self, 0x80, "rest")})) ==
              strings{"close 1005", out_line(frame_from(self, 0x88))});
}

TEMPLATE_TEST_CASE(
    "6455 5.5.1, 7.1.1, CVE-2021-42340: the peer closes: answered, finished, and a server closes the transport first",
    "[6455-5.5.1-14][6455-5.5.1-15][6455-5.5.1-16][6455-5.5.1-17][6455-7.1.1-03][6455-7.1.1-04]"
    "[6455-7.1.1-05][6455-7.1.2-03][6455-7.1.3-01][6455-7.1.4-01][CLS-6]",
    server, client)
{
    constexpr role self = role_of<TestType>;
    TestType connection;
    static_byte_queue<100> tx;
    CHECK(state(connection) == "open");
    const event e = drain(connection, frame_to(self, 0x88, close_body(1000)), tx);
    CHECK(e.code() == close_code::normal);
    CHECK(state(connection) == in_role<TestType>("sent received finished", "sent received finished expected"));
    refuses_everything(connection);
    CHECK(connection.end_of_input().kind() == event_kind::need_input);
    CHECK(state(connection) == "sent received finished");
    CHECK(tx.size() == frame_from(self, 0x88, close_body(1000)).size());
}

TEMPLATE_TEST_CASE("6455 7.1.2: this endpoint closes: one close frame, and finished when the peer's arrives",
                   "[6455-7.1.2-01][6455-7.1.2-03][6455-7.1.3-01][6455-5.5.1-08][6455-5.5.1-09][6455-5.5.1-14]"
                   "[6455-6.1-01][6455-7.3-01][6455-7.3-02][WHATWG-close-03][CLS-2][CLS-6]",
                   server, client)
{
    constexpr role self = role_of<TestType>;
    TestType connection;
    static_byte_queue<100> tx;
    CHECK(connection.close(tx, close_code::going_away, "bye") == error::none);
    const byte_vector own = frame_from(self, 0x88, close_body(1001, "bye"));
    CHECK(to_hex(tx.data()) == to_hex(own));
    CHECK(state(connection) == "sent");
    refuses_everything(connection);
    const event e = drain(connection, frame_to(self, 0x88, close_body(1001)), tx);
    CHECK(e.kind() == event_kind::close);
    CHECK(e.code() == close_code::going_away);
    CHECK(state(connection) == in_role<TestType>("sent received finished", "sent received finished expected"));
    CHECK(to_hex(tx.data()) == to_hex(own));
    refuses_everything(connection);
}

TEST_CASE("6455 7.1.2: a connection that closes without a code sends an empty frame",
          "[6455-7.1.2-02][6455-7.4-01][WHATWG-close-05][WHATWG-gc-01]")
{
    server connection;
    static_byte_queue<100> tx;
    CHECK(connection.close(tx) == error::none);
    CHECK(to_hex(tx.data()) == "88 00");
    CHECK(state(connection) == "sent");
}

TEMPLATE_TEST_CASE("6455 7.4: codes and reasons that may not be sent are rejected, and nothing changes",
                   "[6455-7.4.1-12][6455-7.4.2-02][CLS-3][WHATWG-close-02]", server, client)
{
    constexpr role self = role_of<TestType>;
    TestType connection;
    static_byte_queue<200> tx;
    for (const unsigned code : {999U, 1004U, 1005U, 1006U, 1015U, 1016U, 2999U, 5000U})
        CHECK(connection.close(tx, static_cast<close_code>(code)) == error::close_code_not_sendable);
    CHECK(connection.close(tx, close_code::normal, std::string(124, 'x')) == error::reason_too_long);
    CHECK(connection.close(tx, close_code::normal, "\xFF") == error::reason_not_utf8);
    CHECK(connection.ping(tx, byte_vector(126)) == error::control_payload_too_long);
    CHECK(connection.pong(tx, byte_vector(126)) == error::control_payload_too_long);
    CHECK(tx.empty());
    CHECK(state(connection) == "open");
    if (self == role::server) {
        CHECK(connection.close(tx, close_code::mandatory_extension) == error::close_code_not_sendable);
        CHECK(tx.empty());
    } else {
        CHECK(connection.close(tx, close_code::mandatory_extension) == error::none);
        CHECK(to_hex(tx.data()) == to_hex(frame_from(self, 0x88, close_body(1010))));
    }
}

TEMPLATE_TEST_CASE("6455 7.1.2: a close frame is sent after earlier frames and leaves an open message unfinished",
                   "[WHATWG-close-07][6455-6.1-02][6455-5.5.1-08]", server, client)
{
    constexpr role self = role_of<TestType>;
    TestType connection;
    static_byte_queue<100> tx;
    CHECK(connection.send_text(tx, "queued") == error::none);
    CHECK(connection.begin_message(opcode::text) == error::none);
    CHECK(connection.send_fragment(tx, text("half")) == error::none);
    CHECK(connection.close(tx, close_code::normal) == error::none);
    CHECK(connection.end_message(tx, text("rest")) == error::not_open);
    CHECK(to_hex(tx.data()) == to_hex(join({frame_from(self, 0x81, "queued"), frame_from(self, 0x01, "half"),
                                            frame_from(self, 0x88, close_body(1000))})));
}

TEMPLATE_TEST_CASE(
    "CVE-2022-25762: crossing close frames: each endpoint reports the one it received and sends no second one",
    "[6455-5.5.1-18][6455-7.1.5-03][6455-7.1.5-01][CLS-2]", server, client)
{
    constexpr role self = role_of<TestType>;
    const strings expected{"close 1001 \"theirs\"", out_line(frame_from(self, 0x88, close_body(3000)))};
    CHECK(feed_every_way(frame_to(self, 0x88, close_body(1001, "theirs")), [] {
              return std::move(connection_subject<TestType>{}.closing(static_cast<close_code>(3000)));
          }) == expected);
}

TEMPLATE_TEST_CASE(
    "6455 5.5.1, 7.1.1: until the peer's close frame arrives its messages are read and its pings answered",
    "[6455-5.5.2-02][6455-5.5.2-03][6455-5.5.1-13][CLS-6]", server, client)
{
    constexpr role self = role_of<TestType>;
    const byte_vector bytes = join({frame_to(self, 0x81, "on its way"), frame_to(self, 0x89, "p"),
                                    frame_to(self, 0x88, close_body(1000)), frame_to(self, 0x89, "q")});
    CHECK(feed_every_way(bytes, [] { return std::move(connection_subject<TestType>{}.closing(close_code::normal)); }) ==
          strings{"text \"on its way\"", "ping 70", "close 1000",
                  out_line(join({frame_from(self, 0x88, close_body(1000)), frame_from(self, 0x8A, "p")}))});
}

TEMPLATE_TEST_CASE("6455 5.5.2: a pending pong is sent after this endpoint's close frame, until the peer's arrives",
                   "[6455-5.5.2-02][6455-5.5.2-03]", server, client)
{
    constexpr role self = role_of<TestType>;
    for (const bool peer_closes : {false, true}) {
        TestType connection;
        static_byte_queue<9> tx;
        REQUIRE(tx.append(byte_vector(1)));
        CHECK(drain(connection, frame_to(self, 0x89, "a long ping"), tx).kind() == event_kind::ping);
        tx.clear();
        CHECK(connection.close(tx, close_code::normal) == error::none);
        tx.clear();
        CHECK(drain(connection, {}, tx).kind() == event_kind::need_input);
        CHECK(tx.empty()); // still no space
        if (peer_closes)
            CHECK(drain(connection, frame_to(self, 0x88), tx).kind() == event_kind::close);
        static_byte_queue<100> big;
        CHECK(drain(connection, {}, big).kind() == event_kind::need_input);
        CHECK(to_hex(big.data()) == (peer_closes ? "" : to_hex(frame_from(self, 0x8A, "a long ping"))));
    }
}

TEMPLATE_TEST_CASE(
    "R5: the reply to a close frame is pending until there is space, replaces a pong, and then the endpoint is finished",
    "[6455-5.5.1-09][6455-5.5.1-12][6455-5.5.2-02][CLS-2]", server, client)
{
    constexpr role self = role_of<TestType>;
    struct close_and_answer {
        byte_vector body;
        byte_vector answer;
    };
    for (const close_and_answer& one :
         {close_and_answer{close_body(1000, "bye"), close_body(1000)}, close_and_answer{{}, {}}}) {
        const byte_vector answer = frame_from(self, 0x88, one.answer);
        for (std::size_t room = 0; room < answer.size(); ++room) {
            TestType connection;
            static_byte_queue<20> tx;
            REQUIRE(tx.append(byte_vector(20 - room)));
            const byte_vector bytes = join(
                {frame_to(self, 0x89, "never answered"), frame_to(self, 0x88, one.body), frame_to(self, 0x81, "late")});
            CHECK(drain(connection, bytes, tx).kind() == event_kind::close);
            CHECK(state(connection) == "received");
            refuses_everything(connection);
            CHECK(tx.size() == 20 - room);
            CHECK(drain(connection, frame_to(self, 0x88), tx).kind() == event_kind::need_input);
            CHECK(state(connection) == "received");
            tx.clear();
            CHECK(drain(connection, {}, tx).kind() == event_kind::need_input);
            CHECK(to_hex(tx.data()) == to_hex(answer));
            CHECK(state(connection) == in_role<TestType>("sent received finished", "sent received finished expected"));
            CHECK(drain(connection, {}, tx).kind() == event_kind::need_input);
            CHECK(tx.size() == answer.size());
        }
    }
}

TEMPLATE_TEST_CASE("R5: the close frame of a failure is pending until there is space", "[6455-7.1.7-04][CLS-2]", server,
                   client)
{
    constexpr role self = role_of<TestType>;
    TestType connection;
    static_byte_queue<20> tx;
    REQUIRE(tx.append(byte_vector(20)));
    CHECK(drain(connection, join({frame_to(self, 0x89, "p"), frame_to(self, 0x81, "\xFF")}), tx).kind() ==
          event_kind::error);
    CHECK(state(connection) == "failed");
    refuses_everything(connection);
    tx.clear();
    CHECK(drain(connection, frame_to(self, 0x88, close_body(1000)), tx).kind() == event_kind::need_input);
    CHECK(to_hex(tx.data()) == to_hex(frame_from(self, 0x88, close_body(1007))));
    CHECK(state(connection) == "sent finished failed");
}

TEMPLATE_TEST_CASE("6455 7.1.7: a failure: finished immediately, without waiting for the end of the transport",
                   "[6455-7.1.7-01][6455-7.1.7-04][6455-7.1.7-07][6455-7.1.3-01][6455-10.7-02]", server, client)
{
    constexpr role self = role_of<TestType>;
    TestType connection;
    static_byte_queue<100> tx;
    CHECK(drain(connection, frame_to(self, 0x83), tx).failure() == error::reserved_opcode);
    CHECK(state(connection) == "sent finished failed");
    refuses_everything(connection);
    // RFC 6455 7.1.7: not even the peer's close is processed.
    CHECK(drain(connection, frame_to(self, 0x88, close_body(1002)), tx).kind() == event_kind::need_input);
    CHECK(state(connection) == "sent finished failed");
    CHECK(connection.end_of_input().kind() == event_kind::need_input);
    CHECK(connection.failure() == error::reserved_opcode);
    CHECK(to_hex(tx.data()) == to_hex(frame_from(self, 0x88, close_body(1002))));
}

TEMPLATE_TEST_CASE("6455 7.1.7: a failure after this endpoint's close frame sends no second one",
                   "[6455-5.5.1-09][CLS-2]", server, client)
{
    constexpr role self = role_of<TestType>;
    const byte_vector bytes = join({frame_to(self, 0x81, "a"), frame_to(self, 0x81, "\xC0"), frame_to(self, 0x88)});
    CHECK(feed_every_way(bytes, [] { return std::move(connection_subject<TestType>{}.closing(close_code::normal)); }) ==
          strings{"text \"a\"", "error text_not_utf8", out_line(frame_from(self, 0x88, close_body(1000)))});
}

TEMPLATE_TEST_CASE("6455 7.1.5: the transport ends without a close frame: connection_lost, code 1006, nothing is sent",
                   "[6455-7.1.5-02][6455-7.2.1-01][6455-7.1.4-01][6455-7.1.7-05][6455-7.4.1-07]", server, client)
{
    constexpr role self = role_of<TestType>;
    for (const byte_vector& bytes : {byte_vector{}, frame_to(self, 0x81, "a"), frame_to(self, 0x01, "half"),
                                     header_to(self, 0x82, 10), bytes_of("81")}) {
        TestType connection;
        static_byte_queue<100> tx;
        drain(connection, bytes, tx);
        const event e = connection.end_of_input();
        REQUIRE(e.kind() == event_kind::error);
        CHECK(e.failure() == error::connection_lost);
        CHECK(e.code() == close_code::abnormal);
        CHECK(state(connection) == "finished failed");
        CHECK(connection.end_of_input().kind() == event_kind::need_input);
        CHECK(drain(connection, frame_to(self, 0x88), tx).kind() == event_kind::need_input);
        refuses_everything(connection);
        CHECK(tx.empty());
    }
}

TEMPLATE_TEST_CASE("6455 7.1.5: 1006 also if only this endpoint has sent a close frame",
                   "[6455-7.1.5-02][6455-7.1.4-01]", server, client)
{
    TestType connection;
    static_byte_queue<100> tx;
    CHECK(connection.close(tx) == error::none);
    tx.clear();
    const event e = connection.end_of_input();
    CHECK(e.kind() == event_kind::error);
    CHECK(e.code() == close_code::abnormal);
    CHECK(state(connection) == "sent finished failed");
    CHECK(tx.empty());
}

TEMPLATE_TEST_CASE("6455 7.1.5: a pending pong is discarded when the transport ends", "[6455-7.1.5-02]", server, client)
{
    constexpr role self = role_of<TestType>;
    TestType connection;
    static_byte_queue<1> full;
    CHECK(drain(connection, frame_to(self, 0x89, "p"), full).kind() == event_kind::ping);
    CHECK(connection.end_of_input().kind() == event_kind::error);
    static_byte_queue<100> tx;
    CHECK(drain(connection, {}, tx).kind() == event_kind::need_input);
    CHECK(tx.empty());
}

TEMPLATE_TEST_CASE(
    "6455 7.1.4: the transport ends after the peer's close frame: clean, and the reply may still be sent",
    "[6455-7.1.4-01][6455-7.1.5-02]", server, client)
{
    constexpr role self = role_of<TestType>;
    TestType connection;
    static_byte_queue<1> full;
    CHECK(drain(connection, frame_to(self, 0x88), full).kind() == event_kind::close);
    CHECK(connection.end_of_input().kind() == event_kind::need_input);
    CHECK(state(connection) == "received");
    static_byte_queue<100> tx;
    CHECK(drain(connection, {}, tx).kind() == event_kind::need_input);
    CHECK(to_hex(tx.data()) == to_hex(frame_from(self, 0x88)));
    CHECK(state(connection) == "sent received finished");
}

TEST_CASE("6455 7.1.5: the end of the transport is one event, however the bytes before it were cut",
          "[6455-7.1.5-02][6455-7.2.1-01]")
{
    for (const role self : both_roles) {
        const byte_vector bytes = join({frame_to(self, 0x81, "a"), frame_to(self, 0x01, "half")});
        const strings log = self == role::server
                                ? feed_every_way(bytes, [] { return std::move(server_subject{}.transport_ends()); })
                                : feed_every_way(bytes, [] { return std::move(client_subject{}.transport_ends()); });
        CHECK(log == strings{"text \"a\"", "error connection_lost"});
    }
}

} // namespace
