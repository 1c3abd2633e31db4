// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/connection_subject.hpp"
#include "support/feed.hpp"
#include "support/frames.hpp"
#include "support/print.hpp"

#include <sockless/message/message_reader.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace {

using namespace sockless;
using namespace support;

strings reads(role self, std::span<const std::byte> bytes, const limits& bounds = {})
{
    INFO(receiving(self));
    if (self == role::server)
        return feed_every_way(bytes, [&] { return reader_subject{message_reader<role::server>{bounds}}; });
    return feed_every_way(bytes, [&] { return reader_subject{message_reader<role::client>{bounds}}; });
}

/// The same for a conversation that is written down as first bytes and payloads.
struct frame_text {
    unsigned first;
    std::string_view payload;
};
strings reads(role self, std::initializer_list<frame_text> conversation, const limits& bounds = {})
{
    byte_vector bytes;
    for (const frame_text& one : conversation) {
        const byte_vector frame = frame_to(self, one.first, one.payload);
        bytes.insert(bytes.end(), frame.begin(), frame.end());
    }
    return reads(self, bytes, bounds);
}

TEST_CASE("6455 5.4: whole and fragmented messages are read, in both roles",
          "[6455-5.4-01][6455-5.4-02][6455-5.4-10][6455-5.4-12][6455-5.4-13][6455-6.2-04]")
{
    for (const role self : both_roles) {
        CHECK(reads(self, {{0x81, "Hello"}}) == strings{"text \"Hello\""});
        CHECK(reads(self, {{0x01, "Hel"}, {0x80, "lo"}}) == strings{"text \"Hello\""});
        CHECK(reads(self, {{0x01, "H"}, {0x00, "e"}, {0x00, "ll"}, {0x80, "o"}, {0x81, "again"}}) ==
              strings{"text \"Hello\"", "text \"again\""});
        CHECK(reads(self, {{0x02, "ab"}, {0x80, "c"}, {0x02, "d"}, {0x80, "ef"}}) ==
              strings{"binary 61 62 63", "binary 64 65 66"});
    }
}

TEST_CASE("6455 5.4: the type of a message is that of its first frame",
          "[6455-5.4-16][6455-6.2-03][6455-5.6-03][WHATWG-feedback-02]")
{
    for (const role self : both_roles) {
        CHECK(reads(self, {{0x02, "\xFF"}, {0x00, "\xC3"}, {0x80, ""}, {0x01, "a"}, {0x80, "b"}}) ==
              strings{"binary ff c3", "text \"ab\""});
    }
}

TEST_CASE("6455 5.4: empty fragments add nothing", "[6455-5.4-11][6455-5.2-12][ZERO-1][ZERO-3]")
{
    for (const role self : both_roles) {
        CHECK(reads(self, {{0x01, ""}, {0x00, ""}, {0x80, ""}}) == strings{"text \"\""});
        CHECK(reads(self, {{0x01, ""}, {0x00, "a"}, {0x00, ""}, {0x80, ""}}) == strings{"text \"a\""});
        CHECK(reads(self, {{0x81, ""}, {0x82, ""}, {0x81, ""}}) == strings{"text \"\"", "binary", "text \"\""});
    }
}

TEST_CASE("CVE-2014-9374: an empty message after another one is empty", "[ZERO-2]")
{
    for (const role self : both_roles) {
        CHECK(reads(self, {{0x82, "a"}, {0x82, ""}, {0x82, "b"}}) == strings{"binary 61", "binary", "binary 62"});
        CHECK(reads(self, {{0x02, "a"}, {0x80, ""}, {0x82, ""}}) == strings{"binary 61", "binary"});
    }
}

TEST_CASE("6455 5.4: control frames between fragments are read immediately and do not change the message",
          "[6455-5.4-07][6455-5.4-09][6455-5.6-02][UTF8-3]")
{
    for (const role self : both_roles) {
        CHECK(reads(self, {{0x01, "\xE2"}, {0x89, "\xFF"}, {0x00, "\x82"}, {0x8A, "\xC3\x28"}, {0x80, "\xAC"}}) ==
              strings{"ping ff", "pong c3 28", "text \"\\xe2\\x82\\xac\""});
        CHECK(reads(self, {{0x01, "open"}, {0x89, ""}}) == strings{"ping"});
    }
}

TEST_CASE("6455 5.5: control frames are returned whole, however they are cut", "[6455-5.5.2-01][6455-5.5.3-04][CTL-6]")
{
    const std::string longest(125, 'x');
    for (const role self : both_roles) {
        CHECK(reads(self, {{0x89, longest}, {0x8A, longest}, {0x89, ""}, {0x8A, ""}, {0x89, "1"}}) ==
              strings{ping_line(text(longest)), pong_line(text(longest)), "ping", "pong", "ping 31"});
    }
}

TEST_CASE("6455 5.5.1: nothing is read after a close frame",
          "[6455-5.5.1-01][6455-5.5.1-03][6455-5.5.1-19][6455-5.5.1-20][6455-1.4-01][6455-7.1.5-01]")
{
    for (const role self : both_roles) {
        CHECK(reads(self, {{0x88, "\x03\xE8"
                                  "bye"},
                           {0x81, "late"},
                           {0x88, "\x03\xE9"},
                           {0x83, "broken"}}) == strings{"close 1000 \"bye\""});
        CHECK(reads(self, {{0x88, ""}, {0x89, ""}}) == strings{"close 1005"});
        CHECK(reads(self, {{0x01, "open"}, {0x88, "\x03\xE9"}, {0x80, "end"}}) == strings{"close 1001"});
    }
}

TEST_CASE("6455 8.1: a text that is not UTF-8 fails with text_not_utf8",
          "[6455-5.6-01][6455-8.1-01][6455-8.1-03][6455-8.1-06][6455-7.4.1-08][UTF8-1]")
{
    for (const role self : both_roles) {
        for (const std::string_view bad :
             {"\xE2", "\xFF", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "abc\x80"}) {
            CHECK(reads(self, {{0x81, bad}, {0x81, "next"}}) == strings{"error text_not_utf8"});
            CHECK(reads(self, {{0x01, bad}, {0x80, ""}}) == strings{"error text_not_utf8"});
            CHECK(reads(self, {{0x82, bad}}).size() == 1);
        }
        CHECK(reads(self, {{0x01, "\xC3"}, {0x80, "a"}}) == strings{"error text_not_utf8"});
    }
}

TEST_CASE("6455 8.1: an impossible byte fails immediately, before the end of its frame and message",
          "[6455-8.1-05][UTF8-1]")
{
    for (const role self : both_roles) {
        const byte_vector frame = frame_to(self, 0x01, "ab\xF4\x90 and so on");
        const std::size_t header = self == role::server ? 6 : 2;
        for (std::size_t size = header + 4; size <= frame.size(); ++size)
            CHECK(reads(self, std::span{frame}.first(size)) == strings{"error text_not_utf8"});
        CHECK(reads(self, std::span{frame}.first(header + 3)).empty());
    }
}

TEST_CASE("6455 5.6: a character may be cut between frames and between reads", "[6455-5.6-01][6455-5.6-02][UTF8-2]")
{
    for (const role self : both_roles) {
        for (const std::string_view character : {"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF"}) {
            for (std::size_t cut = 0; cut <= character.size(); ++cut) {
                CHECK(reads(self, {{0x01, character.substr(0, cut)}, {0x80, character.substr(cut)}}) ==
                      strings{text_line(text(character))});
                if (cut > 0 && cut < character.size())
                    CHECK(reads(self, {{0x81, character.substr(0, cut)}}) == strings{"error text_not_utf8"});
            }
        }
    }
}

TEST_CASE(
    "6455 10.4, CVE-2026-54274: fragments as long as the limit are read, one byte more fails at the header of its frame",
    "[6455-10.4-01][6455-10.4-02][LIM-2][LIM-6]")
{
    const limits bounds{.frame_bytes = 100, .message_bytes = 5, .fragments = 100};
    for (const role self : both_roles) {
        CHECK(reads(self, {{0x01, "ab"}, {0x80, "cde"}, {0x81, "abcde"}}, bounds).size() == 2);
        const byte_vector three_of_two = join({frame_to(self, 0x01, "ab"), frame_to(self, 0x00, "cd")});
        CHECK(reads(self, join({three_of_two, header_to(self, 0x80, 2)}), bounds) ==
              strings{"error message_too_large"});
        CHECK(reads(self, header_to(self, 0x82, 6), bounds) == strings{"error message_too_large"});
        // Announced bytes count before they arrive.
        CHECK(reads(self, join({three_of_two, header_to(self, 0x00, 1)}), bounds).empty());
    }
}

TEST_CASE("CVE-2020-27813: lengths that overflow a sum are too large", "[6455-5.2-13][LEN-4][LEN-5]")
{
    const limits endless{.frame_bytes = std::numeric_limits<std::uint64_t>::max(),
                         .message_bytes = frame_header::max_payload};
    for (const role self : both_roles) {
        const byte_vector first = frame_to(self, 0x01, "a");
        CHECK(reads(self, join({first, header_to(self, 0x80, frame_header::max_payload)}), endless) ==
              strings{"error message_too_large"});
        CHECK(reads(self, join({first, header_to(self, 0x80, frame_header::max_payload - 1)}), endless).empty());
        CHECK(reads(self, header_to(self, 0x82, frame_header::max_payload), limits{}) ==
              strings{"error frame_too_large"});
    }
}

TEST_CASE("6455 10.4: a message of more frames than the limit, empty ones included, fails with too_many_fragments",
          "[6455-10.4-03][LIM-3][LIM-4]")
{
    const limits bounds{.fragments = 3};
    for (const role self : both_roles) {
        CHECK(reads(self, {{0x01, ""}, {0x00, ""}, {0x80, "a"}, {0x81, "b"}}, bounds).size() == 2);
        CHECK(reads(self, {{0x01, ""}, {0x89, ""}, {0x00, ""}, {0x8A, ""}, {0x00, ""}, {0x00, ""}}, bounds) ==
              strings{"ping", "pong", "error too_many_fragments"});
        CHECK(reads(self, {{0x81, "a"}}, {.fragments = 0}) == strings{"error too_many_fragments"});
    }
}

TEST_CASE("6455 7.1.7: a reader that the program has stopped discards its input", "[6455-7.1.7-06]")
{
    message_reader<role::client> reader;
    byte_vector bytes = bytes_of("01 02 61 62 00 05 63");
    std::span<std::byte> in{bytes};
    CHECK(reader.poll(in).text() == "ab");
    reader.stop();
    CHECK(reader.poll(in).kind() == event_kind::need_input);
    CHECK(in.empty());
    byte_vector more = bytes_of("64 65 81 01 61");
    in = more;
    CHECK(reader.poll(in).kind() == event_kind::need_input);
    CHECK(in.empty());
}

TEST_CASE("R2: payload refers to the input, unmasked in place, except for a control frame in parts",
          "[6455-6.2-06][6455-5.4-17]")
{
    message_reader<role::server> reader;
    byte_vector bytes = join({masked_frame(0x82, text("abc")), masked_frame(0x89, text("ping"))});
    std::span<std::byte> in{bytes};
    event e = reader.poll(in);
    CHECK(e.payload().data() == bytes.data() + 6);
    CHECK(to_string(std::span{bytes}.subspan(6, 3)) == "abc");
    e = reader.poll(in);
    CHECK(e.payload().data() == bytes.data() + 15);

    byte_vector again = masked_frame(0x89, text("ping"));
    in = std::span{again}.first(8);
    CHECK(reader.poll(in).kind() == event_kind::need_input);
    in = std::span{again}.subspan(8);
    e = reader.poll(in);
    CHECK(e.text() == "ping");
    CHECK(within(e.payload(), &reader, sizeof reader));
}

} // namespace
