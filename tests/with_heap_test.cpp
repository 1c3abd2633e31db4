// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

#include "support/catch.hpp"
#include "support/frames.hpp"
#include "support/hex.hpp"
#include "support/random.hpp"
#include "support/sanitizers.hpp"

#include <sockless/websocket.hpp>
#include <sockless/with_heap.hpp>

#include <cstddef>
#include <limits>
#include <span>
#include <utility>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace {

using sockless::growing_byte_queue;
using support::byte_vector;

/// Returns the frame for a connection without an extension.
struct no_extension_frame {
    std::span<const std::byte> operator()(sockless::prepared_message& message) const noexcept
    {
        sockless::no_extension::codec none;
        return message.frame(none);
    }
};

TEST_CASE("with_heap: a growing queue grows up to its limit", "[LIM-8]")
{
    growing_byte_queue queue{4000};
    CHECK(queue.limit() == 4000);
    CHECK(queue.free_space() == 4000);
    support::random_numbers numbers{1};
    byte_vector model;
    while (true) {
        const byte_vector bytes = numbers.bytes(1 + numbers.below(300));
        const bool fits = model.size() + bytes.size() <= 4000;
        CHECK(queue.append(bytes) == fits);
        if (!fits)
            break;
        model.insert(model.end(), bytes.begin(), bytes.end());
    }
    CHECK(support::to_hex(queue.data()) == support::to_hex(model));
    CHECK(queue.append(byte_vector(queue.free_space())));
    CHECK_FALSE(queue.append(byte_vector(1)));
    queue.consume(100);
    CHECK(queue.free_space() == 100);
    CHECK(queue.append(byte_vector(100)));
    CHECK_FALSE(queue.append(byte_vector(1)));
}

TEST_CASE("with_heap: one large append grows once")
{
    growing_byte_queue queue{1000000};
    CHECK(queue.append(byte_vector(10)));
    CHECK(queue.append(byte_vector(900000)));
    CHECK(queue.size() == 900010);
    CHECK(queue.prepare(100000).empty());
}

TEST_CASE("with_heap: shrink releases the memory of an empty queue, and of no other")
{
    growing_byte_queue queue{3000};
    queue.shrink();
    CHECK(queue.append(byte_vector(2000, std::byte{7})));
    queue.shrink();
    CHECK(queue.size() == 2000);
    CHECK(queue.data().back() == std::byte{7});
    queue.consume(2000);
    queue.shrink();
    CHECK(queue.empty());
    CHECK(queue.append(byte_vector(3000, std::byte{8})));
    CHECK(queue.data().front() == std::byte{8});
}

TEST_CASE("with_heap: a limit of zero and no limit")
{
    growing_byte_queue nothing{0};
    CHECK_FALSE(nothing.append(byte_vector(1)));
    growing_byte_queue endless{std::numeric_limits<std::size_t>::max()};
    CHECK(endless.append(byte_vector(5000)));
    CHECK(endless.append(byte_vector(5000)));
    CHECK(endless.size() == 10000);
}

TEST_CASE("with_heap: a failed allocation counts as no space")
{
    growing_byte_queue endless{std::numeric_limits<std::size_t>::max()};
    CHECK(endless.append(byte_vector(3, std::byte{9})));
#if !SOCKLESS_TEST_SANITIZED_HEAP
    // More than an address space.
    CHECK(endless.prepare(std::numeric_limits<std::size_t>::max() / 2).empty());
#endif
    CHECK(support::to_hex(endless.data()) == "09 09 09");
}

TEST_CASE("A10: shrink leaves the memory that the bytes in the queue need")
{
    growing_byte_queue queue{std::size_t{1} << 24};
    REQUIRE(queue.append(byte_vector(std::size_t{10} << 20, std::byte{7})));
    queue.consume((std::size_t{10} << 20) - 3);
    const std::byte* const before = queue.data().data();
    queue.shrink();
    CHECK(queue.data().data() != before);
    CHECK(support::to_hex(queue.data()) == "07 07 07");
    CHECK(queue.append(byte_vector(100, std::byte{8})));
    CHECK(queue.size() == 103);
}

#if defined(__GLIBC__) && !SOCKLESS_TEST_SANITIZED_HEAP

/// Returns the number of bytes that are allocated.
std::size_t bytes_in_use() noexcept
{
    const auto info = ::mallinfo2();
    return info.uordblks + info.hblkhd;
}

TEST_CASE("A10: after a large message in parts a websocket keeps none of its memory", "[LIM-8]")
{
    for (const bool half_a_header : {false, true}) {
        sockless::growing_websocket_storage storage;
        sockless::websocket<sockless::role::server> ws{storage};
        byte_vector request =
            support::text("GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
        ws.receive(request, 0);
        REQUIRE(ws.poll().kind() == sockless::event_kind::request);
        REQUIRE(ws.accept() == sockless::error::none);
        REQUIRE(ws.poll().kind() == sockless::event_kind::open);
        REQUIRE(ws.poll().kind() == sockless::event_kind::need_input);
        ws.written(ws.write_buffer().size(), 0);
        const std::size_t before = bytes_in_use();
        {
            byte_vector bytes = support::join({support::masked_frame(0x02, byte_vector(std::size_t{5} << 20)),
                                               support::masked_frame(0x80, byte_vector(std::size_t{5} << 20))});
            for (std::size_t i = 0; i < bytes.size(); i += 65536) {
                REQUIRE(ws.poll().kind() == sockless::event_kind::need_input);
                ws.receive(std::span{bytes}.subspan(i, std::min<std::size_t>(65536, bytes.size() - i)), 0);
            }
            REQUIRE(ws.poll().payload().size() == std::size_t{10} << 20);
            REQUIRE(ws.poll().kind() == sockless::event_kind::need_input);
            ws.receive(std::span{bytes}.first(half_a_header ? 1 : 0), 0);
            REQUIRE(ws.poll().kind() == sockless::event_kind::need_input);
        }
        CHECK(bytes_in_use() > before + (std::size_t{10} << 20)); // or nothing was counted
        ws.shrink();
        CHECK(bytes_in_use() <= before + 4096);
    }
}

/// A function as those of handlers often are: a template. In one, clang before 19 does not destroy a parameter of a type that does not
/// depend on the template if braces initialize it.
struct last_message {
    sockless::shared_prepared_message message;
    void on_close(auto& /*ws*/) { message = {}; }
};

TEST_CASE("with_heap: an assignment of nothing releases a shared prepared message, in a template too")
{
    const std::size_t before = bytes_in_use();
    last_message last;
    REQUIRE(last.message.assign_binary(byte_vector(1U << 20U)) == sockless::error::none);
    CHECK(bytes_in_use() > before + (1U << 20U)); // or nothing was counted
    last.on_close(before);
    CHECK_FALSE(last.message);
    CHECK(bytes_in_use() <= before + 4096);
}

#endif

TEST_CASE(
    "with_heap: a shared prepared message exists until the last reference and the last connection have no use for it")
{
    using sockless::error;
    using sockless::shared_prepared_message;
    no_extension_frame frame;
    shared_prepared_message one;
    CHECK_FALSE(one);
    const shared_prepared_message none{one};
    CHECK_FALSE(none);
    REQUIRE(one.assign_text("hi") == error::none);
    CHECK(one);
    CHECK(support::to_hex(frame(*one)) == "81 02 68 69");
    sockless::growing_output_queue queue{1000};
    REQUIRE(queue.append_reference(*one, frame(*one)));
    shared_prepared_message copy;
    copy = one;
    CHECK(&*copy == &*one);
    const byte_vector payload(70'000);
    REQUIRE(one.assign_binary(payload, 8) == error::none); // the other one remains
    CHECK((*one).payload().size() == payload.size());
    CHECK(support::to_hex(frame(*copy)) == "81 02 68 69");
    REQUIRE(queue.append_reference(*one, frame(*one)));
    copy = std::move(one);
    CHECK_FALSE(one); // NOLINT: it is empty
    CHECK((*copy).in_use());
    copy = shared_prepared_message{};
    CHECK(support::to_hex(queue.lend()) == "81 02 68 69"); // AddressSanitizer: exists
    CHECK(queue.written(4 + 2 + 8 + 70'000));
}

TEST_CASE("with_heap: a shared prepared message that cannot be made leaves the previous one")
{
    using sockless::error;
    sockless::shared_prepared_message one;
    REQUIRE(one.assign_text("hi") == error::none);
    const auto* const before = &*one;
    CHECK(one.assign_text("\xFF") == error::payload_not_utf8);
    const std::byte byte{};
    // The first is refused by its size. The second is not, but with 8 encodings it exceeds what any allocator can give.
    for (const std::size_t divisor : {2U, 16U}) {
        volatile std::size_t size = std::numeric_limits<std::size_t>::max() / divisor; // g++ must not warn about it
        CHECK(one.assign_binary(std::span{&byte, size}, 8) == error::no_space);
    }
    CHECK(&*one == before);
}

} // namespace
