// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// After the handshake: an echo with all features of a connection: text, binary, fragments, ping, close.
#pragma once

#include "program.hpp"

template <class Connection>
inline int echo(Connection& connection, std::span<std::byte>& in, sockless::byte_queue& tx) noexcept
{
    using namespace sockless;
    for (;;) {
        const event e = connection.poll(in, tx);
        if (e.kind() == event_kind::message) {
            if (e.first() && failed(connection.begin_message(e.type())))
                return 1;
            if (failed(e.last() ? connection.end_message(tx, e.payload()) : connection.send_fragment(tx, e.payload())))
                return 1;
        } else if (e.kind() == event_kind::close) {
            return 2;
        }
        tx.consume(transmit(tx.data().data(), tx.size()));
        if (e.kind() == event_kind::need_input)
            return connection.finished() ? 3 : 0;
    }
}
