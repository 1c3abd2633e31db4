// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/frames.hpp"
#include "support/mask_keys.hpp"
#include "support/print.hpp"
#include "support/random.hpp"

#include <sockless/frame/frame_writer.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace {

using namespace sockless;
using namespace support;

using server_frames = frame_writer<role::server>;
using client_frames = frame_writer<role::client, counted_keys>;

/// All sizes of small frames, and those around each change of the header.
std::vector<std::size_t> sizes()
{
    std::vector<std::size_t> result{511, 512, 1000, 65534, 65535, 65536, 70000};
    for (std::size_t size = 0; size <= 300; ++size)
        result.push_back(size);
    return result;
}

TEST_CASE("6455 5.2: a frame of any size needs exactly its own size, and with one byte less nothing is written",
          "[6455-5.2-08][6455-5.2-10]")
{
    random_numbers random{1};
    for (const std::size_t size : sizes()) {
        const byte_vector payload = random.bytes(size);
        const byte_vector frame = unmasked_frame(0x82, payload);
        byte_vector storage(frame.size());
        server_frames writer;
        byte_queue short_of_one{std::span{storage}.first(frame.size() - 1)};
        CHECK(writer.write(short_of_one, {.op = opcode::binary}, payload) == error::no_space);
        CHECK(short_of_one.empty());
        byte_queue exact{storage};
        CHECK(writer.write(exact, {.op = opcode::binary}, payload) == error::none);
        CHECK(std::equal(exact.data().begin(), exact.data().end(), frame.begin(), frame.end()));
    }
}

TEST_CASE("6455 5.2: the -1 of a failed call, as a size, has no room", "[6455-5.2-10]")
{
    if (sockless::detail::optimize_size)
        return; // only a `websocket` checks it there
    byte_vector storage(1000);
    byte_queue tx{storage};
    server_frames server;
    client_frames client;
    for (std::size_t size = ~std::size_t{0}; size > ~std::size_t{0} - 20; --size) {
        const std::span<const std::byte> payload{storage.data(), size};
        CHECK(server.write(tx, {.op = opcode::binary}, payload) == error::no_space);
        CHECK(client.write(tx, {.op = opcode::binary}, payload) == error::no_space);
        CHECK(tx.empty());
    }
}

TEST_CASE("6455 5.3: every frame of a client is masked with its own key, and the caller's payload stays unchanged",
          "[6455-5.3-01][6455-5.3-05][MASK-3][MASK-7]")
{
    random_numbers random{2};
    byte_vector storage(70014);
    byte_queue tx{storage};
    client_frames writer;
    std::size_t frames = 0;
    for (const std::size_t size : sizes()) {
        const byte_vector payload = random.bytes(size);
        const byte_vector before = payload;
        CHECK(writer.write(tx, {.op = opcode::text, .fin = false}, payload) == error::none);
        const byte_vector frame = masked_frame(0x01, before, counted_keys::key_number(frames++));
        CHECK(std::equal(tx.data().begin(), tx.data().end(), frame.begin(), frame.end()));
        CHECK(payload == before);
        tx.clear();
    }
}

TEST_CASE("6455 10.3: without a key nothing is written, for every size", "[6455-5.3-03][MASK-4]")
{
    frame_writer<role::client, failing_keys> writer;
    byte_vector storage(70014);
    byte_queue tx{storage};
    for (const std::size_t size : sizes()) {
        CHECK(writer.write(tx, {.op = opcode::binary}, byte_vector(size)) == error::no_random);
        CHECK(tx.empty());
    }
}

/// Returns the frame, or the error, of one form of the writer with a queue of `room` bytes.
template <class Write>
byte_vector written(const Write& write, std::size_t room, std::span<const std::byte> payload)
{
    byte_vector storage(room);
    byte_queue tx{storage};
    counted_keys keys;
    const error e = write(tx, keys, frame_header{.op = opcode::text, .fin = payload.size() % 2 == 0}, payload);
    byte_vector result{tx.data().begin(), tx.data().end()};
    result.push_back(static_cast<std::byte>(e));
    return result;
}

TEST_CASE("6455 5.2: the compact form of the writer makes the same frames as the fast one")
{
    namespace fast = sockless::detail::fast;
    namespace compact = sockless::detail::compact;
    random_numbers random{6};
    const auto compare = [](auto ours, auto theirs, std::size_t room, const byte_vector& payload) {
        CHECK(written(ours, room, payload) == written(theirs, room, payload));
    };
    for (const std::size_t size : sizes()) {
        const byte_vector payload = random.bytes(size);
        for (const std::size_t room : {size, size + 14}) {
            const auto small_compact = [](auto&&... all) { return compact::write_frame<true, true>(all...); };
            const auto server_compact = [](auto&&... all) { return compact::write_frame<false, true>(all...); };
            if (size <= frame_header::max_control_payload) {
                compare(
                    small_compact, [](auto&&... all) { return fast::write_frame<true, true>(all...); }, room, payload);
                compare(
                    server_compact, [](auto&&... all) { return fast::write_frame<false, true>(all...); }, room,
                    payload);
            }
            compare(small_compact, [](auto&&... all) { return fast::write_frame<true, false>(all...); }, room, payload);
            compare(
                server_compact, [](auto&&... all) { return fast::write_frame<false, false>(all...); }, room, payload);
        }
    }
}

} // namespace
