// SPDX-License-Identifier: MIT
// Copyright (c) 2026 the sockless authors

/// permessage-deflate as an extension of `connection` (RFC 7692). Opt-in: no other file of the core refers to it. with_zlib.hpp
/// includes it and has a backend.
///
///     accept_deflate_offer(request.extensions(), options, answer, negotiated);
///     connection<role::server, no_mask_keys, permessage_deflate<Inflater, Deflater>> ws{
///         limits, {}, {inflater, output, negotiated.received_by(role::server)},
///         {deflater, negotiated.sent_by(role::server)}};
#pragma once

#include "../config.hpp"
#include "../message/message_extension.hpp"
#include "backend.hpp"
#include "decoder.hpp"
#include "encoder.hpp"
#include "negotiation.hpp"
#include "parameters.hpp"

namespace sockless::inline SOCKLESS_ABI {

/// The extension, over a compression library.
template <inflate_backend Inflater, deflate_backend Deflater>
struct permessage_deflate {
    using decoder = deflate_decoder<Inflater>;
    using encoder = deflate_encoder<Deflater>;
    static_assert(message_decoder<decoder> && message_encoder<encoder>);
};

} // namespace sockless::inline SOCKLESS_ABI
