// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// permessage-deflate for the `websocket` of a client: checks the server's answer, and makes the codec from it.
///
/// @code
/// static constexpr sockless::deflate_parameters offers[] = {{}};
/// static constexpr auto text = sockless::offer_deflate(offers); // outlives the handshake, like the offers
/// using extension = sockless::client_deflate<Inflater, Deflater>;
/// sockless::static_websocket_storage<> storage;
/// sockless::websocket<sockless::role::client, keys, extension> ws{
///     storage, {.extension = {inflater, output, deflater, offers}}};
/// e = ws.connect("wss://example.com/chat", {.extensions = text.view()}, randomness);
/// @endcode
#pragma once

#include "../bytes/byte_view.hpp"
#include "../config.hpp"
#include "../core/error.hpp"
#include "../core/role.hpp"
#include "../handshake/negotiation.hpp"
#include "backend.hpp"
#include "encoder.hpp"
#include "negotiation.hpp"
#include "parameters.hpp"
#include "permessage_deflate.hpp"

#include <cstddef>
#include <span>

namespace sockless::inline SOCKLESS_ABI {

/// The extension of a client, a `negotiated_extension`. Everything that it refers to outlives the websocket. A default one, and one
/// whose offers were declined, leaves the extension unused.
template <inflate_backend Inflater, deflate_backend Deflater>
class client_deflate : public permessage_deflate<Inflater, Deflater> {
public:
    using typename permessage_deflate<Inflater, Deflater>::decoder;
    using typename permessage_deflate<Inflater, Deflater>::encoder;

    /// Constructs an extension that is not used.
    constexpr client_deflate() noexcept = default;
    /// Constructs an extension from its backends; see deflate_decoder and deflate_encoder.
    ///
    /// @param inflater  of this connection alone
    /// @param output    memory for inflated payload, never empty
    /// @param deflater  of this connection alone, unless `options.shared`
    /// @param offers    all offers of `connect_options::extensions`; outlive the websocket
    /// @param options   for sending
    constexpr client_deflate(Inflater& inflater, byte_span output, Deflater& deflater,
                             std::span<const deflate_parameters> offers,
                             const deflate_send_options& options = {}) noexcept
        : inflater_{&inflater}, deflater_{&deflater}, output_{output}, offers_{offers}, options_{options}
    {
    }

    /// Not available: the offers outlive the websocket.
    template <detail::temporary_range<deflate_parameters> Offers>
    client_deflate(Inflater&, byte_span, Deflater&, Offers&&, const deflate_send_options& = {}) = delete;

    /// Makes both halves from the server's answer; see `negotiated_extension`.
    ///
    /// An `opened_backend` is opened here, with the negotiated window. A deflater without memory leaves our messages
    /// uncompressed, which is always allowed.
    ///
    /// @param answer    the extensions of the response
    /// @param[out] in   the receiving half; unchanged on error, and if the offers were declined
    /// @param[out] out  the sending half; the same
    /// @return `error::none`, or why the connection has to fail
    /// @par Errors those of check_deflate_answer; no_memory: the server will compress, and the inflater has no memory
    error agree(extension_cursor answer, decoder& in, encoder& out) noexcept
    {
        negotiated_deflate negotiated;
        if (const error e = check_deflate_answer(answer, offers_, negotiated); failed(e))
            return e;
        if (!negotiated.in_use())
            return error::none;
        if (!opened(*inflater_, negotiated.received_by(role::client)))
            return error::no_memory;
        in = decoder{*inflater_, output_, negotiated.received_by(role::client)};
        if (opened(*deflater_, negotiated.sent_by(role::client)))
            out = encoder{*deflater_, negotiated.sent_by(role::client), options_};
        return error::none;
    }

private:
    template <class Backend>
    static bool opened(Backend& backend, const deflate_direction& negotiated) noexcept
    {
        if constexpr (opened_backend<Backend>)
            return backend.open(negotiated.window_bits);
        else
            return static_cast<void>(backend), static_cast<void>(negotiated), true;
    }

    Inflater* inflater_ = nullptr;
    Deflater* deflater_ = nullptr;
    std::span<std::byte> output_{};
    std::span<const deflate_parameters> offers_{};
    deflate_send_options options_{};
};

} // namespace sockless::inline SOCKLESS_ABI
