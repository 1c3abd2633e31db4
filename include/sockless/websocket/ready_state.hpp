// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The states of a `websocket`, as a browser's WebSocket has them.
#pragma once

#include "../config.hpp"

#include <cstdint>

namespace sockless::inline SOCKLESS_ABI {

/// The state of a `websocket`, with the numbers of the WHATWG's interface.
///
/// The order matters: a state is never followed by a smaller one, and the values are those of the standard.
enum class ready_state : std::uint8_t {
    connecting = 0,
    open = 1,
    closing =
        2,      ///< a close frame was sent or received, `close` was called before the connection was open, or it failed
    closed = 3, ///< the transport has ended, and the close event has been returned
};

static_assert(ready_state::connecting < ready_state::open && ready_state::open < ready_state::closing &&
              ready_state::closing < ready_state::closed);

} // namespace sockless::inline SOCKLESS_ABI
