// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns pieces of messages into whole messages, over storage that the caller gives.
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../config.hpp"
#include "../words/error.hpp"
#include "event.hpp"

#include <cstddef>
#include <span>

namespace sockless::inline SOCKLESS_ABI {

/// Puts messages together. Its storage is a byte queue: a fixed one, or one that grows.
///
/// A message that came whole is handed on as it is, without a copy and without touching the storage.
class assembler {
public:
    /// `storage` outlives the assembler, which empties it at the start of each message that comes in pieces. Its limit
    /// should be at least `limits::message_bytes`.
    explicit constexpr assembler(byte_queue& storage) noexcept : storage_{&storage} {}

    /// Takes the next event of a connection.
    ///
    /// `piece`   any event; its payload is looked at during the call only
    /// returns   a `message` that is first and last, once it is whole: its payload is the piece's own or lies in the
    ///           storage, until the next piece is added; `need_input` for a piece of an unfinished message; an `error`
    ///           event with message_too_large if the storage cannot hold it; every other event as it came
    /// cost      O(piece.payload().size()), and what it costs the storage to grow
    constexpr event add(const event& piece) noexcept
    {
        if (piece.kind() != event_kind::message || (piece.first() && piece.last()))
            return piece;
        if (piece.first())
            storage_->clear();
        if (!storage_->append(piece.payload()))
            return event::error(error::message_too_large);
        return piece.last() ? event::message(piece.type(), storage_->data(), true, true) : event{};
    }

private:
    byte_queue* storage_;
};

} // namespace sockless::inline SOCKLESS_ABI
