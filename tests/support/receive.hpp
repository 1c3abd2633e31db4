// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// One line for the usual test: these bytes arrive at a connection, cut in every way; what is the log?
#pragma once

#include "connection_subject.hpp"
#include "feed.hpp"

#include <sockless/words/limits.hpp>

#include <span>

namespace support {

/// What a connection of role `self` makes of `bytes`, and what it answers: the same however they are cut.
inline strings receive(role self, std::span<const std::byte> bytes, const sockless::limits& bounds = {},
                       const feed_options& options = {})
{
    INFO(receiving(self));
    if (self == role::server)
        return feed_every_way(bytes, [&] { return server_subject{sockless::server_connection{bounds}}; }, options);
    return feed_every_way(
        bytes, [&] { return client_subject{sockless::client_connection<zero_keys>{bounds}}; }, options);
}

} // namespace support
