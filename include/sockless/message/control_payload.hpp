// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file holds the payload of one control frame: 125 bytes, which is all there can be (RFC 6455 5.5).
#pragma once

#include "../config.hpp"
#include "../frame/frame_header.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI::detail {

struct control_payload {
    [[nodiscard]] constexpr std::span<const std::byte> view() const noexcept
    {
        return std::span{bytes}.first(size);
    }
    constexpr void clear() noexcept { size = 0; }
    /// `count` more bytes at the back, for the caller to write.
    constexpr std::span<std::byte> extend(std::size_t count) noexcept
    {
        SOCKLESS_ASSERT(count <= max_control_payload - size);
        const auto room = std::span{bytes}.subspan(size, count);
        size = static_cast<std::uint8_t>(size + count);
        return room;
    }
    constexpr void expire() noexcept {}

    std::array<std::byte, max_control_payload> bytes{};
    std::uint8_t size = 0;
};

/// The same with its bytes poisoned after `expire`, so that AddressSanitizer finds a program that keeps a view too long.
struct poisoned_control_payload : control_payload {
    poisoned_control_payload() = default;
    poisoned_control_payload(const poisoned_control_payload& other) noexcept { *this = other; }
    poisoned_control_payload& operator=(const poisoned_control_payload& other) noexcept
    {
        if (this == &other)
            return *this;
        SOCKLESS_UNPOISON(bytes.data(), bytes.size());
        SOCKLESS_UNPOISON(other.bytes.data(), other.bytes.size());
        control_payload::operator=(other);
        if (size == expired) {
            SOCKLESS_POISON(other.bytes.data(), other.bytes.size());
            SOCKLESS_POISON(bytes.data(), bytes.size());
        }
        return *this;
    }
    ~poisoned_control_payload() { SOCKLESS_UNPOISON(bytes.data(), bytes.size()); }

    void clear() noexcept
    {
        SOCKLESS_UNPOISON(bytes.data(), bytes.size());
        control_payload::clear();
    }
    void expire() noexcept
    {
        SOCKLESS_POISON(bytes.data(), bytes.size());
        size = expired;
    }

private:
    static constexpr std::uint8_t expired = 0xFF;
};


static_assert(sizeof(poisoned_control_payload) == sizeof(control_payload), "a build with ASan has the same layout");

using expiring_control_payload = std::conditional_t<SOCKLESS_ASAN != 0, poisoned_control_payload, control_payload>;

} // namespace sockless::inline SOCKLESS_ABI::detail
