// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file stores payload inside the library's own objects: that of control frames, which have up to 125 bytes (RFC 6455 5.5),
/// and of small messages while an event refers to them.
#pragma once

#include "../config.hpp"
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
    constexpr void clear() noexcept { size = 0; }
    /// Appends @p count bytes, which the caller writes.
    constexpr std::span<std::byte> append_uninitialized(std::size_t count) noexcept
    {
        SOCKLESS_ASSERT(count <= frame_header::max_control_payload - size);
        const auto room = std::span{bytes}.subspan(size, count);
        size = static_cast<std::uint8_t>(size + count);
        return room;
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

/// Payload that an event refers to until the next call. From `poison` to `unpoison` the program may not read it.
template <std::size_t Size>
struct payload_buffer {
    constexpr payload_buffer() noexcept
    {
        if (std::is_constant_evaluated())
            bytes =
                {}; // an object of static duration is initialised by the compiler; elsewhere no byte is read before it is written
    }
    void poison() noexcept {}
    void unpoison() noexcept {}

    alignas(8) std::array<std::byte, Size> bytes; // AddressSanitizer poisons in steps of 8
};

/// The same in a build with AddressSanitizer, which finds a program that keeps a view too long.
template <std::size_t Size>
struct poisoned_payload_buffer : payload_buffer<Size> {
    poisoned_payload_buffer() = default;
    poisoned_payload_buffer(const poisoned_payload_buffer& other) noexcept : payload_buffer<Size>{} { *this = other; }
    poisoned_payload_buffer& operator=(const poisoned_payload_buffer& other) noexcept
    {
        if (this == &other)
            return *this;
        unpoison();
        other.unpoison();
        this->bytes = other.bytes;
        return *this;
    }
    ~poisoned_payload_buffer() { unpoison(); }

    void poison() noexcept { SOCKLESS_POISON(this->bytes.data(), Size); }
    void unpoison() const noexcept { SOCKLESS_UNPOISON(this->bytes.data(), Size); }
};

static_assert(sizeof(poisoned_payload_buffer<128>) == sizeof(payload_buffer<128>),
              "a build with ASan has the same layout");

template <std::size_t Size>
using payload_storage = std::conditional_t<SOCKLESS_ASAN != 0, poisoned_payload_buffer<Size>, payload_buffer<Size>>;

} // namespace sockless::inline SOCKLESS_ABI::detail
