// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// What a program has to do is what `needs` says, and no order of it loses bytes or stalls: every order of arrivals, writes, times and
/// calls, six steps long, is played. The peer follows a script, so that it is known which messages arrive.
///
/// After every step: bytes to write keep address and content, messages are those of the script in order, one close event comes last, and
/// the object waits for something. After the last step the sequence continues, in no time, to the close event.
#include "handshake/feed_head.hpp"
#include "support/catch.hpp"
#include "support/frames.hpp"
#include "support/guard_page.hpp"
#include "support/mask_keys.hpp"
#include "support/sanitizers.hpp"

#include <sockless/websocket.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using namespace sockless;
using support::byte_vector;
using support::frame_to;

enum class act {
    arrive_some, ///< a few bytes of the script
    arrive_more, ///< as many as are read at once
    nothing,     ///< a read ends without bytes
    write_some,
    write_all,
    would_block,
    time,      ///< what `wake_after` says passes
    late,      ///< all time-outs pass
    send,      ///< a small message
    send_fill, ///< the largest message
    close,
    answer, ///< a pending request is accepted
    reset,
    end,
    fail, ///< of the transport
};
constexpr std::array<std::string_view, 15> names{"arrive_some", "arrive_more", "nothing", "write_some", "write_all",
                                                 "would_block", "time",        "late",    "send",       "send_fill",
                                                 "close",       "answer",      "reset",   "end",        "fail"};

std::string shown(const std::vector<act>& sequence)
{
    std::string result;
    for (const act what : sequence)
        result += std::string{names[static_cast<std::size_t>(what)]} + ' ';
    return result;
}

/// How bytes are read: into a buffer of the program, or into one of the object, which a read may keep for a long time.
enum class reading { receive, read_buffer };

constexpr std::size_t largest = 120;
constexpr std::size_t read_size = 300;
/// With marks of back-pressure there has to be room for a message before or after `high_water` bytes.
constexpr std::size_t high_water = 40;
constexpr std::size_t output_size = 256;
constexpr std::size_t marked_output_size = 2 * (largest + 14 + high_water);
constexpr websocket_sizes sizes{
    .message = largest, .output = output_size, .input = read_size, .head = 400, .fields = 8};

struct setting {
    reading way = reading::receive;
    bool marks = false;
};

/// What the peer sends: the handshake, then messages, a ping and a close frame.
template <role Role>
struct script {
    static std::string head()
    {
        const heads::head_text& text = Role == role::server ? heads::rfc_request : heads::rfc_response;
        return text.without("Sec-WebSocket-Protocol").without("Origin").text();
    }
    static byte_vector make()
    {
        byte_vector all = support::text(head());
        const auto add = [&](unsigned first, std::string_view payload) {
            const byte_vector frame = frame_to(Role, first, payload);
            all.insert(all.end(), frame.begin(), frame.end());
        };
        add(0x81, messages[0]);
        add(0x01, messages[1].substr(0, 2)); // in two fragments
        add(0x89, "ping");                   // between them
        add(0x80, messages[1].substr(2));
        add(0x82, messages[2]);
        add(0x81, messages[3]);
        add(0x88, "\x03\xE8");
        return all;
    }

    static inline const std::array<std::string, 4> messages{"one", "two", std::string(largest, 'x'), "four"};
    static inline const std::size_t head_size = head().size();
    static inline const byte_vector bytes = make();
};

/// Returns the messages in the output of an end, whose masking keys are 0.
std::vector<std::string> messages_in(const byte_vector& sent, bool masked)
{
    std::vector<std::string> result;
    const std::string text = support::to_string(sent);
    std::size_t at = text.find("\r\n\r\n");
    at = at == std::string::npos ? text.size() : at + 4;
    while (at + 2 <= text.size()) {
        const auto first = static_cast<unsigned char>(text[at]);
        const std::size_t size = static_cast<unsigned char>(text[at + 1]) & 0x7FU;
        const std::string payload = text.substr(std::min(text.size(), at + (masked ? 6 : 2)), size);
        at += (masked ? 6 : 2) + size;
        if ((first & 0x08U) == 0 && at <= text.size())
            result.push_back(payload);
    }
    return result;
}

/// The memory that all sequences use one after another: whatever one of them leaves in it must not reach the next.
class memory {
public:
    explicit memory(const setting& chosen) : output_bytes_{byte_vector(chosen.marks ? marked_output_size : output_size)}
    {
    }
    [[nodiscard]] websocket_storage& storage() noexcept { return storage_; }
    /// Returns a copy directly before a page that cannot be read.
    [[nodiscard]] std::span<std::byte> copied(std::span<const std::byte> bytes)
    {
        const std::span<std::byte> copy = arriving_.bytes().last(bytes.size());
        std::ranges::copy(bytes, copy.begin());
        return copy;
    }

private:
    support::guard_page arriving_{byte_vector(read_size)};
    support::guard_page input_bytes_{byte_vector(sizes.input)};
    support::guard_page output_bytes_;
    support::guard_page message_bytes_{byte_vector(sizes.message_memory())};
    byte_queue input_{input_bytes_.bytes()};
    output_queue output_{output_bytes_.bytes()};
    byte_queue message_{message_bytes_.bytes()};
    websocket_storage storage_{input_, output_, message_, sizes};
};

template <role Role>
class player {
    using keys = std::conditional_t<Role == role::client, support::zero_keys, no_mask_keys>;

public:
    player(memory& where, const setting& chosen)
        : memory_{where},
          chosen_{chosen},
          ws_{where.storage(),
              {.handshake_timeout = 3000,
               .ping_interval = 1000,
               .pong_timeout = 1700,
               .closing_timeout = 2000,
               .high_water = chosen.marks ? high_water : 0,
               .low_water = chosen.marks ? std::size_t{10} : 0,
               .read_size = read_size}}
    {
        begin();
    }

    [[nodiscard]] const std::string& wrong() const noexcept { return wrong_; }

    void step(act what)
    {
        call(what);
        settle();
    }

    /// Returns whether a step is possible, and not the same as another.
    [[nodiscard]] bool possible(act what, std::optional<act> before)
    {
        const bool over = ws_.ready_state() == ready_state::closed;
        const bool arriving = !over && !ended_ && left() != 0 && (needs_.read || !room_.empty());
        switch (what) {
        case act::arrive_some:
        case act::arrive_more: return arriving;
        case act::nothing: return !over && before != what && (before == act::arrive_some || before == act::send_fill);
        case act::write_some: return needs_.write && lent_.size() > 1;
        case act::write_all: return needs_.write;
        case act::would_block: return needs_.write && before != what;
        case act::time: return needs_.wake_after != websocket_needs::never;
        case act::late: return !over && before != what;
        case act::send:
        case act::send_fill: return ws_.ready_state() == ready_state::open;
        case act::close: return ws_.ready_state() <= ready_state::open;
        case act::answer:
            if constexpr (Role == role::server)
                return ws_.request_pending();
            else
                return false;
        case act::reset: return !was_reset_ && before.has_value();
        case act::end: return !over && !ended_;
        case act::fail: return !over;
        }
        return false;
    }

    /// Plays to the end, with a peer that does everything that it is expected to do, and no time passes.
    void finish()
    {
        for (int i = 0; i < 40 && !needs_.close && wrong_.empty(); ++i) {
            if constexpr (Role == role::server) {
                if (ws_.request_pending()) {
                    step(act::answer);
                    continue;
                }
            }
            if (needs_.write)
                step(act::write_all);
            else if (needs_.read && left() != 0)
                step(act::arrive_more);
            else if (needs_.read || ended_)
                step(ended_ ? act::nothing : act::end); // only once; then `needs` has to want something else
            else
                return expect(false, "it stalls");
        }
        expect(needs_.close, "it ends");
        expect(closes_ == 1, "with one close event");
        if (!failed_ && !closed_by_program_)
            expect(received_ == script<Role>::messages.size(), "every message was received");
        const std::vector<std::string> out = messages_in(written_, Role == role::client);
        expect(std::ranges::equal(out.begin(), out.end(), sent_.begin(),
                                  sent_.begin() + static_cast<std::ptrdiff_t>(std::min(out.size(), sent_.size()))),
               "messages are sent in order");
        expect(failed_ || dropped_ || out.size() == sent_.size(), "every message is sent");
        expect(failed_ || dropped_ || cut_ || clean_, "the end is clean");
    }

    /// Plays the opening handshake.
    void open()
    {
        if constexpr (Role == role::client)
            step(act::write_all);
        arrive(script<Role>::head_size);
        settle();
        if constexpr (Role == role::server) {
            step(act::answer);
            step(act::write_all);
        }
        expect(ws_.ready_state() == ready_state::open, "it opens");
    }

private:
    void expect(bool holds, std::string_view what)
    {
        if (!holds && wrong_.empty())
            wrong_ = what;
    }
    [[nodiscard]] std::size_t left() const { return script<Role>::bytes.size() - arrived_; }

    void begin()
    {
        if constexpr (Role == role::client) {
            heads::fixed_random random;
            expect(!failed(ws_.connect("ws://server.example.com/chat", {}, random)), "connect");
        }
        settle();
    }

    void call(act what)
    {
        switch (what) {
        case act::arrive_some: return arrive(std::min<std::size_t>(left(), 5));
        case act::arrive_more: return arrive(std::min(left(), read_size));
        case act::nothing: return arrive(0);
        case act::write_some: return write(lent_.size() / 2);
        case act::write_all: return write(lent_.size());
        case act::would_block: return write(0);
        case act::time:
            dropped_ = true;
            now_ += needs_.wake_after;
            return;
        case act::late:
            dropped_ = true;
            now_ += 10'000;
            return;
        case act::send: return send("hi");
        case act::send_fill: return send(std::string(largest, 'y'));
        case act::close: closed_by_program_ = true; return ws_.close();
        case act::answer:
            if constexpr (Role == role::server)
                expect(!failed(ws_.accept()), "accept");
            return;
        case act::reset: return reset();
        case act::end:
            ended_ = true;
            cut_ = needs_.write;
            return ws_.input_ended(now_);
        case act::fail:
            ended_ = dropped_ = true;
            lent_ = {};
            lent_copy_.clear();
            return ws_.transport_failed(now_);
        }
    }
    void reset()
    {
        ws_.reset();
        now_ += 77;
        written_.clear();
        sent_.clear();
        lent_ = {};
        lent_copy_.clear();
        room_ = {};
        needs_ = {};
        arrived_ = received_ = closes_ = 0;
        ended_ = dropped_ = cut_ = clean_ = failed_ = closed_by_program_ = opened_ = false;
        was_reset_ = true;
        expect(ws_.ready_state() == ready_state::connecting && ws_.unwritten() == 0 && ws_.buffered_amount() == 0 &&
                   !sockless::failed(ws_.failure()) && ws_.protocol().empty(),
               "nothing of the old peer remains");
        begin();
    }
    void send(std::string_view text)
    {
        const std::size_t before = ws_.unwritten();
        const error e = ws_.send(text);
        expect(e == error::none || e == error::no_space, "there is room for a message, or not");
        expect(failed(e) == (ws_.unwritten() == before), "a message is appended, or not");
        if (!failed(e))
            sent_.emplace_back(text);
    }
    void arrive(std::size_t count)
    {
        std::span<const std::byte> bytes = script<Role>::bytes;
        bytes = bytes.subspan(arrived_);
        if (chosen_.way == reading::read_buffer) {
            if (room_.empty())
                return; // nothing is read
            const std::span<std::byte> same = ws_.read_buffer();
            expect(same.data() == room_.data() && same.size() == room_.size(),
                   "the buffer of a read stays where it is");
            bytes = bytes.first(std::min(count, room_.size()));
            std::ranges::copy(bytes, room_.begin());
            room_ = {};
            ws_.received(bytes.size(), now_);
        } else {
            bytes = bytes.first(count);
            taken_ = memory_.copied(bytes);
            ws_.receive(taken_, now_);
        }
        arrived_ += bytes.size();
    }
    void write(std::size_t count)
    {
        written_.insert(written_.end(), lent_.begin(), lent_.begin() + static_cast<std::ptrdiff_t>(count));
        ws_.written(count, now_);
        lent_ = lent_.subspan(count);
        lent_copy_.erase(lent_copy_.begin(), lent_copy_.begin() + static_cast<std::ptrdiff_t>(count));
    }

    /// Polls, as a program does after each step, and checks what is promised then.
    void settle()
    {
        check_lent();
        int rounds = 0;
        do {
            while (true) {
                const ready_state before = ws_.ready_state();
                const event e = ws_.poll();
                expect(ws_.ready_state() >= before, "the states only go up");
                if (e.kind() == event_kind::need_input)
                    break;
                take(e);
            }
            needs_ = ws_.needs(now_);
        } while (needs_.wake_after == 0 && ++rounds < 5);
        expect(rounds < 5, "at once means that there is something to do");
        std::ranges::fill(taken_, std::byte{0xDD});
        taken_ = {};
        check_lent();
        check_needs();
    }
    void check_lent()
    {
        expect(std::ranges::equal(lent_, lent_copy_), "the bytes to write do not change");
        const std::span<const std::byte> now = ws_.write_buffer();
        // A write that is in progress may end after the output was dropped.
        expect(lent_.empty() || now.empty() || (now.data() == lent_.data() && now.size() == lent_.size()),
               "the bytes to write stay where they are");
        if (now.empty() || lent_.empty()) {
            lent_ = now;
            lent_copy_.assign(now.begin(), now.end());
        }
    }
    void check_needs()
    {
        expect(needs_.write == !ws_.write_buffer().empty(), "write means that there are bytes to write");
        expect(needs_.close == (ws_.ready_state() == ready_state::closed && !needs_.write), "close");
        expect(needs_.read || needs_.write || needs_.close || ended_ || waits_for_answer(),
               "it waits for the transport or for an answer");
        expect(needs_.close == (needs_.wake_after == websocket_needs::never), "every state has a time-out");
        expect(!needs_.read || !ended_, "nothing is read after the end");
        expect(!needs_.shut_down_write || !needs_.write, "nothing is written after the last byte");
        if (chosen_.way == reading::receive || (!needs_.read && room_.empty()))
            return;
        const std::span<std::byte> same = ws_.read_buffer();
        if (!room_.empty())
            expect(same.data() == room_.data() || ws_.ready_state() == ready_state::closed,
                   "the buffer of a read stays where it is");
        else
            expect(!same.empty(), "there is a buffer for a read when it is wanted");
        room_ = same;
    }
    [[nodiscard]] bool waits_for_answer() const
    {
        if constexpr (Role == role::server)
            return ws_.request_pending();
        else
            return false;
    }

    void take(const event& e)
    {
        expect(closes_ == 0, "nothing comes after the close event");
        expect(!failed_ || e.kind() == event_kind::close, "nothing but close comes after an error");
        switch (e.kind()) {
        case event_kind::open: expect(!std::exchange(opened_, true), "open comes once"); break;
        case event_kind::message:
            expect(!closed_by_program_, "no message comes after close");
            expect(received_ < script<Role>::messages.size() && e.text() == script<Role>::messages[received_],
                   "messages arrive in order");
            ++received_;
            answer(e);
            break;
        case event_kind::ping: expect(e.text() == "ping", "the ping"); break;
        case event_kind::error:
            failed_ = true;
            expect(sockless::failed(ws_.failure()), "failure keeps the reason");
            break;
        case event_kind::close:
            ++closes_;
            clean_ = e.was_clean();
            expect(!failed_ || !clean_, "a failure is not clean");
            break;
        case event_kind::request: break;
        case event_kind::need_input:
        case event_kind::plain_request:
        case event_kind::body:
        case event_kind::pong: expect(false, "the peer sends nothing of that kind"); break;
        }
    }

    /// Reading pauses early enough, so that there is room. Only what nobody will write any more fills the output.
    void answer(const event& e)
    {
        const error result = ws_.send(e.payload());
        expect(!sockless::failed(result) || (dropped_ && ended_), "a message can be answered at once");
        if (!sockless::failed(result))
            sent_.emplace_back(e.text());
    }

    memory& memory_;
    const setting& chosen_;
    std::uint64_t now_ = 0xFFFF'FFFF - 1500; ///< a clock of 32 bits wraps around soon
    websocket<Role, keys> ws_;
    websocket_needs needs_{};
    std::string wrong_{};
    byte_vector written_{};
    std::vector<std::string> sent_{};
    std::span<const std::byte> lent_{};
    byte_vector lent_copy_{};
    std::span<std::byte> room_{};  ///< of a read that is in progress
    std::span<std::byte> taken_{}; ///< a buffer of the program
    std::size_t arrived_ = 0;
    std::size_t received_ = 0;
    std::size_t closes_ = 0;
    bool ended_ = false;
    bool dropped_ = false; ///< output, perhaps: the transport failed, or a time-out has passed
    bool cut_ = false;     ///< the input ended before our close frame was written
    bool clean_ = false;
    bool failed_ = false;
    bool opened_ = false;
    bool closed_by_program_ = false;
    bool was_reset_ = false;
};

/// Every possible sequence up to a length. A sequence is played from its beginning: the object cannot be copied.
template <role Role>
class enumeration {
public:
    enumeration(const setting& chosen, bool opened) : memory_{chosen}, chosen_{chosen}, opened_{opened} {}

    std::size_t run(std::size_t length)
    {
        extend(length);
        return played_;
    }

private:
    void extend(std::size_t length)
    {
        std::array<bool, names.size()> next{};
        {
            player<Role> one{memory_, chosen_};
            if (opened_)
                one.open();
            for (const act what : sequence_)
                one.step(what);
            const std::optional<act> before = sequence_.empty() ? std::nullopt : std::optional{sequence_.back()};
            for (std::size_t i = 0; i < names.size(); ++i)
                next[i] = sequence_.size() < length && one.possible(static_cast<act>(i), before);
            one.finish();
            ++played_;
            if (!one.wrong().empty())
                FAIL((chosen_.way == reading::receive ? "receive: " : "read_buffer: ")
                     << shown(sequence_) << ": " << one.wrong());
        }
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (!next[i])
                continue;
            sequence_.push_back(static_cast<act>(i));
            extend(length);
            sequence_.pop_back();
        }
    }

    memory memory_;
    setting chosen_;
    bool opened_;
    std::vector<act> sequence_{};
    std::size_t played_ = 0;
};

constexpr std::size_t steps = SOCKLESS_TEST_SLOW != 0 ? 4 : 6;

TEMPLATE_TEST_CASE_SIG("W1, W2, W4: no order of six calls stalls or loses bytes, before the connection is open", "",
                       ((role Role), Role), role::server, role::client)
{
    for (const reading way : {reading::receive, reading::read_buffer})
        CHECK(enumeration<Role>{{.way = way}, false}.run(steps) > 100);
}

TEMPLATE_TEST_CASE_SIG("W1, W2, W3, W4: no order of six calls stalls or loses bytes, when it is open", "",
                       ((role Role), Role), role::server, role::client)
{
    for (const reading way : {reading::receive, reading::read_buffer})
        CHECK(enumeration<Role>{{.way = way}, true}.run(steps) > 100);
}

TEMPLATE_TEST_CASE_SIG("W1, W2, W3, W4: nor with marks of back-pressure", "", ((role Role), Role), role::server,
                       role::client)
{
    for (const reading way : {reading::receive, reading::read_buffer})
        CHECK(enumeration<Role>{{.way = way, .marks = true}, true}.run(steps) > 100);
}

} // namespace
