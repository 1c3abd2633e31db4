// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The memory of a `websocket`, which the program owns.
#pragma once

#include "../bytes/byte_queue.hpp"
#include "../config.hpp"
#include "../core/limits.hpp"
#include "../http/head_storage.hpp"
#include "output_queue.hpp"

#include <cstddef>

namespace sockless::inline SOCKLESS_ABI {

/// The memory of one `websocket`. The caller owns all of it, and it outlives the object.
struct websocket_storage {
    head_buffers head;    ///< the peer's request or response: `protocol()` and similar views refer to it
    output_queue& output; ///< bytes to write. Only the websocket appends to it and consumes it
    byte_queue& message;  ///< fragmented messages; its limit should be at least `limits::message_bytes`
};

/// A `websocket_storage` of fixed size in one object: `static_websocket_storage<> storage; websocket<role::server> ws{storage};`
///
/// A fragmented message larger than `Message` fails the connection with message_too_large, like one beyond the limit.
///
/// @tparam Output      bytes that can wait to be sent
/// @tparam Message     bytes of the largest fragmented message
/// @tparam Characters  bytes of the peer's request or response
/// @tparam Fields      number of its fields
template <std::size_t Output = 65536, std::size_t Message = 65536, std::size_t Characters = limits::head_bytes,
          std::size_t Fields = limits::head_fields>
class static_websocket_storage {
public:
    /// Constructs empty storage.
    constexpr static_websocket_storage() noexcept = default;

    /// Converts to the parts that a `websocket` takes. They are valid as long as this object.
    constexpr operator websocket_storage() & noexcept { return {head_, output_, message_}; } // NOLINT: as head_storage

private:
    head_storage<Characters, Fields> head_{};
    static_output_queue<Output> output_{};
    static_byte_queue<Message> message_{};
};

} // namespace sockless::inline SOCKLESS_ABI
