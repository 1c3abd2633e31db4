// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file frames a server's message once, and encodes it once for each window, so that any number of connections send the same bytes.
#pragma once

#include "../bytes/byte_view.hpp"
#include "../bytes/copy.hpp"
#include "../bytes/utf8_stream.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "../core/opcode.hpp"
#include "../frame/frame_header.hpp"
#include "message_extension.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

/// Tag for text that is known to be UTF-8, so that it is not checked. If it is not, the peer closes with 1007.
struct assume_utf8 {
    explicit assume_utf8() = default;
};

namespace detail {

/// A `message_encoder` that can send messages which another encoder has encoded.
///
/// | member | |
/// |---|---|
/// | `window_bits()` | returns 8 to 15: every peer with that window or a larger one decodes the output, if it refers to nothing before |
/// | `reset_context()` | makes the next message refer to nothing before it |
template <class Encoder>
concept resettable_encoder = message_encoder<Encoder> && requires(Encoder& encoder, const Encoder& const_codec) {
    { const_codec.window_bits() } noexcept -> std::same_as<std::uint8_t>;
    { encoder.reset_context() } noexcept -> std::same_as<void>;
};

} // namespace detail

/// A message of a server that is sent to many clients: framed once, checked once, compressed once. Connections queue references to it.
///
/// Its bytes are in memory of the caller. It counts its uses, without atomic operations: all connections that send it belong to one
/// thread at a time. It can be neither changed nor destroyed while it is in use.
///
/// A client cannot send it, because each of its frames is masked with a key of its own (RFC 6455 5.3).
class prepared_message {
public:
    /// Called when the last use of a message has ended. It may change or destroy the message, but call no function of a websocket.
    using unused_function = void (*)(prepared_message& message) noexcept;

    /// Returns how much memory a message with @p payload bytes needs, if it is not compressed.
    [[nodiscard]] static constexpr std::size_t frame_size(std::size_t payload) noexcept
    {
        return detail::header_size(payload, false) + payload;
    }
    /// Returns how much additional memory an encoding needs: one for each window size in use.
    ///
    /// @param bound  the `bound` of the encoder, or of its deflater, for the payload. Only what was encoded remains in use of it
    [[nodiscard]] static constexpr std::size_t encoding_size(std::size_t bound) noexcept { return max_header + bound; }

    /// Constructs an empty binary message.
    ///
    /// @param storage    belongs to the caller and outlives this object: `frame_size(payload)` bytes and `encoding_size(bound)` for
    ///                   each window. A message that has no room to be encoded is sent as it is
    /// @param on_unused  called whenever the last use has ended, unless null
    explicit prepared_message(byte_span storage, unused_function on_unused = nullptr) noexcept
        : storage_{storage}, on_unused_{on_unused}
    {
    }
    /// @pre the message is not in use
    ~prepared_message() { SOCKLESS_ASSERT(!in_use()); }
    prepared_message(const prepared_message&) = delete;
    prepared_message& operator=(const prepared_message&) = delete;

    /// Replaces the message by a text message.
    ///
    /// @param text  UTF-8, read during the call only; not inside the storage
    /// @return `error::none`, or why nothing was changed
    /// @pre the message is not in use
    /// @par Errors     payload_not_utf8; no_space: the storage is too small, or the message is in use
    /// @par Source     RFC 6455 5.6
    /// @par Complexity O(text.size()): one pass that checks, one that copies
    [[nodiscard]] error assign_text(std::string_view text) noexcept
    {
        return is_utf8(as_bytes(text)) ? assign(opcode::text, as_bytes(text)) : error::payload_not_utf8;
    }
    /// Replaces the message by a text message that is not checked; otherwise as above.
    ///
    /// @par Errors no_space
    [[nodiscard]] error assign_text(std::string_view text, assume_utf8) noexcept
    {
        return assign(opcode::text, as_bytes(text));
    }
    /// Replaces the message by a binary message.
    ///
    /// @param payload  read during the call only; not inside the storage
    /// @return `error::none`, or why nothing was changed
    /// @pre the message is not in use
    /// @par Errors     no_space: the storage is too small, or the message is in use
    /// @par Complexity O(payload.size())
    [[nodiscard]] error assign_binary(byte_view payload) noexcept { return assign(opcode::binary, payload); }

    /// Returns the type of the message: text or binary.
    [[nodiscard]] opcode type() const noexcept { return type_; }
    /// Returns the payload, not encoded; a part of the storage.
    [[nodiscard]] std::span<const std::byte> payload() const noexcept
    {
        return plain_.subspan(plain_.size() - payload_size_);
    }
    /// Returns how many bytes of the storage are in use.
    [[nodiscard]] std::size_t used_storage() const noexcept { return used_; }

    /// Returns the frame for a connection. For programs without a `websocket`: `connection::prepared_frame` calls it.
    ///
    /// The first call for a window size encodes the message, if @p encoder wants that and the storage has room. The frame refers to no
    /// other message, and later messages of @p encoder do not refer to it, because its window does not contain it.
    ///
    /// @param[in,out] encoder  of the connection, which has no open message and sends the frame before other messages
    /// @return a whole frame in the storage, valid until the message is changed
    /// @par Source     RFC 7692 6, 7.2.1: any message may be sent uncompressed
    /// @par Complexity O(1) after the first call for a window size
    template <class Encoder>
    [[nodiscard]] std::span<const std::byte> frame([[maybe_unused]] Encoder& encoder) noexcept
    {
        if constexpr (detail::resettable_encoder<Encoder>)
            if (encoder.reserved_bits() != 0 && encoder.wants(type_, payload()))
                return encoded_frame(encoder);
        return plain_;
    }

    /// Adds a use: frames that `frame` returned are going to be written.
    void retain() noexcept { ++uses_; }
    /// Ends a use. Calls `on_unused` after the last one.
    ///
    /// @pre one more `retain` than `release` was called
    void release() noexcept
    {
        SOCKLESS_ASSERT(in_use());
        if (in_use() && --uses_ == 0 && on_unused_ != nullptr)
            on_unused_(*this);
    }
    /// Returns whether any connection has yet to write it.
    [[nodiscard]] bool in_use() const noexcept { return uses_ != 0; }

private:
    static constexpr std::size_t max_header = detail::header_size(frame_header::max_payload, false);
    static constexpr std::size_t min_window_bits = 8;

    error assign(opcode type, std::span<const std::byte> payload) noexcept
    {
        SOCKLESS_ASSERT(!in_use());
        const std::size_t header = frame_size(payload.size()) - payload.size();
        if (in_use() || storage_.size() < header || payload.size() > storage_.size() - header)
            return error::no_space;
        encode_header({.payload_length = payload.size(), .op = type}, storage_);
        detail::copy_bytes(payload, storage_.subspan(header));
        used_ = header + payload.size();
        plain_ = storage_.first(used_);
        payload_size_ = payload.size();
        encoded_ = {};
        type_ = type;
        return error::none;
    }

    template <class Encoder>
    std::span<const std::byte> encoded_frame(Encoder& encoder) noexcept
    {
        const std::size_t bits = encoder.window_bits();
        if (bits - min_window_bits >= encoded_.size()) // the deflater has been closed, for example
            return plain_;
        std::span<const std::byte>& frame = encoded_[bits - min_window_bits];
        if (frame.empty())
            frame = encode(encoder);
        if (frame.data() != plain_.data())
            encoder.reset_context(); // the peer's window receives what the encoder's does not contain
        return frame;
    }

    /// @return the frame, or the one that is not encoded, if there is no room or it is not longer
    template <class Encoder>
    std::span<const std::byte> encode(Encoder& encoder) noexcept
    {
        const std::span<std::byte> room = storage_.subspan(used_);
        const std::size_t bound = encoder.bound(payload_size_);
        if (room.size() < max_header || bound > room.size() - max_header)
            return plain_;
        encoder.reset_context();
        encoder.begin();
        const std::size_t encoded = encoder.encode(payload(), true, room.subspan(max_header));
        encoder.reset_context(); // its window contains a message that is perhaps never sent
        const frame_header header{.payload_length = encoded, .op = type_, .reserved_bits = encoder.reserved_bits()};
        if (header.size() + encoded >= plain_.size())
            return plain_;
        const std::size_t size = encode_header(header, room);
        detail::copy_bytes(room.subspan(max_header, encoded), room.subspan(size));
        used_ += size + encoded;
        return room.first(size + encoded);
    }

    static constexpr std::array<std::byte, 2> empty{std::byte{0x82}, std::byte{0x00}};

    std::span<std::byte> storage_;
    std::span<const std::byte> plain_{empty};             ///< header and payload
    std::array<std::span<const std::byte>, 8> encoded_{}; ///< for each size of the window, once it was tried
    std::size_t payload_size_ = 0;
    std::size_t used_ = 0;
    std::size_t uses_ = 0;
    unused_function on_unused_;
    opcode type_ = opcode::binary;
};

} // namespace sockless::inline SOCKLESS_ABI
