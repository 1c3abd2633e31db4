// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Attacks on endpoints with permessage-deflate, known and possible ones. zlib itself compresses the messages.
#include "received.hpp"
#include "reference/inflate.hpp"
#include "support/catch.hpp"
#include "support/print.hpp"
#include "support/random.hpp"
#include "zlib_backend.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace {

using namespace deflate_test;
using sockless::error;
using sockless::event;
using sockless::event_kind;
using support::bytes_of;
using support::repeat;

/// Returns the payload of one message: compressed alone, without the tail.
byte_vector deflated(std::span<const std::byte> message, std::uint8_t bits = 15)
{
    const auto deflater = zlib_backend::make_deflater(bits);
    byte_vector out(deflater->bound(message.size()));
    out.resize(deflater->deflate(message, out) - 4);
    return out;
}

struct outcome {
    std::uint64_t made = 0; ///< of the message that did not end
    std::size_t messages = 0;
    error failure = error::none;
};

/// All of `bytes` at once, to a server.
outcome feed_whole(byte_vector bytes, const sockless::limits& bounds, std::size_t output = 16384)
{
    end_point<zlib_backend, role::server> end{agreed(), bounds, output};
    sockless::static_byte_queue<300> tx;
    std::span<std::byte> in{bytes};
    outcome result;
    for (event e = end.ws().poll(in, tx); e.kind() != event_kind::need_input; e = end.ws().poll(in, tx)) {
        if (e.kind() == event_kind::error)
            result.failure = e.failure();
        if (e.kind() != event_kind::message)
            continue;
        result.made += e.payload().size();
        if (e.last()) {
            ++result.messages;
            result.made = 0;
        }
    }
    return result;
}

byte_vector times(std::size_t count, std::span<const std::byte> piece)
{
    byte_vector result;
    result.reserve(count * piece.size());
    for (std::size_t i = 0; i < count; ++i)
        result.insert(result.end(), piece.begin(), piece.end());
    return result;
}

} // namespace

TEST_CASE("zlib: the RFC's examples inflate to Hello, however they are cut",
          "[7692-7.2.2-01][7692-7.2.3.4-01][zlib-bfinal-01][PMD-8]")
{
    valid_messages<zlib_backend>(4096);
    valid_messages<zlib_backend>(1);
    messages_without_the_last_block<zlib_backend>(4096);
    messages_without_the_last_block<zlib_backend>(1);
}

TEST_CASE("zlib: data that does not inflate fails with extension_data_invalid and close 1007",
          "[7692-7.2.2-10][7692-7.2.2-11][PMD-7]")
{
    invalid_messages<zlib_backend>(4096);
    invalid_messages<zlib_backend>(1);
    first_failure_counts<zlib_backend>();
}

TEST_CASE(
    "7692 7.2.2: a decompression bomb is stopped at the limit, with at most one more byte produced (CVE-2016-10544, CVE-2018-1000518, CVE-2021-21419, CVE-2026-27571, CVE-2026-39804, CVE-2026-1526)",
    "[PMD-1]")
{
    const byte_vector bomb = deflated(repeat(std::size_t{64} << 20U, '\0'));
    REQUIRE(bomb.size() < 100'000);
    constexpr std::size_t limit = std::size_t{1} << 20U;
    for (const std::size_t output : {std::size_t{1000}, std::size_t{65536}, limit * 2}) {
        const outcome whole = feed_whole(support::masked_frame(0xC2, bomb), {.message_bytes = limit}, output);
        CHECK(whole.failure == error::message_too_large);
        CHECK(whole.made <= limit);
        const std::span<const std::byte> half = std::span{bomb}.first(bomb.size() / 2);
        const outcome fragmented =
            feed_whole(support::join({support::masked_frame(0x42, half),
                                      support::masked_frame(0x80, std::span{bomb}.subspan(half.size()))}),
                       {.message_bytes = limit}, output);
        CHECK(fragmented.failure == error::message_too_large);
        CHECK(fragmented.made <= limit);
    }
    // The output of the decoder alone for a message of at most `limit` bytes.
    end_point<zlib_backend, role::server> end{agreed(), {}, limit * 4};
    sockless::deflate_decoder<sockless::zlib_inflater> decoder{end.inflater(), end.output(), agreed().from_client};
    decoder.begin();
    CHECK(decoder.decode(bomb, true, limit).out.size() == limit + 1);
}

TEST_CASE(
    "7692 7.2.2: the limit counts decompressed bytes: exactly the limit is a message, one byte more is not (CVE-2026-54464)",
    "[PMD-2]")
{
    constexpr std::size_t limit = 5000;
    for (const std::size_t output : {1U, 16U, 4999U, 5000U, 5001U, 8192U})
        for (const std::size_t size : {limit - 1, limit, limit + 1}) {
            const byte_vector message = repeat(size, 'x');
            const byte_vector payload = deflated(message);
            const setting how{.bounds = {.message_bytes = limit}, .output = output, .options = {.random_ways = 4}};
            INFO(size << " bytes, output window of " << output);
            CHECK(received<zlib_backend>({{0xC1, payload}}, how) ==
                  (size <= limit ? strings{support::text_line(message)} : refused(error::message_too_large, 1009)));
        }
    // Noise grows when it is deflated: the limit is not about that.
    const byte_vector noise = support::random_numbers{1}.bytes(limit);
    const byte_vector payload = deflated(noise);
    REQUIRE(payload.size() > limit);
    CHECK(received<zlib_backend>({{0xC2, payload}},
                                 {.bounds = {.message_bytes = limit}, .options = {.every_cut_up_to = 64}}) ==
          strings{support::binary_line(noise)});
}

TEST_CASE(
    "6455 5.2: RSV1 that was not negotiated fails with reserved_bit_set, and nothing is inflated (CVE-2026-59881)",
    "[6455-5.2-04][7692-5-14][PMD-3]")
{
    const setting plain{.parameters = {}};
    const byte_vector hello = bytes_of("f2 48 cd c9 c9 07 00");
    for (const unsigned first : {0xC1U, 0xC2U, 0x41U, 0xA1U, 0x91U, 0xF1U})
        CHECK(received<zlib_backend>({{first, hello}}, plain) == refused(error::reserved_bit_set, 1002));
    for (const unsigned first : {0xA1U, 0x91U, 0xB1U, 0xE1U, 0xD1U, 0xF1U})
        CHECK(received<zlib_backend>({{first, hello}}) == refused(error::reserved_bit_set, 1002));
}

TEST_CASE("zlib: RSV1 on a continuation or a control frame fails with reserved_bit_set (RFC 7692 6.1)",
          "[6455-5.5-04][7692-6.1-03][7692-6.1-04][PMD-4]")
{
    const byte_vector hello = bytes_of("f2 48 cd c9 c9 07 00");
    for (const unsigned first : {0xC8U, 0xC9U, 0xCAU})
        CHECK(received<zlib_backend>({{first, {}}}) == refused(error::reserved_bit_set, 1002));
    CHECK(received<zlib_backend>({{0x41, hello}, {0xC0, {}}}) == refused(error::reserved_bit_set, 1002));
    CHECK(received<zlib_backend>({{0x02, hello}, {0xC0, hello}}) == refused(error::reserved_bit_set, 1002));
    CHECK(received<zlib_backend>({{0x41, hello}, {0x40, {}}}) == refused(error::reserved_bit_set, 1002));
}

TEST_CASE("7692 7.2.2: the tail is not written after the caller's bytes (CVE-2026-29035, CVE-2023-48230)", "[PMD-6]")
{
    support::random_numbers numbers{6};
    for (std::size_t size = 0; size <= 16; ++size)
        for (int run = 0; run < 20; ++run) {
            // Few of them are messages. The feeder puts an inaccessible page on either side.
            const byte_vector frame = support::masked_frame(0xC2, numbers.bytes(size));
            const support::feed_options few{.every_cut_up_to = 0, .random_cuts = 2, .random_ways = 1};
            static_cast<void>(
                support::feed_every_way(frame, [] { return subject<zlib_backend, role::server>{}; }, few));
        }
    // Bytes after a message belong to the next frame and are not changed.
    const byte_vector hello = bytes_of("f2 48 cd c9 c9 07 00");
    CHECK(received<zlib_backend>({{0xC1, hello}, {0x82, bytes_of("00 00 ff ff")}, {0xC1, hello}}) ==
          strings{R"(text "Hello")", "binary 00 00 ff ff", R"(text "Hello")"});
}

TEST_CASE("7692 7.2.1: blocks with BFINAL=1 end neither the message nor the window (ws 92774377)",
          "[7692-7.2.1-02][7692-7.2.1-03][7692-7.2.3.4-01][zlib-bfinal-01][PMD-8]")
{
    const byte_vector last = bytes_of("f3 48 cd c9 c9 07 00"); // Hello, and the stream ends
    const byte_vector again = bytes_of("f2 00 11 00 00");      // H, and ello from five bytes before
    CHECK(received<zlib_backend>({{0xC1, support::join({last, last, again})}, {0xC1, again}}) ==
          strings{R"(text "HelloHelloHello")", R"(text "Hello")"});
    CHECK(received<zlib_backend>({{0x41, support::join({last, last})}, {0x00, last}, {0x80, again}}) ==
          strings{R"(text "HelloHelloHelloHello")"});
    CHECK(received<zlib_backend>({{0xC1, support::join({bytes_of("03 00 03 00 01 00 00 ff ff"), last,
                                                        bytes_of("03 00 00")})}}) == strings{R"(text "Hello")"});
}

TEST_CASE(
    "7692 7.2.2: without context takeover a reference into the last message fails; with it, it works (beast 2313)",
    "[7692-6.2-02][7692-7.2.2-02][7692-7.2.2-03][7692-7.2.2-04][7692-7.2.2-05][7692-7.2.2-09][7692-7.2.3.2-01][PMD-9]")
{
    const byte_vector hello = bytes_of("f2 48 cd c9 c9 07 00");
    const byte_vector again = bytes_of("f2 00 11 00 00");
    const strings twice{R"(text "Hello")", R"(text "Hello")"};
    const strings once_plain{R"(text "Hello")", R"(text "plain")", "binary 70", R"(text "Hello")"};
    CHECK(received<zlib_backend>({{0xC1, hello}, {0xC1, again}}) == twice);
    CHECK(received<zlib_backend>(
              {{0xC1, hello}, {0x81, support::text("plain")}, {0x82, support::text("p")}, {0xC1, again}}) ==
          once_plain);
    CHECK(received<zlib_backend>({{0xC1, hello}, {0xC1, again}}, {.parameters = agreed(0, 0, true, true)}) ==
          invalid({R"(text "Hello")"}));
    // No context takeover in one direction does not apply to the other one.
    const byte_vector masked = support::join({support::masked_frame(0xC1, hello), support::masked_frame(0xC1, again)});
    CHECK(support::feed_every_way(
              masked, [] { return subject<zlib_backend, role::server>{agreed(0, 0, true, false)}; }) == twice);
}

TEST_CASE("7692 7.2.2: without a parameter the window has 32768 bytes; with one, the negotiated size",
          "[7692-7.1.2.2-05][7692-7.2.1-05][7692-7.2.2-06][7692-7.2.2-07][7692-7.2.2-08][7692-7.2.2-09]")
{
    const byte_vector noise = support::random_numbers{2}.bytes(32768);
    for (unsigned bits = 9; bits <= 15; ++bits) {
        // zlib refers back to at most 262 bytes less than the window.
        const std::span<const std::byte> part = std::span{noise}.first((std::size_t{1} << bits) - 300);
        const auto deflater = zlib_backend::make_deflater(static_cast<std::uint8_t>(bits));
        byte_vector frames;
        strings expected;
        for (int i = 0; i < 3; ++i) {
            byte_vector out(deflater->bound(part.size()));
            out.resize(deflater->deflate(part, out) - 4);
            CHECK((i == 0 || out.size() < 1000)); // nothing but references
            const byte_vector frame = support::masked_frame(0xC2, out);
            frames.insert(frames.end(), frame.begin(), frame.end());
            expected.push_back(support::binary_line(part));
        }
        const support::feed_options few{
            .every_cut_up_to = 0, .random_cuts = 1, .random_ways = 1, .bytewise_up_to = 2000};
        CHECK(support::feed_every_way(
                  frames, [&] { return subject<zlib_backend, role::server>{agreed(0, bits)}; }, few) == expected);
    }
}

TEST_CASE(
    "zlib: a window of 8 bits is inflated; a reference beyond it is detected once the data is no longer available",
    "[7692-7.2.2-08][zlib-window-01][zlib-windowBits-01]")
{
    const byte_vector noise = support::random_numbers{3}.bytes(200);
    const byte_vector payload = deflated(support::join({noise, noise}), 9);
    REQUIRE(payload.size() < 280);
    for (const std::size_t output : {1U, 100U, 1000U})
        CHECK(received<zlib_backend>({{0xC2, payload}},
                                     {.parameters = agreed(8, 8), .output = output, .options = {.random_ways = 2}}) ==
              strings{support::binary_line(support::join({noise, noise}))});

    const byte_vector far = support::random_numbers{3}.bytes(3000);
    const byte_vector too_far = deflated(support::join({far, far}), 15);
    CHECK(received<zlib_backend>({{0xC2, too_far}},
                                 {.parameters = agreed(8, 8), .output = 100, .options = {.every_cut_up_to = 0}}) ==
          invalid());
}

TEST_CASE(
    "7692 7.2.2: pieces of any size arrive complete, and a program may stop polling in the middle (uws 1111, beast 3028)",
    "[PMD-10]")
{
    for (const std::size_t base : {16384U, 32768U, 65536U})
        for (const std::size_t size : {base - 1, base, base + 1})
            for (const std::size_t output : {base - 1, base, base + 1, std::size_t{1000}}) {
                byte_vector message(size);
                for (std::size_t i = 0; i < size; ++i)
                    message[i] = static_cast<std::byte>(i * i >> 7U & 0xFFU);
                byte_vector bytes = support::masked_frame(0xC2, deflated(message));
                end_point<zlib_backend, role::server> end{agreed(), {}, output};
                sockless::static_byte_queue<300> tx;
                std::span<std::byte> in{bytes};
                byte_vector seen;
                bool last = false;
                while (!last) { // one call at a time: the remaining input stays in `in`
                    const event e = end.ws().poll(in, tx);
                    REQUIRE(e.kind() == event_kind::message);
                    CHECK(e.payload().size() <= output);
                    CHECK(e.first() == seen.empty());
                    seen.insert(seen.end(), e.payload().begin(), e.payload().end());
                    last = e.last();
                    end.relocate();
                    // The rest may move to another buffer.
                    bytes = byte_vector{in.begin(), in.end()};
                    in = bytes;
                }
                CHECK(seen == message);
                CHECK(in.empty());
                CHECK(end.ws().poll(in, tx).kind() == event_kind::need_input);
            }
}

TEST_CASE("7692 7.2.3.6: any number of empty messages, compressed or not",
          "[7692-7.2.3.6-01][7692-7.2.3.6-02][7692-6-01][PMD-11]")
{
    CHECK(received<zlib_backend>({{0xC1, bytes_of("00")},
                                  {0xC1, {}},
                                  {0x81, {}},
                                  {0xC2, {}},
                                  {0x82, support::text("x")},
                                  {0xC1, bytes_of("f2 48 cd c9 c9 07 00")}}) ==
          strings{R"(text "")", R"(text "")", R"(text "")", "binary", "binary 78", R"(text "Hello")"});
    constexpr std::size_t many = 100'000;
    for (const byte_vector& payload : {bytes_of("00"), byte_vector{}}) {
        const outcome result = feed_whole(times(many, support::masked_frame(0xC1, payload)), {});
        CHECK(result.messages == many);
        CHECK(result.failure == error::none);
    }
}

TEST_CASE("7692 7.2.1: no reference exceeds the negotiated window",
          "[7692-7.2.1-05][7692-7.2.1-10][7692-7.2.1-11][PMD-12]")
{
    support::random_numbers numbers{12};
    byte_vector text; // words of a short list, for references of all lengths and distances
    while (text.size() < 70'000) {
        const byte_vector word = support::random_numbers{numbers.below(3000)}.bytes(3 + numbers.below(6));
        text.insert(text.end(), word.begin(), word.end());
    }
    for (unsigned bits = 9; bits <= 15; ++bits)
        for (const int level : {1, 6, 9}) {
            sockless::zlib_deflater deflater{{.level = level}};
            REQUIRE(deflater.open(static_cast<std::uint8_t>(bits)));
            byte_vector out(deflater.bound(text.size()));
            out.resize(deflater.deflate(text, out));
            reference::inflater slow{static_cast<std::uint8_t>(bits)};
            byte_vector back(text.size() + 1);
            const sockless::inflate_result step = slow.inflate(out, back);
            CHECK_FALSE(step.failed);
            CHECK(step.produced == text.size());
            CHECK(slow.most_distance() <= (std::size_t{1} << bits));
            CHECK(slow.most_distance() > (std::size_t{1} << bits) / 4); // or it would prove nothing
        }
}

TEST_CASE("6455 5.4: control frames between the fragments of a compressed message do not change it (aiohttp 13277)",
          "[6455-5.5-04][CTL-4]")
{
    const strings expected{"ping 70 69 6e 67",
                           "pong 70",
                           R"(text "Hello")",
                           "ping",
                           R"(text "Hello")",
                           support::out_line(support::join({support::frame_from(role::server, 0x8A, "ping"),
                                                            support::frame_from(role::server, 0x8A)}))};
    CHECK(received<zlib_backend>({{0x41, bytes_of("f2 48 cd")},
                                  {0x89, support::text("ping")},
                                  {0x00, bytes_of("c9")},
                                  {0x8A, support::text("p")},
                                  {0x80, bytes_of("c9 07 00")},
                                  {0x41, bytes_of("f2 00")},
                                  {0x89, {}},
                                  {0x80, bytes_of("11 00 00")}}) == expected);
}

TEST_CASE("7692 8.1: text is validated after it is inflated, and only then (wslay 76ae41d)", "[6455-8.1-07][UTF8-4]")
{
    const auto log = [](std::string_view message, std::size_t output) {
        return received<zlib_backend>({{0xC1, deflated(support::text(message))}}, {.output = output});
    };
    for (const std::size_t output : {1U, 2U, 4096U}) {
        CHECK(log("\xCE\xBA\xE1\xBD\xB9\xF0\x9F\x98\x80", output) ==
              strings{support::text_line(support::text("\xCE\xBA\xE1\xBD\xB9\xF0\x9F\x98\x80"))});
        CHECK(log("abc\xC3", output) == refused(error::text_not_utf8, 1007));
        CHECK(log("abc\xED\xA0\x80xyz", output) == refused(error::text_not_utf8, 1007));
    }
}
