// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns the parts of messages into whole messages, over storage of the caller.
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../bytes/copy.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "control_payload.hpp"
#include "event.hpp"

#include <cstddef>
#include <span>

namespace sockless::inline SOCKLESS_ABI {

/// Assembles messages. Its storage is a byte queue: a fixed one, or one that grows.
///
/// A message that came whole is returned as it is, without a copy and without the storage.
class message_assembler {
public:
    /// Makes an assembler.
    ///
    /// @param storage  outlives the assembler, which clears it before each message in parts. Its limit should be at
    ///                 least `limits::message_bytes`
    explicit constexpr message_assembler(byte_queue& storage) noexcept : storage_{&storage} {}

    /// Adds the next event of a connection.
    ///
    /// @param part  any event; its payload is read during the call only
    /// @return a `message` that is first and last, once it is whole: its payload is that of the event, or the storage's until the
    ///         next part is added; `need_input` for a part of an unfinished message; an `error` event with message_too_large
    ///         if the storage has no room; every other event as it came
    /// @par Complexity O(part.payload().size()), and the cost of growing the storage
    event add(const event& part) noexcept
    {
        if (part.kind() != event_kind::message || (part.first() && part.last()))
            return part;
        const std::span<std::byte> room = append_uninitialized(part.first(), part.payload().size());
        if (room.size() != part.payload().size())
            return detail::event_access::error(error::message_too_large);
        detail::copy_bytes(part.payload(), room);
        return part.last() ? detail::event_access::message(part.type(), message(), true, true) : event{};
    }

    /// Returns whether messages are assembled: a class that is derived from this one can leave them in parts.
    [[nodiscard]] static constexpr bool whole_messages() noexcept { return true; }
    /// Returns the storage.
    [[nodiscard]] byte_queue& storage() const noexcept { return *storage_; }

    /// Appends @p size bytes to a message in parts, for a reader that unmasks into them instead of copying.
    ///
    /// @param first  whether they are its first; the message before is dropped then
    /// @return @p size bytes of the storage, which the caller writes before the next call; none if the storage has no room, or
    ///         would have more than `event::max_payload` bytes
    std::span<std::byte> append_uninitialized(bool first, std::size_t size) noexcept
    {
        stale_.renew();
        if (first)
            storage_->clear();
        const bool fits_event = sizeof(std::size_t) <= 4 || size <= event::max_payload - storage_->size();
        return fits_event ? storage_->append_uninitialized(size) : std::span<std::byte>{};
    }

    /// Returns the message in parts as far as it has come.
    [[nodiscard]] std::span<const std::byte> message() const noexcept { return storage_->data(); }
    /// Removes the message in parts, so that the storage is empty and its memory can be released.
    void clear() noexcept
    {
        if (storage_->empty())
            return;
        stale_.keep(storage_->data());
        stale_.expire();
        storage_->clear();
    }

private:
    byte_queue* storage_;
    [[no_unique_address]] detail::foreign_payload_view stale_{};
};

namespace detail {

/// Assembles messages, or leaves them in parts, as an option says.
class optional_assembler : public message_assembler {
public:
    constexpr optional_assembler(byte_queue& storage, bool whole_messages) noexcept
        : message_assembler{storage}, whole_messages_{whole_messages}
    {
    }
    [[nodiscard]] bool whole_messages() const noexcept { return whole_messages_; }

private:
    bool whole_messages_;
};

} // namespace detail

} // namespace sockless::inline SOCKLESS_ABI
