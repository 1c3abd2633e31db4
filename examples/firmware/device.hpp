// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Code shared by both devices. It is independent of the transport: UART, lwIP or a modem.
#pragma once

#include <sockless/sockless.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace firmware {

/// Capacity of the output queue. No input is processed while it has less space than one reply may need.
inline constexpr std::size_t output_capacity = 512;
inline constexpr std::size_t reserved_for_reply = 96;

/// @return the front part of @p in whose reply fits; a fragment is echoed with its own size plus a header
inline std::span<std::byte> processable(std::span<std::byte> in, const sockless::byte_queue& tx) noexcept
{
    const std::size_t room = tx.free_space() > reserved_for_reply ? tx.free_space() - reserved_for_reply : 0;
    return in.first(in.size() < room ? in.size() : room);
}

/// Calls @p poll with the input whose reply fits, and advances @p in by the bytes that were consumed.
template <class Poll>
auto poll_processable(std::span<std::byte>& in, const sockless::byte_queue& tx, Poll poll) noexcept
{
    std::span<std::byte> part = processable(in, tx);
    const std::size_t size = part.size();
    const auto result = poll(part);
    in = in.subspan(size - part.size());
    return result;
}

/// Echoes a fragment in a frame of its own, so that messages of any length pass through a small buffer.
template <class Connection>
sockless::error echo(Connection& connection, sockless::byte_queue& tx, const sockless::event& piece) noexcept
{
    if (piece.first()) {
        if (const sockless::error e = connection.begin_message(piece.type()); failed(e))
            return e;
    }
    return piece.last() ? connection.end_message(tx, piece.payload()) : connection.send_fragment(tx, piece.payload());
}

/// A line of text in fixed storage; excess characters are discarded.
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
