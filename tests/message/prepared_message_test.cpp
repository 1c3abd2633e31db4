// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/exact_block.hpp"
#include "support/frames.hpp"
#include "support/run_length_extension.hpp"

#include <sockless/connection.hpp>
#include <sockless/message/prepared_message.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace {

using namespace sockless;
using support::byte_vector;
using support::to_hex;
using support::unmasked_frame;

/// The frame for a connection without an extension.
byte_vector frame_of(prepared_message& message)
{
    no_extension::codec none;
    const std::span<const std::byte> frame = message.frame(none);
    return {frame.begin(), frame.end()};
}

TEST_CASE("6455 5.2: a prepared message is one frame without a mask, for every form of the length")
{
    for (const std::size_t size : {0U, 1U, 125U, 126U, 65535U, 65536U}) {
        const byte_vector payload(size, std::byte{'x'});
        const support::exact_block storage{byte_vector(prepared_message::frame_size(size))};
        prepared_message message{storage.bytes()};
        REQUIRE(message.assign_text(support::to_string(payload)) == error::none);
        CHECK(message.type() == opcode::text);
        CHECK(frame_of(message) == unmasked_frame(0x81, payload));
        CHECK(std::ranges::equal(message.payload(), payload));
        REQUIRE(message.assign_binary(payload) == error::none);
        CHECK(message.type() == opcode::binary);
        CHECK(frame_of(message) == unmasked_frame(0x82, payload));
        CHECK(message.used_storage() == storage.bytes().size());
        no_extension::codec none;
        CHECK(message.frame(none).data() == storage.bytes().data());
    }
}

TEST_CASE("a prepared message is empty at first, and unchanged by an error")
{
    byte_vector storage(10);
    prepared_message message{storage};
    CHECK(to_hex(frame_of(message)) == "82 00");
    CHECK(message.payload().empty());
    REQUIRE(message.assign_text("12345678") == error::none);
    CHECK(message.assign_text("123456789") == error::no_space);
    CHECK(message.assign_binary(byte_vector(9)) == error::no_space);
    CHECK(message.assign_text("\xFF") == error::payload_not_utf8);
    CHECK(message.assign_text("\xC3") == error::payload_not_utf8); // incomplete
    CHECK(frame_of(message) == unmasked_frame(0x81, support::text("12345678")));
    REQUIRE(message.assign_text("\xFF", assume_utf8{}) == error::none);
    CHECK(to_hex(frame_of(message)) == "81 01 ff");
    prepared_message nothing{std::span<std::byte>{}};
    CHECK(nothing.assign_binary({}) == error::no_space);
    prepared_message too_small{std::span{storage}.first(1)};
    CHECK(too_small.assign_binary({}) == error::no_space);
}

TEST_CASE(
    "6455 5.4: a prepared message is a whole message: there is no frame of it while another one is open, or after a close frame")
{
    byte_vector storage(10);
    prepared_message message{storage};
    REQUIRE(message.assign_text("hi") == error::none);
    server_connection ws;
    static_byte_queue<200> tx;
    std::span<const std::byte> frame;
    REQUIRE(ws.prepared_frame(message, frame) == error::none);
    CHECK(to_hex(frame) == "81 02 68 69");
    frame = {};
    REQUIRE(ws.begin_message(opcode::text) == error::none);
    CHECK(ws.prepared_frame(message, frame) == error::message_open);
    REQUIRE(ws.end_message(tx) == error::none);
    CHECK(frame.empty());
    CHECK(ws.prepared_frame(message, frame) == error::none);
    frame = {};
    REQUIRE(ws.close(tx) == error::none);
    CHECK(ws.prepared_frame(message, frame) == error::not_open);
    CHECK(frame.empty());
}

TEST_CASE("6455 9: an extension whose encoder has no reset_context sends a prepared message as it is")
{
    byte_vector storage(400);
    prepared_message message{storage};
    REQUIRE(message.assign_binary(byte_vector(100)) == error::none);
    connection<role::server, no_mask_keys, support::run_length> ws;
    std::span<const std::byte> frame;
    REQUIRE(ws.prepared_frame(message, frame) == error::none);
    CHECK(byte_vector{frame.begin(), frame.end()} == unmasked_frame(0x82, byte_vector(100)));
}

/// Replaces any message by one byte.
struct one_byte_encoder {
    std::uint8_t bits = 15;
    std::string calls{};

    [[nodiscard]] std::uint8_t reserved_bits() const noexcept { return frame_header::rsv1; }
    [[nodiscard]] bool wants(opcode, std::span<const std::byte>) const noexcept { return true; }
    void begin() noexcept { calls += "begin "; }
    [[nodiscard]] std::size_t bound(std::size_t) const noexcept { return 1; }
    std::size_t encode(std::span<const std::byte> in, bool end, std::span<std::byte> out) noexcept
    {
        calls += "encode " + std::to_string(in.size()) + (end ? " " : "... ");
        out[0] = static_cast<std::byte>(bits);
        return 1;
    }
    [[nodiscard]] std::uint8_t window_bits() const noexcept { return bits; }
    void reset_context() noexcept { calls += "reset "; }
};

TEST_CASE("7692 7.1.2: there is one frame for each size of the window, encoded by the first connection that has it")
{
    const byte_vector payload(100, std::byte{7});
    byte_vector storage(prepared_message::frame_size(100) + 8 * prepared_message::encoding_size(1));
    prepared_message message{storage};
    REQUIRE(message.assign_text(support::to_string(payload)) == error::none);
    for (int round = 0; round < 2; ++round) {
        for (std::uint8_t bits = 8; bits <= 15; ++bits) {
            one_byte_encoder encoder{bits};
            const std::span<const std::byte> frame = message.frame(encoder);
            CHECK(to_hex(frame) == "c1 01 " + to_hex(byte_vector{static_cast<std::byte>(bits)}));
            CHECK(encoder.calls == (round == 0 ? "reset begin encode 100 reset reset " : "reset "));
        }
        for (const std::uint8_t bits : std::array<std::uint8_t, 4>{0, 7, 16, 255}) { // no window of RFC 7692
            one_byte_encoder encoder{bits};
            CHECK(std::ranges::equal(message.frame(encoder), unmasked_frame(0x81, payload)));
            CHECK(encoder.calls.empty());
        }
    }
}

TEST_CASE("a prepared message counts its uses and calls a function after the last one")
{
    static int ended;
    ended = 0;
    byte_vector storage(10);
    prepared_message message{storage, [](prepared_message& unused) noexcept {
                                 ++ended;
                                 CHECK_FALSE(unused.in_use());
                                 CHECK(unused.assign_text("next") == error::none);
                             }};
    CHECK_FALSE(message.in_use());
    message.retain();
    message.retain();
    message.release();
    CHECK(message.in_use());
    CHECK(ended == 0);
    message.release();
    CHECK(ended == 1);
    CHECK_FALSE(message.in_use());
    CHECK(to_hex(message.payload()) == "6e 65 78 74");
    prepared_message without{storage};
    without.retain();
    without.release();
    CHECK(ended == 1);
}

} // namespace
