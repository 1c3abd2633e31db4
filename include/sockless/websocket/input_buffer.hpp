// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The input of a `websocket`: a cursor over bytes in a buffer of the program, or over bytes in a queue of its own.
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../bytes/copy.hpp"
#include "../config.hpp"
#include "../core/error.hpp"

#include <cstddef>
#include <span>

namespace sockless::inline SOCKLESS_ABI::detail {

/// Bytes that have been received and have not been consumed.
///
/// They are in a buffer of the program until `keep`, which copies what remains of them into the queue, or they were received into
/// the queue. The queue is not modified while a read into its free space is in progress.
class input_buffer {
public:
    /// @param queue  outlives this object
    explicit input_buffer(byte_queue& queue) noexcept : queue_{&queue} {}
    /// Begins with no bytes.
    void reset() noexcept
    {
        queue_->clear();
        unread_ = room_ = {};
        is_kept_ = false;
    }

    /// The bytes. A reader consumes them from the front.
    [[nodiscard]] std::span<std::byte>& cursor() noexcept { return unread_; }
    [[nodiscard]] bool empty() const noexcept { return unread_.empty(); }

    /// Adds bytes that were received into a buffer of the program.
    ///
    /// @return `input_not_consumed`: earlier bytes of the program have neither been consumed nor kept;
    ///         `exceeds_capacity`: the queue could not keep them; `no_memory`
    error receive(std::span<std::byte> bytes) noexcept
    {
        room_ = {};
        if (bytes.size() > queue_->limit() - kept_size())
            return error::exceeds_capacity;
        if (unread_.empty()) {
            unread_ = bytes;
            is_kept_ = false;
            return error::none;
        }
        if (!is_kept_)
            return error::input_not_consumed;
        return append(bytes);
    }

    /// Adds a copy of bytes.
    ///
    /// @return `exceeds_capacity`: the queue could not keep them; `no_memory`
    error receive_copy(std::span<const std::byte> bytes) noexcept
    {
        room_ = {};
        if (bytes.size() > queue_->limit() - unread_.size())
            return error::exceeds_capacity;
        if (const error e = keep(); failed(e))
            return e;
        return append(bytes);
    }

    /// Returns free space of the queue for a read.
    ///
    /// @param size  maximum
    /// @return valid until `received` and `receive`; empty if there is none
    [[nodiscard]] std::span<std::byte> read_buffer(std::size_t size) noexcept
    {
        if (!room_.empty())
            return room_;
        if (failed(keep()))
            return {};
        drop_consumed();
        const std::size_t free = queue_->free_space();
        room_ = queue_->prepare(free < size ? free : size);
        if (!unread_.empty())
            unread_ = queue_->data(); // which may have been moved
        return room_;
    }
    /// Adds the first bytes of the last `read_buffer`.
    ///
    /// @return `count_invalid`: it was smaller
    error received(std::size_t count) noexcept
    {
        if (count > room_.size())
            return error::count_invalid;
        room_ = {};
        if (count == 0)
            return error::none;
        queue_->commit(count);
        unread_ = queue_->data().last(unread_.size() + count);
        is_kept_ = true;
        return error::none;
    }

    /// Copies the bytes into the queue, if they are in a buffer of the program.
    ///
    /// @return `no_memory`; the bytes are where they were then
    error keep() noexcept
    {
        if (is_kept_ || unread_.empty())
            return error::none;
        queue_->clear();
        if (!queue_->append(unread_))
            return error::no_memory;
        is_kept_ = true;
        unread_ = queue_->data();
        return error::none;
    }

    /// Drops all bytes. A read into the queue may still be in progress.
    void discard() noexcept { unread_ = {}; }
    /// Releases memory that a growing queue does not need.
    void shrink() noexcept
    {
        if (!room_.empty())
            return;
        drop_consumed();
        queue_->shrink();
        if (is_kept_)
            unread_ = queue_->data();
    }

private:
    /// Appends to the bytes in the queue.
    error append(std::span<const std::byte> bytes) noexcept
    {
        drop_consumed();
        if (!queue_->append(bytes)) {
            move_to_front();
            if (!queue_->append(bytes))
                return error::no_memory;
        }
        unread_ = queue_->data();
        is_kept_ = true;
        return error::none;
    }
    /// Moves the bytes in the queue to its front, which it does by itself only after an eighth of its size has been consumed: up to
    /// the limit, everything has room.
    SOCKLESS_COLD void move_to_front() noexcept
    {
        const std::span<const std::byte> kept = queue_->data();
        queue_->clear();
        copy_bytes(kept, queue_->append_uninitialized(kept.size()));
    }
    [[nodiscard]] std::size_t kept_size() const noexcept { return is_kept_ ? unread_.size() : 0; }
    /// Removes from the queue what the reader has consumed.
    void drop_consumed() noexcept
    {
        if (kept_size() == 0)
            queue_->clear();
        else
            queue_->consume(queue_->size() - unread_.size());
    }

    byte_queue* queue_;
    std::span<std::byte> unread_{};
    std::span<std::byte> room_{}; ///< for a read that may be in progress
    bool is_kept_ = false;        ///< `unread_` is the end of the queue
};

} // namespace sockless::inline SOCKLESS_ABI::detail
