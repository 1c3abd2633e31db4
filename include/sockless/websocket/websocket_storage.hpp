// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file is the memory of a `websocket`, which the program owns, and the choices that it makes for one.
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../config.hpp"
#include "../core/limits.hpp"
#include "../http/head_storage.hpp"

#include <cstddef>

namespace sockless::inline SOCKLESS_ABI {

/// The memory of one `websocket`. The caller owns it all, and it outlives the object.
struct websocket_storage {
    head_buffers head;   ///< the other end's request or response: `protocol()` and the like point into it
    byte_queue& output;  ///< what waits to be sent. The websocket alone writes to it and consumes it
    byte_queue& message; ///< messages that come in pieces; its limit should be at least `limits::message_bytes`
};

/// All of it in one object of fixed size: `static_websocket_storage<> storage; websocket<role::server> ws{storage};`
///
/// A message in pieces that is larger than `Message` is refused with message_too_large, like one past the limit.
template <std::size_t Output = 65536, std::size_t Message = 65536, std::size_t Characters = limits::head_bytes,
          std::size_t Fields = limits::head_fields>
class static_websocket_storage {
public:
    constexpr static_websocket_storage() noexcept = default;

    constexpr operator websocket_storage() & noexcept { return {head_, output_, message_}; } // NOLINT: as head_storage

private:
    head_storage<Characters, Fields> head_{};
    static_byte_queue<Output> output_{};
    static_byte_queue<Message> message_{};
};

/// Named choices. The defaults are those of RFC 6455; a browser's are the others.
struct websocket_options {
    bool whole_messages = true;       ///< false: `message` events are pieces, as `connection` tells them
    bool browser_close_codes = false; ///< `close` takes 1000 and 3000-4999 only (WHATWG WebSockets 3.1)
    bool fail_when_full = false;      ///< a message that finds no room ends it all: an error event, and 1006 (the same)
};

} // namespace sockless::inline SOCKLESS_ABI
