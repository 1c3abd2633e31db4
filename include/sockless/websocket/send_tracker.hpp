// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file counts the payload that waits to be sent, while the queue that it waits in knows only bytes.
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../config.hpp"
#include "../core/opcode.hpp"
#include "../core/role.hpp"
#include "../frame/frame_header.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace sockless::inline SOCKLESS_ABI::detail {

/// Follows the frames as they leave a queue that holds text at first, a request or a response, and whole frames behind it.
class send_tracker {
public:
    /// Payload bytes of messages that are in the queue.
    [[nodiscard]] constexpr std::uint64_t waiting() const noexcept { return waiting_; }
    /// A whole close frame has left.
    [[nodiscard]] constexpr bool close_left() const noexcept { return close_left_; }

    /// What is in `queue` is text, and frames follow.
    constexpr void begin(const byte_queue& queue) noexcept
    {
        head_left_ = queue.size();
        in_frames_ = true;
    }
    /// The bytes of `queue` from `begin` on are one new frame with a message's payload.
    constexpr void add(const byte_queue& queue, std::size_t begin) noexcept
    {
        waiting_ += read(queue.data().subspan(begin)).header.payload_length;
    }

    /// Takes `count` bytes out of `queue`. They hold whatever they hold: a part of a frame, or many.
    ///
    /// cost      O(frames that begin or end among them)
    constexpr void consume(byte_queue& queue, std::size_t count) noexcept
    {
        SOCKLESS_ASSERT(count <= queue.size());
        if (in_frames_)
            follow(queue.data(), count);
        queue.consume(count);
    }

private:
    /// The first `count` bytes of `bytes` are leaving.
    constexpr void follow(std::span<const std::byte> bytes, std::size_t count) noexcept
    {
        std::size_t done = smaller(count, head_left_);
        head_left_ -= done;
        while (done < count) {
            if (header_left_ == 0 && payload_left_ == 0)
                begin_frame(bytes.subspan(done)); // all of its header is there: frames are appended whole
            std::size_t step = smaller(count - done, header_left_);
            header_left_ -= step;
            done += step;
            step = smaller(count - done, payload_left_);
            payload_left_ -= step;
            waiting_ -= is_control(type_) ? 0 : step;
            done += step;
            close_left_ = close_left_ || (type_ == opcode::close && header_left_ + payload_left_ == 0);
        }
    }

    /// One of our own frames: whatever the rules allow to stand there.
    static constexpr decoded_header read(std::span<const std::byte> frame) noexcept
    {
        const auto first = std::to_integer<std::uint8_t>(frame[0]);
        const auto second = std::to_integer<std::uint8_t>(frame[1]);
        const bool continues = static_cast<opcode>(first & wire::opcode) == opcode::continuation;
        const role receiver = (second & wire::mask) != 0 ? role::server : role::client;
        const decoded_header result = decode_header(frame, {receiver, continues, wire::rsv});
        SOCKLESS_ASSERT(result.size != 0);
        return result;
    }

    constexpr void begin_frame(std::span<const std::byte> frame) noexcept
    {
        const decoded_header decoded = read(frame);
        header_left_ = decoded.size;
        payload_left_ = static_cast<std::size_t>(decoded.header.payload_length);
        type_ = decoded.header.op;
    }

    static constexpr std::size_t smaller(std::size_t a, std::size_t b) noexcept { return a < b ? a : b; }

    std::uint64_t waiting_ = 0;
    std::size_t head_left_ = 0;
    std::size_t header_left_ = 0; ///< of the frame that is leaving
    std::size_t payload_left_ = 0;
    opcode type_ = opcode::continuation;
    bool in_frames_ = false;
    bool close_left_ = false;
};

} // namespace sockless::inline SOCKLESS_ABI::detail
