// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The memory of a `websocket`, which the program owns: of fixed size, placed by the program, or growing (with_heap.hpp).
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../config.hpp"
#include "../core/limits.hpp"
#include "../frame/frame_header.hpp"
#include "../http/head.hpp"
#include "output_queue.hpp"

#include <cstddef>

namespace sockless::inline SOCKLESS_ABI {

/// The sizes of the memory of a `websocket` in bytes. Usually a program chooses the first one only: 0 means that the size is derived
/// from it.
struct websocket_sizes {
    std::size_t message = 65536; ///< the largest message that is received, and a limit of frames and messages
    std::size_t output = 0;      ///< that can wait to be written; by default two of the largest messages
    std::size_t input =
        0; ///< of the largest piece that is received at once, or of a stream's window; by default 16384, in a growing storage 1 MiB
    std::size_t head = limits::head_bytes;    ///< of the peer's request or response
    std::size_t fields = limits::head_fields; ///< number of its fields

    /// Returns the size of the memory for the head.
    [[nodiscard]] constexpr std::size_t head_memory() const noexcept
    {
        return head + fields * sizeof(field) + alignof(field) - 1;
    }
    /// Returns the size of the memory in which the head is read, and fragmented messages are assembled after it.
    [[nodiscard]] constexpr std::size_t message_memory() const noexcept
    {
        return message > head_memory() ? message : head_memory();
    }
    /// Returns `output`, or what is derived.
    [[nodiscard]] constexpr std::size_t output_memory() const noexcept
    {
        return output != 0 ? output : 2 * (message + frame_header::max_size) + smallest_output;
    }
    /// Returns `input`, or the default.
    [[nodiscard]] constexpr std::size_t input_memory() const noexcept { return input != 0 ? input : 16384; }

    /// Room for a handshake's response and for control frames.
    static constexpr std::size_t smallest_output = 256;
};

namespace detail {
struct storage_access;
} // namespace detail

/// The memory of one `websocket`: three queues of the program, which outlive it.
///
/// This class is for programs that place the memory themselves; `static_websocket_storage` and `growing_websocket_storage` contain
/// their queues. One websocket at a time uses a storage; a second one fails with `storage_in_use`.
class websocket_storage {
public:
    /// Constructs a storage.
    ///
    /// @param input    bytes that cannot be processed now; its limit is the largest piece that can be received at once
    /// @param output   bytes to write
    /// @param message  the peer's request or response, then fragmented messages
    /// @param sizes    the largest message; head and number of its fields. The other sizes are those of the queues
    websocket_storage(byte_queue& input, output_queue& output, byte_queue& message,
                      const websocket_sizes& sizes) noexcept
        : input_{&input}, output_{&output}, message_{&message}, sizes_{sizes}
    {
    }
    /// @pre no `websocket` uses it
    ~websocket_storage() { SOCKLESS_ASSERT(!in_use_); }
    websocket_storage(const websocket_storage&) = delete;
    websocket_storage& operator=(const websocket_storage&) = delete;

    /// Returns whether a `websocket` uses it.
    [[nodiscard]] bool in_use() const noexcept { return in_use_; }

private:
    friend struct detail::storage_access;

    byte_queue* input_;
    output_queue* output_;
    byte_queue* message_;
    websocket_sizes sizes_;
    bool in_use_ = false;
};

namespace detail {

/// What a `websocket` uses of its storage.
struct storage_access {
    [[nodiscard]] static byte_queue& input(websocket_storage& storage) noexcept { return *storage.input_; }
    [[nodiscard]] static output_queue& output(websocket_storage& storage) noexcept { return *storage.output_; }
    [[nodiscard]] static byte_queue& message(websocket_storage& storage) noexcept { return *storage.message_; }
    [[nodiscard]] static const websocket_sizes& sizes(const websocket_storage& storage) noexcept
    {
        return storage.sizes_;
    }
    /// Returns whether nobody used it before.
    [[nodiscard]] static bool begin_use(websocket_storage& storage) noexcept
    {
        const bool was_free = !storage.in_use_;
        storage.in_use_ = true;
        return was_free;
    }
    /// Returns the size of a frame with the largest message, or with a pong, if the output can have room for it.
    [[nodiscard]] static std::size_t largest_frame(const websocket_storage& storage) noexcept
    {
        constexpr std::size_t pong = frame_header::max_control_payload;
        const std::size_t message = storage.sizes_.message;
        const std::size_t size = (message > pong ? message : pong) + frame_header::max_size;
        const std::size_t limit = storage.output_->limit();
        return size < limit ? size : limit;
    }
    static void end_use(websocket_storage& storage) noexcept { storage.in_use_ = false; }
};

/// The bytes are not initialised, which would cost code and time.
template <websocket_sizes Sizes>
struct storage_queues {
    storage_queues() noexcept // NOLINT
        : input{std::span{input_bytes}}, output{std::span{output_bytes}}, message{std::span{message_bytes}}
    {
    }

    std::byte input_bytes[Sizes.input_memory()];
    std::byte output_bytes[Sizes.output_memory()];
    std::byte message_bytes[Sizes.message_memory()];
    byte_queue input;
    output_queue output;
    byte_queue message;
};

} // namespace detail

/// Storage of fixed size in one object: `static_websocket_storage<> storage; websocket<role::server> ws{storage};`
///
/// @tparam Sizes  such as `websocket_sizes{.message = 4096}`
template <websocket_sizes Sizes = websocket_sizes()>
class static_websocket_storage : private detail::storage_queues<Sizes>, public websocket_storage {
    static_assert(Sizes.output_memory() >= websocket_sizes::smallest_output,
                  "the output is too small for a response and a control frame: choose at least smallest_output");

public:
    /// Constructs empty storage.
    static_websocket_storage() noexcept : websocket_storage{this->input, this->output, this->message, Sizes} {}
};

} // namespace sockless::inline SOCKLESS_ABI
