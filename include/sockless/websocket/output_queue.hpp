// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The output of a `websocket`: a queue whose oldest bytes keep their address and their content while they are being written.
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../bytes/byte_view.hpp"
#include "../config.hpp"
#include "../message/prepared_message.hpp"
#include "reference_list.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace sockless::inline SOCKLESS_ABI {

/// A byte queue that can lend its oldest bytes to a write that takes time: asynchronous I/O, a repeated write of TLS, io_uring.
///
/// `lend` takes what is queued; what is appended meanwhile is stored elsewhere in the same storage, or in new storage if the queue
/// can grow. `data()`, `size()`, `empty()`, `consume()` and `clear()` of the base refer to the bytes that are not lent.
///
/// Between the bytes there may be references to prepared messages, which need `reference_size` bytes of the storage each. From the
/// first one to `clear` or the next `lend`, `data()` and `size()` contain them, and nothing may be consumed.
///
/// In storage of fixed size a part may be unusable while bytes are lent: it has to be contiguous. Everything that fits into
/// `limit()` bytes fits into an empty queue.
class output_queue : public byte_queue {
public:
    /// Constructs an empty queue.
    ///
    /// @param storage  belongs to the caller and outlives the queue; its size is the capacity
    explicit constexpr output_queue(byte_span storage) noexcept
        : byte_queue{storage, &make_room, storage.size()}, block_{storage}
    {
    }

    /// Releases the prepared messages that are in the queue.
    constexpr ~output_queue() { release(); }

    /// What a reference to a prepared message needs of the storage, in bytes.
    static constexpr std::size_t reference_size = detail::reference_list::reference_size;

    /// Appends a frame of a prepared message by reference: it is not copied, and @p message is in use until it was written or removed.
    ///
    /// @param message  outlives its use; a client's connection cannot send it
    /// @param frame    what `connection::prepared_frame` or `message.frame` returned
    /// @return whether there was room for the reference
    /// @pre `frame` is not empty
    /// @par Complexity that of `append` of `reference_size` bytes
    [[nodiscard]] bool append_reference(prepared_message& message, std::span<const std::byte> frame) noexcept
    {
        SOCKLESS_ASSERT(!frame.empty());
        if (frame.empty() || append_uninitialized(reference_size).empty())
            return false;
        with_references_ = &with_references;
        references_.append(queued(), message, frame);
        return true;
    }

    /// Returns the oldest bytes. If none are lent, all bytes in the queue become lent.
    ///
    /// @return empty if there are none; else the same bytes at the same addresses in every call, until `written`, whatever is
    ///         appended or cleared. After a prepared message, or before it, further bytes may be lent
    [[nodiscard]] constexpr std::span<const std::byte> lend() noexcept
    {
        if (discarded_)
            return {};
        if (lent_.empty() && !empty()) {
            lent_ = queued();
            lent_block_ = block_;
            if (!references_.empty())
                lent_references_ = references_;
            references_.clear();
            byte_queue::clear();
            move_to(block_.subspan(position_of_lent() + lent_.size()));
        }
        return lent();
    }
    /// Returns the oldest of the bytes that are lent, as far as they are contiguous; none if `lend` was not called since they were
    /// written.
    [[nodiscard]] constexpr std::span<const std::byte> lent() const noexcept { return lent_references_.segment(lent_); }
    /// Returns the bytes that are lent, in order: the first of them is `lent()`.
    ///
    /// @param[out] segments  written from the front
    /// @return the front of @p segments; all of it if there are more
    constexpr std::span<std::span<const std::byte>> lent(std::span<std::span<const std::byte>> segments) const noexcept
    {
        return segments.first(lent_references_.segments(lent_, segments));
    }
    /// Returns whether a write of only the first @p count lent bytes shows that the transport is full: it wrote nothing, or a part of a
    /// segment.
    ///
    /// @pre `count <= lent_size()`
    [[nodiscard]] constexpr bool is_partial(std::size_t count) const noexcept
    {
        if (lent_references_.empty())
            return count < lent_.size();
        return count == 0 || with_references_->ends_within_segment(*this, count);
    }
    /// Returns the number of bytes that are lent.
    [[nodiscard]] constexpr std::size_t lent_size() const noexcept { return lent_.size() + lent_references_.excess(); }
    /// Removes all bytes that are not lent.
    constexpr void clear() noexcept
    {
        if (!references_.empty())
            with_references_->clear(*this);
        byte_queue::clear();
    }
    /// Removes the references that are not lent.
    ///
    /// @param[in,out] payload  the payload of their frames is subtracted
    void remove_references(std::uint64_t& payload) noexcept
    {
        const std::size_t before = size();
        rollback(before - references_.remove(queued(), payload));
    }
    /// Discards all bytes: none is to be written any more. A write of lent bytes that is in progress may still end.
    constexpr void discard() noexcept
    {
        clear();
        discarded_ = true;
    }
    /// Removes all bytes, also those that are lent.
    ///
    /// @pre no write of lent bytes is in progress
    constexpr void reset() noexcept
    {
        release();
        byte_queue::clear();
        discarded_ = false;
        lent_ = {};
        free_lent_block();
        move_to(block_);
    }
    /// Returns the number of bytes that are to be written, lent or not, with all bytes of prepared messages.
    [[nodiscard]] constexpr std::size_t unwritten() const noexcept
    {
        return discarded_ ? 0 : lent_size() + size() + references_.excess();
    }
    /// Returns how many bytes can be appended, if the storage grows or they are contiguous there.
    [[nodiscard]] constexpr std::size_t free_space() const noexcept { return limit() - size() - lent_.size(); }

    /// Returns whether an append of this size finds room, unless memory cannot be allocated.
    [[nodiscard]] constexpr bool has_room(std::size_t count) const noexcept
    {
        if (free_ != nullptr)
            return count <= free_space();
        const std::size_t before = lent_in_block() ? position_of_lent() : block_.size();
        const std::size_t largest = before < storage().size() ? storage().size() : before;
        return count <= largest - size();
    }

    /// Removes the first @p count of the lent bytes: they were written.
    ///
    /// @param count  in bytes; nothing is removed if it is more than are lent, such as the -1 of a failed write
    /// @return whether it was not more than are lent
    constexpr bool written(std::size_t count) noexcept
    {
        if (count > lent_size())
            return false;
        if (lent_references_.empty())
            lent_ = lent_.subspan(count);
        else
            with_references_->consume(*this, count);
        if (!lent_.empty())
            return true;
        free_lent_block();
        if (empty())
            move_to(block_);
        return true;
    }

protected:
    /// Returns new storage of at least @p size bytes; an empty span if there is none.
    using allocate_function = std::span<std::byte> (*)(std::size_t size) noexcept;
    /// Releases storage that the queue owns.
    using free_function = void (*)(std::span<std::byte> storage) noexcept;

    /// A queue that allocates its storage, up to @p limit bytes.
    constexpr output_queue(allocate_function allocate, free_function free, std::size_t limit) noexcept
        : byte_queue{{}, &grow, limit}, allocate_{allocate}, free_{free}
    {
    }

    /// Returns the size of all storage.
    [[nodiscard]] constexpr std::size_t capacity() const noexcept
    {
        return block_.size() + (lent_in_block() ? 0 : lent_block_.size());
    }
    /// Frees all storage, for the destructor of a queue that allocates.
    constexpr void free_storage() noexcept
    {
        reset();
        use_block({});
    }

private:
    /// Functions that only a queue with references calls: a program that never appends one contains none of them.
    struct reference_functions {
        void (*clear)(output_queue& queue) noexcept;
        void (*consume)(output_queue& queue, std::size_t count) noexcept;
        bool (*ends_within_segment)(const output_queue& queue, std::size_t count) noexcept;
    };
    static void clear_references(output_queue& queue) noexcept { queue.references_.release(queue.queued()); }
    static void consume_references(output_queue& queue, std::size_t count) noexcept
    {
        queue.lent_references_.consume(queue.lent_, count);
    }
    static bool ends_within_segment(const output_queue& queue, std::size_t count) noexcept
    {
        return queue.lent_references_.ends_within_segment(queue.lent_, count);
    }
    static constexpr reference_functions with_references{&clear_references, &consume_references, &ends_within_segment};

    /// Releases all messages.
    constexpr void release() noexcept
    {
        if (!lent_references_.empty())
            with_references_->consume(*this, lent_size());
        if (!references_.empty())
            with_references_->clear(*this);
    }
    /// Returns `data()`, for writing.
    [[nodiscard]] constexpr std::span<std::byte> queued() const noexcept
    {
        return storage().subspan(static_cast<std::size_t>(data().data() - storage().data()), size());
    }
    [[nodiscard]] constexpr bool lent_in_block() const noexcept
    {
        return !lent_.empty() && lent_block_.data() == block_.data();
    }
    /// Returns where the lent bytes begin in their block.
    [[nodiscard]] constexpr std::size_t position_of_lent() const noexcept
    {
        return static_cast<std::size_t>(lent_.data() - lent_block_.data());
    }

    /// Makes room after the bytes that are not lent: before the lent bytes. Bytes that were moved before them need not be moved again: the
    /// storage after them, which was too small for fewer bytes, stays as it is.
    static constexpr bool make_room(byte_queue& queue, std::size_t count) noexcept
    {
        auto& self = static_cast<output_queue&>(queue);
        const std::size_t before = self.lent_in_block() ? self.position_of_lent() : self.block_.size();
        if (count == 0)
            return true;
        if (before < self.size() || count > before - self.size())
            return false;
        self.use_front(self.block_.first(before));
        return true;
    }
    /// The same of a queue that allocates: before the lent bytes, or in a new block.
    static constexpr bool grow(byte_queue& queue, std::size_t count) noexcept
    {
        auto& self = static_cast<output_queue&>(queue);
        if (count == 0)
            return self.shrink_storage();
        if (count > self.free_space())
            return false;
        const std::size_t capacity =
            grown_capacity(self.block_.size(), self.size() + count, self.limit() - self.lent_.size());
        return make_room(queue, count) || self.use_new_block(capacity);
    }
    /// Frees the storage that no byte needs, of a queue that allocates. Lent bytes stay where they are.
    ///
    /// @return false if the bytes have to be moved and there is no memory for them
    constexpr bool shrink_storage() noexcept
    {
        if (lent_in_block() || size() == block_.size())
            return true;
        if (!empty())
            return use_new_block(size());
        use_block({});
        return true;
    }
    constexpr bool use_new_block(std::size_t capacity) noexcept
    {
        const std::span<std::byte> fresh = allocate_(capacity);
        if (fresh.empty())
            return false;
        use_block(fresh);
        return true;
    }
    /// Moves the bytes that are not lent to the front of the block, unless they are there.
    constexpr void use_front(std::span<std::byte> front) noexcept
    {
        if (data().data() == front.data())
            extend_to(front);
        else
            move_to(front);
    }
    /// Moves the bytes that are not lent to another block.
    constexpr void use_block(std::span<std::byte> other) noexcept
    {
        move_to(other);
        if (!lent_in_block())
            free_(block_);
        block_ = other;
    }
    constexpr void free_lent_block() noexcept
    {
        if (free_ != nullptr && lent_block_.data() != block_.data())
            free_(lent_block_);
        lent_block_ = {};
    }

    std::span<std::byte> block_;        ///< the storage
    std::span<std::byte> lent_{};       ///< in the same storage or in `lent_block_`
    std::span<std::byte> lent_block_{}; ///< the storage of `lent_`
    allocate_function allocate_ = nullptr;
    free_function free_ = nullptr;
    detail::reference_list references_{};      ///< in the bytes that are not lent
    detail::reference_list lent_references_{}; ///< and in those that are
    const reference_functions* with_references_ = nullptr;
    bool discarded_ = false;
};

/// An output queue with storage of its own.
///
/// @tparam Capacity  the size of that storage in bytes
template <std::size_t Capacity>
class static_output_queue : private detail::byte_storage<Capacity>, public output_queue {
public:
    /// Constructs an empty queue.
    constexpr static_output_queue() noexcept : output_queue{std::span<std::byte>{this->bytes}} {}
};

} // namespace sockless::inline SOCKLESS_ABI
