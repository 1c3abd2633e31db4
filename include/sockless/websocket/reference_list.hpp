// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Prepared messages in a queue: references to them are among its bytes, at the place of their frames.
#pragma once

#include "../bytes/copy.hpp"
#include "../config.hpp"
#include "../frame/frame_header.hpp"
#include "../message/prepared_message.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace sockless::inline SOCKLESS_ABI::detail {

/// Returns the number of bytes of the extended payload length of a valid frame.
[[nodiscard]] inline std::size_t extended_length_size(std::span<const std::byte> frame) noexcept
{
    const unsigned length = std::to_integer<unsigned>(frame[1]) & wire::length;
    return length < wire::length_16 ? 0 : length == wire::length_16 ? 2 : 8;
}
/// Returns the size of the header of a valid frame.
[[nodiscard]] inline std::size_t written_header_size(std::span<const std::byte> frame) noexcept
{
    const bool masked = (std::to_integer<unsigned>(frame[1]) & wire::mask) != 0;
    return 2 + extended_length_size(frame) + (masked ? 4 : 0);
}
/// Returns the size of the payload of a whole frame.
[[nodiscard]] inline std::size_t payload_size(std::span<const std::byte> frame) noexcept
{
    return frame.size() - written_header_size(frame);
}

/// The references in a range of bytes, which the caller passes to each call and may move.
class reference_list {
    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    struct reference {
        const std::byte* data = nullptr; ///< of the frame, as far as it was not written
        std::size_t size = 0;
        prepared_message* message = nullptr;
        std::size_t next = none; ///< bytes between this reference and the next one
    };

public:
    /// What a reference needs in the range.
    static constexpr std::size_t reference_size = sizeof(reference);

    [[nodiscard]] constexpr bool empty() const noexcept { return first_ == none; }
    /// Returns how much longer the frames are than the references to them, modulo 2^n.
    [[nodiscard]] constexpr std::size_t excess() const noexcept { return excess_; }

    /// Adds a reference, for which there is room at the end of @p bytes.
    void append(std::span<std::byte> bytes, prepared_message& message, std::span<const std::byte> frame) noexcept
    {
        const std::size_t position = bytes.size() - reference_size;
        store(bytes, position, {frame.data(), frame.size(), &message, none});
        if (empty()) {
            first_ = position;
        } else {
            reference before = load(bytes, last_);
            before.next = position - last_ - reference_size;
            store(bytes, last_, before);
        }
        last_ = position;
        excess_ += frame.size() - reference_size;
        message.retain();
    }
    /// Removes all references from the list; @p bytes remain.
    constexpr void release(std::span<const std::byte> bytes) noexcept
    {
        const std::size_t first = first_;
        clear();
        for (std::size_t at = first; at != none;) {
            const reference one = load(bytes, at);
            at = one.next == none ? none : at + reference_size + one.next;
            one.message->release();
        }
    }
    /// Removes all references from @p bytes, and moves the bytes between them together.
    ///
    /// @pre no part of a frame was written
    /// @param[in,out] payload  the payload of the frames is subtracted
    /// @return how many bytes remain at the front
    std::size_t remove(std::span<std::byte> bytes, std::uint64_t& payload) noexcept
    {
        std::size_t size = empty() ? bytes.size() : first_;
        for (std::size_t at = first_; at != none;) {
            const reference one = load(bytes, at);
            at += reference_size;
            const std::span<std::byte> between =
                bytes.subspan(at).first(one.next == none ? bytes.size() - at : one.next);
            copy_bytes(between, bytes.subspan(size));
            size += between.size();
            at = one.next == none ? none : at + one.next;
            payload -= payload_size({one.data, one.size});
            one.message->release();
        }
        clear();
        return size;
    }
    /// Removes all references from the list without ending the use of their messages: another list has them.
    constexpr void clear() noexcept
    {
        if (!empty())
            *this = {};
    }

    /// Returns the front of @p bytes up to the first reference, or its frame if it is at the front.
    [[nodiscard]] constexpr std::span<const std::byte> segment(std::span<const std::byte> bytes) const noexcept
    {
        if (first_ != 0)
            return empty() ? bytes : bytes.first(first_);
        const reference front = load(bytes, 0);
        return {front.data, front.size};
    }
    /// Writes all segments of @p bytes, as far as there is room, to the front of @p out.
    [[nodiscard]] constexpr std::size_t segments(std::span<const std::byte> bytes,
                                                 std::span<std::span<const std::byte>> out) const noexcept
    {
        std::size_t next = first_;
        std::size_t count = 0;
        for (; count < out.size() && !bytes.empty(); ++count)
            out[count] = take_segment(bytes, next);
        return count;
    }
    /// Returns whether the first @p count bytes that are to be written end within a segment of @p bytes.
    ///
    /// @pre there are so many
    [[nodiscard]] SOCKLESS_COLD bool ends_within_segment(std::span<const std::byte> bytes,
                                                         std::size_t count) const noexcept
    {
        std::size_t next = first_;
        while (count != 0) {
            const std::size_t size = take_segment(bytes, next).size();
            if (count < size)
                return true;
            count -= size;
        }
        return false;
    }
    /// Removes the first @p count bytes that are to be written, and ends the use of messages that have been written.
    ///
    /// @param[in,out] bytes  from its front
    SOCKLESS_COLD void consume(std::span<std::byte>& bytes, std::size_t count) noexcept
    {
        while (count != 0) {
            const std::size_t size = segment(bytes).size();
            const std::size_t step = count < size ? count : size;
            count -= step;
            if (first_ != 0) {
                bytes = bytes.subspan(step);
                first_ -= empty() ? 0 : step;
                continue;
            }
            reference front = load(bytes, 0);
            front.data += step;
            front.size -= step;
            excess_ -= step;
            store(bytes, 0, front);
            if (front.size == 0) {
                bytes = bytes.subspan(reference_size);
                excess_ += reference_size;
                first_ = front.next;
                front.message->release();
            }
        }
    }

private:
    /// Removes the first segment from @p bytes.
    ///
    /// @param[in,out] next  the bytes before the next reference
    [[nodiscard]] static constexpr std::span<const std::byte> take_segment(std::span<const std::byte>& bytes,
                                                                           std::size_t& next) noexcept
    {
        if (next == 0) {
            const reference front = load(bytes, 0);
            bytes = bytes.subspan(reference_size);
            next = front.next;
            return {front.data, front.size};
        }
        const std::span<const std::byte> segment = next == none ? bytes : bytes.first(next);
        bytes = bytes.subspan(segment.size());
        next = next == none ? none : 0;
        return segment;
    }
    /// Copies, because a reference may have any address. What `store` has written there is within the bytes.
    static reference load(std::span<const std::byte> bytes, std::size_t position) noexcept
    {
        reference result;
        std::memcpy(&result, bytes.data() + position, reference_size);
        return result;
    }
    static void store(std::span<std::byte> bytes, std::size_t position, const reference& value) noexcept
    {
        SOCKLESS_ASSERT(position <= bytes.size() && bytes.size() - position >= reference_size);
        std::memcpy(bytes.data() + position, &value, reference_size);
    }

    std::size_t first_ = none; ///< position of the first reference
    std::size_t last_ = none;  ///< position of the last one; of a list from which nothing was consumed
    std::size_t excess_ = 0;
};

} // namespace sockless::inline SOCKLESS_ABI::detail
