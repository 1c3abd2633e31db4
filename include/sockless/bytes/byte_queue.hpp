// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns storage that the caller owns into a first-in, first-out queue of bytes: what waits to be sent.
#pragma once

#include "../config.hpp"
#include "copy.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

/// The one type that everything in the library writes to. What waits lies in one piece, so that one `send()` can take it.
///
/// The storage belongs to the caller and outlives the queue. Not copyable: two queues over one storage would disagree.
class byte_queue {
public:
    explicit constexpr byte_queue(std::span<std::byte> storage) noexcept : storage_{storage} {}
    byte_queue(const byte_queue&) = delete;
    byte_queue& operator=(const byte_queue&) = delete;

    /// The bytes that wait, oldest first. Valid until the next call that is not const.
    [[nodiscard]] constexpr std::span<const std::byte> data() const noexcept
    {
        return storage_.subspan(begin_).first(size());
    }
    [[nodiscard]] constexpr std::size_t size() const noexcept { return end_ - begin_; }
    [[nodiscard]] constexpr bool empty() const noexcept { return begin_ == end_; }
    /// The most bytes that can ever wait at once.
    [[nodiscard]] constexpr std::size_t limit() const noexcept { return grow_ != nullptr ? limit_ : storage_.size(); }
    /// Bytes that can be appended now. A growing queue counts what it may still grow by.
    [[nodiscard]] constexpr std::size_t free_space() const noexcept { return limit() - size(); }

    /// Drops the oldest `count` bytes: they were sent. `count` is at most `size()`.
    constexpr void consume(std::size_t count) noexcept
    {
        SOCKLESS_ASSERT(count <= size());
        begin_ += count;
        if (begin_ == end_)
            begin_ = end_ = 0;
    }

    constexpr void clear() noexcept { begin_ = end_ = 0; }

    /// Room for `count` bytes behind the last one, or an empty span if there is none; `commit` makes them part of the queue.
    ///
    /// returns   exactly `count` bytes inside the storage, valid until the next call that is not const; the caller writes them
    /// cost      O(1), or O(size()) when the bytes that wait have to move to the front of the storage or to larger storage
    [[nodiscard]] constexpr std::span<std::byte> prepare(std::size_t count) noexcept
    {
        if (count > storage_.size() - end_ && !make_room(count))
            return {};
        return storage_.subspan(end_).first(count); // two steps: one would ask whether `count` is npos
    }

    /// Appends the first `count` bytes that the last `prepare` returned.
    constexpr void commit(std::size_t count) noexcept
    {
        SOCKLESS_ASSERT(count <= storage_.size() - end_);
        end_ += count;
    }

    /// `prepare` and `commit` at once: the bytes are a part of the queue before the caller writes them. Faster for short pieces,
    /// for the end of the queue does not wait for what is written into it.
    ///
    /// returns   exactly `count` bytes, or an empty span if there is no room; nothing is changed then
    [[nodiscard]] constexpr std::span<std::byte> append_uninitialized(std::size_t count) noexcept
    {
        if constexpr (detail::optimize_size) {
            std::byte* const room = extend_by(count);
            return {room, room == nullptr ? 0 : count};
        }
        const std::span<std::byte> room = prepare(count);
        end_ += room.size();
        return room;
    }

    /// `extend` in less code.
    ///
    /// returns   where the bytes begin, or nullptr
    [[nodiscard]] SOCKLESS_ONCE constexpr std::byte* extend_by(std::size_t count) noexcept
    {
        if (count > storage_.size() - end_ && !make_room(count))
            return nullptr;
        end_ += count;
        return storage_.data() + end_ - count;
    }

    /// Appends a copy of all of `bytes`, or nothing at all.
    ///
    /// `bytes`   looked at during the call only; may not lie inside this queue
    /// returns   whether they fitted
    /// cost      O(bytes.size()), and that of `prepare`
    [[nodiscard]] constexpr bool append(std::span<const std::byte> bytes) noexcept
    {
        const std::span<std::byte> room = append_uninitialized(bytes.size());
        if (room.size() != bytes.size())
            return false;
        copy_bytes(bytes, room);
        return true;
    }

    /// The same for characters, of which the handshake is made.
    [[nodiscard]] constexpr bool append(std::string_view text) noexcept
    {
        const std::span<std::byte> room = append_uninitialized(text.size());
        if (room.size() != text.size())
            return false;
        copy_bytes(text, room);
        return true;
    }

    /// Takes the last `count` bytes back, for a writer that finds out half-way that it cannot finish.
    constexpr void rollback(std::size_t count) noexcept
    {
        SOCKLESS_ASSERT(count <= size());
        end_ -= count;
    }

protected:
    /// Gives `queue` storage of at least `size() + count` bytes, or returns false and changes nothing.
    using grow_function = bool (*)(byte_queue& queue, std::size_t count) noexcept;

    constexpr byte_queue(std::span<std::byte> storage, grow_function grow, std::size_t limit) noexcept
        : storage_{storage}, grow_{grow}, limit_{limit}
    {
    }

    [[nodiscard]] constexpr std::span<std::byte> storage() const noexcept { return storage_; }
    /// Moves what waits to the front of `storage`, which has room for it.
    constexpr void move_to(std::span<std::byte> storage) noexcept
    {
        const std::span<const std::byte> waiting = data();
        copy_bytes(waiting, storage);
        end_ = waiting.size();
        begin_ = 0;
        storage_ = storage;
    }

private:
    constexpr bool make_room(std::size_t count) noexcept
    {
        if (count > storage_.size() - size())
            return grow_ != nullptr && count <= free_space() && grow_(*this, count);
        move_to(storage_);
        return true;
    }

    std::span<std::byte> storage_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    grow_function grow_ = nullptr;
    std::size_t limit_ = 0;
};

namespace detail {

template <std::size_t Capacity>
struct byte_storage {
    std::array<std::byte, Capacity> bytes{};
};

} // namespace detail

/// A queue that brings `Capacity` bytes of its own.
template <std::size_t Capacity>
class static_byte_queue : private detail::byte_storage<Capacity>, public byte_queue {
public:
    constexpr static_byte_queue() noexcept : byte_queue{std::span<std::byte>{this->bytes}} {}
};

} // namespace sockless::inline SOCKLESS_ABI
