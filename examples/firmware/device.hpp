// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Code shared by the devices. It is independent of the transport: UART, lwIP or a modem.
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

/// The pages that may use a server device, besides clients that are no browsers: any page can connect a browser to a device in the same
/// network (RFC 6455 10.2). They are never taken from the request: after DNS rebinding it has the attacker's name.
inline constexpr std::string_view allowed_origins[] = {"http://device.example", "http://10.0.2.15"};

/// Returns whether a request without Origin, or with this one, is accepted.
[[nodiscard]] inline bool accepts_origin(bool has_origin, std::string_view origin) noexcept
{
    return !has_origin || sockless::is_origin_allowed(origin, allowed_origins);
}

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

/// The same, through a `websocket`.
template <class Websocket>
sockless::error echo(Websocket& ws, const sockless::event& piece) noexcept
{
    if (piece.first()) {
        if (const sockless::error e = ws.begin_message(piece.type()); failed(e))
            return e;
    }
    return piece.last() ? ws.end_message(piece.payload()) : ws.send_fragment(piece.payload());
}

/// Returns the number at the front of @p text, modulo 2^32.
inline std::uint32_t number(std::string_view text) noexcept
{
    std::uint32_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9')
            break;
        value = value * 10 + static_cast<std::uint32_t>(c - '0');
    }
    return value;
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
