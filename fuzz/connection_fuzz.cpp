// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Feeds any bytes to a connection of either role and to the slow receiver: events, replies and the reason of a failure have to be the same.
///
/// The first byte selects role, limits, whether the connection moves in memory, and whether the transport ends.
#include "cuts.hpp"
#include "watched_connection.hpp"

#include "reference/receiver.hpp"
#include "support/connection_subject.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <utility>

namespace {

using sockless::role;
using support::strings;

/// Returns the log of the slow receiver, followed by the end of the transport.
strings slow_log(role self, const sockless::limits& bounds, std::span<const std::byte> bytes, bool transport_ends)
{
    strings lines = reference::receiver{self, bounds}.log_of(bytes);
    if (!transport_ends)
        return lines;
    const bool wrote = !lines.empty() && lines.back().starts_with("out");
    const auto out = wrote ? lines.end() - 1 : lines.end();
    const bool ended = out != lines.begin() && ((out - 1)->starts_with("close") || (out - 1)->starts_with("error"));
    if (!ended)
        lines.insert(out, support::error_line(sockless::error::connection_lost));
    return lines;
}

template <class Connection>
void check(role self, unsigned choice, std::span<const std::byte> bytes)
{
    constexpr std::array<sockless::limits, 4> bounds{
        sockless::limits{},
        sockless::limits{.frame_bytes = 1024, .message_bytes = 2048, .fragments = 8},
        sockless::limits{.frame_bytes = 64, .message_bytes = 100, .fragments = 3},
        sockless::limits{.frame_bytes = 125, .message_bytes = 0, .fragments = 1},
    };
    using subject = support::connection_subject<fuzz::watched<Connection>>;
    const sockless::limits& selected = bounds[choice >> 1U & 3U];
    const bool moves = (choice >> 3U & 1U) != 0;
    const bool ends = (choice >> 4U & 1U) != 0;
    const auto make = [&] {
        subject fresh{fuzz::watched<Connection>{selected}};
        if (moves)
            fresh.relocating();
        if (ends)
            fresh.transport_ends();
        return fresh;
    };
    fuzz::require_equal(fuzz::same_log_in_every_way(bytes, make), slow_log(self, selected, bytes, ends),
                        "the slow receiver");
}

void body(std::span<const std::byte> input)
{
    fuzz::decisions in{input};
    const unsigned choice = in.byte();
    if (choice % 2 == 0)
        check<sockless::server_connection>(role::server, choice, in.rest());
    else
        check<sockless::client_connection<support::zero_keys>>(role::client, choice, in.rest());
}

const fuzz::target here{"connection", body};

} // namespace
