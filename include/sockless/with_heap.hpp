// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// Opt-in, for programs with a heap: a byte queue that grows up to a limit, the memory of a `websocket` with such queues, and
/// prepared messages that are freed after their last use.
#pragma once

#include "bytes/byte_queue.hpp"
#include "bytes/byte_view.hpp"
#include "config.hpp"
#include "core/error.hpp"
#include "frame/frame_header.hpp"
#include "message/prepared_message.hpp"
#include "websocket/output_queue.hpp"
#include "websocket/websocket_storage.hpp"

#include <cstddef>
#include <new>
#include <span>
#include <string_view>
#include <utility>

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

    /// Returns the number of bytes of the memory.
    [[nodiscard]] std::size_t capacity() const noexcept { return storage().size(); }

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
    explicit growing_output_queue(std::size_t limit) noexcept : output_queue{&allocate, &free, limit} {}
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
          output{sizes.output != 0 ? sizes.output : sizes.message + frame_header::max_size + (std::size_t{1} << 20)},
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
        : growing_queues{sizes},
          websocket_storage{growing_queues::input, growing_queues::output, growing_queues::message, sizes}
    {
    }

    /// Returns the number of bytes of the memory.
    [[nodiscard]] std::size_t capacity() const noexcept
    {
        return growing_queues::input.capacity() + growing_queues::output.capacity() +
               growing_queues::message.capacity();
    }
};

/// A reference to a prepared message on the heap, which is freed after its last use: by such references and by connections.
///
/// Not atomic: all of them belong to one thread at a time.
class shared_prepared_message {
public:
    /// Constructs a reference to no message.
    shared_prepared_message() noexcept = default;
    /// Shares the message of @p other.
    shared_prepared_message(const shared_prepared_message& other) noexcept : message_{other.message_}
    {
        if (message_ != nullptr)
            message_->retain();
    }
    /// Takes the message of @p other, which is empty then.
    shared_prepared_message(shared_prepared_message&& other) noexcept : message_{std::exchange(other.message_, nullptr)}
    {
    }
    // Not one function with a parameter by value: in a template, clang before 19 does not destroy the parameter of `message = {}`.
    /// Shares the message of @p other.
    shared_prepared_message& operator=(const shared_prepared_message& other) noexcept
    {
        return *this = shared_prepared_message{other};
    }
    /// Takes the message of @p other.
    shared_prepared_message& operator=(shared_prepared_message&& other) noexcept
    {
        shared_prepared_message taken{std::move(other)};
        std::swap(message_, taken.message_);
        return *this;
    }
    ~shared_prepared_message()
    {
        if (message_ != nullptr)
            message_->release();
    }

    /// Makes a new text message. The previous one exists as long as others use it.
    ///
    /// @param text     UTF-8; copied
    /// @param windows  number of window sizes for which it can be compressed, up to 8: each needs a quarter more than @p text
    /// @return `error::none`, or why nothing was changed
    /// @par Errors payload_not_utf8; no_space: there is no memory
    [[nodiscard]] error assign_text(std::string_view text, std::size_t windows = 1) noexcept
    {
        return make(text.size(), windows, [text](prepared_message& message) { return message.assign_text(text); });
    }
    /// Makes a new binary message; otherwise as above.
    ///
    /// @param payload  copied
    /// @param windows  as above
    /// @par Errors no_space: there is no memory
    [[nodiscard]] error assign_binary(byte_view payload, std::size_t windows = 1) noexcept
    {
        return make(payload.size(), windows,
                    [payload](prepared_message& message) { return message.assign_binary(payload); });
    }

    /// Returns whether there is a message.
    explicit operator bool() const noexcept { return message_ != nullptr; }
    /// Returns the message.
    ///
    /// @pre there is one
    [[nodiscard]] prepared_message& operator*() const noexcept
    {
        SOCKLESS_ASSERT(message_ != nullptr);
        return *message_;
    }

private:
    template <class Assign>
    error make(std::size_t size, std::size_t windows, const Assign& assign) noexcept
    {
        SOCKLESS_ASSERT(windows <= 8);
        if (size > static_cast<std::size_t>(-1) / 16)
            return error::no_space;
        const std::size_t storage =
            prepared_message::frame_size(size) + windows * prepared_message::encoding_size(size + size / 4 + 100);
        auto* const bytes = static_cast<std::byte*>(::operator new(sizeof(prepared_message) + storage, std::nothrow));
        if (bytes == nullptr)
            return error::no_space;
        auto* const made = new (bytes) prepared_message{std::span{bytes + sizeof(prepared_message), storage}, &destroy};
        const error e = assign(*made);
        shared_prepared_message next;
        next.message_ = made;
        made->retain();
        if (!failed(e))
            std::swap(message_, next.message_);
        return e;
    }
    static void destroy(prepared_message& message) noexcept
    {
        message.~prepared_message();
        ::operator delete(&message);
    }

    prepared_message* message_ = nullptr;
};

} // namespace sockless::inline SOCKLESS_ABI
