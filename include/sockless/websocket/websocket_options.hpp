// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The options of a `websocket`, and what the extension of a client has to provide.
#pragma once

#include "../bytes/random_source.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "../core/limits.hpp"
#include "../handshake/negotiation.hpp"
#include "../message/message_extension.hpp"

#include <concepts>
#include <cstdint>

namespace sockless::inline SOCKLESS_ABI {

/// What the extension of a client has besides its two halves: `agree` makes them from the server's answer, before the first
/// frame is read. An error fails the connection, which never opens then. The offer is `connect_options::extensions`.
template <class Extension>
concept negotiated_extension = requires(Extension& extension, extension_cursor answer, typename Extension::decoder& in,
                                        typename Extension::encoder& out) {
    { extension.agree(answer, in, out) } noexcept -> std::same_as<error>;
};

/// The options of a `websocket`, for designated initializers: `{.limits = {.message_bytes = 4096}, .fail_when_full = true}`.
///
/// The defaults follow RFC 6455. A browser sets the last two.
template <class MaskKeys = no_mask_keys, class Extension = no_extension>
struct websocket_options {
    sockless::limits limits{};                     ///< of what the peer may send
    [[no_unique_address]] MaskKeys mask_keys{};    ///< of a client: the source of its masking keys
    [[no_unique_address]] Extension extension{};   ///< of a client; a server passes the two halves to `accept`
    std::uint32_t body_bytes = limits::body_bytes; ///< of a client: the maximum size of the body of a refusal
    bool whole_messages = true;       ///< false: `message` events are fragments, as a `connection` returns them
    bool browser_close_codes = false; ///< `close` accepts 1000 and 3000-4999 only (WHATWG WebSockets 3.1)
    bool fail_when_full = false; ///< a message without room fails the connection, with 1006 (WHATWG WebSockets 3.1)
};

} // namespace sockless::inline SOCKLESS_ABI
