// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file turns storage of the caller into a first-in, first-out queue of bytes: the output that is not sent yet.
#pragma once

#include "../config.hpp"
#include "byte_view.hpp"
#include "copy.hpp"

#include <array>
#include <cstddef>
#include <span>

namespace sockless::inline SOCKLESS_ABI {

/// A first-in, first-out queue of bytes over storage of the caller: all output of the library is appended to one.
///
/// The bytes are contiguous, so that one `send()` can take all of them. The storage belongs to the caller and outlives the
/// queue. Not copyable: two queues over one storage would contradict each other.
class byte_queue {
public:
    /// Starts empty.
    ///
    /// @param storage  belongs to the caller and outlives the queue; its size is the capacity
    explicit constexpr byte_queue(byte_span storage) noexcept : storage_{storage} {}
    byte_queue(const byte_queue&) = delete;
    byte_queue& operator=(const byte_queue&) = delete;

    /// Returns the bytes in the queue, oldest first. Valid until the next call that is not const.
    [[nodiscard]] constexpr std::span<const std::byte> data() const noexcept
    {
        return storage_.subspan(begin_).first(size());
    }
    /// Returns the same bytes, which may be changed in place.
    [[nodiscard]] constexpr std::span<std::byte> data() noexcept { return storage_.subspan(begin_).first(size()); }
    /// Returns the number of bytes in the queue.
    [[nodiscard]] constexpr std::size_t size() const noexcept { return end_ - begin_; }
    /// Returns whether there are no bytes in the queue.
    [[nodiscard]] constexpr bool empty() const noexcept { return begin_ == end_; }
    /// Returns the largest number of bytes that the queue can hold.
    [[nodiscard]] constexpr std::size_t limit() const noexcept { return grow_ != nullptr ? limit_ : storage_.size(); }
    /// Returns how many bytes can be appended now, in one call or in several. A growing queue counts the storage that it may
    /// still allocate.
    ///
    /// In a queue of more than 4 KiB the storage before the oldest byte does not count until it is an eighth of all: to move the
    /// bytes for less would cost more than to append and to consume them.
    [[nodiscard]] constexpr std::size_t free_space() const noexcept
    {
        const bool all = storage_.size() < limit() || can_move();
        return limit() - (all ? size() : end_);
    }

    /// Removes the oldest @p count bytes: they were sent.
    ///
    /// @param count  in bytes; nothing is removed if it is more than `size()`, such as the -1 of a failed `send`
    /// @pre `count <= size()`
    constexpr void consume(std::size_t count) noexcept
    {
        SOCKLESS_ASSERT(count <= size());
        if (count < size())
            begin_ += count;
        else if (count == size())
            clear();
    }

    /// Removes all bytes.
    constexpr void clear() noexcept { begin_ = end_ = 0; }

    /// Makes room for @p count bytes after the last one. `commit` makes them part of the queue once they are written.
    ///
    /// @param count  in bytes
    /// @return exactly @p count bytes of the storage, valid until the next call that is not const; empty if there is no room
    /// @par Complexity  amortised O(1): the bytes in the queue are moved if there are few of them, or if an eighth as many have
    ///                  been consumed since the last time
    [[nodiscard]] constexpr std::span<std::byte> prepare(std::size_t count) noexcept
    {
        if (count > storage_.size() - end_ && !make_room(count))
            return {};
        return storage_.subspan(end_).first(count); // two steps: one would compare `count` with npos
    }

    /// Appends the first @p count bytes that the last `prepare` returned.
    ///
    /// @param count  in bytes; nothing is appended if the storage does not have them
    /// @pre `count` is not more than was prepared
    constexpr void commit(std::size_t count) noexcept
    {
        SOCKLESS_ASSERT(count <= storage_.size() - end_);
        if (count <= storage_.size() - end_)
            end_ += count;
    }

    /// `prepare` and `commit` in one call: the bytes are part of the queue before the caller writes them. Faster for short
    /// output, because the end of the queue does not depend on what is written.
    ///
    /// @param count  in bytes
    /// @return exactly @p count bytes of the storage, all of which the caller writes; empty if there is no room, and nothing
    ///         is changed then
    /// @par Complexity  as `prepare`
    [[nodiscard]] constexpr std::span<std::byte> append_uninitialized(std::size_t count) noexcept
    {
        if constexpr (detail::optimize_size) { // one function for all callers, which returns one register
            std::byte* const room = extend(count);
            return {room, room == nullptr ? 0 : count};
        }
        const std::span<std::byte> room = prepare(count);
        end_ += room.size();
        return room;
    }

    /// Appends a copy of all of @p bytes, or nothing at all.
    ///
    /// @param bytes  bytes or text; read during the call only; not inside this queue
    /// @return whether there was room
    /// @par Complexity  O(bytes.size()), and that of `prepare`
    [[nodiscard]] constexpr bool append(byte_view bytes) noexcept
    {
        const std::span<std::byte> room = append_uninitialized(bytes.size());
        if (room.size() != bytes.size())
            return false;
        detail::copy_bytes(bytes, room);
        return true;
    }

    /// Releases the memory that the bytes in a growing queue do not need. Invalidates `data()`. Changes nothing if the storage is fixed,
    /// or if the bytes have to be moved and there is no memory for them.
    constexpr void shrink() noexcept
    {
        if (grow_ != nullptr)
            static_cast<void>(grow_(*this, 0));
    }

    /// Removes the last @p count bytes, for a writer that cannot complete what it has begun.
    ///
    /// @pre `count <= size()`
    constexpr void rollback(std::size_t count) noexcept
    {
        SOCKLESS_ASSERT(count <= size());
        end_ -= count;
    }

protected:
    /// Gives `queue` storage of at least `size() + count` bytes, which is more than it has and not more than `limit()`, or
    /// returns false and changes nothing. With a `count` of 0 it releases the storage that no byte needs.
    using grow_function = bool (*)(byte_queue& queue, std::size_t count) noexcept;

    /// A queue that calls `grow` where `storage` is too small, up to `limit` bytes.
    constexpr byte_queue(std::span<std::byte> storage, grow_function grow, std::size_t limit) noexcept
        : storage_{storage}, grow_{grow}, limit_{limit}
    {
    }

    /// Returns the whole storage of the queue.
    [[nodiscard]] constexpr std::span<std::byte> storage() const noexcept { return storage_; }
    /// Moves the bytes in the queue to the front of `storage`, which has room for them.
    constexpr void move_to(std::span<std::byte> storage) noexcept
    {
        const std::span<const std::byte> queued = data();
        detail::copy_bytes(queued, storage);
        end_ = queued.size();
        begin_ = 0;
        storage_ = storage;
    }

    /// Returns the size of new storage: twice the present size, but at least 1 KiB and `needed`, and up to `limit`.
    [[nodiscard]] static constexpr std::size_t grown_capacity(std::size_t present, std::size_t needed,
                                                              std::size_t limit) noexcept
    {
        constexpr std::size_t first_capacity = 1024;
        std::size_t capacity = present > limit / 2 ? limit : present * 2;
        capacity = capacity > first_capacity ? capacity : first_capacity;
        capacity = capacity < limit ? capacity : limit;
        return capacity > needed ? capacity : needed;
    }
    /// Uses other storage, in which the bytes in the queue are at their present addresses and the first of them is at the front.
    constexpr void extend_to(std::span<std::byte> storage) noexcept
    {
        SOCKLESS_ASSERT(data().data() == storage.data() && size() <= storage.size());
        end_ = size();
        begin_ = 0;
        storage_ = storage;
    }

private:
    /// Returns the address of `count` new bytes at the end, or nullptr if there is no room.
    constexpr std::byte* extend(std::size_t count) noexcept
    {
        if (count > storage_.size() - end_ && !make_room(count))
            return nullptr;
        end_ += count;
        return storage_.data() + end_ - count;
    }

    /// Moving the bytes to the front costs no more than a constant, and a constant for each byte that was consumed.
    [[nodiscard]] constexpr bool can_move() const noexcept { return begin_ + 512 >= storage_.size() / 8; }

    constexpr bool make_room(std::size_t count) noexcept
    {
        if (count > storage_.size() - size() || !can_move())
            return grow_ != nullptr && grow_(*this, count);
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

/// A queue with storage of its own.
///
/// @tparam Capacity  the size of that storage in bytes
template <std::size_t Capacity>
class static_byte_queue : private detail::byte_storage<Capacity>, public byte_queue {
public:
    /// Starts empty.
    constexpr static_byte_queue() noexcept : byte_queue{std::span<std::byte>{this->bytes}} {}
};

} // namespace sockless::inline SOCKLESS_ABI
