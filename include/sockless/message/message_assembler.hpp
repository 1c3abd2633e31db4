// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns pieces of messages into whole messages, over storage that the caller gives.
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../bytes/copy.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "event.hpp"

#include <cstddef>
#include <span>

namespace sockless::inline SOCKLESS_ABI {

/// Puts messages together. Its storage is a byte queue: a fixed one, or one that grows.
///
/// A message that came whole is handed on as it is, without a copy and without touching the storage.
class message_assembler {
public:
    /// `storage` outlives the assembler, which empties it at the start of each message that comes in pieces. Its limit
    /// should be at least `limits::message_bytes`.
    explicit constexpr message_assembler(byte_queue& storage) noexcept : storage_{&storage} {}

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
        const std::span<std::byte> room = append_uninitialized(piece.first(), piece.payload().size());
        if (room.size() != piece.payload().size())
            return detail::event_access::error(error::message_too_large);
        detail::copy_bytes(piece.payload(), room);
        return piece.last() ? detail::event_access::message(piece.type(), message(), true, true) : event{};
    }

    /// Room for `size` more bytes of a message that comes in pieces, for a reader that unmasks into it instead of copying.
    ///
    /// `first`   whether they are the first of it; the message before is dropped then
    /// returns   `size` bytes of the storage, which the caller writes before the next call; none if the storage has no
    ///           room, or more than `event::max_payload` bytes with these
    constexpr std::span<std::byte> append_uninitialized(bool first, std::size_t size) noexcept
    {
        if (first)
            storage_->clear();
        const bool tellable = sizeof(std::size_t) <= 4 || size <= event::max_payload - storage_->size();
        return tellable ? storage_->append_uninitialized(size) : std::span<std::byte>{};
    }
    /// What has been put together so far.
    [[nodiscard]] constexpr std::span<const std::byte> message() const noexcept { return storage_->data(); }

private:
    byte_queue* storage_;
};

} // namespace sockless::inline SOCKLESS_ABI
