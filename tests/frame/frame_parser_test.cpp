// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/frames.hpp"
#include "support/hex.hpp"
#include "support/print.hpp"

#include <sockless/frame/frame_parser.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace {

using namespace sockless;
using namespace support;
using sockless::detail::frame_parser;

constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();

std::span<std::byte> next_payload(frame_parser<role::server>& parser, std::span<std::byte>& in)
{
    const frame_chunk chunk = parser.read_chunk(in, in.size());
    parser.unmask(chunk.payload);
    return chunk.payload;
}

TEST_CASE("6455 5.2: payload is returned in as many pieces as the caller requests", "[6455-5.4-17]")
{
    frame_parser<role::server> parser{no_limit, 0};
    byte_vector bytes = masked_frame(0x82, text("abcdefgh"));
    std::span<std::byte> in{bytes};
    byte_vector seen;
    std::size_t pieces = 0;
    while (true) {
        const frame_chunk piece = parser.read_chunk(in, 3);
        if (piece.kind != frame_chunk_kind::payload)
            break;
        CHECK(piece.payload.size() <= 3);
        CHECK(piece.first == (pieces == 0));
        ++pieces;
        byte_vector to(piece.payload.size() + 1, std::byte{0xEE});
        const byte_vector before(piece.payload.begin(), piece.payload.end());
        parser.unmask_to(piece.payload, to);
        CHECK(byte_vector(piece.payload.begin(), piece.payload.end()) == before);
        CHECK(to.back() == std::byte{0xEE});
        seen.insert(seen.end(), to.begin(), to.end() - 1);
    }
    CHECK(pieces == 3);
    CHECK(seen == text("abcdefgh"));
}

TEST_CASE("6455 5.8: bytes that are returned to the parser are read again, unmasked", "[6455-5.3-06]")
{
    const byte_vector bytes = join({masked_frame(0x82, text("abcdefgh")), masked_frame(0x81, text("next"))});
    for (std::size_t back = 0; back <= 8; ++back) {
        byte_vector copy = bytes;
        std::span<std::byte> in{copy};
        frame_parser<role::server> parser{no_limit, 0};
        frame_chunk piece = parser.read_chunk(in, in.size());
        parser.unmask(piece.payload);
        CHECK(to_string(piece.payload) == "abcdefgh");
        CHECK(piece.last);
        parser.unread(in, back);
        CHECK(parser.remaining() == back);
        if (back > 0) {
            piece = parser.read_chunk(in, in.size());
            CHECK_FALSE(piece.first);
            CHECK(piece.last);
            CHECK(to_string(piece.payload) == std::string{"abcdefgh"}.substr(8 - back));
        }
        CHECK(to_string(next_payload(parser, in)) == "next");
        CHECK(in.empty());
    }
}

template <class Unmask>
std::string unmasked(const Unmask& unmask, std::span<const std::byte> payload, std::size_t cut, bool end)
{
    byte_vector to(payload.size());
    mask_key key = example_key;
    utf8_validator text;
    const bool first = unmask(payload.first(cut), std::span{to}.first(cut), key, text, false);
    const bool second = first && unmask(payload.subspan(cut), std::span{to}.subspan(cut), key, text, end);
    return std::to_string(first) + std::to_string(second) + (second ? to_hex(to) + to_hex(key.bytes) : "");
}

TEST_CASE("6455 5.3, 8.1: the compact form of unmasking text accepts and produces the same as the fast one")
{
    const auto compact = [](std::span<const std::byte> from, std::span<std::byte> to, mask_key& key,
                            utf8_validator& text, bool last) {
        sockless::detail::mask_stream(from, to, key);
        return sockless::detail::compact::accepts(text, to.data(), to.size(), last);
    };
    const auto fast = [](std::span<const std::byte> from, std::span<std::byte> to, mask_key& key, utf8_validator& text,
                         bool last) {
        const std::size_t valid = sockless::detail::unmask_text(from, to, key, text);
        key = sockless::detail::rotate(key, from.size());
        return valid == from.size() && (!last || text.complete());
    };
    for (const std::string_view hex :
         {"", "61", "c3 a9", "e2 82", "e2 82 ac 61 62 63 64 65 66 67 68", "61 ff", "f4 90 80 80"}) {
        byte_vector masked = bytes_of(hex);
        mask(masked, example_key);
        for (std::size_t cut = 0; cut <= masked.size(); ++cut)
            for (const bool end : {false, true})
                CHECK(unmasked(compact, masked, cut, end) == unmasked(fast, masked, cut, end));
    }
}

} // namespace
