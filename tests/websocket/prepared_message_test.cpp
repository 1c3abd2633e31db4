// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Prepared messages in the output of a websocket: every order of six steps, against a model that has a list of bytes.
#include "handshake/feed_head.hpp"
#include "support/catch.hpp"
#include "support/frames.hpp"
#include "support/sanitizers.hpp"

#include <sockless/message/prepared_message.hpp>
#include <sockless/websocket.hpp>
#include <sockless/with_heap.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using namespace sockless;
using support::byte_vector;
using server = websocket<role::server>;
using segment = std::span<const std::byte>;

/// A prepared message with its storage.
struct prepared {
    explicit prepared(const byte_vector& payload)
        : storage(prepared_message::frame_size(payload.size())), frame{support::unmasked_frame(0x82, payload)}
    {
        REQUIRE(message.assign_binary(payload) == error::none);
    }
    byte_vector storage;
    byte_vector frame;
    prepared_message message{storage};
};

TEST_CASE("W4: a write that ends within any of several segments shows that the transport is full", "[W-4]")
{
    growing_websocket_storage storage;
    server ws{storage, {.ping_interval = 1000, .pong_timeout = 400}};
    REQUIRE(ws.start_open() == error::none);
    while (ws.poll().kind() != event_kind::need_input) {
    }
    CHECK(ws.needs(0).wake_after == 1000);
    prepared one{byte_vector(100)}, two{byte_vector(100)};
    REQUIRE(ws.send(one.message) == error::none);
    REQUIRE(ws.send("between") == error::none);
    REQUIRE(ws.send(two.message) == error::none);
    CHECK(ws.needs(1000).wake_after == 400);
    std::array<segment, 5> room;
    REQUIRE(ws.write_buffers(room).size() == 4); // the last one is the ping
    ws.written(one.frame.size() + 9, 1100);      // two whole segments
    ws.written(1, 1200);                         // the system has taken it, too
    CHECK(ws.needs(1200).wake_after == 200);
    ws.written(1, 1300); // now the peer has read
    CHECK(ws.needs(1300).wake_after == 700);
    ws.written(0, 1300);
    ws.written(two.frame.size() - 2, 1400);
    CHECK(ws.needs(1400).wake_after == 600);

    REQUIRE(ws.send(one.message) == error::none);
    REQUIRE(ws.send(two.message) == error::none);
    static_cast<void>(ws.needs(2400));
    while (ws.write_buffer().size() < 20) // the pings before
        ws.written(ws.write_buffer().size(), 2400);
    REQUIRE(ws.write_buffers(room).size() >= 2);
    ws.written(one.frame.size() + 5, 2500); // within the second segment
    ws.written(two.frame.size() - 5, 2600);
    CHECK(ws.poll().kind() == event_kind::need_input);
    CHECK(ws.needs(2600).wake_after == 800);
}

constexpr websocket_sizes sizes{.message = 16, .input = 400, .head = 400, .fields = 8};
/// All but the output.
struct other_memory {
    static_byte_queue<sizes.input> input;
    static_byte_queue<sizes.message_memory()> message;
};
struct fixed_memory : other_memory {
    static_output_queue<150> output; // a response, or four references
    websocket_storage storage{input, output, message, sizes};
    operator websocket_storage&() { return storage; }
};
struct growing_memory : other_memory {
    growing_output_queue output{400};
    websocket_storage storage{input, output, message, sizes};
    operator websocket_storage&() { return storage; }
};

void shake_hands(server& ws)
{
    std::string request = heads::rfc_request.without("Sec-WebSocket-Protocol").text();
    ws.receive(request, 0);
    while (ws.poll().kind() != event_kind::need_input)
        if (ws.request_pending() && failed(ws.accept()))
            return;
    ws.written(ws.write_buffer().size(), 0);
}

/// One byte that has to be written.
struct expected_byte {
    std::byte value;
    bool payload;
    int message; ///< 0: copied
};

template <class Memory>
class player {
public:
    player(prepared& small, prepared& large) : small_{small}, large_{large} { open(); }

    static constexpr std::size_t kinds = 9;
    void step(std::size_t kind, std::size_t number)
    {
        switch (kind) {
        case 0: sent(ws_->send("ab"), support::unmasked_frame(0x81, support::text("ab")), 2, 0); break;
        case 1: sent(ws_->send(small_.message), small_.frame, 5, 1); break;
        case 2: sent(ws_->send(large_.message), large_.frame, 300, 2); break;
        case 3: written(lent().second); break;
        case 4: { // a part: of a header, of the first segment, or of the second
            const auto [first, all] = lent();
            const std::array parts{std::size_t{1}, first, first + 1, first + 290};
            written(std::min(parts[number % parts.size()], all));
            break;
        }
        case 5: lent(); break;
        case 6: {
            ws_->discard_prepared();
            const auto from = expected_.begin() + static_cast<std::ptrdiff_t>(lent_);
            expected_.erase(
                std::remove_if(from, expected_.end(), [](const expected_byte& b) { return b.message != 0; }),
                expected_.end());
            break;
        }
        case 7:          // another connection over the same storage
            ws_.reset(); // one websocket at a time uses a storage
            ws_ = std::make_unique<server>(*memory_);
            reopen();
            break;
        default: open(); break; // storage of its own
        }
        check();
    }
    /// What is wrong; empty if nothing is.
    [[nodiscard]] const std::string& wrong() const noexcept { return wrong_; }

private:
    void open()
    {
        ws_.reset();
        memory_ = nullptr;
        memory_ = std::make_unique<Memory>();
        ws_ = std::make_unique<server>(*memory_);
        reopen();
    }
    void reopen()
    {
        expected_.clear();
        lent_ = 0;
        promised_.clear();
        check();
        shake_hands(*ws_);
        expect(ws_->ready_state() == ready_state::open, "open");
    }

    void sent(error e, const byte_vector& frame, std::size_t payload, int message)
    {
        expect(e == error::none || (e == error::no_space && !expected_.empty()), "a message fits into an empty queue");
        if (failed(e))
            return;
        for (std::size_t i = 0; i < frame.size(); ++i)
            expected_.push_back({frame[i], i >= frame.size() - payload, message});
    }
    /// Lends, and compares. Returns the size of the first segment and of all.
    std::pair<std::size_t, std::size_t> lent()
    {
        std::array<segment, 20> room;
        const std::span<segment> segments = ws_->write_buffers(room);
        std::size_t all = 0;
        bool same = true;
        for (const segment& one : segments) {
            expect(!one.empty(), "no segment is empty");
            for (const std::byte b : one)
                same = same && all < expected_.size() && expected_[all++].value == b;
        }
        expect(same, "the bytes in order");
        if (lent_ == 0)
            lent_ = expected_.size();
        expect(all == lent_, "all bytes are lent, and no others until they are written");
        const segment first = ws_->write_buffer();
        expect(segments.empty() ? first.empty()
                                : first.data() == segments[0].data() && first.size() == segments[0].size(),
               "write_buffer is the first segment");
        if (segments.size() > 1) {
            std::array<segment, 1> one;
            expect(ws_->write_buffers(one).size() == 1 && one[0].data() == first.data(), "as many segments as fit");
        }
        for (std::size_t i = 0; i < promised_.size(); ++i)
            expect(promised_[i].data() == segments[i].data() && promised_[i].size() == segments[i].size(),
                   "lent bytes do not move");
        promised_.assign(segments.begin(), segments.end());
        for (const segment& one : segments)
            if (one.size() > 250)
                expect(one.data() >= large_.storage.data() &&
                           one.data() < large_.storage.data() + large_.storage.size(),
                       "payload of a prepared message is not copied");
        return {first.size(), all};
    }
    void written(std::size_t count)
    {
        ws_->written(count, 0);
        expected_.erase(expected_.begin(), expected_.begin() + static_cast<std::ptrdiff_t>(count));
        lent_ -= count;
        while (count != 0) {
            const std::size_t part = std::min(count, promised_.front().size());
            promised_.front() = promised_.front().subspan(part);
            count -= part;
            if (promised_.front().empty())
                promised_.erase(promised_.begin());
        }
    }

    void check()
    {
        const auto counts = [&](auto what) { return static_cast<std::size_t>(std::ranges::count_if(expected_, what)); };
        expect(ws_->unwritten() == expected_.size(), "the number of bytes");
        expect(ws_->buffered_amount() == counts([](const expected_byte& b) { return b.payload; }), "buffered_amount");
        expect(small_.message.in_use() == (counts([](const expected_byte& b) { return b.message == 1; }) != 0),
               "a message is in use until its last byte is written");
        expect(large_.message.in_use() == (counts([](const expected_byte& b) { return b.message == 2; }) != 0),
               "the large message is in use until its last byte is written");
    }
    void expect(bool holds, std::string_view what)
    {
        if (!holds && wrong_.empty())
            wrong_ = what;
    }

    prepared& small_;
    prepared& large_;
    std::unique_ptr<Memory> memory_;
    std::unique_ptr<server> ws_;
    std::deque<expected_byte> expected_;
    std::size_t lent_ = 0; ///< bytes at the front of them
    std::vector<segment> promised_;
    std::string wrong_;
};

TEMPLATE_TEST_CASE(
    "W1: messages of both kinds are written in order, once, from where they are, in every order of six steps",
    "[WHATWG-send-03]", fixed_memory, growing_memory)
{
    using played = player<TestType>;
    constexpr std::size_t depth = SOCKLESS_TEST_SLOW != 0 ? 4 : std::is_same_v<TestType, fixed_memory> ? 6 : 5;
    prepared small{byte_vector(5, std::byte{1})};
    prepared large{byte_vector(300, std::byte{2})};
    std::size_t orders = 1;
    for (std::size_t i = 0; i < depth; ++i)
        orders *= played::kinds;
    for (std::size_t order = 0; order < orders; ++order) {
        {
            played one{small, large};
            for (std::size_t i = 0, rest = order; i < depth; ++i, rest /= played::kinds)
                one.step(rest % played::kinds, i + order / 64);
            if (!one.wrong().empty())
                FAIL("order " << order << ": " << one.wrong());
        }
        if (small.message.in_use() || large.message.in_use())
            FAIL("order " << order << ": a destroyed connection uses no message");
    }
}

TEST_CASE("W6: without room for a reference the message is not in use, and with fail_when_full the connection ends")
{
    prepared one{byte_vector(300)};
    for (const bool fails : {false, true}) {
        fixed_memory memory;
        server ws{memory, {.fail_when_full = fails}};
        shake_hands(ws);
        std::size_t sent = 0;
        while (ws.send(one.message) == error::none)
            ++sent;
        CHECK(sent == 150 / output_queue::reference_size);
        CHECK(ws.buffered_amount() == (sent + (fails ? 1 : 0)) * 300);
        CHECK((ws.ready_state() == ready_state::open) == !fails);
        CHECK(one.message.in_use() == !fails);
        CHECK(ws.unwritten() == (fails ? 0 : sent * one.frame.size()));
    }
}

TEST_CASE("W7: a connection that is given up uses only messages whose write is in progress, until it ends")
{
    prepared lent{byte_vector(300)};
    prepared queued{byte_vector(300)};
    fixed_memory memory;
    server ws{memory, {.fail_when_full = true}};
    shake_hands(ws);
    REQUIRE(ws.send(lent.message) == error::none);
    REQUIRE(ws.write_buffer().size() == lent.frame.size());
    REQUIRE(ws.send(queued.message) == error::none);
    CHECK(ws.send(byte_vector(120)) == error::no_space);
    CHECK(lent.message.in_use());
    CHECK_FALSE(queued.message.in_use());
    CHECK(ws.write_buffer().empty());
    std::array<segment, 4> room;
    CHECK(ws.write_buffers(room).empty());
    ws.written(lent.frame.size(), 0);
    CHECK_FALSE(lent.message.in_use());
}

TEST_CASE("WHATWG: a prepared message that is sent too late is not used, and counts",
          "[WHATWG-send-01][WHATWG-send-02]")
{
    prepared one{byte_vector(300)};
    fixed_memory memory;
    server ws{memory};
    CHECK(ws.send(one.message) == error::not_open);
    CHECK(ws.buffered_amount() == 0); // before the handshake it is an error, and loses nothing
    shake_hands(ws);
    ws.close();
    CHECK(ws.send(one.message) == error::not_open);
    CHECK(ws.buffered_amount() == 300);
    CHECK_FALSE(one.message.in_use());
}

} // namespace
