// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// What a `websocket` keeps of the handshake: the head until the connection is open, and the name of the subprotocol.
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../config.hpp"
#include "../core/limits.hpp"
#include "../http/head.hpp"
#include "../http/head_storage.hpp"
#include "websocket_storage.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI::detail {

/// The memory of a head: the front of the queue in which messages are assembled later.
template <class Head>
class head_memory {
public:
    using memory = typename Head::memory;

    explicit head_memory(websocket_storage& storage) noexcept : storage_{&storage} {}

    /// Returns the memory; no characters if there is none.
    [[nodiscard]] memory allocate() noexcept
    {
        byte_queue& queue = storage_access::message(*storage_);
        const websocket_sizes& sizes = storage_access::sizes(*storage_);
        queue.clear();
        if constexpr (std::is_same_v<memory, std::span<char>>) {
            const std::span<std::byte> room = queue.append_uninitialized(sizes.head);
            return {reinterpret_cast<char*>(room.data()), room.size()};
        } else {
            return with_fields(queue.append_uninitialized(sizes.head_memory()), sizes);
        }
    }
    void release() noexcept
    {
        storage_access::message(*storage_).clear();
        storage_access::message(*storage_).shrink();
    }

private:
    static memory with_fields(std::span<std::byte> room, const websocket_sizes& sizes) noexcept
    {
        if (room.empty())
            return {};
        std::byte* bytes = room.data();
        while (reinterpret_cast<std::uintptr_t>(bytes) % alignof(field) != 0)
            ++bytes;
        auto* const fields = static_cast<field*>(static_cast<void*>(bytes));
        for (std::size_t i = 0; i < sizes.fields; ++i)
            fields[i] = {};
        bytes += sizes.fields * sizeof(field);
        return {{reinterpret_cast<char*>(bytes), sizes.head}, {fields, sizes.fields}};
    }

    websocket_storage* storage_;
};

/// Returns the characters of the memory of a head.
[[nodiscard]] constexpr std::span<char> characters_of(const head_buffers& memory) noexcept
{
    return memory.characters;
}
[[nodiscard]] constexpr std::span<char> characters_of(std::span<char> memory) noexcept
{
    return memory;
}

/// A copy of the name of the subprotocol, which remains when the head is gone.
class subprotocol_name {
public:
    [[nodiscard]] static bool fits(std::string_view name) noexcept { return name.size() <= limits::subprotocol_bytes; }
    void assign(std::string_view name) noexcept
    {
        size_ = static_cast<std::uint8_t>(name.size());
        for (std::size_t i = 0; i < name.size(); ++i)
            text_[i] = name[i];
    }
    [[nodiscard]] std::string_view view() const noexcept { return {text_.data(), size_}; }

private:
    std::array<char, limits::subprotocol_bytes> text_{};
    std::uint8_t size_ = 0;
};

} // namespace sockless::inline SOCKLESS_ABI::detail
