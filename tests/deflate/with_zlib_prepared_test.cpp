// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Prepared messages between others: the windows of both ends agree on what later messages refer to, in every order.
#include "deflate_subject.hpp"
#include "handshake/feed_head.hpp"
#include "support/catch.hpp"
#include "support/random.hpp"
#include "support/sanitizers.hpp"
#include "zlib_backend.hpp"

#include <sockless/message/prepared_message.hpp>
#include <sockless/websocket.hpp>
#include <sockless/with_heap.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace deflate_test;
using sockless::deflate_when;
using sockless::error;
using sockless::event;
using sockless::event_kind;
using sockless::prepared_message;

using server = end_point<zlib_backend, role::server>;
using client = end_point<zlib_backend, role::client>;

/// Letters without repetition, which become shorter, but only by a code for letters.
byte_vector letters(std::uint64_t seed, std::size_t size)
{
    byte_vector result = support::random_numbers{seed}.bytes(size);
    for (std::byte& b : result)
        b = static_cast<std::byte>('a' + std::to_integer<unsigned>(b) % 16);
    return result;
}
/// Bytes that deflate makes longer.
byte_vector noise()
{
    return support::random_numbers{5}.bytes(150);
}

/// A prepared message with its storage.
struct prepared {
    explicit prepared(const byte_vector& payload, std::size_t windows = 1)
        : storage(prepared_message::frame_size(payload.size()) +
                  windows * prepared_message::encoding_size(payload.size() + 300))
    {
        REQUIRE(message.assign_binary(payload) == error::none);
    }
    byte_vector storage;
    prepared_message message{storage};
};

/// Sends messages, one after another, and compares each with what arrives.
class conversation {
public:
    conversation(const negotiated_deflate& parameters, const deflate_send_options& sending)
        : from_{parameters, {}, 4096, sending}, to_{parameters}
    {
    }

    void send(const byte_vector& payload)
    {
        REQUIRE(from_.ws().send_binary(tx_, payload) == error::none);
        arrives(payload);
    }
    void send_in_fragments(const byte_vector& payload)
    {
        const std::span<const std::byte> all{payload};
        REQUIRE(from_.ws().begin_message(sockless::opcode::binary) == error::none);
        REQUIRE(from_.ws().send_fragment(tx_, all.first(100)) == error::none);
        REQUIRE(from_.ws().end_message(tx_, all.subspan(100)) == error::none);
        arrives(payload);
    }
    void send(prepared_message& message)
    {
        std::span<const std::byte> frame;
        REQUIRE(from_.ws().prepared_frame(message, frame) == error::none);
        REQUIRE(tx_.append(frame));
        compressed_ = (frame[0] & std::byte{0x40}) != std::byte{};
        arrives({message.payload().begin(), message.payload().end()});
    }
    /// Size of the last message on the wire.
    [[nodiscard]] std::size_t wire() const noexcept { return wire_; }
    /// The last prepared message was compressed.
    [[nodiscard]] bool compressed() const noexcept { return compressed_; }

private:
    void arrives(const byte_vector& payload)
    {
        byte_vector bytes{tx_.data().begin(), tx_.data().end()};
        wire_ = bytes.size();
        tx_.clear();
        byte_vector received;
        std::span<std::byte> in{bytes};
        for (event e = to_.ws().poll(in, ignored_); e.kind() != event_kind::need_input;
             e = to_.ws().poll(in, ignored_)) {
            if (e.kind() != event_kind::message)
                FAIL("the message cannot be inflated");
            received.insert(received.end(), e.payload().begin(), e.payload().end());
        }
        if (received != payload)
            FAIL("another message arrives");
    }

    server from_;
    client to_;
    sockless::growing_byte_queue tx_{100'000};
    sockless::static_byte_queue<300> ignored_;
    std::size_t wire_ = 0;
    bool compressed_ = false;
};

struct ways {
    const char* name;
    negotiated_deflate parameters;
    deflate_send_options options;
};

} // namespace

TEST_CASE("7692 7.2: prepared messages and others arrive unchanged in every order, with and without context takeover",
          "[7692-7.2.1-04][7692-7.2.2-01][PMD-9]")
{
    const byte_vector first = letters(1, 400);
    const byte_vector second = support::join({letters(1, 300), noise(), letters(2, 60)});
    const byte_vector third = support::join({letters(2, 60), letters(1, 200)});
    const byte_vector small = letters(3, 10); // is not compressed
    const std::array all_ways{
        ways{"context takeover", agreed(), {}},
        ways{"context takeover, small window", agreed(9), {}},
        ways{"no context takeover", agreed(0, 0, true), {}},
        ways{"a shared deflater", agreed(), {.shared = true}},
    };
    constexpr std::size_t kinds = 6;
    constexpr std::size_t depth = SOCKLESS_TEST_SLOW != 0 ? 3 : 4;
    std::size_t orders = 1;
    for (std::size_t i = 0; i < depth; ++i)
        orders *= kinds;
    for (const ways& way : all_ways) {
        prepared known_letters{third};
        prepared known_noise{noise()};
        for (std::size_t order = 0; order < 2 * orders; ++order) {
            conversation talk{way.parameters, way.options};
            // The first connection that sends it encodes a message: another one, or this one.
            std::optional<prepared> new_letters;
            std::optional<prepared> new_noise;
            const bool fresh = order < orders;
            if (fresh) {
                new_letters.emplace(third);
                new_noise.emplace(noise());
            }
            for (std::size_t step = 0, rest = order % orders; step < depth; ++step, rest /= kinds) {
                INFO(way.name << ", order " << order << ", step " << step);
                switch (rest % kinds) {
                case 0: talk.send(first); break;
                case 1: talk.send(second); break;
                case 2: talk.send(fresh ? new_letters->message : known_letters.message); break;
                case 3: talk.send(fresh ? new_noise->message : known_noise.message); break;
                case 4: talk.send(small); break;
                default: talk.send_in_fragments(second); break;
                }
            }
        }
    }
}

TEST_CASE("7692 7.2.2: after a prepared message the next one refers to nothing before it, and the one after that does")
{
    const byte_vector payload = letters(1, 400);
    prepared message{letters(2, 400)};
    conversation talk{agreed(), {}};
    talk.send(payload);
    const std::size_t alone = talk.wire();
    talk.send(payload);
    CHECK(talk.wire() < alone / 4);
    talk.send(message.message);
    CHECK(talk.compressed());
    talk.send(payload);
    CHECK(talk.wire() == alone);
    talk.send(payload);
    CHECK(talk.wire() < alone / 4);
}

TEST_CASE("a message is encoded once for each size of the window, in the caller's memory")
{
    const byte_vector payload = support::join({letters(1, 1500), letters(1, 1500)});
    prepared one{payload, 2};
    conversation wide{agreed(), {}};
    conversation also_wide{agreed(0, 0, true), {}};
    conversation narrow{agreed(9), {}};
    const std::size_t plain = one.message.used_storage();
    CHECK(plain == prepared_message::frame_size(payload.size()));
    wide.send(one.message);
    const std::size_t encoded = one.message.used_storage();
    CHECK(encoded == plain + wide.wire());
    also_wide.send(one.message);
    wide.send(one.message);
    CHECK(one.message.used_storage() == encoded);
    narrow.send(one.message); // cannot refer to the first half
    CHECK(narrow.wire() > wide.wire() * 3 / 2);
    CHECK(one.message.used_storage() == encoded + narrow.wire());
    REQUIRE(one.message.assign_binary(letters(4, 300)) == error::none);
    CHECK(one.message.used_storage() == prepared_message::frame_size(300));
    wide.send(one.message);
    CHECK(wide.compressed());
}

TEST_CASE("7692 6: without room for its encoding a message is sent as it is, and the context remains")
{
    const byte_vector payload = letters(1, 400);
    const std::size_t frame = prepared_message::frame_size(payload.size());
    const auto deflater = zlib_backend::make_deflater(15);
    const std::size_t needed = frame + prepared_message::encoding_size(deflater->bound(payload.size()));
    for (const std::size_t size : {frame, frame + 9, needed - 1, needed}) {
        byte_vector storage(size);
        prepared_message message{storage};
        REQUIRE(message.assign_binary(payload) == error::none);
        conversation talk{agreed(), {}};
        talk.send(payload);
        const std::size_t alone = talk.wire();
        talk.send(message);
        CHECK(talk.compressed() == (size == needed));
        talk.send(payload);
        CHECK((talk.wire() == alone) == (size == needed));
    }
}

TEST_CASE(
    "7692 6: each connection decides whether it compresses: never, always, from a size on, or without an extension")
{
    prepared large{letters(1, 400)};
    prepared small{byte_vector(20)};
    conversation never{agreed(), {.when = deflate_when::never}};
    never.send(large.message);
    CHECK_FALSE(never.compressed());
    conversation usual{agreed(), {}};
    usual.send(large.message);
    CHECK(usual.compressed());
    usual.send(small.message);
    CHECK_FALSE(usual.compressed());
    conversation always{agreed(), {.when = deflate_when::always}};
    always.send(small.message);
    CHECK(always.compressed());
    prepared empty{byte_vector{}};
    always.send(empty.message); // would not be shorter
    CHECK_FALSE(always.compressed());
    never.send(large.message);
    CHECK_FALSE(never.compressed());
    conversation without{{}, {}};
    without.send(large.message);
    CHECK_FALSE(without.compressed());
}

TEST_CASE("WHATWG: buffered_amount is the payload after encoding, for each form of the length, prepared or not",
          "[WHATWG-send-03]")
{
    using websocket = sockless::websocket<role::server, sockless::no_mask_keys, sockless::zlib_deflate>;
    for (const std::size_t size : {10U, 300U, 300'000U}) {
        sockless::growing_websocket_storage storage;
        websocket ws{storage, {.deflate = {.when = deflate_when::always}}};
        std::string request = heads::rfc_request.without("Sec-WebSocket-Protocol")
                                  .with("Sec-WebSocket-Extensions", "permessage-deflate")
                                  .text();
        ws.receive(request, 0);
        while (ws.poll().kind() != event_kind::need_input)
            if (ws.request_pending())
                REQUIRE(ws.accept() == error::none);
        ws.written(ws.write_buffer().size(), 0);
        const byte_vector payload = letters(7, size);
        prepared one{payload};
        std::size_t total = 0;
        const auto check = [&](error e) {
            REQUIRE(e == error::none);
            const std::size_t frame = ws.unwritten() - total;
            total = ws.unwritten();
            const std::size_t header = frame < 2 + 126 ? 2U : frame < 4 + 65536 ? 4U : 10U;
            return frame - header;
        };
        std::size_t expected = check(ws.send(payload));
        CHECK(ws.buffered_amount() == expected);
        expected += check(ws.send(one.message));
        CHECK(ws.buffered_amount() == expected);
        REQUIRE(ws.begin_message(sockless::opcode::binary) == error::none);
        CHECK(ws.send(one.message) == error::message_open);
        expected += check(ws.send_fragment(payload));
        CHECK(ws.buffered_amount() == expected);
        expected += check(ws.end_message(payload));
        CHECK(ws.buffered_amount() == expected);
        for (std::size_t left = total; left != 0;) { // one byte at a time, and then all of a segment
            ws.written(std::min<std::size_t>(1, ws.write_buffer().size()), 0);
            const std::size_t rest = ws.write_buffer().size();
            left -= 1 + rest;
            ws.written(rest, 0);
        }
        CHECK(ws.buffered_amount() == 0);
        CHECK_FALSE(one.message.in_use());
    }
}
