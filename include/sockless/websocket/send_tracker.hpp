// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Counts the payload of messages in a queue that contains bytes of frames.
#pragma once

#include "../config.hpp"
#include "../core/opcode.hpp"
#include "../core/role.hpp"
#include "../frame/frame_header.hpp"
#include "output_queue.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace sockless::inline SOCKLESS_ABI::detail {

/// Follows the frames that leave a queue. The queue begins with text, a request or a response; whole frames follow it.
///
/// The payload is counted where it is known: when a message is added, and when all lent bytes have been written. Frames are
/// decoded only after a write of a part.
class send_tracker {
public:
    constexpr send_tracker() noexcept {} // NOLINT: with a default one the object would be cleared before
    /// Payload bytes of messages in the queue.
    [[nodiscard]] std::uint64_t buffered() const noexcept { return lent_ + queued_; }
    /// A whole close frame has been sent.
    [[nodiscard]] bool close_sent() const noexcept { return close_sent_; }

    /// The present content of @p queue is text, and frames follow.
    void begin(const output_queue& queue) noexcept
    {
        head_left_ = queue.unwritten();
        in_frames_ = true;
    }
    /// Adds the payload of a frame that was appended to the queue: a part of a message, after encoding.
    void add(std::uint64_t payload) noexcept { queued_ += payload; }

    /// Removes the prepared messages of @p queue that are not lent.
    void discard_prepared(output_queue& queue) noexcept { queue.remove_references(queued_); }

    /// Returns the oldest bytes of @p queue, which become lent.
    ///
    /// @param close_queued  a close frame has been appended, at any time
    std::span<const std::byte> lend(output_queue& queue, bool close_queued) noexcept
    {
        if (queue.lent().empty()) {
            lent_ += queued_;
            queued_ = 0;
            close_lent_ = close_queued;
        }
        return queue.lend();
    }

    /// Removes @p count lent bytes from @p queue, parts of frames or many frames.
    ///
    /// @pre not more than are lent
    /// @par Complexity O(1) if all are written, else O(frames that begin or end in them)
    void written(output_queue& queue, std::size_t count) noexcept
    {
        const std::size_t size = queue.lent_size();
        if (count < size) {
            if (in_frames_)
                return follow(queue, count);
        } else if (count != 0) {
            head_left_ -= smaller(count, head_left_);
            header_left_ = payload_left_ = 0;
            lent_ = 0;
            close_sent_ = close_sent_ || close_lent_;
        }
        queue.written(count);
    }

private:
    /// Follows the first @p count of the lent bytes, and removes them. A prepared message is a segment of its own, and a whole frame.
    SOCKLESS_COLD void follow(output_queue& queue, std::size_t count) noexcept
    {
        while (count != 0) {
            const std::span<const std::byte> segment = queue.lent();
            const std::size_t step = smaller(count, segment.size());
            follow(segment, step);
            queue.written(step);
            count -= step;
        }
    }
    void follow(std::span<const std::byte> bytes, std::size_t count) noexcept
    {
        std::size_t done = smaller(count, head_left_);
        head_left_ -= done;
        while (done < count) {
            if (header_left_ == 0 && payload_left_ == 0)
                begin_frame(bytes.subspan(done)); // its header is complete: frames are appended whole
            std::size_t step = smaller(count - done, header_left_);
            header_left_ -= step;
            done += step;
            step = smaller(count - done, payload_left_);
            payload_left_ -= step;
            lent_ -= is_control(type_) ? 0 : step;
            done += step;
            close_sent_ = close_sent_ || (type_ == opcode::close && header_left_ + payload_left_ == 0);
        }
    }

    /// Reads the header of a frame that was written here: it is valid, and shorter than the address space.
    void begin_frame(std::span<const std::byte> frame) noexcept
    {
        header_left_ = written_header_size(frame);
        const std::size_t extended = extended_length_size(frame);
        payload_left_ = extended == 0 ? std::to_integer<std::size_t>(frame[1]) & wire::length : 0;
        for (std::size_t i = 0; i < extended; ++i)
            payload_left_ = payload_left_ << 8U | std::to_integer<std::size_t>(frame[2 + i]);
        type_ = static_cast<opcode>(std::to_integer<std::uint8_t>(frame[0]) & wire::opcode);
    }

    static constexpr std::size_t smaller(std::size_t a, std::size_t b) noexcept { return a < b ? a : b; }

    std::uint64_t lent_ = 0;      ///< payload of messages in the lent bytes
    std::uint64_t queued_ = 0;    ///< and in those that are not lent
    std::size_t head_left_ = 0;   ///< of the text before the frames
    std::size_t header_left_ = 0; ///< of the frame that is being sent
    std::size_t payload_left_ = 0;
    opcode type_ = opcode::continuation;
    bool in_frames_ = false;
    bool close_lent_ = false; ///< the last of the lent bytes are sent after the close frame, or are its end
    bool close_sent_ = false;
};

} // namespace sockless::inline SOCKLESS_ABI::detail
