// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is a `websocket` while frames go and come: a connection with its output, a goodbye that can wait for room, and
/// the payload that has not left.
#pragma once

#include "../bytes/byte_queue.hpp"
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
#include "send_tracker.hpp"
#include "websocket_event.hpp"
#include "websocket_storage.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace sockless::inline SOCKLESS_ABI::detail {

template <role Role, class MaskKeys, class Extension>
class open_session {
public:
    using connection_type = connection<Role, MaskKeys, Extension>;
    using decoder = typename Extension::decoder;
    using encoder = typename Extension::encoder;

    constexpr open_session(const websocket_storage& storage, const limits& bounds, const MaskKeys& keys,
                           bool whole_messages) noexcept
        : connection_{{.limits = bounds, .mask_keys = keys}},
          output_{storage.output},
          whole_{storage.message},
          parts_{make_parts(bounds, keys)},
          whole_messages_{whole_messages}
    {
    }

    /// The handshake is done: what is on `output()` is its end, and frames follow.
    constexpr void begin(const decoder& in, const encoder& out) noexcept
    {
        if constexpr (has_extension)
            connection_ =
                connection_type{{.limits = parts_.bounds, .mask_keys = parts_.keys, .decoder = in, .encoder = out}};
        else
            static_cast<void>(in), static_cast<void>(out);
        begun_ = true;
        frames_.begin(output_);
    }

    [[nodiscard]] constexpr byte_queue& output() const noexcept { return output_; }
    [[nodiscard]] constexpr bool begun() const noexcept { return begun_; }
    [[nodiscard]] constexpr bool is_open() const noexcept { return connection_.is_open() && !close_waits_; }
    [[nodiscard]] constexpr bool finished() const noexcept { return connection_.finished(); }
    [[nodiscard]] constexpr bool close_expected() const noexcept { return connection_.close_expected(); }
    [[nodiscard]] constexpr error failure() const noexcept { return connection_.failure(); }
    [[nodiscard]] constexpr std::uint64_t waiting() const noexcept { return frames_.waiting(); }

    /// returns   `need_input`, `message`, `ping`, `pong` or `error`. The peer's close frame is kept for `closed`
    constexpr websocket_event poll(std::span<std::byte>& in) noexcept
    {
        while (true) {
            const event e = whole_messages_ ? connection_.poll(in, output_, whole_) : connection_.poll(in, output_);
            switch (e.kind()) {
            case event_kind::need_input: return {};
            case event_kind::message:
                if (is_open())
                    return {websocket_event_kind::message, e};
                break; // WHATWG WebSockets 4: only while the state is open
            case event_kind::ping: return {websocket_event_kind::ping, e};
            case event_kind::pong: return {websocket_event_kind::pong, e};
            case event_kind::error: return websocket_event::failed_with(e.failure());
            case event_kind::close:
                received_code_ = e.code();
                received_reason_.clear();
                detail::copy_bytes(e.payload(), received_reason_.append_uninitialized(e.payload().size()));
                break;
            }
        }
    }

    /// The transport has ended.
    ///
    /// returns   whether that is a failure: the peer has not said goodbye, nor had anything failed before
    constexpr bool lose() noexcept { return connection_.end_of_input().kind() == event_kind::error; }

    /// How it ended. RFC 6455 7.1.4: cleanly if each end has had the other's close frame, as far as we can know.
    [[nodiscard]] constexpr websocket_event closed() const noexcept
    {
        const bool was_clean = connection_.close_received() && frames_.close_left();
        return websocket_event::closed(was_clean, received_code_, received_reason_.view());
    }

    /// Calls `send`, which writes one frame with a message's payload to `output()`, or nothing.
    template <class Send>
    constexpr error send(const Send& send) noexcept
    {
        const std::size_t before = output_.size();
        const error e = send(connection_);
        if (!failed(e))
            frames_.add(output_, before);
        return e;
    }
    [[nodiscard]] constexpr connection_type& underlying() noexcept { return connection_; }

    /// `payload` of the close frame, which is written now or as soon as there is room.
    constexpr void close(const control_payload& payload) noexcept
    {
        close_ = payload;
        close_waits_ = true;
        flush();
    }

    /// The first `count` bytes of `output()` have left.
    constexpr void sent(std::size_t count) noexcept { frames_.consume(output_, count); }

    /// Writes a close frame that found no room before.
    constexpr void flush() noexcept
    {
        if (close_waits_)
            send_close();
        const bool over = connection_.close_received() || failed(connection_.failure());
        if (over && !connection_.finished()) {
            std::span<std::byte> nothing;
            static_cast<void>(connection_.poll(nothing, output_)); // it has nothing more to tell
        }
    }

private:
    static constexpr bool has_extension = !std::is_same_v<Extension, no_extension>;

    /// What a connection with an extension is made of, once both ends have agreed on it. Without one it is made at once.
    struct parts {
        limits bounds;
        [[no_unique_address]] MaskKeys keys;
    };
    struct no_parts {};
    using parts_type = std::conditional_t<has_extension, parts, no_parts>;

    static constexpr parts_type make_parts([[maybe_unused]] const limits& bounds,
                                           [[maybe_unused]] const MaskKeys& keys) noexcept
    {
        if constexpr (has_extension)
            return {bounds, keys};
        else
            return {};
    }

    constexpr void send_close() noexcept
    {
        close_payload payload;
        [[maybe_unused]] const error decoded = decode_close(close_.view(), payload);
        SOCKLESS_ASSERT(!failed(decoded));
        const error e = payload.code == close_code::no_status
                            ? connection_.close(output_)
                            : connection_.close(output_, payload.code, as_text(payload.reason));
        close_waits_ = e == error::no_space || e == error::no_random; // `not_open`: an answer went instead
    }

    connection_type connection_;
    byte_queue& output_;
    message_assembler whole_;
    send_tracker frames_{};
    control_payload close_{};           ///< of our close frame, while it waits for room
    control_payload received_reason_{}; ///< of the peer's close frame
    close_code received_code_ = close_code::abnormal;
    [[no_unique_address]] parts_type parts_;
    bool whole_messages_;
    bool begun_ = false;
    bool close_waits_ = false;
};

} // namespace sockless::inline SOCKLESS_ABI::detail
