// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/frames.hpp"
#include "support/random.hpp"

#include <sockless/websocket/send_tracker.hpp>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string_view>

namespace {

using namespace sockless;
using support::byte_vector;
using support::frame_from;

using wide_queue = static_output_queue<400000>;

void append(wide_queue& queue, const byte_vector& bytes)
{
    REQUIRE(queue.append(bytes));
}
/// Lends and writes up to `count` bytes.
std::size_t write(detail::send_tracker& frames, wide_queue& queue, std::size_t count, bool close_queued = false)
{
    count = std::min(count, frames.lend(queue, close_queued).size());
    frames.written(queue, count);
    return count;
}

TEST_CASE(
    "WHATWG: the tracker counts the payload of messages, byte by byte, not text before them, headers or control frames",
    "[WHATWG-send-03]")
{
    for (const role self : support::both_roles) {
        wide_queue queue;
        detail::send_tracker frames;
        append(queue, support::text("HTTP/1.1 101 x\r\n\r\n"));
        frames.begin(queue);
        std::deque<bool> counts(queue.size(), false); // of each byte in the queue
        const auto add = [&](unsigned first, std::size_t size, bool message) {
            const byte_vector frame = frame_from(self, first, byte_vector(size, std::byte{0x81})); // looks like headers
            append(queue, frame);
            if (message)
                frames.add(size);
            counts.insert(counts.end(), frame.size() - size, false);
            counts.insert(counts.end(), size, message);
        };
        const auto expected = [&] { return static_cast<std::size_t>(std::ranges::count(counts, true)); };
        add(0x81, 5, true);
        add(0x89, 125, false);
        add(0x02, 0, true);
        add(0x00, 125, true);
        add(0x8A, 0, false);
        add(0x80, 126, true);
        add(0x82, 65535, true);
        add(0x82, 65536, true);
        add(0xC1, 7, true); // marked by an extension
        support::random_numbers numbers{3};
        while (queue.unwritten() != 0) {
            REQUIRE(frames.buffered() == expected());
            const std::size_t max_size = queue.unwritten() > 131000 || queue.unwritten() < 1000 ? 4 : 40000;
            const std::size_t count = write(frames, queue, numbers.below(max_size));
            counts.erase(counts.begin(), counts.begin() + static_cast<std::ptrdiff_t>(count));
            if (queue.unwritten() == 40000) // more is added while it is sent
                add(0x81, 3, true);
        }
        CHECK(frames.buffered() == 0);
        CHECK_FALSE(frames.close_sent());
    }
}

TEST_CASE("6455 7.1.4: a close frame is sent with its last byte", "[6455-7.1.4-01]")
{
    for (const role self : support::both_roles) {
        for (const std::size_t size : {0U, 2U, 125U}) {
            wide_queue queue;
            detail::send_tracker frames;
            frames.begin(queue);
            append(queue, frame_from(self, 0x89, "ping"));
            append(queue, frame_from(self, 0x88, byte_vector(size)));
            while (queue.unwritten() > 1) {
                write(frames, queue, 1, true);
                CHECK_FALSE(frames.close_sent());
            }
            write(frames, queue, 1, true);
            CHECK(frames.close_sent());
            append(queue, frame_from(self, 0x8A, "pong")); // required by RFC 6455 5.5.2
            write(frames, queue, 3, true);
            CHECK(frames.close_sent());
        }
    }
}

TEST_CASE("WHATWG: nothing is counted before the first frame, whatever its bytes are")
{
    wide_queue queue;
    detail::send_tracker frames;
    append(queue, support::bytes_of("81 05 48 88 00 88 00"));
    write(frames, queue, 5);
    frames.begin(queue);
    write(frames, queue, 2);
    CHECK_FALSE(frames.close_sent());
    CHECK(frames.buffered() == 0);
}

TEST_CASE("WHATWG: payload that was discarded stays counted, also after a write of nothing", "[WHATWG-send-03]")
{
    wide_queue queue;
    detail::send_tracker frames;
    frames.begin(queue);
    append(queue, support::bytes_of("82 01 00"));
    frames.add(1);
    write(frames, queue, 1);
    append(queue, support::bytes_of("82 02 00 00"));
    frames.add(2);
    queue.discard();
    write(frames, queue, 0);
    CHECK(frames.buffered() == 3);
    frames.written(queue, queue.lent().size()); // the write was in progress
    CHECK(frames.buffered() == 2);
    write(frames, queue, 0);
    CHECK(frames.buffered() == 2);
}

} // namespace
