// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/connection_subject.hpp"
#include "support/feed.hpp"
#include "support/frames.hpp"
#include "support/print.hpp"

#include <sockless/frame/frame_reader.hpp>

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

constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();

static_assert(std::is_trivially_copyable_v<frame_reader<role::client>>);

/// Hex, or for long payloads what is quick to compare: their size and a sum over bytes and places.
std::string shown(std::span<const std::byte> payload)
{
    if (payload.size() <= 256)
        return to_hex(payload);
    std::uint64_t sum = 0;
    for (const std::byte b : payload)
        sum = sum * 0x100000001B3U + std::to_integer<std::uint64_t>(b) + 1;
    return std::to_string(payload.size()) + " bytes, sum " + std::to_string(sum);
}

/// One line per frame: what it is, and its payload.
template <role Role>
struct frame_subject {
    frame_reader<Role> reader{no_limit};
    strings lines{};
    byte_vector payload{};
    bool open = false;
    bool failed = false;
    std::size_t polls = 0;

    void feed(std::span<std::byte> chunk)
    {
        std::span<std::byte> in = chunk;
        while (true) {
            const std::size_t before = in.size();
            ++polls;
            const frame_chunk piece = reader.poll(in);
            promised(in.data() + in.size() == chunk.data() + chunk.size(), "the end of the input stays where it is");
            if (piece.kind == frame_chunk_kind::need_input) {
                promised(in.empty(), "after need_input the input is empty");
                return;
            }
            promised(!failed, "an error is reported once");
            promised(in.size() < before, "a call consumes, or returns need_input");
            if (piece.kind == frame_chunk_kind::error) {
                failed = true;
                lines.push_back(error_line(piece.failure));
                continue;
            }
            promised(within(piece.payload, chunk.data(), chunk.size() - in.size()), "payload is in the consumed input");
            promised(piece.first == !open, "the first piece of a frame, and no other, is `first`");
            promised(piece.last == (reader.remaining() == 0), "the last piece leaves nothing");
            if (piece.first)
                payload.clear();
            open = !piece.last;
            payload.insert(payload.end(), piece.payload.begin(), piece.payload.end());
            if (piece.last) {
                std::string line = std::string{sockless::to_string(reader.op())} + (reader.fin() ? "" : " more") +
                                   (reader.reserved_bits() != 0 ? " rsv" : "");
                lines.push_back(payload.empty() ? line : line + ' ' + shown(payload));
            }
        }
    }
    [[nodiscard]] strings log() const { return lines; }
};

strings frames(role self, std::span<const std::byte> bytes, std::uint64_t limit = no_limit, unsigned reserved_bits = 0)
{
    INFO(receiving(self));
    const auto bits = static_cast<std::uint8_t>(reserved_bits);
    feed_options options;
    options.every_cut_up_to = 512;
    options.random_cuts = 8;
    options.bytewise_up_to = 4096;
    options.random_ways = 8;
    if (self == role::server)
        return feed_every_way(
            bytes, [&] { return frame_subject<role::server>{frame_reader<role::server>{limit, bits}}; }, options);
    return feed_every_way(
        bytes, [&] { return frame_subject<role::client>{frame_reader<role::client>{limit, bits}}; }, options);
}

TEST_CASE("6455 5.7: the example frames are read", "[6455-5.7-01][6455-5.3-07][6455-5.4-01][6455-5.4-02]")
{
    CHECK(frames(role::client, bytes_of("81 05 48 65 6c 6c 6f")) == strings{"text 48 65 6c 6c 6f"});
    CHECK(frames(role::server, bytes_of("81 85 37 fa 21 3d 7f 9f 4d 51 58")) == strings{"text 48 65 6c 6c 6f"});
    CHECK(frames(role::client, bytes_of("01 03 48 65 6c 80 02 6c 6f")) ==
          strings{"text more 48 65 6c", "continuation 6c 6f"});
    CHECK(frames(role::client, bytes_of("89 05 48 65 6c 6c 6f")) == strings{"ping 48 65 6c 6c 6f"});
    CHECK(frames(role::server, bytes_of("8a 85 37 fa 21 3d 7f 9f 4d 51 58")) == strings{"pong 48 65 6c 6c 6f"});
}

TEST_CASE("6455 5.2: frames around every change of the length's form are read, in both roles",
          "[6455-5.2-07][6455-5.2-14][6455-5.4-12][6455-2.1-02]")
{
    for (const role self : both_roles) {
        for (const std::size_t size : {0U, 1U, 125U, 126U, 127U, 65534U, 65535U, 65536U}) {
            byte_vector payload(size);
            for (std::size_t i = 0; i < size; ++i)
                payload[i] = static_cast<std::byte>(i % 251);
            const byte_vector bytes = join({frame_to(self, 0x82, payload), frame_to(self, 0x89, "x")});
            const strings log = frames(self, bytes);
            REQUIRE(log.size() == 2);
            CHECK(log[0] == (size == 0 ? "binary" : "binary " + shown(payload)));
            CHECK(log[1] == "ping 78");
        }
    }
}

TEST_CASE(
    "6455 5.3: the key starts at its first byte in every frame, also with fragments and control frames in between",
    "[6455-5.3-05][6455-5.3-06][MASK-5]")
{
    const mask_key other{{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}}};
    const byte_vector bytes =
        join({masked_frame(0x02, text("abc")), masked_frame(0x89, text("pingpong!"), other),
              masked_frame(0x00, text("defgh"), other), masked_frame(0x80, text("ijklmnopq"), {})});
    CHECK(frames(role::server, bytes) ==
          strings{"binary more " + to_hex(text("abc")), "ping " + to_hex(text("pingpong!")),
                  "continuation more " + to_hex(text("defgh")), "continuation " + to_hex(text("ijklmnopq"))});
}

TEST_CASE("6455 5: each violation ends reading, whatever follows it",
          "[6455-5.2-04][6455-5.2-05][6455-5.2-08][6455-5.2-10][6455-5.4-03][6455-5.4-04][6455-5.4-08][6455-5.5-02]"
          "[6455-6.2-01]")
{
    struct broken {
        std::string_view hex; ///< for a client
        error reason;
    };
    const broken cases[] = {
        {"c1 00", error::reserved_bit_set},
        {"a2 00", error::reserved_bit_set},
        {"99 00", error::reserved_bit_set},
        {"83 00", error::reserved_opcode},
        {"0f 00", error::reserved_opcode},
        {"09 00", error::control_frame_fragmented},
        {"80 00", error::unexpected_continuation},
        {"00 00", error::unexpected_continuation},
        {"01 00 81 00", error::message_interleaved},
        {"02 01 61 02 00", error::message_interleaved},
        {"81 80 00 00 00 00", error::mask_unexpected},
        {"89 7e 00 7e", error::control_frame_too_long},
        {"88 7f 00 00 00 00 00 01 00 00", error::control_frame_too_long},
        {"82 7e 00 7d", error::length_not_minimal},
        {"82 7f 00 00 00 00 00 00 ff ff", error::length_not_minimal},
        {"82 7f 80 00 00 00 00 00 00 00", error::length_out_of_range},
    };
    for (const broken& one : cases) {
        INFO(one.hex);
        const byte_vector bytes = join({bytes_of("8a 00"), bytes_of(one.hex), bytes_of("81 01 61 88 00")});
        const strings log = frames(role::client, bytes);
        REQUIRE_FALSE(log.empty());
        CHECK(log.front() == "pong");
        CHECK(log.back() == error_line(one.reason));
    }
    CHECK(frames(role::server, bytes_of("81 05 48 65 6c 6c 6f")) == strings{"error mask_missing"});
}

TEST_CASE("6455 5.2: a violation is reported with the byte that causes it",
          "[6455-5.2-06][6455-5.5-02][6455-5.2-08][LEN-1][LEN-9]")
{
    struct broken {
        std::string_view hex; ///< for a server; the last byte is the one
        error reason;
    };
    const broken cases[] = {
        {"c1", error::reserved_bit_set},
        {"8b", error::reserved_opcode},
        {"0a", error::control_frame_fragmented},
        {"80", error::unexpected_continuation},
        {"81 05", error::mask_missing},
        {"89 fe", error::control_frame_too_long},
        {"82 fe 00 05", error::length_not_minimal},
        {"82 ff 80 00 00 00 00 00 00 00", error::length_out_of_range},
        {"82 fe 01 01", error::frame_too_large},
    };
    for (const broken& one : cases) {
        INFO(one.hex);
        const byte_vector bytes = bytes_of(one.hex);
        CHECK(frames(role::server, bytes, 256) == strings{error_line(one.reason)});
        CHECK(frames(role::server, std::span{bytes}.first(bytes.size() - 1), 256).empty());
    }
}

TEST_CASE("6455 10.4: a frame as long as the limit is read, a longer one fails with frame_too_large before its payload",
          "[6455-10.4-01][LIM-1]")
{
    for (const role self : both_roles) {
        for (const std::size_t limit : {0U, 1U, 125U, 126U, 127U, 65535U, 65536U}) {
            const byte_vector fits = frame_to(self, 0x82, repeat(limit, 'a'));
            CHECK(frames(self, fits, limit).size() == 1);
            // RFC 6455 10.4: nothing of the payload is needed, not even the key.
            const byte_vector header = header_of(0x82, limit + 1, self == role::server);
            CHECK(frames(self, header, limit) == strings{"error frame_too_large"});
        }
        CHECK(frames(self, frame_to(self, 0x89, "ab"), 1) == strings{"error frame_too_large"});
    }
}

TEST_CASE("6455 5.2: the longest lengths allocate and read nothing", "[6455-5.2-13][6455-5.2-17][LEN-4][LEN-6]")
{
    for (const role self : both_roles) {
        for (const std::uint64_t length : {std::uint64_t{0x80000000}, std::uint64_t{0xFFFFFFFF},
                                           std::uint64_t{0x100000001}, frame_header::max_payload}) {
            INFO(length);
            CHECK(frames(self, header_to(self, 0x82, length), length - 1) == strings{"error frame_too_large"});
            CHECK(frames(self, join({header_to(self, 0x82, length), text("abc")})).empty());
        }
    }
    frame_reader<role::server> reader{no_limit};
    byte_vector bytes = join({header_to(role::server, 0x82, frame_header::max_payload), text("abc")});
    std::span<std::byte> in{bytes};
    const frame_chunk piece = reader.poll(in);
    CHECK(piece.payload.size() == 3);
    CHECK_FALSE(piece.last);
    CHECK(reader.remaining() == frame_header::max_payload - 3);
}

TEST_CASE("6455 5.8: a negotiated bit is valid on the first frame of a message only", "[6455-5.2-04][6455-5.5-04]")
{
    for (const role self : both_roles) {
        const auto one = [&](unsigned first) { return frame_to(self, first, "a"); };
        CHECK(frames(self, join({one(0xC1), one(0x42), one(0x80)}), no_limit, 0x40) ==
              strings{"text rsv 61", "binary more rsv 61", "continuation 61"});
        CHECK(frames(self, one(0xA1), no_limit, 0x40) == strings{"error reserved_bit_set"});
        CHECK(frames(self, one(0x91), no_limit, 0x40) == strings{"error reserved_bit_set"});
        CHECK(frames(self, one(0xE1), no_limit, 0x40) == strings{"error reserved_bit_set"});
        CHECK(frames(self, join({one(0x41), one(0xC0)}), no_limit, 0x40) ==
              strings{"text more rsv 61", "error reserved_bit_set"});
        for (const unsigned control : {0xC8U, 0xC9U, 0xCAU})
            CHECK(frames(self, one(control), no_limit, 0x40) == strings{"error reserved_bit_set"});
    }
}

TEST_CASE("6455 7.1.7: a stopped reader discards its input", "[6455-7.1.7-06]")
{
    frame_reader<role::client> reader{no_limit};
    byte_vector bytes = bytes_of("81 05 48 65");
    std::span<std::byte> in{bytes};
    CHECK(reader.poll(in).payload.size() == 2);
    reader.stop();
    CHECK(reader.remaining() == 0);
    byte_vector more = bytes_of("6c 6c 6f 81 00");
    in = more;
    const frame_chunk piece = reader.poll(in);
    CHECK(piece.kind == frame_chunk_kind::need_input);
    CHECK(in.empty());
    CHECK(in.data() == more.data() + more.size());
}

} // namespace
