// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// This file lets a client's `websocket` use permessage-deflate: it checks the server's answer, and opens and makes the codec of it.
///
///     using extension = client_deflate<Inflater, Deflater>;
///     websocket<role::client, keys, extension> ws{storage, {.extension = {inflater, room, deflater, offers}}};
///     ws.connect("wss://...", {.extensions = text.view()}, random); // text: offer_deflate(offers)
#pragma once

#include "../config.hpp"
#include "../core/error.hpp"
#include "../core/role.hpp"
#include "../handshake/extension.hpp"
#include "backend.hpp"
#include "encoder.hpp"
#include "negotiation.hpp"
#include "parameters.hpp"
#include "permessage_deflate.hpp"

#include <cstddef>
#include <span>

namespace sockless::inline SOCKLESS_ABI {

/// What a client brings to the agreement. Everything that it points at outlives the websocket. One that is default, or whose
/// offers were declined, leaves the extension unused.
template <inflate_backend Inflater, deflate_backend Deflater>
class client_deflate : public permessage_deflate<Inflater, Deflater> {
public:
    using typename permessage_deflate<Inflater, Deflater>::decoder;
    using typename permessage_deflate<Inflater, Deflater>::encoder;

    constexpr client_deflate() noexcept = default;
    /// `inflater`, `output`, `deflater`, `sending`  see deflate_decoder and deflate_encoder
    /// `offers`  all that `connect_options::extensions` says
    constexpr client_deflate(Inflater& inflater, std::span<std::byte> output, Deflater& deflater,
                             std::span<const deflate_parameters> offers, const deflate_sending& sending = {}) noexcept
        : inflater_{&inflater}, deflater_{&deflater}, output_{output}, offers_{offers}, sending_{sending}
    {
    }

    /// See `negotiated_extension`. A backend that can be opened is opened here, for the window that was agreed: a deflater that
    /// has no memory leaves our messages plain, which is always allowed.
    ///
    /// errors    those of `check_deflate_answer`; `no_memory`: the server will compress, and there is none to inflate with
    constexpr error agree(extension_cursor answer, decoder& in, encoder& out) noexcept
    {
        negotiated_deflate agreed;
        if (const error e = check_deflate_answer(answer, offers_, agreed); failed(e))
            return e;
        if (!agreed.in_use())
            return error::none;
        if (!opened(*inflater_, agreed.received_by(role::client)))
            return error::no_memory;
        in = decoder{*inflater_, output_, agreed.received_by(role::client)};
        if (opened(*deflater_, agreed.sent_by(role::client)))
            out = encoder{*deflater_, agreed.sent_by(role::client), sending_};
        return error::none;
    }

private:
    template <class Backend>
    static constexpr bool opened(Backend& backend, const deflate_direction& agreed) noexcept
    {
        if constexpr (opened_backend<Backend>)
            return backend.open(agreed.window_bits);
        else
            return static_cast<void>(backend), static_cast<void>(agreed), true;
    }

    Inflater* inflater_ = nullptr;
    Deflater* deflater_ = nullptr;
    std::span<std::byte> output_{};
    std::span<const deflate_parameters> offers_{};
    deflate_sending sending_{};
};

} // namespace sockless::inline SOCKLESS_ABI
