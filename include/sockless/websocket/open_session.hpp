// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// A `websocket` after the handshake: a connection with its output queue, a close frame that can wait for room, and the count
/// of payload that has not been sent.
#pragma once

#include "../bytes/copy.hpp"
#include "../config.hpp"
#include "../connection.hpp"
#include "../core/close_code.hpp"
#include "../core/error.hpp"
#include "../core/limits.hpp"
#include "../core/role.hpp"
#include "../frame/close_payload.hpp"
#include "../message/control_payload.hpp"
#include "../message/event.hpp"
#include "../message/message_assembler.hpp"
#include "../message/message_extension.hpp"
#include "../message/prepared_message.hpp"
#include "output_queue.hpp"
#include "send_tracker.hpp"
#include "websocket_options.hpp"
#include "websocket_storage.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

namespace sockless::inline SOCKLESS_ABI::detail {

template <role Role, class MaskKeys, class Extension>
class open_session {
    static constexpr bool has_extension = !std::is_same_v<Extension, no_extension>;

public:
    using connection_type = connection<Role, MaskKeys, Extension>;
    static constexpr bool reads_small = message_reader<Role, typename Extension::decoder>::reads_small;
    using decoder = typename Extension::decoder;
    using encoder = typename Extension::encoder;

    open_session(websocket_storage& storage, websocket_options<MaskKeys, Extension>& options) noexcept
        : output_{storage_access::output(storage)},
          assembler_{storage_access::message(storage), options.whole_messages},
          receive_while_closing_{options.receive_while_closing},
          connection_{limited(options.limits, options.whole_messages, storage_access::sizes(storage).message),
                      std::move(options.mask_keys)}
    {
    }

    /// Begins the session: the handshake's last bytes are in `output()`, and frames follow.
    void begin(const decoder& in, const encoder& out) noexcept
    {
        if constexpr (has_extension)
            connection_.restart(in, out);
        begun_ = true;
        sent_.begin(output_);
    }
    /// Forgets everything.
    void reset() noexcept
    {
        connection_.restart(decoder{}, encoder{});
        assembler_ = {assembler_.storage(), assembler_.whole_messages()};
        sent_ = {};
        received_code_ = close_code::abnormal;
        begun_ = false;
    }

    [[nodiscard]] output_queue& output() const noexcept { return output_; }
    [[nodiscard]] bool begun() const noexcept { return begun_; }
    /// Messages can be sent and received: no close frame was sent, received or queued, and nothing failed.
    [[nodiscard]] bool is_open() const noexcept { return connection_.is_open() && !close_pending(); }
    [[nodiscard]] bool finished() const noexcept { return connection_.finished(); }
    [[nodiscard]] bool close_expected() const noexcept { return connection_.close_expected(); }
    [[nodiscard]] error failure() const noexcept { return connection_.failure(); }
    [[nodiscard]] bool pong_pending() const noexcept { return connection_.pong_pending(); }
    /// Payload bytes of messages in `output()`.
    [[nodiscard]] std::uint64_t buffered() const noexcept { return sent_.buffered(); }

    /// @return `need_input`, `message`, `ping`, `pong` or `error`. The peer's close frame is kept for `closed`
    event poll(std::span<std::byte>& in) noexcept { return handle(poll_open(in), in); }
    /// The same, while the session is open: an event that is not a message has to be passed to `handle`.
    SOCKLESS_INLINE event poll_open(std::span<std::byte>& in) noexcept
    {
        return connection_.poll(in, output_, assembler_);
    }
    /// @return the event, or the next one that `poll` returns
    event handle(event e, std::span<std::byte>& in) noexcept
    {
        while (true) {
            if (e.kind() == event_kind::close) {
                received_code_ = e.code();
                keep(e.payload());
            } else if (e.kind() != event_kind::message || receive_while_closing_ || is_open()) {
                return e; // WHATWG WebSockets 4: messages only while it is open
            }
            e = poll_open(in);
        }
    }

    /// Handles the end of the transport.
    ///
    /// @return whether that is a failure: no close frame has been received, and nothing had failed before
    bool on_eof() noexcept { return connection_.end_of_input().kind() == event_kind::error; }

    /// Returns the last event. RFC 6455 7.1.4: clean if each end has received the other's close frame, as far as is known.
    [[nodiscard]] event closed(bool failed) const noexcept
    {
        const bool was_clean = !failed && connection_.close_received() && sent_.close_sent();
        return event_access::close(received_code_, received_reason(), was_clean);
    }

    /// Calls @p write, which appends one frame with a message's payload of @p size bytes, before encoding, to `output()`, or nothing.
    template <class Write>
    error send(std::size_t size, const Write& write) noexcept
    {
        const std::size_t before = output_.size();
        const error e = write(connection_);
        if (!failed(e))
            sent_.add(has_extension ? payload_size(output_.data().subspan(before)) : size);
        return e;
    }
    /// Appends a prepared message to `output()` by reference.
    error send(prepared_message& message) noexcept
        requires(Role == role::server)
    {
        std::span<const std::byte> frame;
        if (const error e = connection_.prepared_frame(message, frame); failed(e))
            return e;
        if (!output_.append_reference(message, frame))
            return error::no_space;
        sent_.add(payload_size(frame));
        return error::none;
    }
    void discard_prepared() noexcept { sent_.discard_prepared(output_); }
    [[nodiscard]] connection_type& underlying() noexcept { return connection_; }

    /// Writes a close frame with this payload, now or as soon as there is room.
    void close(std::span<const std::byte> payload) noexcept
    {
        // RFC 6455 1.4: the peer discards what follows a close frame, so that no pong is due while ours waits for room.
        keep(payload);
        connection_.kept_ = connection_type::kept::close;
        flush();
    }

    /// Returns the oldest bytes of `output()`, which become lent.
    std::span<const std::byte> lend() noexcept { return sent_.lend(output_, connection_.close_sent()); }
    /// Removes the first @p count of the bytes that are lent.
    void written(std::size_t count) noexcept { sent_.written(output_, count); }

    /// Releases memory that a growing storage does not need.
    ///
    /// @param head_in_use  the storage of messages has the head of the handshake
    void shrink(bool head_in_use) noexcept
    {
        output_.shrink();
        if (head_in_use)
            return;
        if (!connection_.in_message())
            assembler_.storage().clear();
        assembler_.storage().shrink();
    }

    /// Writes a close frame for which there was no room before.
    void flush() noexcept
    {
        if (close_pending())
            send_close();
        const bool over = connection_.close_received() || failed(connection_.failure());
        if (over && !connection_.finished())
            connection_.flush(output_);
    }

private:
    /// Whole messages cannot be larger than the memory for them.
    static limits limited(limits chosen, bool whole_messages, std::size_t memory) noexcept
    {
        if (whole_messages && chosen.message_bytes > memory)
            chosen.message_bytes = memory;
        return chosen;
    }
    [[nodiscard]] bool close_pending() const noexcept { return connection_.kept_ == connection_type::kept::close; }
    /// The payload of our close frame, while it waits for room; then that of the peer's.
    [[nodiscard]] std::span<const std::byte> kept() const noexcept { return connection_.payload_.view(); }
    void keep(std::span<const std::byte> payload) noexcept { connection_.payload_.assign(payload); }

    [[nodiscard]] std::span<const std::byte> received_reason() const noexcept
    {
        return connection_.close_received() ? kept() : std::span<const std::byte>{};
    }
    SOCKLESS_COLD void send_close() noexcept
    {
        const error e = connection_.close_encoded(output_, kept());
        if (!failed(e))
            connection_.kept_ = connection_type::kept::nothing;
    }

    output_queue& output_;
    optional_assembler assembler_;
    send_tracker sent_{};
    close_code received_code_ = close_code::abnormal;
    bool receive_while_closing_;
    bool begun_ = false;
    connection_type connection_; // the last member: the others are near the front of a `websocket`
};

} // namespace sockless::inline SOCKLESS_ABI::detail
