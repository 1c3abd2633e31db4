// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file stores payload inside the library's own objects: that of control frames, which have up to 125 bytes (RFC 6455 5.5),
/// and of small messages while an event refers to them.
#pragma once

#include "../bytes/copy.hpp"
#include "../config.hpp"
#include "../core/limits.hpp"
#include "../frame/frame_header.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI::detail {

/// The payload of one control frame.
struct control_payload {
    [[nodiscard]] constexpr std::span<const std::byte> view() const noexcept { return std::span{bytes}.first(size); }
    /// Copies @p payload, which is not longer than that of a control frame.
    void assign(std::span<const std::byte> payload) noexcept
    {
        copy_bytes(payload, bytes);
        size = static_cast<std::uint8_t>(payload.size());
    }

    constexpr control_payload() noexcept // NOLINT(cppcoreguidelines-pro-type-member-init): see below
    {
        if (std::is_constant_evaluated())
            bytes =
                {}; // an object of static duration is initialised by the compiler; elsewhere no byte is read before it is written
    }

    std::array<std::byte, frame_header::max_control_payload> bytes;
    std::uint8_t size = 0;
};

/// Returns one more than the greatest size of a small message, or 0 if there is none.
[[nodiscard]] constexpr std::uint8_t small_limit(const limits& bounds) noexcept
{
    std::uint64_t max = frame_header::max_control_payload;
    max = max < bounds.frame_bytes ? max : bounds.frame_bytes;
    max = max < bounds.message_bytes ? max : bounds.message_bytes;
    return bounds.fragments == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(max + 1);
}

/// Payload that an event refers to until the next `poll`.
template <std::size_t Size>
struct payload_buffer {
    constexpr payload_buffer() noexcept
    {
        if (std::is_constant_evaluated())
            bytes_ =
                {}; // an object of static duration is initialised by the compiler; elsewhere no byte is read before it is written
    }
    /// Ends the life of the payload.
    void expire() noexcept {}
    /// Ends the life of the payload and begins another one.
    void renew() noexcept {}
    [[nodiscard]] std::array<std::byte, Size>& bytes() noexcept { return bytes_; }
    [[nodiscard]] const std::array<std::byte, Size>& bytes() const noexcept { return bytes_; }

private:
    alignas(8) std::array<std::byte, Size> bytes_;
};

/// The same in a build with AddressSanitizer, which finds a program that keeps a view too long: each payload is in other bytes than
/// the one before it, which are poisoned.
template <std::size_t Size>
class poisoned_payload_buffer {
public:
    poisoned_payload_buffer() = default;
    poisoned_payload_buffer(const poisoned_payload_buffer& other) noexcept { *this = other; }
    poisoned_payload_buffer& operator=(const poisoned_payload_buffer& other) noexcept
    {
        if (this == &other)
            return *this;
        unpoison();
        other.unpoison();
        both_ = other.both_;
        second_ = other.second_;
        return *this;
    }
    ~poisoned_payload_buffer() { unpoison(); }

    void expire() noexcept { SOCKLESS_POISON(bytes().data(), Size); }
    void renew() noexcept
    {
        expire();
        second_ = !second_;
        SOCKLESS_UNPOISON(bytes().data(), Size);
    }
    [[nodiscard]] std::array<std::byte, Size>& bytes() noexcept { return both_[second_ ? 1 : 0]; }
    [[nodiscard]] const std::array<std::byte, Size>& bytes() const noexcept { return both_[second_ ? 1 : 0]; }

private:
    void unpoison() const noexcept { SOCKLESS_UNPOISON(both_.data(), sizeof both_); }

    alignas(8) std::array<std::array<std::byte, Size>, 2> both_{}; // AddressSanitizer poisons in steps of 8
    bool second_ = false;
};

template <std::size_t Size>
using payload_storage = std::conditional_t<SOCKLESS_ASAN != 0, poisoned_payload_buffer<Size>, payload_buffer<Size>>;

/// Payload in storage of the program that an event refers to until the next `poll`.
struct foreign_payload {
    constexpr void keep(std::span<const std::byte>) noexcept {}
    constexpr void expire() noexcept {}
    constexpr void renew() noexcept {}
};

/// The same in a build with AddressSanitizer: the bytes are poisoned until the library writes there again, or is gone.
struct poisoned_foreign_payload {
    constexpr poisoned_foreign_payload() noexcept = default;
    /// The bytes may be in an object that is copied next.
    constexpr poisoned_foreign_payload(const poisoned_foreign_payload& other) noexcept { other.unpoison(); }
    poisoned_foreign_payload& operator=(const poisoned_foreign_payload& other) noexcept
    {
        renew();
        if (this != &other)
            other.unpoison();
        return *this;
    }
    ~poisoned_foreign_payload() { renew(); }

    /// The event refers to @p payload.
    void keep(std::span<const std::byte> payload) noexcept
    {
        renew();
        bytes = payload;
    }
    /// Ends the life of that payload.
    void expire() noexcept { SOCKLESS_POISON(bytes.data(), bytes.size()); }
    /// The storage is written again.
    void renew() noexcept
    {
        unpoison();
        bytes = {};
    }

    constexpr void unpoison() const noexcept
    {
        if (!std::is_constant_evaluated())
            SOCKLESS_UNPOISON(bytes.data(), bytes.size());
    }

    std::span<const std::byte> bytes{};
};

using foreign_payload_view = std::conditional_t<SOCKLESS_ASAN != 0, poisoned_foreign_payload, foreign_payload>;

} // namespace sockless::inline SOCKLESS_ABI::detail
