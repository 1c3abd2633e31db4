// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A connection for `support::connection_subject` that is checked by `watch.hpp`, and polled no more often than its input has bytes.
#pragma once

#include "watch.hpp"

#include <sockless/connection.hpp>

#include <cstddef>
#include <span>

namespace fuzz {

template <class Connection>
class watched : public Connection {
public:
    using Connection::Connection;

    sockless::event poll(std::span<std::byte>& in, sockless::byte_queue& tx)
    {
        const std::size_t before = in.size();
        const sockless::event e = core([&] { return Connection::poll(in, tx); });
        require(e.kind() == sockless::event_kind::need_input || in.size() < before, "each event consumes input");
        touch(e.payload());
        return e;
    }
    /// The same with whole messages.
    sockless::event poll(std::span<std::byte>& in, sockless::byte_queue& tx, sockless::message_assembler& whole)
    {
        const std::size_t before = in.size();
        const sockless::event e = core([&] { return Connection::poll(in, tx, whole); });
        require(e.kind() == sockless::event_kind::need_input || in.size() < before, "each event consumes input");
        touch(e.payload());
        return e;
    }
    sockless::event end_of_input()
    {
        return core([&] { return Connection::end_of_input(); });
    }
};

} // namespace fuzz
