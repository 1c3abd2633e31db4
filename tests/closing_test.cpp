// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The closing handshake as a model: every sequence of six steps is played to a connection and compared with the table.
#include "support/catch.hpp"
#include "support/frames.hpp"
#include "support/hex.hpp"
#include "support/mask_keys.hpp"
#include "support/sanitizers.hpp"

#include <sockless/closing.hpp>
#include <sockless/connection.hpp>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using namespace sockless;
using support::byte_vector;
using support::frame_to;

enum class act { data, ping, send, close, peer_close, violation, end_of_input, fill, drain };
constexpr std::array acts{act::data,      act::ping,         act::send, act::close, act::peer_close,
                          act::violation, act::end_of_input, act::fill, act::drain};
constexpr std::array<std::string_view, acts.size()> act_names{
    "data", "ping", "send", "close", "peer_close", "violation", "end_of_input", "fill", "drain"};

/// A connection according to the table alone.
struct model {
    closing_state state = closing_state::open;
    bool room = true;
    std::size_t our_closes = 0;

    [[nodiscard]] const detail::closing_traits& row() const { return detail::traits_of(state); }
    void go(detail::closing_event what) { state = detail::next_state(state, what); }
    [[nodiscard]] bool reply_pending() const
    {
        return state == closing_state::reply_pending || state == closing_state::reply_pending_eof ||
               state == closing_state::failure_pending;
    }
    /// Every poll begins and ends with pending output.
    void flush()
    {
        if (reply_pending() && room) {
            go(detail::closing_event::write_answer);
            ++our_closes;
        }
    }
};

template <role Role>
class player {
public:
    /// @return  the difference; empty if there is none
    std::string play(const std::vector<act>& sequence)
    {
        for (const act what : sequence) {
            step(what);
            compare();
            if (!wrong_.empty())
                return wrong_;
        }
        // With space and the peer's close frame, every connection reaches its end.
        for (const act what : {act::drain, act::close, act::peer_close, act::drain, act::end_of_input}) {
            step(what);
            compare();
        }
        expect(connection_.finished(), "the end is reached");
        expect(model_.our_closes == closes_on_the_wire(), "as many close frames as the model has");
        expect(closes_on_the_wire() <= 1, "at most one close frame");
        return wrong_;
    }

private:
    using keys = std::conditional_t<Role == role::client, support::zero_keys, no_mask_keys>;

    void expect(bool fact, std::string_view what)
    {
        if (!fact && wrong_.empty())
            wrong_ = what;
    }

    void step(act what)
    {
        switch (what) {
        case act::data:
            receive(frame_to(Role, 0x81, "hello"), event_kind::message, detail::closing_event::end_of_input);
            break;
        case act::ping:
            receive(frame_to(Role, 0x89, "ping"), event_kind::ping, detail::closing_event::end_of_input);
            break;
        case act::peer_close:
            receive(frame_to(Role, 0x88, support::close_body(1000)), event_kind::close,
                    detail::closing_event::receive_close);
            break;
        case act::violation: receive(frame_to(Role, 0x83), event_kind::error, detail::closing_event::violation); break;
        case act::send: send(connection_.send_text(tx_, "hello")); break;
        case act::close:
            if (send(connection_.close(tx_, close_code::normal))) {
                model_.go(detail::closing_event::send_close);
                ++model_.our_closes;
            }
            break;
        case act::end_of_input: {
            const closing_state before = model_.state;
            model_.go(detail::closing_event::end_of_input);
            const bool lost =
                model_.state == closing_state::connection_lost && before != closing_state::connection_lost;
            const event e = connection_.end_of_input();
            expect(e.kind() == (lost ? event_kind::error : event_kind::need_input),
                   "the end of input reports a lost connection once");
            expect(!lost || e.failure() == error::connection_lost, "what is lost is lost");
            break;
        }
        case act::fill: {
            const std::size_t room = tx_.free_space();
            filler_.emplace_back(tx_.size(), room);
            REQUIRE(tx_.append(byte_vector(room)));
            model_.room = false;
            break;
        }
        case act::drain: drain(); break;
        }
    }

    /// returns   whether it was written
    bool send(error e)
    {
        const error due = !model_.row().sends ? error::not_open : !model_.room ? error::no_space : error::none;
        expect(e == due, "the result of a call follows from the state");
        return e == error::none;
    }

    void receive(byte_vector bytes, event_kind kind, detail::closing_event what)
    {
        model_.flush();
        const bool reads = model_.row().reads;
        std::span<std::byte> in{bytes};
        const event e = connection_.poll(in, tx_);
        expect(e.kind() == (reads ? kind : event_kind::need_input), "input is read, or dropped");
        expect(in.empty(), "input is consumed");
        if (reads && what != detail::closing_event::end_of_input)
            model_.go(what);
        model_.flush();
    }

    void drain()
    {
        std::size_t at = 0;
        const std::span<const std::byte> out = tx_.data();
        for (const auto& [begin, size] : filler_) {
            wire_.insert(wire_.end(), out.begin() + static_cast<std::ptrdiff_t>(at),
                         out.begin() + static_cast<std::ptrdiff_t>(begin));
            at = begin + size;
        }
        wire_.insert(wire_.end(), out.begin() + static_cast<std::ptrdiff_t>(at), out.end());
        filler_.clear();
        tx_.clear();
        model_.room = true;
        model_.flush();
        std::span<std::byte> none;
        expect(connection_.poll(none, tx_).kind() == event_kind::need_input, "nothing comes from nothing");
    }

    void compare()
    {
        expect(connection_.state() == model_.state, "the state is that of the table");
        expect(connection_.is_open() == model_.row().sends, "open is what may send");
        expect(connection_.finished() == model_.row().finished, "finished() agrees with the table");
        expect(connection_.close_expected() == (Role == role::client && model_.row().close_expected),
               "a close of the transport is expected of servers only");
        const bool failed = model_.state == closing_state::failed || model_.state == closing_state::failure_pending;
        expect(!failed || connection_.failure() == error::reserved_opcode, "the failure is kept");
    }

    [[nodiscard]] std::size_t closes_on_the_wire()
    {
        drain();
        std::size_t closes = 0;
        constexpr std::size_t key = Role == role::client ? 4 : 0;
        for (std::size_t at = 0; at < wire_.size();) {
            const auto first = std::to_integer<unsigned>(wire_[at]);
            const auto length = std::to_integer<unsigned>(wire_[at + 1]) & 0x7FU;
            expect(closes == 0 || first == 0x8A, "nothing but pongs follows our close frame");
            closes += first == 0x88 ? 1 : 0;
            at += 2 + key + length;
        }
        return closes;
    }

    connection<Role, keys> connection_;
    static_byte_queue<200> tx_;
    std::vector<std::pair<std::size_t, std::size_t>> filler_;
    byte_vector wire_;
    model model_;
    std::string wrong_;
};

template <role Role>
void play_all(std::size_t length)
{
    std::vector<act> sequence(length);
    std::size_t count = 1;
    for (std::size_t i = 0; i < length; ++i)
        count *= acts.size();
    for (std::size_t number = 0; number < count; ++number) {
        std::size_t rest = number;
        for (act& each : sequence) {
            each = acts[rest % acts.size()];
            rest /= acts.size();
        }
        const std::string wrong = player<Role>{}.play(sequence);
        if (wrong.empty())
            continue;
        std::string names;
        for (const act each : sequence)
            names += std::string(act_names[static_cast<std::size_t>(each)]) + ' ';
        FAIL(names << "- " << wrong);
    }
}

std::string page()
{
    std::ostringstream out;
    out << "# The closing handshake\n\n"
           "Generated from `include/sockless/closing.hpp` by `tests/closing_test.cpp`, which also executes every sequence of six steps\n"
           "on a connection of either role and compares the result with the table. To update this file, run that test with\n"
           "`SOCKLESS_WRITE_DOCS=1`.\n\n"
           "| state | send_close | receive_close | violation | write_answer | end_of_input | sends | reads | finished |\n"
           "|---|---|---|---|---|---|---|---|---|\n";
    for (const detail::closing_traits& row : detail::closing_table) {
        out << "| **" << to_string(row.state) << "** |";
        for (const closing_state next : row.next)
            out << ' ' << (next == row.state ? "-" : std::string(to_string(next))) << " |";
        out << (row.sends ? " yes |" : " |") << (row.reads ? " yes |" : " |") << (row.finished ? " yes |" : " |")
            << '\n';
    }
    out << "\n| state | what the program does |\n|---|---|\n";
    for (const detail::closing_traits& row : detail::closing_table)
        out << "| " << to_string(row.state) << " | " << detail::advice_for(row.state) << " |\n";
    out << "\nA close frame is sent once in each direction, and only pongs follow ours. Every wait needs a time-out, for which the program\n"
           "uses `keep_alive`. A server first shuts down its side of the transport, reads until the end of the input, and then\n"
           "closes, so that a reset cannot overtake the close frame.\n";
    return out.str();
}

} // namespace

static_assert([] {
    for (std::size_t i = 0; i < detail::closing_table.size(); ++i) {
        const detail::closing_traits& row = detail::closing_table[i];
        if (static_cast<std::size_t>(row.state) != i || (row.finished && (row.sends || row.reads)))
            return false;
        for (const closing_state next : row.next) // a state never leads to an earlier one
            if (next < row.state)
                return false;
    }
    return true;
}());

TEST_CASE("6455 5.5.1, 7.1: every sequence of six steps follows the table of closing.hpp, in both roles",
          "[6455-5.5.1-09][6455-5.5.1-14][6455-5.5.1-18][6455-7.1.7-06][CLS-2][CLS-6]")
{
    constexpr std::size_t length = SOCKLESS_TEST_SLOW ? 5 : 6; // and so every shorter one
    play_all<role::server>(length);
    play_all<role::client>(length);
}

TEST_CASE("closing: an invalid state has no name")
{
    CHECK(to_string(static_cast<closing_state>(detail::closing_table.size())) == "unknown");
    CHECK(detail::advice_for(static_cast<closing_state>(detail::closing_table.size())).empty());
}

TEST_CASE("6455 7.1: docs/closing.md is generated from the table")
{
    const std::filesystem::path file = std::filesystem::path{SOCKLESS_TEST_VECTORS} / "../../docs/closing.md";
    if (std::getenv("SOCKLESS_WRITE_DOCS") != nullptr)
        std::ofstream{file} << page();
    std::ifstream stream{file};
    std::ostringstream text;
    text << stream.rdbuf();
    CHECK(text.str() == page());
}
