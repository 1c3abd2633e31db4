// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// The options of a `websocket`, and what an extension has to provide.
#pragma once

#include "../bytes/random_source.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "../core/limits.hpp"
#include "../handshake/negotiation.hpp"
#include "../message/message_extension.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sockless::inline SOCKLESS_ABI {

/// An extension that a `websocket` negotiates, such as `zlib_deflate`. It is made from its `options`, and it owns the memory of its
/// two halves.
///
/// | member | |
/// |---|---|
/// | `offer()` | of a client: returns an object whose `view()` is the field value of the request |
/// | `check_answer(answer, in, out)` | of a client: makes both halves from the server's answer; an error fails the connection, which never opens then |
/// | `accept_offer(offers, in, out)` | of a server: makes both halves from the client's offers; returns an object whose `view()` is the field value of the response, empty if all are declined |
/// | `reset()` | releases the memory of the halves |
template <class Extension>
concept negotiated_extension = std::constructible_from<Extension, const typename Extension::options&> &&
                               requires(Extension& extension, extension_cursor list, typename Extension::decoder& in,
                                        typename Extension::encoder& out, const decltype(extension.offer())& offer,
                                        const decltype(extension.accept_offer(list, in, out))& answer) {
                                   { offer.view() } noexcept -> std::same_as<std::string_view>;
                                   { answer.view() } noexcept -> std::same_as<std::string_view>;
                                   { extension.check_answer(list, in, out) } noexcept -> std::same_as<error>;
                                   { extension.reset() } noexcept -> std::same_as<void>;
                               };

/// The options of a `websocket`, for designated initializers: `{.pong_timeout = 5000, .fail_when_full = true}`.
///
/// The defaults follow RFC 6455. A browser sets the last two.
template <class MaskKeys = no_mask_keys, class Extension = no_extension>
struct websocket_options {
    sockless::limits
        limits{}; ///< of what the peer may send; whole messages are also limited by `websocket_sizes::message`
    [[no_unique_address]] MaskKeys mask_keys{}; ///< of a client: the source of its masking keys
    [[no_unique_address]]
    typename Extension::options deflate{};         ///< of the extension, such as `zlib_deflate::low_memory()`
    std::uint32_t body_bytes = limits::body_bytes; ///< of a client: the maximum size of the body of a refusal

    // In milliseconds, up to 2^31; 0: no limit, or no pings.
    std::uint32_t handshake_timeout =
        10'000; ///< from the first call with a time until the peer's part of the handshake is complete
    std::uint32_t answer_timeout = 30'000;  ///< of a server: from a request until the program accepts or rejects it
    std::uint32_t ping_interval = 20'000;   ///< from one ping to the next
    std::uint32_t pong_timeout = 20'000;    ///< from the first ping after the last sign of life until it is given up
    std::uint32_t closing_timeout = 10'000; ///< from the first close frame, or a rejection, until the transport ends

    // In bytes.
    std::size_t high_water =
        0; ///< reading pauses when this much waits to be written; 0: when a message of the largest size
           ///< might have no room
    std::size_t low_water = 0;     ///< it resumes when no more than this waits; 0: half of `high_water`
    std::size_t read_size = 16384; ///< the maximum size of `read_buffer`; 0: the default

    bool whole_messages = true; ///< false: `message` events are fragments, as a `connection` returns them
    bool receive_while_closing =
        false; ///< true: messages that arrive after a call of `close`, before the peer's close frame, are events, too
    bool browser_close_codes = false; ///< `close` accepts 1000 and 3000-4999 only (WHATWG WebSockets 3.1)
    bool fail_when_full = false; ///< a message without room fails the connection, with 1006 (WHATWG WebSockets 3.1)
};

} // namespace sockless::inline SOCKLESS_ABI
