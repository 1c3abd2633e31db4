// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/connection_subject.hpp"
#include "support/feed.hpp"
#include "support/frames.hpp"
#include "support/print.hpp"
#include "support/random.hpp"
#include "support/receive.hpp"
#include "support/run_length_extension.hpp"

#include <sockless/connection.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace {

using namespace sockless;
using namespace support;

using server = connection<role::server, no_mask_keys, run_length>;
using client = connection<role::client, zero_keys, run_length>;

template <class Connection>
constexpr role role_of = std::is_same_v<Connection, server> ? role::server : role::client;

template <class Connection>
strings receive(std::span<const std::byte> bytes, const limits& bounds = {}, std::uint8_t bits = frame_header::rsv1)
{
    feed_options options;
    options.every_cut_up_to = 64;
    options.random_cuts = 8;
    return feed_every_way(
        bytes,
        [&] {
            return connection_subject<Connection, true>{
                Connection{{.limits = bounds, .decoder = run_length_decoder{bits}}}};
        },
        options);
}

/// Pairs of count and byte.
byte_vector runs(std::string_view pairs)
{
    byte_vector result;
    for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
        result.push_back(static_cast<std::byte>(pairs[i] - '0'));
        result.push_back(static_cast<std::byte>(pairs[i + 1]));
    }
    return result;
}

TEMPLATE_TEST_CASE("6455 5.8: a marked message is decoded, in one frame and in fragments",
                   "[6455-5.2-04][6455-9-01][6455-5.4-02]", server, client)
{
    constexpr role self = role_of<TestType>;
    CHECK(receive<TestType>(frame_to(self, 0xC1, runs("3a1b"))) == strings{"text \"aaab\""});
    CHECK(receive<TestType>(join({frame_to(self, 0x42, runs("3a")), frame_to(self, 0x00, bytes_of("02")),
                                  frame_to(self, 0x80, text("b"))})) == strings{"binary 61 61 61 62 62"});
    CHECK(receive<TestType>(frame_to(self, 0xC1)) == strings{"text \"\""});
    CHECK(receive<TestType>(join({frame_to(self, 0x41), frame_to(self, 0x00), frame_to(self, 0x80)})) ==
          strings{"text \"\""});
}

TEMPLATE_TEST_CASE("6455 5.8: a decoder that leaves input or has more output is called again",
                   "[6455-5.4-17][6455-2.1-02]", server, client)
{
    constexpr role self = role_of<TestType>;
    // 255 + 9 + 3 bytes from six: its output is seven bytes at a time.
    const byte_vector pairs = bytes_of("ff 61 09 62 03 63");
    const std::string result = std::string(255, 'a') + std::string(9, 'b') + "ccc";
    CHECK(receive<TestType>(join({frame_to(self, 0xC1, pairs), frame_to(self, 0x81, "plain")})) ==
          strings{text_line(text(result)), "text \"plain\""});
    CHECK(receive<TestType>(
              join({frame_to(self, 0x41, pairs), frame_to(self, 0x89, "p"), frame_to(self, 0x80, pairs)})) ==
          strings{"ping 70", text_line(text(result + result)), out_line(frame_from(self, 0x8A, "p"))});
}

TEMPLATE_TEST_CASE("6455 5.8: unmarked messages and control frames in between are not changed",
                   "[6455-5.5-04][6455-5.4-07][CTL-4]", server, client)
{
    constexpr role self = role_of<TestType>;
    CHECK(receive<TestType>(join({frame_to(self, 0x81, "3a"), frame_to(self, 0xC1, runs("3a")),
                                  frame_to(self, 0x82, "3a"), frame_to(self, 0x01, "3"), frame_to(self, 0x80, "a")})) ==
          strings{"text \"3a\"", "text \"aaa\"", "binary 33 61", "text \"3a\""});
    CHECK(receive<TestType>(join({frame_to(self, 0x41, bytes_of("09")), frame_to(self, 0x8A, "3a"),
                                  frame_to(self, 0x00), frame_to(self, 0x8A, "\x09"), frame_to(self, 0x80, "a")})) ==
          strings{"pong 33 61", "pong 09", "text \"aaaaaaaaa\""});
}

TEMPLATE_TEST_CASE("7692 6.1: RSV1 on a continuation or a control frame fails with reserved_bit_set",
                   "[6455-5.2-04][6455-5.5-04][7692-6.1-05][PMD-4]", server, client)
{
    constexpr role self = role_of<TestType>;
    const strings expected = refused(self, error::reserved_bit_set, 1002);
    CHECK(receive<TestType>(join({frame_to(self, 0x41, runs("1a")), frame_to(self, 0xC0, runs("1a"))})) == expected);
    CHECK(receive<TestType>(join({frame_to(self, 0x01, "a"), frame_to(self, 0xC0, "b")})) == expected);
    for (const unsigned first : {0xC8U, 0xC9U, 0xCAU})
        CHECK(receive<TestType>(frame_to(self, first, "")) == expected);
    for (const unsigned first : {0xA1U, 0x91U, 0xE1U, 0xF1U})
        CHECK(receive<TestType>(frame_to(self, first, runs("1a"))) == expected);
}

TEMPLATE_TEST_CASE("CVE-2026-59881: an extension that was not negotiated gives no bit a meaning",
                   "[6455-5.2-04][PMD-3]", server, client)
{
    constexpr role self = role_of<TestType>;
    CHECK(receive<TestType>(frame_to(self, 0xC1, runs("3a")), {}, 0) == refused(self, error::reserved_bit_set, 1002));
    CHECK(receive<TestType>(frame_to(self, 0x81, "3a"), {}, 0) == strings{"text \"3a\""});
}

TEMPLATE_TEST_CASE("7692 7.2.2: data that cannot be decoded fails with extension_data_invalid and close 1007",
                   "[6455-7.4.1-08][PMD-7]", server, client)
{
    constexpr role self = role_of<TestType>;
    const strings expected = refused(self, error::extension_data_invalid, 1007);
    CHECK(receive<TestType>(frame_to(self, 0xC1, bytes_of("02 61 00 61"))) == expected);
    CHECK(receive<TestType>(join({frame_to(self, 0x42, bytes_of("02 61 05")), frame_to(self, 0x80)})) == expected);
    CHECK(receive<TestType>(join({frame_to(self, 0x42, bytes_of("00")), frame_to(self, 0x80, runs("1a")),
                                  frame_to(self, 0x81, "next")})) == expected);
}

TEMPLATE_TEST_CASE("7692 6.1: text is validated after it was decoded", "[7692-6.1-06][UTF8-4]", server, client)
{
    constexpr role self = role_of<TestType>;
    // The encoded bytes are not UTF-8, the text is; and the other way round.
    CHECK(receive<TestType>(frame_to(self, 0xC1, bytes_of("ff 61"))) ==
          strings{text_line(text(std::string(255, 'a')))});
    CHECK(receive<TestType>(frame_to(self, 0xC1, bytes_of("01 c3 01 a9"))) == strings{"text \"\\xc3\\xa9\""});
    const strings expected = refused(self, error::text_not_utf8, 1007);
    CHECK(receive<TestType>(frame_to(self, 0xC1, bytes_of("02 c3 01 a9"))) == expected);
    CHECK(receive<TestType>(frame_to(self, 0xC1, bytes_of("09 61 01 e2"))) == expected);
    CHECK(receive<TestType>(frame_to(self, 0xC2, bytes_of("02 c3"))) == strings{"binary c3 c3"});
}

TEMPLATE_TEST_CASE("CVE-2016-10544: the limit of a message counts decoded bytes, and at most one byte more is produced",
                   "[6455-10.4-01][6455-10.4-02][7692-7.2.2-12][PMD-1][PMD-2]", server, client)
{
    constexpr role self = role_of<TestType>;
    const limits bounds{.frame_bytes = 1000, .message_bytes = 20};
    CHECK(receive<TestType>(frame_to(self, 0xC2, bytes_of("0a 61 0a 62")), bounds).size() == 1);
    CHECK(receive<TestType>(join({frame_to(self, 0x42, bytes_of("0a 61")), frame_to(self, 0x80, bytes_of("0a 62"))}),
                            bounds)
              .size() == 1);
    const strings expected = refused(self, error::message_too_large, 1009);
    CHECK(receive<TestType>(frame_to(self, 0xC2, bytes_of("0a 61 0b 62")), bounds) == expected);
    CHECK(receive<TestType>(join({frame_to(self, 0x42, bytes_of("14 61")), frame_to(self, 0x80, bytes_of("01 62"))}),
                            bounds) == expected);
    CHECK(receive<TestType>(frame_to(self, 0xC2, bytes_of("01 61")), {.message_bytes = 0}) == expected);
    CHECK(receive<TestType>(frame_to(self, 0xC2), {.message_bytes = 0}) == strings{"binary"});
    // More encoded than decoded bytes than the limit: 22 in, 11 out.
    CHECK(receive<TestType>(frame_to(self, 0xC2, runs("1a1b1a1b1a1b1a1b1a1b1a")), bounds).size() == 1);

    for (const std::size_t max_size : {0U, 1U, 6U, 7U, 8U, 100U}) {
        TestType bomb{limits{.message_bytes = max_size}};
        static_byte_queue<100> tx;
        byte_vector bytes = frame_to(self, 0xC2, byte_vector(1000, std::byte{0xFF}));
        std::span<std::byte> in{bytes};
        event e;
        do
            e = bomb.poll(in, tx);
        while (e.kind() == event_kind::message);
        CHECK(e.failure() == error::message_too_large);
        CHECK(bomb.extension_decoder().made() == max_size + 1);
    }
}

TEST_CASE("6455 10.4: a message without a limit is decoded with a limit that does not overflow", "[LEN-5]")
{
    const limits endless{.message_bytes = std::numeric_limits<std::uint64_t>::max()};
    CHECK(receive<server>(frame_to(role::server, 0xC1, bytes_of("ff 61")), endless) ==
          strings{text_line(text(std::string(255, 'a')))});
}

TEMPLATE_TEST_CASE("6455 10.4: frame and fragment limits count bytes and frames on the wire",
                   "[6455-10.4-02][6455-10.4-03]", server, client)
{
    constexpr role self = role_of<TestType>;
    CHECK(receive<TestType>(header_to(self, 0xC2, 5), {.frame_bytes = 4}) ==
          refused(self, error::frame_too_large, 1009));
    CHECK(receive<TestType>(join({frame_to(self, 0x42), frame_to(self, 0x00), frame_to(self, 0x80)}),
                            {.fragments = 2}) == refused(self, error::too_many_fragments, 1008));
}

TEMPLATE_TEST_CASE("R7: a program that polls rarely and moves the remaining input loses nothing",
                   "[6455-5.3-06][6455-2.1-02]", server, client)
{
    constexpr role self = role_of<TestType>;
    const byte_vector bytes = join({frame_to(self, 0x41, bytes_of("ff 61 03 62 01")), frame_to(self, 0x89, "p"),
                                    frame_to(self, 0x80, bytes_of("63 14 64")), frame_to(self, 0xC2, runs("9x9y"))});
    const strings expected = receive<TestType>(bytes);
    random_numbers numbers{30};
    for (int run = 0; run < 300; ++run)
        CHECK(receive_lazily(TestType{}, bytes, numbers, 10) == expected);
}

TEMPLATE_TEST_CASE("7692 6: an encoder marks only the first frame of its messages", "[6455-5.2-03][6455-5.5-04]",
                   server, client)
{
    constexpr role self = role_of<TestType>;
    TestType connection;
    static_byte_queue<500> tx;
    CHECK(connection.send_text(tx, "aaab") == error::none);
    CHECK(connection.send_text(tx, "-aaab") == error::none);
    CHECK(connection.ping(tx, text("aaa")) == error::none);
    CHECK(connection.begin_message(opcode::binary) == error::none);
    CHECK(connection.send_fragment(tx, text("aa")) == error::none);
    CHECK(connection.pong(tx, text("aaa")) == error::none);
    CHECK(connection.send_fragment(tx, text("ab")) == error::none);
    CHECK(connection.end_message(tx, text("-")) == error::none);
    CHECK(connection.begin_message(opcode::text) == error::none);
    CHECK(connection.send_fragment(tx, text("-a")) == error::none);
    CHECK(connection.end_message(tx, text("aa")) == error::none);
    CHECK(connection.close(tx, close_code::normal) == error::none);
    CHECK(to_hex(tx.data()) == to_hex(join({frame_from(self, 0xC1, runs("3a1b")), frame_from(self, 0x81, "-aaab"),
                                            frame_from(self, 0x89, "aaa"), frame_from(self, 0x42),
                                            frame_from(self, 0x8A, "aaa"), frame_from(self, 0x00, runs("3a")),
                                            frame_from(self, 0x80, runs("1b1-")), frame_from(self, 0x01, "-a"),
                                            frame_from(self, 0x80, "aa"), frame_from(self, 0x88, close_body(1000))})));
}

TEST_CASE("7692 6: an encoder that was not negotiated is not called", "[6455-5.2-03]")
{
    server connection{{.decoder = run_length_decoder{0}, .encoder = run_length_encoder{0}}};
    static_byte_queue<100> tx;
    CHECK(connection.send_text(tx, "aaa") == error::none);
    CHECK(to_hex(tx.data()) == to_hex(frame_from(role::server, 0x81, "aaa")));
    CHECK(connection.extension_encoder().begun() == 0);
}

TEST_CASE("R5: an encoder is not called without a key or without space for its largest output", "[6455-6.1-07][MASK-4]")
{
    for (std::size_t room = 0; room < 2 + 2 * 4 + 2; ++room) {
        byte_vector memory(room);
        byte_queue small{memory};
        server connection;
        CHECK(connection.send_text(small, "aaaa") == error::no_space);
        CHECK(small.empty());
        CHECK(connection.extension_encoder().begun() == 0);
        static_byte_queue<100> tx;
        CHECK(connection.send_text(tx, "aaaa") == error::none);
        CHECK(to_hex(tx.data()) == to_hex(frame_from(role::server, 0xC1, runs("4a"))));
    }
    counted_keys keys;
    keys.failing = true;
    connection<role::client, shared_mask_keys<counted_keys>, run_length> sender{shared_mask_keys<counted_keys>{keys}};
    static_byte_queue<100> tx;
    CHECK(sender.begin_message(opcode::text) == error::none);
    CHECK(sender.send_fragment(tx, text("aaa")) == error::no_random);
    CHECK(sender.extension_encoder().begun() == 0);
    keys.failing = false;
    CHECK(sender.send_fragment(tx, text("aaa")) == error::none);
    keys.failing = true;
    CHECK(sender.end_message(tx, text("b")) == error::no_random);
    keys.failing = false;
    CHECK(sender.end_message(tx, text("a")) == error::none);
    CHECK(to_hex(tx.data()) == to_hex(join({masked_frame(0x41, {}, counted_keys::key_number(0)),
                                            masked_frame(0x80, runs("4a"), counted_keys::key_number(1))})));
}

TEST_CASE("7692 6: a longer header than the encoded payload needs leaves no gap", "[6455-5.2-09]")
{
    // The largest output for 100 bytes needs a 16-bit length, the actual output does not.
    for (const std::size_t size : {61U, 62U, 63U, 100U, 125U, 126U, 300U}) {
        server connection;
        static_byte_queue<1000> tx;
        CHECK(connection.send_binary(tx, repeat(size, 'a')) == error::none);
        byte_vector expected;
        for (std::size_t left = size; left > 0; left -= std::min<std::size_t>(left, 255)) {
            expected.push_back(static_cast<std::byte>(std::min<std::size_t>(left, 255)));
            expected.push_back(std::byte{'a'});
        }
        CHECK(to_hex(tx.data()) == to_hex(frame_from(role::server, 0xC2, expected)));
        tx.clear();
        // The encoder makes a payload longer: 16-bit form at 63 bytes.
        byte_vector worst(size);
        for (std::size_t i = 0; i < size; ++i)
            worst[i] = static_cast<std::byte>(i % 2);
        CHECK(connection.send_binary(tx, worst) == error::none);
        byte_vector pairs;
        for (const std::byte b : worst)
            pairs.insert(pairs.end(), {std::byte{1}, b});
        CHECK(to_hex(tx.data()) == to_hex(frame_from(role::server, 0xC2, pairs)));
    }
}

TEST_CASE("7692 6: encoded messages are decoded by the peer, in pieces of any size", "[6455-5.4-02][6455-5.3-05]")
{
    random_numbers numbers{31};
    for (int run = 0; run < 20; ++run) {
        counted_keys keys;
        connection<role::client, shared_mask_keys<counted_keys>, run_length> sender{
            shared_mask_keys<counted_keys>{keys}};
        static_byte_queue<8000> tx;
        strings expected;
        for (std::size_t messages = 1 + numbers.below(3); messages > 0; --messages) {
            byte_vector payload;
            while (numbers.below(8) != 0)
                payload.insert(payload.end(), numbers.below(280) / (1 + numbers.below(9)), numbers.bytes(1)[0]);
            REQUIRE(sender.begin_message(opcode::binary) == error::none);
            std::span<const std::byte> rest{payload};
            while (!rest.empty() && numbers.below(4) != 0) {
                const std::size_t size = numbers.below(rest.size() + 1);
                REQUIRE(sender.send_fragment(tx, rest.first(size)) == error::none);
                rest = rest.subspan(size);
            }
            REQUIRE(sender.end_message(tx, rest) == error::none);
            expected.push_back(binary_line(payload));
        }
        CHECK(receive<server>(tx.data()) == expected);
    }
}

TEMPLATE_TEST_CASE(
    "6455 10.4: a decoded message has to fit the storage of whole messages, or fails with message_too_large",
    "[6455-10.4-01]", server, client)
{
    constexpr role self = role_of<TestType>;
    const auto outcome = [](std::size_t room) {
        TestType connection;
        byte_vector storage(room);
        byte_queue queue{storage};
        message_assembler whole{queue};
        static_byte_queue<100> tx;
        byte_vector bytes = frame_to(self, 0xC2, bytes_of("14 61")); // twenty bytes, seven at a time
        std::span<std::byte> in{bytes};
        const event e = connection.poll(in, tx, whole);
        return e.kind() == event_kind::error ? error_line(e.failure()) : binary_line(e.payload());
    };
    CHECK(outcome(20) == binary_line(byte_vector(20, std::byte{'a'})));
    CHECK(outcome(19) == "error message_too_large");
    CHECK(outcome(0) == "error message_too_large");
}

/// An extension that cannot encode so much.
struct uncountable : run_length {
    struct encoder : run_length::encoder {
        encoder() noexcept : run_length::encoder{frame_header::rsv1} {}
        [[nodiscard]] std::size_t bound(std::size_t) const noexcept { return limit; }
        std::size_t limit = static_cast<std::size_t>(-1);
    };
};

TEST_CASE("A23: payload whose encoded size cannot be counted is payload_too_long, and nothing is written")
{
    for (std::size_t below_limit = 0; below_limit < frame_header::max_size; ++below_limit) {
        uncountable::encoder encoder;
        encoder.limit -= below_limit;
        connection<role::server, no_mask_keys, uncountable> sender{{.encoder = encoder}};
        static_byte_queue<100> tx;
        CHECK(sender.send_binary(tx, text("aaa")) == error::payload_too_long);
        CHECK(tx.empty());
        CHECK(sender.begin_message(opcode::binary) == error::none);
        CHECK(sender.send_fragment(tx, text("aaa")) == error::payload_too_long);
        CHECK(tx.empty());
    }
}

} // namespace
