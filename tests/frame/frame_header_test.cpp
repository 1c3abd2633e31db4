// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/exact_block.hpp"
#include "support/frames.hpp"
#include "support/hex.hpp"
#include "support/print.hpp"

#include <sockless/frame/frame_header.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace {

using namespace sockless;
using sockless::detail::check_first_byte;
using sockless::detail::check_second_byte;
using sockless::detail::decode_header;
using sockless::detail::decoded_header;
using sockless::detail::frame_context;
using support::byte_vector;
using support::bytes_of;
using support::to_hex;

constexpr mask_key example = support::example_key;

constexpr bool encodes_to(const frame_header& header, std::initializer_list<unsigned> expected)
{
    std::array<std::byte, frame_header::max_size> out{};
    const std::size_t size = encode_header(header, out);
    bool same = size == expected.size() && size == header.size();
    std::size_t i = 0;
    for (const unsigned byte : expected)
        same = same && out[i++] == static_cast<std::byte>(byte);
    return same;
}

constexpr bool decodes_from(std::initializer_list<unsigned> from, const frame_context& context,
                            const frame_header& expected)
{
    std::array<std::byte, frame_header::max_size> in{};
    std::size_t size = 0;
    for (const unsigned byte : from)
        in[size++] = static_cast<std::byte>(byte);
    const decoded_header found = decode_header(std::span{in}.first(size), context);
    return !failed(found.failure) && found.size == size && found.header == expected;
}

constexpr frame_context in_server{.receiver = role::server};
constexpr frame_context in_client{.receiver = role::client};

// RFC 6455 5.7, every example, in both directions.
constexpr frame_header text_5{.payload_length = 5, .op = opcode::text};
constexpr frame_header masked_text_5{.payload_length = 5, .key = example, .op = opcode::text, .masked = true};
constexpr frame_header first_fragment{.payload_length = 3, .op = opcode::text, .fin = false};
constexpr frame_header last_fragment{.payload_length = 2, .op = opcode::continuation};
constexpr frame_header ping_5{.payload_length = 5, .op = opcode::ping};
constexpr frame_header masked_pong_5{.payload_length = 5, .key = example, .op = opcode::pong, .masked = true};
constexpr frame_header binary_256{.payload_length = 256, .op = opcode::binary};
constexpr frame_header binary_64k{.payload_length = 65536, .op = opcode::binary};

static_assert(encodes_to(text_5, {0x81, 0x05}));
static_assert(encodes_to(masked_text_5, {0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D}));
static_assert(encodes_to(first_fragment, {0x01, 0x03}));
static_assert(encodes_to(last_fragment, {0x80, 0x02}));
static_assert(encodes_to(ping_5, {0x89, 0x05}));
static_assert(encodes_to(masked_pong_5, {0x8A, 0x85, 0x37, 0xFA, 0x21, 0x3D}));
static_assert(encodes_to(binary_256, {0x82, 0x7E, 0x01, 0x00}));
static_assert(encodes_to(binary_64k, {0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0}));

static_assert(decodes_from({0x81, 0x05}, in_client, text_5));
static_assert(decodes_from({0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D}, in_server, masked_text_5));
static_assert(decodes_from({0x01, 0x03}, in_client, first_fragment));
static_assert(decodes_from({0x80, 0x02}, {.receiver = role::client, .message_open = true}, last_fragment));
static_assert(decodes_from({0x89, 0x05}, in_client, ping_5));
static_assert(decodes_from({0x8A, 0x85, 0x37, 0xFA, 0x21, 0x3D}, in_server, masked_pong_5));
static_assert(decodes_from({0x82, 0x7E, 0x01, 0x00}, in_client, binary_256));
static_assert(decodes_from({0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0}, in_client, binary_64k));

std::string encoded(const frame_header& header)
{
    const support::exact_block out{byte_vector(header.size())};
    return to_hex(out.bytes().first(encode_header(header, out.bytes())));
}

struct length_form {
    std::uint64_t length;
    std::string_view unmasked;
    std::string_view masked; ///< without the key
};

constexpr std::array forms{
    length_form{0, "82 00", "82 80"},
    length_form{1, "82 01", "82 81"},
    length_form{125, "82 7d", "82 fd"},
    length_form{126, "82 7e 00 7e", "82 fe 00 7e"},
    length_form{127, "82 7e 00 7f", "82 fe 00 7f"},
    length_form{255, "82 7e 00 ff", "82 fe 00 ff"},
    length_form{256, "82 7e 01 00", "82 fe 01 00"},
    length_form{65534, "82 7e ff fe", "82 fe ff fe"},
    length_form{65535, "82 7e ff ff", "82 fe ff ff"},
    length_form{65536, "82 7f 00 00 00 00 00 01 00 00", "82 ff 00 00 00 00 00 01 00 00"},
    length_form{0x80000000, "82 7f 00 00 00 00 80 00 00 00", "82 ff 00 00 00 00 80 00 00 00"},
    length_form{0xFFFFFFFF, "82 7f 00 00 00 00 ff ff ff ff", "82 ff 00 00 00 00 ff ff ff ff"},
    length_form{0x100000000, "82 7f 00 00 00 01 00 00 00 00", "82 ff 00 00 00 01 00 00 00 00"},
    length_form{0x7FFFFFFFFFFFFFFF, "82 7f 7f ff ff ff ff ff ff ff", "82 ff 7f ff ff ff ff ff ff ff"},
};

TEST_CASE("6455 5.2: every length is written in its shortest form, most significant byte first",
          "[6455-5.2-07][6455-5.2-09][6455-5.2-17][LEN-8]")
{
    for (const length_form& form : forms) {
        INFO(form.length);
        CHECK(encoded({.payload_length = form.length, .op = opcode::binary}) == form.unmasked);
        const std::string masked =
            encoded({.payload_length = form.length, .key = example, .op = opcode::binary, .masked = true});
        CHECK(masked == std::string{form.masked} + " 37 fa 21 3d");
    }
}

TEST_CASE("6455 5.2: every length that can be written is read back, and a header is never longer than 14 bytes",
          "[6455-5.2-02][6455-5.2-07][6455-5.2-14]")
{
    for (const length_form& form : forms) {
        INFO(form.length);
        const byte_vector unmasked = bytes_of(form.unmasked);
        const decoded_header plain = decode_header(unmasked, in_client);
        CHECK(plain.size == unmasked.size());
        CHECK(plain.header.payload_length == form.length);
        CHECK_FALSE(plain.header.masked);

        const byte_vector masked = support::join({bytes_of(form.masked), example.bytes});
        CHECK(masked.size() <= frame_header::max_size);
        const decoded_header with_key = decode_header(masked, in_server);
        CHECK(with_key.size == masked.size());
        CHECK(with_key.header.payload_length == form.length);
        CHECK(with_key.header.masked);
        CHECK(with_key.header.key == example);
    }
}

TEST_CASE("6455 5.2: an incomplete header is neither valid nor invalid", "[6455-2.1-02][6455-5.2-02]")
{
    for (const length_form& form : forms) {
        const byte_vector bytes = support::join({bytes_of(form.masked), example.bytes});
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            const support::exact_block part{std::span{bytes}.first(size)};
            const decoded_header found = decode_header(part.bytes(), in_server);
            CHECK(found.size == 0);
            CHECK(found.failure == error::none);
        }
    }
}

TEST_CASE("6455 5.2: the bytes after a header are not part of it", "[6455-5.2-11]")
{
    const decoded_header found = decode_header(bytes_of("81 85 37 fa 21 3d 7f 9f 4d 51 58 ff ff"), in_server);
    CHECK(found.size == 6);
    CHECK(found.header == masked_text_5);
}

TEST_CASE("6455 5.2: byte 0 is FIN, three reserved bits and the opcode; byte 1 is MASK and the length",
          "[6455-5.2-01][6455-5.2-16][6455-11.9-01]")
{
    const frame_context all_bits{.receiver = role::client, .reserved_bits = detail::wire::rsv};
    for (const unsigned bits : {0x00U, 0x10U, 0x20U, 0x40U, 0x70U}) {
        for (const bool fin : {false, true}) {
            const frame_header header{.payload_length = 3,
                                      .op = opcode::binary,
                                      .reserved_bits = static_cast<std::uint8_t>(bits),
                                      .fin = fin};
            const unsigned first = (fin ? 0x80U : 0U) | bits | 0x02U;
            CHECK(encoded(header) == to_hex(std::array{static_cast<std::byte>(first), std::byte{3}}));
            const decoded_header found =
                decode_header(std::array{static_cast<std::byte>(first), std::byte{3}}, all_bits);
            CHECK(found.size == 2);
            CHECK(found.header == header);
        }
    }
    CHECK(frame_header::rsv1 == 0x40);
    CHECK(frame_header::rsv2 == 0x20);
    CHECK(frame_header::rsv3 == 0x10);
    CHECK(detail::wire::mask == 0x80);
}

/// The rules for byte 0 in the order of the RFC, for all 256 values in every context.
error expected_of_first_byte(unsigned byte, bool message_open, unsigned allowed_bits)
{
    const unsigned op = byte & 0x0FU;
    const unsigned bits = byte & 0x70U;
    const bool fin = byte >= 0x80;
    const bool begins = op == 1 || op == 2;
    if ((begins ? bits & ~allowed_bits : bits) != 0)
        return error::reserved_bit_set;
    if (!std::set<unsigned>{0, 1, 2, 8, 9, 10}.contains(op))
        return error::reserved_opcode;
    if (op >= 8)
        return fin ? error::none : error::control_frame_fragmented;
    if (op == 0)
        return message_open ? error::none : error::unexpected_continuation;
    return message_open ? error::message_interleaved : error::none;
}

TEST_CASE(
    "6455 5.2, 5.4, 5.5: byte 0 alone determines reserved bits, opcode, FIN and the order of fragments",
    "[6455-5.2-04][6455-5.8-02][6455-5.2-05][6455-5.2-06][6455-5.4-03][6455-5.4-04][6455-5.4-08][6455-5.5-01][LEN-10]")
{
    for (unsigned byte = 0; byte < 256; ++byte) {
        for (const bool open : {false, true}) {
            for (const unsigned allowed : {0x00U, 0x40U, 0x70U}) {
                INFO(byte << ", message open " << open << ", allowed bits " << allowed);
                const frame_context context{.receiver = role::client,
                                            .message_open = open,
                                            .reserved_bits = static_cast<std::uint8_t>(allowed)};
                const error expected = expected_of_first_byte(byte, open, allowed);
                CHECK(check_first_byte(static_cast<std::uint8_t>(byte), context) == expected);
                const decoded_header found = decode_header(std::array{static_cast<std::byte>(byte)}, context);
                CHECK(found.failure == expected);
                CHECK(found.size == 0);
            }
        }
    }
}

TEST_CASE("6455 5.1, 5.5: byte 1 determines the mask and the length of control frames",
          "[6455-5.1-02][6455-5.1-05][6455-5.5-02][MASK-1][MASK-2][CTL-2]")
{
    for (const unsigned first : {0x81U, 0x82U, 0x01U, 0x88U, 0x89U, 0x8AU}) {
        for (unsigned second = 0; second < 256; ++second) {
            const bool masked = second >= 0x80;
            const bool too_long = first >= 0x88 && (second & 0x7FU) > 125;
            const auto at_server =
                masked ? too_long ? error::control_frame_too_long : error::none : error::mask_missing;
            const auto at_client = masked     ? error::mask_unexpected
                                   : too_long ? error::control_frame_too_long
                                              : error::none;
            INFO(first << ' ' << second);
            const auto a = static_cast<std::uint8_t>(first);
            const auto b = static_cast<std::uint8_t>(second);
            CHECK(check_second_byte(a, b, role::server) == at_server);
            CHECK(check_second_byte(a, b, role::client) == at_client);
            const std::array bytes{static_cast<std::byte>(first), static_cast<std::byte>(second)};
            CHECK(decode_header(bytes, in_server).failure == at_server);
            CHECK(decode_header(bytes, in_client).failure == at_client);
        }
    }
}

TEST_CASE("6455 5.2: a length that fits a shorter form fails with length_not_minimal", "[6455-5.2-10][LEN-7]")
{
    for (const std::string_view hex :
         {"82 7e 00 00", "82 7e 00 05", "82 7e 00 7d", "82 7f 00 00 00 00 00 00 00 00", "82 7f 00 00 00 00 00 00 00 05",
          "82 7f 00 00 00 00 00 00 00 7e", "82 7f 00 00 00 00 00 00 ff ff"}) {
        INFO(hex);
        CHECK(decode_header(bytes_of(hex), in_client).failure == error::length_not_minimal);
    }
    for (const std::string_view hex : {"82 7e 00 7e", "82 7e ff ff", "82 7f 00 00 00 00 00 01 00 00"})
        CHECK(decode_header(bytes_of(hex), in_client).failure == error::none);
}

TEST_CASE("6455 5.2, CVE-2026-43678: a 64-bit length with its top bit set fails with length_out_of_range",
          "[6455-5.2-08][6455-5.2-17][LEN-1][LEN-2][LEN-3]")
{
    for (const std::string_view hex :
         {"82 7f 80 00 00 00 00 00 00 00", "82 7f ff ff ff ff ff ff ff ff", "82 7f ff ff ff ff ff ff ff fc",
          "82 7f ff ff ff ff ff ff ff f5", "82 7f ff ff ff ff ff ff ff f2", "82 7f 80 00 00 00 00 00 00 05"}) {
        INFO(hex);
        CHECK(decode_header(bytes_of(hex), in_client).failure == error::length_out_of_range);
    }
    CHECK(decode_header(bytes_of("82 7f 7f ff ff ff ff ff ff ff"), in_client).failure == error::none);
}

TEST_CASE("6455 5.2: the length is checked before the key arrives", "[6455-5.2-08][LEN-1]")
{
    CHECK(decode_header(bytes_of("82 ff 80 00 00 00 00 00 00 00"), in_server).failure == error::length_out_of_range);
    CHECK(decode_header(bytes_of("82 fe 00 05"), in_server).failure == error::length_not_minimal);
}

} // namespace
