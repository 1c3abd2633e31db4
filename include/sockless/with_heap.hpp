// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Opt-in, for programs with a heap: a byte queue that grows up to a limit, and the memory of a `websocket` with such queues.
#pragma once

#include "bytes/byte_queue.hpp"
#include "config.hpp"
#include "frame/frame_header.hpp"
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

private:
    static bool grow(byte_queue& queue, std::size_t count) noexcept
    {
        auto& self = static_cast<growing_byte_queue&>(queue);
        if (count == 0)
            return self.release();
        if (count > self.limit() - self.size() || self.storage().size() == self.limit())
            return false;
        const std::size_t capacity = grown_capacity(self.storage().size(), self.size() + count, self.limit());
        std::byte* const bytes = allocate(capacity);
        if (bytes == nullptr)
            return false;
        replace(self, {bytes, capacity});
        return true;
    }

    bool release() noexcept
    {
        std::byte* bytes = nullptr;
        if (size() == storage().size())
            return true;
        if (!empty() && (bytes = allocate(size())) == nullptr)
            return false;
        replace(*this, {bytes, size()});
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

namespace detail {

struct growing_queues {
    explicit growing_queues(const websocket_sizes& sizes) noexcept
        : input{sizes.input != 0 ? sizes.input : std::size_t{1} << 20},
          output{sizes.output != 0 ? sizes.output
                                   : sizes.message + frame_header::max_size + (std::size_t{1} << 20)},
          message{sizes.message_memory()}
    {
    }

    growing_byte_queue input;
    growing_output_queue output;
    growing_byte_queue message;
};

} // namespace detail

/// The memory of one `websocket`, with queues that grow up to limits and have no memory before their first use.
///
/// By default up to 1 MiB can be received at once, and the output has room for 1 MiB and a message of the largest size.
class growing_websocket_storage : private detail::growing_queues, public websocket_storage {
public:
    /// Constructs empty storage.
    ///
    /// @param sizes  limits; `message` is the largest message
    explicit growing_websocket_storage(const websocket_sizes& sizes = {.message = std::size_t{16} << 20}) noexcept
        : growing_queues{sizes}, websocket_storage{growing_queues::input, growing_queues::output,
                                                   growing_queues::message, sizes}
    {
    }
};

} // namespace sockless::inline SOCKLESS_ABI
