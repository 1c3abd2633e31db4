// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Feeds the same bytes to a connection of this library and to another implementation. Events and replies have to be the same. A difference is a
/// finding, unless it is on the list of known differences, with the clause that decides it.
#pragma once

#include "target.hpp"
#include "watch.hpp"

#include "support/connection_subject.hpp"
#include "support/error_names.hpp"
#include "support/hex.hpp"

#include <sockless/connection.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

using sockless::role;

/// Limits for both implementations. There is no limit on fragments, because the others have none.
inline constexpr sockless::limits peer_limits{.frame_bytes = 2048, .message_bytes = 2048, .fragments = 0xFFFFFFFF};

/// The result of an implementation.
struct outcome {
    support::strings events;  ///< whole messages and control frames, as support::event_lines has them; no failure
    support::strings answers; ///< `pong ...` and `close code`: the program reads the reason, not the peer
    bool over = false;        ///< a close frame was received, or the connection failed
    bool failed = false;

    /// Records the frames that were sent. Masking keys are zero.
    void read_answers(std::span<const std::byte> out)
    {
        while (out.size() >= 2) {
            const unsigned op = std::to_integer<unsigned>(out[0]) & 0xFU;
            const std::size_t length = std::to_integer<std::size_t>(out[1]) % 128;
            out = out.subspan((out[1] & std::byte{0x80}) != std::byte{} ? 6 : 2);
            require(length <= 125 && length <= out.size(), "answers are control frames");
            const std::span<const std::byte> payload = out.first(length);
            out = out.subspan(length);
            if (op == 10)
                answers.push_back(support::pong_line(payload));
            else
                answers.push_back("close " + (length < 2 ? std::string{"1005"}
                                                         : std::to_string(std::to_integer<unsigned>(payload[0]) * 256 +
                                                                          std::to_integer<unsigned>(payload[1]))));
        }
        require(out.empty(), "answers are whole frames");
    }
    /// Returns the state of the connection: "open", "failed, close 1002", "closed, close 1000".
    [[nodiscard]] std::string verdict() const
    {
        const bool closing = !answers.empty() && answers.back().starts_with("close ");
        return (failed ? "failed" : over ? "closed" : "open") + (closing ? ", " + answers.back() : std::string{});
    }
};

struct our_outcome : outcome {
    sockless::error reason = sockless::error::none;

    [[nodiscard]] std::string name() const
    {
        return sockless::failed(reason) ? std::string{support::spelling_of(reason)} : verdict();
    }
};

/// A known difference of the other implementation.
struct difference {
    std::string_view clause; ///< decides which of both is right
    std::string_view what;
    std::string_view example; ///< an input that shows it, in hexadecimal
    bool (*is)(const our_outcome& ours, const outcome& theirs);
};

template <class Connection>
our_outcome hear(std::span<const std::byte> bytes)
{
    our_outcome result;
    std::vector<std::byte> copy(bytes.begin(), bytes.end());
    std::vector<std::byte> out;
    Connection connection{peer_limits};
    sockless::static_byte_queue<300> tx;
    support::event_log log;
    std::span<std::byte> in{copy};
    while (true) {
        const sockless::event e = core([&] { return connection.poll(in, tx); });
        touch(e.payload());
        out.insert(out.end(), tx.data().begin(), tx.data().end());
        tx.clear();
        if (e.kind() == sockless::event_kind::need_input)
            break;
        if (e.kind() != sockless::event_kind::error)
            log.add(e);
        result.over = result.over || e.kind() == sockless::event_kind::error || e.kind() == sockless::event_kind::close;
    }
    result.events = log.lines();
    result.reason = connection.failure();
    result.failed = failed(result.reason);
    result.read_answers(out);
    return result;
}

/// Returns whether both logs agree; the log of the one that ends first may be shorter.
inline bool same_beginning(const support::strings& a, const support::strings& b)
{
    const std::size_t both = std::min(a.size(), b.size());
    return std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(both), b.begin());
}

/// The results of both for one input.
struct comparison {
    our_outcome ours;
    outcome theirs;

    [[nodiscard]] bool same() const
    {
        return ours.over == theirs.over && ours.verdict() == theirs.verdict() && ours.events == theirs.events &&
               ours.answers == theirs.answers;
    }
};

inline std::string description(const std::string& name, const outcome& what)
{
    std::string text = name;
    for (const std::string& line : what.events)
        text += "\n    " + line;
    for (const std::string& line : what.answers)
        text += "\n    answered " + line;
    return text;
}

inline std::string description(const comparison& both)
{
    return "\n  ours:   " + description(both.ours.name(), both.ours) +
           "\n  theirs: " + description(both.theirs.verdict(), both.theirs);
}

template <class Other>
comparison hear_both(std::span<const std::byte> input, Other other)
{
    decisions in{input};
    const role self = in.byte() % 2 == 0 ? role::server : role::client;
    const auto hear_as = [self, other](std::span<const std::byte> bytes) {
        return comparison{self == role::server ? hear<sockless::server_connection>(bytes)
                                               : hear<sockless::client_connection<support::zero_keys>>(bytes),
                          other(self, bytes)};
    };
    comparison both = hear_as(in.rest());
    if (both.ours.over == both.theirs.over)
        return both;
    // One fails at the first wrong byte, the other at the end of the header or of the frame: appends bytes up to there.
    std::vector<std::byte> more(in.rest().begin(), in.rest().end());
    more.resize(more.size() + static_cast<std::size_t>(peer_limits.frame_bytes) + 16);
    return hear_as(more);
}

/// @param other  takes the role and the bytes, and returns its result
/// @param known  differences that are not findings. With an empty input the function checks that they still exist.
template <class Other>
void compare(std::span<const std::byte> input, std::span<const difference> known, Other other)
{
    if (input.empty())
        for (const difference& each : known) {
            const comparison both = hear_both(support::bytes_of(each.example), other);
            if (both.same() || !each.is(both.ours, both.theirs))
                throw finding("the difference no longer exists: " + std::string{each.what} + description(both));
        }
    const comparison both = hear_both(input, other);
    const auto is_known = [&both](const difference& each) { return each.is(both.ours, both.theirs); };
    if (!both.same() && std::none_of(known.begin(), known.end(), is_known))
        throw finding("a difference that is not on the list" + description(both));
}

} // namespace fuzz
