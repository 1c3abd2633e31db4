// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The object against the standards: every order of calls and events, six steps long, is played to it and to the model of
/// tests/reference/websocket_model.hpp, which have to agree after every step in everything that is observable.
#include "handshake/feed_head.hpp"
#include "reference/websocket_model.hpp"
#include "support/catch.hpp"
#include "support/frames.hpp"
#include "support/mask_keys.hpp"
#include "support/random.hpp"
#include "support/sanitizers.hpp"

#include <sockless/websocket.hpp>
#include <sockless/with_heap.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace {

using namespace sockless;
using reference::act;
using reference::websocket_model;
using support::byte_vector;
using support::frame_to;

constexpr std::size_t room = 220;
constexpr std::array<std::string_view, reference::act_count> names{
    "begin",        "agree",     "refuse",     "violate",          "send", "fill",  "close",     "close_code",
    "peer_message", "peer_ping", "peer_close", "peer_close_empty", "end",  "drain", "drain_some"};

std::string shown(const std::vector<act>& sequence)
{
    std::string result;
    for (const act what : sequence)
        result += std::string{names[static_cast<std::size_t>(what)]} + ' ';
    return result;
}

template <role Role>
class player {
public:
    using keys = std::conditional_t<Role == role::client, support::zero_keys, no_mask_keys>;

    explicit player(const websocket_model::sizes& known) : model_{Role == role::client, known} {}

    /// @return  the difference; empty if there is none
    std::string play(const std::vector<act>& sequence)
    {
        for (const act what : sequence)
            if (step(what); !wrong_.empty())
                return wrong_;
        // Every sequence can be continued to the end.
        for (const act what : {act::drain, act::end, act::drain}) {
            if (!model_.possible(what))
                continue;
            if (step(what); !wrong_.empty())
                return wrong_;
        }
        expect(ws_.ready_state() == ready_state::closed, "it ends");
        expect(closes_ == 1, "with one close event");
        return wrong_;
    }

    /// Number of pending bytes after one step from the start.
    std::size_t waiting_after(std::initializer_list<act> sequence)
    {
        for (const act what : sequence)
            call(what);
        return ws_.unwritten();
    }

private:
    void expect(bool holds, std::string_view what)
    {
        if (!holds && wrong_.empty())
            wrong_ = what;
    }

    void step(act what)
    {
        const std::size_t before = static_cast<std::size_t>(ws_.ready_state());
        log_.clear();
        const bool did = call(what);
        expect(did == model_.step(what), "the call succeeds, or does not");
        take({});
        const std::string expected = model_.poll();
        if (log_ != expected)
            expect(false, "events \"" + log_ + "\" instead of \"" + expected + '"');
        expect(static_cast<std::size_t>(ws_.ready_state()) == static_cast<std::size_t>(model_.ready()), "ready_state");
        expect(static_cast<std::size_t>(ws_.ready_state()) >= before, "the states only go up");
        expect(ws_.buffered_amount() == model_.buffered(), "buffered_amount");
        expect(ws_.unwritten() == model_.waiting(), "the bytes that wait");
        expect(ws_.finished() == model_.finished(), "finished");
        expect(ws_.close_expected() == model_.close_expected(), "close_expected");
        expect(failed(ws_.failure()) == model_.failed(), "failure");
    }

    bool call(act what)
    {
        switch (what) {
        case act::begin:
            if constexpr (Role == role::client) {
                heads::fixed_random random;
                return !failed(ws_.connect("ws://server.example.com/chat", {}, random));
            }
            take_text(request);
            return true;
        case act::agree:
            if constexpr (Role == role::server)
                return !failed(ws_.accept());
            take_text(response);
            return true;
        case act::refuse:
            if constexpr (Role == role::server)
                return !failed(ws_.reject(403));
            take_text("HTTP/1.1 403 Forbidden\r\n\r\n");
            return true;
        case act::violate:
            if (ws_.ready_state() == ready_state::connecting)
                take_text("\n");
            else
                take(frame_to(Role, 0x83));
            return true;
        case act::send: return !failed(ws_.send("hi"));
        case act::fill: return !failed(ws_.send(byte_vector(model_.fill_size())));
        case act::close: ws_.close(); return true;
        case act::close_code: return !failed(ws_.close(static_cast<close_code>(3000), "x"));
        case act::peer_message: take(frame_to(Role, 0x81, "yo")); return true;
        case act::peer_ping: take(frame_to(Role, 0x89, "p")); return true;
        case act::peer_close: take(frame_to(Role, 0x88, support::close_body(1001, "bye"))); return true;
        case act::peer_close_empty: take(frame_to(Role, 0x88)); return true;
        case act::end: ws_.input_ended(now); return true;
        case act::drain: leave(ws_.unwritten()); return true;
        case act::drain_some: leave(3); return true;
        }
        return false;
    }

    void leave(std::size_t count)
    {
        while (count != 0) {
            const std::size_t step = std::min(count, ws_.write_buffer().size());
            ws_.written(step, now);
            count -= step;
        }
    }
    void take_text(std::string_view text) { take(support::text(text)); }
    void take(byte_vector bytes)
    {
        ws_.receive(bytes, now);
        for (int calls = 0;; ++calls) {
            const event e = ws_.poll();
            if (e.kind() == event_kind::need_input)
                break;
            expect(closes_ == 0, "nothing comes after the close event");
            expect(calls < 10, "polling comes to an end");
            if (calls > 10)
                return;
            write(e);
        }
        expect(ws_.needs(now).wake_after != 0, "after need_input there is nothing to poll");
        std::ranges::fill(bytes, std::byte{0xDD});
    }
    void write(const event& e)
    {
        switch (e.kind()) {
        case event_kind::need_input: break;
        case event_kind::request: log_ += "request "; break;
        case event_kind::plain_request: log_ += "plain_request "; break;
        case event_kind::open: log_ += "open "; break;
        case event_kind::body: log_ += "body "; break;
        case event_kind::message: log_ += "message "; break;
        case event_kind::ping: log_ += "ping "; break;
        case event_kind::pong: log_ += "pong "; break;
        case event_kind::error: log_ += "error " + std::string{support::spelling_of(e.failure())} + ' '; break;
        case event_kind::close:
            ++closes_;
            log_ += "close " + std::to_string(static_cast<unsigned>(e.code())) + ' ' + std::string{e.reason()} +
                    (e.was_clean() ? "clean" : "broken");
            expect(ws_.ready_state() == ready_state::closed, "the state is closed when the close event comes");
            break;
        }
    }

    static inline const std::string request = heads::rfc_request.without("Sec-WebSocket-Protocol").text();
    static inline const std::string response = heads::rfc_response.without("Sec-WebSocket-Protocol").text();

    static constexpr std::uint64_t now = 0; ///< no time passes
    static constexpr websocket_sizes sizes{.message = 64, .head = 400, .fields = 8};

    sockless::static_byte_queue<400> input_;
    sockless::growing_output_queue output_{room}; // whose space is contiguous, while bytes are lent too
    sockless::static_byte_queue<sizes.message_memory()> message_;
    websocket_storage storage_{input_, output_, message_, sizes};
    websocket<Role, keys> ws_{storage_, {.high_water = ~std::size_t{0}}};
    websocket_model model_;
    std::string log_;
    std::string wrong_;
    std::size_t closes_ = 0;
};

template <role Role>
websocket_model::sizes sizes_of()
{
    if constexpr (Role == role::client)
        return {room, player<Role>{{}}.waiting_after({act::begin}), 0, 0, 4};
    else
        return {room, player<Role>{{}}.waiting_after({act::begin, act::agree}),
                player<Role>{{}}.waiting_after({act::refuse}), player<Role>{{}}.waiting_after({act::violate}), 0};
}

/// Every possible sequence that begins with `sequence` and is `length` steps long.
template <role Role>
class enumeration {
public:
    std::size_t run(const std::vector<act>& first, std::size_t length)
    {
        sequence_ = first;
        websocket_model model{Role == role::client, known_};
        for (const act what : first) {
            model.step(what);
            static_cast<void>(model.poll());
        }
        extend(model, first.size() + length);
        return played_;
    }

private:
    void extend(const websocket_model& model, std::size_t length)
    {
        if (sequence_.size() == length) {
            ++played_;
            const std::string wrong = player<Role>{known_}.play(sequence_);
            if (!wrong.empty())
                FAIL(shown(sequence_) << ": " << wrong);
            return;
        }
        for (std::size_t i = 0; i < reference::act_count; ++i) {
            const act what = static_cast<act>(i);
            if (!model.possible(what))
                continue;
            websocket_model next = model;
            next.step(what);
            static_cast<void>(next.poll());
            sequence_.push_back(what);
            extend(next, length);
            sequence_.pop_back();
        }
    }

    websocket_model::sizes known_ = sizes_of<Role>();
    std::vector<act> sequence_;
    std::size_t played_ = 0;
};

/// What is slow has seen everything after five steps.
constexpr std::size_t steps = SOCKLESS_TEST_SLOW != 0 ? 5 : 6;

TEST_CASE("WHATWG: a client's states, events and buffered amount follow the standard, in every order of six steps",
          "[WHATWG-readyState-01][WHATWG-close-03][WHATWG-close-04][WHATWG-send-01][WHATWG-send-02][WHATWG-send-03]"
          "[WHATWG-feedback-01][WHATWG-feedback-03][WHATWG-feedback-04][WHATWG-feedback-05][WHATWG-feedback-07]"
          "[6455-4.1-01][6455-4.1-28][6455-7.1.4-02][6455-7.2.2-01]")
{
    CHECK(enumeration<role::client>{}.run({}, steps) > 9000);
    CHECK(enumeration<role::client>{}.run({act::begin, act::drain, act::agree}, steps - 1) > 10000);
}

TEST_CASE("WHATWG: the same states and events for a server, in every order of six steps",
          "[6455-4.2.2-14][6455-7.1.4-02][6455-7.2.2-01]")
{
    CHECK(enumeration<role::server>{}.run({}, steps) > 9000);
    CHECK(enumeration<role::server>{}.run({act::begin, act::agree, act::drain}, steps - 1) > 10000);
}

TEMPLATE_TEST_CASE_SIG("WHATWG: the same in long pseudo-random sequences", "[WHATWG-readyState-01]",
                       ((role Role), Role), role::client, role::server)
{
    support::random_numbers numbers{7};
    const websocket_model::sizes known = sizes_of<Role>();
    for (int i = 0; i < 2000; ++i) {
        std::vector<act> sequence;
        websocket_model model{Role == role::client, known};
        while (sequence.size() < 40) {
            act what = static_cast<act>(numbers.below(reference::act_count));
            if (sequence.size() < 3) // most sequences begin with a successful handshake
                what = sequence.size() == 0 ? act::begin : sequence.size() == 1 ? act::agree : act::drain;
            else if (what >= act::close && what != act::drain && what != act::drain_some && numbers.below(4) != 0)
                what = act::peer_message; // and are long
            if (!model.possible(what))
                continue;
            model.step(what);
            static_cast<void>(model.poll());
            sequence.push_back(what);
        }
        const std::string wrong = player<Role>{known}.play(sequence);
        if (!wrong.empty())
            FAIL(shown(sequence) << ": " << wrong);
    }
}

} // namespace
