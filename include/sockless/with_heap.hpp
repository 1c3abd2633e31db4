// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Opt-in, for programs with a heap: a byte queue that grows up to a limit, and the memory of a `websocket` with such queues.
#pragma once

#include "bytes/byte_queue.hpp"
#include "config.hpp"
#include "core/limits.hpp"
#include "http/head_storage.hpp"
#include "websocket/output_queue.hpp"
#include "websocket/websocket_storage.hpp"

#include <cstddef>
#include <new>
#include <span>

namespace sockless::inline SOCKLESS_ABI {

/// A queue without initial storage, which is doubled on demand up to a limit.
///
/// It throws nothing: a failed allocation is the same as a full queue.
class growing_byte_queue : public byte_queue {
public:
    /// Constructs an empty queue.
    ///
    /// @param limit  maximum number of bytes
    explicit growing_byte_queue(std::size_t limit) noexcept : byte_queue{{}, &grow, limit} {}
    ~growing_byte_queue() { ::operator delete(storage().data()); }
    growing_byte_queue(const growing_byte_queue&) = delete;
    growing_byte_queue& operator=(const growing_byte_queue&) = delete;

    /// Releases the memory that the bytes in the queue do not need. Invalidates `data()`. Changes nothing if the bytes have to be
    /// moved and there is no memory for them.
    void shrink() noexcept
    {
        std::byte* bytes = nullptr;
        if (size() == storage().size())
            return;
        if (!empty() && (bytes = allocate(size())) == nullptr)
            return;
        replace(*this, {bytes, size()});
    }

private:
    static bool grow(byte_queue& queue, std::size_t count) noexcept
    {
        auto& self = static_cast<growing_byte_queue&>(queue);
        if (count > self.limit() - self.size() || self.storage().size() == self.limit())
            return false;
        const std::size_t capacity = grown_capacity(self.storage().size(), self.size() + count, self.limit());
        std::byte* const bytes = allocate(capacity);
        if (bytes == nullptr)
            return false;
        replace(self, {bytes, capacity});
        return true;
    }

    static std::byte* allocate(std::size_t size) noexcept
    {
        return static_cast<std::byte*>(::operator new(size, std::nothrow));
    }
    static void replace(growing_byte_queue& self, std::span<std::byte> storage) noexcept
    {
        std::byte* const old = self.storage().data();
        self.move_to(storage);
        ::operator delete(old);
    }
};

/// An `output_queue` without initial storage, which is doubled on demand up to a limit.
///
/// It throws nothing: a failed allocation is the same as a full queue.
class growing_output_queue : public output_queue {
public:
    /// Constructs an empty queue.
    ///
    /// @param limit  maximum number of bytes
    explicit growing_output_queue(std::size_t limit) noexcept : output_queue{{}, &allocate, &free, limit} {}
    ~growing_output_queue() { free_storage(); }
    growing_output_queue(const growing_output_queue&) = delete;
    growing_output_queue& operator=(const growing_output_queue&) = delete;

    /// Releases the memory that no byte in the queue needs. Lent bytes stay where they are.
    void shrink() noexcept { shrink_storage(); }
    /// Returns the number of bytes of the memory.
    using output_queue::capacity;

private:
    static std::span<std::byte> allocate(std::size_t size) noexcept
    {
        auto* const bytes = static_cast<std::byte*>(::operator new(size, std::nothrow));
        return {bytes, bytes == nullptr ? 0 : size};
    }
    static void free(std::span<std::byte> storage) noexcept { ::operator delete(storage.data()); }
};

/// The memory of one `websocket`, with queues that grow up to limits and have no storage before their first use.
///
/// @tparam Characters  bytes of the peer's request or response
/// @tparam Fields      number of its fields
template <std::size_t Characters = limits::head_bytes, std::size_t Fields = limits::head_fields>
class growing_websocket_storage {
public:
    /// Constructs empty storage.
    ///
    /// @param output_limit   bytes that can wait to be sent
    /// @param message_limit  bytes of a fragmented message; should be `limits::message_bytes`
    explicit growing_websocket_storage(std::size_t output_limit,
                                       std::size_t message_limit = std::size_t{16} << 20) noexcept
        : output_{output_limit}, message_{message_limit}
    {
    }

    /// Converts to the parts that a `websocket` takes. They are valid as long as this object.
    operator websocket_storage() & noexcept { return {head_, output_, message_}; } // NOLINT: as head_storage

    /// Releases the memory that neither unsent bytes nor an unfinished message need. Invalidates the websocket's `output()` and the
    /// payload of its last event.
    void shrink() noexcept
    {
        output_.shrink();
        message_.shrink();
    }

private:
    head_storage<Characters, Fields> head_{};
    growing_output_queue output_;
    growing_byte_queue message_;
};

} // namespace sockless::inline SOCKLESS_ABI
