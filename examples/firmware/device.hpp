// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is what both devices share. Neither knows what carries its bytes: a UART, lwIP, a modem.
#pragma once

#include <sockless/sockless.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace firmware {

/// All that waits to be sent. Nothing is received while there is less room in it than one answer may need.
inline constexpr std::size_t output_bytes = 512;
inline constexpr std::size_t room_for_answer = 96;

/// As much of `in` as can be answered now. What comes back of a piece is as long as the piece, and its header.
inline std::span<std::byte> answerable(std::span<std::byte> in, const sockless::byte_queue& tx) noexcept
{
    const std::size_t room = tx.free_space() > room_for_answer ? tx.free_space() - room_for_answer : 0;
    return in.first(in.size() < room ? in.size() : room);
}

/// Polls with what can be answered now, and moves `in` by what was eaten.
template <class Poll>
auto poll_answerable(std::span<std::byte>& in, const sockless::byte_queue& tx, Poll poll) noexcept
{
    std::span<std::byte> part = answerable(in, tx);
    const std::size_t size = part.size();
    const auto result = poll(part);
    in = in.subspan(size - part.size());
    return result;
}

/// Sends a piece of a message back in a frame of its own: a message of any length passes through a small buffer.
template <class Connection>
sockless::error send_back(Connection& connection, sockless::byte_queue& tx, const sockless::event& piece) noexcept
{
    if (piece.first()) {
        if (const sockless::error e = connection.begin_message(piece.type()); failed(e))
            return e;
    }
    return piece.last() ? connection.end_message(tx, piece.payload()) : connection.send_fragment(tx, piece.payload());
}

/// A line of text in fixed memory; what does not fit is left out.
class line {
public:
    line& add(std::string_view text) noexcept
    {
        for (const char c : text)
            if (size_ < text_.size())
                text_[size_++] = c;
        return *this;
    }
    line& add(std::uint32_t number) noexcept
    {
        std::array<char, 10> digits{};
        std::size_t begin = digits.size();
        do {
            digits[--begin] = static_cast<char>('0' + number % 10);
            number /= 10;
        } while (number != 0);
        return add(std::string_view{digits.data() + begin, digits.size() - begin});
    }
    [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), size_}; }

private:
    std::array<char, 64> text_{};
    std::size_t size_ = 0;
};

} // namespace firmware
