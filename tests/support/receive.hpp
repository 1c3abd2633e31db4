// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Returns the log of a connection for given input, cut in every way.
#pragma once

#include "connection_subject.hpp"
#include "feed.hpp"
#include "random.hpp"

#include <sockless/core/limits.hpp>

#include <algorithm>
#include <cstddef>
#include <span>

namespace support {

/// Returns the events and the output of a connection of role `self` for `bytes`, which are the same however the bytes are cut.
inline strings receive(role self, std::span<const std::byte> bytes, const sockless::limits& bounds = {},
                       const feed_options& options = {})
{
    INFO(receiving(self));
    if (self == role::server)
        return feed_every_way(bytes, [&] { return server_subject{sockless::server_connection{bounds}}; }, options);
    return feed_every_way(
        bytes, [&] { return client_subject{sockless::client_connection<zero_keys>{bounds}}; }, options);
}

/// Returns the log of a program that reads little at a time, polls rarely and moves the remaining input: each call passes up to `max_size`
/// bytes of the input that was not consumed, sometimes fewer than the previous call.
template <class Connection>
strings receive_lazily(Connection connection, std::span<const std::byte> bytes, random_numbers& numbers,
                       std::size_t max_size)
{
    sockless::static_byte_queue<1000> tx;
    event_log log;
    byte_vector left(bytes.begin(), bytes.end());
    while (!left.empty()) {
        const std::size_t shown = numbers.below(std::min(left.size(), max_size) + 1);
        byte_vector buffer(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(shown));
        std::span<std::byte> in{buffer};
        for (std::size_t polls = numbers.below(4); polls > 0; --polls)
            log.add(connection.poll(in, tx));
        left = join({in, std::span{left}.subspan(shown)});
    }
    std::span<std::byte> nothing;
    for (auto e = connection.poll(nothing, tx); e.kind() != sockless::event_kind::need_input;
         e = connection.poll(nothing, tx))
        log.add(e);
    strings lines = log.lines();
    if (!tx.empty())
        lines.push_back(out_line(tx.data()));
    return lines;
}

} // namespace support
