// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is the closing handshake and failure as one table (RFC 6455 5.5.1, 7.1). `connection`, docs/closing.md and an exhaustive
/// test all read it.
#pragma once

#include "config.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

/// The state of the closing handshake. Its order matters: a state is only ever followed by a later one, and from `reply_pending` to
/// `closed_cleanly` the peer's close frame has come.
enum class closing_state : std::uint8_t {
    open,
    close_sent,        ///< ours went first; the peer may still send, and has to answer
    reply_pending,     ///< the peer's came first; our reply waits for room
    reply_pending_eof, ///< the same, and the transport has ended
    closed,            ///< both were sent
    closed_cleanly,    ///< the same, and the transport has ended
    failure_pending,   ///< a violation; the close frame with its code waits for room
    failed,            ///< a violation; our close frame has been written
    connection_lost,   ///< the transport ended without the peer's close frame: 1006
};

/// Returns the name of the enumerator.
[[nodiscard]] constexpr std::string_view to_string(closing_state state) noexcept
{
    switch (state) {
    case closing_state::open: return "open";
    case closing_state::close_sent: return "close_sent";
    case closing_state::reply_pending: return "reply_pending";
    case closing_state::reply_pending_eof: return "reply_pending_eof";
    case closing_state::closed: return "closed";
    case closing_state::closed_cleanly: return "closed_cleanly";
    case closing_state::failure_pending: return "failure_pending";
    case closing_state::failed: return "failed";
    case closing_state::connection_lost: return "connection_lost";
    }
    return "unknown";
}

namespace detail {

/// Returns what a program does in a state, for documents and logs.
[[nodiscard]] constexpr std::string_view advice_for(closing_state state) noexcept
{
    switch (state) {
    case closing_state::open: return "messages go both ways";
    case closing_state::close_sent: return "wait for the peer's close frame, with a time-out; pings are still answered";
    case closing_state::reply_pending: return "drain the output and poll again";
    case closing_state::reply_pending_eof: return "drain the output and poll again, or close the transport";
    case closing_state::closed: return "server: close the transport; client: wait for that, with a time-out";
    case closing_state::closed_cleanly: return "close the transport";
    case closing_state::failure_pending: return "drain the output and poll again";
    case closing_state::failed:
    case closing_state::connection_lost: return "close the transport";
    }
    return {};
}

/// What changes the state. Its order is that of the columns of `closing_traits::next`.
enum class closing_event : std::uint8_t {
    send_close,    ///< the program's close frame has been written
    receive_close, ///< the peer's close frame has come
    violation,     ///< the peer broke a rule or a limit
    write_answer,  ///< the pending close frame has been written
    end_of_input,  ///< the transport has ended
};

inline constexpr std::size_t closing_state_count = 9;
inline constexpr std::size_t closing_event_count = 5;
static_assert(static_cast<std::size_t>(closing_state::connection_lost) + 1 == closing_state_count);
static_assert(static_cast<std::size_t>(closing_event::end_of_input) + 1 == closing_event_count);

/// The row of one state. An event that cannot happen, or changes nothing, leads back to the state.
struct closing_traits {
    closing_state state;
    std::array<closing_state, closing_event_count> next; ///< in the order of `closing_event`
    bool sends;                                          ///< messages and pings may be sent
    bool reads;                                          ///< input is read; otherwise it is dropped
    bool finished;       ///< no event or frame follows: once the output is drained, the transport may be closed
    bool close_expected; ///< of a client: the server closes the transport first (RFC 6455 7.1.1)
};

inline constexpr std::array<closing_traits, closing_state_count> closing_table = [] {
    using enum closing_state;
    constexpr bool yes = true, no = false;
    // clang-format off: a table
    return std::array<closing_traits, closing_state_count>{{
        // state              send_close         receive_close      violation          write_answer       end_of_input        sends reads finished expected
        {open,              {close_sent,        reply_pending,     failure_pending,   open,              connection_lost},   yes,  yes,  no,      no},
        {close_sent,        {close_sent,        closed,            failed,            close_sent,        connection_lost},   no,   yes,  no,      no},
        {reply_pending,     {reply_pending,     reply_pending,     reply_pending,     closed,            reply_pending_eof}, no,   no,   no,      no},
        {reply_pending_eof, {reply_pending_eof, reply_pending_eof, reply_pending_eof, closed_cleanly,    reply_pending_eof}, no,   no,   no,      no},
        {closed,            {closed,            closed,            closed,            closed,            closed_cleanly},    no,   no,   yes,     yes},
        {closed_cleanly,    {closed_cleanly,    closed_cleanly,    closed_cleanly,    closed_cleanly,    closed_cleanly},    no,   no,   yes,     no},
        {failure_pending,   {failure_pending,   failure_pending,   failure_pending,   failed,            failure_pending},   no,   no,   no,      no},
        {failed,            {failed,            failed,            failed,            failed,            failed},            no,   no,   yes,     no},
        {connection_lost,   {connection_lost,   connection_lost,   connection_lost,   connection_lost,   connection_lost},   no,   no,   yes,     no},
    }};
    // clang-format on
}();

/// Returns the row of a state.
[[nodiscard]] constexpr const closing_traits& traits_of(closing_state state) noexcept
{
    return closing_table[static_cast<std::size_t>(state)];
}

/// The column `next` alone, so that a program has no other in its memory.
using closing_steps = std::array<closing_state, closing_event_count>;
inline constexpr std::array<closing_steps, closing_state_count> steps_by_state = [] {
    std::array<closing_steps, closing_state_count> steps{};
    for (std::size_t i = 0; i < steps.size(); ++i)
        steps[i] = closing_table[i].next;
    return steps;
}();

/// The column `finished`, a bit for each state.
inline constexpr unsigned finished_states = [] {
    unsigned states = 0;
    for (std::size_t i = 0; i < closing_table.size(); ++i)
        states |= closing_table[i].finished ? 1U << i : 0U;
    return states;
}();

/// Returns the state after an event.
[[nodiscard]] constexpr closing_state next_state(closing_state state, closing_event event) noexcept
{
    return steps_by_state[static_cast<std::size_t>(state)][static_cast<std::size_t>(event)];
}

/// Returns whether no event or frame follows.
[[nodiscard]] constexpr bool is_finished(closing_state state) noexcept
{
    return (finished_states >> static_cast<unsigned>(state) & 1U) != 0;
}

} // namespace detail

} // namespace sockless::inline SOCKLESS_ABI
